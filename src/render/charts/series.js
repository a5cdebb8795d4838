// Where the points of lines lie in their picture, and what they hold.

class SeriesView {
  constructor(data, view) {
    [this.left, this.top, this.width, this.height] = view.plot;
    [this.from, this.to] = [BigInt(view.from), BigInt(view.to)];
    [this.low, this.high] = [view.low, view.high];
    this.unit = data.unit;
    this.rate = data.aggregate === 'rate' ? '/s' : '';
    const read = value => value === null ? null : data.exact ? BigInt(value) : value;
    this.lines = view.lines.map((row, at) => {
      const line = data.lines[row];
      return {
        at,
        name: labelText(line.labels) || data.type || 'all',
        times: BigInt64Array.from(line.time_nanos, BigInt),
        values: line.value.map(read),
        exemplars: line.exemplars,
      };
    });
    this.times = new BigInt64Array(this.lines.reduce((sum, line) => sum + line.times.length, 0));
    let end = 0;
    for (const line of this.lines) this.times.set(line.times, end), end += line.times.length;
    this.times.sort();
  }

  hasExemplars() { return this.lines.some(line => line.exemplars.length); }

  x(time) {
    return this.left + Number(time - this.from) / Number(this.to - this.from) * this.width;
  }

  y(value) { return this.top + (this.high - Number(value)) / (this.high - this.low) * this.height; }

  // The time with points that is nearest to a place; null outside.
  find(x, y) {
    const part = (x - this.left) / this.width;
    if (part < -0.02 || part > 1.02 || y < this.top - 8 || y > this.top + this.height + 8)
      return null;
    const time = this.from + BigInt(Math.round(part * Number(this.to - this.from)));
    const after = firstIndex(this.times.length, i => this.times[i] >= time);
    const [before, next] = [this.times[after - 1], this.times[after]];
    const nearest =
        next === undefined || (before !== undefined && time - before < next - time) ? before : next;
    return this.spot(nearest, y);
  }

  spot(time, y) {
    const points = [];
    for (const line of this.lines) {
      const row = firstIndex(line.times.length, i => line.times[i] >= time);
      if (line.times[row] === time && line.values[row] !== null)
        points.push({line, row, value: line.values[row]});
    }
    const away = point => Math.abs(this.y(point.value) - y);
    const near = points.reduce((a, b) => a && away(a) <= away(b) ? a : b, null);
    return {time, points, near, y};
  }

  walk(spot, key) {
    if (!spot) return this.spot(this.times[0], 0);
    if (key === 'ArrowRight') {
      const next = firstIndex(this.times.length, i => this.times[i] > spot.time);
      return next < this.times.length ? this.spot(this.times[next], spot.y) : spot;
    }
    if (key === 'ArrowLeft') {
      const before = firstIndex(this.times.length, i => this.times[i] >= spot.time) - 1;
      return before >= 0 ? this.spot(this.times[before], spot.y) : spot;
    }
    const sorted = [...spot.points].sort((a, b) => this.y(a.value) - this.y(b.value));
    const next = sorted[sorted.indexOf(spot.near) + (key === 'ArrowUp' ? -1 : 1)];
    return next ? this.spot(spot.time, this.y(next.value)) : spot;
  }

  place(spot) { return [this.x(spot.time), spot.near ? this.y(spot.near.value) : this.top]; }

  mark(spot) {
    const x = this.x(spot.time);
    return [
      shape('line', {x1: x, x2: x, y1: this.top, y2: this.top + this.height}),
      ...spot.points.map(
          ({line, value}) =>
              shape('circle', {class: 'f' + line.at, cx: x, cy: this.y(value), r: 4})),
    ];
  }

  tip(spot) {
    const rows = spot.points.map(point => {
      const row = element(
          'tr', {className: point === spot.near && spot.points.length > 1 ? 'near' : ''},
          element('td', {className: 'swatch'}, swatch(point.line.at)),
          element('td', {}, point.line.name.slice(0, 300)),
          element('td', {}, formatAmount(point.value, this.unit) + this.rate));
      return row;
    });
    const exact = spot.near &&
        `${spot.near.line.name.slice(0, 60)}: ${
                      typeof spot.near.value === 'bigint' ?
                          formatExact(spot.near.value, this.unit) :
                          spot.near.value + '\u00a0' + this.unit}${this.rate}`;
    return [
      element('strong', {}, timeText(spot.time)),
      element('table', {}, element('tbody', {}, ...rows)),
      element('p', {className: 'exact'}, exact || ''),
    ];
  }

  // The title of what was picked, and its exemplars.
  pick(spot) {
    const list =
        spot.points.flatMap(({line, row}) => line.exemplars.filter(e => Number(e.point) === row));
    return [timeText(spot.time), list];
  }
}

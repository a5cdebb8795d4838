// Where the cells of a heatmap lie in its picture, and what they hold.

class HeatView {
  constructor(data, view) {
    [this.left, this.width, this.height] = view.plot;
    this.tops = view.tops;
    this.each = view.each;
    this.data = data;
    this.columns = data.columns;
    this.edges = data.edges.map(BigInt);
    this.rows = this.edges.length - 1;
    this.groups = view.groups.map(row => data.groups[row]);
    this.unit = data.unit;
  }

  hasExemplars() { return this.groups.some(group => group.exemplars.length); }

  // The tile at a place; null outside.
  find(x, y) {
    const group = this.tops.findIndex(top => y >= top && y < top + this.height);
    const part = (x - this.left) / this.width;
    if (group < 0 || part < 0 || part >= 1) return null;
    const up = 1 - (y - this.tops[group]) / this.height;
    const cell = (part, count) => Math.min(count - 1, Math.max(0, Math.floor(part * count)));
    const [wide, high] = this.each;
    return this.spot(
        group, Math.floor(cell(part, this.columns) / wide), Math.floor(cell(up, this.rows) / high));
  }

  // Cells of a tile: columns from c0 to c1, rows from r0 to r1 (without the ends).
  spot(group, column, row) {
    const [wide, high] = this.each, {column: columns, row: rows, count, sum} = this.groups[group];
    const [c0, r0] = [column * wide, row * high];
    const [c1, r1] = [Math.min(this.columns, c0 + wide), Math.min(this.rows, r0 + high)];
    const spot = {group, column, row, c0, c1, r0, r1, cells: [], count: 0n, sum: 0n};
    for (let i = firstIndex(columns.length, i => columns[i] >= c0); columns[i] < c1; ++i) {
      if (rows[i] < r0 || rows[i] >= r1) continue;
      spot.cells.push(i);
      spot.count += BigInt(count[i]);
      spot.sum += BigInt(sum[i]);
    }
    return spot;
  }

  walk(spot, key) {
    if (!spot) return this.spot(0, 0, 0);
    const [wide, high] = this.each;
    const columns = Math.ceil(this.columns / wide), rows = Math.ceil(this.rows / high);
    const column = spot.column + (key === 'ArrowRight') - (key === 'ArrowLeft');
    // Groups lie below each other.
    const up = (this.groups.length - 1 - spot.group) * rows + spot.row + (key === 'ArrowUp') -
        (key === 'ArrowDown');
    if (column < 0 || column >= columns || up < 0 || up >= rows * this.groups.length) return spot;
    return this.spot(this.groups.length - 1 - Math.floor(up / rows), column, up % rows);
  }

  box(spot) {
    const x = column => Math.round(column / this.columns * this.width);
    const y = row => Math.round(row / this.rows * this.height);
    return {
      x: this.left + x(spot.c0),
      y: this.tops[spot.group] + this.height - y(spot.r1),
      width: x(spot.c1) - x(spot.c0),
      height: y(spot.r1) - y(spot.r0)
    };
  }

  place(spot) {
    const {x, y, width, height} = this.box(spot);
    return [x + width / 2, y + height / 2];
  }

  mark(spot) { return [shape('rect', this.box(spot))]; }

  times(spot) {
    const at = column =>
        BigInt(this.data.start_nanos) + BigInt(this.data.step_nanos) * BigInt(column);
    return timeText(at(spot.c0)).replace(' UTC', '') + ' \u2013 ' + timeText(at(spot.c1)).slice(11);
  }

  values(spot) {
    const [low, high] = [this.edges[spot.r0], this.edges[spot.r1]];
    return `${formatValue(low, this.unit)} \u2013 ${formatValue(high, this.unit)}`;
  }

  tip(spot) {
    const row = (name, value) =>
        element('tr', {}, element('td', {}, name), element('td', {}, value));
    const last = spot.r1 === this.rows ? '\u2264' : '<';
    const rows = [
      row('value', this.values(spot)),
      row(this.data.observed || 'count', formatExact(spot.count, '')),
      row('sum', formatValue(spot.sum, this.unit)),
    ];
    const name = labelText(this.groups[spot.group].labels);
    if (name) rows.unshift(row('group', name.slice(0, 300)));
    return [
      element('strong', {}, this.times(spot)),
      element('table', {}, element('tbody', {}, ...rows)),
      element(
          'p', {className: 'exact'},
          `${formatExact(this.edges[spot.r0], '')} \u2264 value ${last} ${
              formatExact(this.edges[spot.r1], this.unit)}; sum ${formatExact(spot.sum, '')}`),
    ];
  }

  pick(spot) {
    const wanted = new Set(spot.cells);
    const list = this.groups[spot.group].exemplars.filter(e => wanted.has(Number(e.cell)));
    return [`${this.times(spot)}, ${this.values(spot)}`, list];
  }
}

// Functions by self and total. Only the rows that can be seen are in the document.

const LINE = 26;  // height of a row, pixels

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

class FunctionTable {
  constructor(tree, pick) {
    this.tree = tree;
    this.pick = pick;
    this.host = document.getElementById('table');
    [this.head, this.body] = this.host.querySelectorAll('thead, tbody');
    this.host.addEventListener('scroll', () => this.draw());
    new ResizeObserver(() => requestAnimationFrame(() => this.draw())).observe(this.host);
    this.body.addEventListener('click', event => {
      const row = event.target.closest('tr[data-id]');
      if (row) pick(tree.names[row.dataset.id]);
    });
  }

  // Columns: {title, value(row), cell(row)}.
  columns() {
    const {tree} = this;
    const amount = (kind, c) => ({
      title: (kind === 'self' ? 'Self' : 'Total') + (tree.diff ? ', ' + tree.sides[c] : ''),
      value: row => this.byShare && tree.diff ? shareOf(tree, c, row[kind][c]) || 0 : row[kind][c],
      cell: row => this.amountCell(row[kind][c], c),
    });
    const change = kind => ({
      title: (kind === 'self' ? 'Self' : 'Total') + ' change',
      value: row => this.change(row[kind]),
      cell: row => this.changeCell(row[kind]),
    });
    const name = {
      title: 'Function',
      value: row => row.name,
      cell: row => element('span', {}, row.name)
    };
    if (!tree.diff) return [name, amount('self', 0), amount('total', 0)];
    return [
      name, ...['self', 'total'].flatMap(kind => [amount(kind, 0), amount(kind, 1), change(kind)])
    ];
  }

  change([base, against]) {
    if (!this.byShare) return against - base;
    return (shareOf(this.tree, 1, against) || 0) - (shareOf(this.tree, 0, base) || 0);
  }

  amountCell(value, column) {
    const share = shareOf(this.tree, column, value);
    const cell = element(
        'span', {className: 'meter'}, formatValue(value, this.tree.unit) + ' ',
        element('small', {}, formatShare(share)));
    cell.style.setProperty('--share', Math.min(100, Math.abs(share || 0) * 100) + '%');
    return cell;
  }

  changeCell(pair) {
    const change = this.change(pair);
    const text =
        this.byShare ? formatPoints(change) : signed(formatValue(change, this.tree.unit), change);
    return element(
        'span', {className: changeClass(change)}, text + ' ',
        element('small', {}, formatGrowth(...pair)));
  }

  // found: a search, or null for all.
  show(found, byShare) {
    this.all ||= functionsOf(this.tree);
    const first = !this.list;
    this.byShare = byShare;
    this.list = this.columns();
    if (first) this.sort = {column: this.tree.diff ? 3 : 1, down: true};
    this.rows = this.all.filter(row => !found || found.matches[row.id]);
    this.order();
  }

  order() {
    const {column, down} = this.sort, {value} = this.list[column];
    const keys = new Map(this.rows.map(row => [row, value(row)]));
    this.rows.sort(
        (a, b) => (down ? -1 : 1) * compare(keys.get(a), keys.get(b)) || compare(a.name, b.name));
    this.head.replaceChildren(
        element('tr', {}, ...this.list.map((item, at) => this.headCell(item, at))));
    this.draw();
  }

  headCell(item, at) {
    const here = this.sort.column === at;
    const arrow = here ? (this.sort.down ? ' \u2193' : ' \u2191') : '';
    const button = element('button', {title: item.title}, item.title + arrow);
    button.addEventListener('click', () => {
      this.sort = {column: at, down: here ? !this.sort.down : at !== 0};
      this.order();
      this.head.querySelectorAll('button')[at].focus();
    });
    const cell = element('th', {scope: 'col'}, button);
    if (here) cell.setAttribute('aria-sort', this.sort.down ? 'descending' : 'ascending');
    return cell;
  }

  draw() {
    if (!this.rows) return;
    const first = Math.max(0, Math.floor(this.host.scrollTop / LINE) - 5);
    const last = Math.min(this.rows.length, first + Math.ceil(this.host.clientHeight / LINE) + 10);
    const gap = lines => element(
        'tr', {className: 'gap'},
        element('td', {colSpan: this.list.length, style: `height:${lines * LINE}px`}));
    const rows = this.rows.slice(first, last).map(row => {
      const line = element(
          'tr', {title: row.name.slice(0, 2000)},
          ...this.list.map(item => element('td', {}, item.cell(row))));
      line.dataset.id = row.id;
      return line;
    });
    this.body.replaceChildren(
        ...(first ? [gap(first)] : []), ...rows,
        ...(last < this.rows.length ? [gap(this.rows.length - last)] : []));
  }
}

// Wires the parts. What can be seen is in `state`, and so in the address: it can be shared.

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const byId = id => document.getElementById(id);
const tree = readTree(JSON.parse(byId('data').textContent));
const DEFAULTS = {
  view: 'graph',
  root: 'top',
  search: '',
  regex: '',
  zoom: '0',
  theme: '',
  by: tree.diff && tree.gross.every(column => column[0] > 0) ? 'shares' : 'values',
};
const state = {...DEFAULTS};
const system = matchMedia('(prefers-color-scheme: dark)');
let found = null;

const graph = new Graph(tree, {over: showTip, pick: node => zoomTo(node)});
const table = new FunctionTable(tree, name => {
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  update({view: 'graph', search: '^' + plain + '$', regex: '1'});
});

function update(patch, animate) {
  const before = {...state};
  Object.assign(state, patch);
  if (!(+state.zoom > 0 && +state.zoom < tree.size)) state.zoom = '0';
  const changed = Object.keys(state).filter(key => state[key] !== before[key]);
  if (changed.includes('search') || changed.includes('regex')) search();
  render();
  if (changed.includes('zoom')) graph.zoom(+state.zoom, animate);
  writeAddress(
      new URLSearchParams(Object.entries(state).filter(([key, value]) => value !== DEFAULTS[key])));
}

function zoomTo(node) {
  graph.selected = -1;
  showTip(-1);
  update({zoom: String(node)}, true);
}

function takeAddress() {
  update({
    ...DEFAULTS,
    ...Object.fromEntries([...readAddress()].filter(([key]) => key in DEFAULTS))
  });
}

function search() {
  found = state.search ? find(tree, state.search, state.regex) : null;
  const matched = byId('matched');
  byId('search').value = state.search;
  const failed = Boolean(found && found.error);
  matched.className = failed ? 'bad' : '';
  document.querySelector('.search').classList.toggle('bad', failed);
  matched.textContent = failed ? found.error : found ? matchText() : '';
  if (failed) found = null;
}

function matchText() {
  const share = found.sums.map((sum, c) => formatShare(shareOf(tree, c, sum))).join(' \u2192 ');
  const value = found.sums.map(sum => formatValue(sum, tree.unit)).join(' \u2192 ');
  const functions =
      found.names === 1 ? '1 function' : found.names.toLocaleString('en') + ' functions';
  return found.names ? `${share} \u00b7 ${value} \u00b7 ${functions}` : 'No match';
}

function themeName() {
  return state.theme || (system.matches ? 'dark' : 'light');
}

function render() {
  const dark = themeName() === 'dark';
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.style.setProperty('--meter', dark ? '#2c3a4d' : '#dfe9f7');
  for (const button of document.querySelectorAll('[data-set]')) {
    button.setAttribute('aria-pressed', state[button.dataset.set] === button.dataset.to);
  }
  byId('regex').setAttribute('aria-pressed', Boolean(state.regex));
  byId('reset').disabled = state.zoom === '0';
  const some = tree.gross.some(column => column[0] > 0), graphView = state.view === 'graph';
  document.body.classList.toggle('table', !graphView);
  byId('empty').hidden = some;
  byId('graph').hidden = !some || !graphView;
  byId('table').hidden = !some || graphView;
  byId('path').hidden = !some || !graphView;
  const byShare = state.by === 'shares';
  if (some && graphView)
    graph.set({theme: THEMES[themeName()], byShare, rootAtTop: state.root !== 'bottom', found});
  if (some && !graphView) table.show(found, byShare);
  byId('legend').hidden = !some;
  if (some) renderPath(), renderLegend();
}

function renderPath() {
  const nodes = [];
  for (let node = +state.zoom; node > 0; node = tree.parent[node]) nodes.unshift(node);
  nodes.unshift(0);
  const last = nodes.pop();
  const hidden = nodes.length > 6 ? nodes.splice(1, nodes.length - 5) : [];
  const parts = nodes.flatMap((node, at) => {
    const button = element('button', {title: nameOf(tree, node)}, nameOf(tree, node));
    button.addEventListener('click', () => zoomTo(node));
    const gap =
        at === 0 && hidden.length ? `\u203a  \u2026 ${hidden.length} more \u203a` : '\u203a';
    return [button, element('i', {}, gap)];
  });
  byId('path').replaceChildren(
      ...parts, element('b', {title: nameOf(tree, last)}, nameOf(tree, last)),
      element('i', {}, summary(last)));
}

function summary(node) {
  const values = tree.total.map(column => formatValue(column[node], tree.unit)).join(' \u2192 ');
  const shares =
      tree.total.map((column, c) => formatShare(shareOf(tree, c, column[node]))).join(' \u2192 ');
  return node === 0 ? values : `${values} \u00b7 ${shares}`;
}

function tipTable(node) {
  const zoomed = +state.zoom;
  const cells = (row, ...texts) => element(
      'tr', {}, element('th', {}, row),
      ...texts.map(text => text instanceof Node ? text : element('td', {}, text)));
  const change = (text, sign) => element('td', {className: changeClass(sign)}, text);
  const heads = tree.diff ? [...tree.sides, 'change', ''] : ['value', 'of all'];
  const rows = [cells('', ...heads, !tree.diff && zoomed ? 'of zoomed' : '')];
  for (const [label, columns] of [['Total', tree.total], ['Self', tree.self]]) {
    const values = columns.map(column => column[node]);
    const shares = values.map((value, c) => shareOf(tree, c, value));
    const texts = values.map(value => formatValue(value, tree.unit));
    const inZoom =
        zoomed ? values.map((value, c) => formatShare(shareOf(tree, c, value, zoomed))) : [];
    if (!tree.diff) {
      rows.push(cells(label, texts[0], formatShare(shares[0]), inZoom[0] || ''));
      continue;
    }
    const [base, against] = values;
    const difference = against - base, points = (shares[1] || 0) - (shares[0] || 0);
    rows.push(cells(
        label, ...texts,
        change(signed(formatValue(difference, tree.unit), difference), Number(difference)),
        formatGrowth(base, against)));
    rows.push(cells(
        '\u2003of all', ...shares.map(formatShare), change(formatPoints(points), points), ''));
    if (zoomed) rows.push(cells('\u2003of zoomed', ...inZoom, '', ''));
  }
  return element('table', {}, element('tbody', {}, ...rows));
}

function showTip(node, place) {
  const tip = byId('tip');
  tip.hidden = node < 0;
  if (node < 0) return;
  const [total, self] = [tree.total, tree.self].map(
      columns => columns.map(column => formatExact(column[node], '')).join(' \u2192 '));
  tip.replaceChildren(
      element('strong', {}, nameOf(tree, node).slice(0, 2000)), tipTable(node),
      element('p', {className: 'exact'}, `${tree.unit || 'value'}: ${total}; self ${self}`));
  const x = place.clientX + 14, y = place.clientY + 18;
  const left = Math.min(x, innerWidth - tip.offsetWidth - 12);
  const top = y + tip.offsetHeight + 8 > innerHeight ? place.clientY - tip.offsetHeight - 14 : y;
  tip.style.left = Math.max(8, left) + 'px';
  tip.style.top = Math.max(8, top) + 'px';
}

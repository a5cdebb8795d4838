// Legend, keys and buttons.

function renderLegend() {
  const theme = THEMES[themeName()], parts = [];
  const chip = (color, text) => parts.push(element(
      'span', {}, element('span', {className: 'chip', style: `background:${color}`}), text));
  if (tree.diff) {
    const stops = [-1, -0.6, -0.33, -0.15, -0.05, 0, 0.05, 0.15, 0.33, 0.6, 1].map(
        change => `${rgb(changeColor(theme, change))} ${
            (Math.sign(change) * Math.pow(Math.abs(change), 0.55) + 1) * 50}%`);
    parts.push(element(
        'span', {className: 'scale'}, 'only ' + tree.sides[0],
        element('span', {className: 'ramp', style: `background:linear-gradient(90deg,${stops})`}),
        'only ' + tree.sides[1]));
    parts.push(`Blue shrank, red grew${state.by === 'shares' ? ', by share of its side' : ''}.`);
    parts.push(
        state.by === 'shares' ? `Width: mean of the shares in ${tree.sides.join(' and ')}.` :
                                `Width: ${tree.sides.join(' plus ')}.`);
  } else if (tree.negative) {
    chip(
        `repeating-linear-gradient(135deg,${theme.below} 0 3px,${theme.page} 3px 4px)`,
        'Below zero.');
  } else {
    parts.push('Colour: package.');
  }
  if (tree.negative)
    parts.push('Values below zero: widths and shares are of the sum of magnitudes.');
  if (tree.cut) parts.push(`${tree.cut.toLocaleString('en')} small nodes are in ${tree.rest}.`);
  const keys = element('span', {className: 'keys'});
  for (const [key, does] of [
           ['/', 'search'], ['\u2190\u2191\u2193\u2192', 'walk'], ['Enter', 'zoom'],
           ['Backspace', 'out'], ['Esc', 'reset']]) {
    keys.append(element('kbd', {}, key), ` ${does}\u2002`);
  }
  byId('legend').replaceChildren(
      ...parts.map(part => part instanceof Node ? part : element('span', {}, part)),
      element('span', {className: 'space'}), keys);
}

function renderTotals() {
  const entry = (name, value, title) =>
      element('div', {title}, element('dt', {}, name), element('dd', {}, value));
  const label = c => (tree.diff ? tree.sides[c] : tree.type || 'total') +
      (tree.averaged ? ', average' : '');
  byId('totals').replaceChildren(
      ...tree.total.filter(column => column.length)
          .map(
              (column, c) => entry(
                  label(c), formatValue(column[0], tree.unit), formatExact(column[0], tree.unit))));
  if (tree.diff && tree.size) {
    const [base, against] = tree.total.map(column => column[0]);
    byId('totals').append(
        entry('change', formatGrowth(base, against), formatExact(against - base, tree.unit)));
  }
}

// The nodes that share a parent and can be seen, from left to right.
function children(parent) {
  const {order, start} = tree.rows, depth = tree.depth[parent] + 1;
  if (depth >= tree.rows.count) return [];
  return [...order.subarray(start[depth], start[depth + 1])].filter(
      node => tree.parent[node] === parent && graph.width[node] > 0);
}

function neighbour(node, key) {
  const inward = state.root === 'bottom' ? 'ArrowUp' : 'ArrowDown';
  if (key === inward)
    return children(node).reduce(
        (best, child) => best < 0 || graph.width[child] > graph.width[best] ? child : best, -1);
  if (key === 'ArrowUp' || key === 'ArrowDown') return node > 0 ? tree.parent[node] : -1;
  const row = node > 0 ? children(tree.parent[node]) : [];
  return row[row.indexOf(node) + (key === 'ArrowLeft' ? -1 : 1)] ?? -1;
}

function isAbove(node, below) {
  while (below > node) below = tree.parent[below];
  return below === node;
}

function walk(key) {
  const next = graph.selected < 0 ? +state.zoom : neighbour(graph.selected, key);
  if (next < 0) return;
  // A walk to what the zoom hides takes the zoom along.
  if (!isAbove(+state.zoom, next))
    update({zoom: String(isAbove(next, +state.zoom) ? next : tree.parent[next])});
  graph.selected = next;
  graph.reveal(next);
  graph.drawFrames();
  const box = graph.boxOf(next);
  requestAnimationFrame(() => showTip(next, {clientX: box.left, clientY: box.top + ROW / 2}));
}

function reset() {
  graph.selected = -1;
  showTip(-1);
  update({zoom: '0', search: '', regex: ''}, true);
}

function onKey(event) {
  const typing = event.target === byId('search');
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (typing) byId('graph').focus();
    reset();
  } else if (event.key === '/' && !typing) {
    byId('search').focus();
    byId('search').select();
  } else if (event.key.startsWith('Arrow') && !typing && state.view === 'graph') {
    walk(event.key);
  } else if (event.key === 'Enter' && event.target === byId('graph') && graph.selected >= 0) {
    zoomTo(graph.selected);
  } else if (event.key === 'Backspace' && !typing && state.view === 'graph') {
    zoomTo(tree.parent[+state.zoom]);
  } else {
    return;
  }
  event.preventDefault();
}

let typed = 0;
byId('search').addEventListener('input', event => {
  clearTimeout(typed);
  typed = setTimeout(() => update({search: event.target.value}), 80);
});
for (const button of document.querySelectorAll('[data-set]')) {
  button.addEventListener('click', () => update({[button.dataset.set]: button.dataset.to}));
}
byId('regex').addEventListener('click', () => update({regex: state.regex ? '' : '1'}));
byId('reset').addEventListener('click', () => zoomTo(0));
byId('theme').addEventListener(
    'click', () => update({theme: themeName() === 'dark' ? 'light' : 'dark'}));
document.addEventListener('keydown', onKey);
addEventListener('hashchange', takeAddress);
system.addEventListener('change', render);
document.body.classList.toggle('diff', tree.diff);
renderTotals();
takeAddress();

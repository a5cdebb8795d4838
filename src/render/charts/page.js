// Wires a picture to its data. The theme is in the page's address.

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const byId = id => document.getElementById(id);
const picture = document.querySelector('.chart');
const PICTURE_WIDTH = 1160, MOST_EXEMPLARS = 200;

function shape(tag, attributes) {
  const made = document.createElementNS(picture.namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function swatch(at) {
  const box = shape('svg', {viewBox: '0 0 12 4'});
  box.append(shape('rect', {class: 'f' + at, width: 12, height: 4}));
  return box;
}

// The first number below size from which on `test` holds; size if it never does.
function firstIndex(size, test) {
  let low = 0, high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

function labelText(labels) { return labels.map(([name, value]) => name + '=' + value).join(', '); }

// `2026-11-21 12:30:00.250 UTC`
function timeText(nanos) {
  const second = 1000000000n, rest = (nanos % second + second) % second;
  const text = new Date(Number((nanos - rest) / second) * 1000).toISOString();
  const digits = rest ? '.' + String(rest).padStart(9, '0').replace(/(000)+$/, '') : '';
  return text.slice(0, 19).replace('T', ' ') + digits + ' UTC';
}

// Like formatValue, also for values between integers.
function formatAmount(value, unit) {
  if (typeof value === 'bigint') return formatValue(value, unit);
  const [kind, factor] = UNITS[unit] || ['count', 1];
  const size = Math.abs(value) * factor;
  if (Number.isInteger(size) || (size >= 999.5 && size < 1e21)) return formatValue(value, unit);
  const suffix = SCALES[kind][SCALES[kind].length - 1][1];
  const name = kind === 'count' && unit !== 'count' ? unit : '';
  const text = size < 0.01 || size >= 1e21 ? size.toPrecision(3) : digits(size);
  return (value < 0 ? '\u2212' : '') + [text, suffix, name].filter(Boolean).join('\u00a0');
}

const data = JSON.parse(byId('data').textContent);
UNITS[data.unit] = data.scale;
const places = JSON.parse(byId('view').textContent);
const view = !places ? null :
    data.lines       ? new SeriesView(data, places) :
                       new HeatView(data, places);
const mark = shape('g', {id: 'mark'});
let chosen = null;  // a theme, by the address or the button
const system = matchMedia('(prefers-color-scheme: dark)');
let current = null;

function show(spot, x, y) {
  current = spot;
  const tip = byId('tip');
  tip.hidden = !spot;
  mark.replaceChildren(...(spot ? view.mark(spot) : []));
  if (!spot) return;
  tip.replaceChildren(...view.tip(spot));
  const left = Math.min(x + 16, innerWidth - tip.offsetWidth - 12);
  const below = y + 18 + tip.offsetHeight + 8 <= innerHeight;
  tip.style.left = Math.max(8, left) + 'px';
  tip.style.top = Math.max(8, below ? y + 18 : y - tip.offsetHeight - 14) + 'px';
}

function showAtSpot(spot) {
  const box = picture.getBoundingClientRect(), scale = box.width / PICTURE_WIDTH;
  const [x, y] = spot ? view.place(spot) : [0, 0];
  show(spot, box.left + x * scale, box.top + y * scale);
}

function exemplarRow(exemplar) {
  const spans = data.observed === 'spans' ? [exemplar.span_id, exemplar.trace_id] : [];
  const ids = [...spans, exemplar.id].map(id => element('td', {}, element('code', {}, id || '')));
  return element(
      'tr', {}, ...ids,
      element('td', {}, timeText(BigInt(exemplar.time_nanos))),
      element(
          'td', {className: 'number', title: formatExact(BigInt(exemplar.value), data.unit)},
          formatValue(BigInt(exemplar.value), data.unit)),
      element('td', {className: 'wide'}, labelText(exemplar.series).slice(0, 2000)));
}

function pick(spot) {
  if (!spot || !view.hasExemplars()) return;
  const [title, list] = view.pick(spot);
  const [head, body] = byId('picked').querySelectorAll('thead, tbody');
  const count = list.length === 1 ? '1 exemplar' : list.length.toLocaleString('en') + ' exemplars';
  const more = list.length > MOST_EXEMPLARS ? `, the first ${MOST_EXEMPLARS} below` : '';
  byId('picked').querySelector('h2').textContent = `${title}: ${count}${more}`;
  const spans = data.observed === 'spans' ? ['Span id', 'Trace id'] : [];
  const titles = [...spans, 'Profile id', 'Time', 'Value', 'Series'].map(
      name => element('th', {scope: 'col', className: name === 'Value' ? 'number' : ''}, name));
  head.replaceChildren(element('tr', {}, ...titles));
  body.replaceChildren(...list.slice(0, MOST_EXEMPLARS).map(exemplarRow));
  byId('picked').hidden = false;
  byId('picked').querySelector('table').hidden = !list.length;
}

function wire() {
  picture.append(mark);
  picture.addEventListener('pointermove', event => {
    const box = picture.getBoundingClientRect(), scale = PICTURE_WIDTH / box.width;
    const spot = view.find((event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
    show(spot, event.clientX, event.clientY);
  });
  picture.addEventListener('pointerleave', () => show(null));
  picture.addEventListener('click', () => pick(current));
  byId('chart').addEventListener('keydown', event => {
    if (event.key.startsWith('Arrow'))
      showAtSpot(view.walk(current, event.key));
    else if (event.key === 'Enter')
      pick(current);
    else if (event.key === 'Escape')
      show(null), byId('picked').hidden = true;
    else
      return;
    event.preventDefault();
  });
  byId('chart').addEventListener('blur', () => show(null));
  picture.querySelectorAll('.key').forEach((key, at) => {
    const fade = on => picture.querySelectorAll('.line').forEach(
        line => line.classList.toggle('faded', on && !line.classList.contains('line' + at)));
    key.addEventListener('pointerenter', () => fade(true));
    key.addEventListener('pointerleave', () => fade(false));
  });
  byId('hint').textContent =
      view.hasExemplars() ? 'Click to list the profiles that stand for a place.' : '';
}

function theme() { return chosen || (system.matches ? 'dark' : 'light'); }

function takeAddress() {
  chosen = readAddress().get('theme');
  renderTheme();
}

function renderTheme() {
  const dark = theme() === 'dark';
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  byId('dark').media = dark ? 'all' : 'not all';
}

byId('theme').addEventListener('click', () => {
  chosen = theme() === 'dark' ? 'light' : 'dark';
  writeAddress('theme=' + chosen);
  renderTheme();
});
system.addEventListener('change', renderTheme);
addEventListener('hashchange', takeAddress);
takeAddress();
if (view) wire();
byId('legend').hidden = !view;

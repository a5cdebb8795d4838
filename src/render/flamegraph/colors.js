// The colours of rectangles. All eyes can distinguish blue and red-orange.

const HUES = [6, 18, 28, 38, 48, 62, 92, 140, 168, 190, 208, 228, 262, 300, 334];
const THEMES = {
  light: {
    page: '#ffffff',
    ink: '#1b1f24',
    paleInk: '#ffffff',
    root: '#d5d9de',
    rest: '#e3e5e8',
    below: '#8fbbe8',
    mark: '#8a3ffc',
    faded: 0.22,
    frame: '#1b1f24',
    saturation: 66,
    lightness: 79,
    // Colours of change at 0, 1/2 and 1.
    shrank: [[224, 227, 231], [118, 170, 220], [28, 90, 160]],
    grew: [[224, 227, 231], [240, 150, 115], [188, 50, 20]],
  },
  dark: {
    page: '#14171b',
    ink: '#f2f4f6',
    paleInk: '#f2f4f6',
    root: '#454d56',
    rest: '#343a41',
    below: '#2d5f94',
    mark: '#c39bff',
    faded: 0.3,
    frame: '#ffffff',
    saturation: 36,
    lightness: 33,
    shrank: [[66, 73, 81], [38, 90, 145], [30, 112, 205]],
    grew: [[66, 73, 81], [140, 66, 40], [205, 62, 25]],
  },
};

// The part of a name that its neighbours share: package, namespace, or prefix.
function packageOf(name) {
  const head = name.split(/[(<]/, 1)[0];
  const slash = head.lastIndexOf('/');
  if (slash >= 0) return head.slice(0, slash + 1) + head.slice(slash + 1).split('.', 1)[0];
  if (head.includes('::')) return head.split('::', 1)[0];
  if (head.includes('.')) return head.slice(0, head.lastIndexOf('.'));
  const bar = head.indexOf('_', 2);
  return bar > 0 ? head.slice(0, bar) : head;
}

function hashOf(text) {
  let hash = 2166136261;
  for (let i = 0; i < text.length; ++i) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function mix(from, to, part) {
  return from.map((v, i) => Math.round(v + (to[i] - v) * part));
}

// Small changes show too: a tenth more is a fifth of the way.
function changeColor(theme, change) {
  const way = Math.pow(Math.abs(change), 0.55);
  const stops = change < 0 ? theme.shrank : theme.grew;
  return way < 0.5 ? mix(stops[0], stops[1], way * 2) : mix(stops[1], stops[2], way * 2 - 1);
}

function rgb(parts) {
  return `rgb(${parts.join(' ')})`;
}

function isDark([r, g, b]) {
  return 0.299 * r + 0.587 * g + 0.114 * b < 140;
}

// {fill, ink} of a node.
function paintOf(tree, node, theme, byShare) {
  if (tree.diff) {
    const color = changeColor(theme, changeOf(tree, node, byShare));
    return {fill: rgb(color), ink: isDark(color) ? theme.paleInk : theme.ink};
  }
  if (tree.total[0][node] < 0n) return {fill: theme.below, ink: theme.ink};
  if (node === 0) return {fill: theme.root, ink: theme.ink};
  const name = nameOf(tree, node);
  if (name === tree.rest) return {fill: theme.rest, ink: theme.ink};
  const hash = hashOf(packageOf(name));
  // Functions of one package differ a little, so that edges can be seen.
  const shade = theme.lightness - 3 + hashOf(name) % 7;
  return {fill: `hsl(${HUES[hash % HUES.length]} ${theme.saturation}% ${shade}%)`, ink: theme.ink};
}

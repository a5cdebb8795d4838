// The tree as columns, and all that is computed from it without drawing.

// Row 0 is the root; parents stand before their children, and these by name.
function readTree(data) {
  UNITS[data.unit] = data.scale;
  const size = data.name.length;
  const parent = Int32Array.from(data.up, (up, i) => i - up);
  const depth = new Int32Array(size);
  for (let i = 1; i < size; ++i) depth[i] = depth[parent[i]] + 1;
  const self = data.self.map(column => BigInt64Array.from(column, BigInt));
  const total = self.map(column => sumUp(parent, column.slice()));
  // What a node and all below it hold, whatever the sign: unlike totals, these never cancel out.
  const gross =
      self.map(column => sumUp(parent, Float64Array.from(column, v => Math.abs(Number(v)))));
  const tree = {
    size,
    parent,
    depth,
    self,
    total,
    gross,
    diff: self.length === 2,
    names: data.names.map(visible),
    name: data.name,
    type: data.type,
    unit: data.unit,
    averaged: data.aggregate === 'average',
    cut: data.cut,
    rest: data.rest,
    sides: [data.base, data.against]
  };
  tree.negative = self.some(column => column.some(v => v < 0n));
  tree.rows = rowsOf(depth);
  return tree;
}

function sumUp(parent, column) {
  for (let i = column.length - 1; i > 0; --i) column[parent[i]] += column[i];
  return column;
}

// The nodes of each depth, from left to right: order[start[d]] to order[start[d + 1]].
function rowsOf(depth) {
  const count = depth.reduce((most, d) => Math.max(most, d + 1), 0);
  const start = new Int32Array(count + 1);
  for (const d of depth) ++start[d + 1];
  for (let d = 0; d < count; ++d) start[d + 1] += start[d];
  const next = start.slice();
  const order = new Int32Array(depth.length);
  depth.forEach((d, i) => {
    order[next[d]++] = i;
  });
  return {count, start, order};
}

function nameOf(tree, node) {
  const name = tree.names[tree.name[node]] || '';
  return name.trim() ? name : node === 0 ? 'all' : '(no name)';
}

// Parts of the whole, 0 to 1. Where signs mix, the whole is the sum of magnitudes.
function shareOf(tree, column, value, node = 0) {
  return Number(value) / tree.gross[column][node];
}

// Left edges and widths with the root as 1. Two columns lie in one width: by share each
// as a part of its own side, so that a longer side does not hide the other.
function layOut(tree, byShare) {
  const left = new Float64Array(tree.size), width = new Float64Array(tree.size);
  const whole = tree.gross.map(column => column[0]);
  const sum = whole.reduce((a, b) => a + b, 0);
  const sides = whole.filter(w => w > 0).length;
  tree.gross.forEach((column, c) => {
    const scale = tree.diff && byShare ? whole[c] * sides : sum;
    if (whole[c] > 0)
      for (let i = 0; i < tree.size; ++i) width[i] += column[i] / scale;
  });
  const next = new Float64Array(tree.size);
  for (let i = 1; i < tree.size; ++i) {
    const p = tree.parent[i];
    next[i] = left[i] = next[p];
    next[p] += width[i];
  }
  return {left, width};
}

// From -1 (gone) over 0 (same) to 1 (new).
function changeOf(tree, node, byShare) {
  let [base, against] = tree.total.map(column => Number(column[node]));
  if (byShare)
    [base, against] = [base / tree.gross[0][0], against / tree.gross[1][0]].map(v => v || 0);
  const size = Math.abs(base) + Math.abs(against);
  return size === 0 ? 0 : (against - base) / size;
}

// What a search finds. Sums take the topmost match of each stack only, so that
// recursion is not counted twice.
function find(tree, text, isRegex) {
  let test;
  if (isRegex) {
    try {
      const regex = new RegExp(text, 'i');
      test = name => regex.test(name);
    } catch (error) {
      return {error: 'Not a regular expression'};
    }
  } else {
    const lower = text.toLowerCase();
    test = name => name.toLowerCase().includes(lower);
  }
  const matches = tree.names.map(test);
  const inside = new Uint8Array(tree.size);
  const hit = new Uint8Array(tree.size);
  const sums = tree.total.map(() => 0n);
  const names = new Set();
  for (let i = 1; i < tree.size; ++i) {
    const above = inside[tree.parent[i]];
    hit[i] = matches[tree.name[i]] ? 1 : 0;
    inside[i] = above | hit[i];
    if (hit[i]) names.add(tree.name[i]);
    if (hit[i] && !above)
      tree.total.forEach((column, c) => {
        sums[c] += column[i];
      });
  }
  const before = new Int32Array(tree.size + 1);
  tree.rows.order.forEach((node, at) => {
    before[at + 1] = before[at] + hit[node];
  });
  return {hit, sums, names: names.size, matches, before};
}

// One row a name: self and total of each column. A name below itself counts once.
function functionsOf(tree) {
  const rows = new Map();
  const open = new Int32Array(tree.names.length);
  const path = [];
  for (let i = 0; i < tree.size; ++i) {
    while (path.length && path[path.length - 1] !== tree.parent[i]) --open[tree.name[path.pop()]];
    path.push(i);
    const id = tree.name[i];
    const outermost = open[id]++ === 0;
    if (i === 0 && tree.self.every(column => column[0] === 0n)) continue;
    let row = rows.get(id);
    if (!row)
      rows.set(id, row = {
        id,
        name: nameOf(tree, i),
        self: tree.self.map(() => 0n),
        total: tree.self.map(() => 0n)
      });
    for (let c = 0; c < tree.self.length; ++c) {
      row.self[c] += tree.self[c][i];
      if (outermost) row.total[c] += tree.total[c][i];
    }
  }
  return [...rows.values()];
}

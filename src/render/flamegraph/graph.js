// The canvas. It is as large as what can be seen of it; rows beyond are reached by scrolling.

const ROW = 20;       // height of a row, pixels
const MIN_TEXT = 26;  // narrower rectangles carry no text
const ZOOM_MS = 220;

class Graph {
  // tell.over(node or -1, event), tell.pick(node)
  constructor(tree, tell) {
    this.tree = tree;
    this.host = document.getElementById('graph');
    this.canvas = document.getElementById('canvas');
    this.spacer = document.getElementById('spacer');
    this.frames = document.getElementById('frames');
    this.pen = this.canvas.getContext('2d');
    this.framePen = this.frames.getContext('2d');
    this.view = {left: 0, right: 1};
    this.hovered = this.selected = -1;
    this.zoomed = 0;
    this.paints = [];
    this.widths = new Map();
    this.host.addEventListener('scroll', () => {
      this.draw();
      tell.over(-1);
    });
    this.canvas.addEventListener('mousemove', event => {
      const node = this.nodeAt(event.offsetX, event.offsetY);
      this.hover(node);
      tell.over(node, event);
    });
    this.canvas.addEventListener('mouseleave', () => {
      this.hover(-1);
      tell.over(-1);
    });
    this.canvas.addEventListener('click', event => {
      const node = this.nodeAt(event.offsetX, event.offsetY);
      if (node >= 0) tell.pick(node);
    });
    // Not at once: a scroll bar that comes or goes changes the size again.
    new ResizeObserver(() => requestAnimationFrame(() => this.resize())).observe(this.host);
  }

  // {theme, byShare, rootAtTop, found}
  set(look) {
    const moved = !this.look || this.look.byShare !== look.byShare;
    const turned = !this.look || this.look.rootAtTop !== look.rootAtTop;
    this.look = look;
    this.paints = [];
    if (moved) Object.assign(this, layOut(this.tree, look.byShare));
    if (moved) this.view = this.viewOf(this.zoomed);
    if (turned) this.resize(), this.reveal(this.zoomed);
    this.draw();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const width = this.host.clientWidth, height = this.host.clientHeight;
    if (!width || !height) return;
    for (const pen of [this.pen, this.framePen]) {
      pen.canvas.width = Math.round(width * ratio);
      pen.canvas.height = Math.round(height * ratio);
      pen.canvas.style.width = width + 'px';
      pen.canvas.style.height = height + 'px';
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.spacer.style.height = Math.max(0, this.tree.rows.count * ROW - height) + 'px';
    this.draw();
  }

  viewOf(node) {
    const half = Math.max(this.width[node], 1e-15) / 2,
          middle = this.left[node] + this.width[node] / 2;
    return {left: middle - half, right: middle + half};
  }

  zoom(node, animate) {
    const from = this.view, to = this.viewOf(node), start = performance.now();
    this.zoomed = node;
    this.goal = to;
    this.reveal(node);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const step = now => {
      if (this.goal !== to) return;
      const way = animate && !still ? Math.min(1, Math.max(0, now - start) / ZOOM_MS) : 1;
      const eased = 1 - Math.pow(1 - way, 3);
      this.view = way === 1 ? to : {
        left: from.left + (to.left - from.left) * eased,
        right: from.right + (to.right - from.right) * eased
      };
      this.draw();
      if (way < 1) requestAnimationFrame(step);
    };
    step(start);
  }

  // Top of a depth's row, from the top of all rows. With the root at the bottom, few rows
  // still stand on the bottom of the window.
  topOf(depth) {
    if (this.look.rootAtTop) return depth * ROW;
    return Math.max(this.tree.rows.count * ROW, this.host.clientHeight) - (depth + 1) * ROW;
  }

  depthAt(y) {
    const inRows = this.look.rootAtTop ? y : this.topOf(0) + ROW - 1e-6 - y;
    return Math.floor(inRows / ROW);
  }

  // Scrolls so that a node can be seen, with room for its children.
  reveal(node) {
    const top = this.topOf(this.tree.depth[node]), height = this.host.clientHeight;
    const seen = this.host.scrollTop, room = height / 3;
    const [above, below] = this.look.rootAtTop ? [ROW, room] : [room, ROW];
    if (top - above < seen) this.host.scrollTop = top - above;
    if (top + ROW + below > seen + height) this.host.scrollTop = top + ROW + below - height;
  }

  toPixels(x) {
    return (x - this.view.left) / (this.view.right - this.view.left) * this.host.clientWidth;
  }

  // Index in rows.order of the first node of a row that ends behind x.
  firstBehind(x, begin, end) {
    const {order} = this.tree.rows;
    while (begin < end) {
      const middle = (begin + end) >> 1;
      const node = order[middle];
      if (this.left[node] + this.width[node] > x)
        end = middle;
      else
        begin = middle + 1;
    }
    return begin;
  }

  nodeAt(x, y) {
    const {rows} = this.tree;
    const depth = this.depthAt(y + this.host.scrollTop);
    if (depth < 0 || depth >= rows.count) return -1;
    const at = this.view.left + x / this.host.clientWidth * (this.view.right - this.view.left);
    const found = this.firstBehind(at, rows.start[depth], rows.start[depth + 1]);
    const node = found < rows.start[depth + 1] ? rows.order[found] : -1;
    return node >= 0 && this.left[node] <= at ? node : -1;
  }

  // The node's rectangle in the window, as far as it can be seen.
  boxOf(node) {
    const {left, top} = this.canvas.getBoundingClientRect();
    const begin = Math.max(0, this.toPixels(this.left[node]));
    const end = Math.min(this.host.clientWidth, this.toPixels(this.left[node] + this.width[node]));
    return {
      left: left + begin,
      right: left + end,
      top: top + this.topOf(this.tree.depth[node]) - this.host.scrollTop
    };
  }

  hover(node) {
    if (node === this.hovered) return;
    this.hovered = node;
    this.canvas.style.cursor = node >= 0 ? 'pointer' : 'default';
    this.drawFrames();
  }

  draw() {
    if (!this.look) return;
    const {pen, tree} = this, height = this.host.clientHeight, scrolled = this.host.scrollTop;
    pen.fillStyle = this.look.theme.page;
    pen.fillRect(0, 0, this.host.clientWidth, height);
    pen.font = '12px ' + getComputedStyle(document.body).fontFamily;
    pen.textBaseline = 'middle';
    const depths = [this.depthAt(scrolled), this.depthAt(scrolled + height)].sort((a, b) => a - b);
    for (let d = Math.max(0, depths[0]); d <= Math.min(tree.rows.count - 1, depths[1]); ++d) {
      this.drawRow(d, this.topOf(d) - scrolled);
    }
    this.drawFrames();
  }

  // On a canvas of their own: a move of the mouse draws nothing else.
  drawFrames() {
    this.framePen.clearRect(0, 0, this.host.clientWidth, this.host.clientHeight);
    this.drawFrame(this.hovered, 1.5);
    this.drawFrame(this.selected, 2.5);
  }

  drawRow(depth, top) {
    const {order, start} = this.tree.rows, end = start[depth + 1];
    const pixel = (this.view.right - this.view.left) / this.host.clientWidth;
    let at = this.firstBehind(this.view.left, start[depth], end);
    while (at < end) {
      const node = order[at], x = this.left[node];
      if (x >= this.view.right) break;
      if (this.width[node] >= pixel) {
        this.drawNode(node, top);
        ++at;
      } else {
        // All that share this pixel are one line.
        const next = Math.max(at + 1, this.firstBehind(x + pixel, at + 1, end));
        if (this.width[node] > 0 || next > at + 1) this.drawSpeck(at, next, top);
        at = next;
      }
    }
  }

  drawSpeck(from, to, top) {
    const {found, theme} = this.look, {order} = this.tree.rows;
    const hits = found ? found.before[to] - found.before[from] : 0;
    const last = order[to - 1];
    const begin = this.toPixels(this.left[order[from]]);
    const end = this.toPixels(this.left[last] + this.width[last]);
    this.pen.globalAlpha = hits ? 1 : (found ? theme.faded : 1) * Math.min(1, end - begin);
    this.pen.fillStyle = hits ? theme.mark : this.paint(order[from]).fill;
    this.pen.fillRect(Math.floor(begin), top, 1, ROW - 1);
    this.pen.globalAlpha = 1;
  }

  paint(node) {
    const {theme, byShare} = this.look;
    return this.paints[node] ||= paintOf(this.tree, node, theme, byShare);
  }

  drawNode(node, top) {
    const {pen, look} = this;
    const begin = Math.max(-2, this.toPixels(this.left[node]));
    const end =
        Math.min(this.host.clientWidth + 2, this.toPixels(this.left[node] + this.width[node]));
    const wide = end - begin, hit = look.found && look.found.hit[node];
    const above = this.tree.depth[node] < this.tree.depth[this.zoomed];
    const {fill, ink} = this.paint(node);
    pen.globalAlpha = look.found && !hit ? look.theme.faded : above ? 0.6 : 1;
    pen.fillStyle = fill;
    pen.fillRect(begin, top, wide > 2.5 ? wide - 1 : wide * 0.8, ROW - 1);
    if (!this.tree.diff && this.tree.total[0][node] < 0n) this.hatch(begin, top, wide - 1);
    if (hit) {
      pen.fillStyle = look.theme.mark;
      pen.fillRect(begin, top + ROW - 4, Math.max(1, wide - 1), 3);
    }
    if (wide >= MIN_TEXT) {
      pen.globalAlpha = look.found && !hit ? 0.55 : above ? 0.75 : 1;
      pen.fillStyle = look.found && !hit ? look.theme.ink : ink;
      const from = Math.max(begin, 0) + 5;
      const text = this.fit(node, Math.min(end, this.host.clientWidth) - from - 5);
      if (text) pen.fillText(text, from, top + (ROW - (hit ? 3 : 0)) / 2);
    }
    pen.globalAlpha = 1;
  }

  // Stripes: below zero.
  hatch(left, top, width) {
    if (width < 3) return;
    const {pen} = this;
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, ROW - 1);
    pen.clip();
    pen.beginPath();
    for (let x = left - ROW; x < left + width; x += 8) {
      pen.moveTo(x, top + ROW);
      pen.lineTo(x + ROW, top);
    }
    pen.strokeStyle = this.look.theme.page;
    pen.globalAlpha *= 0.35;
    pen.stroke();
    pen.restore();
  }

  drawFrame(node, thick) {
    if (node < 0) return;
    const top = this.topOf(this.tree.depth[node]) - this.host.scrollTop;
    const begin = Math.max(-2, this.toPixels(this.left[node]));
    const end =
        Math.min(this.host.clientWidth + 2, this.toPixels(this.left[node] + this.width[node]));
    this.framePen.strokeStyle = this.look.theme.frame;
    this.framePen.lineWidth = thick;
    if (end > 0 && begin < this.host.clientWidth) {
      this.framePen.strokeRect(
          begin + thick / 2, top + thick / 2, Math.max(1, end - begin - 1 - thick),
          ROW - 1 - thick);
    }
  }

  measure(text) {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, width = this.pen.measureText(text).width);
    return width;
  }

  // The name, or without the folders of its package, or as much as there is room for.
  fit(node, room) {
    const name = nameOf(this.tree, node).slice(0, 400);
    if (this.measure(name) <= room) return name;
    const slash = name.split(/[(<]/, 1)[0].lastIndexOf('/');
    const short = slash > 0 ? '\u2026' + name.slice(slash + 1) : name;
    if (short !== name && this.measure(short) <= room) return short;
    let fits = 0, over = short.length;
    while (over - fits > 1) {
      const middle = (fits + over) >> 1;
      if (this.pen.measureText(short.slice(0, middle) + '\u2026').width <= room)
        fits = middle;
      else
        over = middle;
    }
    if (/[\ud800-\udbff]/.test(short[fits - 1])) --fits;
    return fits >= 2 ? short.slice(0, fits) + '\u2026' : '';
  }
}

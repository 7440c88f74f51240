// One recurrent unit, h_t = tanh(u h_{t-1} + b), and its loss (h_T - target)^2 after T steps, all computed here.
// In this file the weight u is called w, as in the data it is given (w_range).
function states({ x0, T }, w, b) {
  const h = [x0];
  for (let t = 1; t <= T; t++) h.push(Math.tanh(w * h[t - 1] + b));
  return h;
}

function lossAndGradient(net, w, b) {
  const { T, target } = net, h = states(net, w, b);
  let dh = 2 * (h[T] - target), dw = 0, db = 0;
  for (let t = T; t > 0; t--) {
    const dz = dh * (1 - h[t] * h[t]);
    dw += dz * h[t - 1];
    db += dz;
    dh = dz * w;
  }
  return { loss: (h[T] - target) ** 2, dw, db };
}

// Gradient descent from `start`; a gradient longer than `clip` is shortened to it.
function descend(net, rate, clip) {
  let [w, b] = net.start;
  const path = [];
  for (let n = 0; n <= net.steps; n++) {
    const { loss, dw, db } = lossAndGradient(net, w, b), norm = Math.hypot(dw, db);
    path.push({ w, b, loss, norm });
    const scale = rate * (norm > clip ? clip / norm : 1);
    w -= scale * dw;
    b -= scale * db;
  }
  return path;
}

function build(live, net, alt) {
  const [w0, w1] = net.w_range, [b0, b1] = net.b_range, COLUMNS = 150, ROWS = 110;
  const grid = Array.from({ length: ROWS }, (_, y) => Array.from({ length: COLUMNS }, (_, x) =>
    (states(net, w0 + ((x + 0.5) / COLUMNS) * (w1 - w0), b0 + ((y + 0.5) / ROWS) * (b1 - b0)).at(-1) - net.target) ** 2));
  const most = Math.max(...grid.flat());
  const LEVELS = [0.01, 0.05, 0.15, 0.3, 0.5, 0.75, 1].map((part) => Number((part * most).toPrecision(2)));
  const band = (loss) => LEVELS.findIndex((level, i) => loss <= level || i === LEVELS.length - 1);
  let rate = nearest(net.rates, net.rate), clip = nearest(net.clips, net.clip), shown = net.steps, paths;
  const inside = ({ w, b }) => w >= w0 && w <= w1 && b >= b0 && b <= b1;
  const KINDS = [["clipped", "ink", "none", "circle"], ["not clipped", "orange", "5 3", "square"]];

  const plane = picture(`The loss over u and b, with both paths: ${alt}`, (svg, width) => {
    const top = legend(svg, KINDS.map(([name, ...rest]) => [name, ...rest]), 2, 10, width) + 30;
    const left = 44, right = width - 8, bottom = top + Math.min(300, (right - left) * 0.75);
    const [X, Y] = axes(svg, [left, top, right, bottom], net.w_range, net.b_range, "u", "b");
    const d = LEVELS.map(() => "");
    const edge = (x) => Math.round(left + (x / COLUMNS) * (right - left)), floor = (y) => Math.round(bottom - (y / ROWS) * (bottom - top));
    grid.forEach((cells, y) => {
      for (let x = 0, from = 0; x < COLUMNS; x++) {
        if (x + 1 < COLUMNS && band(cells[x + 1]) === band(cells[x])) continue;
        d[band(cells[x])] += `M${edge(from)},${floor(y + 1)}H${edge(x + 1)}V${floor(y)}H${edge(from)}z`;
        from = x + 1;
      }
    });
    d.forEach((path, level) => shape(svg, "path", { d: path, fill: "blue", "fill-opacity": 0.05 + level * 0.07, "shape-rendering": "crispEdges" }));
    const frame = shape(svg, "svg", { // clips what leaves the plane
      x: left, y: top, width: right - left, height: bottom - top, viewBox: `${left} ${top} ${right - left} ${bottom - top}`,
      style: `width:${right - left}px;height:${bottom - top}px;overflow:hidden`, role: "img", "aria-label": "both paths",
    });
    [...KINDS.entries()].reverse().forEach(([p, [, colour, dash, kind]]) => {
      const points = paths[p].slice(0, shown + 1).map(({ w, b }) => [X(w), Y(b)].map((v) => Math.max(-4000, Math.min(4000, v))));
      line(frame, points, "paper", { "stroke-width": 4.5, "stroke-opacity": 0.8 });
      line(frame, points, colour, { "stroke-dasharray": dash, "stroke-width": 1.8 });
      let before = [Infinity, Infinity]; // marks that would lie on each other are left out
      points.forEach(([x, y], n) => {
        const end = n === points.length - 1;
        if (!inside(paths[p][n]) || (!end && Math.hypot(x - before[0], y - before[1]) < 8)) return;
        before = [x, y];
        mark(svg, x, y, kind, colour, end ? 6 : 2.8, end ? { fill: colour } : {});
      });
    });
    label(svg, X(net.start[0]) + 8, Y(net.start[1]) + 20, "start", { class: "strong", "text-anchor": "start" });
    const bar = Math.min(40, (right - left) / LEVELS.length), y = bottom + 48;
    label(svg, left, y + 10, "loss up to", { "text-anchor": "start", class: "small" });
    LEVELS.forEach((level, i) => {
      shape(svg, "rect", { x: left + i * bar, y: y + 17, width: bar, height: 12, fill: "blue", "fill-opacity": 0.05 + i * 0.07, stroke: "quiet", "stroke-width": 0.5 });
      label(svg, left + (i + 0.5) * bar, y + 43, String(level).replace("0.", "."), { class: "small" });
    });
    return y + 50;
  });

  const curve = picture(`The loss against the update, for both paths: ${alt}`, (svg, width) => {
    const top = 30, bottom = top + 190, right = width - 12, floor = 1e-6;
    const log = (x) => Math.max(-6, Math.log10(Math.max(x, floor)));
    const high = Math.ceil(Math.log10(Math.max(most, ...paths.flat().map((p) => p.loss))));
    const [X, Y] = axes(svg, [52, top, right, bottom], [0, net.steps], [-6, Math.max(0, high)], "update", "loss", (y) => (y ? `${y === -6 ? "≤" : ""}1e${y}`.replace("-", "\u2212") : "1"));
    shape(svg, "line", { x1: X(shown), x2: X(shown), y1: top, y2: bottom, stroke: "ink", "stroke-width": 1 });
    [...KINDS.entries()].reverse().forEach(([p, [, colour, dash, kind]]) => {
      line(svg, paths[p].map(({ loss }, n) => [X(n), Y(log(loss))]), colour, { "stroke-dasharray": dash });
      mark(svg, X(shown), Y(log(paths[p][shown].loss)), kind, colour, 5, { fill: colour });
    });
    return bottom + 42;
  });

  const said = status(), counts = Array.from({ length: net.steps + 1 }, (_, n) => `${n} of ${net.steps}`);
  plane.style.flex = "1 1 330px";
  curve.style.flex = "1 1 250px";
  live.append(
    row(slider("Learning rate", net.rates.map((x) => number(x)), rate, (to) => { rate = to; compute(); }),
      slider("Clip length", net.clips.map((x) => number(x)), clip, (to) => { clip = to; compute(); }),
      slider("Update shown", counts, shown, (to) => { shown = to; show(); })),
    html("div", { class: "u-side" }, plane, curve), said);

  function compute() {
    paths = [net.clips[clip], Infinity].map((limit) => descend(net, net.rates[rate], limit));
    show();
  }

  function tell(p) {
    const { w, b, loss, norm } = paths[p][shown];
    const most = Math.max(...paths[p].slice(0, shown + 1).map((point) => point.norm));
    return `${KINDS[p][0]}: u ${number(w, 3)}, b ${number(b, 3)}${inside(paths[p][shown]) ? "" : " (outside the picture)"}, loss ${number(loss, 2)}, gradient norm ${number(norm, 2)} (largest so far ${number(most, 2)})`;
  }

  function show() {
    said.replaceChildren(html("p", {}, `After ${shown} updates at learning rate ${number(net.rates[rate])}, clip length ${number(net.clips[clip])}.`),
      ...KINDS.map((_, p) => html("p", {}, `${tell(p).replace(/^./, (c) => c.toUpperCase())}.`)));
    plane.update();
    curve.update();
  }
  compute();
}

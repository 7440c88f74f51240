// The four stages by which a head finds its place: content, interpolation, shift, sharpening.
const length = (a) => Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));

// A shift between two whole ones is shared by both: 0.8 is 0.2 on "stay" and 0.8 on "one on".
function shares(shift) { return [Math.max(0, -shift), 1 - Math.abs(shift), Math.max(0, shift)]; }

function address(M, q, before, beta, g, shift, gamma) {
  const N = M.length, s = shares(shift);
  const scale = (values) => { const sum = values.reduce((a, x) => a + x, 0); return values.map((x) => x / sum); };
  const fit = M.map((row) => row.reduce((sum, x, j) => sum + x * q[j], 0) / (length(row) * length(q) + 1e-8));
  const best = Math.max(...fit), content = scale(fit.map((K) => Math.exp(beta * (K - best))));
  const mixed = content.map((x, i) => g * x + (1 - g) * before[i]);
  const shifted = mixed.map((_, i) => s.reduce((sum, share, k) => sum + share * mixed[(i - (k - 1) + N) % N], 0));
  const most = Math.max(...shifted), sharp = scale(shifted.map((x) => (x / most) ** gamma));
  return { fit, content, mixed, shifted, sharp };
}

function build(live, data, alt) {
  const { M, q, w_before: before } = data, N = M.length;
  const grids = {
    beta: [0, 0.5, 1, 2, 5, 10, 20, 50, 100],
    g: Array.from({ length: 11 }, (_, i) => i / 10),
    shift: Array.from({ length: 21 }, (_, i) => (i - 10) / 10),
    gamma: [1, 1.5, 2, 3, 5, 10, 20],
  };
  const now = Object.fromEntries(Object.entries(grids).map(([name, grid]) => [name, grid[nearest(grid, data[name])]]));
  const run = () => address(M, q, before, now.beta, now.g, now.shift, now.gamma);
  const most = (w) => w.indexOf(Math.max(...w));

  const chart = picture(alt, (svg, width) => {
    const found = run(), columns = width > 560 ? 2 : 1, gap = 28, each = (width - gap * (columns - 1)) / columns, tall = 150;
    const stages = [
      [`1 Content, \u03b2 = ${number(now.beta)}`, found.content],
      [`2 Interpolation, g = ${number(now.g)}`, found.mixed],
      [`3 Shift by ${number(now.shift)}`, found.shifted],
      [`4 Sharpening, \u03b3 = ${number(now.gamma)}`, found.sharp],
    ];
    const top = 26;
    mark(svg, 8, 10, "square", "orange", 4);
    label(svg, 20, 14, "where the head stood before", { "text-anchor": "start" });
    stages.forEach(([name, w], stage) => {
      const left = (stage % columns) * (each + gap), up = top + Math.floor(stage / columns) * tall;
      const floor = up + tall - 34, high = tall - 78, wide = each / N;
      label(svg, left, up + 16, name, { "text-anchor": "start", class: "strong" });
      w.forEach((weight, i) => {
        const x = left + i * wide, middle = x + wide / 2, y = floor - weight * high;
        shape(svg, "rect", { x: x + 3, y, width: Math.max(1, wide - 6), height: floor - y, fill: "blue" });
        if (wide >= 34 && weight >= 0.005) label(svg, middle, y - 5, weight.toFixed(2), { class: "small" });
        if (stage === 1 && before[i] > 0.005) mark(svg, x + 8, floor - before[i] * high, "square", "orange", 4);
        label(svg, middle, floor + 16, i, { class: "small" });
      });
      shape(svg, "line", { x1: left, x2: left + each, y1: floor, y2: floor, stroke: "quiet" });
    });
    const bottom = top + (4 / columns) * tall;
    label(svg, 0, bottom + 4, "Bars: weight of each slot, 0 to 1; below them the slot.", { "text-anchor": "start", class: "small" });
    return bottom + 12;
  });

  const said = status();
  const control = (name, title) =>
    slider(title, grids[name].map((value) => number(value)), grids[name].indexOf(now[name]), (to) => { now[name] = grids[name][to]; show(); });
  live.append(
    row(control("beta", "Sharpness \u03b2 of the content"), control("g", "Gate g")),
    row(control("shift", "Shift"), control("gamma", "Sharpening \u03b3")), chart, said);

  function show() {
    const found = run(), text = (w) => `slot ${most(w)} (${number(w[most(w)], 2)})`;
    const s = shares(now.shift).map((share) => number(share, 2)).join(", ");
    said.textContent = `Most weight after content: ${text(found.content)}; after interpolation: ${text(found.mixed)}; `
      + `after the shift, shares ${s} for \u22121, 0, +1: ${text(found.shifted)}; after sharpening: ${text(found.sharp)}.`;
    chart.update();
  }
  show();
}

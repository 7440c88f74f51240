// Truncated backpropagation: chunks of k steps, a delay of d steps, and what was measured for each pair.
// How far the gradient of a loss at the last step of a chunk goes, and for how many of its steps it reaches d steps back.
function reach(k, d) { return { back: k - 1, inside: d < k, covered: Math.max(0, k - d) }; }

function build(live, data, alt) {
  const { delays, ks, chance } = data, VARIANTS = ["carried", "reset"];
  let i = Math.floor(delays.length / 2), j = Math.floor(ks.length / 2), variant = 0;
  const percent = (name) => {
    const ends = data[`range_${name}`]?.map((end) => end[i][j].toFixed(2)); // the lowest seed and the highest
    return data[name][i][j].toFixed(2) + (ends ? ` (seeds ${ends.join(" to ")})` : "");
  };

  const net = picture(`Which states the gradient of one loss reaches: ${alt}`, (svg, width) => {
    const k = ks[j], d = delays[i], { inside } = reach(k, d), reset = variant === 1;
    const before = Math.max(k, d - k + 2), after = Math.min(k, Math.max(1, Math.round(k / 3))), N = before + k + after;
    const pitch = (width - 28) / N, r = Math.max(1.4, Math.min(8, pitch * 0.36)), y = 104;
    const place = (s) => 14 + (s + 0.5) * pitch; // s = 0 is the first state drawn, the loss is at `last`
    const first = before, last = before + k - 1, asked = last - d;
    const starts = (s) => ((s - first) % k + k) % k === 0;
    for (let s = 0; s < N; s++) {
      const touched = s >= first && s <= last;
      if (!(starts(s) && reset) && pitch > 2.5) {
        shape(svg, "line", { x1: s ? place(s - 1) + r : 2, x2: place(s) - r, y1: y, y2: y, stroke: "quiet", "stroke-width": 1.5 });
      }
      if (starts(s)) {
        const x = place(s) - pitch / 2;
        shape(svg, "line", { x1: x, x2: x, y1: y - 34, y2: y + 26, stroke: "ink", "stroke-width": 1.5, "stroke-dasharray": "3 3" });
      }
      shape(svg, "circle", { cx: place(s), cy: y, r, stroke: touched ? "orange" : "quiet", fill: touched ? "orange" : "paper", "stroke-width": 1.5 });
    }
    const bend = Math.min(30, 14 + k);
    arrow(svg, place(last), y - r - bend, place(last), y - r - 2, "orange", { "stroke-width": 2 });
    if (k > 1) arrow(svg, place(last), y - 22, place(first) - r, y - 22, "orange", { "stroke-width": 3 });
    const near = Math.min(Math.max(place(last), 45), width - 45);
    label(svg, near, y - r - bend - 8, "loss at t", { class: "strong" });
    const reachText = `gradient: ${k} state${k > 1 ? "s" : ""}`, from = place(first) - pitch / 2;
    label(svg, Math.min(from + 2, near - 170), y - 46, reachText, { "text-anchor": "start" });
    const x = place(asked), below = y + 42;
    arrow(svg, x, below - 8, x, y + r + 2, "blue", { "stroke-width": 2 });
    shape(svg, "path", { d: `M${x},${below - 9}l9,9l-9,9l-9,-9z`, fill: inside ? "blue" : "paper", stroke: "blue", "stroke-width": 2 });
    const at = Math.min(Math.max(x, 95), width - 95);
    label(svg, at, below + 26, d ? `input wanted: x at t \u2212 ${d}` : "input wanted: x at t", { class: "strong" });
    label(svg, at, below + 43, inside ? "in reach of the gradient" : "out of its reach", {});
    label(svg, 2, 22, reset ? "state set to zero at each cut" : "state carried across each cut", { "text-anchor": "start", class: "small" });
    return below + 52;
  });

  const chart = picture(`Held-out accuracy against the delay: ${alt}`, (svg, width) => {
    const k = ks[j], low = Math.min(chance, ...data.carried.flat(), ...data.reset.flat()) < 0.3 ? 0 : 0.3;
    const used = legend(svg, [["carried", "blue", "none", "circle"], ["reset", "orange", "6 4", "square"], ["chance", "quiet", "2 3"]], 2, 10, width);
    const top = used + 30, bottom = top + 170, right = width - 14;
    const ends = [Math.min(0, delays[0]), delays.at(-1)];
    const [X, Y] = axes(svg, [34, top, right, bottom], ends, [low, 1], "delay d", `accuracy, k = ${k}`);
    if (k <= ends[1]) {
      const x = X(Math.max(k - 0.5, ends[0]));
      shape(svg, "rect", { x, y: top, width: right - x, height: bottom - top, fill: "quiet", "fill-opacity": 0.12 });
      label(svg, right - 4, bottom - 8, right - x > 150 ? "d ≥ k: out of reach" : "d ≥ k", { "text-anchor": "end", class: "small" });
    }
    shape(svg, "line", { x1: X(ends[0]), x2: right, y1: Y(chance), y2: Y(chance), stroke: "quiet", "stroke-width": 2, "stroke-dasharray": "2 3" });
    shape(svg, "line", { x1: X(delays[i]), x2: X(delays[i]), y1: top, y2: bottom, stroke: "ink", "stroke-width": 1.5 });
    VARIANTS.forEach((name, v) => {
      const points = delays.map((d, n) => [X(d), Y(data[name][n][j])]), kind = ["circle", "square"][v], colour = ["blue", "orange"][v];
      line(svg, points, colour, { "stroke-dasharray": v ? "6 4" : "none" });
      const [lowest, highest] = data[`range_${name}`] ?? [];
      if (lowest) points.forEach(([x], n) => {
        shape(svg, "line", { x1: x, x2: x, y1: Y(lowest[n][j]), y2: Y(highest[n][j]), stroke: colour, "stroke-width": 2 });
      });
      points.forEach(([x, y], n) => mark(svg, x, y, kind, colour, n === i ? 6 : 3.5, n === i && v === variant ? { fill: colour } : {}));
    });
    return bottom + 42;
  });

  const said = status();
  net.style.flex = "1 1 320px";
  chart.style.flex = "1 1 270px";
  live.append(
    row(slider("Delay d", delays.map(String), i, (to) => { i = to; show(); }), slider("Chunk length k", ks.map(String), j, (to) => { j = to; show(); })),
    row(choice("State:", ["carried on", "reset to zero"], variant, (to) => { variant = to; show(); })),
    html("div", { class: "u-side" }, net, chart), said);

  function show() {
    const k = ks[j], d = delays[i], { inside, covered } = reach(k, d), name = VARIANTS[variant];
    said.textContent =
      `Delay ${d}, chunk length ${k}, state ${name}: the gradient of a loss goes back to the first step of its chunk. ` +
      (inside ? `For ${covered} of the ${k} steps of a chunk the input wanted lies in the same chunk.` : "The input wanted lies in an earlier chunk for every step.") +
      ` Measured accuracy: ${percent("carried")} carried, ${percent("reset")} reset; chance ${number(chance, 3)}.`;
    net.update();
    chart.update();
  }
  show();
}

// A recurrent net, folded and unrolled: h_t = f(x_t W + h_{t-1} U + b), y_t = g(h_t V + c).
const SQUASH = {
  step: (z) => (z > 0 ? 1 : 0),
  tanh: Math.tanh,
  relu: (z) => Math.max(z, 0),
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  none: (z) => z,
};

function run(net, inputs) {
  const states = [], sums = [], outputs = [];
  let h = net.h0;
  for (const x of inputs) {
    const z = net.b.map((b, j) => net.U.reduce((total, row, i) => total + h[i] * row[j], b + x * net.W[j]));
    h = z.map(SQUASH[net.activation]);
    sums.push(z);
    states.push(h);
    outputs.push(SQUASH[net.output](h.reduce((total, value, j) => total + value * net.V[j], net.c)));
  }
  return { states, sums, outputs };
}

function build(live, net, alt) {
  const T = net.inputs.length, H = net.b.length, original = [...net.inputs];
  let inputs = [...original], t = 0, now = run(net, inputs);
  const bits = original.every((x) => x === 0 || x === 1);
  const short = (x) => number(x, 3);
  const tiny = (x) => number(Number(x.toFixed(Math.abs(x) < 9.95 ? 2 : 0))); // what fits a box
  const list = (values) => (H > 1 ? `(${values.map(short).join(", ")})` : short(values[0]));
  const word = (y) => (net.output_words ? `, ${net.output_words[y > 0.5 ? 1 : 0]}` : "");
  const UNIT = 21, BOX = UNIT * H + 8, TOP = 22, STATE = 84, INPUT = STATE + BOX + 56;

  function column(svg, x, names, { state, input, output, colour = "ink", dash = "none", thick = 1.5 }) {
    const style = { stroke: colour, "stroke-width": thick, "stroke-dasharray": dash, fill: "paper" };
    arrow(svg, x, INPUT - 19, x, STATE + BOX + 1, colour, { "stroke-dasharray": dash });
    arrow(svg, x, STATE, x, TOP + 20, colour, { "stroke-dasharray": dash });
    shape(svg, "circle", { cx: x, cy: INPUT, r: 19, ...style });
    shape(svg, "rect", { x: x - 23, y: STATE, width: 46, height: BOX, rx: 5, ...style });
    shape(svg, "circle", { cx: x, cy: TOP, r: 19, ...style });
    label(svg, x, INPUT + 4, input, { class: names });
    state.forEach((value, j) => label(svg, x, STATE + 19 + j * UNIT, value, { class: names }));
    label(svg, x, TOP + 5, output, { class: names });
  }

  const folded = picture(`The folded net: ${alt}`, (svg, width) => {
    const x = Math.min(width / 2, 75), middle = STATE + BOX / 2;
    column(svg, x, "", { state: net.b.map((_, j) => (H > 1 ? `h_t,${j + 1}`.replace("_t,", "_") : "h")), input: "x", output: "y" });
    const d = `M${x + 23},${middle - 8}C${x + 68},${middle - 34} ${x + 68},${middle + 34} ${x + 29},${middle + 10}`;
    shape(svg, "path", { d, stroke: "purple", fill: "none", "stroke-width": 2 });
    arrow(svg, x + 31, middle + 11, x + 24, middle + 6, "purple");
    label(svg, x + 68, middle + 4, "U", { class: "strong" });
    label(svg, x + 12, INPUT - 32, "W", { class: "strong" });
    label(svg, x + 12, STATE - 17, "V", { class: "strong" });
    label(svg, x, INPUT + 38, "folded", { class: "small" });
    return INPUT + 48;
  });

  const unrolled = picture(`The unrolled net: ${alt}`, (svg, width) => {
    const shown = Math.min(T, Math.max(3, Math.floor((width - 50) / 62)));
    const first = Math.max(0, Math.min(t - Math.floor(shown / 2), T - shown));
    const pitch = Math.min(92, (width - 50) / shown), middle = STATE + BOX / 2;
    const place = (s) => 38 + (s - first + 0.5) * pitch;
    for (let s = first; s < first + shown; s++) {
      const x = place(s), ahead = s > t, here = s === t;
      const colour = ahead ? "quiet" : here ? "blue" : "ink", dash = ahead ? "4 3" : "none";
      const from = s === first ? x - pitch / 2 - 14 : x - pitch + 24;
      arrow(svg, from, middle, x - 24, middle, ahead ? "quiet" : "purple", { "stroke-dasharray": dash, "stroke-width": here ? 3 : 1.5 });
      if (s === first) label(svg, from - 5, middle + 4, s ? "…" : "h_0", { "text-anchor": "end" });
      column(svg, x, here ? "strong" : "", {
        state: ahead ? net.b.map(() => "?") : now.states[s].map(tiny),
        input: tiny(inputs[s]), output: ahead ? "?" : tiny(now.outputs[s]), colour, dash, thick: here ? 3.5 : 1.5,
      });
      label(svg, x, INPUT + 38, `t = ${s + 1}`, { class: here ? "strong" : "small" });
    }
    if (first + shown < T) label(svg, place(first + shown) - pitch / 2 + 6, middle + 4, "…");
    const x = place(t);
    label(svg, x + 13, INPUT - 32, "W", { class: "strong" });
    label(svg, x + 13, STATE - 17, "V", { class: "strong" });
    label(svg, x - pitch / 2 - (t === first ? 2 : 0), middle - 9, "U", { class: "strong" });
    shape(svg, "path", { d: `M${x - 7},${INPUT + 54}h14l-7,-10z`, fill: "blue" });
    return INPUT + 58;
  });

  const said = status(), sums = html("ul", { class: "u-sums" });
  const steps = Array.from({ length: T }, (_, s) => `${s + 1} of ${T}`);
  const back = button("Back", () => go(t - 1)), forward = button("Forward", () => go(t + 1));
  const position = slider("Step", steps, 0, (s) => go(s));
  const moves = html("div", { class: "u-row u-moves", keydown: arrows }, back, position, forward);
  live.append(moves);

  const flips = original.map((_, s) => button("", () => { inputs[s] = 1 - inputs[s]; compute(); }));
  if (bits) {
    const undo = button("Reset inputs", () => { inputs = [...original]; compute(); });
    live.append(html("div", { class: "u-row tight", role: "group", "aria-label": "Inputs, press one to flip it", keydown: arrows },
      html("span", {}, "Inputs, press to flip:"), ...flips, undo));
  }
  folded.style.flex = "0 0 150px";
  unrolled.style.flex = "1 1 280px";
  live.append(html("div", { class: "u-side" }, folded, unrolled), said, sums);

  function arrows(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.target.type === "range") return; // the slider moves by itself
    event.preventDefault();
    go(t + by);
  }

  function compute() { now = run(net, inputs); show(); }

  function go(to) { t = Math.max(0, Math.min(T - 1, to)); show(); }

  const factor = (a) => (a < 0 ? `(${short(a)})` : short(a));
  const times = (a, b) => `${factor(a)}\u202f·\u202f${factor(b)}`;

  function show() {
    position.set(t);
    back.setAttribute("aria-disabled", t === 0);
    forward.setAttribute("aria-disabled", t === T - 1);
    flips.forEach((flip, s) => {
      flip.textContent = inputs[s];
      flip.setAttribute("aria-label", `Input ${s + 1} is ${inputs[s]}, flip it`);
      flip.classList.toggle("here", s === t);
    });
    const h = t ? now.states[t - 1] : net.h0, x = inputs[t], y = now.outputs[t];
    said.textContent = `Step ${t + 1} of ${T}: input ${short(x)}, state before ${list(h)}, state now ${list(now.states[t])}, output ${short(y)}${word(y)}.`;
    const unit = (j) => {
      const terms = [short(net.b[j]), times(x, net.W[j]), ...h.map((value, i) => times(value, net.U[i][j]))];
      const name = net.units?.[j] ? ` (${net.units[j]})` : "";
      return html("li", {}, "h", H > 1 ? html("sub", {}, j + 1) : "", `${name}: b + x\u202fW + h\u202fU = ${terms.join(" + ")} = ${short(now.sums[t][j])};  ${net.activation} gives `,
        html("strong", {}, short(now.states[t][j])));
    };
    const head = [short(net.c), ...now.states[t].map((value, j) => times(value, net.V[j]))].join(" + ");
    const ends = net.output === "none" ? `y: c + h\u202fV = ${head} = ` : `y: c + h\u202fV = ${head};  ${net.output} gives `;
    sums.replaceChildren(...net.b.map((_, j) => unit(j)), html("li", {}, ends, html("strong", {}, short(y)), word(y)));
    folded.update();
    unrolled.update();
  }
  show();
}

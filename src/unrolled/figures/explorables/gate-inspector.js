// The gates and states of LSTM units: of trained ones on a sequence, and of one whose sums the reader sets.
const SIGMA = (z) => 1 / (1 + Math.exp(-z));

// One step of H units from their 4H sums, in Keras' order; `held` fixes gates: { i: 0 } shuts all input gates.
function cellStep(z, c, held = {}) {
  const H = c.length, part = (k, f) => z.slice(k * H, (k + 1) * H).map(f);
  const gate = (name, k) => (name in held ? c.map(() => held[name]) : part(k, SIGMA));
  const [i, f, g, o] = [gate("i", 0), gate("f", 1), part(2, Math.tanh), gate("o", 3)];
  const now = c.map((before, j) => f[j] * before + i[j] * g[j]);
  return { i, f, g, o, c: now, h: now.map((x, j) => o[j] * Math.tanh(x)) };
}

function runCell(net, inputs, held) {
  let c = net.U.map(() => 0), h = c;
  return inputs.map((x) => {
    const z = net.b.map((b, k) => x.reduce((s, v, d) => s + v * net.W[d][k], h.reduce((s, v, j) => s + v * net.U[j][k], b)));
    const step = cellStep(z, c, held);
    [c, h] = [step.c, step.h];
    return step;
  });
}

function runSums(sums, held) {
  let c = [0];
  return sums.map((z) => {
    const step = cellStep(z, c, held);
    c = step.c;
    return step;
  });
}

// What the forget gates leave of c_s at each step from s on.
function left(forget, s) {
  let product = 1;
  return forget.slice(s).map((f, k) => (product *= k ? f : 1));
}

function build(live, net, alt) {
  const T = net.inputs.length, H = net.U.length, names = ["i", "f", "g", "o"];
  const HELD = [["none", {}], ["i open", { i: 1 }], ["i shut", { i: 0 }], ["f open", { f: 1 }], ["f shut", { f: 0 }], ["o open", { o: 1 }], ["o shut", { o: 0 }]];
  const RANGE = Array.from({ length: 161 }, (_, k) => (k - 80) / 10), FLOOR = -8;
  const original = net.sums.map((z) => z.map((x) => RANGE[nearest(RANGE, x)]));
  let sums = original.map((z) => [...z]), unit = 0, t = 0, held = 0, steps;
  const short = (x) => number(Number(x.toFixed(2)), 3);
  const factor = (x) => (x.startsWith("\u2212") ? `(${x})` : x);
  const own = () => unit === 0;
  const of = (s, name) => steps[s][name][own() ? 0 : unit - 1];

  function panel(svg, width, top, height, [low, high], name, entries, curves, last, yText) {
    const start = top + legend(svg, entries, 2, top, width) + 20, bottom = start + height;
    const [X, Y] = axes(svg, [44, start, width - 12, bottom], [1, T], [low, high], last ? "step t" : "", name, yText);
    shape(svg, "line", { x1: X(t + 1), x2: X(t + 1), y1: start, y2: bottom, stroke: "ink", "stroke-dasharray": "2 3" });
    curves.forEach(([points, colour, dash, kind]) => {
      const at = points.map(([s, y]) => [X(s), Y(Math.max(low, Math.min(high, y)))]);
      line(svg, at, colour, { "stroke-dasharray": dash });
      at.forEach(([x, y]) => mark(svg, x, y, kind, colour, 3));
    });
    return bottom + (last ? 42 : 32);
  }

  const chart = picture(alt, (svg, width) => {
    const all = (name) => steps.map((_, s) => [s + 1, of(s, name)]);
    const draw = { i: ["i", "blue", "none", "circle"], f: ["f", "orange", "7 4", "square"], o: ["o", "green", "2 3", "circle"] };
    const gates = Object.entries(draw), states = [["c", "blue", "none", "circle"], ["h", "orange", "7 4", "square"]];
    let top = panel(svg, width, 10, 84, [0, 1], "gates", gates.map(([, look]) => look), gates.map(([name, [, ...look]]) => [all(name), ...look]));
    const values = states.flatMap(([name]) => all(name).map(([, y]) => y)), ends = [Math.min(-0.1, ...values), Math.max(0.1, ...values)];
    top = panel(svg, width, top, 84, ends, "states", states, states.map(([name, ...look]) => [all(name), ...look]));
    const kept = left(all("f").map(([, f]) => f), t).map((p, k) => [t + k + 1, Math.log10(Math.max(p, 1e-30))]);
    const ten = (y) => (!Number.isInteger(y) ? "" : y ? `1e${y}`.replace("-", "\u2212") : "1");
    return panel(svg, width, top, 84, [FLOOR, 0], `left of c at step ${t + 1}, by the product of f`, [["product of f", "purple", "none", "circle"]], [[kept, "purple", "none", "circle"]], true, ten);
  });

  const said = status(), places = net.inputs.map((_, s) => `${s + 1} of ${T}`);
  const back = button("Previous step", () => go(t - 1)), forward = button("Next step", () => go(t + 1));
  const position = slider("Step t", places, 0, go);
  const texts = (k) => RANGE.map((z) => `${number(z)}, ${names[k]} = ${number(k === 2 ? Math.tanh(z) : SIGMA(z), 2)}`);
  const knobs = names.map((name, k) => slider(`Sum of ${name}`, texts(k), 0, (to) => { sums[t][k] = RANGE[to]; compute(); }));
  const onward = button("Same sums at all later steps", () => { sums = sums.map((z, s) => (s > t ? [...sums[t]] : z)); compute(); });
  const undo = button("Reset sums", () => { sums = original.map((z) => [...z]); compute(); });
  const byHand = html("div", {}, row(...knobs), row(onward, undo));
  live.append(
    row(choice("Unit:", ["set by hand", ...Array.from({ length: H }, (_, j) => `trained ${j + 1}`)], 0, (to) => { unit = to; compute(); })),
    row(choice("Gates held:", HELD.map(([text]) => text), 0, (to) => { held = to; compute(); })),
    html("div", { class: "u-row u-moves" }, back, position, forward), byHand, chart, said);

  function go(to) { t = Math.max(0, Math.min(T - 1, to)); show(); }

  function compute() {
    steps = own() ? runSums(sums, HELD[held][1]) : runCell(net, net.inputs, HELD[held][1]);
    show();
  }

  function show() {
    position.set(t);
    back.setAttribute("aria-disabled", t === 0);
    forward.setAttribute("aria-disabled", t === T - 1);
    byHand.hidden = !own();
    knobs.forEach((knob, k) => knob.set(RANGE.indexOf(sums[t][k])));
    const x = net.inputs[t].map((v, d) => `${net.input_names[d]} ${short(v)}`).join(", ");
    const [i, f, g, o, c, h] = ["i", "f", "g", "o", "c", "h"].map((name) => short(of(t, name)));
    const before = t ? short(of(t - 1, "c")) : "0", product = left(steps.map((_, s) => of(s, "f")), t).at(-1);
    const parts = [`Step ${t + 1} of ${T}: ${x}.`, `c = f\u202fc + i\u202fg = ${f} \u00b7 ${factor(before)} + ${i} \u00b7 ${factor(g)} = ${c}; o = ${o}, h = ${h}.`,
      `The forget gates leave ${number(product, 2)} of this c at step ${T}.`];
    said.replaceChildren(...parts.map((part) => html("p", {}, `${part} `)));
    chart.update();
  }
  compute();
}

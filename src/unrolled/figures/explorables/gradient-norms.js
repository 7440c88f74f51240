// The norm of dh_T / dh_{T-n} against n, measured on a grid of spectral radii, beside rho^n.
const POWER = (rho, n) => rho ** n;

function build(live, data, alt) {
  const { rhos, norms } = data, names = Object.keys(norms), T = norms[names[0]][0].length;
  const nice = (name) => (name === "relu" ? "ReLU" : name);
  let r = nearest(rhos, data.start), a = 0;
  const FLOOR = 1e-30, log = (x) => Math.log10(Math.max(x, FLOOR));
  const all = names.flatMap((name) => norms[name].flat()).filter((x) => x > 0).map(log);
  const low = Math.max(-20, Math.floor(Math.min(0, ...all))), high = Math.min(20, Math.ceil(Math.max(1, ...all)));
  const clamp = (x) => Math.max(low, Math.min(high, log(x)));
  const ten = (y) => (!Number.isInteger(y) ? "" : y ? `1e${y}`.replace("-", "\u2212") : "1");

  const chart = picture(alt, (svg, width) => {
    const entries = [[`measured, ${nice(names[a])}`, "blue", "none", "circle"], ["\u03c1\u207f", "orange", "7 4", "square"], ["other \u03c1", "quiet", "none"]];
    const top = legend(svg, entries, 2, 10, width) + 30, bottom = top + Math.min(280, 150 + width / 5), right = width - 10;
    const [X, Y] = axes(svg, [48, top, right, bottom], [0, T], [low, high], "steps back n", "gradient norm", ten);
    const plot = (values) => [[X(0), Y(0)], ...values.map((value, n) => [X(n + 1), Y(clamp(value))])];
    rhos.forEach((_, other) => line(svg, plot(norms[names[a]][other]), "quiet", { "stroke-width": 1, "stroke-opacity": 0.45 }));
    shape(svg, "line", { x1: X(0), x2: right, y1: Y(0), y2: Y(0), stroke: "ink", "stroke-width": 1 });
    const closed = plot(Array.from({ length: T }, (_, n) => POWER(rhos[r], n + 1))), measured = plot(norms[names[a]][r]);
    line(svg, measured, "blue", { "stroke-width": 3 });
    line(svg, closed, "orange", { "stroke-width": 2.5, "stroke-dasharray": "7 4" });
    const every = Math.max(1, Math.round(T / 8)), marked = Math.floor(T / every);
    for (let n = 1; n <= marked; n++) {
      mark(svg, ...measured[n * every], "circle", "blue");
      if (n < marked) mark(svg, ...closed[Math.round((n + 0.5) * every)], "square", "orange");
    }
    return bottom + 42;
  });

  const said = status();
  live.append(row(slider("Spectral radius \u03c1", rhos.map((rho) => number(rho)), r, (to) => { r = to; show(); }),
    names.length > 1 ? choice("Activation:", names.map(nice), a, (to) => { a = to; show(); }) : ""), chart, said);

  function verdict(x) {
    if (x === 0) return "It is exactly zero: nothing of the gradient is left";
    if (x < 1e-3) return "It vanishes";
    return x > 1e3 ? "It explodes" : "It stays within a factor of 1000";
  }

  function show() {
    const rho = rhos[r], measured = norms[names[a]][r][T - 1], closed = POWER(rho, T);
    const off = measured > 0 ? Math.log10(measured / closed) : -Infinity;
    const beside = Math.abs(off) < 1 ? "within a factor of ten of the closed form"
      : off === -Infinity ? "far below the closed form" : `10^${number(Math.abs(off), 2)} times ${off > 0 ? "above" : "below"} the closed form`;
    said.textContent = `\u03c1 = ${number(rho)}, ${nice(names[a])}, ${T} steps back: measured norm ${number(measured, 2)}, \u03c1^${T} = ${number(closed, 2)}. ${verdict(measured)}; it is ${beside}.`;
    chart.update();
  }
  show();
}

// What the explorables share. Everything lives in the function that wraps each output: nothing is global.
const PAGE = document;

function html(tag, settings, ...children) {
  const element = PAGE.createElement(tag);
  for (const [key, value] of Object.entries(settings ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== false) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function shape(parent, tag, settings, ...children) {
  const element = PAGE.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(settings)) {
    // colours are roles of the palette: attributes do not understand variables, styles do
    if (key === "fill" || key === "stroke") element.style[key] = value === "none" ? value : `var(--u-${value})`;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  parent.append(element);
  return element;
}

function label(parent, x, y, text, settings = {}) {
  const element = shape(parent, "text", { x, y, "text-anchor": "middle", ...settings });
  // "h_3" is written with a subscript
  for (const part of String(text).split(/(_[\w+]+)/)) {
    const low = part.startsWith("_");
    if (part) shape(element, "tspan", low ? { dy: 4, "font-size": 10, style: "font-size:10px" } : {}, low ? part.slice(1) : part);
    if (low) shape(element, "tspan", { dy: -4 }, "\u200b");
  }
  return element;
}

function arrow(parent, x1, y1, x2, y2, stroke, settings = {}) {
  const turn = Math.atan2(y2 - y1, x2 - x1), size = settings.size ?? 7;
  const wing = (side) => `${x2 - size * Math.cos(turn + side)},${y2 - size * Math.sin(turn + side)}`;
  shape(parent, "line", { x1, y1, x2, y2, stroke, "stroke-width": 1.5, ...settings });
  shape(parent, "polygon", { points: `${x2},${y2} ${wing(0.45)} ${wing(-0.45)}`, fill: stroke });
}

function number(x, digits = 4) {
  if (x === 0) return "0";
  const size = Math.abs(x);
  const text = size < 1e-3 || size >= 1e5 ? x.toExponential(1) : String(Number(x.toPrecision(digits)));
  return text.replaceAll("-", "\u2212").replace("e+", "e");
}

function picture(alt, draw) {
  const svg = shape(html("div"), "svg", { role: "img", "aria-label": alt });
  const box = html("div", { style: "min-width:0" }, svg);
  let width = 0;
  box.update = () => {
    if (!width) return;
    svg.replaceChildren();
    const height = draw(svg, width);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.style.height = `${height}px`;
  };
  const measure = () => {
    const now = Math.floor(box.clientWidth);
    if (now && now !== width) { width = now; box.update(); }
  };
  new ResizeObserver(measure).observe(box);
  return box;
}

function slider(name, texts, index, change) {
  const output = html("span", { class: "u-value", "aria-hidden": "true" }); // the slider says its value itself
  const input = html("input", {
    type: "range", min: 0, max: texts.length - 1, step: 1, value: index,
    input: () => { say(); change(Number(input.value)); },
  });
  const say = () => {
    output.textContent = texts[input.value];
    input.setAttribute("aria-valuetext", texts[input.value]);
  };
  const whole = html("label", { class: "u-slider" }, html("span", {}, name), output, input);
  whole.set = (to) => { input.value = to; say(); };
  whole.set(index);
  return whole;
}

function choice(name, texts, index, change) {
  const group = `choice-${Math.random().toString(36).slice(2)}`; // radio buttons of one group share a name, on the whole page
  const option = (text, i) =>
    html("label", {}, html("input", { type: "radio", name: group, checked: i === index && "", change: () => change(i) }), text);
  return html("fieldset", {}, html("legend", {}, name), ...texts.map(option));
}

function row(...children) { return html("div", { class: "u-row" }, ...children); }

function button(text, click) { return html("button", { type: "button", click }, text); }

function status() { return html("div", { class: "u-status", role: "status" }); }

function nearest(values, wanted) {
  return values.reduce((best, value, i) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? i : best), 0);
}

function ticks(low, high, most) {
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

// Axes with their labels; returns the two scales. `box` is [left, top, right, bottom].
function axes(svg, box, [x0, x1], [y0, y1], xName, yName, yText = number) {
  const [left, top, right, bottom] = box;
  const X = (x) => left + ((x - x0) / (x1 - x0)) * (right - left);
  const Y = (y) => bottom - ((y - y0) / (y1 - y0)) * (bottom - top);
  for (const y of ticks(y0, y1, 5)) {
    if (!yText(y)) continue;
    shape(svg, "line", { x1: left, x2: right, y1: Y(y), y2: Y(y), stroke: "grid" });
    label(svg, left - 6, Y(y) + 4, yText(y), { "text-anchor": "end", class: "small" });
  }
  for (const x of ticks(x0, x1, Math.max(3, Math.min(8, (right - left) / 60)))) {
    shape(svg, "line", { x1: X(x), x2: X(x), y1: bottom, y2: bottom + 4, stroke: "quiet" });
    label(svg, X(x), bottom + 17, number(x), { class: "small" });
  }
  shape(svg, "path", { d: `M${left},${top}V${bottom}H${right}`, stroke: "quiet", fill: "none" });
  label(svg, (left + right) / 2, bottom + 35, xName);
  label(svg, 0, top - 9, yName, { "text-anchor": "start" });
  return [X, Y];
}

const MARKS = {
  circle: (r) => `M${-r},0a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0`,
  square: (r) => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
};

function mark(svg, x, y, kind, colour, r = 4, settings = {}) {
  shape(svg, "path", { d: MARKS[kind](r), transform: `translate(${x},${y})`, fill: "paper", stroke: colour, "stroke-width": 1.8, ...settings });
}

function line(svg, points, colour, settings = {}) {
  const d = points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
  return shape(svg, "path", { d, stroke: colour, fill: "none", "stroke-width": 2, "stroke-linejoin": "round", ...settings });
}

// Entries: [text, colour, dash, mark]. Wraps; returns the height it took.
function legend(svg, entries, left, top, width) {
  let x = left, y = top;
  for (const [text, colour, dash, kind] of entries) {
    const need = 40 + text.length * 6.9;
    if (x > left && x + need > left + width) { x = left; y += 20; }
    line(svg, [[x, y], [x + 28, y]], colour, { "stroke-dasharray": dash });
    if (kind) mark(svg, x + 14, y, kind, colour, 3.5);
    label(svg, x + 34, y + 4, text, { "text-anchor": "start" });
    x += need + 12;
  }
  return y - top + 20;
}

function start(script, build) {
  const figure = script.closest("figure");
  const fallback = figure.querySelector(".u-data"), alt = fallback.querySelector(".u-alt");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  // a notebook takes arrows and letters for its own commands: what a control is told stays here
  const keep = (event) => event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape" || event.stopPropagation();
  const live = html("div", { class: "u-live", keydown: keep });
  build(live, data, alt.textContent);
  const wide = fallback.querySelector(".u-table");
  const more = html("details", {
    toggle: () => wide && wide.scrollWidth > wide.clientWidth && (wide.tabIndex = 0), // what scrolls, the keyboard reaches
  }, html("summary", {}, fallback.dataset.title), fallback);
  alt.remove();
  figure.prepend(live);
  live.after(more);
}

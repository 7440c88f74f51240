// A GRU reads what the reader types, one word after the other, and says after each what it holds the text for.
const W = String.raw`[\p{L}\p{N}_]`;
const TOKEN = new RegExp([ // as `words` in unrolled.data.text has them, in the same order
  String.raw`(?:https?:\/\/|www\.)\S*(?:${W}|\/)`, `[@#]${W}+`,
  String.raw`[:;][-'^o*]?[)(]+(?!${W})`, String.raw`(?<!${W})[<>]?[:;=][-'^o*]?(?:[DPpOosS3]+(?!${W})|[)(\]\[}{|*\/\\]+)`,
  String.raw`(?<!${W})[)(][-'^o]?[:;=](?!${W})`, String.raw`<\/?3(?!\p{Nd})`, String.raw`\^_+\^`, "-_+-",
  String.raw`\p{Nd}+(?:[.,:]\p{Nd}+)+`, String.raw`${W}+(?:['\u2019]${W}+)*`, String.raw`\.{2,}`, "-{2,}",
  String.raw`[\u{1F1E6}-\u{1F1FF}]{2}`, String.raw`\S(?:[\uFE0E\uFE0F\u20E3\u{1F3FB}-\u{1F3FF}]|\u200D\S)*`,
].join("|"), "gu");

const tokens = (text) => (text.match(TOKEN) ?? []).map((word) => (/^[\p{L}\p{N}]/u.test(word) ? word.replaceAll("\u2019", "'") : word));

function bytes(text) { return Int8Array.from(atob(text), (letter) => letter.charCodeAt(0)); }

function opened(net) {
  const marks = bytes(net.marks), rated = net.rated.split(" ");
  return {
    ...net, table: bytes(net.E),
    ids: new Map(net.tokens.split(" ").map((word, i) => [word, i + 4])),
    mark: new Map(net.rated ? rated.map((word, i) => [word, marks[i] / 10]) : []),
  };
}

function softmax(z) {
  const top = Math.max(...z), e = z.map((x) => Math.exp(x - top)), sum = e.reduce((s, x) => s + x, 0);
  return e.map((x) => x / sum);
}

// row @ matrix + add
const times = (row, matrix, add) => add.map((b, k) => row.reduce((s, x, i) => s + x * matrix[i][k], b));

// One step of the GRU, reset after the product, columns in the order z, r, n.
function gruStep(net, x, h) {
  const H = h.length, a = times(x, net.W, net.b[0]), u = times(h, net.U, net.b[1]);
  const gate = (k) => 1 / (1 + Math.exp(-a[k] - u[k]));
  return h.map((before, j) => {
    const z = gate(j), n = Math.tanh(a[2 * H + j] + gate(H + j) * u[2 * H + j]);
    return z * before + (1 - z) * n;
  });
}

// The opinion before the first word and after each: logits, probabilities, and the log-odds of the last class against the first.
function opinions(net, text, most = Infinity) {
  const D = net.W.length - 1, head = (h) => {
    const logits = times(h, net.V, net.c);
    return { logits, p: softmax(logits), odds: logits.at(-1) - logits[0] };
  };
  let h = net.U.map(() => 0);
  const found = [head(h)];
  for (const word of tokens(text).slice(0, most)) {
    const key = word.toLowerCase(), id = net.ids.get(key) ?? 1, mark = net.mark.get(key) ?? 0;
    h = gruStep(net, [...Array.from({ length: D }, (_, d) => net.table[id * D + d] * net.step), mark], h);
    found.push({ word, known: id !== 1, mark, ...head(h) });
  }
  return found;
}

function build(live, data, alt) {
  const net = opened(data), MOST = 60, last = net.classes.length - 1;
  const LOOKS = [["orange", "7 4", "square"], ["quiet", "2 3", null], ["blue", "none", "circle"]];
  let found = [], cut = false, due = 0;
  const signed = (x) => (x < 0 ? "" : "+") + number(Number(x.toFixed(2)), 3);
  const share = (x) => number(Number(x.toFixed(2)));
  const brief = (word) => ([...word].length > 24 ? `${[...word].slice(0, 23).join("")}\u2026` : word);
  const change = (t) => found[t].odds - found[t - 1].odds;

  const box = html("input", { type: "text", maxlength: 5000, autocomplete: "off", spellcheck: "false",
    style: "flex:1 1 14rem;min-width:0;font:inherit;color:inherit;background:var(--u-paper);border:1px solid var(--u-quiet);border-radius:.3rem;padding:.3rem .6rem",
    input: () => { examples.querySelectorAll("input").forEach((radio) => { radio.checked = false; }); read(); PAGE.defaultView.clearTimeout(due); due = PAGE.defaultView.setTimeout(tell, 400); } });
  const field = html("label", { style: "display:flex;flex-wrap:wrap;flex:1 1 100%" }, "Your sentence:", box);
  const list = html("ol", { "aria-label": "Change of the log-odds by each word",
    style: "display:flex;flex-wrap:wrap;gap:.35rem;margin:.5rem 0;padding:0;list-style:none" });
  const key = html("p", { style: "margin:.2rem 0;color:var(--u-quiet);font-size:.88rem" },
    `Below each word: how it moves the log-odds of ${net.classes[last]} against ${net.classes[0]} (\u25b2 blue up, \u25bc orange down). Dashed: a word without a row of its own.`);
  const said = status();

  const chart = picture(alt, (svg, width) => {
    const n = found.length - 1, start = 12 + legend(svg, net.classes.map((name, k) => [name, ...LOOKS[k]]), 2, 12, width) + 20, bottom = start + 130;
    const [X, Y] = axes(svg, [44, start, width - 12, bottom], [0, Math.max(1, n)], [0, 1], "words read", "probability");
    net.classes.forEach((_, k) => {
      const [colour, dash, kind] = LOOKS[k], at = found.map(({ p }, t) => [X(t), Y(p[k])]);
      line(svg, at, colour, { "stroke-dasharray": dash });
      if (kind) at.forEach(([x, y]) => mark(svg, x, y, kind, colour, 3));
    });
    return bottom + 42;
  });

  const examples = choice("Examples:", net.texts, 0, (to) => { box.value = net.texts[to]; read(); tell(); });
  live.append(row(examples), row(field), list, key, chart, said);

  function chip(step, t) {
    const by = change(t), strength = Math.min(3, Math.round(Math.abs(by) * 2)) * 12, colour = by < 0 ? "orange" : "blue";
    const style = `padding:.1rem .45rem;border-radius:.3rem;text-align:center;border:1px ${step.known ? "solid var(--u-grid)" : "dashed var(--u-ink)"};background:color-mix(in srgb,var(--u-${colour}) ${strength}%,var(--u-paper));overflow-wrap:anywhere`;
    const small = html("span", { style: "display:block;font-size:.78rem;font-variant-numeric:tabular-nums" }, `${by < 0 ? "\u25bc" : "\u25b2"} ${signed(by)}`);
    return html("li", { style }, brief(step.word), small);
  }

  function read() {
    cut = tokens(box.value).length > MOST;
    found = opinions(net, box.value, MOST);
    list.replaceChildren(...found.slice(1).map((step, i) => chip(step, i + 1)));
    chart.update();
  }

  function tell() {
    const n = found.length - 1, { p } = found[n], best = p.indexOf(Math.max(...p));
    const parts = [`${n ? `After ${n} ${n === 1 ? "word" : "words"}` : "Before the first word"}: ${net.classes[best]}, ${share(p[best])}. (${net.classes.map((name, k) => `${name} ${share(p[k])}`).join(", ")}.)`];
    if (n) {
      const order = found.slice(1).map((_, i) => i + 1).sort((s, t) => Math.abs(change(t)) - Math.abs(change(s)));
      parts.push(`Moved most by ${order.slice(0, 2).map((t) => `\u201c${brief(found[t].word)}\u201d (${signed(change(t))})`).join(" and ")}.`);
    }
    const strange = [...new Set(found.slice(1).filter((step) => !step.known).map(({ word, mark: m }) => `\u201c${brief(word)}\u201d (${m ? `mark ${signed(m)}` : "no mark"})`))];
    if (strange.length) parts.push(`Read as the unknown word: ${strange.join(", ")}.`);
    if (cut) parts.push(`Only the first ${MOST} words are read.`);
    said.replaceChildren(...parts.map((part) => html("p", {}, `${part} `)));
  }

  box.value = net.texts[0];
  read();
  tell();
}

// The steps of one training step as boxes in lanes; opening a box tells what happens there.
function build(live, data, alt) {
  const { steps, back_to } = data;
  let open = 0;
  const boxes = steps.map((step, i) =>
    html("button", { type: "button", class: "u-step", click: () => show(i), tabindex: -1 },
      html("span", { class: "u-number" }, i + 1), step.title));
  const lanes = [];
  steps.forEach((step, i) => {
    if (!i || (step.group ?? "") !== (steps[i - 1].group ?? "")) lanes.push({ name: step.group ?? "", boxes: [] });
    lanes.at(-1).boxes.push(html("li", {}, boxes[i]));
  });
  const parts = lanes.map((lane) => html("div", { class: lane.name ? "u-lane" : "u-lane nameless" }, lane.name ? html("span", { class: "u-name" }, lane.name) : "",
    html("ol", { role: "list", "aria-label": lane.name || "steps" }, ...lane.boxes)));
  parts.at(-1).classList.add(back_to ? "again" : "end");
  const diagram = html("div", { class: "u-flow", role: "group", "aria-label": alt, keydown: keys }, ...parts);
  if (back_to) diagram.append(html("p", { class: "u-again" }, `↻ And again from step ${back_to}, with the new weights`));
  const panel = html("div", { class: "u-status" }), said = html("div", { class: "u-heard", role: "status" });
  live.append(diagram, said);

  function keys(event) {
    const to = { ArrowLeft: open - 1, ArrowUp: open - 1, ArrowRight: open + 1, ArrowDown: open + 1, Home: 0, End: steps.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(Math.max(0, Math.min(steps.length - 1, to)));
    boxes[open].focus();
  }

  function follow(event, target) {
    if (PAGE.getElementById(target)) return; // the book's own anchor
    const slug = (text) => text.toLowerCase().replace(/[^\w\s-]/g, "").trim().replace(/\s+/g, "-");
    const heading = [...PAGE.querySelectorAll("h1, h2, h3, h4")].find((h) => slug(h.textContent) === target);
    if (!heading) return;
    event.preventDefault(); // JupyterLab names its headings otherwise
    heading.scrollIntoView();
  }

  function show(i) {
    boxes[open].removeAttribute("aria-current");
    boxes[open].tabIndex = -1;
    open = i;
    boxes[open].setAttribute("aria-current", "step");
    boxes[open].tabIndex = 0;
    const { title, text, shape: size, target } = steps[i];
    const which = `${i + 1}. ${title}`;
    said.textContent = `Step ${which}${size && `, shape ${size}`}. ${text}`;
    boxes[i].closest(".u-lane").after(panel); // near the box, also on a phone
    panel.replaceChildren(
      html("p", {}, html("strong", {}, which), size ? html("span", { class: "u-shape" }, "shape ", html("code", {}, size)) : ""),
      html("p", {}, text, " ", target ? html("a", { href: `#${target}`, click: (event) => follow(event, target) }, "Go to its section") : ""));
  }
  show(0);
}

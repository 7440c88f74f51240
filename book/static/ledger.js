// Filters for the ledger of claims. The choice is kept in the address; without this script all are shown.
(function () {
  "use strict";
  const claims = [...document.querySelectorAll(".claim")].map((body) => {
    const section = body.closest("section");
    const link = body.querySelector('a[href*="lessons/"]:not([href*="#"])');
    return {
      section,
      part: section.parentElement.closest("section"),
      lesson: link.href.match(/(\d+)_/)[1],
      title: link.textContent,
      verdict: body.querySelector("strong").textContent,
      text: section.textContent.toLowerCase(),
    };
  });
  const parts = [...new Set(claims.map((claim) => claim.part))];

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const labelled = (words, control) => make("label", {}, words, control);
  const verdict = make("select", { name: "verdict" }, make("option", { value: "" }, "all verdicts"));
  for (const said of ["holds", "holds with conditions", "does not hold here"]) {
    verdict.append(make("option", { value: said }, `${said} (${claims.filter((claim) => claim.verdict === said).length})`));
  }
  const where = make("select", { name: "in" }, make("option", { value: "" }, "the whole course"));
  for (const part of parts) {
    const within = claims.filter((claim) => claim.part === part);
    const group = make("optgroup", { label: part.querySelector("h2").firstChild.textContent }, make("option", { value: part.id }, "all of it"));
    for (const [lesson, title] of new Map(within.map((claim) => [claim.lesson, claim.title]))) {
      group.append(make("option", { value: lesson }, `${lesson} ${title}`));
    }
    where.append(group);
  }
  const words = make("input", { name: "words", type: "search", autocomplete: "off" });
  const status = make("p", { role: "status" });
  const all = make("button", { type: "reset" }, "Show all");
  const form = make("form", { class: "ledger-filter", "aria-label": "Which claims to show" });
  form.append(labelled("Verdict", verdict), labelled("Tested in", where), labelled("Words", words), all, status);

  function show() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const claim of claims) {
      const fits =
        (!verdict.value || claim.verdict === verdict.value) &&
        (!where.value || [claim.lesson, claim.part.id].includes(where.value)) &&
        wanted.every((word) => claim.text.includes(word));
      claim.section.hidden = !fits;
      shown += fits;
    }
    for (const part of parts) part.hidden = !claims.some((claim) => claim.part === part && !claim.section.hidden);
    all.hidden = shown === claims.length;
    status.textContent = `${shown} of ${claims.length} claims shown.`;
  }

  function remember() {
    const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
    const address = location.href.split("#")[0];
    history.replaceState(null, "", `${chosen}` ? `${address}#${chosen}` : address);
  }

  // Behind # stands a choice (verdict=holds) or a place on the page, which is then shown.
  function follow() {
    const behind = location.hash.slice(1);
    const chosen = new URLSearchParams(behind.includes("=") ? behind : "");
    for (const field of [verdict, where, words]) {
      field.value = chosen.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    show();
    if (behind && !behind.includes("=")) document.getElementById(decodeURIComponent(behind))?.scrollIntoView();
  }

  form.addEventListener("input", () => { show(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { show(); remember(); verdict.focus(); }));
  window.addEventListener("hashchange", follow);
  if (claims.length) {
    parts[0].before(form);
    follow();
  }
})();

// Which questions a reader has answered, kept in this browser and nowhere else.
(function () {
  "use strict";
  const KEY = "unrolled.progress";

  function load() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }

  function save(progress) {
    try {
      localStorage.setItem(KEY, JSON.stringify(progress));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  }

  function pageOf(address) {
    const parts = new URL(address, location.href).pathname.split("/");
    return parts.slice(-2).join("/");
  }

  function inWords(entry) {
    return `${entry.found.length} of ${entry.of} questions answered`;
  }

  const questions = [...document.querySelectorAll(".question")];
  if (questions.length) {
    const page = pageOf(location.href);
    const status = document.createElement("p");
    status.className = "progress";
    status.setAttribute("role", "status");
    questions.at(-1).after(status);

    const show = () => {
      const entry = load()[page];
      status.textContent = entry ? `${inWords(entry)}. This browser remembers it; nothing is sent.` : "";
    };

    questions.forEach((question, number) => {
      question.querySelector("details.right").addEventListener("toggle", (event) => {
        const progress = load();
        const entry = progress[page] || { found: [] };
        if (event.target.open && !entry.found.includes(number)) {
          entry.found.push(number);
        }
        entry.of = questions.length;
        progress[page] = entry;
        save(progress);
        show();
      });
    });
    show();
  }

  const cards = document.querySelectorAll(".course-map li");
  const begun = Object.keys(load()).length > 0;
  for (const card of cards) {
    const entry = load()[pageOf(card.querySelector("a").href)];
    if (entry) {
      const line = document.createElement("p");
      line.className = "progress";
      line.textContent = inWords(entry);
      card.append(line);
    }
  }
  if (cards.length && begun) {
    const forget = document.createElement("button");
    forget.type = "button";
    forget.className = "forget";
    forget.textContent = "Forget which questions I answered";
    forget.addEventListener("click", () => {
      localStorage.removeItem(KEY);
      document.querySelectorAll(".course-map .progress").forEach((line) => line.remove());
      forget.remove();
    });
    document.querySelector(".course-map").before(forget);
  }
})();

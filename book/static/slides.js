// One slide at a time, by keys, buttons or swipes. Without this script, and on a phone, all slides stand one below another.
(function () {
  "use strict";
  const slides = [...document.querySelectorAll(".slide")];
  const moves = document.querySelector(".moves");
  const wide = matchMedia("(min-width: 45rem)"); // as in slides.css
  let now = -1;

  // A slide with little on it is set larger, one with too much smaller; nothing is ever cut off.
  const LEAST = 0.4;
  function fit(slide) {
    const body = slide.querySelector(".body");
    const tooLarge = () => body.scrollHeight > body.clientHeight + 1 || body.scrollWidth > body.clientWidth + 1;
    const fits = (scale) => {
      body.style.setProperty("--fit", scale.toFixed(3));
      return !tooLarge();
    };
    let [least, most] = [LEAST, body.querySelector(".unrolled-figure") ? 1 : 1.24];
    if (fits(most)) return;
    for (let halvings = 0; halvings < 6; halvings++) {
      const middle = (least + most) / 2;
      fits(middle) ? (least = middle) : (most = middle);
    }
    fits(least);
  }

  // A figure to move draws itself anew after its width has changed: look again in the next frames. A high one gets two columns.
  function fitSlowly(slide, frames) {
    fit(slide);
    const figure = slide.querySelector(".unrolled-explorable");
    if (frames === 5 && slide.querySelector(".body").style.getPropertyValue("--fit") < 0.5) figure.classList.add("two");
    if (figure && frames) requestAnimationFrame(() => slides[now] === slide && fitSlowly(slide, frames - 1));
  }

  function refit() {
    if (!wide.matches) return;
    const unit = parseFloat(getComputedStyle(slides[now]).fontSize);
    document.documentElement.style.setProperty("--zoom", (unit / 17).toFixed(3));
    fitSlowly(slides[now], 10);
  }

  function show(number, focus) {
    const next = Math.max(0, Math.min(slides.length - 1, number));
    if (next === now) return;
    slides[now]?.classList.remove("now");
    now = next;
    slides[now].classList.add("now");
    moves.querySelector(".number").textContent = now + 1;
    history.replaceState(null, "", `#${now + 1}`);
    refit();
    if (focus && wide.matches) slides[now].querySelector("h1, h2").focus({ preventScroll: true });
  }

  // An address may name a slide by number, or anything on a slide by its id.
  function follow() {
    const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const slide = slides.indexOf(named?.closest(".slide"));
    show(slide < 0 ? 0 : slide, slide >= 0);
  }

  function notes(open) {
    document.documentElement.classList.toggle("noted", open);
    for (const slide of slides) slide.querySelector(".notes").open = open;
    moves.querySelector("[data-key=n]").setAttribute("aria-pressed", open);
    refit();
  }

  function dark() {
    const theme = document.body.dataset.theme;
    const isDark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    document.body.dataset.theme = isDark ? "light" : "dark";
    keep(document.body.dataset.theme);
  }

  // The site's own pages remember light and dark under the same name.
  function keep(theme) {
    try {
      if (theme) localStorage.setItem("theme", theme);
      return localStorage.getItem("theme");
    } catch {
      return null; // a browser that keeps nothing follows the system
    }
  }

  const actions = {
    ArrowRight: () => show(now + 1, true),
    ArrowLeft: () => show(now - 1, true),
    Home: () => show(0, true),
    End: () => show(slides.length - 1, true),
    n: () => notes(!document.documentElement.classList.contains("noted")),
    d: dark,
    f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
  };
  actions.PageDown = actions.ArrowDown = actions.ArrowRight;
  actions.PageUp = actions.ArrowUp = actions.ArrowLeft;

  document.addEventListener("keydown", (event) => {
    const action = actions[event.key.length > 1 ? event.key : event.key.toLowerCase()];
    const taken = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey;
    if (!action || taken || !wide.matches || event.target.closest?.("input, select, textarea, .notes[open]:focus-within")) return;
    event.preventDefault();
    action();
  });

  for (const button of moves.querySelectorAll("button")) {
    const key = button.dataset.key;
    const step = { PageUp: -1, PageDown: 1 }[key];
    button.addEventListener("click", () => (step ? show(now + step) : actions[key]()));
  }
  for (const slide of slides) {
    slide.querySelector(".notes > summary").addEventListener("click", (event) => {
      if (!wide.matches) return;
      event.preventDefault();
      actions.n();
    });
    for (const option of slide.querySelectorAll(".question details")) option.addEventListener("toggle", refit);
  }

  let start = null;
  document.addEventListener("touchstart", (event) => {
    const one = event.touches.length === 1 && !event.target.closest("input, .u-live, .notes");
    start = one ? [event.touches[0].clientX, event.touches[0].clientY] : null;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    if (!start || !wide.matches) return;
    const [x, y] = [event.changedTouches[0].clientX - start[0], event.changedTouches[0].clientY - start[1]];
    if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) show(now - Math.sign(x), true);
  });

  let theme;
  addEventListener("beforeprint", () => {
    theme = document.body.dataset.theme;
    document.body.dataset.theme = "light";
  });
  addEventListener("afterprint", () => (document.body.dataset.theme = theme));
  addEventListener("hashchange", follow);
  addEventListener("resize", refit);
  wide.addEventListener("change", refit);

  document.body.dataset.theme = keep() || "auto";
  document.documentElement.classList.add("live-deck");
  moves.hidden = false;
  follow();
  document.fonts.ready.then(refit);
})();

// What is wider than the page scrolls by itself: let the keyboard reach it, and only then.
(function () {
  "use strict";
  const wide = ".math-wrapper, .table-wrapper, .highlight pre, .output pre, .cell_output .text_html, .unrolled-figure";

  // Measure all boxes, then write: a write between two measurements makes the browser lay out the page again for each.
  function update(boxes) {
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth);
    boxes.forEach((box, number) => {
      if (scrolls[number]) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    });
  }

  // The observer calls when the page has been laid out, at first for every box. A box far from the window has no contents
  // yet that could be too wide, so it is asked again when it has.
  const sizes = new ResizeObserver((entries) => update(entries.map((entry) => entry.target)));
  for (const box of document.querySelectorAll(wide)) {
    sizes.observe(box);
  }
  document.addEventListener("contentvisibilityautostatechange", ({ target }) => {
    const box = target.closest(wide);
    if (box) {
      update([box]);
    }
  }, true);
})();

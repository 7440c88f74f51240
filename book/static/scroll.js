// What is wider than the page scrolls by itself: let the keyboard reach it, and only then.
(function () {
  "use strict";
  const wide = ".math-wrapper, .table-wrapper, .highlight pre, .output pre, .cell_output .text_html, .unrolled-figure";

  // Measure all boxes, then write: a write between two measurements makes the browser lay out the page again for each.
  function update() {
    const boxes = [...document.querySelectorAll(wide)];
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth);
    boxes.forEach((box, number) => {
      if (scrolls[number]) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    });
  }

  update();
  window.addEventListener("load", update);
  window.addEventListener("resize", update);
})();

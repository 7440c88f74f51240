// What is wider than the page scrolls by itself: let the keyboard reach it, and only then.
(function () {
  "use strict";
  const wide = ".math-wrapper, .table-wrapper, .highlight pre, .output pre, .cell_output .text_html, .unrolled-figure";

  function update() {
    for (const box of document.querySelectorAll(wide)) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    }
  }

  update();
  window.addEventListener("load", update);
  window.addEventListener("resize", update);
})();

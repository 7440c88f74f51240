"""What the book adds to Sphinx: mathematics as MathML, questions, what stands in the head, and accessible markup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrolled.authoring.sphinxext import (
    edition,
    head,
    images,
    joined,
    mathml,
    neighbours,
    offscreen,
    page_files,
    question,
    scripts,
    terms,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DARK_CODE_STYLE = "a11y-high-contrast-dark"
# What the theme and docutils write and a screen reader stumbles over: headings without a level, two nameless sidebars,
# and roles that ARIA has withdrawn.
REPAIRS = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    ' role="doc-biblioentry"': "",
    '<div role="list" class="citation-list">': '<div class="citation-list">',
}


def set_dark_code_style(app: Sphinx) -> None:
    """Choose the colours of code on dark pages.

    furo declares its option only after Sphinx has read the configuration, so that setting it there is a warning.
    """
    app.config.pygments_dark_style = DARK_CODE_STYLE


def repair_pages(app: Sphinx, exception: Exception | None) -> None:
    """Mend the finished pages' markup for screen readers; the theme has no hook for these places."""
    if exception is None:
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            for fault, mended in REPAIRS.items():
                text = text.replace(fault, mended)
            page.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx."""
    edition.setup(app)
    head.setup(app)
    images.setup(app)
    mathml.setup(app)
    question.setup(app)
    scripts.setup(app)
    joined.setup(app)
    neighbours.setup(app)
    offscreen.setup(app)
    page_files.setup(app)
    terms.setup(app)
    app.connect("builder-inited", set_dark_code_style, priority=400)  # before furo reads it
    app.connect("build-finished", repair_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Scripts and style sheets that one page needs and no other loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

SCRIPTS = {"appendix/claims": ("ledger.js",)}
STYLES = {"appendix/claims": ("ledger.css",)}


def add_files(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add to a page the files that are listed for it."""
    for script in SCRIPTS.get(pagename, ()):
        app.add_js_file(script, loading_method="defer")
    for style in STYLES.get(pagename, ()):
        app.add_css_file(style)


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", add_files)

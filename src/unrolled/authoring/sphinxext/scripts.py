"""Scripts run after the page is read: none holds up its first paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


def defer(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Mark every script file of the page as deferred; deferred scripts keep their order.

    The search page is left alone: its template loads scripts of its own that need the others at once.
    """
    if pagename != "search":
        # Pages share these objects: a page that changes one would change it for the search page too.
        context["script_files"] = [
            _deferred(script) if script.filename else script for script in context["script_files"]
        ]


def _deferred(script: Any) -> Any:
    attributes = {"defer": "defer"} | script.attributes
    return type(script)(script.filename, priority=script.priority, **attributes)


def setup(app: Sphinx) -> None:
    """Register with Sphinx, after all that add scripts to a page."""
    app.connect("html-page-context", defer, priority=900)

"""Next and previous say which lesson they lead to: "Lesson 09: Clipping and optimisers"."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_LESSON = re.compile(r"lessons/(\d+)_")


def name_neighbours(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the lesson's number before the titles of the next and the previous page; a lab's title has its own."""
    for side in ("prev", "next"):
        page = context.get(side)
        # the link is relative: from lesson to lesson it has no folder
        lesson = page and _LESSON.match(posixpath.normpath(posixpath.join(posixpath.dirname(pagename), page["link"])))
        if lesson:
            context[side] = page | {"title": f"Lesson {lesson[1]}: {page['title']}"}


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", name_neighbours)

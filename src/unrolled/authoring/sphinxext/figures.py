"""Drawings are laid out when they come near the window: a lesson has thousands of their parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_DRAWING = re.compile(
    r'(?P<before><figure class="unrolled-figure">\s*(?:<style>[^<]*</style>)?\s*<svg\b)'
    r'(?P<tag>[^>]*\bviewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"[^>]*)'
)


def give_shape(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Say each drawing's shape in its style, so that the browser knows its height before it lays out the inside.

    The style sheet's `content-visibility` needs it: without a shape a drawing off screen would have no height, and the page
    would jump.
    """
    if "body" in context:
        context["body"] = _DRAWING.sub(_with_shape, context["body"])


def _with_shape(drawing: re.Match[str]) -> str:
    shape = f"aspect-ratio: {drawing['width']} / {drawing['height']}"
    tag = drawing["tag"]
    styled = re.sub(r'\bstyle="', f'style="{shape}; ', tag, count=1)
    return drawing["before"] + (styled if styled != tag else f'{tag} style="{shape}"')


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", give_shape)

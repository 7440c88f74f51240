"""Drawings are light on a page: laid out when they come near the window, and without a rule for every element of it."""

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
# Matplotlib writes this into every drawing. In a page it holds for each element of the page, once more for each drawing;
# unrolled.css says the same for drawings only.
_FOR_ALL = '<style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style>'


def lighten(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Say each drawing's shape in its style, and drop its rule for all.

    The style sheet's `content-visibility` needs the shape: without it a drawing off screen would have no height, and the page
    would jump.
    """
    if "body" in context:
        context["body"] = _DRAWING.sub(_with_shape, context["body"].replace(_FOR_ALL, ""))


def _with_shape(drawing: re.Match[str]) -> str:
    shape = f"aspect-ratio: {drawing['width']} / {drawing['height']}"
    tag = drawing["tag"]
    styled = re.sub(r'\bstyle="', f'style="{shape}; ', tag, count=1)
    return drawing["before"] + (styled if styled != tag else f'{tag} style="{shape}"')


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", lighten)

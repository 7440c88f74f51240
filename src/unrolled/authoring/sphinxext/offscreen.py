"""Drawings and listings are laid out when they come near the window; until then each says how much room it takes."""

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

# Code only: what a cell prints may break its lines.
_LISTING = re.compile(
    r'(?<=<div class="highlight-python notranslate"><div class="highlight">)<pre>(?P<text>.*?)</pre>', re.DOTALL
)


def lighten(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Say each drawing's shape and each listing's lines in its style, and drop a drawing's rule for all.

    The style sheet's `content-visibility` needs them: without them what is off screen would have no height, and the page
    would jump.
    """
    if "body" in context:
        body = _DRAWING.sub(_with_shape, context["body"].replace(_FOR_ALL, ""))
        context["body"] = _LISTING.sub(_with_lines, body)


def _with_shape(drawing: re.Match[str]) -> str:
    shape = f"aspect-ratio: {drawing['width']} / {drawing['height']}"
    tag = drawing["tag"]
    styled = re.sub(r'\bstyle="', f'style="{shape}; ', tag, count=1)
    return drawing["before"] + (styled if styled != tag else f'{tag} style="{shape}"')


def _with_lines(listing: re.Match[str]) -> str:
    lines = listing["text"].removesuffix("\n").count("\n") + 1
    return f'<pre style="--lines: {lines}">{listing["text"]}</pre>'


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", lighten)

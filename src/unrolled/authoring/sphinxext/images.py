"""Pictures that wait: loaded when a reader comes near, in a place of their size, so that nothing jumps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import imagesize

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_IMAGE = re.compile(r"<img\b[^>]*?(?=\s*/?>)")


def lazy(text: str, folder: Path) -> str:
    """Return a page's HTML with `loading`, `decoding`, and the size in pixels on each of its images.

    Args:
        text: the page.
        folder: where the page lies; its images are found from there.
    """

    def mend(found: re.Match[str]) -> str:
        tag = found[0]
        source = re.search(r'\bsrc="([^"]*)"', tag)
        wanted = {"loading": "lazy", "decoding": "async"}
        file = folder / unquote(source[1]) if source else folder
        if file.is_file():
            width, height = imagesize.get(file)
            if width > 0:  # SVG without a size has none
                wanted |= {"width": str(width), "height": str(height)}
        new = "".join(f' {name}="{value}"' for name, value in wanted.items() if f" {name}=" not in tag)
        return tag + new

    return _IMAGE.sub(mend, text)


def mend_pages(app: Sphinx, exception: Exception | None) -> None:
    """Mend the images of the finished pages: the theme and MyST write them in different ways."""
    if exception is None:
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            if "<img" in text:
                page.write_text(lazy(text, page.parent), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("build-finished", mend_pages)

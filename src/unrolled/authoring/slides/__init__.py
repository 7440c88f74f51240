"""Slides for instructors, made from the built lessons: one deck a lesson, no second text."""

from __future__ import annotations

from pathlib import Path

from unrolled.authoring.slides.choice import choose
from unrolled.authoring.slides.deck import render
from unrolled.authoring.slides.page import Page
from unrolled.authoring.source import parts, read, sources
from unrolled.authoring.staging import fill

FOLDER = "slides"
LIST = "% the list of decks stands here"


def build(root: Path, site: Path) -> None:
    """Write `slides/NN_slug.html` into a built site, one for each lesson.

    Args:
        root: the course's folder.
        site: the built site, with the lessons in it.

    Raises:
        AuthoringError: a lesson cannot be read.
    """
    folder = site / FOLDER
    folder.mkdir(exist_ok=True)
    for path in sources(root):
        source = read(root, path)
        if source.kind == "lesson":
            text = (site / f"{source.address}.html").read_text(encoding="utf-8")
            page = Page(text, f"../{source.address}.html")
            made = render(
                page,
                choose(page),
                number=source.meta["number"],
                minutes=source.meta["minutes"],
                static=site / "_static",
            )
            (folder / f"{source.slug}.html").write_text(made, encoding="utf-8")


def stage(root: Path, staged: Path) -> None:
    """Put the list of decks into the staged guide for instructors.

    Raises:
        AuthoringError: a lesson cannot be read, or the guide has no line for the list.
    """
    fill(staged / "teach" / "index.md", LIST, listed(root))


def link(slug: str) -> str:
    """Return the link from a lesson to its deck; HTML, since Sphinx does not know the page."""
    return f'<a href="../{FOLDER}/{slug}.html">slides</a>'


def listed(root: Path) -> str:
    """Return a list of links to the decks, part by part."""
    rows = []
    for caption, pages in parts(root):
        links = [
            f'<a href="../{FOLDER}/{page.slug}.html">{page.meta["number"]:02d} {_title(page.notebook)}</a>'
            for page in pages
            if page.kind == "lesson"
        ]
        rows += [f"- {caption}: {', '.join(links)}"] if links else []
    return "\n".join(rows)


def _title(notebook) -> str:  # noqa: ANN001
    return notebook.cells[0].source.partition("\n")[0].removeprefix("# ")

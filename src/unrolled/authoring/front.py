"""The front page: its live figure, and the course map made from what the pages say of themselves."""

import re
from pathlib import Path

import nbformat

from unrolled.authoring.source import AuthoringError, Source, parts
from unrolled.authoring.sync import recorded_seconds

MAP = "% the course map stands here"
FIGURE = re.compile(r"^% the live figure of (?P<lesson>\w+) stands here: (?P<caption>.+)$", re.MULTILINE)
_BEFORE = re.compile(r"\*\*Before you start\*\*(?P<text>.*?)\*\*Time\*\*", re.DOTALL)
_PAGE = re.compile(r"\{doc\}`[^`]*?/(?P<folder>lessons|labs)/(?P<slug>\w+)>?`")
_EXPLORABLE = re.compile(r'<figure class="unrolled-figure unrolled-explorable">.*?</figure>', re.DOTALL)


def stage(root: Path, staged: Path) -> None:
    """Put the live figure and the course map into the staged front page, where it asks for them.

    Raises:
        AuthoringError: a page of the table of contents cannot be read, or the lesson has no live figure.
    """
    page = staged / "index.md"
    text = page.read_text(encoding="utf-8")
    text = FIGURE.sub(lambda wish: _figure(root, wish["lesson"], wish["caption"]), text)
    if MAP in text:
        text = text.replace(MAP, course_map(root))
    page.write_text(text, encoding="utf-8")


def course_map(root: Path) -> str:
    """Return the parts of the course as lists of cards: each page with its time and the pages to read before it.

    Raises:
        AuthoringError: a page of the table of contents cannot be read.
    """
    seconds, blocks = recorded_seconds(root), []
    for caption, listed in parts(root):
        cards = "\n".join(_card(page, seconds) for page in listed)
        blocks.append(f"### {caption}\n\n:::{{container}} course-map\n{cards}\n:::")
    return "\n\n".join(blocks)


def prerequisites(source: Source) -> list[tuple[str, str]]:
    """Return the pages that "Before you start" names, as folder and slug: lessons, then labs."""
    before = _BEFORE.search("\n\n".join(cell.source for cell in source.notebook.cells if cell.cell_type == "markdown"))
    named = set(_PAGE.findall(before["text"])) if before else set()
    return sorted(named, key=lambda page: (page[0] == "labs", page[1]))


def _card(source: Source, seconds: dict[str, float]) -> str:
    title = source.notebook.cells[0].source.partition("\n")[0].removeprefix("# ")
    number = f"{source.meta['number']:02d}"
    shown = title if source.kind == "lab" else f"{number} {title}"
    facts = [f"{source.meta['minutes']} min"]
    if source.slug in seconds:
        facts.append(f"runs in {max(1, round(seconds[source.slug]))} s")
    named = [
        f"{{doc}}`{'lab ' if folder == 'labs' else ''}{slug[:2]} </{folder}/{slug}>`"
        for folder, slug in prerequisites(source)
    ]
    if named:
        facts.append("after " + ", ".join(named))
    return f"- {{doc}}`{shown} </{source.address}>`\n\n  {' · '.join(facts)}"


def _figure(root: Path, lesson: str, caption: str) -> str:
    """Return the first live figure of a lesson as a block of HTML, under a caption of its own."""
    notebook = nbformat.read(root / "notebooks" / f"{lesson}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    found = [_EXPLORABLE.search("".join(output.get("data", {}).get("text/html", ""))) for output in outputs]
    if not any(found):
        raise AuthoringError(f"book/index.md asks for the live figure of {lesson}, which has none.")
    figure = re.sub(
        r"<figcaption>.*?</figcaption>", f"<figcaption>{caption}</figcaption>", next(filter(None, found))[0]
    )
    return f"```{{raw}} html\n{figure}\n```"

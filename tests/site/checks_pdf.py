"""What every PDF must be. Each check returns its problems as sentences; none means the file passes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page
from pypdf import PdfReader
from pypdf.generic import Destination, DictionaryObject

NOWHERE = re.compile(r"127\.0\.0\.1|localhost|\.invalid$")


def read(content: bytes) -> PdfReader:
    """Open what was printed."""
    return PdfReader(io.BytesIO(content))


def links(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Yield the links of all pages."""
    for page in reader.pages:
        for annotation in page.get("/Annots", []):
            if annotation.get_object().get("/Subtype") == "/Link":
                yield annotation.get_object()


def addresses(reader: PdfReader) -> list[str]:
    """List the addresses on the web that links lead to."""
    return [link["/A"]["/URI"] for link in links(reader) if "/A" in link and "/URI" in link["/A"]]


def unresolved(document: str) -> list[str]:
    """Find ids that a document has twice, and ids that it asks for and does not have: Chromium drops such links silently."""
    ids = re.findall(r'\sid="([^"]+)"', document)
    asked = {*re.findall(r'href="#([^"]+)"', document), *re.findall(r"url\(#([^)]+)\)", document)}
    return [f"twice: {given}" for given in {*ids} if ids.count(given) > 1] + [
        f"not there: {id_}" for id_ in asked - {*ids}
    ]


def dead_links(reader: PdfReader) -> list[str]:
    """Find links to places that the file does not have, and to addresses that exist on the printer's machine only."""
    places = reader.named_destinations
    problems = [
        f"a link leads to {link['/Dest']}, which is not there"
        for link in links(reader)
        if "/Dest" in link and link["/Dest"] not in places
    ]
    for address in addresses(reader):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https", "mailto") or NOWHERE.search(parts.hostname or ""):
            problems.append(f"a link leads to {address}")
    return problems


def untagged(reader: PdfReader) -> list[str]:
    """Find a file without the structure and the language that a screen reader needs."""
    root = reader.trailer["/Root"]
    marked = root.get("/MarkInfo", {}).get("/Marked", False)
    problems = [] if marked and "/StructTreeRoot" in root else ["it is not tagged"]
    return problems + ([] if root.get("/Lang") == "en" else ["it names no language"])


def outline(reader: PdfReader) -> list[tuple[int, str]]:
    """List the outline: how deep, and the title."""

    def walk(entries: list, depth: int) -> Iterator[tuple[int, str]]:
        for entry in entries:
            if isinstance(entry, Destination):
                yield depth, entry.title
            else:
                yield from walk(entry, depth + 1)

    return list(walk(reader.outline, 0))


def missing_titles(reader: PdfReader, titles: Iterable[str]) -> list[str]:
    """Find headings that the outline does not hold."""
    held = {" ".join(title.split()) for _, title in outline(reader)}
    return [f"the outline lacks {title!r}" for title in titles if title not in held]


def cut_lines(reader: PdfReader, lines: Iterable[str]) -> list[str]:
    """Find lines of code that do not stand on one line of paper."""
    printed = {_spaced(line) for page in reader.pages for line in page.extract_text().splitlines()}
    return [f"cut: {line}" for line in lines if _spaced(line) and _spaced(line) not in printed]


def _spaced(line: str) -> str:
    return " ".join(line.split())


def too_wide(sheet: Page) -> list[str]:
    """Find what runs over the right edge of the paper, in a document opened as it will be printed."""
    return sheet.evaluate(
        """() => {
            const edge = document.documentElement.clientWidth + 1;
            return [...document.querySelectorAll("article *")]
                .filter(element => element.getBoundingClientRect().right > edge)
                .map(element => `too wide: ${element.outerHTML.slice(0, 90)}`);
        }"""
    )


def dark_or_folded(sheet: Page) -> list[str]:
    """Find what has no place on paper: dark colours, things to press, code and explanations that are folded away."""
    return sheet.evaluate(
        """() => {
            const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).every(part => part > 200);
            const ground = getComputedStyle(document.body).getPropertyValue("--color-background-primary").trim();
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.color = ground;
            const problems = light(getComputedStyle(probe).color) ? [] : [`the paper is ${ground}`];
            for (const figure of document.querySelectorAll(".unrolled-figure")) {
                probe.style.color = getComputedStyle(figure).getPropertyValue("--u-paper");
                if (!light(getComputedStyle(probe).color)) problems.push("a figure is dark");
            }
            const seen = element => element.checkVisibility() && element.getBoundingClientRect().height > 0;
            for (const button of document.querySelectorAll("button, .sidebar-drawer, .toc-drawer, .headerlink, .hide > summary"))
                if (seen(button) && !button.closest(".u-live")) problems.push(`shown: ${button.outerHTML.slice(0, 90)}`);
            for (const text of document.querySelectorAll(".cell_input pre, .question details > p"))
                if (!seen(text)) problems.push(`folded: ${text.textContent.slice(0, 60)}`);
            return problems;
        }"""
    )


def code_lines(notebook: Path) -> list[str]:
    """List the lines of all code cells of a notebook."""
    import nbformat

    cells = nbformat.read(notebook, as_version=4).cells
    return [line for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines()]

"""Print the built site as PDF: the whole book, and each lesson and lab by itself, with a real browser."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from unrolled import __version__
from unrolled.authoring import bound
from unrolled.course import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BOOK = "unrolled.pdf"
SINGLE = ("lessons/", "labs/")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
HOST = "http://book.invalid/"  # answered from the site's folder: no request leaves the browser
PAPER = {"width": 657, "height": 971}  # A4 less the margins in print.css, in CSS pixels
PATIENCE = 600_000  # milliseconds


class PdfError(CourseError):
    """The PDFs were not made; the message says what is missing."""


def publish(root: Path, site: Path) -> Path:
    """Print what changed into `build/pdf/`, copy it to the site's `pdf/`, link it there; return `build/pdf/`.

    Args:
        root: the course's folder.
        site: the folder of the built site.

    Raises:
        PdfError: playwright, pikepdf or a browser is missing.
    """
    folder, started = root / "build" / "pdf", time.perf_counter()
    records = folder / "made.json"
    made = json.loads(records.read_text(encoding="utf-8")) if records.exists() else {}
    pages = bound.pages(site)
    common = _digest_of_style(site)
    wanted = {BOOK: pages} | {_file(page): [page] for page in pages if page.name.startswith(SINGLE)}
    digests = {name: _digest(chosen, common) for name, chosen in wanted.items()}
    stale = [name for name in wanted if made.get(name) != digests[name] or not (folder / name).exists()]
    if stale:
        print(f"book: printing {len(stale)} of {len(wanted)} PDFs ...")
        with _chromium() as browser:
            for name in stale:
                whole = name == BOOK
                content = print_book(browser, site, pages) if whole else print_page(browser, site, wanted[name][0])
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
                made[name] = digests[name]
                records.write_text(json.dumps(made, indent=1), encoding="utf-8")
        print(f"book: build/pdf/{BOOK} and {len(wanted) - 1} chapters, {time.perf_counter() - started:.1f} s")
    else:
        print("book: nothing changed, build/pdf is up to date")
    for name in {path.relative_to(folder).as_posix() for path in folder.rglob("*.pdf")} - {*wanted}:
        (folder / name).unlink()
    _offer(site, folder, pages)
    return folder


def print_page(browser: Browser, site: Path, page: bound.Page) -> bytes:
    """Return one page of the site as PDF."""
    with opened(browser, site, bound.chapter(page, site=site)) as sheet:
        return _pdf(sheet)


def print_book(browser: Browser, site: Path, pages: list[bound.Page]) -> bytes:
    """Return the whole book as PDF: title page, contents, all pages.

    A draft is printed first, without tags because that is quick: it says on which sheet of paper each page begins.
    """
    with opened(browser, site, bound.book(pages, site=site, opening=_title_page(site))) as sheet:
        sheet.evaluate(_NUMBER, _first_sheets(sheet.pdf(prefer_css_page_size=True)))
        return _pdf(sheet)


def _file(page: bound.Page) -> str:
    return page.name.removesuffix(".html") + ".pdf"


def _title_page(site: Path) -> str:
    """Return the HTML of the book's title page, in the words of the site's front page."""
    front = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    lead, rights = front.select_one("article p"), front.select_one(".copyright")
    return (
        f'<div class="bound-title"><p class="title">{bound.TITLE}</p><p>{lead.decode_contents()}</p>'
        f"<p>Version {__version__} · {date.today():%d %B %Y}</p>"
        f"<p>{' '.join(rights.get_text().split())}</p></div>\n"
    )


def _first_sheets(draft: bytes) -> dict[str, int]:
    """Say on which sheet each place that a link leads to is, counted from 1."""
    from pikepdf import Pdf

    with Pdf.open(io.BytesIO(draft)) as book:
        sheets = {page.objgen: number for number, page in enumerate(book.pages, start=1)}
        return {name.removeprefix("/"): sheets[place[0].objgen] for name, place in book.Root.Dests.items()}


@contextmanager
def opened(browser: Browser, site: Path, document: str) -> Iterator[Page]:
    """Open a document in the browser as it will be on paper."""
    context = browser.new_context(viewport=PAPER, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    try:
        sheet = context.new_page()
        sheet.emulate_media(media="print")
        sheet.route("**/*", lambda route: _answer(route, site, document))
        sheet.goto(HOST)
        sheet.evaluate(_SETTLE)
        sheet.evaluate(_FIT)
        yield sheet
    finally:
        context.close()


def _pdf(sheet: Page) -> bytes:
    """Print with tags and outline. Chromium leaves the tags uncompressed, which is most of the file: pack them."""
    from pikepdf import ObjectStreamMode, Pdf

    packed = io.BytesIO()
    with Pdf.open(
        io.BytesIO(sheet.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True))
    ) as pdf:
        pdf.save(packed, object_stream_mode=ObjectStreamMode.generate)
    return packed.getvalue()


def _answer(route: Route, site: Path, document: str) -> None:
    path = unquote(urlsplit(route.request.url).path).lstrip("/")
    if not route.request.url.startswith(HOST):
        route.abort()
    elif not path:
        route.fulfill(body=document, content_type="text/html; charset=utf-8")
    else:
        route.fulfill(path=site / path) if (site / path).is_file() else route.fulfill(status=404)


# Figures draw themselves when they know their width: two frames after the fonts are there.
_SETTLE = """async () => {
    for (const image of document.images) image.loading = "eager";
    await document.fonts.ready;
    await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const link of document.querySelectorAll(".unrolled-explorable a[href^='#']")) {
        const id = link.hash.slice(1); // written by the figure's script, which does not know where its page is bound
        if (!document.getElementById(id)) link.hash = `${link.closest("article").id}--${id}`;
    }
}"""
_NUMBER = """sheets => {
    for (const number of document.querySelectorAll("[data-of]")) number.textContent = sheets[number.dataset.of] ?? "";
}"""
# What is still wider than the paper becomes smaller.
_FIT = """() => {
    for (const box of document.querySelectorAll(".math-wrapper, .table-wrapper, .text_html, figure")) {
        const room = box.clientWidth, needed = box.scrollWidth;
        if (needed > room + 1) for (const child of box.children) child.style.zoom = room / needed;
    }
}"""


@contextmanager
def _chromium() -> Iterator[Browser]:
    needed = "needs Chromium, and the packages playwright and pikepdf that `make start` installs"
    try:
        import pikepdf  # noqa: F401
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise PdfError(f"Printing the book {needed}: {error}.") from None
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise PdfError(f"Printing the book {needed}. No browser is here: sudo apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


def _digest(pages: list[bound.Page], common: str) -> str:
    return hashlib.sha256("\0".join([common, *map(repr, pages)]).encode()).hexdigest()


def _digest_of_style(site: Path) -> str:
    """Hash what every PDF is made with besides its pages."""
    digest = hashlib.sha256(__version__.encode())
    files = [path for folder in ("_static", "_images") for path in (site / folder).rglob("*") if path.is_file()]
    for path in [*sorted(files), Path(__file__), Path(bound.__file__)]:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _offer(site: Path, folder: Path, pages: list[bound.Page]) -> None:
    """Copy the PDFs into the site, and link them from the pages they are made of."""
    shutil.rmtree(site / "pdf", ignore_errors=True)
    shutil.copytree(folder, site / "pdf", ignore=shutil.ignore_patterns("made.json"))
    for page in pages:
        if page.name.startswith(SINGLE):
            _link(site / page.name, "page-facts", " · ", f"../pdf/{_file(page)}", "PDF")
    _link(site / "index.html", "ways", "\n", f"pdf/{BOOK}", "The whole book as PDF")


def _link(page: Path, box: str, before: str, href: str, words: str) -> None:
    text = bound.PDF_LINK.sub("", page.read_text(encoding="utf-8"))
    link = f'{before}<a class="reference pdf" href="{href}">{words}</a>'
    linked = re.sub(
        rf'(<div class="{box} .*?)(</p>)', lambda found: found[1] + link + found[2], text, count=1, flags=re.S
    )
    page.write_text(linked, encoding="utf-8")

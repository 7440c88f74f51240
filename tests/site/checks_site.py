"""What every page of the site must be. Each check returns its problems as sentences; none means the page passes.

The same functions judge the real site and pages broken on purpose, so that a check that cannot fail is noticed.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, Route

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
MODES = ("light", "dark")
# Bytes of HTML, CSS, scripts and fonts as a host sends them: text compressed by gzip. Figures are in their lesson and its slides.
FRONT_BUDGET, PAGE_BUDGET, LESSON_BUDGET = 120_000, 200_000, 400_000
COMPRESSED = {"document", "stylesheet", "script"}


@dataclass
class Visit:
    """What one page did and was, on a desktop and on a phone, in light and in dark mode."""

    page: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    weight: int = 0
    headings: int = 0
    language: str | None = None
    description: str | None = None
    too_wide: dict[str, list[str]] = field(default_factory=dict)
    nameless: list[str] = field(default_factory=list)
    eager: list[str] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` on a free local port; yield the address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    with serving(functools.partial(Quiet, directory=folder)) as address:
        yield address


@contextmanager
def serving(handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer on a free local port with `handler`; yield the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def html_pages(site: Path) -> list[str]:
    """List the site's pages as addresses relative to its root; what only leads to a page is none."""
    return sorted({*_html_files(site)} - {*redirects(site)})


def redirects(site: Path) -> list[str]:
    """List the addresses that lead to a page of another name."""
    return [name for name in _html_files(site) if 'http-equiv="refresh"' in (site / name).read_text(encoding="utf-8")]


def _html_files(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts)


def visit(browser: Browser, address: str, page_name: str, *, modes: tuple[str, ...] = MODES) -> Visit:
    """Open one page in a fresh browser profile and write down all that the checks ask for."""
    seen = Visit(page_name)
    context = browser.new_context(viewport=SIZES["desktop"], color_scheme="light")
    page = context.new_page()
    page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    responses = []
    page.on("response", lambda response: responses.append(response))

    def keep_inside(route: Route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            seen.foreign.append(route.request.url)
            route.abort()

    context.route("**/*", keep_inside)
    page.goto(urljoin(address, page_name))
    page.evaluate("document.fonts.ready")
    seen.weight = sum(map(_sent, responses))
    seen.headings = page.locator("h1").count()
    seen.language = page.locator("html").get_attribute("lang")
    seen.description = page.evaluate("document.querySelector('meta[name=description]')?.content ?? null")
    seen.nameless = page.evaluate(_NAMELESS)
    seen.eager = page.evaluate(_EAGER)
    if modes:
        page.evaluate(Axe().axe_script)
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # scripts follow
        seen.too_wide[size] = page.evaluate(_TOO_WIDE)
        # the colours are the same in both sizes: on the phone one mode will do
        for mode in modes if size == "desktop" else modes[-1:]:
            page.emulate_media(color_scheme=mode)
            seen.violations[f"{size}, {mode}"] = _axe(page)
    context.close()
    return seen


# furo lets a box round the article scroll where the page would: neither may. What scrolls by itself is no culprit.
_TOO_WIDE = """() => {
    const frames = [];
    for (let frame = document.querySelector("article"); frame; frame = frame.parentElement) frames.push(frame);
    const scrolls = element => getComputedStyle(element).overflowX !== "visible";
    if (!frames.some(frame => scrolls(frame) && frame.scrollWidth > frame.clientWidth)) return [];
    const limit = document.documentElement.clientWidth;
    const culprits = [...document.querySelectorAll("article *")].filter(element => {
        if (element.getBoundingClientRect().right <= limit) return false;
        for (let box = element; box.tagName !== "ARTICLE"; box = box.parentElement) if (scrolls(box)) return false;
        return true;
    });
    return [`scrolls sideways because of ${culprits[0]?.outerHTML.slice(0, 120) ?? "something outside the article"}`];
}"""
_NAMELESS = """() => [
    ...[...document.querySelectorAll("img")].filter(image => !image.hasAttribute("alt")),
    ...[...document.querySelectorAll("figure svg, .cell_output svg")].filter(
        svg => !(svg.getAttribute("role") === "img" && (svg.getAttribute("aria-label") ?? "").trim())),
].map(element => element.outerHTML.slice(0, 90))"""

_EAGER = """() => [...document.images].filter(image => {
    const below = image.getBoundingClientRect().top + scrollY > innerHeight;
    const sized = image.getAttribute("width") && image.getAttribute("height");
    return !sized || (below && !(image.loading === "lazy" && image.decoding === "async"));
}).map(image => image.outerHTML.slice(0, 90))"""


def _sent(response: Response) -> int:
    kind = response.request.resource_type
    if kind in COMPRESSED:
        return len(gzip.compress(response.body()))
    return len(response.body()) if kind == "font" else 0


def _axe(page: Page) -> list[str]:
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then(results => results.violations)")
    return [
        f"{rule['id']}: {rule['help']} at {node['html'][:90]}"
        for rule in found
        for node in rule["nodes"][:3]
        # axe 4.12 takes a cell that holds a formula for an empty one; screen readers read MathML
        if not (rule["id"] == "empty-table-header" and "<math" in node["html"])
    ]


def foreign_requests(seen: Visit) -> list[str]:
    """Find requests that left the site."""
    return [f"{seen.page} asks {url}" for url in seen.foreign]


def console_errors(seen: Visit) -> list[str]:
    """Find errors in the browser's console."""
    return [f"{seen.page} logs {error}" for error in seen.errors]


def overweight(seen: Visit) -> list[str]:
    """Find pages whose HTML, CSS, scripts and fonts weigh too much to appear quickly."""
    budget = FRONT_BUDGET if seen.page == "index.html" else PAGE_BUDGET
    budget = LESSON_BUDGET if seen.page.startswith(("lessons/", "slides/")) else budget
    return [f"{seen.page} weighs {seen.weight:,} bytes, more than {budget:,}"] if seen.weight > budget else []


def wrong_head(seen: Visit) -> list[str]:
    """Find pages without one h1, a language, or a description."""
    problems = [] if seen.headings == 1 else [f"{seen.page} has {seen.headings} h1"]
    problems += [] if seen.language == "en" else [f"{seen.page} has lang={seen.language!r}"]
    if seen.page != "search.html" and not (seen.description or "").strip():
        problems.append(f"{seen.page} has no description")
    return problems


def sideways(seen: Visit) -> list[str]:
    """Find pages that scroll sideways."""
    return [f"{seen.page} ({size}): {frame}" for size, found in seen.too_wide.items() for frame in found]


def nameless_pictures(seen: Visit) -> list[str]:
    """Find images without alt and drawn figures without an accessible name."""
    return [f"{seen.page}: {element}" for element in seen.nameless]


def eager_images(seen: Visit) -> list[str]:
    """Find images without a size, and images below the first screen that load before a reader comes near."""
    return [f"{seen.page} loads too early or without its size: {element}" for element in seen.eager]


def accessibility(seen: Visit) -> list[str]:
    """Find what axe-core objects to, in each mode."""
    return [f"{seen.page} ({view}): {fault}" for view, found in seen.violations.items() for fault in found]


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(given["id"])
        for name in ("href", "src", "xlink:href"):  # the last is what a drawing's <use> points at
            if given.get(name):
                self.links.append(given[name])


def _anchors(page: Path) -> _Anchors:
    parser = _Anchors()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def broken_links(site: Path) -> list[str]:
    """Find links inside the site whose file or anchor is missing, and ids that a page has twice."""
    pages = {name: _anchors(site / name) for name in html_pages(site)}
    problems = []
    for name, anchors in pages.items():
        problems += [f"{name} has the id {given!r} twice" for given in set(anchors.ids) if anchors.ids.count(given) > 1]
        for link in anchors.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = unquote(urljoin(name, parts.path)) if parts.path else name
            if not (site / target).is_file():
                problems.append(f"{name} links to {link}, which is not there")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in ["", *pages[target].ids]:
                problems.append(f"{name} links to {link}, but there is no such anchor")
    return list(dict.fromkeys(problems))


class _Words(HTMLParser):
    """Collects the text a reader sees outside code."""

    SILENT = ("script", "style", "pre", "code", "math")

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.words: list[str] = []
        self.formulas = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in self.SILENT
        self.formulas += tag == "math"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.words.append(data)


def formulas(page: Path) -> int:
    """Count the formulas of a page."""
    return _words(page).formulas


def raw_markup(page: Path) -> list[str]:
    """Find LaTeX or MyST that reached the reader as text."""
    text = " ".join(_words(page).words)
    return [f"{page.name} shows {mark!r}" for mark in ("$$", "\\(", "\\frac", ":::", "{term}", "{eq}") if mark in text]


def _words(page: Path) -> _Words:
    parser = _Words()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser

"""Join built pages into one HTML document to print: ids stay unique, links between the pages stay alive inside it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, PageElement, Tag

TITLE = "Unrolled"
FRONT = "About the course"  # in print the book has a title page; the site's front page needs another heading
# What the site's own PDF links look like: they are no part of what is printed.
PDF_LINK = re.compile(r'(?: · |\n)<a class="reference pdf"[^>]*>[^<]*</a>')
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)"')
_REFERENCES = ("for", "headers", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns")
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_URL = re.compile(r"url\(#([^)]+)\)")
# Names, punctuation and space have the colour of the text round them. Without an element for each of them a printed book
# is half as large.
_PLAIN = ".highlight span:is(.n, .p, .w, :empty)"
_LEVELS = 6
_COLUMNS = 88  # of code, on paper


@dataclass(frozen=True)
class Page:
    """One page of the site.

    Attributes:
        name: its path below the site, `lessons/01_order_is_information.html`.
        title: its heading.
        depth: how many headings stand above it in the contents: 0, 1 for a page of a part, 2 for a page below that.
        part: the part of the contents it belongs to, or "".
        article: its HTML, from `<article>` to `</article>`.
        published: its address on the web, or "" if the site was built without one.
    """

    name: str
    title: str
    depth: int
    part: str
    article: str
    published: str

    @property
    def anchor(self) -> str:
        """Its id in a joined document, and what each of its own ids begins with there."""
        return self.name.removesuffix(".html").replace("/", "-")


def pages(site: Path) -> list[Page]:
    """Return the site's pages in the order of its table of contents, the front page first.

    The order is read from the navigation that is on every page, so that it is the one readers see.
    """
    front = (site / "index.html").read_text(encoding="utf-8")
    found = [replace(_read(site, "index.html", 0, ""), title=FRONT)]
    tree = BeautifulSoup(front[front.index('<div class="sidebar-tree">') :], "html.parser").div
    part = ""
    for entry in tree.select("p.caption, li > a"):
        if entry.name == "p":
            part = entry.get_text()
        else:
            depth = len(entry.find_parents("ul")) - (not part)
            found.append(_read(site, entry["href"], depth, part))
    return found


def _read(site: Path, name: str, depth: int, part: str) -> Page:
    text = (site / name).read_text(encoding="utf-8")
    article = PDF_LINK.sub("", _ARTICLE.search(text)[0])
    published = _CANONICAL.search(text)
    heading = BeautifulSoup(re.search(r"<h1>.*?</h1>", article, re.DOTALL)[0], "html.parser").h1
    for link in heading.select(".headerlink"):
        link.decompose()
    title = " ".join(heading.get_text().split())
    return Page(name, title, depth, part, article, html.unescape(published[1]) if published else "")


def chapter(page: Page, *, site: Path) -> str:
    """Return one page as a document of its own, to be opened at the site's root.

    Links to other pages lead to the site if it has an address; without one only their words stay. Explorables keep their
    scripts, and everything that folds is open.

    Args:
        page: the page.
        site: the folder of the built site, for its style.
    """
    return _document([page], site, f"{page.title} - {TITLE}", str(_bind(page, {page.name: page}, depth=0)))


def book(chosen: list[Page], *, site: Path, opening: str) -> str:
    """Return all pages as one document, to be opened at the site's root: title page, contents, parts.

    Links between these pages lead to places in the document; the rest is as for a chapter. In the contents each page has
    an empty `<span class="number">`, whose `data-of` names the page: only a printer knows the number.

    Args:
        chosen: the pages, in order, the front page first.
        site: the folder of the built site, for its style.
        opening: HTML of the title page.
    """
    body, part, inside = [opening, _contents(chosen)], "", {page.name: page for page in chosen}
    for page in chosen:
        if page.part != part:
            part = page.part
            body.append(f'<h1 class="bound-part" id="{_part_anchor(part)}">{html.escape(part)}</h1>')
        body.append(str(_bind(page, inside, depth=page.depth)))
    return _document(chosen, site, TITLE, _once(_STYLE, "".join(body)))


def _once(pattern: re.Pattern, text: str) -> str:
    """Keep the first of equal matches: each figure brings the same style with it."""
    first: dict[str, int] = {}
    return pattern.sub(
        lambda found: found[0] if first.setdefault(found[0], found.start()) == found.start() else "", text
    )


def _document(chosen: list[Page], site: Path, title: str, body: str) -> str:
    running = "".join(_running_head(page) for page in chosen)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f"{_style_of(site)}<style>@page {{ size: A4; @top-left {{ content: {_css_string(TITLE)}; }} }}\n{running}</style>"
        f'</head><body class="bound"><div class="content">\n{body}\n</div></body></html>'
    )


def _style_of(site: Path) -> str:
    """The style sheets of the site's front page, at whose address the document is opened."""
    front = (site / "index.html").read_text(encoding="utf-8")
    head = front[: front.index("</head>")]
    return "\n".join(re.findall(r'<link [^>]*rel="stylesheet"[^>]*>|<style>.*?</style>', head, re.DOTALL))


def _running_head(page: Page) -> str:
    name = f"p-{page.anchor}"
    return (
        f"#{page.anchor} {{ page: {name}; }} @page {name} {{ @top-right {{ content: {_css_string(page.title)}; }} }}\n"
    )


def _css_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ")
    return f'"{escaped}"'


def _part_anchor(part: str) -> str:
    return "part-" + re.sub(r"\W+", "-", part.lower())


def _contents(chosen: list[Page]) -> str:
    lines, part = ['<nav class="bound-contents" id="contents"><h1>Contents</h1>'], ""
    for page in chosen:
        if page.part != part:
            part = page.part
            lines.append(f'<p class="part"><a href="#{_part_anchor(part)}">{html.escape(part)}</a></p>')
        nested = max(0, page.depth - bool(page.part))
        lines.append(
            f'<p style="margin-left: {nested * 1.5}em"><a href="#{page.anchor}"><span>{html.escape(page.title)}</span>'
            f'<span class="number" data-of="{page.anchor}"></span></a></p>'
        )
    return "\n".join([*lines, "</nav>"])


def _bind(page: Page, inside: Mapping[str, Page], depth: int) -> Tag:
    """Return the page's article, ready to stand beside others."""
    soup = BeautifulSoup(page.article, "html.parser")
    article = soup.article
    for unwanted in article.select(".headerlink"):
        unwanted.decompose()
    if page.title == FRONT:
        article.h1.string = FRONT
    own = {element["id"] for element in article.find_all(id=True)}
    article["id"] = page.anchor
    del article["role"]
    for element in article.find_all(True):
        _prefix(element, page.anchor, own)
    for link in article.find_all("a", href=True):
        _lead(link, page, inside)
    for element in article.find_all(src=True):
        if not element["src"].startswith("data:"):
            element["src"] = urljoin(page.name, element["src"])
    for details in article.find_all("details"):
        details["open"] = ""
    for token in article.select(_PLAIN):
        token.unwrap()
    _mark_lines(soup)
    if depth:
        _lower(article, depth)
    return article


def _prefix(element: Tag, prefix: str, own: set[str]) -> None:
    """Put `prefix` before an element's id, and before every id of the same page that it names."""
    if element.get("id"):
        element["id"] = f"{prefix}--{element['id']}"
    for name, value in list(element.attrs.items()):
        if name in _REFERENCES:
            words = value if isinstance(value, list) else value.split()
            element[name] = " ".join(f"{prefix}--{word}" if word in own else word for word in words)
        elif name in ("href", "xlink:href") and element.name != "a" and value.startswith("#"):  # a drawing's <use>
            element[name] = f"#{prefix}--{value[1:]}"
        elif isinstance(value, str) and "url(#" in value:
            element[name] = _URL.sub(rf"url(#{prefix}--\1)", value)


def _lead(link: Tag, page: Page, inside: Mapping[str, Page]) -> None:
    """Turn a link to the same document, to the published page, or into plain words."""
    href = link["href"]
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return
    target = inside.get(unquote(urljoin(page.name, parts.path)) if parts.path else page.name)
    if target is not None:
        link["href"] = f"#{target.anchor}--{parts.fragment}" if parts.fragment else f"#{target.anchor}"
    elif page.published:
        link["href"] = urljoin(page.published, href)
    else:
        before = link.previous_sibling
        if link.find_parent(class_="page-facts") and isinstance(before, str):
            before.replace_with(before.removesuffix(" · "))
            link.decompose()  # an offer that paper cannot keep
        else:
            del link["href"]


def _mark_lines(soup: BeautifulSoup) -> None:
    """Make each line of a listing that is too wide for paper an element, so that its style can indent what goes on below."""
    for listing in soup.find_all("pre"):
        lines: list[list[PageElement]] = [[]]
        for child in list(listing.children):
            first, *others = map(NavigableString, child.split("\n")) if isinstance(child, str) else [child]
            lines[-1].append(first)
            lines += [[text] for text in others]
        words = ["".join(part.get_text() for part in line) for line in lines]
        if max(map(len, words)) <= _COLUMNS or any("\n" in line for line in words):  # a string over several lines
            continue
        listing.clear()
        for line in lines if words[-1] else lines[:-1]:
            element = soup.new_tag("span", attrs={"class": "line"})
            element.extend([*line, "\n"])
            listing.append(element)


def _lower(article: Tag, depth: int) -> None:
    """Put the headings below those of the part; a class keeps their look."""
    for heading in article.find_all(re.compile("^h[1-6]$")):
        level = int(heading.name[1])
        heading["class"] = [*heading.get("class", []), f"was-h{level}"]
        heading.name = f"h{min(level + depth, _LEVELS)}"

"""Read a built lesson into sections of typed blocks: what the slides are chosen from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from unrolled.authoring.slides.prose import Sentence, sentences

# Figures bring their own drawing, style and script; formulas and code are thousands of elements. They are carried over as
# they are and put back at the end: reading them would take most of the time.
_ARTICLE = re.compile(r"<article.*?</article>", re.DOTALL)
_HEAD = re.compile(r"<head>.*?</head>", re.DOTALL)
_MATH = re.compile(r'<math[^>]* alttext="(?P<tex>[^"]*)"[^>]*>.*?</math>', re.DOTALL)
_CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
_STASHED = re.compile(r'<(?P<tag>math|pre) data-number="(?P<number>\d+)">[^<]*</(?P=tag)>')
_FIGURE = re.compile(r'<figure class="unrolled-figure.*?</figure>', re.DOTALL)
_VIEW = re.compile(r'viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"')
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


@dataclass
class Block:
    """A piece of a section.

    Attributes:
        kind: prose, formula, table, list, code, output, figure, question or other.
        html: the piece as the page has it; of a figure the whole figure.
        lines: how many lines of code, of output or of rows it has.
        words: of code or output, the same without colours.
        shape: of a drawn figure, its width over its height; 0 for a figure to move.
    """

    kind: str
    html: str
    lines: int = 0
    shape: float = 0.0
    words: str = ""
    sentences: list[Sentence] = field(default_factory=list)


@dataclass
class Section:
    """A heading and what stands under it, without the sections inside.

    Attributes:
        anchor: its id on the page.
        title: the heading, as HTML.
        parent: the heading above it, as HTML, or nothing.
        inside: the headings of the sections inside, as HTML.
    """

    anchor: str
    title: str
    parent: str
    inside: list[str]
    blocks: list[Block]


class Page:
    """A built lesson.

    Args:
        text: the page's HTML.
        address: where it is from the decks' folder, such as `../lessons/03_x.html`.
    """

    def __init__(self, text: str, address: str) -> None:
        self.figures: list[str] = []
        self.kept: list[str] = []
        self.address = address
        self.head = BeautifulSoup(_HEAD.search(text)[0], "html.parser")
        article = _FIGURE.sub(self._stash_figure, _ARTICLE.search(text)[0])
        article = _CODE.sub(self._stash_code, _MATH.sub(self._stash_formula, article))
        self.article = BeautifulSoup(article, "html.parser").article
        for link in self.article.find_all("a"):
            if "headerlink" in link.get("class", []):
                link.decompose()
            elif link.get("href"):
                link["href"] = self._from_the_deck(link["href"])
        for named in self.article.find_all(["span", "a", "table", "cite"], id=True):
            del named["id"]  # a citation or a footnote may come twice in a deck, on a slide and in the notes

    @cached_property
    def opening(self) -> list[Tag]:
        """The paragraphs before the first section."""
        return self.article.section.find_all("p", recursive=False)

    @cached_property
    def sections(self) -> list[Section]:
        """All sections in order, each with its own blocks."""
        found = []
        for section in self.article.section.find_all("section"):
            outer = section.parent.find(["h1", "h2"], recursive=False)
            found.append(
                Section(
                    anchor=section["id"],
                    title=_heading(section),
                    inside=[_heading(one) for one in section.find_all("section", recursive=False)],
                    parent="" if outer.name == "h1" else outer.decode_contents(),
                    blocks=[
                        block for child in section.find_all(True, recursive=False) for block in self._blocks(child)
                    ],
                )
            )
        return found

    def complete(self, text: str) -> str:
        """Put formulas and code back into what was made from the page."""
        return _STASHED.sub(lambda found: self.kept[int(found["number"])], text)

    def _stash_figure(self, figure: re.Match) -> str:
        self.figures.append(figure[0])
        return f'<figure data-number="{len(self.figures) - 1}"></figure>'

    def _stash_formula(self, formula: re.Match) -> str:
        """Leave the LaTeX in the formula's place: it is about as long as the formula is wide."""
        self.kept.append(formula[0])
        return f'<math data-number="{len(self.kept) - 1}">{formula["tex"]}</math>'

    def _stash_code(self, code: re.Match) -> str:
        self.kept.append(code[0])
        return f'<pre data-number="{len(self.kept) - 1}"></pre>'

    def _from_the_deck(self, link: str) -> str:
        if link.startswith("../") or urlsplit(link).scheme:
            return link
        return self.address + link if link.startswith("#") else f"../lessons/{link}"

    def _blocks(self, node: Tag) -> list[Block]:
        classes = node.get("class", [])
        if node.name in ("section", "h1", "h2", "h3", "h4"):
            return []
        if node.name == "p":
            return [Block("prose", str(node), sentences=sentences(node))]
        if "math-wrapper" in classes:
            rows = max(self._kept(formula).count("<mtr") for formula in node.find_all("math"))
            return [Block("formula", str(node), lines=max(rows, 1))]
        if "table-wrapper" in classes:
            return [Block("table", str(node), lines=len(node.tbody.find_all("tr")))]
        if node.name in ("ul", "ol"):
            return [Block("list", str(node))]
        if "question" in classes:
            return [Block("question", str(node))]
        if "cell" in classes:
            return self._cell(node)
        return [Block("other", str(node))]

    def _kept(self, node: Tag) -> str:
        return self.kept[int(node["data-number"])]

    def _cell(self, cell: Tag) -> list[Block]:
        """A cell is its figure, or its table, or its code and what that printed."""
        stashed = cell.find_all("figure")
        if stashed:
            return [self._figure(int(figure["data-number"])) for figure in stashed]
        table = cell.find("table")
        if table:
            return [Block("table", f'<div class="table-wrapper">{table}</div>', lines=len(table.tbody.find_all("tr")))]
        printed = cell.find("div", "cell_output")
        shown = []
        if "tag_hide-input" not in cell["class"]:
            code = cell.find("div", "cell_input").pre
            words = _words(self._kept(code))
            shown.append(Block("code", f'<div class="highlight">{code}</div>', words.count("\n") + 1, words=words))
        texts = printed.find_all("pre") if printed else []
        if texts:
            words = "\n".join(_words(self._kept(text)) for text in texts)
            shown.append(Block("output", "".join(map(str, texts)), words.count("\n") + 1, words=words))
        return shown

    def _figure(self, number: int) -> Block:
        figure = self.figures[number]
        drawn = _VIEW.search(_STYLE.sub("", figure))
        live = "unrolled-explorable" in figure[:100]
        return Block(
            "figure", figure, shape=0.0 if live or not drawn else float(drawn["width"]) / float(drawn["height"])
        )


def _heading(section: Tag) -> str:
    return section.find(["h2", "h3", "h4"], recursive=False).decode_contents()


def _words(code: str) -> str:
    return re.sub(r"<[^>]*>", "", code).strip("\n")

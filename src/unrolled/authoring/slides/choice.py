"""Choose what a deck shows: a figure, a formula, a table or code with its output to a slide, and the sentences beside it.

What has been found to project well at 1280 by 720:

- What is drawn, written as a formula, tabled or printed gets a slide, in the order of the page. The sentence that leads
  to it stands above, the sentences that say what it shows stand below (beside a tall figure). A figure to move stands alone.
- At most three sentences stand with anything, and prose alone fills a slide only where a section says a lot between two
  such things. Every paragraph that is not on a slide in full is in its notes.
- Code is shown if it is short, and either prints something or is a function that the text before it leads to with a colon.
  Of results held to a band the sentence is shown that was printed; after a figure of them they are in the notes.
- A section without anything of its own lists the sections inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup

from unrolled.authoring.slides.page import Block, Page, Section
from unrolled.authoring.slides.prose import Sentence, key, sentences

TABLE_ROWS, LIST_LETTERS = 11, 820
CODE_LINES, CODE_WITH_OUTPUT, PRINTED = 16, 14, 14
_VERDICT = re.compile(r" \| .*: (holds|does not hold)", re.IGNORECASE)
BANDS = ("band", "verdict")
SILENT = ("code", "output", "text")  # worth a slide only with a sentence beside them
WIDE = 2.15  # a figure with a larger width over height stands above its text, any other beside it
ROOM = {
    "figure": 150,
    "tall": 240,
    "live": 0,
    "formula": 250,
    "table": 190,
    "code": 190,
    "output": 260,
    "list": 200,
    "prose": 300,
}
LEAD, SHORT = 230, 60  # the most and the least that leads to a thing
ASIDE = 260  # prose between two things that is longer than this is worth a slide of its own
PARAGRAPHS, PROSE_LETTERS = 3, 560
JOINED_LINES, LINE = 10, 75  # formulas join on a slide up to so many lines, with so many letters to a line of text
PLUMBING = 2  # a paragraph of so few sentences before code that is left out says only what the code does


@dataclass
class Slide:
    """One slide.

    Attributes:
        kind: what it shows, for the style: title, aims, text, formula, figure, tall, live, table, code, list, question.
        title: the heading, as HTML.
        kicker: the heading above it, as HTML, or nothing.
        pieces: what stands under the heading, as HTML, in order.
        notes: paragraphs for the speaker, as HTML.
        anchor: the id on the lesson's page of the section it comes from.
    """

    kind: str
    title: str
    kicker: str = ""
    pieces: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    anchor: str = ""
    part: tuple[int, int] = (1, 1)


def choose(page: Page) -> list[Slide]:
    """Return the slides of a lesson after its title, in order."""
    made = _opening(page)
    for section in page.sections:
        found = _questions(section) or _further(section) or _Choice(section).slides()
        for number, slide in enumerate(found, start=1):
            slide.part = (number, len(found))
        made += found
    return made


def _opening(page: Page) -> list[Slide]:
    """The title with the question of the lesson, and what one will be able to do."""
    aims = [p for p in page.opening if p.get_text().startswith("You will be able to")]
    before = [p for p in page.opening if p.get_text().startswith("Before you start")]
    prose = [p for p in page.opening if p not in aims + before]
    hook = key(sentences(prose[0]), 240, anchored=True) if prose else []
    title = Slide("title", page.article.h1.decode_contents(), pieces=[_paragraph(hook)], notes=[str(p) for p in prose])
    if not aims:
        return [title]
    words = aims[0].decode_contents().partition("</strong>")[2].strip().rstrip(".")
    items = "".join(f"<li>{' '.join(item.split())}</li>" for item in re.split(r";\s", words))
    return [title, Slide("aims", "You will be able to", pieces=[f"<ul>{items}</ul>"], notes=[str(p) for p in before])]


def _questions(section: Section) -> list[Slide]:
    """Each question on a slide; an explanation closes the one opened before."""
    asked = [block.html for block in section.blocks if block.kind == "question"]
    return [
        Slide(
            "question",
            section.title,
            section.parent,
            [html.replace("<details ", f'<details name="{section.anchor}-{number}" ')],
            anchor=section.anchor,
        )
        for number, html in enumerate(asked, start=1)
    ]


def _further(section: Section) -> list[Slide]:
    """What to read next is a list: each sentence of it an item."""
    if section.anchor != "further":
        return []
    found = [sentence.html for block in section.blocks for sentence in block.sentences]
    items = "".join(f"<li>{sentence}</li>" for sentence in found)
    others = [block.html for block in section.blocks if not block.sentences]
    return [
        Slide("list", section.title, section.parent, [f"<ul>{items}</ul>"] if items else [], others, section.anchor)
    ]


class _Choice:
    """Goes through the blocks of a section and fills its slides."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self.made: list[Slide] = []
        self.room = ""  # what the last slide shows, for the room beside it; nothing if it shows prose alone
        self.gap: list[Block] = []  # prose since the last thing shown
        self.leads = True  # whether the gap's last sentence leads to the next thing, or to something left out
        self.code: Block | None = None  # code not shown so far, whose output may follow
        self.leading: Block | None = None  # the paragraph before it
        self.lines = 0.0  # how high the last slide's formulas and the text between them are

    def slides(self) -> list[Slide]:
        """Return the slides of the section; every section gets at least one."""
        for block in self.section.blocks:
            self._take(block)
        self._close()
        speaking = [slide for slide in self.made if slide.kind not in SILENT or any("<p>" in p for p in slide.pieces)]
        if not speaking:
            inside = "".join(f"<li>{title}</li>" for title in self.section.inside)
            pieces = [f"<ul>{inside}</ul>"] if inside else []
            speaking = [Slide("part", self.section.title, self.section.parent, pieces, anchor=self.section.anchor)]
        for slide in self.made:
            if slide not in speaking:
                speaking[0].notes += slide.notes
        return speaking

    def _take(self, block: Block) -> None:
        if self.code and block.kind != "output":
            self._without_output()
        if block.kind in ("prose", "other"):
            self.gap.append(block)
            self.leads = True
        elif block.kind == "figure":
            kind = "live" if not block.shape else "figure" if block.shape > WIDE else "tall"
            self._thing(kind, [block.html], kind)
            if kind == "live":
                self.room = ""  # it fills its slide
        elif block.kind == "table":
            for part in _tables(block.html):
                self._thing("table", [part], "table")
        elif block.kind == "list":
            for part in _items(block.html, LIST_LETTERS):
                self._thing("list", [part], "list")
        else:
            {"formula": self._formula, "code": self._code, "output": self._output}[block.kind](block)

    def _slide(self, kind: str, pieces: list[str], room: str = "") -> Slide:
        self.made.append(Slide(kind, self.section.title, self.section.parent, pieces, anchor=self.section.anchor))
        self.room = room
        return self.made[-1]

    def _thing(self, kind: str, pieces: list[str], room: str) -> None:
        """Show something: first let the prose since the last thing find its place."""
        lead, notes = self._split(room)
        slide = self._slide(kind, [_paragraph(lead), *pieces] if lead else pieces, room)
        slide.notes += notes

    def _formula(self, block: Block) -> None:
        between = [sentence for paragraph in self.gap for sentence in paragraph.sentences]
        lines = 1.5 + block.lines + _letters(between) / LINE
        joins = self.room == "formula" and self.lines + lines <= JOINED_LINES
        if self.room == "list" and not self.gap:
            self.made[-1].pieces.append(block.html)  # the last item leads to it
        elif joins and all(paragraph.sentences for paragraph in self.gap):
            self.made[-1].pieces += [_paragraph(paragraph.sentences) for paragraph in self.gap] + [block.html]
            self.gap, self.lines = [], self.lines + lines
        else:
            self._thing("formula", [block.html], "formula")
            self.lines = lines

    def _code(self, block: Block) -> None:
        self.code, self.leading = block, self.gap[-1] if self.gap else None

    def _without_output(self) -> None:
        """Show code that prints nothing if the text leads to it; else a line or two before it go to the notes as well."""
        code, self.code = self.code, None
        if self._led_to(code):
            self._thing("code", [code.html], "code")
        else:
            self.leads = False
            if self.leading and len(self.leading.sentences) <= PLUMBING:
                self.leading.sentences = []

    def _output(self, block: Block) -> None:
        code, self.code = self.code, None
        verdict = code is not None and bool(_VERDICT.search(block.words))
        if verdict and not self.gap and self.room in ("figure", "tall"):
            self.made[-1].notes.append(block.html)  # the figure shows it, and the table at the end has the number
            return
        shown = _beginning(block)
        if verdict and not self.gap and self.made and self.made[-1].kind == "output":
            self.made[-1].pieces.append(_printed(shown))
        elif code and not verdict and code.lines + shown.lines <= CODE_WITH_OUTPUT:
            self._thing("code", [code.html, _printed(shown)], "output")
        else:
            if code and not verdict and self._led_to(code):
                self._thing("code", [code.html], "")
            self._thing("output", [_printed(shown)], "output")
        if shown is not block:
            self.made[-1].notes.append(block.html)

    def _led_to(self, code: Block) -> bool:
        """Whether code is a short function that the text before it leads to."""
        last = self.gap[-1].sentences if self.gap else []
        return bool(last) and last[-1].introduces and code.lines <= CODE_LINES and _defines(code)

    def _split(self, room: str) -> tuple[list[Sentence], list[str]]:
        """Share the prose of the gap: what the last thing shows, prose alone, what leads to the next thing.

        Args:
            room: what the next thing is; nothing at the end of the section.

        Returns:
            What stands above the next thing, and the notes of its slide.
        """
        gap, leads = self.gap, self.leads
        self.gap, self.leads = [], True
        lead: list[Sentence] = []
        if gap and room and room != "live" and leads and gap[-1].sentences and gap[-1].sentences[-1].introduces:
            lead = _leading(gap[-1].sentences)
        rest = list(gap)
        ahead = len(gap) == 1 and bool(room) and (room == "list" or _points_ahead(gap[0]))
        if gap and self.made and self.room and not ahead:
            self._comment(rest.pop(0), lead)
        notes: list[str] = []
        if room and rest:
            last = rest.pop()
            lead = lead or key(last.sentences, ROOM[room])
            notes = [] if _whole(last, lead) else [last.html]
        return lead, [*self._prose(rest), *notes]

    def _comment(self, block: Block, lead: list[Sentence]) -> None:
        """Let the first paragraph after a thing say what it shows."""
        chosen = key([sentence for sentence in block.sentences if sentence not in lead], ROOM[self.room], anchored=True)
        slide = self.made[-1]
        slide.pieces += [_paragraph(chosen)] if chosen else []
        slide.notes += [] if _whole(block, [*chosen, *lead]) else [block.html]

    def _prose(self, blocks: list[Block]) -> list[str]:
        """Make slides of prose alone if there is much of it; return what goes to the notes of the next slide."""
        if sum(_letters(block.sentences) for block in blocks) < ASIDE:
            return [block.html for block in blocks]
        slide: Slide | None = None
        waiting: list[str] = []
        letters = 0
        for block in blocks:
            chosen = key(block.sentences, ROOM["prose"])
            if chosen:
                letters += _letters(chosen)
                if slide is None or len(slide.pieces) == PARAGRAPHS or letters > PROSE_LETTERS:
                    slide, letters = self._slide("text", []), _letters(chosen)
                    slide.notes += waiting
                    waiting = []
                slide.pieces.append(_paragraph(chosen))
            if not _whole(block, chosen):
                (slide.notes if slide else waiting).append(block.html)
        return waiting

    def _close(self) -> None:
        """Place the code and the prose at the end of the section."""
        if self.code:
            self._without_output()
        if self.gap and not self.made and _letters([s for block in self.gap for s in block.sentences]) < ASIDE:
            self._slide("text", [], "prose")  # a short section: one slide all the same
        left = self._split("")[1]
        if left:
            (self.made or [self._slide("text", [])])[-1].notes.extend(left)


def _points_ahead(block: Block) -> bool:
    return bool(block.sentences) and block.sentences[0].points_ahead


def _leading(found: list[Sentence]) -> list[Sentence]:
    """The sentence that leads to what follows, with those before it that it needs, as far as there is room."""
    first = len(found) - 1
    while (
        first and (found[first].points_back or _letters(found[first:]) < SHORT) and _letters(found[first - 1 :]) <= LEAD
    ):
        first -= 1
    return found[first:]


def _whole(block: Block, shown: list[Sentence]) -> bool:
    return bool(block.sentences) and len(shown) == len(block.sentences)


def _letters(found: list[Sentence]) -> int:
    return sum(len(sentence.text) + 1 for sentence in found)


def _paragraph(found: list[Sentence]) -> str:
    return f"<p>{' '.join(sentence.html for sentence in found)}</p>"


def _beginning(output: Block) -> Block:
    """The first lines of a long output; the rest is for the notes."""
    if output.lines <= PRINTED:
        return output
    first = output.words.split("\n")[: PRINTED - 1]
    return Block("output", f"<pre>{chr(10).join(first)}\n…</pre>", PRINTED)


def _printed(block: Block) -> str:
    return f'<div class="printed" role="group" aria-label="Output">{block.html}</div>'


def _defines(block: Block) -> bool:
    return bool(re.search(r"^(def|class) ", block.words, re.MULTILINE))


def _tables(table: str) -> list[str]:
    """Cut a table into tables with as many rows as a slide holds, as even as can be, each under the same head.

    Of results the bands are left out: they are for the build, which has compared them.
    """
    soup = BeautifulSoup(table, "html.parser")
    heads = [cell.get_text().strip() for cell in soup.thead.find_all("th")]
    for row in soup.find_all("tr") if "verdict" in heads else []:
        for name, cell in zip(heads, row.find_all(["th", "td"]), strict=True):
            if name in BANDS:
                cell.decompose()
    rows = soup.tbody.find_all("tr", recursive=False)
    parts = max(1, -(-(len(rows) - 1) // TABLE_ROWS))  # one row more than fits well is better than a slide of one row
    sizes = [len(rows) // parts + (number < len(rows) % parts) for number in range(parts)]
    made, first = [], 0
    for size in sizes:
        soup.tbody.clear()
        soup.tbody.extend(rows[first : first + size])
        made.append(str(soup))
        first += size
    return made


def _items(block: str, letters: int) -> list[str]:
    """Cut a list into parts of about the same length if it is too long; a numbered one goes on counting."""
    soup = BeautifulSoup(block, "html.parser")
    whole = soup.find(["ul", "ol"])
    items = whole.find_all("li", recursive=False)
    sizes = [len(item.get_text()) for item in items]
    parts = -(-sum(sizes) // letters)
    groups: list[list] = [[]]
    for place, item in enumerate(items):
        if groups[-1] and sum(sizes[:place]) + sizes[place] / 2 > sum(sizes) * len(groups) / parts:
            groups.append([])
        groups[-1].append(item)
    made, count = [], int(whole.get("start", 1))
    for group in groups:
        start = f' start="{count}"' if whole.name == "ol" else ""
        made.append(f"<{whole.name}{start}>{''.join(map(str, group))}</{whole.name}>")
        count += len(group)
    return made

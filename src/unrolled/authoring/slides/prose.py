"""Take a paragraph of a built page apart into sentences, and choose those that a slide shows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bs4 import NavigableString, PageElement, Tag

# A sentence ends at a stop before a capital letter, a bracket or a quotation mark, or before an element.
_END = re.compile(r"(?<!e\.g\.)(?<!i\.e\.)(?<! al\.)(?:(?<=[.?!…])|(?<=[.?!][”’)]))\s+(?=[“(]?[A-Z]|$)")
_CLOSED = re.compile(r"[.?!…][”’)]*$")
# Words that point back: a sentence that starts with one needs the sentence before it.
_POINTS_BACK = re.compile(
    r"(And|Another|As a|Between them|Both|But|Each of (these|them)|Half of (these|them)|Here|Hence|It|Its|Neither|No(ne)?,"
    r"|None|Now|One of them|Only (it|that)|Or|Others|Perhaps|So|Such|That|The (first|former|last|latter|old|other|others|rest"
    r"|same|second|third|two)|Their|Then|There|These|They|This|Those|Thus|Yes|Yet)\b"
)
# Words about the page instead of its subject: true on the page, in the way on a slide.
_ABOUT_THE_PAGE = re.compile(
    r"\b(this page|section (below|above)|(lab|lesson)s? \d\d|below|above|printed here)\b", re.IGNORECASE
)
# Words that open what comes next.
_AHEAD = re.compile(
    r"(And|Before|Does|First|Here|How|Last|Next|Now|Second|Then|To see|We (draw|now|take|train)|What|Where)\b"
)
_STRESSED = ("em", "strong", "dfn")
_LABEL_WORDS = 5


@dataclass(frozen=True)
class Sentence:
    """One sentence of a paragraph: as HTML, as text, and whether its author stressed a part of it."""

    html: str
    text: str
    stressed: bool

    @property
    def introduces(self) -> bool:
        """Whether what follows the paragraph completes the sentence."""
        return not _CLOSED.search(self.text)

    @property
    def points_ahead(self) -> bool:
        """Whether it speaks of what comes next."""
        return self.introduces or bool(_AHEAD.match(self.text))

    @property
    def points_back(self) -> bool:
        """Whether it is hard to understand without the sentence before it."""
        return bool(_POINTS_BACK.match(self.text))


def sentences(paragraph: Tag) -> list[Sentence]:
    """Take a paragraph apart; put together, the sentences' HTML is the paragraph's."""
    found: list[list[PageElement | str]] = [[]]
    for node in paragraph.children:
        if not isinstance(node, NavigableString):
            found[-1].append(node)
            continue
        if _follows_a_closed_element(found[-1]) and re.match(r"\s+[A-Z“(]", node):
            found.append([])
        pieces = _END.split(node)
        if pieces[-1] == "" and node.next_sibling is None:
            pieces.pop()
        for place, piece in enumerate(pieces):
            if place:
                found.append([])
            found[-1].append(piece)
    return [made for parts in found if (made := _made(parts)).text]


def _follows_a_closed_element(parts: list[PageElement | str]) -> bool:
    """Whether the last element ends a sentence; a label such as "Claim." does not."""
    if not parts or not isinstance(parts[-1], Tag) or parts[-1].name == "math":
        return False
    words = parts[-1].get_text().strip()
    return bool(_CLOSED.search(words)) and not (len(parts) == 1 and len(words.split()) <= _LABEL_WORDS)


def _made(parts: list[PageElement | str]) -> Sentence:
    code = "".join(str(part) if isinstance(part, Tag) else html.escape(part, quote=False) for part in parts)
    text = "".join(part.get_text() if isinstance(part, Tag) else part for part in parts)
    tags = [part for part in parts if isinstance(part, Tag)]
    stressed = any(tag.name in _STRESSED or tag.find(class_="std-term") for tag in tags)
    return Sentence(" ".join(code.split()), " ".join(text.split()), stressed)


def key(found: list[Sentence], room: int, *, anchored: bool = False) -> list[Sentence]:
    """Choose one to three neighbouring sentences that say most and can stand alone; none if none can.

    Args:
        found: the sentences of a paragraph.
        room: how many characters the slide has for them.
        anchored: the paragraph's first sentence stands beside what it points back to.
    """
    best = max(_runs(found, room), key=lambda run: _worth(found, *run, anchored), default=(0, 0))
    chosen = found[slice(*best)]
    return chosen if chosen and _worth(found, *best, anchored) > 0 else []


def _runs(found: list[Sentence], room: int) -> Iterator[tuple[int, int]]:
    for first in range(len(found)):
        for last in range(first + 1, min(first + 3, len(found)) + 1):
            run = found[first:last]
            if sum(len(sentence.text) + 1 for sentence in run) <= room and not any(s.introduces for s in run):
                yield first, last


def _worth(found: list[Sentence], first: int, last: int, anchored: bool) -> float:
    """Opening sentences and stressed ones say most; a long run must earn its place."""
    run = found[first:last]
    worth = sum(1.2 if sentence.stressed else 0.6 for sentence in run) - 0.45 * len(run)
    worth += 0.8 * (first == 0) + 0.3 * (last == len(found))
    worth -= sum(0.8 for sentence in run if _ABOUT_THE_PAGE.search(sentence.text))
    worth -= sum(0.3 for sentence in run if sentence.text.startswith("("))
    worth += sum(0.5 for before, after in pairwise(run) if after.points_back or before.text.endswith("?"))
    worth -= 0.6 * run[-1].text.endswith("?")
    if run[0].points_back and not (anchored and first == 0):
        worth -= 1.5
    return worth

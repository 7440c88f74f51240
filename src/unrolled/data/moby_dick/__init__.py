"""The text of Moby-Dick, Herman Melville, 1851 (public domain; see SOURCE.md)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_text


@dataclass(frozen=True)
class MobyDick:
    """135 chapters and the epilogue: first those to train on, then those to validate, then those to test.

    Within a part the chapters stand in the book's order; `np.argsort(data.number)` gives the whole book's order.

    Attributes:
        number: (136,) int64, the chapter's number in the book, from 1; 136 is the epilogue.
        title: 136 strings, without the word "CHAPTER" and the number.
        chapters: 136 strings; paragraphs end with a line break, except the last. Straight quotation marks.
        train: 109 chapters, as a slice: those whose number ends neither in 5 nor in 0.
        validation: 14 chapters, as a slice: those whose number ends in 5.
        test: 13 chapters, as a slice: those whose number ends in 0. Use it once.
    """

    number: np.ndarray
    title: list[str]
    chapters: list[str]
    train: ClassVar[slice] = slice(0, 109)
    validation: ClassVar[slice] = slice(109, 123)
    test: ClassVar[slice] = slice(123, 136)


def load() -> MobyDick:
    """Return the book; see `MobyDick` for the fields and the split by chapter."""
    lines = read_text(Path(__file__).parent, "chapters.jsonl.xz").split("\n")[:-1]
    number, title, chapters = zip(*map(json.loads, lines), strict=True)
    return MobyDick(np.array(number), list(title), list(chapters))


def samples(data: MobyDick) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    rows = [data.number.tolist().index(number) for number in (1, 36, 122)]
    return [(f"chapter {data.number[row]}, {data.title[row]}", data.chapters[row][:300]) for row in rows]

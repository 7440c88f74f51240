"""Aligned Bible verses in English and Spanish (World English Bible, Reina-Valera 1909; public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class Verses:
    """30,769 pairs of one verse in two languages; inside each part in the order of the book, nothing missing.

    The parts are whole chapters, drawn at random, 80 : 10 : 10. From validation and test the verses are taken out whose
    English or Spanish text nearly stands in a part before.

    Attributes:
        english: list of 30,769 str, the World English Bible, today's English.
        spanish: list of 30,769 str, the Reina-Valera of 1909, in the spelling of its time.
        book: list of 30,769 str, the English name, such as "Genesis" or "I Kings"; 66 books.
        chapter: (30769,) int16, from 1.
        verse: (30769,) int16, from 1, as the English text counts.
        words: (30769,) int16, number of blank-separated words in `english`. For verses of at most 12 words:
            `np.flatnonzero(data.words[data.train] <= 12)`.
        train: the first 24,511 rows, as a slice.
        validation: the next 3,152 rows, as a slice.
        test: the last 3,106 rows, as a slice. Use it once.
    """

    english: list[str]
    spanish: list[str]
    book: list[str]
    chapter: np.ndarray
    verse: np.ndarray
    words: np.ndarray
    train: ClassVar[slice] = slice(0, 24511)
    validation: ClassVar[slice] = slice(24511, 27663)
    test: ClassVar[slice] = slice(27663, 30769)


def load() -> Verses:
    """Return the set; see `Verses` for the fields and the split by chapter."""
    rows = read_rows(Path(__file__).parent, "verses.tsv.xz")
    book, chapter, verse, english, spanish = map(list, zip(*rows, strict=True))
    words = np.array([text.count(" ") + 1 for text in english], np.int16)
    return Verses(english, spanish, book, np.array(chapter, np.int16), np.array(verse, np.int16), words)


def samples(data: Verses) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    return [
        (f"{data.book[i]} {data.chapter[i]}:{data.verse[i]}", f"{data.english[i]}\n{data.spanish[i]}")
        for i in (0, data.train.stop - 1, data.test.stop - 1)
    ]

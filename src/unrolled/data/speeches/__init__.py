"""State of the Union addresses, 1982 to 2021 (works of the United States Government, CC0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class Speeches:
    """40 speeches, one a year, in order of time.

    Attributes:
        year: (40,) int64, 1982 to 2021.
        speaker: 40 strings, the president's name.
        party: 40 strings, "Republican" or "Democratic".
        text: 40 strings, the speech without line breaks; no marks of applause or laughter. Straight quotation marks.
        train: 1982 to 2008, as a slice: Reagan, Bush, Clinton, Bush.
        validation: 2009 to 2016, as a slice: Obama.
        test: 2017 to 2021, as a slice: Trump, Biden. Use it once.
    """

    year: np.ndarray
    speaker: list[str]
    party: list[str]
    text: list[str]
    train: ClassVar[slice] = slice(0, 27)
    validation: ClassVar[slice] = slice(27, 35)
    test: ClassVar[slice] = slice(35, 40)


def load() -> Speeches:
    """Return the speeches; see `Speeches` for the fields and the split by time."""
    rows = read_rows(Path(__file__).parent, "speeches.tsv.xz")
    year, speaker, party, text = (list(column) for column in zip(*rows, strict=True))
    return Speeches(np.array(year).astype(int), speaker, party, text)


def samples(data: Speeches) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    return [(f"{data.speaker[row]}, {data.year[row]}", data.text[row][:300]) for row in (4, 27, 39)]

"""First names common in English-speaking countries, by list: female, male, both (public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class FirstNames:
    """Names, each once; in order of the alphabet within each part of the split, so shuffle before training.

    The parts share no first three letters.

    Attributes:
        names: 8,143 strings; a capital, small letters a to z, and in some a hyphen.
        label: (8143,) int64, which list holds the name: 0 the female, 1 the male, 2 both; see `LABELS`.
        LABELS: the names of the labels.
        train: the first 5,894 names, as a slice.
        validation: the next 1,145, as a slice.
        test: the last 1,104, as a slice. Use it once.
    """

    names: list[str]
    label: np.ndarray
    LABELS: ClassVar[tuple[str, ...]] = ("female", "male", "both")
    train: ClassVar[slice] = slice(0, 5894)
    validation: ClassVar[slice] = slice(5894, 7039)
    test: ClassVar[slice] = slice(7039, 8143)


def load() -> FirstNames:
    """Return the names; see `FirstNames` for the labels and the split."""
    names, labels = zip(*read_rows(Path(__file__).parent, "names.tsv.xz"), strict=True)
    return FirstNames(list(names), np.array([FirstNames.LABELS.index(label) for label in labels]))


def samples(data: FirstNames) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    chosen = [(kind, np.flatnonzero(data.label == code)[::30][:12]) for code, kind in enumerate(data.LABELS)]
    return [(f"label {kind!r}", ", ".join(data.names[row] for row in rows)) for kind, rows in chosen]

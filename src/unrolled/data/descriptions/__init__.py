"""Descriptions of 3,000 software packages, each with its one-line synopsis (GNU Guix, GPL-3.0-or-later; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class Descriptions:
    """3,000 pairs of a text and its summary, drawn and split at random.

    Attributes:
        name: 3,000 names of packages, as Guix spells them.
        synopsis: 3,000 summaries of 3 to 12 words, without a full stop.
        description: 3,000 texts of 25 to 100 words, without markup and line breaks.
        train: the first 2,400 packages, as a slice.
        validation: 300 packages, as a slice; neither their description nor their synopsis nearly equals one of train.
        test: 300 packages, as a slice; likewise against train and validation. Use it once.
    """

    name: list[str]
    synopsis: list[str]
    description: list[str]
    train: ClassVar[slice] = slice(0, 2400)
    validation: ClassVar[slice] = slice(2400, 2700)
    test: ClassVar[slice] = slice(2700, 3000)


def load() -> Descriptions:
    """Return the set; see `Descriptions` for lengths and the split."""
    name, synopsis, description = zip(*read_rows(Path(__file__).parent, "packages.tsv.xz"), strict=True)
    return Descriptions(list(name), list(synopsis), list(description))


def samples(data: Descriptions) -> list[tuple[str, str]]:
    """Three samples for the datasheet: the first package of each part."""
    firsts = (part.start for part in (data.train, data.validation, data.test))
    return [(f"{data.name[i]}: {data.synopsis[i]}", data.description[i]) for i in firsts]

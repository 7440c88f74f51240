"""Small pictures with captions in seven languages (Tux Paint, GPL-2.0-or-later; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays, read_rows

LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "nl")


@dataclass(frozen=True)
class Stamps:
    """486 drawings and photographs, each with a caption by a person in each of seven languages; nothing missing.

    Attributes:
        picture: (486, 32, 32, 3) uint8, RGB on white, 0 to 255 in 32 levels.
        caption: dict of the language ("en", "es", "fr", "de", "pt", "it", "nl") to a list of 486 str.
        name: list of 486 str, folder and file in the package, such as "animals/birds/owl".
        category: list of 486 str, the first folder, such as "animals"; 15 categories.
        train: the first 394 rows, as a slice. Drawn at random by category; stamps with an equal caption or nearly the
            same picture are in the same part.
        validation: the next 46 rows, as a slice.
        test: the last 46 rows, as a slice. Use it once.
    """

    picture: np.ndarray
    caption: dict[str, list[str]]
    name: list[str]
    category: list[str]
    train: ClassVar[slice] = slice(0, 394)
    validation: ClassVar[slice] = slice(394, 440)
    test: ClassVar[slice] = slice(440, 486)


def load() -> Stamps:
    """Return the set; see `Stamps` for the fields and the split."""
    folder = Path(__file__).parent
    name, *captions = map(list, zip(*read_rows(folder, "captions.tsv.xz"), strict=True))
    levels = read_arrays(folder, "pictures.npz")["levels"]  # 0 to 31
    picture = levels << 3 | levels >> 2  # so that 0 stays black and 31 is white again
    category = [path.split("/")[0] for path in name]
    return Stamps(picture, dict(zip(LANGUAGES, captions, strict=True)), name, category)


def samples(data: Stamps) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    rows = [
        data.name.index(name) for name in ("animals/birds/owl", "food/fruit/apple_red", "vehicles/ship/chineseJunk")
    ]
    return [(f"{data.caption['en'][i]} {data.caption['es'][i]}", data.picture[i]) for i in rows]

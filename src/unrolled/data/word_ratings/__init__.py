"""Words and emoticons, each marked by ten people for its feeling (VADER, MIT; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class WordRatings:
    """VADER's lexicon, in the order of its file.

    Attributes:
        word: N words, emoticons and abbreviations, almost all in lower case; 14 of them stand twice.
        ratings: (N, 10) int8, the marks of ten raters, from -4 (extremely negative) to 4 (extremely positive).
        rating: (N,) float64, the mean of the ten; never zero.
        spread: (N,) float64, their standard deviation.
    """

    word: list[str]
    ratings: np.ndarray
    rating: np.ndarray
    spread: np.ndarray


def load() -> WordRatings:
    """Return the set; see `WordRatings` for the scale."""
    rows = read_rows(Path(__file__).parent, "words.tsv.xz")
    ratings = np.array([row[1:] for row in rows]).astype(np.int8)
    return WordRatings([row[0] for row in rows], ratings, ratings.mean(axis=1), ratings.std(axis=1))


def samples(data: WordRatings) -> list[tuple[str, str]]:
    """Three samples for the datasheet."""
    chosen = []
    for word in ("horrible", "okay", "great"):
        i = data.word.index(word)
        marks = ", ".join(str(mark) for mark in data.ratings[i])
        chosen.append((f"mean {data.rating[i]:.1f}, spread {data.spread[i]:.2f}", f"{word}: {marks}"))
    return chosen

"""Texts like tweets with the mark that human raters gave them (VADER, MIT; see SOURCE.md)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_rows

NEGATIONS = (
    "not", "no", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "without", "cannot",
    "aint", "arent", "cant", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent", "isnt",
    "shouldnt", "wasnt", "werent", "wont", "wouldnt",
)  # fmt: skip
_NEGATION = re.compile(rf"\b(?:{'|'.join(NEGATIONS)}|\w+n['’]t)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Tweets:
    """Short texts in three classes, split by class at random, 70/15/15, before near-duplicates were removed.

    Attributes:
        text: N texts. A handle is `@anonymous`, a web address `http://url_removed`, as the authors masked them.
        rating: (N,) float64, mean mark of the raters, from -4 (extremely negative) to 4 (extremely positive).
        spread: (N,) float64, standard deviation of those marks: how far the raters disagree.
        raters: (N,) int64, number of raters, 20 to 99.
        label: (N,) int64, index into `classes`: 0 below -0.5, 2 above 0.5, 1 between; the mean rounded to zero.
        negated: (N,) bool, whether the text holds a word of `negations`, or one that ends in n't.
        classes: negative, neutral, positive.
        negations: the words that make `negated`.
        train: as a slice.
        validation: as a slice; no text nearly equals one of train.
        test: as a slice; no text nearly equals one of train or validation. Use it once.
    """

    text: list[str]
    rating: np.ndarray
    spread: np.ndarray
    raters: np.ndarray
    label: np.ndarray
    negated: np.ndarray
    classes: ClassVar[tuple[str, ...]] = ("negative", "neutral", "positive")
    negations: ClassVar[tuple[str, ...]] = NEGATIONS
    train: ClassVar[slice] = slice(0, 2795)
    validation: ClassVar[slice] = slice(2795, 3370)
    test: ClassVar[slice] = slice(3370, 3931)


def load() -> Tweets:
    """Return the set; see `Tweets` for the classes and the split."""
    text, rating, spread, raters = zip(*read_rows(Path(__file__).parent, "tweets.tsv.xz"), strict=True)
    mean = np.array(rating, dtype=float)
    negated = np.array([bool(_NEGATION.search(one)) for one in text])
    return Tweets(list(text), mean, np.array(spread, dtype=float), np.array(raters, dtype=int), label(mean), negated)


def label(rating: np.ndarray) -> np.ndarray:
    """Return the class of each mean mark: 0 negative, 1 neutral, 2 positive."""
    return np.where(rating < -0.5, 0, np.where(rating > 0.5, 2, 1))


def samples(data: Tweets) -> list[tuple[str, str]]:
    """Three samples for the datasheet: of each class, the first test text on which the raters agree well."""
    chosen = []
    for one, name in enumerate(data.classes):
        fits = np.flatnonzero((data.label == one) & (data.spread < 0.8))
        i = fits[fits >= data.test.start][0]
        chosen.append((f"{name}, mean mark {data.rating[i]:.2f} of {data.raters[i]} raters", data.text[i]))
    return chosen

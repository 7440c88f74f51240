"""Texts that are nearly the same, so that none stands on both sides of a split."""

import re
from collections.abc import Sequence

import numpy as np


def plain(text: str) -> str:
    """Return the letters and digits of a text, lower case, one blank between words."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def near_duplicates(texts: Sequence[str], others: Sequence[str], similarity: float = 90) -> np.ndarray:
    """Say which of `texts` nearly equal one of `others`.

    Two texts nearly equal when their plain forms have an indel similarity of at least `similarity` per cent: the share
    of characters that stay when one is turned into the other by insertions and deletions.

    Returns:
        (len(texts),) bool.
    """
    from rapidfuzz import fuzz, process

    left, right = [plain(text) for text in texts], [plain(text) for text in others]
    found = np.zeros(len(left), bool)
    for start in range(0, len(left), 500):  # 500 rows at a time: the whole table would not fit
        scores = process.cdist(
            left[start : start + 500], right, scorer=fuzz.ratio, score_cutoff=similarity, dtype=np.uint8, workers=2
        )
        found[start : start + 500] = scores.any(axis=1)
    return found

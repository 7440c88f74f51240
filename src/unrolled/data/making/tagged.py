"""Texts with one label a token, as parserator writes them in XML: read, clean, split, and flag what training never shows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from unrolled.data.making.duplicates import near_duplicates, plain


class Tagged(NamedTuple):
    """One text: its tokens, and the label of each."""

    tokens: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def text(self) -> str:
        """The tokens with one blank between them."""
        return " ".join(self.tokens)


def read_xml(content: bytes) -> list[Tagged]:
    """Return the texts of one collection: each child of the root is a text, each of its children a token.

    Some tokens end in a blank or a line break, left over from an address on several lines; it is taken off.
    """
    return [
        Tagged(tuple(token.text.strip() for token in text), tuple(token.tag for token in text))
        for text in ElementTree.fromstring(content)  # noqa: S314  (the archive is pinned by its checksum)
    ]


def consistent(rows: Iterable[Tagged]) -> list[Tagged]:
    """Keep each text once, and none that is labelled in two ways: nobody could get both right. Case does not count."""
    labellings = defaultdict(set)
    first = {}
    for row in rows:
        key = row.text.casefold()
        labellings[key].add(row.labels)
        first.setdefault(key, row)
    return [row for key, row in first.items() if len(labellings[key]) == 1]


def split(rows: Sequence[Tagged], seed: int) -> list[list[Tagged]]:
    """Return train (70 per cent), validation and test, shuffled.

    Removed: from validation what nearly equals a text to train with, from test what nearly equals one of either.
    """
    order = np.random.default_rng(seed).permutation(len(rows))
    ends = [0, round(0.7 * len(rows)), round(0.85 * len(rows)), len(rows)]
    train, validation, test = ([rows[i] for i in order[a:b]] for a, b in zip(ends, ends[1:], strict=False))
    validation = _without(validation, train)
    return [train, validation, _without(test, train + validation)]


def unseen(rows: Iterable[Tagged], train: Iterable[Tagged]) -> list[list[bool]]:
    """Say of each token whether its span never occurs in `train`.

    A span is a run of equal labels; it occurs in `train` if a span there has its label and its plain text.
    """
    known = {span for row in train for span, _ in _spans(row)}
    return [[span not in known for span, length in _spans(row) for _ in range(length)] for row in rows]


def columns(rows: Sequence[Tagged], train: Sequence[Tagged]) -> list[tuple[str, str, str]]:
    """Return tokens, labels and unseen (1 or 0 a token) of each row, with blanks between, as cells of a table."""
    flags = unseen(rows, train)
    return [
        (row.text, " ".join(row.labels), " ".join(str(int(flag)) for flag in of_row))
        for row, of_row in zip(rows, flags, strict=True)
    ]


def _spans(row: Tagged) -> list[tuple[tuple[str, str], int]]:
    """Label, plain text and number of tokens of each run of equal labels."""
    runs = groupby(zip(row.labels, row.tokens, strict=True), key=lambda pair: pair[0])
    texts = [(label, [token for _, token in run]) for label, run in runs]
    return [((label, plain(" ".join(tokens))), len(tokens)) for label, tokens in texts]


def _without(rows: list[Tagged], others: list[Tagged]) -> list[Tagged]:
    double = near_duplicates([row.text for row in rows], [row.text for row in others])
    return [row for row, found in zip(rows, double, strict=True) if not found]

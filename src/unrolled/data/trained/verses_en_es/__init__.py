"""A translator from English to Spanish, trained on the verses (public domain; see README.md)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unrolled.data.store import read_arrays, read_bytes, read_rows, read_text


@dataclass(frozen=True)
class Translator:
    """The weights of seed 0, and what the nets of three seeds said about held-out verses.

    Attributes:
        weights: list of 18 float32 arrays, in the order of `get_weights` of the model in `train.py`; stored as float16.
        english, spanish: bytes, the two sub-word models, for `Subwords(...)`.
        greedy: list of 3,106 str, the test verses translated by seed 0, one best piece at a time.
        beam: three lists of 3,106 str, the test verses translated by seeds 0, 1, 2, with four hypotheses.
        splits: dict from ("random" or "chapters", seed) to (rows, near, translations): held-out rows of the set,
            whether a row nearly equals a training verse in either language, and what a net said, greedily.
        log: dict from a net's name to its settings, losses, seconds and scores.
    """

    weights: list[np.ndarray]
    english: bytes
    spanish: bytes
    greedy: list[str]
    beam: list[list[str]]
    splits: dict[tuple[str, int], tuple[np.ndarray, np.ndarray, list[str]]]
    log: dict[str, dict]


def load() -> Translator:
    """Return the net; see `Translator` for the fields."""
    folder = Path(__file__).parent
    arrays = read_arrays(folder, "weights.npz")
    weights = [arrays[name].astype(np.float32) for name in sorted(arrays)]
    greedy, *beam = map(list, zip(*read_rows(folder, "test.tsv.xz"), strict=True))
    splits = {}
    for split, seed, row, near, text in read_rows(folder, "splits.tsv.xz"):
        for values, value in zip(
            splits.setdefault((split, int(seed)), ([], [], [])), (int(row), near, text), strict=True
        ):
            values.append(value)
    splits = {key: (np.array(rows), np.array(near) == "1", said) for key, (rows, near, said) in splits.items()}
    english, spanish = read_bytes(folder, "english.model"), read_bytes(folder, "spanish.model")
    return Translator(weights, english, spanish, greedy, beam, splits, json.loads(read_text(folder, "log.json")))

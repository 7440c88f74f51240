"""Long runs of lesson 16: digit strings of 1 to 15 written backwards, with attention and without.

Own work, MIT. Made by `train.py` beside this file, 3 seeds of each of three nets, in 168 seconds on 16 CPU cores.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unrolled.data.store import read_arrays

NAMES = ("without, 64", "without, 128", "with, 64")


@dataclass(frozen=True)
class ReversalLong:
    """What the long runs came to.

    Attributes:
        exact: for each of `NAMES`, (3, 20) float32: the share of 1,000 strings of 12 to 15 digits written without a
            fault, after each twentieth of the training; a row is a seed.
        batches: for each name, how many batches of 64 strings a run had in all.
        nets: for "without, 64" and "with, 64", the three finished nets: dictionaries of parameters, "encoder", "decoder"
            and "head".
    """

    exact: dict[str, np.ndarray]
    batches: dict[str, int]
    nets: dict[str, list[dict[str, dict[str, np.ndarray]]]]


def load() -> ReversalLong:
    """Return the curves and the weights."""
    arrays = read_arrays(Path(__file__).parent, "weights.npz")
    nets: dict[str, list[dict]] = {}
    for path, array in arrays.items():
        if not path.startswith("exact/"):
            name, seed, part, key = path.split("/")
            three = nets.setdefault(name, [{}, {}, {}])
            three[int(seed)].setdefault(part, {})[key] = array
    exact = {name: arrays[f"exact/{name}"] for name in NAMES}
    return ReversalLong(exact=exact, batches=dict(zip(NAMES, (16000, 8000, 4000), strict=True)), nets=nets)

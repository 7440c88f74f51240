"""A small recurrent net trained on the Seattle temperatures, for lab 02 (our own work, MIT; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class SeattleRNN:
    """The weights, float64, in the course's notation.

    Attributes:
        params: W (1, 8), U (8, 8), b (8,): the recurrent step.
        head: V (8, 1), c (1,): the output layer, read at the last step.
        length: days in a window.
        horizon: the forecast is the mean of the daily maxima of that many days after the window.
        mean, deviation: of the training years' daily maxima, °C; the net reads and writes standardised values.
    """

    params: dict[str, np.ndarray]
    head: dict[str, np.ndarray]
    mean: float
    deviation: float
    length: int = 30
    horizon: int = 7


def load() -> SeattleRNN:
    """Return the trained net; `train.py` beside this file made it."""
    arrays = read_arrays(Path(__file__).parent, "weights.npz")
    return SeattleRNN(
        params={name: arrays[name] for name in ("W", "U", "b")},
        head={name: arrays[name] for name in ("V", "c")},
        mean=float(arrays["mean"]),
        deviation=float(arrays["deviation"]),
    )


def samples(data: SeattleRNN) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    return [
        ("W, the weights of the day's temperature", data.params["W"][0]),
        ("V, the weights of the state in the forecast", data.head["V"][:, 0]),
        ("the diagonal of U, how much each unit keeps of itself", data.params["U"].diagonal()),
    ]

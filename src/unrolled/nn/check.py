"""Say in one sentence which argument has the wrong shape."""

from collections.abc import Sequence

import numpy as np


class ShapeError(ValueError):
    """An argument's shape does not fit; the message names it, what was expected and what was given."""


def expect(array: np.ndarray, name: str, shape: Sequence[int | str]) -> None:
    """Raise ShapeError unless `array` has this shape; letters stand for any size.

    Args:
        array: what was given.
        name: the argument's name.
        shape: for example ("B", "T", 3).
    """
    given = np.shape(array)
    fits = len(given) == len(shape) and all(isinstance(s, str) or s == g for s, g in zip(shape, given, strict=True))
    if not fits:
        words = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise ShapeError(f"{name} has shape {given}; expected ({words}).")

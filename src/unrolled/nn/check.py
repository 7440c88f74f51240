"""Say in one sentence which argument has the wrong shape, or holds what is not a number."""

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


def expect_finite(array: np.ndarray, name: str) -> None:
    """Raise ValueError if `array` holds NaN or an infinity: a state that has met one never loses it.

    Args:
        array: what was given.
        name: the argument's name.
    """
    # One sum finds nearly every such array to be clean; only a suspicious one is looked through.
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):
            return
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} holds {bad.sum()} of {array.size} numbers that are NaN or infinite, the first at {first}; expected "
            "finite numbers, in padding too."
        )

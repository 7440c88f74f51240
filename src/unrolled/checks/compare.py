"""Tell a right answer from a wrong one, and a wrong one from its likely cause."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unrolled.checks.framework import Verdict

# Right answers computed in float32 differ from ours by about 1e-6; the mistakes we look for by 1e-2 or more.
RTOL, ATOL = 1e-4, 1e-5

Mistake = tuple[Any, str]  # what a typical wrong answer would be, and the hint that names it


def compare(got: Any, want: np.ndarray, *, name: str, shape: str, mistakes: Sequence[Mistake] = ()) -> Verdict:
    """Compare an array with what is expected.

    Args:
        got: what the learner's function returned.
        want: the right answer.
        name: what the array is called in the lab, e.g. "h_t".
        shape: its shape in words, e.g. "(B, H)".
        mistakes: looked through in order when `got` is wrong; the first that gives the same numbers lends its hint.
    """
    array = as_array(got, name=name, shape=shape)
    if isinstance(array, Verdict):
        return array
    for wrong, hint in mistakes:
        wrong = np.asarray(wrong)
        if wrong.shape == array.shape and not _close(wrong, want) and _close(array, wrong):
            return Verdict(False, hint)
    if array.shape != want.shape:
        return Verdict(False, f"{name} has shape {array.shape}; here {shape} is {want.shape}.")
    if not np.isfinite(array).all():
        return Verdict(False, f"{name} holds NaN or infinity. Look for an array that was never filled, or an overflow.")
    if _close(array, want):
        return Verdict(True)
    return Verdict(
        False, f"{name} has the right shape and wrong numbers: off by up to {np.abs(array - want).max():.2g}."
    )


def as_array(got: Any, *, name: str, shape: str) -> np.ndarray | Verdict:
    """Return what a function gave as a float array, or the verdict on why it is none."""
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if isinstance(got, tuple):
        return Verdict(False, f"The function returns {len(got)} things. Return {name} alone, shape {shape}.")
    try:
        return np.asarray(got, dtype=float)
    except Exception:  # whatever a learner's object does when asked for numbers
        return Verdict(
            False, f"The function returns {type(got).__name__}, not numbers. Return the array {name}, shape {shape}."
        )


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=RTOL, atol=ATOL)

"""What every made-up task returns, and how a wrong size is refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Seed = np.random.Generator | int


@dataclass(frozen=True, kw_only=True)
class Task:
    """Inputs, targets, and the score to beat.

    Attributes:
        X: (B, T, D) float32, or (B, T) int32 tokens.
        y: the targets; each task says their shape. int32 where they are classes, float32 where they are numbers.
        mask: (B, T) bool, True at the steps that count; None where all do.
        baseline: what one reaches who has not solved the task, computed from its definition, not measured. Each task
            says in which measure.
        baseline_name: who that is, in words.
    """

    X: np.ndarray
    y: np.ndarray
    mask: np.ndarray | None = None
    baseline: float
    baseline_name: str


def expect_sizes(least: int = 1, **sizes: Any) -> None:
    """Raise ValueError for the first of the named sizes that is not a whole number of `least` or more."""
    for name, size in sizes.items():
        if not isinstance(size, int | np.integer) or size < least:
            raise ValueError(f"{name} is {size!r}; expected a whole number, {least} or more.")


def expect_delay(delay: int, T: int) -> None:
    """Raise ValueError if nothing of a sequence of T steps lies `delay` steps back."""
    expect_sizes(T=T)
    expect_sizes(0, delay=delay)
    if delay >= T:
        raise ValueError(f"delay is {delay}, but a sequence has T = {T} steps; expected a delay of {T - 1} or less.")


def expect_counts(name: str, counts: np.ndarray) -> np.ndarray:
    """Return `counts` as an array; raise ValueError if it is not (B,) whole numbers of 1 or more."""
    counts = np.asarray(counts)
    if counts.ndim != 1 or not counts.size or counts.dtype.kind not in "iu":
        raise ValueError(f"{name} has shape {counts.shape} and dtype {counts.dtype}; expected (B,) and whole numbers.")
    if counts.min() < 1:
        raise ValueError(f"the smallest of {name} is {counts.min()}; expected 1 or more.")
    return counts

"""Tell a right answer from a wrong one, and a wrong one from its likely cause."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from unrolled.checks.framework import Verdict
from unrolled.room.wire import Unknown

# Right answers computed in float32 differ from ours by about 1e-6; the mistakes we look for by 1e-2 or more.
RTOL, ATOL = 1e-4, 1e-5

Mistake = tuple[Any, str]  # what a typical wrong answer would be, and the hint that names it
PartsMistake = tuple[Mapping[str, Any], str]  # the same of some of the parts; the others may be anything


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


def compare_tuple(
    got: Any, want: Mapping[str, np.ndarray], *, shapes: Mapping[str, str], mistakes: Sequence[PartsMistake] = ()
) -> Verdict:
    """Compare the arrays that a function returns together, in the order of `want`.

    Args:
        got: what the learner's function returned.
        want: name of each array in the lab, to the right answer.
        shapes: name to shape in words.
        mistakes: as in `compare`, each by name of some of the arrays.
    """
    names = ", ".join(want)
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, tuple | list):
        return Verdict(False, f"The function returns one {_kind(got)}. Return {len(want)} things: {names}.")
    if len(got) != len(want):
        return Verdict(False, f"The function returns {len(got)} things. Return {len(want)}: {names}.")
    return _compare_parts(dict(zip(want, got, strict=True)), want, {name: name for name in want}, shapes, mistakes)


def compare_dict(
    got: Any,
    want: Mapping[str, np.ndarray],
    *,
    name: str,
    shapes: Mapping[str, str],
    mistakes: Sequence[PartsMistake] = (),
) -> Verdict:
    """Compare a dictionary of arrays; keys that were not asked for are left alone.

    Args:
        got: what the learner's function returned.
        want: key to the right answer.
        name: what the dictionary is called in the lab, e.g. "grads".
        shapes: key to shape in words.
        mistakes: as in `compare`, each by some of the keys.
    """
    keys = ", ".join(map(repr, want))
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, Mapping):
        what = f"{len(got)} things" if isinstance(got, tuple) else _kind(got)
        return Verdict(False, f"The function returns {what}. Return {name}, a dictionary with the keys {keys}.")
    if missing := [key for key in want if key not in got]:
        return Verdict(False, f"{name} lacks {', '.join(map(repr, missing))}. Its keys are {keys}.")
    labels = {key: f"{name}[{key!r}]" for key in want}
    return _compare_parts({key: got[key] for key in want}, want, labels, shapes, mistakes)


def _compare_parts(
    got: Mapping[str, Any],
    want: Mapping[str, np.ndarray],
    labels: Mapping[str, str],
    shapes: Mapping[str, str],
    mistakes: Sequence[PartsMistake],
) -> Verdict:
    arrays = {}
    for key, value in got.items():
        try:
            if value is None:
                raise TypeError("nothing was computed")
            arrays[key] = np.asarray(value, dtype=float)
        except Exception:  # whatever a learner's object does when asked for numbers
            return Verdict(False, f"{labels[key]} is {_kind(value)}, not numbers. Its shape is {shapes[key]}.")
    for wrong, hint in mistakes:
        if all(_close(arrays[key], np.asarray(value)) for key, value in wrong.items()) and not all(
            _close(np.asarray(value), np.asarray(want[key])) for key, value in wrong.items()
        ):
            return Verdict(False, hint)
    for key, right in want.items():
        verdict = compare(arrays[key], right, name=labels[key], shape=shapes[key])
        if not verdict.right:
            return verdict
    return Verdict(True)


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
            False, f"The function returns {_kind(got)}, not numbers. Return the array {name}, shape {shape}."
        )


def _kind(value: Any) -> str:
    """The name of a value's type, also of one that stayed in the learner's process."""
    return value.type_name if isinstance(value, Unknown) else type(value).__name__


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=RTOL, atol=ATOL)

"""What every lab's tests do with answers given as text: run the checks on them, collect the hints, make a variant."""

from collections.abc import Callable
from functools import partial

import numpy as np


def judge(lab, exercise, code, **kwargs):
    """The results of one exercise's checks on the functions that `code` defines."""
    answers = {"np": np}
    exec(code, answers)
    return lab.judge(exercise, answers, **kwargs)


def hints(results):
    """The hints of the checks that were not right."""
    return [result.verdict.hint for result in results if not result.verdict.right]


def changer(right: str) -> Callable[[str, str], str]:
    """A function that replaces one place, and only one, in the right answers."""
    return partial(_changed, right)


def _changed(right, old, new):
    assert right.count(old) == 1, right.count(old)
    return right.replace(old, new)

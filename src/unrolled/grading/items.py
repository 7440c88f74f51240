"""What a class's results say about the exercises and checks themselves."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from unrolled.grading.result import STATUSES, ExerciseResult, Grade

ENOUGH = 10  # learners; with fewer a correlation is mostly chance


@dataclass
class CheckItem:
    """One check over the class.

    Attributes:
        right, wrong: learners; those whose check was never made are the class's rest.
        hints: how often each mistake was named, with one learner's wording; numbers aside, the same hint is one.
    """

    exercise: int
    name: str
    hidden: bool
    learners: int
    right: int = 0
    wrong: int = 0
    hints: list[tuple[str, int]] = field(default_factory=list)

    @property
    def not_made(self) -> int:
        """Learners without a verdict: no answer, or one that never came to an end."""
        return self.learners - self.right - self.wrong


@dataclass
class ExerciseItem:
    """One exercise over the class.

    Attributes:
        possible: its points.
        mean: the class's mean share of them, 0 to 1; an answer that is not there earns 0.
        discrimination: the correlation between its points and those of all other exercises together; None with fewer
            than `ENOUGH` learners, with one exercise, or where either does not vary.
        statuses: learners by status, in the order of STATUSES; those that occur.
    """

    exercise: int
    title: str
    possible: float
    mean: float
    discrimination: float | None
    statuses: dict[str, int]


def check_items(grades: Sequence[Grade]) -> list[CheckItem]:
    """Count verdicts and hints of every check, in the order of the lab."""
    items: dict[tuple[int, str, bool], CheckItem] = {}
    hints: dict[tuple[int, str, bool], list[str]] = {}
    for exercise in _all_exercises(grades):
        for check in exercise.checks:
            key = (exercise.exercise, check.name, check.hidden)
            item = items.setdefault(key, CheckItem(*key, learners=len(grades)))
            if check.right:
                item.right += 1
            else:
                item.wrong += 1
                hints.setdefault(key, []).append(check.hint)
    for key, said in hints.items():
        items[key].hints = count_hints(said)
    return sorted(items.values(), key=lambda item: item.exercise)


def count_hints(hints: Sequence[str]) -> list[tuple[str, int]]:
    """Count mistakes, most often named first. Hints whose first lines differ in numbers alone are one mistake."""
    kinds: dict[str, Counter[str]] = {}
    for hint in hints:
        first = hint.split("\n", 1)[0].strip()
        if first:
            kinds.setdefault(re.sub(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?", "#", first), Counter())[first] += 1
    counted = [(wordings.most_common(1)[0][0], wordings.total()) for wordings in kinds.values()]
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def exercise_items(grades: Sequence[Grade]) -> list[ExerciseItem]:
    """Sum up every exercise, in the order of the lab."""
    known: dict[int, ExerciseResult] = {}
    for exercise in _all_exercises(grades):
        known.setdefault(exercise.exercise, exercise)
    totals = np.array([grade.points for grade in grades])
    items = []
    for number in sorted(known):
        one = known[number]
        mine = [next((e for e in grade.exercises if e.exercise == number), None) for grade in grades]
        points = np.array([result.points if result else 0.0 for result in mine])
        found = Counter(result.status for result in mine if result)
        items.append(
            ExerciseItem(
                number,
                one.title,
                one.possible,
                mean=float(points.mean() / one.possible) if one.possible else 0.0,
                discrimination=_correlation(points, totals - points),
                statuses={status: found[status] for status in STATUSES if found[status]},
            )
        )
    return items


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Pearson's correlation, or None where it says nothing."""
    # Sums of points carry rounding errors, which are no variation.
    if len(one) < ENOUGH or np.ptp(one) < 1e-9 or np.ptp(other) < 1e-9:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _all_exercises(grades: Sequence[Grade]) -> list[ExerciseResult]:
    return [exercise for grade in grades for exercise in grade.exercises]

"""How a check is written, run beside the learner's code, and reported.

A check is a generator. It yields `Call`s, plain data that name one of the learner's functions and its arguments; it
is sent what the calls returned, and finally yields a `Verdict`. What is expected is computed inside the generator and
nowhere else, so the calls can be made in the learner's own notebook or in another process that knows no answer:

    @lab.check(1, "the input term x W", points=0.5)
    def input_term(rng):
        x, h, params = example(rng)
        got = yield Call("rnn_step", x, h, params | {"U": zeros, "b": zeros})
        yield compare(got, np.tanh(x @ params["W"]), mistakes=[...])
"""

import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from IPython.display import display

from unrolled.room.ask import Call, Failed, call

VERDICT_MIME = "application/vnd.unrolled.verdict+json"
VISIBLE_SEED = 2012


@dataclass(frozen=True)
class Verdict:
    """Right, or wrong with the likely mistake."""

    right: bool
    hint: str = ""


@dataclass(frozen=True)
class Result:
    """The verdict on one check."""

    name: str
    points: float
    hidden: bool
    verdict: Verdict


@dataclass(frozen=True)
class _Check:
    exercise: int
    name: str
    points: float
    hidden: bool
    run: Callable[[np.random.Generator], Generator[Any, Any, None]]


class Lab:
    """The checks of one lab.

    Args:
        number: "02".
        titles: exercise number to the name of the function it asks for.
    """

    def __init__(self, number: str, titles: Mapping[int, str]) -> None:
        self.number, self.titles = number, dict(titles)
        self._checks: list[_Check] = []
        self._passed: dict[int, bool] = {}

    def check(self, exercise: int, name: str, *, points: float, hidden: bool = False) -> Callable:
        """Register a check; see the module's docstring for its form."""

        def register(run: Callable) -> Callable:
            self._checks.append(_Check(exercise, name, points, hidden, run))
            return run

        return register

    def points(self, exercise: int) -> float:
        """All points of one exercise, visible and hidden."""
        return sum(check.points for check in self._checks if check.exercise == exercise)

    def judge(
        self, exercise: int, answers: Mapping[str, Any], *, hidden: bool | None = None, seed: int = VISIBLE_SEED
    ) -> list[Result]:
        """Run the checks of one exercise on the functions in `answers`, in this process.

        Args:
            exercise: its number.
            answers: name to function, usually a notebook's globals.
            hidden: True or False for the hidden or the visible checks alone, None for all.
            seed: decides the random inputs.
        """
        return self.examine(exercise, lambda request: call(request, answers), hidden=hidden, seed=seed)

    def examine(
        self, exercise: int, ask: Callable[[Call], Any], *, hidden: bool | None = None, seed: int = VISIBLE_SEED
    ) -> list[Result]:
        """Run the checks of one exercise on functions that live anywhere.

        Args:
            exercise: its number.
            ask: makes a call and returns what the function returned, or `Failed`.
            hidden: True or False for the hidden or the visible checks alone, None for all.
            seed: decides the random inputs.
        """
        chosen = [c for c in self._checks if c.exercise == exercise and hidden in (None, c.hidden)]
        if not chosen:
            raise ValueError(
                f"Lab {self.number} has no such checks for exercise {exercise}; it has {list(self.titles)}."
            )
        return [
            Result(check.name, check.points, check.hidden, _converse(check, ask, np.random.default_rng([seed, place])))
            for place, check in enumerate(chosen)
        ]

    def notebook_check(self, exercise: int, *, hidden: bool = False, seed: int | None = None) -> None:
        """Check the caller's own functions and print the verdicts; this is what a lab calls `check`.

        Args:
            exercise: its number.
            hidden: run the hidden checks, which name the check and the mistake but are not part of the learner's copy.
            seed: decides the random inputs; the visible checks have a fixed one.
        """
        answers = sys._getframe(1).f_globals
        failed_before = hidden and self._passed.get(exercise) is False  # in the visible checks
        self._passed[exercise] = False  # stays so if the learner's code never comes back
        results = self.judge(exercise, answers, hidden=hidden, seed=VISIBLE_SEED if seed is None else seed)
        self._passed[exercise] = not failed_before and all(result.verdict.right for result in results)
        record = {
            "lab": self.number,
            "exercise": exercise,
            "hidden": hidden,
            "checks": [
                {"name": r.name, "points": r.points, "right": r.verdict.right, "hint": r.verdict.hint} for r in results
            ],
        }
        display({"text/plain": self.report(exercise, results, hidden), VERDICT_MIME: record}, raw=True)

    def report(self, exercise: int, results: list[Result], hidden: bool) -> str:
        """The verdicts as text."""
        earned = sum(r.points for r in results if r.verdict.right)
        possible = sum(r.points for r in results)
        kind = "hidden checks" if hidden else "visible checks"
        lines = [f"Exercise {exercise} · {self.titles[exercise]} · {kind}: {earned:g} of {possible:g} points"]
        for r in results:
            lines.append(f"  {'right' if r.verdict.right else 'WRONG'}  {r.name}")
            if not r.verdict.right:
                lines += [f"         {line}" for line in r.verdict.hint.split("\n")]
        first = next((n for n in self.titles if n < exercise and self._passed.get(n) is False), None)
        if earned < possible and first:
            lines.append(
                f"  Exercise {first} has not passed. If this answer uses {self.titles[first]}, mend that first."
            )
        return "\n".join(lines)


def _converse(check: _Check, ask: Callable[[Call], Any], rng: np.random.Generator) -> Verdict:
    """Carry calls to the learner's functions and results back, until the check gives its verdict."""
    conversation = check.run(rng)
    request = next(conversation)
    while isinstance(request, Call):
        outcome = ask(request)
        if isinstance(outcome, Failed):
            return Verdict(False, outcome.hint)
        asked = request.function
        try:
            request = conversation.send(outcome)
        except Exception as error:  # a check that did not expect such a thing must not end the grading
            return Verdict(False, f"{asked} returns what this check cannot read ({type(error).__name__}: {error}).")
    return request

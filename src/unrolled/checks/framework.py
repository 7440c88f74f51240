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

import contextlib
import copy
import inspect
import io
import sys
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from IPython.display import display

VERDICT_MIME = "application/vnd.unrolled.verdict+json"
VISIBLE_SEED = 2012
PRINTED = 1000  # characters of what an answer prints that are shown


@dataclass(frozen=True)
class Verdict:
    """Right, or wrong with the likely mistake."""

    right: bool
    hint: str = ""


class Call:
    """One call of a learner's function: its name and its arguments."""

    def __init__(self, function: str, *args: Any, **kwargs: Any) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs


@dataclass(frozen=True)
class Failed:
    """A call that returned nothing to compare; `hint` tells the learner why."""

    hint: str


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
        """Run the checks of one exercise on the functions in `answers`.

        Args:
            exercise: its number.
            answers: name to function, usually a notebook's globals.
            hidden: True or False for the hidden or the visible checks alone, None for all.
            seed: decides the random inputs.
        """
        chosen = [c for c in self._checks if c.exercise == exercise and hidden in (None, c.hidden)]
        if not chosen:
            raise ValueError(
                f"Lab {self.number} has no such checks for exercise {exercise}; it has {list(self.titles)}."
            )
        return [
            Result(
                check.name, check.points, check.hidden, _converse(check, answers, np.random.default_rng([seed, place]))
            )
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

    def passed(self, exercise: int) -> bool:
        """Whether all checks of an exercise that ran in this process were right."""
        return self._passed.get(exercise, False)

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


def _converse(check: _Check, answers: Mapping[str, Any], rng: np.random.Generator) -> Verdict:
    """Carry calls to the learner's functions and results back, until the check gives its verdict."""
    conversation = check.run(rng)
    request = next(conversation)
    while isinstance(request, Call):
        outcome = call(request, answers)
        if isinstance(outcome, Failed):
            return Verdict(False, outcome.hint)
        request = conversation.send(outcome)
    return request


def call(request: Call, answers: Mapping[str, Any]) -> Any:
    """Call a learner's function on copies of the arguments; an exception becomes a hint, never a traceback of ours."""
    function = answers.get(request.function)
    if not callable(function):
        return Failed(f"{request.function} is not defined. Run the cell above that defines it, then this one again.")
    args, kwargs = copy.deepcopy((request.args, request.kwargs))
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            outcome = function(*args, **kwargs)
    except (Exception, SystemExit) as error:
        return Failed(_explain(request, function, error))
    finally:
        _show(printed.getvalue())
    if _differ((args, kwargs), (request.args, request.kwargs)):
        return Failed(
            f"{request.function} changed its input in place. Compute new arrays; leave the arguments as they came."
        )
    return outcome


def _show(printed: str) -> None:
    """Pass on what the learner's code printed, but not thousands of lines of it."""
    if len(printed) > PRINTED:
        printed = f"{printed[:PRINTED]}\n... ({len(printed)} characters printed; the first {PRINTED} are shown)\n"
    if printed:
        print(printed, end="")


def _explain(request: Call, function: Callable, error: BaseException) -> str:
    """Say what broke, at which line of the learner's function, and what the function was given."""
    name = request.function
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, NotImplementedError):
        culprit = frames[-1].name
        if culprit == name:
            return f"{name} is still to be written: replace the line that raises NotImplementedError."
        return f"{name} calls {culprit}, which is still to be written."
    if isinstance(error, SystemExit):
        return f"{name} ends Python: take exit() or sys.exit() out."
    file = inspect.getfile(function) if inspect.isfunction(function) else None
    mine = [frame for frame in frames if frame.filename == file]
    where = f"\nat line: {mine[-1].line}" if mine and mine[-1].line else ""
    if isinstance(error, NameError):
        where += "\nOnly the answer's own cell is graded: what it uses must be defined or imported there."
    return f"{name} stopped with {type(error).__name__}: {error}{where}\n{name} was given {_describe(request)}."


def _describe(request: Call) -> str:
    """Arguments in words: arrays by their shape, dictionaries by their keys."""

    def word(value: Any) -> str:
        if isinstance(value, np.ndarray):
            return f"an array {value.shape}"
        if isinstance(value, Mapping):
            return "a dictionary " + ", ".join(f"{key} {item.shape}" for key, item in value.items())
        return repr(value)

    return "; ".join([word(value) for value in request.args] + [f"{k}={word(v)}" for k, v in request.kwargs.items()])


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return (
            not isinstance(other, Mapping) or one.keys() != other.keys() or any(_differ(one[k], other[k]) for k in one)
        )
    if isinstance(one, list | tuple):
        return len(one) != len(other) or any(_differ(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, np.ndarray):
        return not np.array_equal(one, other, equal_nan=True)
    return one is not other and one != other

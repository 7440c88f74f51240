"""Call a learner's function and say what came of it: the half of a check that runs beside the learner's code."""

import contextlib
import copy
import inspect
import io
import json
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.room.wire import WireError, pack, unpack

PRINTED = 1000  # characters of what an answer prints that are shown
SPOKEN = 600  # characters of an exception's message that a hint repeats


class Call:
    """One call of a learner's function: its name and its arguments."""

    def __init__(self, function: str, *args: Any, **kwargs: Any) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs


@dataclass(frozen=True)
class Failed:
    """A call that returned nothing to compare.

    Attributes:
        hint: tells the learner why.
        error: the exception's name, if there was one.
    """

    hint: str
    error: str = ""


def reply(request: str, answers: Mapping[str, Any]) -> dict:
    """Make a call that another process asks for, and return what came of it as plain data.

    Args:
        request: what `to_request` made.
        answers: name to function, the notebook's globals.
    """
    function, args, kwargs = unpack(json.loads(request))
    outcome = call(Call(function, *args, **kwargs), answers)
    try:
        return _plain(outcome)
    except WireError as error:
        return _plain(Failed(f"{function} returns something that cannot be compared: {error}."))


def to_request(request: Call) -> str:
    """Return a call as text that `reply` reads."""
    return json.dumps(pack((request.function, request.args, request.kwargs)))


def from_reply(plain: Any) -> Any:
    """Return the value, or the `Failed`, that `reply` made plain data of.

    Raises:
        WireError: this is nothing that `reply` returns.
    """
    match plain:
        case {"failed": str(hint), "error": str(error)}:
            return Failed(hint, error)
        case {"value": value}:
            return unpack(value)
    raise WireError("neither a value nor a failure")


def _plain(outcome: Any) -> dict:
    if isinstance(outcome, Failed):
        return {"failed": outcome.hint, "error": outcome.error}
    return {"value": pack(outcome)}


def call(request: Call, answers: Mapping[str, Any]) -> Any:
    """Call a learner's function on copies of the arguments; an exception becomes a hint, never a traceback of ours."""
    function = answers.get(request.function)
    if not callable(function):
        return Failed(f"{request.function} is not defined. Run the cell above that defines it, then this one again.")
    args, kwargs = copy.deepcopy((request.args, request.kwargs))
    printed = _Printed()
    try:
        with contextlib.redirect_stdout(printed):
            outcome = function(*args, **kwargs)
    except (Exception, SystemExit) as error:
        return Failed(_explain(request, function, error), type(error).__name__)
    finally:
        printed.show()
    if _differ((args, kwargs), (request.args, request.kwargs)):
        return Failed(
            f"{request.function} changed its input in place. Compute new arrays; leave the arguments as they came."
        )
    return outcome


class _Printed(io.TextIOBase):
    """Keeps the beginning of what the learner's code prints, and counts the rest."""

    def __init__(self) -> None:
        self.kept, self.length = "", 0

    def write(self, text: str) -> int:
        self.length += len(text)
        if len(self.kept) < PRINTED:
            self.kept += text[: PRINTED - len(self.kept)]
        return len(text)

    def show(self) -> None:
        if self.length > PRINTED:
            print(f"{self.kept}\n... ({self.length} characters printed; the first {PRINTED} are shown)")
        elif self.kept:
            print(self.kept, end="")


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
    return f"{name} stopped with {type(error).__name__}: {_brief(str(error))}{where}\n{name} was given {_describe(request)}."


def _brief(message: str) -> str:
    """An exception's message without colours and without the library's own lines; of a long one, both ends."""
    message = re.sub(r"\x1b\[[\d;]*m|\n\s*File \"[^\n]*", "", message)
    return message if len(message) <= SPOKEN else f"{message[: SPOKEN // 2]} ... {message[-SPOKEN // 2 :]}"


def _describe(request: Call) -> str:
    """Arguments in words: arrays by their shape, dictionaries by their keys, long lists by their first element."""

    def word(value: Any) -> str:
        if isinstance(value, np.ndarray):
            return f"an array {value.shape}"
        if isinstance(value, Mapping):
            return "a dictionary " + ", ".join(f"{key} {getattr(item, 'shape', item)}" for key, item in value.items())
        if isinstance(value, list | tuple) and len(repr(value)) > SPOKEN:
            return f"a {type(value).__name__} of {len(value)}, the first {word(value[0])}"
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

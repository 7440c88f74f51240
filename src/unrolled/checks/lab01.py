"""Checks of lab 01: windows, a split in time, an error with a scale, a forecast scored with all three."""

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from unrolled.checks.compare import PartsMistake, as_array, compare, compare_tuple
from unrolled.checks.framework import Call, Lab, Verdict
from unrolled.data import load

LAB = Lab("01", {1: "make_windows", 2: "chrono_split", 3: "mase", 4: "score"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Fractions = tuple[float, float, float]


def windows(x: np.ndarray, length: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """The right make_windows: X (N, length, D) and Y (N, D)."""
    N = len(x) - length - horizon + 1
    return np.stack([x[i : i + length] for i in range(N)]), x[length + horizon - 1 :]


def split(T: int, fractions: Fractions, gap: int) -> tuple[slice, slice, slice]:
    """The right chrono_split."""
    first, second = round(T * fractions[0]), round(T * (fractions[0] + fractions[1]))
    return slice(0, first), slice(first + gap, second), slice(second + gap, T)


def scaled(y: np.ndarray, y_hat: np.ndarray, train: np.ndarray, lag: int = 1) -> float:
    """The right mase."""
    return float((np.abs(y - y_hat).mean(axis=0) / np.abs(train[lag:] - train[:-lag]).mean(axis=0)).mean())


def series(rng: np.random.Generator, T: int, D: int) -> np.ndarray:
    """(T, D): features that swing, drift and jump, each in another unit."""
    steps = np.arange(T)[:, None]
    wave = np.sin(2 * np.pi * (steps / rng.uniform(9, 30, D) + rng.uniform(0, 1, D)))
    x = np.zeros((T, D))
    for t in range(1, T):
        x[t] = 0.7 * x[t - 1] + rng.normal(0, 0.5, D)
    return (wave + x) * 10.0 ** np.arange(D) + rng.normal(0, 5, D)


# Exercise 1: make_windows(x, length, horizon) -> X (N, length, D), Y (N, D)

_WINDOWS = {"X": "(N, length, D)", "Y": "(N, D)"}


def _compare_windows(got: Any, x: np.ndarray, length: int, horizon: int) -> Verdict:
    X, Y = windows(x, length, horizon)
    return compare_tuple(got, {"X": X, "Y": Y}, shapes=_WINDOWS, mistakes=_window_mistakes(x, length, horizon, X, Y))


def _window_mistakes(x: np.ndarray, length: int, horizon: int, X: np.ndarray, Y: np.ndarray) -> list[PartsMistake]:
    N = len(X)
    mistakes: list[PartsMistake] = [
        ({"X": X.swapaxes(1, 2)}, "X is (N, D, length): sliding_window_view puts the window last. Time comes second: swap the two axes."),
        ({"X": X.reshape(N, -1)}, "Each window is flattened to one row. Keep (N, length, D); the model flattens it itself."),
        ({"X": X[..., 0]}, "X has lost its feature axis. Slice steps only, x[i : i + length], and keep all features."),
        ({"X": X[:, ::-1]}, "Time runs backwards inside a window: its first row must be the oldest step."),
        ({"X": X[:-1], "Y": Y[:-1]}, "The last window is missing: i runs to T - length - horizon, and that one counts too."),
        ({"X": X[:-1]}, "The last window is missing from X: i runs to T - length - horizon, and that one counts too."),
        ({"Y": Y[:-1]}, "The last target is missing from Y: the last step of the series is the last target."),
        ({"Y": Y[:, None]}, "Y is (N, 1, D). A target is one step: index it, x[i], and do not slice it, x[i : i + 1]."),
        ({"Y": Y[:, 0]}, "Y has lost its feature axis. Keep all D features of the target step."),
        ({"X": X, "Y": X[:, -1]}, "The target is the last input: horizon 1 is the step after the window. A model would find the answer in its input."),
        ({"X": X[::length], "Y": Y[::length]}, "The windows do not overlap: the next window begins one step later, not length steps later."),
        ({"X": X[::length]}, "The windows do not overlap: the next window begins one step later, not length steps later."),
    ]  # fmt: skip
    if horizon > 1:
        next_step, early = x[length : length + N], x[length + horizon - 2 : -1]
        ahead = np.stack([x[i + length : i + length + horizon] for i in range(N)])
        mistakes += [
            ({"Y": next_step}, "The horizon is ignored: every target is the step right after its window."),
            ({"Y": x[length:]}, "The horizon is ignored: every target is the step right after its window."),
            ({"Y": early}, "The target is one step early: it lies horizon steps after the last input, i + length - 1 + horizon."),
            ({"Y": ahead}, "Y holds all steps up to the horizon. The target is the last of them alone."),
            ({"Y": ahead.mean(axis=1)}, "Y is the mean of the steps up to the horizon. The target is the last of them alone."),
        ]  # fmt: skip
    late, every = x[length + horizon :], np.stack([x[i : i + length] for i in range(len(x) - length + 1)])
    first: list[PartsMistake] = [({"X": X[:-1], "Y": late}, _LATE), ({"X": every}, _EVERY), ({"X": every.swapaxes(1, 2)}, _EVERY)]  # fmt: skip
    if len(late):
        first.append(({"X": X, "Y": late}, _LATE))
    return [*first, *mistakes]


_LATE = "The target is one step late: horizon counts from the window's last step, i + length - 1, not from the step after it."
_EVERY = "X holds windows whose target would lie behind the end of the series. Keep the first T - length - horizon + 1."


@LAB.check(1, "steps 0 to 7, length 3, horizon 1", points=0.5)
def arange_windows(rng: np.random.Generator) -> Conversation:
    x = np.arange(8.0)[:, None]
    got = yield Call("make_windows", x, 3, 1)
    yield _compare_windows(got, x, 3, 1)


@LAB.check(1, "a target 4 steps after the window", points=0.5)
def far_target(rng: np.random.Generator) -> Conversation:
    x = np.arange(20.0)[:, None]
    got = yield Call("make_windows", x, 5, 4)
    yield _compare_windows(got, x, 5, 4)


@LAB.check(1, "three features stay side by side", points=1)
def several_features(rng: np.random.Generator) -> Conversation:
    x = np.arange(15.0)[:, None] + np.array([0.0, 100.0, 200.0])
    got = yield Call("make_windows", x, 4, 2)
    yield _compare_windows(got, x, 4, 2)


@LAB.check(1, "windows of one step, and a series that holds one window", points=1, hidden=True)
def window_odd_sizes(rng: np.random.Generator) -> Conversation:
    for T, D, length, horizon in ((9, 2, 1, 1), (12, 3, 7, 5), (30, 4, 6, 9), (11, 1, 3, 1)):
        x = rng.normal(0, 1, (T, D))
        got = yield Call("make_windows", x, length, horizon)
        verdict = _compare_windows(got, x, length, horizon)
        if not verdict.right:
            break
    yield verdict


# Exercise 2: chrono_split(T, fractions, gap) -> three slices

_PARTS = ("train", "validation", "test")


def _positions(part: Any, T: int, name: str) -> np.ndarray | Verdict:
    """The steps a part holds, from a slice, a range, a list of steps or a mask."""
    if isinstance(part, tuple) and len(part) == 2:
        return Verdict(False, f"{name} is a pair of borders. Make it a slice: slice(start, stop).")
    try:
        if isinstance(part, slice):
            return np.arange(T)[part]
        steps = np.asarray(part)
        if steps.dtype == bool and steps.shape == (T,):
            return np.flatnonzero(steps)
        if steps.ndim == 1 and (steps == steps.astype(int)).all():
            return steps.astype(int)
    except Exception:  # whatever a learner's object does
        pass
    return Verdict(
        False, f"{name} is {type(part).__name__}, not a slice of the T steps: slice(start, stop) with whole numbers."
    )


def _compare_split(got: Any, T: int, fractions: Fractions, gap: int) -> Verdict:
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, tuple | list) or len(got) != 3:
        what = f"{len(got)} things" if isinstance(got, tuple | list) else f"one {type(got).__name__}"
        return Verdict(False, f"The function returns {what}. Return three slices: train, validation, test.")
    parts = [_positions(part, T, name) for part, name in zip(got, _PARTS, strict=True)]
    for part in parts:
        if isinstance(part, Verdict):
            return part
    want = [np.arange(T)[part] for part in split(T, fractions, gap)]
    if _same(parts, want):
        return Verdict(True)
    for wrong, hint in _split_mistakes(T, fractions, gap):
        wrong_parts = [np.arange(T)[part] for part in wrong]
        if _same(parts, wrong_parts):
            return Verdict(False, hint)
    if any(len(part) > 1 and (np.diff(part) != 1).any() for part in parts):
        return Verdict(
            False,
            "A part is not one stretch of time. Nothing is shuffled here: the oldest steps train, the newest test.",
        )
    if len(np.unique(np.concatenate(parts))) < sum(map(len, parts)):
        return Verdict(False, "Two parts share a step. The later part begins gap steps after the earlier one stops.")
    wrong = next(i for i in range(3) if not np.array_equal(parts[i], want[i]))
    return Verdict(False, f"{_PARTS[wrong]} is {_span(parts[wrong])}; of {T} steps with gap {gap} it is {_span(want[wrong])}.")  # fmt: skip


def _same(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def _span(steps: np.ndarray) -> str:
    return f"steps {steps[0]} to {steps[-1]}" if len(steps) else "empty"


def _split_mistakes(T: int, fractions: Fractions, gap: int) -> list[tuple[tuple[slice, slice, slice], str]]:
    one, two, three = fractions
    first, second = round(T * one), round(T * (one + two))
    cut_first, cut_second = int(T * one), int(T * (one + two))
    sizes = int(T * one), int(T * two)
    rounded = first + round(T * two)
    apart = "Each share is rounded by itself, and two roundings may add up to a step. Round each border: T (f1 + f2)."
    cut = (
        "A border is cut down, not rounded: int(7.9999) is 7, and 0.7 + 0.1 is 0.7999... in floating point. Use round."
    )
    return [
        ((slice(0, first), slice(first + gap, rounded), slice(rounded + gap, T)), apart),
        ((slice(0, first), slice(first + gap, rounded), slice(rounded + gap, rounded + round(T * three))), apart),
        ((slice(0, cut_first), slice(cut_first + gap, cut_second), slice(cut_second + gap, T)), cut),
        ((slice(0, sizes[0]), slice(sizes[0] + gap, sum(sizes)), slice(sum(sizes) + gap, T)), cut),
        ((slice(0, first), slice(first, second), slice(second, T)), "The gap is ignored: leave gap steps out between two parts."),
        ((slice(0, first), slice(first + gap, second), slice(second, T)), "The test part has no gap before it: there are two borders, and both need one."),
        ((slice(0, first), slice(first, second), slice(second + gap, T)), "The validation part has no gap before it: there are two borders, and both need one."),
        ((slice(0, max(first - gap, 0)), slice(first, max(second - gap, first)), slice(second, T)),
         "The gap is cut off the end of the earlier part. Take it from the beginning of the later one: training keeps all its steps."),
        ((slice(0, max(first - gap, 0)), slice(first + gap, max(second - gap, first + gap)), slice(second + gap, T)),
         "The gap is taken twice at each border, before and after it. Take it from the later part alone."),
        ((slice(0, first), slice(first + gap, second + gap), slice(second + 2 * gap, T)),
         "The validation part is moved by the gap. It is shortened: it stops at b2 as it would without a gap."),
        ((slice(0, first), slice(first + gap + 1, second), slice(second + gap + 1, T)),
         "One step too many is left out: the stop of a slice is not part of it, so the next part begins at border + gap."),
        ((slice(0, first - 1), slice(first + gap, second - 1), slice(second + gap, T - 1)),
         "The last step of each part is missing: the stop of a slice is not part of it. Stop at the border itself."),
        ((slice(0, first), slice(first + gap, round(T * two)), slice(round(T * two) + gap, T)),
         "The second border is T f2. A border adds up all shares before it: T (f1 + f2)."),
        ((slice(T - first, T), slice(T - second, T - first - gap), slice(0, T - second - gap)),
         "The order is reversed: the oldest steps train, the newest test."),
    ]  # fmt: skip


@LAB.check(2, "100 steps, shares .6 .2 .2, no gap", points=0.5)
def plain_split(rng: np.random.Generator) -> Conversation:
    got = yield Call("chrono_split", 100, (0.6, 0.2, 0.2), 0)
    yield _compare_split(got, 100, (0.6, 0.2, 0.2), 0)


@LAB.check(2, "a gap of 5 at both borders", points=0.5)
def split_with_gap(rng: np.random.Generator) -> Conversation:
    got = yield Call("chrono_split", 100, (0.6, 0.2, 0.2), 5)
    yield _compare_split(got, 100, (0.6, 0.2, 0.2), 5)


@LAB.check(2, "no day between a forecast and its target belongs to two parts", points=1)
def no_shared_targets(rng: np.random.Generator) -> Conversation:
    length, horizon, fractions = 10, 7, (0.5, 0.25, 0.25)
    N = 200 - length - horizon + 1
    got = yield Call("chrono_split", N, fractions, horizon - 1)
    verdict = _compare_split(got, N, fractions, horizon - 1)
    if not verdict.right and isinstance(got, tuple | list) and len(got) == 3:
        parts = [_positions(part, N, "") for part in got]
        if not any(isinstance(part, Verdict) for part in parts):
            days = [{int(i) + length - 1 + k for i in part for k in range(1, horizon + 1)} for part in parts]
            shared = next(((a, b) for a, b in ((0, 1), (1, 2), (0, 2)) if days[a] & days[b]), None)
            if shared:
                a, b = (_PARTS[i] for i in shared)
                many = len(days[shared[0]] & days[shared[1]])
                verdict = Verdict(False, f"{verdict.hint}\nHere {many} days lie between a forecast and its target both in {a} and in {b}.")  # fmt: skip
    yield verdict


@LAB.check(2, "other sizes, and borders that floating point hits from below", points=1, hidden=True)
def split_odd_sizes(rng: np.random.Generator) -> Conversation:
    T = int(rng.integers(200, 400))
    cases = (
        (10, (0.7, 0.1, 0.2), 0), (40, (0.7, 0.1, 0.2), 2), (1001, (0.5, 0.3, 0.2), 13), (T, (0.4, 0.37, 0.23), 9),
    )  # fmt: skip
    for T, fractions, gap in cases:
        got = yield Call("chrono_split", T, fractions, gap)
        verdict = _compare_split(got, T, fractions, gap)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: mase(y, y_hat, train, lag=1) -> one number

_MASE = {"name": "the MASE", "shape": "one number"}


def _mase_mistakes(y: np.ndarray, y_hat: np.ndarray, train: np.ndarray, lag: int) -> list:
    error, step = np.abs(y - y_hat).mean(axis=0), np.abs(train[lag:] - train[:-lag])
    scale, right = step.mean(axis=0), scaled(y, y_hat, train, lag)
    rms = np.sqrt(((y - y_hat) ** 2).mean(axis=0)) / np.sqrt((step**2).mean(axis=0))
    deviation = train.std(axis=0)
    again, around = np.diff(train, n=lag, axis=0), train - np.roll(train, lag, axis=0)
    mistakes = [
        (error / scale, "There is one number for each feature. Return their mean."),
        (np.mean(np.abs(y - y_hat)), "The error is not scaled: divide it by that of persistence on train."),
        (np.mean(scale / error), "The fraction is upside down: the forecast's error stands above, the scale below."),
        (1 - right, "This is 1 minus the MASE, the skill. Return the ratio itself."),
        (rms.mean(), "The errors are squared: the MASE is made of absolute errors, without square and root."),
        (np.mean(np.abs((y - y_hat).mean(axis=0)) / scale), "Errors above and below cancel: take the absolute value before the mean."),
        (np.mean(error / np.abs((train[lag:] - train[:-lag]).mean(axis=0))), "In the scale, moves up and down cancel: take the absolute value before the mean."),
        (np.mean(error / (step.sum(axis=0) / len(train))), "The scale is divided by T. Only T - lag steps have one lag steps before them."),
        (np.mean(error / deviation), "The error is divided by the standard deviation of train. Divide by persistence's error on train."),
        (np.sum(error / scale), "The features are summed. Return their mean."),
        (np.mean(error / np.abs(again).mean(axis=0)), "np.diff with n=lag takes differences of differences. Subtract the values lag steps before: train[lag:] - train[:-lag]."),
        (np.mean(error / np.abs(around).mean(axis=0)), "np.roll goes round the end: the first steps are compared with the last. Leave out the first lag steps."),
    ]  # fmt: skip
    if y.shape[1] > 1:
        mistakes.append((error.mean() / scale.mean(), "Errors of all features are pooled before dividing, so the one with the largest unit decides. Divide feature by feature, then take the mean."))  # fmt: skip
    if lag > 1:
        mistakes.append((scaled(y, y_hat, train, 1), "The lag is ignored: the scale compares each step with the one lag steps before."))  # fmt: skip
    if len(y) > lag:
        move = np.abs(y[lag:] - y[:-lag]).mean(axis=0)
        mistakes.append((np.mean(error / move), "The scale comes from the targets y. It comes from train, which is known before the test."))  # fmt: skip
    return mistakes


def _compare_mase(got: Any, y: np.ndarray, y_hat: np.ndarray, train: np.ndarray, lag: int) -> Verdict:
    array = as_array(got, **_MASE)
    if isinstance(array, np.ndarray) and array.size == 1:
        got = array.reshape(())  # (1,) and (1, 1) are one number too
    return compare(
        got, np.asarray(scaled(y, y_hat, train, lag)), **_MASE, mistakes=_mase_mistakes(y, y_hat, train, lag)
    )


@LAB.check(3, "persistence on the training series scores 1, a quarter of its error 0.25", points=0.5)
def persistence_scores_one(rng: np.random.Generator) -> Conversation:
    for lag, share in ((1, 1.0), (3, 1.0), (3, 0.25)):  # the last, so that no constant earns the points
        train = series(rng, 60, 2)
        y = train[lag:]
        y_hat = y + share * (train[:-lag] - y)
        got = yield Call("mase", y, y_hat, train, lag)
        verdict = _compare_mase(got, y, y_hat, train, lag)
        if not verdict.right:
            break
    yield verdict


@LAB.check(3, "three features in three units, lag 4", points=0.5)
def several_units(rng: np.random.Generator) -> Conversation:
    x = series(rng, 90, 3)
    train, y = x[:60], x[60:]
    y_hat = y + rng.normal(0.3, 1, y.shape) * np.array([1, 5, 300])
    got = yield Call("mase", y, y_hat, train, 4)
    yield _compare_mase(got, y, y_hat, train, 4)


@LAB.check(3, "other sizes, and lag 1 when none is given", points=1, hidden=True)
def mase_odd_sizes(rng: np.random.Generator) -> Conversation:
    for N, D, lag in ((1, 1, None), (7, 2, None), (25, 4, 6), (40, 1, 11)):
        train = series(rng, 50, D)
        y = series(rng, N, D)
        y_hat = y + rng.normal(0.5, 1, y.shape) * 10.0 ** rng.integers(-1, 3, D)
        got = yield Call("mase", y, y_hat, train, *([] if lag is None else [lag]))
        verdict = _compare_mase(got, y, y_hat, train, lag or 1)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: score(x, length, horizon, fractions, part) -> (2,): persistence, linear model

_SCORE = {"name": "the score", "shape": "one number a forecast"}


def _predict(X: np.ndarray, Y: np.ndarray, new: np.ndarray) -> np.ndarray:
    rows = [np.column_stack([A.reshape(len(A), -1), np.ones(len(A))]) for A in (X, new)]
    return rows[1] @ np.linalg.lstsq(rows[0], Y, rcond=None)[0]


def scores(
    x: np.ndarray, length: int, horizon: int, fractions: Fractions, part: int, *,
    gap: int | None = None, fitted: str = "train", scale: str = "train", lag: int | None = None,
) -> np.ndarray:  # fmt: skip
    """The right score, and with other keywords the wrong ones that a check looks for."""
    X, Y = windows(x, length, horizon)
    parts = split(len(X), fractions, horizon - 1 if gap is None else gap)
    train, judged = parts[0], parts[part]
    used = {"train": train, "all": slice(None), "judged": judged, "before": slice(0, judged.start)}[fitted]
    seen = {
        "train": x[: train.stop + length + horizon - 1], "all": x, "windows": x[: train.stop],
        "inputs": x[: train.stop + length - 1], "judged": Y[judged], "targets": Y[train],
    }[scale]  # fmt: skip
    forecasts = X[judged][:, -1], _predict(X[used], Y[used], X[judged])
    return np.array([scaled(Y[judged], y_hat, seen, horizon if lag is None else lag) for y_hat in forecasts])


def _score_mistakes(x: np.ndarray, length: int, horizon: int, fractions: Fractions, part: int) -> list:
    args = (x, length, horizon, fractions, part)
    right = scores(*args)
    mistakes = [
        (right[::-1], "The two are in the wrong order: persistence first, then the linear model."),
        (right[1], "Only the linear model is scored. Return persistence beside it."),
        (right[0], "Only persistence is scored. Return the linear model's score after it."),
        (scores(*args, fitted="all"), "The model was fitted on all windows, the judged ones among them: a leak. Fit on the training part alone."),
        (scores(*args, fitted="judged"), "The model was fitted on the windows it is judged on: a leak. Fit on the training part alone."),
        (scores(*args, scale="all"), "The scale is that of the whole series, the judged part included. Use the training steps."),
        (scores(*args, scale="judged"), "The scale is that of the judged part. Use the training steps."),
        (scores(*args, scale="windows"), "The scale stops at x[: train.stop]. train counts windows, and the last one's target lies length + horizon - 1 steps later."),
        (scores(*args, scale="inputs"), "The scale stops at the last training input. The training steps go on to its target, horizon steps later."),
        (scores(*args, scale="targets"), "The scale is made of the training targets alone. The training steps begin with the series, x[0]."),
    ]  # fmt: skip
    if part == 2:
        mistakes.append((scores(*args, fitted="before"), "The model was fitted on the validation part too. Fit on the training part alone."))  # fmt: skip
    if horizon > 1:
        mistakes += [
            (scores(*args, gap=0), "The split has no gap. Leave horizon - 1 windows out between the parts."),
            (scores(*args, gap=horizon), "The gap is horizon windows. It is one less: horizon - 1."),
            (scores(*args, lag=1), "The lag is 1. Persistence looks horizon steps ahead here, so lag = horizon."),
            (
                scores(*args, gap=0, lag=1),
                "The split has no gap and the lag is 1: the gap is horizon - 1, the lag horizon.",
            ),
        ]
    mistakes += [
        (scores(*args[:4], other), f"Part {other} was judged where part {part} was asked for. Use the argument part.")
        for other in range(3)
        if other != part
    ]
    return mistakes


def _compare_score(got: Any, *args: Any) -> Verdict:
    if isinstance(got, tuple) and len(got) == 2:
        got = list(got)
    array = as_array(got, **_SCORE)
    if isinstance(array, np.ndarray) and array.shape in ((2, 1), (1, 2)):
        got = array.ravel()
    return compare(got, scores(*args), **_SCORE, mistakes=_score_mistakes(*args))


@LAB.check(4, "temperatures of Seattle, 4 days ahead, validation part", points=0.5)
def seattle(rng: np.random.Generator) -> Conversation:
    days = load("seattle_weather")
    start = int(rng.integers(0, 900))
    x = np.stack([days.temp_max, days.temp_min], axis=1)[start : start + 400]
    args = (x, 5, 4, (0.5, 0.25, 0.25), 1)
    got = yield Call("score", *args)
    yield _compare_score(got, *args)


@LAB.check(4, "another series, one step ahead, test part", points=0.5)
def simulated(rng: np.random.Generator) -> Conversation:
    args = (series(rng, 240, 2), 3, 1, (0.6, 0.2, 0.2), 2)
    got = yield Call("score", *args)
    yield _compare_score(got, *args)


@LAB.check(4, "other sizes, and all three parts", points=1, hidden=True)
def score_odd_sizes(rng: np.random.Generator) -> Conversation:
    for T, D, length, horizon, part in ((150, 1, 1, 1, 0), (200, 3, 4, 6, 1), (260, 2, 7, 3, 2)):
        args = (series(rng, T, D), length, horizon, (0.5, 0.2, 0.3), part)
        got = yield Call("score", *args)
        verdict = _compare_score(got, *args)
        if not verdict.right:
            break
    yield verdict

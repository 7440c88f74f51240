"""Lab 01: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab01

GIVEN = """
def columns(X):
    return np.column_stack([X.reshape(len(X), -1), np.ones(len(X))])
def fit(X, Y):
    return np.linalg.lstsq(columns(X), Y, rcond=None)[0]
def predict(X, weights):
    return columns(X) @ weights
"""
WINDOWS = """
def make_windows(x, length, horizon):
    N = len(x) - length - horizon + 1
    X = np.stack([x[i : i + length] for i in range(N)])
    Y = np.stack([x[i + length - 1 + horizon] for i in range(N)])
    return X, Y
"""
SPLIT = """
def chrono_split(T, fractions, gap):
    first = round(T * fractions[0])
    second = round(T * (fractions[0] + fractions[1]))
    return slice(0, first), slice(first + gap, second), slice(second + gap, T)
"""
MASE = """
def mase(y, y_hat, train, lag=1):
    error = np.abs(y - y_hat).mean(axis=0)
    scale = np.abs(train[lag:] - train[:-lag]).mean(axis=0)
    return (error / scale).mean()
"""
SCORE = """
def score(x, length, horizon, fractions, part):
    X, Y = make_windows(x, length, horizon)
    parts = chrono_split(len(X), fractions, horizon - 1)
    train, judged = parts[0], parts[part]
    weights = fit(X[train], Y[train])
    seen = x[: train.stop + length + horizon - 1]
    forecasts = X[judged][:, -1], predict(X[judged], weights)
    return np.array([mase(Y[judged], y_hat, seen, horizon) for y_hat in forecasts])
"""
RIGHT = GIVEN + WINDOWS + SPLIT + MASE + SCORE
# Wrong answers may divide by zero or average nothing.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EXERCISES = (1, 2, 3, 4)
judge = partial(lab_answers.judge, lab01.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab01.LAB.points(n) for n in EXERCISES] == [3, 3, 2, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "sliding_window_view": changed(
        WINDOWS,
        """
def make_windows(x, length, horizon):
    X = np.lib.stride_tricks.sliding_window_view(x, length, axis=0).swapaxes(1, 2)
    return X[: len(X) - horizon], x[length + horizon - 1 :]
""",
    ),
    "a list of two": changed("    return X, Y\n", "    return [X, Y]\n"),
    "index array": changed(
        WINDOWS,
        """
def make_windows(x, length, horizon):
    starts = np.arange(len(x) - length - horizon + 1)[:, None]
    return x[starts + np.arange(length)], x[starts[:, 0] + length + horizon - 1]
""",
    ),
    "float32": changed("    return (error / scale).mean()", "    return np.float32(np.float32(error / scale).mean())"),
    "one number in an array": changed("    return (error / scale).mean()", "    return np.array([(error / scale).mean()])"),
    "a loop over features": changed(
        MASE,
        """
def mase(y, y_hat, train, lag=1):
    total = 0
    for d in range(y.shape[1]):
        moves = [abs(train[t, d] - train[t - lag, d]) for t in range(lag, len(train))]
        total += np.mean(np.abs(y[:, d] - y_hat[:, d])) / np.mean(moves)
    return total / y.shape[1]
""",
    ),
    "borders by rounded sizes, negative stop": changed("slice(second + gap, T)", "slice(second + gap, None)"),
    "a tuple of two scores": changed("return np.array([mase(Y[judged], y_hat, seen, horizon) for y_hat in forecasts])", "return tuple(mase(Y[judged], y_hat, seen, horizon) for y_hat in forecasts)"),
    "normal equations": changed("    weights = fit(X[train], Y[train])\n", "    A = columns(X[train])\n    weights = np.linalg.solve(A.T @ A, A.T @ Y[train])\n"),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], []]


@pytest.mark.parametrize(
    "parts",
    ["tuple(range(T)[part] for part in parts)", "[np.arange(T)[part] for part in parts]", "[list(range(T))[part] for part in parts]",
     "[np.isin(np.arange(T), np.arange(T)[part]) for part in parts]"],
)  # fmt: skip
def test_a_split_may_be_ranges_arrays_lists_or_masks(parts):
    code = changed(
        "    return slice(0, first), slice(first + gap, second), slice(second + gap, T)",
        f"    parts = slice(0, first), slice(first + gap, second), slice(second + gap, T)\n    return {parts}",
    )
    assert hints(judge(2, code)) == []


RETURN_SPLIT = "return slice(0, first), slice(first + gap, second), slice(second + gap, T)"
FORECASTS = "return np.array([mase(Y[judged], y_hat, seen, horizon) for y_hat in forecasts])"
# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "last window lost": (1, "N = len(x) - length - horizon + 1", "N = len(x) - length - horizon", "last window is missing"),
    "target one late": (1, "    N = len(x) - length - horizon + 1\n    X = np.stack([x[i : i + length] for i in range(N)])\n    Y = np.stack([x[i + length - 1 + horizon]",
                        "    N = len(x) - length - horizon\n    X = np.stack([x[i : i + length] for i in range(N)])\n    Y = np.stack([x[i + length + horizon]", "one step late"),
    "target one late, all windows": (1, "    Y = np.stack([x[i + length - 1 + horizon] for i in range(N)])", "    Y = x[length + horizon :]", "one step late"),
    "windows without a target": (1, "x[i : i + length] for i in range(N)", "x[i : i + length] for i in range(len(x) - length + 1)", "behind the end"),
    "target is the last input": (1, "x[i + length - 1 + horizon]", "x[i + length - 1]", "last input"),
    "horizon ignored": (1, "x[i + length - 1 + horizon]", "x[i + length]", "horizon is ignored"),
    "target one early": (1, "x[i + length - 1 + horizon]", "x[i + length - 2 + horizon]", "one step early"),
    "all steps ahead": (1, "x[i + length - 1 + horizon]", "x[i + length : i + length + horizon]", "all steps up to the horizon"),
    "mean of the steps ahead": (1, "x[i + length - 1 + horizon]", "x[i + length : i + length + horizon].mean(axis=0)", "mean of the steps"),
    "target sliced": (1, "x[i + length - 1 + horizon]", "x[i + length - 1 + horizon : i + length + horizon]", "do not slice it"),
    "features first": (1, "x[i : i + length] for", "x[i : i + length].T for", "(N, D, length)"),
    "flat windows": (1, "x[i : i + length] for", "x[i : i + length].ravel() for", "flattened"),
    "first feature only": (1, "x[i : i + length] for", "x[i : i + length, 0] for", "lost its feature axis"),
    "windows backwards": (1, "x[i : i + length] for", "x[i : i + length][::-1] for", "backwards"),
    "no overlap": (1, "    return X, Y\n", "    return X[::length], Y[::length]\n", "do not overlap"),
    "only X": (1, "    return X, Y\n", "    return X\n", "Return 2 things: X, Y"),
    "gap ignored": (2, RETURN_SPLIT, "return slice(0, first), slice(first, second), slice(second, T)", "gap is ignored"),
    "one gap": (2, RETURN_SPLIT, "return slice(0, first), slice(first + gap, second), slice(second, T)", "test part has no gap"),
    "gap from the earlier part": (2, RETURN_SPLIT, "return slice(0, first - gap), slice(first, second - gap), slice(second, T)", "earlier part"),
    "gap twice": (2, RETURN_SPLIT, "return slice(0, first - gap), slice(first + gap, second - gap), slice(second + gap, T)", "taken twice"),
    "parts moved": (2, RETURN_SPLIT, "return slice(0, first), slice(first + gap, second + gap), slice(second + 2 * gap, T)", "moved by the gap"),
    "borders cut": (2, "round(T * (fractions[0] + fractions[1]))", "int(T * (fractions[0] + fractions[1]))", "cut down, not rounded"),
    "shares rounded one by one": (2, "round(T * (fractions[0] + fractions[1]))", "first + round(T * fractions[1])", "rounded by itself"),
    "second share as border": (2, "round(T * (fractions[0] + fractions[1]))", "round(T * fractions[1])", "adds up all shares"),
    "stop left out": (2, RETURN_SPLIT, "return slice(0, first - 1), slice(first + gap, second - 1), slice(second + gap, T - 1)", "last step of each part"),
    "start one too late": (2, RETURN_SPLIT, "return slice(0, first), slice(first + gap + 1, second), slice(second + gap + 1, T)", "One step too many"),
    "newest first": (2, RETURN_SPLIT, "return slice(T - first, T), slice(T - second, T - first - gap), slice(0, T - second - gap)", "order is reversed"),
    "shuffled": (2, RETURN_SPLIT, "p = np.random.default_rng(0).permutation(T)\n    return p[:first], p[first + gap:second], p[second + gap:]", "Nothing is shuffled"),
    "pairs": (2, RETURN_SPLIT, "return (0, first), (first + gap, second), (second + gap, T)", "pair of borders"),
    "overlapping parts": (2, RETURN_SPLIT, "return slice(0, first), slice(first - gap, second), slice(second - gap, T)", "Two parts share a step" ),
    "days shared": (2, RETURN_SPLIT, "return slice(0, first), slice(first + gap // 2, second), slice(second + gap // 2, T)", "days lie between a forecast and its target"),
    "scale of the test": (3, "np.abs(train[lag:] - train[:-lag]).mean(axis=0)", "np.abs(y[lag:] - y[:-lag]).mean(axis=0)", "comes from train"),
    "no scale": (3, "return (error / scale).mean()", "return error.mean()", "not scaled"),
    "upside down": (3, "return (error / scale).mean()", "return (scale / error).mean()", "upside down"),
    "skill": (3, "return (error / scale).mean()", "return 1 - (error / scale).mean()", "the skill"),
    "pooled": (3, "return (error / scale).mean()", "return error.mean() / scale.mean()", "pooled"),
    "a number for each feature": (3, "return (error / scale).mean()", "return error / scale", "Return their mean"),
    "features summed": (3, "return (error / scale).mean()", "return (error / scale).sum()", "summed"),
    "lag ignored": (3, "np.abs(train[lag:] - train[:-lag])", "np.abs(train[1:] - train[:-1])", "lag is ignored"),
    "squares": (3, "    error = np.abs(y - y_hat).mean(axis=0)\n    scale = np.abs(train[lag:] - train[:-lag]).mean(axis=0)",
                "    error = np.sqrt(((y - y_hat) ** 2).mean(axis=0))\n    scale = np.sqrt(((train[lag:] - train[:-lag]) ** 2).mean(axis=0))", "squared"),
    "differences of differences": (3, "np.abs(train[lag:] - train[:-lag])", "np.abs(np.diff(train, n=lag, axis=0))", "differences of differences"),
    "round the end": (3, "np.abs(train[lag:] - train[:-lag])", "np.abs(train - np.roll(train, lag, axis=0))", "round the end"),
    "always 1": (3, "return (error / scale).mean()", "return 1.0", "wrong numbers"),
    "errors cancel": (3, "np.abs(y - y_hat).mean(axis=0)", "np.abs((y - y_hat).mean(axis=0))", "cancel"),
    "standard deviation": (3, "np.abs(train[lag:] - train[:-lag]).mean(axis=0)", "train.std(axis=0)", "standard deviation"),
    "divided by T": (3, "np.abs(train[lag:] - train[:-lag]).mean(axis=0)", "np.abs(train[lag:] - train[:-lag]).sum(axis=0) / len(train)", "divided by T"),
    "fitted on all": (4, "fit(X[train], Y[train])", "fit(X, Y)", "on all windows"),
    "fitted on the judged": (4, "fit(X[train], Y[train])", "fit(X[judged], Y[judged])", "it is judged on"),
    "scale of the whole series": (4, "seen = x[: train.stop + length + horizon - 1]", "seen = x", "whole series"),
    "scale of the judged part": (4, "seen = x[: train.stop + length + horizon - 1]", "seen = Y[judged]", "scale is that of the judged part"),
    "scale stops too early": (4, "seen = x[: train.stop + length + horizon - 1]", "seen = x[: train.stop]", "train counts windows"),
    "scale of the targets": (4, "seen = x[: train.stop + length + horizon - 1]", "seen = Y[train]", "training targets alone"),
    "no gap": (4, "chrono_split(len(X), fractions, horizon - 1)", "chrono_split(len(X), fractions, 0)", "no gap"),
    "gap too long": (4, "chrono_split(len(X), fractions, horizon - 1)", "chrono_split(len(X), fractions, horizon)", "one less"),
    "lag 1": (4, "mase(Y[judged], y_hat, seen, horizon)", "mase(Y[judged], y_hat, seen)", "lag is 1"),
    "always validation": (4, "parts[0], parts[part]", "parts[0], parts[1]", "Part 1 was judged"),
    "wrong order": (4, FORECASTS, FORECASTS.replace("forecasts", "forecasts[::-1]"), "wrong order"),
    "persistence left out": (4, FORECASTS, "return mase(Y[judged], forecasts[1], seen, horizon)", "beside it"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_hidden_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=True)
    assert not all(result.verdict.right for result in results)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'window'", "returns"),
        ("return None", "returns None"),
        ("return (1, 2, 3, 4)", "4 things"),
        ("return np.full((3, 3), np.nan)", "eturn"),
        ("return {1: 2}", "returns"),
        ("return [[1], [2, 3]]", "ret"),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab01.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    if "np" not in body and "[" not in body:
        assert words in found[0]


@pytest.mark.parametrize("part", ["'a'", "slice('a', 'b')", "3", "None", "np.array([0.5])", "{}", "np.zeros((2, 2))"])
def test_strange_parts_of_a_split_are_explained(part):
    found = hints(judge(2, f"def chrono_split(T, fractions, gap):\n    return {part}, {part}, {part}"))
    assert "train is" in found[0]


def test_mase_of_persistence_is_one_in_closed_form():
    train = np.cumsum(np.ones((10, 1)), axis=0)
    assert lab01.scaled(train[3:], train[:-3], train, 3) == 1
    assert lab01.scaled(
        np.array([[5.0], [5.0]]), np.array([[4.0], [7.0]]), np.array([[1.0], [3.0], [2.0], [6.0]])
    ) == pytest.approx(1.5 / (7 / 3))

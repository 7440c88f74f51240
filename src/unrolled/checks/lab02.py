"""Checks of lab 02, the forward pass. Arrays are float64 unless a check says otherwise; rows are sequences."""

from collections.abc import Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import as_array, compare
from unrolled.checks.framework import Call, Lab, Verdict
from unrolled.data import load

LAB = Lab("02", {1: "rnn_step", 2: "rnn_forward", 3: "forward_in_chunks", 4: "forecast"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Params = dict[str, np.ndarray]


def example(rng: np.random.Generator, B: int, T: int, D: int, H: int) -> tuple[np.ndarray, np.ndarray, Params]:
    """Random X (B, T, D), h0 (B, H) and parameters, small enough that tanh does not saturate."""
    scale = 0.8 / np.sqrt(H)
    params = {"W": rng.normal(0, 0.5, (D, H)), "U": rng.normal(0, scale, (H, H)), "b": rng.normal(0, 0.5, H)}
    return rng.normal(0, 1, (B, T, D)), rng.uniform(-0.8, 0.8, (B, H)), params


def step(x: np.ndarray, h: np.ndarray, p: Params) -> np.ndarray:
    """The right rnn_step: h_t = tanh(x_t W + h_{t-1} U + b)."""
    return np.tanh(x @ p["W"] + h @ p["U"] + p["b"])


def forward(X: np.ndarray, p: Params, h0: np.ndarray | None = None) -> np.ndarray:
    """The right rnn_forward: all states, (B, T, H)."""
    h, states = np.zeros((len(X), len(p["b"]))) if h0 is None else h0, []
    for t in range(X.shape[1]):
        h = step(X[:, t], h, p)
        states.append(h)
    return np.stack(states, axis=1)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


# Exercise 1: rnn_step(x, h, params) -> h_t (B, H)

_H_T = {"name": "h_t", "shape": "(B, H)"}
_NO_TANH = "The activation is missing: h_t is tanh of the sum, and this is the sum itself."
_SIGMOID = "This is the logistic sigmoid. The course's simple recurrent net uses tanh, which is centred at zero."


@LAB.check(1, "the input term x W, alone (U and b are zero)", points=0.5)
def input_term(rng: np.random.Generator) -> Conversation:
    X, h, p = example(rng, B=4, T=1, D=3, H=5)
    x, p = X[:, 0], p | {"U": np.zeros((5, 5)), "b": np.zeros(5)}
    got = yield Call("rnn_step", x, h, p)
    z = x @ p["W"]
    yield compare(
        got, np.tanh(z), **_H_T,
        mistakes=[
            (z, _NO_TANH),
            (_sigmoid(z), _SIGMOID),
            (np.zeros_like(z), "h_t does not depend on x: the term x @ W is missing."),
            (np.tanh(z).T, "h_t is transposed. Rows are sequences: write x @ W, not W.T @ x.T."),
        ],
    )  # fmt: skip


@LAB.check(1, "the recurrent term h U, alone (x and b are zero)", points=0.5)
def recurrent_term(rng: np.random.Generator) -> Conversation:
    X, h, p = example(rng, B=4, T=1, D=3, H=5)
    x, p = np.zeros_like(X[:, 0]), p | {"b": np.zeros(5)}
    got = yield Call("rnn_step", x, h, p)
    z = h @ p["U"]
    yield compare(
        got, np.tanh(z), **_H_T,
        mistakes=[
            (np.zeros_like(z), "h_t ignores the state before it: the term h @ U is missing."),
            (np.tanh(h @ p["U"].T), "U is transposed: with rows as sequences the term is h @ U, not h @ U.T."),
            (np.tanh(h), "h enters without its weights: write h @ U."),
            (h, "x = 0 leaves your state as it was. The state is not kept, it is computed anew: tanh(x W + h U + b)."),
            (h + np.tanh(z), "The old state is added to the new one. h_{t-1} enters through h @ U, inside the tanh, only."),
            (z, "h @ U stands outside the tanh. All three terms belong inside."),
            (_sigmoid(z), _SIGMOID),
        ],
    )  # fmt: skip


@LAB.check(1, "the bias b, alone (x and h are zero)", points=0.5)
def bias_term(rng: np.random.Generator) -> Conversation:
    X, h, p = example(rng, B=4, T=1, D=3, H=5)
    got = yield Call("rnn_step", np.zeros_like(X[:, 0]), np.zeros_like(h), p)
    b = np.tile(p["b"], (4, 1))
    yield compare(
        got, np.tanh(b), **_H_T,
        mistakes=[
            (np.zeros_like(b), "The bias is missing: with x = 0 and h = 0 the state is tanh(b)."),
            (b, "The bias stands outside the tanh. All three terms belong inside."),
            (np.tanh(2 * b), "The bias is added twice. One b serves both terms."),
            (_sigmoid(b), _SIGMOID),
        ],
    )  # fmt: skip


@LAB.check(1, "the three terms together, inside one tanh", points=0.5)
def full_step(rng: np.random.Generator) -> Conversation:
    X, h, p = example(rng, B=4, T=1, D=3, H=5)
    x = X[:, 0]
    got = yield Call("rnn_step", x, h, p)
    yield compare(got, step(x, h, p), **_H_T, mistakes=_step_mistakes(x, h, p))


@LAB.check(1, "one sequence, and as many inputs as units", points=1, hidden=True)
def odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, D, H in ((1, 1, 1), (1, 4, 4), (5, 5, 5), (2, 7, 3)):
        X, h, p = example(rng, B=B, T=1, D=D, H=H)
        x = X[:, 0]
        got = yield Call("rnn_step", x, h, p)
        verdict = compare(got, step(x, h, p), **_H_T, mistakes=_step_mistakes(x, h, p))
        if not verdict.right:
            break
    yield verdict


def _step_mistakes(x: np.ndarray, h: np.ndarray, p: Params) -> list:
    W, U, b = p["W"], p["U"], p["b"]
    mistakes = [
        (x @ W + h @ U + b, _NO_TANH),
        (_sigmoid(x @ W + h @ U + b), _SIGMOID),
        (
            np.tanh(x @ W) + np.tanh(h @ U + b),
            "Two tanh are added. Add the terms first, then take one tanh of the sum.",
        ),
        (
            np.tanh(x @ W) + np.tanh(h @ U) + b,
            "Two tanh are added. Add the terms first, then take one tanh of the sum.",
        ),
        (np.maximum(x @ W + h @ U + b, 0), "This is ReLU. Lab 02 asks for tanh."),
        (np.tanh(x @ W + h @ U.T + b), "U is transposed: with rows as sequences the term is h @ U, not h @ U.T."),
        (np.tanh((x @ W) * (h @ U) + b), "The terms are multiplied. The step adds them: x @ W + h @ U + b."),
    ]
    if W.shape[0] == W.shape[1]:
        mistakes.append(
            (np.tanh(x @ W.T + h @ U + b), "W is transposed: with rows as sequences the term is x @ W, not x @ W.T.")
        )
    return mistakes


# Exercise 2: rnn_forward(X, params, h0=None) -> hs (B, T, H)

_STATES = {"name": "hs", "shape": "(B, T, H)"}


def _forward_mistakes(X: np.ndarray, h0: np.ndarray, p: Params) -> list:
    right = forward(X, p, h0)
    stateless = np.stack([step(X[:, t], h0, p) for t in range(X.shape[1])], axis=1)
    return [
        (stateless, "Every step starts from h0: the state is not carried on. Update h inside the loop."),
        (forward(X, p), "h0 is ignored: the loop starts from zeros although a state was given."),
        (right.swapaxes(0, 1), "The axes are (T, B, H). Put time second: np.stack(states, axis=1)."),
        (forward(X[:, ::-1], p, h0), "Time runs backwards: x_T is read first."),
        (forward(X[:, ::-1], p, h0)[:, ::-1], "Time runs backwards: x_T is read first."),
        (np.concatenate([h0[:, None], right[:, :-1]], axis=1), "The states are one step late: h_t is stored before it is updated."),
        (np.concatenate([h0[:, None], right], axis=1), "hs has T + 1 steps: h0 is the state before the sequence and is not part of hs."),
        (right[:, -1], "Only the last state is returned. Collect the state of every step."),
        (right[:, :1], "Only the first step is returned. Is the return line inside the loop?"),
        (right[:, 1:] if X.shape[1] == 1 else forward(X[:, 1:], p, h0), "The first step is never read: the loop must start at 0, range(X.shape[1])."),
        (np.repeat(right[:, -1:], X.shape[1], axis=1), "Every step shows the last state. Is one array written again and again? Store a copy."),
    ]  # fmt: skip


@LAB.check(2, "all states from a given h0, shape (B, T, H)", points=0.5)
def all_states(rng: np.random.Generator) -> Conversation:
    X, h0, p = example(rng, B=3, T=6, D=2, H=4)
    got = yield Call("rnn_forward", X, p, h0)
    yield compare(got, forward(X, p, h0), **_STATES, mistakes=_forward_mistakes(X, h0, p))


@LAB.check(2, "without h0 the state starts at zero", points=0.5)
def default_state(rng: np.random.Generator) -> Conversation:
    X, _, p = example(rng, B=3, T=6, D=2, H=4)
    got = yield Call("rnn_forward", X, p)
    ones = np.ones((3, 4))
    yield compare(
        got, forward(X, p), **_STATES,
        mistakes=[(forward(X, p, ones), "Without h0 the state starts at ones. Start at zeros."), *_forward_mistakes(X, ones * 0, p)],
    )  # fmt: skip


@LAB.check(2, "causal: changing x_5 moves h_5 and later, nothing before", points=1)
def causality(rng: np.random.Generator) -> Conversation:
    X, h0, p = example(rng, B=3, T=8, D=2, H=4)
    changed = X.copy()
    changed[:, 4] += 1.0
    before = yield Call("rnn_forward", X, p, h0)
    after = yield Call("rnn_forward", changed, p, h0)
    one, other = as_array(before, **_STATES), as_array(after, **_STATES)
    if isinstance(one, Verdict) or isinstance(other, Verdict):
        yield one if isinstance(one, Verdict) else other
    elif one.shape != (3, 8, 4) or other.shape != one.shape:
        yield compare(before, forward(X, p, h0), **_STATES, mistakes=_forward_mistakes(X, h0, p))
    elif not np.allclose(one[:, :4], other[:, :4], atol=1e-6):
        yield Verdict(
            False, "A state moves when a later input changes: it sees the future. h_t may use x_1 to x_t only."
        )
    elif np.allclose(one[:, 5:], other[:, 5:], atol=1e-6):
        yield Verdict(False, "Changing x_5 leaves h_6 and later as they were: nothing is carried from step to step.")
    else:
        yield compare(after, forward(changed, p, h0), **_STATES, mistakes=_forward_mistakes(changed, h0, p))


@LAB.check(2, "one step, one sequence, and arrays that are views", points=1, hidden=True)
def forward_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H in ((1, 1, 1, 1), (1, 9, 3, 3), (4, 1, 2, 6), (3, 7, 5, 2)):
        X, h0, p = example(rng, B=B, T=T, D=D, H=H)
        X = np.asfortranarray(X)
        got = yield Call("rnn_forward", X, p, h0)
        verdict = compare(got, forward(X, p, h0), **_STATES, mistakes=_forward_mistakes(X, h0, p))
        if not verdict.right:
            break
    yield verdict


# Exercise 3: forward_in_chunks(X, params, length) -> hs (B, T, H)


def _chunk_mistakes(X: np.ndarray, p: Params, length: int) -> list:
    chunks = [X[:, i : i + length] for i in range(0, X.shape[1], length)]
    first, h = [], None
    for chunk in chunks:
        first.append(forward(chunk, p, h))
        h = first[-1][:, 0]
    whole = X.shape[1] // length * length
    return [
        (np.concatenate([forward(c, p) for c in chunks], axis=1),
         "Each chunk starts from zeros: hand the last state of a chunk to the next one as h0."),
        (np.concatenate(first, axis=1), "The first state of a chunk is carried on. The next chunk needs the last one, [:, -1]."),
        (forward(X, p)[:, :whole], f"The last, shorter chunk is lost: T = {X.shape[1]} is no multiple of {length}. Slices may be short."),
        (np.concatenate([forward(X, p)[:, i : i + length] for i in range(0, whole, length)] or [X], axis=0),
         "The chunks are joined along the batch. Join them along time: np.concatenate(parts, axis=1)."),
        (forward(X, p)[:, -len(chunks[-1][0]):], "Only the last chunk is returned. Collect all of them."),
    ]  # fmt: skip


@LAB.check(3, "chunks of 4 give the states of the whole, T = 12", points=0.5)
def even_chunks(rng: np.random.Generator) -> Conversation:
    X, _, p = example(rng, B=3, T=12, D=2, H=4)
    got = yield Call("forward_in_chunks", X, p, 4)
    yield compare(got, forward(X, p), **_STATES, mistakes=_chunk_mistakes(X, p, 4))


@LAB.check(3, "a last chunk that is shorter, T = 10", points=0.5)
def uneven_chunks(rng: np.random.Generator) -> Conversation:
    X, _, p = example(rng, B=3, T=10, D=2, H=4)
    got = yield Call("forward_in_chunks", X, p, 4)
    yield compare(got, forward(X, p), **_STATES, mistakes=_chunk_mistakes(X, p, 4))


@LAB.check(3, "chunks of one step, and a chunk longer than the sequence", points=1, hidden=True)
def extreme_chunks(rng: np.random.Generator) -> Conversation:
    for length in (1, 5, 7, 50):
        X, _, p = example(rng, B=2, T=7, D=3, H=3)
        got = yield Call("forward_in_chunks", X, p, length)
        verdict = compare(got, forward(X, p), **_STATES, mistakes=_chunk_mistakes(X, p, length))
        if not verdict.right:
            break
    yield verdict


# Exercise 4: forecast(X, params, head) -> y_hat (B, 1)

_FORECAST = {"name": "y_hat", "shape": "(B, 1)"}


def _forecast_mistakes(X: np.ndarray, p: Params, head: Params) -> list:
    H, V, c = forward(X, p), head["V"], head["c"]
    right = H[:, -1] @ V + c
    return [
        (right.T, "y_hat is transposed. Rows are windows: the state stands on the left, h @ V."),
        (right[:, 0], "The last axis is lost: y_hat has shape (B, 1), one column. Keep V as (H, 1)."),
        (H @ V + c, "There is a forecast for every step. Only the last state, H[:, -1], goes through the head."),
        (H.mean(axis=1) @ V + c, "The states are averaged over time. The head reads the last one, H[:, -1]."),
        (H.sum(axis=1) @ V + c, "The states are summed over time. The head reads the last one, H[:, -1]."),
        (H[:, 0] @ V + c, "The head reads the first state. It needs the one that has seen the whole window, H[:, -1]."),
        (H[-1] @ V + c, "H[-1] is the last sequence of the batch. The last step of all sequences is [:, -1]."),
        (H[:, -1] @ V, "The output's bias c is missing."),
        (np.tanh(right), "The head is linear: a temperature may be any number, tanh would hold it between -1 and 1."),
    ]


@LAB.check(4, "the last state through the linear head", points=0.5)
def last_state(rng: np.random.Generator) -> Conversation:
    X, _, p = example(rng, B=5, T=6, D=2, H=4)
    head = {"V": rng.normal(0, 1, (4, 1)), "c": rng.normal(0, 1, 1)}
    got = yield Call("forecast", X, p, head)
    yield compare(
        got, forward(X, p)[:, -1] @ head["V"] + head["c"], **_FORECAST, mistakes=_forecast_mistakes(X, p, head)
    )


@LAB.check(4, "the trained net on 30 days in Seattle", points=0.5)
def seattle(rng: np.random.Generator) -> Conversation:
    net, days = load("seattle_rnn"), load("seattle_weather")
    series = (days.temp_max[days.test] - net.mean) / net.deviation
    starts = rng.integers(0, len(series) - net.length, size=20)
    X = np.stack([series[start : start + net.length] for start in starts])[..., None]
    got = yield Call("forecast", X, net.params, net.head)
    want = forward(X, net.params)[:, -1] @ net.head["V"] + net.head["c"]
    yield compare(got, want, **_FORECAST, mistakes=_forecast_mistakes(X, net.params, net.head))


@LAB.check(4, "other sizes of the net and of the batch", points=1, hidden=True)
def forecast_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H in ((1, 1, 1, 1), (1, 9, 3, 3), (6, 2, 4, 7)):
        X, _, p = example(rng, B=B, T=T, D=D, H=H)
        head = {"V": rng.normal(0, 1, (H, 1)), "c": rng.normal(0, 1, 1)}
        got = yield Call("forecast", X, p, head)
        want = forward(X, p)[:, -1] @ head["V"] + head["c"]
        verdict = compare(got, want, **_FORECAST, mistakes=_forecast_mistakes(X, p, head))
        if not verdict.right:
            break
    yield verdict

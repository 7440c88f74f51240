"""Checks of lab 03, backpropagation through time. Gradients are dictionaries; rows are sequences."""

from collections.abc import Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import PartsMistake, as_array, compare, compare_dict, compare_tuple
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("03", {1: "step_backward", 2: "rnn_backward", 3: "numerical_gradient", 4: "truncated", 5: "loss_and_grads"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Arrays = dict[str, np.ndarray]

EXACT = 1e-6  # relative error of a gradient against central differences in float64


def example(
    rng: np.random.Generator, B: int, T: int, D: int, H: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Arrays]:
    """Random X (B, T, D), G (B, T, H), h0 (B, H) and parameters, small enough that tanh does not saturate."""
    params = {
        "W": rng.normal(0, 0.5, (D, H)), "U": rng.normal(0, 0.9 / np.sqrt(H), (H, H)), "b": rng.normal(0, 0.5, H),
    }  # fmt: skip
    return rng.normal(0, 1, (B, T, D)), rng.normal(0, 1, (B, T, H)), rng.uniform(-0.8, 0.8, (B, H)), params


def forward(X: np.ndarray, p: Arrays, h0: np.ndarray | None = None) -> tuple[np.ndarray, Arrays]:
    """The lab's rnn_forward: hs (B, T, H) and the cache."""
    h0 = np.zeros((len(X), len(p["b"]))) if h0 is None else h0
    h, states = h0, []
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ p["W"] + h @ p["U"] + p["b"])
        states.append(h)
    hs = np.stack(states, axis=1)
    return hs, p | {"X": X, "hs": hs, "h0": h0}


def backward(
    dhs: np.ndarray, cache: Arrays, *, cuts: int | None = None, slope: str = "tanh", way: str = "U.T", direct: str = "all",
    beside: str = "before", first: str = "h0", order: str = "back", steps: str = "all",
) -> Arrays:  # fmt: skip
    """The right rnn_backward, and with other keywords the wrong ones that a check looks for.

    Args:
        dhs: (B, T, H).
        cache: from `forward`.
        cuts: no gradient flows to the step before one that is a multiple of it; None for no cut.
        slope: the derivative of the activation.
        way: what carries dz back.
        direct: which steps of dhs are looked at.
        beside: which state dU pairs with dz.
        first: the state before the first step.
        order: of the loop.
        steps: which steps the gradients of the weights hear of.
    """
    X, hs, U = cache["X"], cache["hs"], cache["U"]
    T = X.shape[1]
    slopes = {
        "tanh": 1 - hs**2, "none": np.ones_like(hs), "twice": 1 - np.tanh(hs) ** 2, "sigmoid": hs * (1 - hs),
        "no square": 1 - hs,
    }  # fmt: skip
    grads = {"W": np.zeros_like(cache["W"]), "U": np.zeros_like(U), "b": np.zeros(len(U))}
    dh = np.zeros_like(hs[:, 0])
    for t in reversed(range(T)) if order == "back" else range(T):
        if direct == "all" or t == T - 1:
            dh = dh + dhs[:, t]
        dz = dh * slopes[slope][:, t]
        back = {"U.T": dz @ U.T, "U": dz @ U, "past the slope": dh @ U.T, "without U": dz}
        dh = back[way] if not cuts or t % cuts else np.zeros_like(dz)
        zero = cache["h0"] if first == "h0" else np.zeros_like(cache["h0"])
        pair = hs[:, t] if beside == "itself" else hs[:, t - 1] if t else zero
        if steps == "all" or t == 0:
            grads["W"] += X[:, t].T @ dz
            grads["U"] += pair.T @ dz
            grads["b"] += dz.sum(axis=0)
    return grads


def chunked(dhs: np.ndarray, cache: Arrays, k: int, *, h0: str = "carried", chunks: slice = slice(None)) -> Arrays:
    """The right truncated, and with other keywords wrong ones."""
    grads: Arrays = {}
    for start in list(range(0, dhs.shape[1], k))[chunks]:
        part = slice(start, start + k)
        hs = cache["hs"]
        state = {
            "carried": hs[:, start - 1] if start else cache["h0"],
            "zeros": np.zeros_like(cache["h0"]) if start else cache["h0"],
            "first": cache["h0"],
            "own": hs[:, start] if start else cache["h0"],
        }[h0]
        own = cache | {"X": cache["X"][:, part], "hs": hs[:, part], "h0": state}
        grads = {name: grads.get(name, 0) + g for name, g in backward(dhs[:, part], own).items()}
    return grads


def total(X: np.ndarray, G: np.ndarray, p: Arrays, h0: np.ndarray | None = None) -> float:
    """The lab's loss: the sum over G * hs."""
    return float((G * forward(X, p, h0)[0]).sum())


def differences(
    X: np.ndarray, G: np.ndarray, p: Arrays, eps: float, h0: np.ndarray | None = None, *, up: float = 1, down: float = 1
) -> Arrays:
    """(L(theta + up eps) - L(theta - down eps)) / (up + down) eps for each number; (1, 1) is the right answer."""
    grads = {}
    for name, weights in p.items():
        grads[name] = np.zeros(weights.shape)
        for place in np.ndindex(weights.shape):
            one, other = weights.copy(), weights.copy()
            one[place] += up * eps
            other[place] -= down * eps
            gained = total(X, G, p | {name: one}, h0) - total(X, G, p | {name: other}, h0)
            grads[name][place] = gained / ((up + down) * eps)
    return grads


# Exercise 1: step_backward(dh, h, U) -> dz (B, H), dh of the step before (B, H)

_STEP = {"dz": "(B, H)", "dh before": "(B, H)"}


def _compare_step(got: Any, dh: np.ndarray, h: np.ndarray, U: np.ndarray) -> Verdict:
    dz = dh * (1 - h**2)
    before = dz @ U.T
    mistakes: list[PartsMistake] = [
        ({"dz": before, "dh before": dz}, "The two are in the wrong order: dz first."),
        ({"dz": dh}, "dz is dh: the derivative of tanh, 1 - h**2, is missing."),
        ({"dz": dh * (1 - np.tanh(h) ** 2)}, "h is tanh(z) already. The derivative is 1 - h**2, with no further tanh."),
        ({"dz": dh * (1 - np.tanh(h)) ** 2}, "h is tanh(z) already. The derivative is 1 - h**2, with no further tanh."),
        ({"dz": dh * h * (1 - h)}, "h (1 - h) is the derivative of the sigmoid. That of tanh is 1 - h**2."),
        ({"dz": dh * (1 - h)}, "The square is missing: the derivative of tanh is 1 - h**2."),
        ({"dz": dh * np.tanh(h)}, "This multiplies with tanh, not with its derivative, 1 - h**2."),
        ({"dz": dh * (1 + h**2)}, "The sign is wrong: the derivative of tanh is 1 - h**2."),
        ({"dz": dz, "dh before": dz @ U}, "U is not transposed: forward it is h @ U, and so backward dz @ U.T."),
        ({"dz": dz, "dh before": dh @ U.T}, "dh was carried back past the tanh. What goes through U is dz: dz @ U.T."),
        ({"dz": dz, "dh before": before * (1 - h**2)}, "The derivative of tanh enters twice: dz holds it already."),
        ({"dz": dz, "dh before": dz * U.sum(axis=1)}, "dz was multiplied element by element. Each unit sums over all it reaches: dz @ U.T."),
        ({"dz": dz, "dh before": dz}, "dz was handed on without its weights: dz @ U.T."),
        ({"dz": dz, "dh before": dz @ U.T + dh}, "dh is added to what flows back. h_t does not reach h_{t-1} other than through U."),
    ]  # fmt: skip
    return compare_tuple(got, {"dz": dz, "dh before": before}, shapes=_STEP, mistakes=mistakes)


@LAB.check(1, "through the tanh, then through U", points=0.5)
def one_step_back(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=4, T=1, D=3, H=5)
    h = forward(X, p, h0)[0][:, 0]
    got = yield Call("step_backward", G[:, 0], h, p["U"])
    yield _compare_step(got, G[:, 0], h, p["U"])


@LAB.check(1, "one sequence, one unit, and other sizes", points=0.5, hidden=True)
def step_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, H in ((1, 1), (1, 4), (5, 5), (7, 2)):
        X, G, h0, p = example(rng, B=B, T=1, D=2, H=H)
        h = forward(X, p, h0)[0][:, 0]
        got = yield Call("step_backward", G[:, 0], h, p["U"])
        verdict = _compare_step(got, G[:, 0], h, p["U"])
        if not verdict.right:
            break
    yield verdict


# Exercise 2: rnn_backward(dhs, cache) -> {"W", "U", "b"}

_GRADS = {"name": "grads", "shapes": {"W": "(D, H)", "U": "(H, H)", "b": "(H,)", "V": "(H, 1)", "c": "(1,)"}}
_ASIDE = "The gradient of U pairs dz_t with the state BEFORE the step, h_{t-1}; yours takes h_t."


def _backward_mistakes(dhs: np.ndarray, cache: Arrays) -> list[PartsMistake]:
    X, T, right = cache["X"], dhs.shape[1], backward(dhs, cache)
    dz = dhs * (1 - cache["hs"] ** 2)
    rest = [
        (backward(dhs, cache, cuts=1), "Nothing is carried back: dh_t is dhs_t plus what flows back from step t + 1."),
        (backward(dhs, cache, slope="none"), "The derivative of tanh, 1 - h**2, is missing."),
        (backward(dhs, cache, slope="twice"), "h is tanh(z) already. The derivative is 1 - h**2, with no further tanh."),
        (backward(dhs, cache, slope="sigmoid"), "h (1 - h) is the derivative of the sigmoid. That of tanh is 1 - h**2."),
        (backward(dhs, cache, slope="no square"), "The square is missing: the derivative of tanh is 1 - h**2."),
        (backward(dhs, cache, way="U"), "U is not transposed on the way back: dz @ U.T."),
        (backward(dhs, cache, way="past the slope"), "dh was carried back past the tanh. What goes through U is dz: dz @ U.T."),
        (backward(dhs, cache, way="without U"), "dz was handed to the step before without its weights: dz @ U.T."),
        (backward(dhs, cache, direct="last"), "Only the last step of dhs is used. Every state hears from the loss: add dhs[:, t] at each step."),
        (backward(dhs, cache, order="forward"), "The loop runs forwards in time. The last step must come first: its dz is needed by the step before."),
        (backward(dhs, cache, steps="first"), "Only one step counts: the gradients are overwritten. Add up over the steps, with +=."),
        (backward(dhs, cache, beside="itself"), _ASIDE),
        (backward(dhs, cache, first="zeros"), "h0 is taken as zeros in the gradient of U. It is in the cache."),
        ({name: g / len(X) for name, g in right.items()}, "The gradients are averaged over the batch. They are sums: the loss decides about means."),
        ({name: g / T for name, g in right.items()}, "The gradients are averaged over time. The steps add up."),
    ]  # fmt: skip
    mistakes: list[PartsMistake] = [(wrong, hint) for wrong, hint in rest]
    per_sequence = _per_sequence_bias(dhs, cache)
    mistakes += [
        ({"b": per_sequence}, "The gradient of b is (B, H). Sum over the batch: all sequences share one b."),
        ({"b": right["b"] / len(X)}, "The gradient of b is averaged over the batch. It is a sum, as the other two are."),
        ({"W": right["W"].T}, "The gradient of W is transposed: x_t.T @ dz has the shape of W."),
        ({"U": right["U"].T}, "The gradient of U is transposed: h_{t-1}.T @ dz."),
        ({"U": backward(dhs, cache, beside="itself")["U"]}, _ASIDE),
        ({"W": np.einsum("btd,bth->dh", X, dz), "U": right["U"]}, "The gradient of W uses dhs alone. It needs the dz of each step, all paths counted."),
    ]  # fmt: skip
    if T > 1:
        shifted = right["U"] - cache["h0"].T @ _first_dz(dhs, cache)
        mistakes.append(({"U": shifted}, "The first step is missing from the gradient of U: its state before is h0."))
    return mistakes


def _first_dz(dhs: np.ndarray, cache: Arrays) -> np.ndarray:
    """The dz of the first step, (B, H)."""
    dh = np.zeros_like(dhs[:, 0])
    for t in reversed(range(dhs.shape[1])):
        dz = (dh + dhs[:, t]) * (1 - cache["hs"][:, t] ** 2)
        dh = dz @ cache["U"].T
    return dz


def _per_sequence_bias(dhs: np.ndarray, cache: Arrays) -> np.ndarray:
    """The gradient of b, each sequence by itself: (B, H)."""
    rows = [slice(n, n + 1) for n in range(len(dhs))]
    alone = [{name: a if name in ("W", "U", "b") else a[row] for name, a in cache.items()} for row in rows]
    return np.stack([backward(dhs[row], own)["b"] for row, own in zip(rows, alone, strict=True)])


def _compare_backward(got: Any, dhs: np.ndarray, cache: Arrays) -> Verdict:
    return compare_dict(got, backward(dhs, cache), **_GRADS, mistakes=_backward_mistakes(dhs, cache))


@LAB.check(2, "one step, started from a given h0", points=0.5)
def single_step(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=4, T=1, D=3, H=5)
    _, cache = forward(X, p, h0)
    got = yield Call("rnn_backward", G, cache)
    yield _compare_backward(got, G, cache)


@LAB.check(2, "a loss on the last of 6 states reaches the first", points=0.5)
def loss_at_the_end(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=6, D=2, H=4)
    G[:, :-1] = 0
    _, cache = forward(X, p, h0)
    got = yield Call("rnn_backward", G, cache)
    yield _compare_backward(got, G, cache)


@LAB.check(2, "a loss on every state, against central differences to 1e-6", points=1)
def against_differences(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=7, D=2, H=4)
    _, cache = forward(X, p, h0)
    got = yield Call("rnn_backward", G, cache)
    verdict = _compare_backward(got, G, cache)
    if verdict.right:
        verdict = _exact(got, differences(X, G, p, 1e-5, h0))
    yield verdict


def _exact(got: Any, want: Arrays) -> Verdict:
    """Whether gradients agree with central differences as closely as float64 lets them."""
    off = max(np.linalg.norm(np.asarray(got[name], float) - g) / np.linalg.norm(g) for name, g in want.items())
    if off < EXACT:
        return Verdict(True)
    return Verdict(
        False,
        f"The gradients agree with central differences to {off:.0e} only, not to {EXACT:.0e}. Is anything rounded, or computed in float16 or float32?",
    )


@LAB.check(2, "one step, one unit, and other sizes", points=1, hidden=True)
def backward_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H in ((1, 1, 1, 1), (1, 9, 3, 3), (5, 2, 4, 2), (4, 12, 1, 6)):
        X, G, h0, p = example(rng, B=B, T=T, D=D, H=H)
        _, cache = forward(X, p, h0)
        got = yield Call("rnn_backward", G, cache)
        verdict = _compare_backward(got, G, cache)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: numerical_gradient(X, G, params, eps) -> {"W", "U", "b"}


def _compare_differences(got: Any, X: np.ndarray, G: np.ndarray, p: Arrays, eps: float) -> Verdict:
    right = differences(X, G, p, eps)
    one_sided = "The weight moves to one side only. Move it up and down: (L(w + eps) - L(w - eps)) / (2 eps)."
    whole = {
        name: np.full(w.shape, (total(X, G, p | {name: w + eps}) - total(X, G, p | {name: w - eps})) / (2 * eps))
        for name, w in p.items()
    }
    scaled = {name: g * eps for name, g in right.items()}
    wrong = [
        (differences(X, G, p, eps, down=0), one_sided),
        (differences(X, G, p, eps, up=0), one_sided),
        ({name: 2 * g for name, g in right.items()}, "Twice too large: the two points are 2 eps apart, so divide by 2 * eps."),
        ({name: 2 * g for name, g in scaled.items()}, "The difference is not divided by 2 * eps."),
        ({name: g / 2 for name, g in right.items()}, "Half of the right size: the points are 2 eps apart, not 4."),
        ({name: g * eps**2 for name, g in right.items()}, "/ 2 * eps divides by 2 and multiplies by eps. Write / (2 * eps)."),
        ({name: -g for name, g in right.items()}, "The sign is wrong: L at w + eps minus L at w - eps."),
        ({name: g / G.size for name, g in right.items()}, "The loss is a sum over G * hs, not a mean. Call loss(X, G, params)."),
        (whole, "All numbers of an array move together. Move one at a time, each place by itself."),
    ]  # fmt: skip
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got, right, **_GRADS, mistakes=mistakes)


@LAB.check(3, "central: both sides of each weight, with a large eps of 0.2", points=0.5)
def large_eps(rng: np.random.Generator) -> Conversation:
    X, G, _, p = example(rng, B=2, T=4, D=2, H=3)
    got = yield Call("numerical_gradient", X, G, p, 0.2)
    yield _compare_differences(got, X, G, p, 0.2)


@LAB.check(3, "agrees with backpropagation when eps is 1e-5", points=0.5)
def small_eps(rng: np.random.Generator) -> Conversation:
    X, G, _, p = example(rng, B=2, T=5, D=3, H=2)
    got = yield Call("numerical_gradient", X, G, p)
    yield _compare_differences(got, X, G, p, 1e-5)


@LAB.check(3, "one unit, one step, and other sizes", points=1, hidden=True)
def differences_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H, eps in ((1, 1, 1, 1, 0.3), (3, 5, 1, 4, 0.1), (1, 4, 3, 3, 1e-4)):
        X, G, _, p = example(rng, B=B, T=T, D=D, H=H)
        got = yield Call("numerical_gradient", X, G, p, eps)
        verdict = _compare_differences(got, X, G, p, eps)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: truncated(dhs, cache, k) -> {"W", "U", "b"}


def _compare_truncated(got: Any, dhs: np.ndarray, cache: Arrays, k: int) -> Verdict:
    T, right = dhs.shape[1], chunked(dhs, cache, k)
    whole, last = T // k * k, slice(-1, None)
    wrong = [
        (backward(dhs, cache), "Nothing is cut: this is the gradient through all steps. Run rnn_backward on each chunk by itself."),
        (chunked(dhs, cache, k, h0="zeros"), "A chunk starts from zeros. Its h0 is the state before its first step, hs[:, start - 1]."),
        (chunked(dhs, cache, k, h0="first"), "Every chunk has the h0 of the whole sequence. Its own is hs[:, start - 1]."),
        (chunked(dhs, cache, k, h0="own"), "The h0 of a chunk is its own first state. It is the one before it, hs[:, start - 1]."),
        (chunked(dhs, cache, k, chunks=last), "Only the last chunk counts. Add up the gradients of all chunks."),
        (chunked(dhs, cache, k, chunks=slice(0, 1)), "Only the first chunk counts. Is the return line inside the loop?"),
        ({name: g / -(-T // k) for name, g in right.items()}, "The chunks are averaged. Their gradients add up."),
    ]  # fmt: skip
    if whole and whole < T:
        shorter = chunked(dhs, cache, k, chunks=slice(0, whole // k))
        wrong.append((shorter, f"The last, shorter chunk is lost: T = {T} is no multiple of {k}. Slices may be short."))
    if k > 1:
        wrong.append((backward(dhs, cache, cuts=1), "Everything is cut, inside the chunks too: within k steps the gradient flows."))  # fmt: skip
    if k < T:
        reset = _reset_states(cache, k)
        wrong.append((chunked(dhs, reset, k, h0="zeros"), "The forward pass is run anew, each chunk from zeros. The states are not cut: take them from the cache."))  # fmt: skip
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got, right, **_GRADS, mistakes=mistakes)


def _reset_states(cache: Arrays, k: int) -> Arrays:
    """The cache as if every chunk but the first had been run from a state of zeros (with the bias of the example)."""
    X, hs, W, U = cache["X"], cache["hs"], cache["W"], cache["U"]
    before = np.concatenate([cache["h0"][:, None], hs[:, :-1]], axis=1)
    bias = np.arctanh(hs) - X @ W - before @ U
    states = np.empty_like(hs)
    for t in range(X.shape[1]):
        h = (cache["h0"] if t == 0 else np.zeros_like(cache["h0"])) if t % k == 0 else states[:, t - 1]
        states[:, t] = np.tanh(X[:, t] @ W + h @ U + bias[:, t])
    return cache | {"hs": states}


@LAB.check(4, "k = T: one chunk, the whole gradient", points=0.5)
def one_chunk(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=8, D=2, H=4)
    _, cache = forward(X, p, h0)
    got = yield Call("truncated", G, cache, 8)
    yield _compare_truncated(got, G, cache, 8)


@LAB.check(4, "k = 1: no gradient is carried", points=0.5)
def no_carry(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=8, D=2, H=4)
    _, cache = forward(X, p, h0)
    got = yield Call("truncated", G, cache, 1)
    yield _compare_truncated(got, G, cache, 1)


@LAB.check(4, "other k, a shorter last chunk, and k above T", points=1, hidden=True)
def other_chunks(rng: np.random.Generator) -> Conversation:
    for B, T, D, H, k in ((2, 12, 3, 3, 4), (3, 11, 2, 4, 4), (1, 7, 1, 2, 2), (2, 5, 2, 3, 50)):
        X, G, h0, p = example(rng, B=B, T=T, D=D, H=H)
        _, cache = forward(X, p, h0)
        got = yield Call("truncated", G, cache, k)
        verdict = _compare_truncated(got, G, cache, k)
        if not verdict.right:
            break
    yield verdict


# Exercise 5: loss_and_grads(X, y, params, head) -> L, {"W", "U", "b", "V", "c"}


def regression(
    X: np.ndarray, y: np.ndarray, p: Arrays, head: Arrays, *, scale: float | None = None, at: str = "last"
) -> tuple[float, Arrays]:
    """The right loss_and_grads, and with other keywords wrong ones: dy = scale * error, dhs at other steps."""
    hs, cache = forward(X, p)
    error = hs[:, -1] @ head["V"] + head["c"] - y
    dy = error * (2 / len(y) if scale is None else scale)
    dhs = np.zeros_like(hs)
    dhs[:, {"last": slice(-1, None), "every": slice(None), "first": slice(0, 1)}[at]] = (dy @ head["V"].T)[:, None]
    return float((error**2).mean()), backward(dhs, cache) | {"V": hs[:, -1].T @ dy, "c": dy.sum(axis=0)}


def _compare_regression(got: Any, X: np.ndarray, y: np.ndarray, p: Arrays, head: Arrays) -> Verdict:
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, tuple | list) or len(got) != 2:
        what = f"{len(got)} things" if isinstance(got, tuple | list) else f"one {type(got).__name__}"
        return Verdict(False, f"The function returns {what}. Return two: the loss and grads.")
    L, right = regression(X, y, p, head)
    hs, cache = forward(X, p)
    y_hat, B = hs[:, -1] @ head["V"] + head["c"], len(y)
    loss = as_array(got[0], name="the loss", shape="one number")
    if isinstance(loss, Verdict):
        return loss
    if loss.shape in ((B,), (B, 1)) and B > 1:
        return Verdict(False, "The loss has a number for each window. Return their mean.")
    loss = loss.reshape(()) if loss.size == 1 else loss
    losses = [
        (np.asarray(L * B), "The loss is the sum over the windows. Return the mean."),
        (np.asarray(L / 2), "The loss is halved. It is the mean of the squares, as the formula says."),
        (np.abs(y_hat - y).mean(), "The loss is the mean absolute error. It is the mean of the squares."),
        (np.sqrt(L), "The loss is the root of the mean square. Leave the root out."),
        (((y_hat - head["c"] - y) ** 2).mean(), "The head's bias c is missing from the forecast."),
        (((hs @ head["V"] + head["c"] - y[:, None]) ** 2).mean(), "Every state makes a forecast. Only the last one, hs[:, -1], goes through the head."),
        (((hs[-1] @ head["V"] + head["c"] - y[-1]) ** 2).mean(), "hs[-1] is the last sequence. The last step of all sequences is hs[:, -1]."),
    ]  # fmt: skip
    verdict = compare(loss, np.asarray(L), name="the loss", shape="one number", mistakes=losses)
    if not verdict.right:
        return verdict
    no_head = backward(_last(hs, 2 * (y_hat - y) / B * np.ones_like(hs[:, -1])), cache)
    wrong = [
        (regression(X, y, p, head, scale=1 / B)[1], "The factor 2 is missing: the derivative of a square is twice what is squared."),
        (regression(X, y, p, head, scale=2)[1], "The gradients are sums over the windows. The loss is a mean: divide dy by B."),
        (regression(X, y, p, head, scale=1)[1], "dy is the error alone. The derivative of the mean square is 2 (y_hat - y) / B."),
        (regression(X, y, p, head, scale=-2 / B)[1], "The sign is wrong: dy is 2 (y_hat - y) / B, forecast minus target."),
        (regression(X, y, p, head, at="every")[1], "dhs is filled at every step. Only the last state feeds the forecast; the others are zero."),
        (regression(X, y, p, head, at="first")[1], "dhs is filled at the first step. It belongs to the last, dhs[:, -1]."),
        (no_head, "dhs has not gone through the head: at the last step it is dy @ V.T."),
        ({"c": (2 * (y_hat - y) / B)}, "The gradient of c is (B, 1). Sum over the batch."),
        ({"V": right["V"].T}, "The gradient of V is transposed: h_T.T @ dy has the shape of V."),
    ]  # fmt: skip
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got[1], right, **_GRADS, mistakes=mistakes)


def _last(hs: np.ndarray, dh: np.ndarray) -> np.ndarray:
    dhs = np.zeros_like(hs)
    dhs[:, -1] = dh
    return dhs


def _regression_example(rng: np.random.Generator, B: int, T: int, D: int, H: int) -> tuple:
    X, _, _, p = example(rng, B=B, T=T, D=D, H=H)
    return X, rng.normal(0, 1, (B, 1)), p, {"V": rng.normal(0, 1, (H, 1)), "c": rng.normal(0, 1, 1)}


@LAB.check(5, "one step: the loss, the head's gradients and the cell's", points=0.5)
def short_regression(rng: np.random.Generator) -> Conversation:
    args = _regression_example(rng, B=5, T=1, D=3, H=4)
    got = yield Call("loss_and_grads", *args)
    yield _compare_regression(got, *args)


@LAB.check(5, "8 steps: only the last state hears from the loss directly", points=0.5)
def long_regression(rng: np.random.Generator) -> Conversation:
    args = _regression_example(rng, B=6, T=8, D=2, H=3)
    got = yield Call("loss_and_grads", *args)
    yield _compare_regression(got, *args)


@LAB.check(5, "one window, one unit, and other sizes", points=1, hidden=True)
def regression_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H in ((1, 1, 1, 1), (1, 6, 3, 3), (4, 9, 2, 5), (7, 3, 1, 2)):
        args = _regression_example(rng, B=B, T=T, D=D, H=H)
        got = yield Call("loss_and_grads", *args)
        verdict = _compare_regression(got, *args)
        if not verdict.right:
            break
    yield verdict

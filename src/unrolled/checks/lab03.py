"""Checks of lab 03, backpropagation through time for a leaky unit. Gradients are dictionaries; rows are sequences."""

from collections.abc import Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import PartsMistake, as_array, compare, compare_dict, compare_tuple
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("03", {1: "step_backward", 2: "leaky_backward", 3: "numerical_gradient", 4: "truncated", 5: "loss_and_grads"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Arrays = dict[str, Any]

EXACT = 1e-6  # relative error of a gradient against central differences in float64


def example(
    rng: np.random.Generator, B: int, T: int, D: int, H: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Arrays]:
    """Random X (B, T, D), G (B, T, H), h0 (B, H) and parameters, small enough that tanh does not saturate."""
    params = {
        "W": rng.normal(0, 0.5, (D, H)), "U": rng.normal(0, 0.9 / np.sqrt(H), (H, H)), "b": rng.normal(0, 0.5, H),
    }  # fmt: skip
    return rng.normal(0, 1, (B, T, D)), rng.normal(0, 1, (B, T, H)), rng.uniform(-0.8, 0.8, (B, H)), params


def leak(rng: np.random.Generator) -> float:
    """A leak at which a, 1 - a and 1 are three different numbers."""
    return float(rng.choice([rng.uniform(0.2, 0.4), rng.uniform(0.6, 0.8)]))


def forward(X: np.ndarray, p: Arrays, a: float, h0: np.ndarray | None = None) -> tuple[np.ndarray, Arrays]:
    """The lab's leaky_forward: hs (B, T, H) and the cache."""
    h0 = np.zeros((len(X), len(p["b"]))) if h0 is None else h0
    h, news, states = h0, [], []
    for t in range(X.shape[1]):
        n = np.tanh(X[:, t] @ p["W"] + h @ p["U"] + p["b"])
        h = (1 - a) * h + a * n
        news.append(n)
        states.append(h)
    ns, hs = np.stack(news, axis=1), np.stack(states, axis=1)
    # NumPy's number has a shape, by which a hint says what a dictionary holds.
    return hs, p | {"a": np.float64(a), "X": X, "h0": h0, "ns": ns, "hs": hs}


def backward(
    dhs: np.ndarray, cache: Arrays, *, carry: bool = True, slope: str = "tanh", gain: str = "a", keep: str = "1 - a",
    way: str = "U.T", direct: str = "all", pair: str = "before", first: str = "h0", order: str = "back", steps: str = "all",
) -> Arrays:  # fmt: skip
    """The right leaky_backward, and with other keywords the wrong ones that a check looks for.

    Args:
        dhs: (B, T, H).
        cache: from `forward`.
        carry: whether anything is handed to the step before.
        slope: the derivative of the activation.
        gain: what stands between dh and the gradient of n.
        keep: the weight of the path past the tanh.
        way: what carries dz back.
        direct: which steps of dhs are looked at.
        pair: which state dU pairs with dz.
        first: the state before the first step; "wrapped" is hs[:, -1].
        order: of the loop.
        steps: which steps the gradients of the weights hear of.
    """
    X, ns, hs, U, a = (cache[name] for name in ("X", "ns", "hs", "U", "a"))
    T = X.shape[1]
    slopes = {
        "tanh": 1 - ns**2, "of h": 1 - hs**2, "none": np.ones_like(ns), "twice": 1 - np.tanh(ns) ** 2,
        "sigmoid": ns * (1 - ns), "no square": 1 - ns,
    }  # fmt: skip
    gains = {"a": a, "none": 1, "1 - a": 1 - a}
    kept = {"1 - a": 1 - a, "nothing": 0, "a": a, "all": 1}[keep]
    zero = {"h0": cache["h0"], "zeros": np.zeros_like(cache["h0"]), "wrapped": hs[:, -1]}[first]
    grads = {"W": np.zeros_like(cache["W"]), "U": np.zeros_like(U), "b": np.zeros(len(U))}
    dh = np.zeros_like(hs[:, 0])
    for t in reversed(range(T)) if order == "back" else range(T):
        if direct == "all" or t == T - 1:
            dh = dh + dhs[:, t]
        dz = gains[gain] * dh * slopes[slope][:, t]
        through = {"U.T": dz @ U.T, "U": dz @ U, "past the slope": a * dh @ U.T, "without U": dz}[way]
        dh = carry * (kept * dh + through)
        met = {"before": hs[:, t - 1] if t else zero, "itself": hs[:, t], "new": ns[:, t - 1] if t else zero}[pair]
        if steps == "all" or t == 0:
            grads["W"] += X[:, t].T @ dz
            grads["U"] += met.T @ dz
            grads["b"] += dz.sum(axis=0)
    return grads


def windowed(
    dhs: np.ndarray, cache: Arrays, k: int, back: int, *, h0: str = "carried", speak: str = "chunk", begin: str = "clipped",
    chunks: slice = slice(None),
) -> Arrays:  # fmt: skip
    """The right truncated, and with other keywords wrong ones."""
    hs, zeros = cache["hs"], np.zeros_like(cache["h0"])
    grads: Arrays = {name: np.zeros_like(cache[name]) for name in ("W", "U", "b")}
    for start in list(range(0, dhs.shape[1], k))[chunks]:
        first = max(start - back, 0)
        if begin == "negative" and start < back:
            continue  # hs[:, -2:4] holds nothing
        part = slice(first, start + k)
        own = cache | {name: cache[name][:, part] for name in ("X", "ns", "hs")}
        own["h0"] = {
            "carried": hs[:, first - 1] if first else cache["h0"],
            "of the chunk": hs[:, start - 1] if start else cache["h0"],
            "zeros": zeros if first else cache["h0"],
            "first": cache["h0"],
            "own": hs[:, first] if first else cache["h0"],
        }[h0]
        spoken = dhs[:, part].copy()
        if speak == "chunk":
            spoken[:, : start - first] = 0
        elif speak == "last":
            spoken[:, :-1] = 0
        grads = {name: grads[name] + g for name, g in backward(spoken, own).items()}
    return grads


def total(X: np.ndarray, G: np.ndarray, p: Arrays, a: float, h0: np.ndarray | None = None) -> float:
    """The lab's loss: the sum over G * hs."""
    return float((G * forward(X, p, a, h0)[0]).sum())


def differences(
    X: np.ndarray, G: np.ndarray, p: Arrays, a: float, eps: float, h0: np.ndarray | None = None, *, up: float = 1, down: float = 1
) -> Arrays:  # fmt: skip
    """(L(theta + up eps) - L(theta - down eps)) / (up + down) eps for each number; (1, 1) is the central difference."""
    grads = {}
    for name, weights in p.items():
        grads[name] = np.zeros(weights.shape)
        for place in np.ndindex(weights.shape):
            one, other = weights.copy(), weights.copy()
            one[place] += up * eps
            other[place] -= down * eps
            gained = total(X, G, p | {name: one}, a, h0) - total(X, G, p | {name: other}, a, h0)
            grads[name][place] = gained / ((up + down) * eps)
    return grads


def mixed(near: Arrays, far: Arrays, of_near: float, of_far: float) -> Arrays:
    """The sum of two dictionaries, each times a number."""
    return {name: of_near * near[name] + of_far * far[name] for name in near}


# Exercise 1: step_backward(dh, n, U, a) -> dz (B, H), dh of the step before (B, H)

_STEP = {"dz": "(B, H)", "dh before": "(B, H)"}


def _compare_step(got: Any, dh: np.ndarray, n: np.ndarray, U: np.ndarray, a: float) -> Verdict:
    slope, kept = 1 - n**2, (1 - a) * dh
    dz = a * dh * slope
    before = kept + dz @ U.T
    squash = "n is tanh(z) already. The derivative is 1 - n**2, with no further tanh."
    mistakes: list[PartsMistake] = [
        ({"dz": before, "dh before": dz}, "The two are in the wrong order: dz first."),
        ({"dz": dh * slope}, "The leak a is missing from dz: h_t holds a times n_t."),
        ({"dz": (1 - a) * dh * slope}, "dz has the factor 1 - a. That is the weight of the old state; n_t enters with a."),
        ({"dz": a * dh}, "The derivative of tanh, 1 - n**2, is missing from dz."),
        ({"dz": dh}, "dz is dh: it lacks the leak a and the derivative of tanh, 1 - n**2."),
        ({"dz": a * dh * (1 - np.tanh(n) ** 2)}, squash),
        ({"dz": dh * (1 - np.tanh(n) ** 2)}, squash),
        ({"dz": a * dh * n * (1 - n)}, "n (1 - n) is the derivative of the sigmoid. That of tanh is 1 - n**2."),
        ({"dz": a * dh * (1 - n)}, "The square is missing: the derivative of tanh is 1 - n**2."),
        ({"dz": a * dh * n}, "This multiplies with tanh, not with its derivative, 1 - n**2."),
        ({"dz": a * dh * (1 + n**2)}, "The sign is wrong: the derivative of tanh is 1 - n**2."),
        ({"dz": dz, "dh before": dz @ U.T}, "One path is missing: h_{t-1} also stands in h_t itself, with the weight 1 - a."),
        ({"dz": dz, "dh before": kept}, "One path is missing: h_{t-1} also stands in z_t, times U."),
        ({"dz": dz, "dh before": kept + dz @ U}, "U is not transposed: forward it is h @ U, and so backward dz @ U.T."),
        ({"dz": dz, "dh before": kept + dh @ U.T}, "dh went through U without the leak and the tanh. What goes through U is dz."),
        ({"dz": dz, "dh before": kept + a * dh @ U.T}, "What goes through U has passed the leak and not the tanh. It is dz."),
        ({"dz": dz, "dh before": dh + dz @ U.T}, "The old state enters h_t with the weight 1 - a; here it has the weight 1."),
        ({"dz": dz, "dh before": a * dh + dz @ U.T}, "The old state enters h_t with the weight 1 - a, not a."),
        ({"dz": dz, "dh before": kept + a * dz @ U.T}, "The leak a enters twice: dz holds it already."),
        ({"dz": dz, "dh before": (1 - a) * dz + dz @ U.T}, "The kept part goes past the tanh: (1 - a) times dh, not times dz."),
        ({"dz": dz, "dh before": kept * slope + dz @ U.T}, "The kept part goes past the tanh: (1 - a) times dh, with no slope."),
        ({"dz": dz, "dh before": (kept + dz) @ U.T}, "The kept part does not go through U: each unit keeps its own state."),
        ({"dz": dz, "dh before": kept @ U.T + dz @ U.T}, "The kept part does not go through U: each unit keeps its own state."),
        ({"dz": dz, "dh before": kept + dz * U.sum(axis=1)}, "dz was multiplied element by element. Each unit sums over all it reaches: dz @ U.T."),
        ({"dz": dz, "dh before": kept + dz}, "dz was handed on without its weights: dz @ U.T."),
    ]  # fmt: skip
    return compare_tuple(got, {"dz": dz, "dh before": before}, shapes=_STEP, mistakes=mistakes)


def _step_example(rng: np.random.Generator, B: int, H: int) -> tuple:
    X, G, h0, p = example(rng, B=B, T=1, D=3, H=H)
    a = leak(rng)
    return G[:, 0], forward(X, p, a, h0)[1]["ns"][:, 0], p["U"], a


@LAB.check(1, "two paths back: past the tanh, and through it and U", points=0.5)
def one_step_back(rng: np.random.Generator) -> Conversation:
    args = _step_example(rng, B=4, H=5)
    got = yield Call("step_backward", *args)
    yield _compare_step(got, *args)


@LAB.check(1, "one sequence, one unit, a = 1, and other sizes", points=0.5, hidden=True)
def step_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, H, a in ((1, 1, None), (1, 4, None), (5, 5, 1.0), (7, 2, None)):
        args = _step_example(rng, B=B, H=H)
        args = args if a is None else (*args[:3], a)
        got = yield Call("step_backward", *args)
        verdict = _compare_step(got, *args)
        if not verdict.right:
            break
    yield verdict


# Exercise 2: leaky_backward(dhs, cache) -> {"W", "U", "b"}

_GRADS = {"name": "grads", "shapes": {"W": "(D, H)", "U": "(H, H)", "b": "(H,)", "V": "(H, 1)", "c": "(1,)"}}
_ASIDE = "The gradient of U pairs dz_t with the state BEFORE the step, h_{t-1}; yours takes h_t."
_WRAPPED = "At the first step, hs[:, t - 1] is hs[:, -1], the last state: a negative index counts from the end. The state before is h0."
_NEW = "The gradient of U pairs dz_t with n_{t-1}. What U multiplies is the state, h_{t-1}."


def _backward_mistakes(dhs: np.ndarray, cache: Arrays) -> list[PartsMistake]:
    X, T, right = cache["X"], dhs.shape[1], backward(dhs, cache)
    dz = cache["a"] * dhs * (1 - cache["ns"] ** 2)
    rest = [
        (backward(dhs, cache, carry=False), "Nothing is carried back: dh_t is dhs_t plus what step t + 1 hands back."),
        (backward(dhs, cache, gain="none", keep="nothing"), "This is the gradient of the lesson's net, without the leak. Derive it anew: h_{t-1} stands in two lines."),
        (backward(dhs, cache, gain="none", keep="nothing", slope="of h"), "This is the lesson's rnn_backward. The unit here leaks: derive its way back anew."),
        (backward(dhs, cache, slope="of h"), "The slope was taken from h_t. The tanh gave n_t: the slope is 1 - n_t**2."),
        (backward(dhs, cache, keep="nothing"), "One path back is missing: h_{t-1} also stands in h_t itself, with the weight 1 - a."),
        (backward(dhs, cache, keep="a"), "The old state enters h_t with the weight 1 - a, not a."),
        (backward(dhs, cache, keep="all"), "The old state enters h_t with the weight 1 - a; here it has the weight 1."),
        (backward(dhs, cache, gain="none"), "The leak a is missing from dz: h_t holds a times n_t."),
        (backward(dhs, cache, gain="1 - a"), "dz has the factor 1 - a. That is the weight of the old state; n_t enters with a."),
        (backward(dhs, cache, slope="none"), "The derivative of tanh, 1 - n**2, is missing."),
        (backward(dhs, cache, slope="twice"), "n is tanh(z) already. The derivative is 1 - n**2, with no further tanh."),
        (backward(dhs, cache, slope="sigmoid"), "n (1 - n) is the derivative of the sigmoid. That of tanh is 1 - n**2."),
        (backward(dhs, cache, slope="no square"), "The square is missing: the derivative of tanh is 1 - n**2."),
        (backward(dhs, cache, way="U"), "U is not transposed on the way back: dz @ U.T."),
        (backward(dhs, cache, way="past the slope"), "What goes through U has passed the leak and not the tanh. It is dz."),
        (backward(dhs, cache, way="without U"), "dz was handed to the step before without its weights: dz @ U.T."),
        (backward(dhs, cache, direct="last"), "Only the last step of dhs is used. Every state hears from the loss: add dhs[:, t] at each step."),
        (backward(dhs, cache, order="forward"), "The loop runs forwards in time. The last step must come first: what it hands back is needed by the step before."),
        (backward(dhs, cache, steps="first"), "Only one step counts: the gradients are overwritten. Add up over the steps, with +=."),
        (backward(dhs, cache, pair="itself"), _ASIDE),
        (backward(dhs, cache, pair="new"), _NEW),
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
        ({"U": right["U"].T}, "The gradient of U is transposed. It has the shape of U: row i is the unit that is heard."),
        ({"U": backward(dhs, cache, pair="itself")["U"]}, _ASIDE),
        ({"W": np.einsum("btd,bth->dh", X, dz), "U": right["U"]}, "The gradient of W uses dhs alone. It needs the dz of each step, all paths counted."),
    ]  # fmt: skip
    wrapped = backward(dhs, cache, first="wrapped")["U"]
    if T == 1:  # there hs[:, -1] is h_t itself, and either may be meant
        mistakes.insert(0, ({"U": wrapped}, f"{_ASIDE} Is it hs[:, t - 1] with t = 0? That is hs[:, -1], the last state; h0 is in the cache."))  # fmt: skip
    else:
        mistakes.append(({"U": wrapped}, _WRAPPED))
        shifted = right["U"] - cache["h0"].T @ _first_dz(dhs, cache)
        mistakes.append(({"U": shifted}, "The first step is missing from the gradient of U: its state before is h0."))
    return mistakes


def _first_dz(dhs: np.ndarray, cache: Arrays) -> np.ndarray:
    """The dz of the first step, (B, H)."""
    dh = np.zeros_like(dhs[:, 0])
    for t in reversed(range(dhs.shape[1])):
        dh = dh + dhs[:, t]
        dz = cache["a"] * dh * (1 - cache["ns"][:, t] ** 2)
        dh = (1 - cache["a"]) * dh + dz @ cache["U"].T
    return dz


def _per_sequence_bias(dhs: np.ndarray, cache: Arrays) -> np.ndarray:
    """The gradient of b, each sequence by itself: (B, H)."""
    rows = [slice(n, n + 1) for n in range(len(dhs))]
    alone = [cache | {name: cache[name][row] for name in ("X", "h0", "ns", "hs")} for row in rows]
    return np.stack([backward(dhs[row], own)["b"] for row, own in zip(rows, alone, strict=True)])


def _compare_backward(got: Any, dhs: np.ndarray, cache: Arrays) -> Verdict:
    return compare_dict(got, backward(dhs, cache), **_GRADS, mistakes=_backward_mistakes(dhs, cache))


@LAB.check(2, "one step, started from a given h0", points=0.5)
def single_step(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=4, T=1, D=3, H=5)
    _, cache = forward(X, p, leak(rng), h0)
    got = yield Call("leaky_backward", G, cache)
    yield _compare_backward(got, G, cache)


@LAB.check(2, "a loss on the last of 6 states reaches the first", points=0.5)
def loss_at_the_end(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=6, D=2, H=4)
    G[:, :-1] = 0
    _, cache = forward(X, p, leak(rng), h0)
    got = yield Call("leaky_backward", G, cache)
    yield _compare_backward(got, G, cache)


@LAB.check(2, "a loss on every state, against central differences to 1e-6", points=1)
def against_differences(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=7, D=2, H=4)
    a = leak(rng)
    _, cache = forward(X, p, a, h0)
    got = yield Call("leaky_backward", G, cache)
    verdict = _compare_backward(got, G, cache)
    if verdict.right:
        verdict = _exact(got, differences(X, G, p, a, 1e-5, h0))
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


@LAB.check(2, "one step, one unit, a = 1, and other sizes", points=1, hidden=True)
def backward_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H, a in ((1, 1, 1, 1, None), (1, 9, 3, 3, None), (5, 2, 4, 2, 1.0), (4, 12, 1, 6, None)):
        X, G, h0, p = example(rng, B=B, T=T, D=D, H=H)
        _, cache = forward(X, p, leak(rng) if a is None else a, h0)
        got = yield Call("leaky_backward", G, cache)
        verdict = _compare_backward(got, G, cache)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: numerical_gradient(X, G, params, a, eps) -> {"W", "U", "b"}


def _compare_differences(got: Any, X: np.ndarray, G: np.ndarray, p: Arrays, a: float, eps: float) -> Verdict:
    near, far = differences(X, G, p, a, eps), differences(X, G, p, a, 2 * eps)
    right = mixed(near, far, 4 / 3, -1 / 3)
    one_sided = "The weight moves to one side only. C takes both: (L(w + eps) - L(w - eps)) / (2 eps)."
    both = [_together(X, G, p, a, step) for step in (eps, 2 * eps)]
    wrong = [
        (near, "This is the central difference of the lesson, C(eps), still wrong by eps**2. Mix it with C(2 eps)."),
        (far, "This is C(2 eps) alone. Mix it with C(eps) so that the terms with eps**2 cancel."),
        (mixed(near, far, 0.5, 0.5), "C(eps) and C(2 eps) are averaged: their errors of size eps**2 have the same sign and stay."),
        (mixed(near, far, 2, -1), "2 C(eps) - C(2 eps) would cancel an error of size eps. That of C grows fourfold when the step doubles."),
        (mixed(near, far, 4, -1), "4 C(eps) - C(2 eps) is three times the slope: the numbers before the two must add up to 1."),
        (mixed(near, far, 1, -1), "C(eps) - C(2 eps) has lost the slope: the numbers before the two must add up to 1."),
        (mixed(near, far, -1 / 3, 4 / 3), "The two are swapped: the finer one, C(eps), gets the larger number."),
        (mixed(near, far, 4 / 3, 1 / 3), "The sign is wrong: the term of C(2 eps) with eps**2 is taken away."),
        (mixed(near, far, 4 / 3, -2 / 3), "C(2 eps) is divided by 2 eps. Its points are 4 eps apart."),
        ({name: -g for name, g in right.items()}, "The sign is wrong: L at w + eps minus L at w - eps."),
        ({name: 2 * g for name, g in right.items()}, "Twice too large: the two points of C(eps) are 2 eps apart, so divide by 2 * eps."),
        (mixed(near, far, 8 * eps / 3, -4 * eps / 3), "The differences are not divided by the distance of their points."),
        ({name: g / G.size for name, g in right.items()}, "The loss is a sum over G * hs, not a mean. Call loss(X, G, params, a)."),
        (mixed(differences(X, G, p, a, eps, down=0), differences(X, G, p, a, 2 * eps, down=0), 4 / 3, -1 / 3), one_sided),
        (mixed(differences(X, G, p, a, eps, down=0), differences(X, G, p, a, 2 * eps, down=0), 2, -1), one_sided),
        (differences(X, G, p, a, eps, down=0), one_sided),
        (mixed(*both, 4 / 3, -1 / 3), "All numbers of an array move together. Move one at a time, each place by itself."),
        (differences(X, G, p, 1.0, eps), "The leak is lost on the way: call loss(X, G, params, a)."),
        (mixed(differences(X, G, p, 1.0, eps), differences(X, G, p, 1.0, 2 * eps), 4 / 3, -1 / 3), "The leak is lost on the way: call loss(X, G, params, a)."),
    ]  # fmt: skip
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got, right, **_GRADS, mistakes=mistakes)


def _together(X: np.ndarray, G: np.ndarray, p: Arrays, a: float, eps: float) -> Arrays:
    """The central difference when all numbers of an array move by eps at once."""
    return {
        name: np.full(w.shape, (total(X, G, p | {name: w + eps}, a) - total(X, G, p | {name: w - eps}, a)) / (2 * eps))
        for name, w in p.items()
    }


@LAB.check(3, "the error of size eps**2 is gone, with a large eps of 0.3", points=0.5)
def large_eps(rng: np.random.Generator) -> Conversation:
    X, G, _, p = example(rng, B=2, T=4, D=2, H=3)
    a = leak(rng)
    got = yield Call("numerical_gradient", X, G, p, a, 0.3)
    yield _compare_differences(got, X, G, p, a, 0.3)


@LAB.check(3, "agrees with backpropagation when eps is 1e-3", points=0.5)
def small_eps(rng: np.random.Generator) -> Conversation:
    X, G, _, p = example(rng, B=2, T=5, D=3, H=2)
    a = leak(rng)
    got = yield Call("numerical_gradient", X, G, p, a)
    verdict = _compare_differences(got, X, G, p, a, 1e-3)
    if verdict.right:
        verdict = _fine(got, backward(G, forward(X, p, a)[1]))
    yield verdict


def _fine(got: Any, want: Arrays) -> Verdict:
    """Whether differences agree with the gradient more closely than central ones with eps = 1e-3 do."""
    off = max(np.linalg.norm(np.asarray(got[name], float) - g) / np.linalg.norm(g) for name, g in want.items())
    if off < 1e-9:
        return Verdict(True)
    return Verdict(
        False,
        f"With eps = 1e-3 the relative error is {off:.0e}; the mixture reaches 1e-9. Is the term with eps**2 still there, or float32 used?",
    )


@LAB.check(3, "one unit, one step, and other sizes", points=1, hidden=True)
def differences_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H, eps in ((1, 1, 1, 1, 0.4), (3, 5, 1, 4, 0.3), (1, 4, 3, 3, 0.2)):
        X, G, _, p = example(rng, B=B, T=T, D=D, H=H)
        a = leak(rng)
        got = yield Call("numerical_gradient", X, G, p, a, eps)
        verdict = _compare_differences(got, X, G, p, a, eps)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: truncated(dhs, cache, k, back) -> {"W", "U", "b"}


def _compare_truncated(got: Any, dhs: np.ndarray, cache: Arrays, k: int, back: int) -> Verdict:
    T, right = dhs.shape[1], windowed(dhs, cache, k, back)
    whole, last = T // k * k, slice(-1, None)
    wrong = [
        (backward(dhs, cache), "Nothing is cut: this is the gradient through all steps."),
        (windowed(dhs, cache, k, 0), "The windows are the chunks: `back` does nothing. A window begins `back` steps before its chunk, and the copies of the weights at those steps count."),
        (windowed(dhs, cache, k, back, speak="all"), "Losses count more than once: in a window only those of its chunk speak. Make the others zero, in a copy of dhs."),
        (windowed(dhs, cache, k, back, begin="negative"), "A window that would begin before the first step is lost: a negative number in a slice counts from the end. Begin at max(start - back, 0)."),
        (windowed(dhs, cache, k, back, h0="of the chunk"), "The h0 of a window is the state before its chunk. It is the one before the window's own first step."),
        (windowed(dhs, cache, k, back, h0="zeros"), "A window starts from zeros. Its h0 is the state before its first step, from the cache."),
        (windowed(dhs, cache, k, back, h0="first"), "Every window has the h0 of the whole sequence. Its own is the state before its first step."),
        (windowed(dhs, cache, k, back, h0="own"), "The h0 of a window is its own first state. It is the one before it."),
        (windowed(dhs, cache, k, back, speak="last"), "Only the last loss of each chunk speaks. All losses of the chunk do."),
        (windowed(dhs, cache, k, back, chunks=last), "Only the last window counts. Add up the gradients of all."),
        (windowed(dhs, cache, k, back, chunks=slice(0, 1)), "Only the first window counts. Is the return line inside the loop?"),
        (windowed(dhs, cache, 1, back), "Every loss goes back `back` steps and no further. Within its own chunk it goes back to the chunk's beginning and beyond, to that of the window."),
        (backward(dhs, cache, carry=False), "Everything is cut, inside the windows too: within a window the gradient flows."),
        ({name: g / -(-T // k) for name, g in right.items()}, "The windows are averaged. Their gradients add up."),
        (_run_anew(dhs, cache, k, back), "The forward pass is run anew, each window from zeros. The states are not cut: take them from the cache."),
    ]  # fmt: skip
    if whole and whole < T:
        shorter = windowed(dhs, cache, k, back, chunks=slice(0, whole // k))
        wrong.append((shorter, f"The last, shorter chunk is lost: T = {T} is no multiple of {k}. Slices may be short."))
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got, right, **_GRADS, mistakes=mistakes)


def _run_anew(dhs: np.ndarray, cache: Arrays, k: int, back: int) -> Arrays:
    """As windowed, but every window but the first has run forward from a state of zeros."""
    grads: Arrays = {name: np.zeros_like(cache[name]) for name in ("W", "U", "b")}
    params = {name: cache[name] for name in grads}
    for start in range(0, dhs.shape[1], k):
        first = max(start - back, 0)
        spoken = dhs[:, first : start + k].copy()
        spoken[:, : start - first] = 0
        own = forward(cache["X"][:, first : start + k], params, cache["a"], None if first else cache["h0"])[1]
        grads = {name: grads[name] + g for name, g in backward(spoken, own).items()}
    return grads


@LAB.check(4, "back = 0: the chunks of lesson 07, and k = T, the whole gradient", points=0.5)
def no_overlap(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=8, D=2, H=4)
    _, cache = forward(X, p, leak(rng), h0)
    for k in (8, 1, 3):
        got = yield Call("truncated", G, cache, k, 0)
        verdict = _compare_truncated(got, G, cache, k, 0)
        if not verdict.right:
            break
    yield verdict


@LAB.check(4, "chunks of 3 whose losses go back 2 steps further", points=0.5)
def overlap(rng: np.random.Generator) -> Conversation:
    X, G, h0, p = example(rng, B=3, T=9, D=2, H=4)
    _, cache = forward(X, p, leak(rng), h0)
    got = yield Call("truncated", G, cache, 3, 2)
    yield _compare_truncated(got, G, cache, 3, 2)


@LAB.check(4, "windows that begin before the first step, a shorter last chunk, k above T", points=1, hidden=True)
def other_chunks(rng: np.random.Generator) -> Conversation:
    sizes = ((2, 12, 3, 3, 4, 6), (3, 11, 2, 4, 4, 3), (1, 7, 1, 2, 2, 5), (2, 6, 2, 3, 2, 40), (2, 5, 2, 3, 50, 1))
    for B, T, D, H, k, back in sizes:
        X, G, h0, p = example(rng, B=B, T=T, D=D, H=H)
        _, cache = forward(X, p, leak(rng), h0)
        got = yield Call("truncated", G, cache, k, back)
        verdict = _compare_truncated(got, G, cache, k, back)
        if not verdict.right:
            break
    yield verdict


# Exercise 5: loss_and_grads(X, y, params, head, a) -> L, {"W", "U", "b", "V", "c"}


def regression(
    X: np.ndarray, y: np.ndarray, p: Arrays, head: Arrays, a: float, *, scale: float | None = None, at: str = "last"
) -> tuple[float, Arrays]:
    """The right loss_and_grads, and with other keywords wrong ones: dy = scale * error, dhs at other steps."""
    hs, cache = forward(X, p, a)
    error = hs[:, -1] @ head["V"] + head["c"] - y
    dy = error * (2 / len(y) if scale is None else scale)
    dhs = np.zeros_like(hs)
    dhs[:, {"last": slice(-1, None), "every": slice(None), "first": slice(0, 1)}[at]] = (dy @ head["V"].T)[:, None]
    return float((error**2).mean()), backward(dhs, cache) | {"V": hs[:, -1].T @ dy, "c": dy.sum(axis=0)}


def _compare_regression(got: Any, X: np.ndarray, y: np.ndarray, p: Arrays, head: Arrays, a: float) -> Verdict:
    L, right = regression(X, y, p, head, a)
    if not isinstance(got, tuple | list) or len(got) != 2:
        shapes = {"the loss": "one number", "grads": "a dictionary"}
        return compare_tuple(got, {"the loss": np.asarray(L), "grads": np.asarray(0)}, shapes=shapes)
    hs, cache = forward(X, p, a)
    y_hat, B = hs[:, -1] @ head["V"] + head["c"], len(y)
    loss = as_array(got[0], name="the loss", shape="one number")
    if isinstance(loss, Verdict):
        return loss
    if loss.shape in ((B,), (B, 1)) and B > 1:
        return Verdict(False, "The loss has a number for each window. Return their mean.")
    loss = loss.reshape(()) if loss.size == 1 else loss
    every = hs @ head["V"] + head["c"] - y[:, None]
    losses = [
        (np.asarray(L * B), "The loss is the sum over the windows. Return the mean."),
        (np.asarray(L / 2), "The loss is halved. It is the mean of the squares, as the formula says."),
        (np.asarray(L * B / 2), "This is the lesson's loss, half the sum of the squares. Here it is their mean."),
        (np.abs(y_hat - y).mean(), "The loss is the mean absolute error. It is the mean of the squares."),
        (np.sqrt(L), "The loss is the root of the mean square. Leave the root out."),
        (((y_hat - head["c"] - y) ** 2).mean(), "The head's bias c is missing from the forecast."),
        ((every**2).mean(), "Every state makes a forecast. Only the last one, hs[:, -1], goes through the head."),
        ((every**2).sum() / 2, "This is the lesson's loss, a sum over all steps. Only the last state, hs[:, -1], goes through the head."),
        (((hs[-1] @ head["V"] + head["c"] - y[-1]) ** 2).mean(), "hs[-1] is the last sequence. The last step of all sequences is hs[:, -1]."),
        (regression(X, y, p, head, 1.0)[0], "The leak is lost on the way: call leaky_forward(X, params, a)."),
    ]  # fmt: skip
    verdict = compare(loss, np.asarray(L), name="the loss", shape="one number", mistakes=losses)
    if not verdict.right:
        return verdict
    no_head = backward(_last(hs, 2 * (y_hat - y) / B * np.ones_like(hs[:, -1])), cache)
    wrong = [
        (regression(X, y, p, head, a, scale=1 / B)[1], "The factor 2 is missing: the derivative of a square is twice what is squared."),
        (regression(X, y, p, head, a, scale=2)[1], "The gradients are sums over the windows. The loss is a mean: divide dy by B."),
        (regression(X, y, p, head, a, scale=1)[1], "dy is the error alone, as in the lesson. The derivative of the mean square is 2 (y_hat - y) / B."),
        (regression(X, y, p, head, a, scale=-2 / B)[1], "The sign is wrong: dy is 2 (y_hat - y) / B, forecast minus target."),
        (regression(X, y, p, head, a, at="every")[1], "dhs is filled at every step. Only the last state feeds the forecast; the others are zero."),
        (regression(X, y, p, head, a, at="first")[1], "dhs is filled at the first step. It belongs to the last, dhs[:, -1]."),
        (no_head, "dhs has not gone through the head: at the last step it is dy @ V.T."),
        ({"c": (2 * (y_hat - y) / B)}, "The gradient of c is (B, 1). Sum over the batch."),
        ({"c": right["c"] / B}, "The gradient of c is averaged over the windows. dy holds the 1 / B of the mean already: sum."),
        ({"V": right["V"] / B}, "The gradient of V is averaged over the windows. dy holds the 1 / B of the mean already: sum."),
        ({"V": right["V"].T}, "The gradient of V is transposed: h_T.T @ dy has the shape of V."),
        ({"V": cache["ns"][:, -1].T @ (2 * (y_hat - y) / B)}, "The gradient of V pairs dy with n_T. The head reads the state, h_T."),
    ]  # fmt: skip
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got[1], right, **_GRADS, mistakes=mistakes)


def _last(hs: np.ndarray, dh: np.ndarray) -> np.ndarray:
    dhs = np.zeros_like(hs)
    dhs[:, -1] = dh
    return dhs


def _regression_example(rng: np.random.Generator, B: int, T: int, D: int, H: int) -> tuple:
    X, _, _, p = example(rng, B=B, T=T, D=D, H=H)
    return X, rng.normal(0, 1, (B, 1)), p, {"V": rng.normal(0, 1, (H, 1)), "c": rng.normal(0, 1, 1)}, leak(rng)


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

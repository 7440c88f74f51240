"""Checks of lab 04: products of Jacobians, what a forecast feels of them, and clipping by the global norm."""

from collections.abc import Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import PartsMistake, compare, compare_dict
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("04", {1: "step_jacobian", 2: "jacobian_norms", 3: "forecast_reach", 4: "clip_by_global_norm"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Grads = dict[str, np.ndarray]


def example(rng: np.random.Generator, T: int, H: int) -> tuple[np.ndarray, np.ndarray]:
    """Random U (H, H), whose products over T steps keep an ordinary size, and states hs (T, H)."""
    return rng.normal(0, 1.2 / np.sqrt(H), (H, H)), rng.uniform(-0.8, 0.8, (T, H))


def jacobian(U: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The right step_jacobian."""
    return U * (1 - h**2)


def products(jacobians: list[np.ndarray]) -> list[np.ndarray]:
    """J_{t+1} ... J_T for t = 1 ... T, from J_1 ... J_T."""
    found = [np.eye(len(jacobians[0]))]
    for J in jacobians[:0:-1]:
        found.append(J @ found[-1])
    return found[::-1]


def norms(U: np.ndarray, hs: np.ndarray) -> np.ndarray:
    """The right jacobian_norms, (T,)."""
    return _sizes(products([jacobian(U, h) for h in hs]))


def reach(U: np.ndarray, V: np.ndarray, hs: np.ndarray) -> np.ndarray:
    """The right forecast_reach, (T,)."""
    return np.array([np.linalg.norm(A @ V) for A in products([jacobian(U, h) for h in hs])])


def global_norm(grads: Grads) -> float:
    """The length of all gradients taken as one vector."""
    return float(np.sqrt(sum((g**2).sum() for g in grads.values())))


def clipped(grads: Grads, c: float) -> Grads:
    """The right clip_by_global_norm."""
    norm = global_norm(grads)
    return {name: g * (c / norm) if norm > c else g for name, g in grads.items()}


def _sizes(matrices: list[np.ndarray]) -> np.ndarray:
    return np.array([np.linalg.norm(A, 2) for A in matrices])


# Exercise 1: step_jacobian(U, h) -> J (H, H)

_NO_SLOPE = "The slope of tanh, 1 - h**2, is missing."


def _compare_jacobian(got: Any, U: np.ndarray, h: np.ndarray) -> Verdict:
    s = 1 - h**2
    return compare(
        got, jacobian(U, h), name="J", shape="(H, H)",
        mistakes=[
            (s[:, None] * U, "The rows are multiplied. It is column j, the unit that feels the move, that takes slope j."),
            ((U * s).T, "J is transposed: row i is the unit of h_{t-1} that moves, column j the unit of h_t that feels it."),
            (U, _NO_SLOPE),
            (U.T * s, "U is transposed. With rows as states the step is h @ U, and J_ij holds U_ij."),
            (U * (1 - np.tanh(h) ** 2), "h is tanh already. The slope is 1 - h**2, with no further tanh."),
            (U * (1 - h), "The square is missing: the slope of tanh is 1 - h**2."),
            (U * h * (1 - h), "h (1 - h) is the slope of the sigmoid. That of tanh is 1 - h**2."),
            (U * h, "This multiplies with the state, not with the slope, 1 - h**2."),
            (s @ U, "This is a product of the slopes with U, one row. J is a matrix: each column of U times its slope."),
            (U @ s, "This is a product of U with the slopes, one vector. J is a matrix: each column of U times its slope."),
            (np.diag(s), "U is missing: J is U times the diagonal matrix of the slopes."),
            (s * np.eye(len(h)) * U, "Only the diagonal is left. Every unit reaches every other: keep all of U."),
        ],
    )  # fmt: skip


@LAB.check(1, "rows move, columns feel: random U and h", points=0.5)
def random_jacobian(rng: np.random.Generator) -> Conversation:
    U, hs = example(rng, T=1, H=4)
    got = yield Call("step_jacobian", U, hs[0])
    yield _compare_jacobian(got, U, hs[0])


@LAB.check(1, "at h = 0 J is U; a unit at 1 feels nothing", points=0.5)
def corner_states(rng: np.random.Generator) -> Conversation:
    U, _ = example(rng, T=1, H=5)
    for h in (np.zeros(5), np.array([0.0, 1.0, 0.5, -1.0, 0.0])):
        got = yield Call("step_jacobian", U, h)
        verdict = _compare_jacobian(got, U, h)
        if not verdict.right:
            break
    yield verdict


@LAB.check(1, "one unit, and more", points=1, hidden=True)
def jacobian_odd_sizes(rng: np.random.Generator) -> Conversation:
    for H in (1, 2, 9):
        U, hs = example(rng, T=1, H=H)
        got = yield Call("step_jacobian", U, hs[0])
        verdict = _compare_jacobian(got, U, hs[0])
        if not verdict.right:
            break
    yield verdict


# Exercise 2: jacobian_norms(U, hs) -> (T,)


def _norm_mistakes(U: np.ndarray, hs: np.ndarray) -> list:
    T = len(hs)
    Js = [jacobian(U, h) for h in hs]
    right, found, single = norms(U, hs), products(Js), _sizes(Js)
    reverse = [np.eye(len(U))]
    for J in Js[:0:-1]:
        reverse.append(reverse[-1] @ J)
    whole = [J @ A for J, A in zip(Js, found, strict=True)]
    from_start = [np.eye(len(U))]
    for J in Js[1:]:
        from_start.append(from_start[-1] @ J)
    frobenius = np.array([np.linalg.norm(A) for A in found])
    radius = np.array([np.abs(np.linalg.eigvals(A)).max() for A in found])
    spectral = np.abs(np.linalg.eigvals(U)).max()
    rows = products([(1 - h**2)[:, None] * U for h in hs])
    shifted = products([*Js[:1], *Js[:-1]])
    back = np.arange(T)[::-1]
    return [
        (frobenius, "This is the root of the sum of all squares. The norm asked for is the largest stretch: np.linalg.norm(A, 2)."),
        (np.append(frobenius[:-1], 1.0), "This is the root of the sum of all squares. The norm asked for is the largest stretch: np.linalg.norm(A, 2)."),
        (right[::-1], "Time is reversed: t = 1 comes first, and the last entry, t = T, is 1."),
        (_sizes(whole), "One factor too many: J_t leads to h_t and is no part of dh_T/dh_t. At t = T the norm is 1."),
        (right[:-1], "The last entry is missing: dh_T/dh_T is the identity, its norm 1."),
        (_sizes(reverse)[::-1], "The factors are in the wrong order. It is J_{t+1} J_{t+2} ... J_T: going back in time, multiply from the left."),
        (np.append(np.cumprod(single[:0:-1])[::-1], 1.0), "The norms are multiplied. Take the norm of the product: it is less where the steps do not stretch the same row."),
        (_sizes(from_start), "This is dh_t/dh_1, from the first state on. Asked is dh_T/dh_t, up to the last."),
        (radius, "This is the largest eigenvalue of the product. The norm is its largest singular value: np.linalg.norm(A, 2)."),
        (spectral ** back, "This is the spectral radius of U to the power of the steps. The norm needs the states and the singular values."),
        (_sizes([np.linalg.matrix_power(U, int(k)) for k in back]), _NO_SLOPE),
        (_sizes(rows), "The slopes multiply the rows of U. They belong to its columns: J = U * (1 - h**2)."),
        (_sizes(shifted), "The slopes are one step late: J_{t+1} is made from h_{t+1}, the state it leads to."),
        (np.append(single[1:], 1.0), "Each entry is the norm of one step. Multiply the Jacobians of all steps from t + 1 to T."),
        (single, "Each entry is the norm of one step. Multiply the Jacobians of all steps from t + 1 to T."),
        (np.log(right), "This is the logarithm of the norm. Return the norm itself."),
        (np.array([np.abs(A).max() for A in found]), "This is the largest number in the product. The norm is the largest stretch: np.linalg.norm(A, 2)."),
    ]  # fmt: skip


def _compare_norms(got: Any, U: np.ndarray, hs: np.ndarray) -> Verdict:
    return compare(got, norms(U, hs), name="the result", shape="(T,)", mistakes=_norm_mistakes(U, hs))


@LAB.check(2, "diagonal U, a fixed state: max |u (1 - h^2)| to the power T - t", points=1)
def diagonal(rng: np.random.Generator) -> Conversation:
    u = rng.uniform(0.6, 1.2, 4) * rng.choice([-1, 1], 4)
    U, hs = np.diag(u), np.tile(rng.uniform(-0.5, 0.5, 4), (12, 1))
    got = yield Call("jacobian_norms", U, hs)
    verdict = _compare_norms(got, U, hs)
    if verdict.right:
        closed = np.abs(u * (1 - hs[0] ** 2)).max() ** np.arange(12)[::-1]
        verdict = compare(got, closed, name="the result", shape="(T,)")
    yield verdict


@LAB.check(2, "orthogonal U, states of zero: 1 at every step", points=0.5)
def rotation(rng: np.random.Generator) -> Conversation:
    U, hs = np.linalg.qr(rng.normal(size=(5, 5)))[0], np.zeros((30, 5))
    got = yield Call("jacobian_norms", U, hs)
    yield _compare_norms(got, U, hs)


@LAB.check(2, "random U and states", points=0.5)
def random_norms(rng: np.random.Generator) -> Conversation:
    U, hs = example(rng, T=7, H=4)
    got = yield Call("jacobian_norms", U, hs)
    yield _compare_norms(got, U, hs)


@LAB.check(2, "one step, one unit, and other sizes", points=1, hidden=True)
def norms_odd_sizes(rng: np.random.Generator) -> Conversation:
    for T, H in ((1, 3), (6, 1), (2, 2), (25, 6)):
        U, hs = example(rng, T=T, H=H)
        got = yield Call("jacobian_norms", U, hs)
        verdict = _compare_norms(got, U, hs)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: forecast_reach(U, V, hs) -> (T,)


def _walk(U: np.ndarray, V: np.ndarray, hs: np.ndarray, step: Any) -> list[np.ndarray]:
    """g_1 ... g_T when `step(g, h)` takes g_t back through h_t."""
    gs = [V[:, 0]]
    for h in hs[:0:-1]:
        gs.append(step(gs[-1], h))
    return gs[::-1]


def _reach_mistakes(U: np.ndarray, V: np.ndarray, hs: np.ndarray) -> list:
    right, length = reach(U, V, hs), np.linalg.norm(V)

    def lengths(step: Any, start: np.ndarray = V) -> np.ndarray:
        return np.array([np.linalg.norm(g) for g in _walk(U, start, hs, step)])

    gs = _walk(U, V, hs, lambda g, h: (g * (1 - h**2)) @ U.T)
    further = (gs[0] * (1 - hs[0] ** 2)) @ U.T
    late = [V[:, 0]]
    for h in hs[-2::-1]:
        late.append((late[-1] * (1 - h**2)) @ U.T)
    return [
        (norms(U, hs) * length, "This is the bound, the norm times the length of V. Carry the row g itself back and take its length."),
        (norms(U, hs), "These are the norms of exercise 2. Start from V and carry the row g back."),
        (right[::-1], "Time is reversed: t = 1 comes first, the last entry is the length of V."),
        (right[:-1], "The last entry is missing: at t = T it is the length of V."),
        (np.append(np.linalg.norm(further), right[:-1]), "The lengths are one step early: the last entry, t = T, is the length of V itself."),
        (lengths(lambda g, h: g @ U.T), _NO_SLOPE),
        (lengths(lambda g, h: (g * (1 - h**2)) @ U), "U is not transposed on the way back: (g * (1 - h**2)) @ U.T."),
        (lengths(lambda g, h: (g @ U.T) * (1 - h**2)), "The order is wrong: back through the tanh first, then through U."),
        (lengths(lambda g, h: (g @ U) * (1 - h**2)), "This runs forwards, as a move of the state does. Back: (g * (1 - h**2)) @ U.T."),
        (lengths(lambda g, h: (g * (1 - np.tanh(h) ** 2)) @ U.T), "h is tanh already. The slope is 1 - h**2, with no further tanh."),
        (lengths(lambda g, h: g / np.linalg.norm(g) * (1 - h**2) @ U.T), "g is divided by its length on the way. Leave it as it is: its length is what is asked."),
        (right / length, "The result is divided by the length of V. Return the length of g itself."),
        (right**2, "This is the square of the length. Take the root."),
        (np.array([np.abs(g).sum() for g in gs]), "This adds up absolute values. The length is the root of the sum of squares, np.linalg.norm(g)."),
        (np.array([np.abs(g).max() for g in gs]), "This is the largest number of g. Its length is the root of the sum of squares."),
        (np.array([g.sum() for g in gs]), "This is the sum of g. Its length is the root of the sum of squares."),
        (np.stack(gs), "Each g_t is returned whole. Return its length, one number for each step."),
        (lengths(lambda g, h: (g * (1 - h**2)) @ U.T, np.ones_like(V)), "The way back starts from ones. It starts from V."),
        (np.array([np.linalg.norm(g) for g in late[::-1]]), "The slopes are one step late: from g_t to g_{t-1} the slope is that of h_t."),
    ]  # fmt: skip


def _compare_reach(got: Any, U: np.ndarray, V: np.ndarray, hs: np.ndarray) -> Verdict:
    return compare(got, reach(U, V, hs), name="the result", shape="(T,)", mistakes=_reach_mistakes(U, V, hs))


@LAB.check(3, "two steps: V, and once back", points=0.5)
def two_steps(rng: np.random.Generator) -> Conversation:
    U, hs = example(rng, T=2, H=4)
    V = rng.normal(0, 1, (4, 1))
    got = yield Call("forecast_reach", U, V, hs)
    yield _compare_reach(got, U, V, hs)


@LAB.check(3, "nine steps", points=0.5)
def nine_steps(rng: np.random.Generator) -> Conversation:
    U, hs = example(rng, T=9, H=3)
    V = rng.normal(0, 1, (3, 1))
    got = yield Call("forecast_reach", U, V, hs)
    yield _compare_reach(got, U, V, hs)


@LAB.check(3, "one step, one unit, and other sizes", points=1, hidden=True)
def reach_odd_sizes(rng: np.random.Generator) -> Conversation:
    for T, H in ((1, 3), (5, 1), (12, 6), (2, 2)):
        U, hs = example(rng, T=T, H=H)
        V = rng.normal(0, 1, (H, 1))
        got = yield Call("forecast_reach", U, V, hs)
        verdict = _compare_reach(got, U, V, hs)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: clip_by_global_norm(grads, c) -> grads


def _compare_clipped(got: Any, grads: Grads, c: float) -> Verdict:
    if isinstance(got, tuple) and len(got) == 2 and isinstance(got[0], dict):
        return Verdict(False, "The function returns 2 things. Return the dictionary alone, without the norm.")
    n, right = global_norm(grads), clipped(grads, c)
    shapes = {name: f"that of grads[{name!r}]" for name in grads}
    every = grads.values()

    def times(factor: float) -> Grads:
        return {name: factor * g for name, g in grads.items()}

    def own(limit: float) -> Grads:
        return {name: g * min(1, limit / max(np.linalg.norm(g), 1e-300)) for name, g in grads.items()}

    wrong = [
        ({name: np.clip(g, -c, c) for name, g in grads.items()}, "Each number is clipped by itself, which bends the direction. Multiply all by one factor, c / norm."),
        ({name: np.maximum(np.minimum(g, c), 0) for name, g in grads.items()}, "Negative numbers are lost. Multiply all by one factor, c / norm."),
        (own(c), "Each array is clipped by its own norm, which bends the direction. The norm is that of all arrays together."),
        (times(min(1, c / max(sum(np.linalg.norm(g) for g in every), 1e-300))), "The norms of the arrays are added. Add the squares of all numbers, then take one root."),
        (times(min(1, c / max(n**2, 1e-300))), "The root is missing: the norm is the root of the sum of squares."),
        (times(min(1, c / max(sum(np.abs(g).sum() for g in every), 1e-300))), "The norm adds up absolute values. It is the root of the sum of squares."),
        (times(min(1, c / max(max(np.abs(g).max() for g in every), 1e-300))), "The norm is the largest number. It is the root of the sum of all squares."),
        (times(min(1, c / max(np.sqrt(sum((g**2).mean() for g in every)), 1e-300))), "The squares are averaged. The norm is the root of their sum."),
    ]  # fmt: skip
    if n > 0:
        wrong += [
            (times(c / n), "The gradient is shorter than c and was made longer. Clip only if the norm is more than c."),
            (times(1 / n), "The length became 1, not c: the factor is c / norm."),
            (times(n / c), "The factor is upside down: c / norm."),
            (times(c), "The gradient is multiplied by c. The factor is c / norm."),
            (times(0), "The gradient was thrown away. Shorten it to the length c: the factor is c / norm."),
            (grads, "The gradient is longer than c and came back as it was."),
        ]
    mistakes: list[PartsMistake] = [(each, hint) for each, hint in wrong]
    return compare_dict(got, right, name="the result", shapes=shapes, mistakes=mistakes)


def _grads(rng: np.random.Generator, length: float, *shapes: tuple[int, ...]) -> Grads:
    grads = {name: rng.normal(0, rng.uniform(0.3, 3), shape) for name, shape in zip("WUbVc", shapes, strict=False)}
    norm = global_norm(grads)
    return {name: g * (length / norm) for name, g in grads.items()}


@LAB.check(4, "a long gradient becomes c long and keeps its direction", points=1)
def long_gradient(rng: np.random.Generator) -> Conversation:
    grads = _grads(rng, 30.0, (3, 4), (4, 4), (4,))
    got = yield Call("clip_by_global_norm", grads, 2.0)
    yield _compare_clipped(got, grads, 2.0)


@LAB.check(4, "a gradient shorter than c stays as it is", points=0.5)
def short_gradient(rng: np.random.Generator) -> Conversation:
    grads = _grads(rng, 3.0, (3, 4), (4, 4), (4,))
    got = yield Call("clip_by_global_norm", grads, 5.0)
    yield _compare_clipped(got, grads, 5.0)


@LAB.check(4, "a gradient of zeros stays zero", points=0.5)
def zero_gradient(rng: np.random.Generator) -> Conversation:
    grads = {"W": np.zeros((2, 3)), "b": np.zeros(3)}
    got = yield Call("clip_by_global_norm", grads, 1.0)
    yield _compare_clipped(got, grads, 1.0)


@LAB.check(4, "other arrays and limits", points=1, hidden=True)
def clip_odd_sizes(rng: np.random.Generator) -> Conversation:
    cases = (
        (7.0, 0.5, ((5,),)),
        (0.8, 0.25, ((1, 1), (1, 1), (1,))),
        (1e4, 3.0, ((2, 6), (6, 6), (6,), (6, 1), (1,))),
        (2.0, 2.5, ((2, 2), (3,))),
    )
    for length, c, shapes in cases:
        grads = _grads(rng, length, *shapes)
        got = yield Call("clip_by_global_norm", grads, c)
        verdict = _compare_clipped(got, grads, c)
        if not verdict.right:
            break
    yield verdict

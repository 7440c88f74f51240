"""Checks of lab 04: Jacobians of a leaky net, what a forecast feels of them, and a guard that learns its limit."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import Mistake, PartsMistake, compare, compare_dict
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("04", {1: "leaky_jacobian", 2: "norms_after", 3: "forecast_reach", 4: "guard"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Grads = dict[str, np.ndarray]


def example(rng: np.random.Generator, T: int, H: int, a: float | None = None) -> tuple[np.ndarray, float, np.ndarray]:
    """Random U (H, H), whose products over T steps keep an ordinary size, a leak, and states hs (T, H) of such a net."""
    U = rng.normal(0, 1.2 / np.sqrt(H), (H, H))
    a = rng.uniform(0.3, 0.7) if a is None else a
    hs = rng.uniform(-0.8, 0.8, (T, H))
    for t in range(1, T):
        hs[t] = (1 - a) * hs[t - 1] + a * hs[t]
    return U, a, hs


def inside(a: float, before: np.ndarray, h: np.ndarray) -> np.ndarray:
    """What came out of the tanh."""
    return (h - (1 - a) * before) / a


def jacobian(U: np.ndarray, a: float, before: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The right leaky_jacobian."""
    return (1 - a) * np.eye(len(U)) + a * U * (1 - inside(a, before, h) ** 2)


def jacobians(U: np.ndarray, a: float, hs: np.ndarray) -> list[np.ndarray]:
    """J_2 ... J_T."""
    return [jacobian(U, a, before, h) for before, h in zip(hs[:-1], hs[1:], strict=True)]


def product(factors: list[np.ndarray], H: int) -> np.ndarray:
    """All factors multiplied, the first on the left; the identity if there are none."""
    A = np.eye(H)
    for factor in factors:
        A = A @ factor
    return A


def windows(Js: list[np.ndarray], k: int, H: int) -> list[np.ndarray]:
    """The products of each k factors in a row."""
    return [product(Js[t : t + k], H) for t in range(len(Js) - k + 1)]


def norms(U: np.ndarray, a: float, hs: np.ndarray, k: int) -> np.ndarray:
    """The right norms_after, (T - k,)."""
    return _sizes(windows(jacobians(U, a, hs), k, len(U)))


def reach(U: np.ndarray, a: float, V: np.ndarray, hs: np.ndarray) -> np.ndarray:
    """The right forecast_reach, (T,)."""
    Js = jacobians(U, a, hs)
    return np.array([np.linalg.norm(product(Js[t:], len(U)) @ V) for t in range(len(hs))])


def global_norm(grads: Grads) -> float:
    """The length of all gradients taken as one vector."""
    return float(np.sqrt(sum((g**2).sum() for g in grads.values())))


def guarded(grads: Grads, past: np.ndarray, c: float) -> tuple[Grads, np.ndarray]:
    """The right guard."""
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, past
    limit = c * np.median(past) if len(past) else np.inf
    return _times(grads, limit / norm if norm > limit else 1.0), np.append(past, norm)


def _sizes(matrices: list[np.ndarray]) -> np.ndarray:
    return np.array([np.linalg.norm(A, 2) for A in matrices])


def _times(grads: Grads, factor: float) -> Grads:
    return {name: factor * g for name, g in grads.items()}


# Exercise 1: leaky_jacobian(U, a, before, h) -> J (H, H)

_NO_SLOPE = "The slope of tanh is missing on the road through it."
_NO_LEAK = "This is a net without the leak. Of h_{t-1} a part, 1 - a, is kept, and only a part, a, goes through tanh."
_NO_ROAD = "The road past the tanh is missing: each unit keeps 1 - a of itself."
_NO_SHARE = "The road through the tanh is taken in full. It has the factor a."
_SWAPPED = "a and 1 - a have changed places: 1 - a is what is kept, a what goes through tanh."
_NOT_TANH = "h_t is not the tanh here, but a blend. Work out from h_t and h_{t-1} what came out of the tanh."


def _compare_jacobian(got: Any, U: np.ndarray, a: float, before: np.ndarray, h: np.ndarray) -> Verdict:
    eye, s = np.eye(len(h)), inside(a, before, h)
    slope = 1 - s**2

    def through(slope: np.ndarray) -> np.ndarray:
        return (1 - a) * eye + a * U * slope

    return compare(
        got, jacobian(U, a, before, h), name="J", shape="(H, H)",
        mistakes=[
            (a * U * slope, _NO_ROAD),
            ((1 - a) + a * U * slope, "1 - a is added to every number. What a unit keeps, it keeps for itself: 1 - a times the identity."),
            ((1 - a) * eye + U * slope, _NO_SHARE),
            (eye + a * U * slope, "The whole of h_{t-1} is kept. Only 1 - a of it is."),
            (through(1 - h**2), _NOT_TANH),
            (a * U * (1 - h**2), _NOT_TANH),
            (through(1 - np.tanh(h) ** 2), _NOT_TANH),
            (through(1 - before**2), "The slope is taken at h_{t-1}. It is the slope at what came out of the tanh at step t."),
            (U * slope, _NO_LEAK),
            (U * (1 - h**2), _NO_LEAK),
            (through(1 - (h - (1 - a) * before) ** 2), "h_t - (1 - a) h_{t-1} is a times the tanh. Divide by a before you square it."),
            (through(1 - ((h - before) / a) ** 2), "What was kept is (1 - a) h_{t-1}, not h_{t-1}. Take that from h_t."),
            (through(1 - inside(a, h, before) ** 2), "h_{t-1} and h_t have changed places."),
            (through(1 - ((h - a * before) / (1 - a if a < 1 else 1)) ** 2), _SWAPPED),
            (a * eye + (1 - a) * U * slope, _SWAPPED),
            (through(1 - np.tanh(s) ** 2), "What you worked out is tanh already. The slope is 1 minus its square, with no further tanh."),
            (through(1 - s), "The square is missing: the slope of tanh is 1 - tanh**2."),
            (through(np.ones_like(s)), _NO_SLOPE),
            ((1 - a) * eye + a * slope[:, None] * U, "The rows are multiplied. It is column j, the unit that feels the move, that takes slope j."),
            (through(slope).T, "J is transposed: row i is the unit of h_{t-1} that moves, column j the unit of h_t that feels it."),
            ((1 - a) * eye + a * U.T * slope, "U is transposed. With rows as states the step is h @ U, and J_ij holds U_ij."),
            (eye * through(slope), "Only the diagonal is left. Every unit reaches every other: keep all of U."),
            ((1 - a) * before + a * slope @ U, "This is one row. J is a matrix: row i for the unit that moves, column j for the one that feels it."),
        ],
    )  # fmt: skip


@LAB.check(1, "rows move, columns feel, two roads: random U and states", points=0.5)
def random_jacobian(rng: np.random.Generator) -> Conversation:
    U, a, hs = example(rng, T=2, H=4)
    got = yield Call("leaky_jacobian", U, a, *hs)
    yield _compare_jacobian(got, U, a, *hs)


@LAB.check(1, "without a leak, a = 1, it is that of a plain net; a unit at 1 feels nothing", points=0.5)
def plain_net(rng: np.random.Generator) -> Conversation:
    U, a, hs = example(rng, T=2, H=5, a=1.0)
    for h in (hs[1], np.array([0.0, 1.0, 0.5, -1.0, 0.0])):
        got = yield Call("leaky_jacobian", U, a, hs[0], h)
        verdict = _compare_jacobian(got, U, a, hs[0], h)
        if not verdict.right:
            break
    yield verdict


@LAB.check(1, "one unit, and more", points=1, hidden=True)
def jacobian_odd_sizes(rng: np.random.Generator) -> Conversation:
    for H in (1, 2, 9):
        U, a, hs = example(rng, T=2, H=H)
        got = yield Call("leaky_jacobian", U, a, *hs)
        verdict = _compare_jacobian(got, U, a, *hs)
        if not verdict.right:
            break
    yield verdict


# Exercise 2: norms_after(U, a, hs, k) -> (T - k,)


def _norm_mistakes(U: np.ndarray, a: float, hs: np.ndarray, k: int) -> list[Mistake]:
    H, Js = len(U), jacobians(U, a, hs)
    found, right, single = windows(Js, k, H), norms(U, a, hs, k), _sizes(Js)
    frobenius = np.array([np.linalg.norm(A) for A in found])
    radius = np.array([np.abs(np.linalg.eigvals(A)).max() for A in found])
    reverse = [product(Js[t : t + k][::-1], H) for t in range(len(found))]
    plain = [U * (1 - h**2) for h in hs[1:]]
    exchanged = jacobians(U, a, hs[::-1])[::-1]
    around = [jacobian(U, a, hs[-1], hs[0]), *Js]  # hs[s - 1] with s = 0
    to_last = [product(Js[t:], H) for t in range(len(hs))]
    from_first = [product(Js[:t], H) for t in range(len(hs))]
    wrong: list[Mistake] = [
        (frobenius, "This is the root of the sum of all squares. The norm asked for is the largest stretch: np.linalg.norm(A, 2)."),
        (right[::-1], "Time is reversed: t = 1 comes first."),
        (_sizes(reverse), "The factors are in the wrong order. It is J_{t+1} J_{t+2} ... J_{t+k}: the earliest stands on the left."),
        (np.array([single[t : t + k].prod() for t in range(len(found))]), "The norms are multiplied. Take the norm of the product: it is less where the steps do not stretch the same row."),
        (radius, "This is the largest eigenvalue of the product. The norm is its largest singular value: np.linalg.norm(A, 2)."),
        (_sizes(to_last), "This is the norm from each state to the last one. Asked is the one k steps later, for each t."),
        (_sizes(from_first), "This is the norm from the first state to each. Asked is the one k steps later, for each t."),
        (_sizes(windows(plain, k, H)), _NO_LEAK),
        (_sizes(windows(exchanged, k, H)), "h_{t-1} and h_t have changed places: leaky_jacobian takes the earlier state first."),
        (_sizes(windows(around, k, H)[: len(found)]), "One step too early: with s = 0, hs[s - 1] is the last state. The first Jacobian is made from hs[0] and hs[1]."),
        (_sizes(windows(Js, k + 1, H)), "One factor too many: from h_t to h_{t+k} there are k steps, the first of them J_{t+1}."),
        (_sizes(windows(Js[1:], k, H)), "The first entry is missing, or each is one step late: the first Jacobian, J_2, leads from h_1 to h_2 and belongs to t = 1."),
        (right[:-1], "The last entry is missing: t runs up to T - k, and there are T - k entries."),
        (_sizes([np.linalg.matrix_power(J, k) for J in Js[: len(found)]]), "One Jacobian is taken k times. Each step has its own, made from its own states."),
        (_sizes(windows(Js, max(k - 1, 0), H)[: len(found)]), "One factor too few: from h_t to h_{t+k} there are k steps."),
        (np.log(right), "This is the logarithm of the norm. Return the norm itself."),
        (np.array([np.abs(A).max() for A in found]), "This is the largest number in the product. The norm is the largest stretch: np.linalg.norm(A, 2)."),
        (right[-1], "This is one number. Return the norm for every t from 1 to T - k."),
        (right[0], "This is one number. Return the norm for every t from 1 to T - k."),
        (single[: len(found)], "Each entry is the norm of one step. Multiply the Jacobians of all k steps."),
    ]  # fmt: skip
    return wrong


def _compare_norms(got: Any, U: np.ndarray, a: float, hs: np.ndarray, k: int) -> Verdict:
    mistakes = _norm_mistakes(U, a, hs, k)
    return compare(got, norms(U, a, hs, k), name="the result", shape="(T - k,)", mistakes=mistakes)


@LAB.check(2, "diagonal U, a fixed state: max |1 - a + a u (1 - h^2)| to the power k", points=1)
def diagonal(rng: np.random.Generator) -> Conversation:
    a, u = rng.uniform(0.3, 0.7), rng.uniform(0.6, 1.2, 4) * rng.choice([-1, 1], 4)
    U, hs, k = np.diag(u), np.tile(rng.uniform(-0.5, 0.5, 4), (12, 1)), 5
    got = yield Call("norms_after", U, a, hs, k)
    verdict = _compare_norms(got, U, a, hs, k)
    if verdict.right:
        closed = np.abs(1 - a + a * u * (1 - hs[0] ** 2)).max() ** k
        verdict = compare(got, np.full(12 - k, closed), name="the result", shape="(T - k,)")
    yield verdict


@LAB.check(2, "k = 0: 1 everywhere", points=0.5)
def no_step(rng: np.random.Generator) -> Conversation:
    U, a, hs = example(rng, T=6, H=3)
    got = yield Call("norms_after", U, a, hs, 0)
    yield _compare_norms(got, U, a, hs, 0)


@LAB.check(2, "random U and states, three steps", points=0.5)
def random_norms(rng: np.random.Generator) -> Conversation:
    U, a, hs = example(rng, T=8, H=4)
    got = yield Call("norms_after", U, a, hs, 3)
    yield _compare_norms(got, U, a, hs, 3)


@LAB.check(2, "one unit, no leak, and other sizes", points=1, hidden=True)
def norms_odd_sizes(rng: np.random.Generator) -> Conversation:
    for T, H, k, a in ((6, 1, 2, None), (5, 3, 4, None), (9, 2, 3, 1.0), (25, 6, 10, None)):
        U, a, hs = example(rng, T=T, H=H, a=a)
        got = yield Call("norms_after", U, a, hs, k)
        verdict = _compare_norms(got, U, a, hs, k)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: forecast_reach(U, a, V, hs) -> (T,)


def _reach_mistakes(U: np.ndarray, a: float, V: np.ndarray, hs: np.ndarray) -> list[Mistake]:
    right, length, H = reach(U, a, V, hs), np.linalg.norm(V), len(U)
    Js = jacobians(U, a, hs)
    slopes = [1 - inside(a, before, h) ** 2 for before, h in zip(hs[:-1], hs[1:], strict=True)]

    def rows(step: Callable, start: np.ndarray = V, at: list | np.ndarray = slopes) -> list[np.ndarray]:
        """g_1 ... g_T, where step(g, slope) takes g one step back."""
        gs = [start[:, 0]]
        for slope in at[::-1]:
            gs.append(step(gs[-1], slope))
        return gs[::-1]

    def lengths(step: Callable, **kwargs: Any) -> np.ndarray:
        return np.array([np.linalg.norm(g) for g in rows(step, **kwargs)])

    def back(g: np.ndarray, slope: np.ndarray) -> np.ndarray:
        return (1 - a) * g + a * (g * slope) @ U.T

    gs, column = rows(back), [V]
    for slope in slopes[::-1]:
        column.append(back(column[-1], slope))
    around = [1 - inside(a, hs[-1], hs[0]) ** 2, *slopes[:-1]]  # hs[t - 1] with t = 0
    worst = _sizes([product(Js[t:], H) for t in range(len(hs))])
    return [
        (worst * length, "This is the bound, the norm times the length of V. Carry the row g itself back and take its length."),
        (worst, "These are norms of products, as in exercise 2. Start from V and carry the row g back."),
        (right[::-1], "Time is reversed: t = 1 comes first, the last entry is the length of V."),
        (right[:-1], "The last entry is missing: at t = T it is the length of V."),
        (right[0], "This is one number. Return the length of g_t for every t from 1 to T."),
        (lengths(lambda g, slope: a * (g * slope) @ U.T), _NO_ROAD),
        (lengths(lambda g, slope: (1 - a) * g + (g * slope) @ U.T), _NO_SHARE),
        (lengths(lambda g, slope: (g * slope) @ U.T), _NO_LEAK),
        (lengths(lambda g, slope: (g * slope) @ U.T, at=1 - hs[1:] ** 2), _NO_LEAK),
        (lengths(back, at=1 - hs[1:] ** 2), _NOT_TANH),
        (lengths(back, at=1 - hs[:-1] ** 2), "The slope is taken at h_{t-1}. It is the slope at what came out of the tanh at step t."),
        (lengths(lambda g, slope: a * g + (1 - a) * (g * slope) @ U.T), _SWAPPED),
        (lengths(lambda g, slope: (1 - a) * g + a * g @ U.T), _NO_SLOPE),
        (lengths(lambda g, slope: (1 - a) * g + a * (g * slope) @ U), "U is not transposed. A gradient goes back through U.T, from the units that feel to the unit that moves."),
        (lengths(lambda g, slope: (1 - a) * g + a * (g @ U.T) * slope), "The order is wrong: going back, the tanh comes first, then U."),
        (lengths(lambda g, slope: (1 - a) * g + a * (g @ U) * slope), "This runs forwards, as a move of the state does. A gradient goes back: tanh first, then U transposed."),
        (lengths(lambda g, slope: ((1 - a) * g + a * g @ U.T) * slope), "What is kept goes past the tanh: its part of g takes no slope."),
        (lengths(lambda g, slope: ((1 - a) * g + a * g) * slope @ U.T), "What is kept goes past the tanh and past U: its part of g takes neither."),
        (lengths(lambda g, slope: back(g / np.linalg.norm(g), slope)), "g is divided by its length on the way. Leave it as it is: its length is what is asked."),
        (right / length, "The result is divided by the length of V. Return the length of g itself."),
        (right**2, "This is the square of the length. Take the root."),
        (np.array([np.abs(g).sum() for g in gs]), "This adds up absolute values. The length is the root of the sum of squares, np.linalg.norm(g)."),
        (np.array([np.abs(g).max() for g in gs]), "This is the largest number of g. Its length is the root of the sum of squares."),
        (np.array([g.sum() for g in gs]), "This is the sum of g. Its length is the root of the sum of squares."),
        (np.stack(gs), "Each g_t is returned whole. Return its length, one number for each step."),
        (lengths(back, start=np.ones_like(V)), "The way back starts from ones. It starts from V."),
        (np.array([np.linalg.norm(g) for g in column[::-1]]), "V is a column (H, 1), and broadcasting made a matrix of it. Start from a row: V[:, 0]."),
        (lengths(back, at=around), "Each slope is from one step too early. The step back from h_T goes through the tanh of step T, made from hs[-2] and hs[-1]."),
        (lengths(back, at=slopes[::-1]), "The slopes are used in the order of time. Going back, the last step comes first."),
    ]  # fmt: skip


def _compare_reach(got: Any, U: np.ndarray, a: float, V: np.ndarray, hs: np.ndarray) -> Verdict:
    mistakes = _reach_mistakes(U, a, V, hs)
    return compare(got, reach(U, a, V, hs), name="the result", shape="(T,)", mistakes=mistakes)


@LAB.check(3, "two steps: V, and once back", points=0.5)
def two_steps(rng: np.random.Generator) -> Conversation:
    U, a, hs = example(rng, T=2, H=4)
    V = rng.normal(0, 1, (4, 1))
    got = yield Call("forecast_reach", U, a, V, hs)
    yield _compare_reach(got, U, a, V, hs)


@LAB.check(3, "nine steps", points=0.5)
def nine_steps(rng: np.random.Generator) -> Conversation:
    U, a, hs = example(rng, T=9, H=3)
    V = rng.normal(0, 1, (3, 1))
    got = yield Call("forecast_reach", U, a, V, hs)
    yield _compare_reach(got, U, a, V, hs)


@LAB.check(3, "one step, one unit, no leak, and other sizes", points=1, hidden=True)
def reach_odd_sizes(rng: np.random.Generator) -> Conversation:
    for T, H, a in ((1, 3, None), (5, 1, None), (12, 6, None), (7, 2, 1.0)):
        U, a, hs = example(rng, T=T, H=H, a=a)
        V = rng.normal(0, 1, (H, 1))
        got = yield Call("forecast_reach", U, a, V, hs)
        verdict = _compare_reach(got, U, a, V, hs)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: guard(grads, past, c) -> grads, past


def _compare_guard(got: Any, grads: Grads, past: np.ndarray, c: float) -> Verdict:
    if isinstance(got, dict):
        return Verdict(False, "The function returns the gradients alone. Return two things: grads, past.")
    if not isinstance(got, tuple | list) or len(got) != 2:
        what = f"{len(got)} things" if isinstance(got, tuple | list) else "None" if got is None else type(got).__name__
        return Verdict(False, f"The function returns {what}. Return two things: grads, past.")
    if isinstance(got[1], dict):
        return Verdict(False, "The two things have changed places: first grads, then past.")
    right, new_past = guarded(grads, past, c)
    skipped = not np.isfinite(global_norm(grads))
    verdict = _compare_skipped(got[0], grads) if skipped else Verdict(True)
    if verdict.right:
        shapes = {name: f"that of grads[{name!r}]" for name in grads}
        mistakes = [] if skipped else _clip_mistakes(grads, past, c)
        verdict = compare_dict(got[0], right, name="grads", shapes=shapes, mistakes=mistakes)
    if verdict.right:
        mistakes = _past_mistakes(grads, past, c)
        verdict = compare(got[1], new_past, name="past", shape="(n,)" if skipped else "(n + 1,)", mistakes=mistakes)
    return verdict


def _compare_skipped(got: Any, grads: Grads) -> Verdict:
    """A gradient that is not finite: name what is left of it."""
    if not isinstance(got, dict) or any(name not in got for name in grads):
        return Verdict(True)  # compare_dict says what is wrong
    try:
        finite = all(np.isfinite(np.asarray(got[name], dtype=float)).all() for name in grads)
    except (TypeError, ValueError):
        return Verdict(True)
    if finite:
        return Verdict(True)
    return Verdict(
        False,
        "The norm is not finite, and the gradients still hold NaN or infinity. 0 * NaN is NaN: return fresh arrays of "
        "zeros. And NaN > limit is False, so ask np.isfinite(norm) first.",
    )


def _clip_mistakes(grads: Grads, past: np.ndarray, c: float) -> list[PartsMistake]:
    n, every = global_norm(grads), list(grads.values())
    limit = c * np.median(past) if len(past) else np.inf

    def to(limit: float, norm: float = n) -> Grads:
        return _times(grads, limit / norm if norm > limit else 1.0)

    wrong = [
        ({name: np.clip(g, -limit, limit) for name, g in grads.items()}, "Each number is clipped by itself, which bends the direction. Multiply all by one factor, limit / norm."),
        ({name: g * min(1, limit / max(np.linalg.norm(g), 1e-300)) for name, g in grads.items()}, "Each array is clipped by its own norm, which bends the direction. The norm is that of all arrays together."),
        (to(limit, sum(np.linalg.norm(g) for g in every)), "The norms of the arrays are added. Add the squares of all numbers, then take one root."),
        (to(limit, np.sqrt(sum(np.linalg.norm(g) for g in every))), "The root is taken of a sum of norms. It is their squares that are added."),
        (to(limit, n**2), "The root is missing: the norm is the root of the sum of squares."),
        (to(limit, sum(np.abs(g).sum() for g in every)), "The norm adds up absolute values. It is the root of the sum of squares."),
        (to(limit, max(np.abs(g).max() for g in every)), "The norm is the largest number. It is the root of the sum of all squares."),
        (to(limit, np.sqrt(sum((g**2).mean() for g in every))), "The squares are averaged. The norm is the root of their sum."),
        (to(c), "The limit is c itself. It is c times the median of the past norms; with no past there is none."),
        (to(c * n), "The limit is c times this norm. It is c times the median of the past norms."),
    ]  # fmt: skip
    if len(past):
        wrong += [
            (to(c * np.median(np.append(past, n))), "The norm of this gradient is counted among the past ones. Take the median first, then append."),
            (to(c * np.mean(past)), "The limit is taken from the mean, which one long gradient moves. Take the median."),
            (to(c * past[-1]), "The limit is taken from the last norm alone. Take the median of all of them."),
            (to(c * past.max()), "The limit is taken from the largest past norm. Take the median."),
            (to(np.median(past)), "c is missing: the limit is c times the median."),
            (_times(grads, limit / n if n > 0 else 1), "The gradient is shorter than the limit and was made longer. Shorten only if the norm is more."),
            (_times(grads, n / limit if limit > 0 else 1), "The factor is upside down: limit / norm."),
            (_times(grads, limit), "The gradient is multiplied by the limit. The factor is limit / norm."),
            (_times(grads, 1 / n if n > 0 else 1), "The length became 1, not the limit: the factor is limit / norm."),
            (grads, "The gradient is longer than the limit and came back as it was."),
        ]  # fmt: skip
    wrong.append((_times(grads, 0), "The gradient was thrown away. That is for a norm that is not finite."))
    return [(each, hint) for each, hint in wrong]


def _past_mistakes(grads: Grads, past: np.ndarray, c: float) -> list[Mistake]:
    n = global_norm(grads)
    if not np.isfinite(n):
        return [
            (
                np.append(past, 0.0),
                "The skipped step has put a 0 into past, which lowers the median. Leave past as it came.",
            )
        ]
    limit = c * np.median(past) if len(past) else np.inf
    return [
        (past, "The norm of this gradient is missing in past."),
        (np.append(past, min(n, limit)), "past got the norm after shortening. Append the norm that the gradient came with."),
        (np.append(n, past), "The new norm stands first. Append it behind the others."),
        (np.array([n]), "The past norms are gone. Append the new norm to them."),
        (np.append(past, n**2), "past got the square of the norm. Take the root."),
        (np.append(past, limit), "past got the limit. Append the norm of the gradient."),
    ]  # fmt: skip


def _grads(rng: np.random.Generator, length: float, *shapes: tuple[int, ...]) -> Grads:
    grads = {name: rng.normal(0, rng.uniform(0.3, 3), shape) for name, shape in zip("WUbVc", shapes, strict=False)}
    return _times(grads, length / global_norm(grads))


def _past(rng: np.random.Generator, median: float, n: int) -> np.ndarray:
    """n norms with this median, and a mean and a last one far from it."""
    past = np.sort(median * np.concatenate([rng.uniform(0.3, 0.9, n // 2), [1], rng.uniform(1.5, 6, n - n // 2 - 1)]))
    return np.roll(past, int(rng.integers(1, n // 2)))


@LAB.check(4, "a long gradient becomes as long as the limit and keeps its direction", points=1)
def long_gradient(rng: np.random.Generator) -> Conversation:
    grads, past = _grads(rng, 30.0, (3, 4), (4, 4), (4,)), _past(rng, 4.0, 9)
    got = yield Call("guard", grads, past, 0.5)
    yield _compare_guard(got, grads, past, 0.5)


@LAB.check(4, "a short one, one of zeros, and the first one stay as they are", points=0.5)
def short_gradient(rng: np.random.Generator) -> Conversation:
    zeros = {"W": np.zeros((2, 3)), "b": np.zeros(3)}
    for grads, past in (
        (_grads(rng, 3.0, (3, 4), (4, 4), (4,)), _past(rng, 4.0, 7)),
        (zeros, _past(rng, 2.0, 5)),
        (_grads(rng, 50.0, (2, 3), (3, 3), (3,)), np.array([])),
    ):
        got = yield Call("guard", grads, past, 1.5)
        verdict = _compare_guard(got, grads, past, 1.5)
        if not verdict.right:
            break
    yield verdict


@LAB.check(4, "a gradient that is not finite is skipped", points=0.5)
def broken_gradient(rng: np.random.Generator) -> Conversation:
    for broken in (np.nan, np.inf):
        grads, past = _grads(rng, 3.0, (3, 4), (4, 4), (4,)), _past(rng, 4.0, 5)
        grads["U"][1, 2] = broken
        got = yield Call("guard", grads, past, 1.0)
        verdict = _compare_guard(got, grads, past, 1.0)
        if not verdict.right:
            break
    yield verdict


@LAB.check(4, "other arrays, limits and pasts", points=1, hidden=True)
def guard_odd_sizes(rng: np.random.Generator) -> Conversation:
    cases = (
        (7.0, 0.5, 5, ((5,),)),
        (0.8, 0.25, 8, ((1, 1), (1, 1), (1,))),
        (1e4, 3.0, 21, ((2, 6), (6, 6), (6,), (6, 1), (1,))),
        (2.0, 2.5, 4, ((2, 2), (3,))),
    )
    for length, c, n, shapes in cases:
        grads, past = _grads(rng, length, *shapes), _past(rng, 1.0, n)
        got = yield Call("guard", grads, past, c)
        verdict = _compare_guard(got, grads, past, c)
        if not verdict.right:
            break
    yield verdict

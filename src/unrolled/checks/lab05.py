"""Checks of lab 05: an LSTM step that skips padding, its states, its way back, and weights that make it a memory."""

from collections.abc import Generator, Mapping
from typing import Any

import numpy as np

from unrolled.checks.compare import PartsMistake, as_array, compare_tuple
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("05", {1: "lstm_step", 2: "lstm_forward", 3: "lstm_backward", 4: "register_weights"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Params = dict[str, np.ndarray]
Arrays = dict[str, np.ndarray]

STEPS, LIMIT, TOLERANCE = 200, 20.0, 0.05  # how long a register must hold, its largest weight, how exactly


def example(rng: np.random.Generator, B: int, D: int, H: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, Params]:
    """Random x (B, D), h (B, H), c (B, H) and params, with every gate in its sloping part."""
    params = {
        "W": rng.normal(0, 0.8, (D, 4 * H)),
        "U": rng.normal(0, 0.8, (H, 4 * H)),
        "b": rng.normal(0, 0.5, 4 * H),
    }
    return rng.normal(0, 1, (B, D)), rng.uniform(-0.9, 0.9, (B, H)), rng.normal(0, 1.2, (B, H)), params


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic sigmoid, without an overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def gates(x: np.ndarray, h: np.ndarray, params: Params, order: str = "ifgo") -> dict[str, np.ndarray]:
    """The gates i, f, o and the candidate g, each (B, H), of columns in this order."""
    columns = np.split(x @ params["W"] + h @ params["U"] + params["b"], 4, axis=1)
    return {name: np.tanh(z) if name == "g" else sigmoid(z) for name, z in zip(order, columns, strict=True)}


def kept(real: np.ndarray, new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """New rows where real, old ones elsewhere."""
    return np.where(np.asarray(real, bool)[:, None], new, old)


def step(x: np.ndarray, h: np.ndarray, c: np.ndarray, real: np.ndarray, params: Params, order: str = "ifgo") -> Arrays:
    """The right lstm_step."""
    gate = gates(x, h, params, order)
    new_c = gate["f"] * c + gate["i"] * gate["g"]
    return {"h": kept(real, gate["o"] * np.tanh(new_c), h), "c": kept(real, new_c, c)}


def forward(X: np.ndarray, real: np.ndarray, params: Params) -> Arrays:
    """The right lstm_forward."""
    B, T, _ = X.shape
    state = {name: np.zeros((B, len(params["U"]))) for name in "hc"}
    states = []
    for t in range(T):
        state = step(X[:, t], state["h"], state["c"], real[:, t], params)
        states.append(state)
    return {"hs": np.stack([s["h"] for s in states], axis=1), "cs": np.stack([s["c"] for s in states], axis=1)}


def backward(
    dh: np.ndarray, dc: np.ndarray, x: np.ndarray, h: np.ndarray, c: np.ndarray, real: np.ndarray, params: Params, fault: str = ""
) -> Arrays:  # fmt: skip
    """The right lstm_backward as named arrays; with a fault, what that mistake gives."""
    gate = gates(x, h, params)
    i, f, g, o = (gate[name] for name in "ifgo")
    row = np.asarray(real, bool)[:, None]
    if fault == "mask ignored":
        row = np.ones_like(row)
    new_c = f * c + i * g
    shown = np.tanh(c if fault == "tanh of the cell before" else new_c)
    slope = 1.0 if fault == "no slope of tanh(c)" else 1 - shown**2
    through = dh * slope * (1.0 if fault == "no o" else o)
    both = (dc + dh) * slope * o
    cell = {"dc alone": dc, "dh alone": through, "dc through o and tanh": both}.get(fault, dc + through)
    dz = {
        "i": cell * (c if fault == "i by c" else g) * i * (1 - i),
        "f": cell * (new_c if fault == "f by the new cell" else c) * f * (1 - f),
        "g": cell * i * (g * (1 - g) if fault == "g by a sigmoid" else 1 - g**2),
        "o": dh * (new_c if fault == "o without tanh" else shown) * o * (1 - o),
    }
    if fault == "no slopes of gates":
        dz |= {"i": cell * g, "f": cell * c, "o": dh * shown}
    if fault == "no slope of g":
        dz["g"] = cell * i
    if fault == "dc for o":
        dz["o"] = cell * shown * o * (1 - o)
    dz = np.concatenate([dz[name] for name in ("ifog" if fault == "order i, f, o, g" else "ifgo")], axis=1)
    if fault != "padding counted":
        dz = dz * row
    out = {"dx": dz @ params["W"].T, "dh_before": dz @ params["U"].T}
    out["dc_before"] = {"no f": cell, "f on dc alone": dc * f}.get(fault, cell * f)
    rest = 0.0 if fault == "nothing handed on" else 1.0
    out["dh_before"] = out["dh_before"] + np.where(row, 0, rest * dh)
    out["dc_before"] = np.where(row, out["dc_before"], rest * dc)
    out |= {"grads['W']": x.T @ dz, "grads['U']": h.T @ dz, "grads['b']": dz.sum(axis=0)}
    if fault == "means":
        out |= {name: out[name] / len(x) for name in GRADS}
    if fault == "bias not summed":
        out["grads['b']"] = dz
    if fault == "the new state for U":
        out["grads['U']"] = kept(real, o * np.tanh(new_c), h).T @ dz
    return out


GRADS = ("grads['W']", "grads['U']", "grads['b']")


def registers(H: int, size: float = 10.0) -> Params:
    """The right register_weights: gates that are shut or open by flags."""
    W, b, one = np.zeros((1 + 2 * H, 4 * H)), np.zeros(4 * H), np.eye(H)
    write, read = slice(1, 1 + H), slice(1 + H, 1 + 2 * H)
    W[write, :H], b[:H] = 2 * size * one, -size
    W[write, H : 2 * H], b[H : 2 * H] = -2 * size * one, size
    W[0, 2 * H : 3 * H] = size
    W[read, 3 * H :], b[3 * H :] = 2 * size * one, -size
    return {"W": W, "U": np.zeros((H, 4 * H)), "b": b}


# Exercise 1: lstm_step(x, h, c, real, params) -> h, c

_ORDERS = ("ifog", "figo", "fiog", "gifo", "oifg", "fogi", "iofg", "gfio")


def _step_mistakes(x: np.ndarray, h: np.ndarray, c: np.ndarray, real: np.ndarray, params: Params) -> list[PartsMistake]:
    right, gate = step(x, h, c, real, params), gates(x, h, params)
    i, f, g, o = (gate[name] for name in "ifgo")
    whole = {"h": o * np.tanh(f * c + i * g), "c": f * c + i * g}
    none, row = np.zeros_like(h), np.asarray(real, bool)[:, None]

    def of(new_c: np.ndarray, new_h: np.ndarray | None = None) -> Arrays:
        return {"h": kept(real, o * np.tanh(new_c) if new_h is None else new_h, h), "c": kept(real, new_c, c)}

    def without(name: str) -> Arrays:
        return step(x, h, c, real, params | {name: np.zeros_like(params[name])})

    z_g, z_o = (np.split(x @ params["W"] + h @ params["U"] + params["b"], 4, axis=1)[k] for k in (2, 3))
    new_c = whole["c"]
    wrong = [
        (
            step(x, h, c, real, params, order),
            f"The columns are read in the order {', '.join(order)}. Keras has i, f, g, o.",
        )
        for order in _ORDERS
    ]
    wrong += [
        ({"h": right["c"], "c": right["h"]}, "h and c have changed places. Return h, c."),
        (of(f * c + i * sigmoid(z_g)), "The candidate g goes through a sigmoid. It is a tanh: what is offered may be negative."),
        (of(new_c, np.tanh(z_o) * np.tanh(new_c)), "The output gate goes through tanh. A gate is a sigmoid, between 0 and 1."),
        (of(new_c, o * new_c), "h lacks a tanh: h_t = o_t * tanh(c_t)."),
        (of(new_c, o * np.tanh(c)), "h is made from the old cell. It shows the new one, c_t."),
        (of(new_c, np.tanh(new_c)), "The output gate is missing: h_t = o_t * tanh(c_t)."),
        (of(new_c, o * sigmoid(new_c)), "h shows the sigmoid of the cell. It is tanh(c_t)."),
        (of(f * c + g), "The input gate is missing: c_t takes i_t * g_t."),
        (of(c + i * g), "The forget gate is missing: of the old cell f_t * c_{t-1} stays."),
        (of(i * c + f * g), "i and f have changed places: f is for the old cell, i for what is new."),
        (of((1 - i) * c + i * g), "The old cell is weighted by 1 - i. The forget gate is a gate of its own."),
        (of(f * h + i * g), "The old state h stands where the old cell c belongs."),
        (of(f * c + i * np.tanh(g)), "The candidate goes through tanh twice."),
        (of(np.tanh(new_c)), "The cell goes through tanh on its way. c_t is the sum itself; only h_t shows its tanh."),
        (without("b"), "The bias is missing."),
        (without("U"), "The old state is missing: z = x W + h U + b."),
        (without("W"), "The input is missing: z = x W + h U + b."),
        (whole, "Rows that are not real have moved. Where real is False, h and c stay as they were."),
        ({name: whole[name] * row for name in whole}, "Rows that are not real became zero. They keep the h and the c they had."),
        ({"h": np.where(row, h, whole["h"]), "c": np.where(row, c, whole["c"])}, "The mask is upside down: where real is True the state moves."),
        ({"h": right["h"], "c": whole["c"]}, "Of a row that is not real h stays, but c moved. Keep both."),
        ({"h": whole["h"], "c": right["c"]}, "Of a row that is not real c stays, but h moved. Keep both."),
        ({"h": np.where(row, whole["h"], none), "c": right["c"]}, "Of a row that is not real c stays, but h became zero. Keep both."),
        ({name: whole[name][row[:, 0]] for name in whole}, "Only the real rows came back. Return all B rows; the others as they were."),
    ]  # fmt: skip
    return wrong


def _compare_step(got: Any, x: np.ndarray, h: np.ndarray, c: np.ndarray, real: np.ndarray, params: Params) -> Verdict:
    mistakes = _step_mistakes(x, h, c, real, params)
    return compare_tuple(
        got, step(x, h, c, real, params), shapes=dict.fromkeys("hc", "(B, H)"), mistakes=mistakes
    )  # fmt: skip


@LAB.check(1, "gates in Keras' order: random numbers, all rows real", points=1)
def random_step(rng: np.random.Generator) -> Conversation:
    x, h, c, params = example(rng, B=4, D=3, H=5)
    real = np.ones(4, bool)
    got = yield Call("lstm_step", x, h, c, real, params)
    yield _compare_step(got, x, h, c, real, params)


@LAB.check(1, "rows that are not real keep h and c", points=0.5)
def masked_step(rng: np.random.Generator) -> Conversation:
    x, h, c, params = example(rng, B=5, D=2, H=3)
    real = np.array([True, False, True, True, False])
    got = yield Call("lstm_step", x, h, c, real, params)
    yield _compare_step(got, x, h, c, real, params)


@LAB.check(1, "f = 1 and i = 0 hold c exactly", points=0.5)
def holding_step(rng: np.random.Generator) -> Conversation:
    x, h, c, params = example(rng, B=3, D=2, H=4)
    params = {name: np.zeros_like(array) for name, array in params.items()}
    params["b"][:4], params["b"][4:8], params["b"][8:] = -700, 40, rng.normal(0, 1, 8)
    real = np.ones(3, bool)
    got = yield Call("lstm_step", x, h, c, real, params)
    verdict = _compare_step(got, x, h, c, real, params)
    if verdict.right and np.abs(np.asarray(got[1], float) - c).max() > 1e-6:
        verdict = Verdict(False, "With f = 1 and i = 0 the cell must come back as it was, and it changed a little.")
    yield verdict


@LAB.check(1, "one row, one unit, and more", points=1, hidden=True)
def step_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, D, H in ((1, 1, 1), (2, 5, 1), (7, 1, 6), (6, 4, 3)):
        x, h, c, params = example(rng, B, D, H)
        real = rng.random(B) < 0.6 if B > 1 else np.array([True])
        got = yield Call("lstm_step", x, h, c, real, params)
        verdict = _compare_step(got, x, h, c, real, params)
        if not verdict.right:
            break
    yield verdict


# Exercise 2: lstm_forward(X, real, params) -> hs, cs


def _forward_mistakes(X: np.ndarray, real: np.ndarray, params: Params) -> list[PartsMistake]:
    B, T, _ = X.shape
    right, every = forward(X, real, params), np.ones((B, T), bool)

    def forgetting(*names: str) -> Arrays:
        """What comes if these are zero at the start of each step."""
        state, states = {name: np.zeros((B, len(params["U"]))) for name in "hc"}, []
        for t in range(T):
            fresh = {name: np.zeros_like(state[name]) if name in names else state[name] for name in "hc"}
            state = step(X[:, t], fresh["h"], fresh["c"], real[:, t], params)
            states.append(state)
        return {f"{name}s": np.stack([s[name] for s in states], axis=1) for name in "hc"}

    back = forward(X[:, ::-1], real[:, ::-1], params)
    last = {name: np.repeat(array[:, -1:], T, axis=1) for name, array in right.items()}
    return [
        (last, "Every step holds the last states. One array was filled again and again: keep a copy of each step's."),
        ({"hs": right["cs"], "cs": right["hs"]}, "hs and cs have changed places. Return hs, cs."),
        (forgetting("h", "c"), "Each step starts from zeros. Hand h and c on to the next step."),
        (forgetting("c"), "The cell starts from zeros at each step. Hand c on as well as h."),
        (forgetting("h"), "h starts from zeros at each step. Hand h on as well as c."),
        (forward(X, every, params), "Padding moves the states. Hand real[:, t] to each step."),
        ({name: array * real[:, :, None] for name, array in right.items()}, "States at padding became zero. They repeat the last real one."),
        (back, "The steps run from the last to the first."),
        ({name: array[:, ::-1] for name, array in back.items()}, "The steps run from the last to the first."),
        ({name: array[:, ::-1] for name, array in right.items()}, "The states stand in reverse: step 1 comes first."),
        ({name: array.transpose(1, 0, 2) for name, array in right.items()}, "Time comes first. The shape is (B, T, H): stack along axis 1."),
        ({name: array[:, -1] for name, array in right.items()}, "Only the last states came back. Return those of every step."),
        ({"hs": right["hs"], "cs": right["cs"][:, -1]}, "Of the cell only the last came back. Return those of every step."),
        ({name: np.concatenate([array[:, :1] * 0, array[:, :-1]], axis=1) for name, array in right.items()}, "The states are one step late: at t stands what was before step t."),
        ({name: np.concatenate([array[:, :1] * 0, array], axis=1) for name, array in right.items()}, "The states before the first step came back too. Return T of them, from step 1 on."),
    ]  # fmt: skip


def _compare_forward(got: Any, X: np.ndarray, real: np.ndarray, params: Params) -> Verdict:
    mistakes = _forward_mistakes(X, real, params)
    return compare_tuple(
        got, forward(X, real, params), shapes=dict.fromkeys(("hs", "cs"), "(B, T, H)"), mistakes=mistakes
    )  # fmt: skip


def _padded(rng: np.random.Generator, B: int, T: int, D: int, H: int) -> tuple[np.ndarray, np.ndarray, Params]:
    """A batch with padding at the end, filled with what must not matter."""
    params = example(rng, 1, D, H)[3]
    n = rng.integers(1, T + 1, (B, 1))
    n[0], n[-1] = T, max(1, T // 2)
    return rng.normal(0, 1, (B, T, D)), np.arange(T) < n, params


@LAB.check(2, "four sequences of unequal length", points=0.5)
def random_forward(rng: np.random.Generator) -> Conversation:
    X, real, params = _padded(rng, B=4, T=6, D=3, H=2)
    got = yield Call("lstm_forward", X, real, params)
    yield _compare_forward(got, X, real, params)


@LAB.check(2, "padding at the start is skipped too", points=0.5)
def padding_first(rng: np.random.Generator) -> Conversation:
    X, real, params = _padded(rng, B=3, T=5, D=2, H=3)
    real = real[:, ::-1].copy()
    got = yield Call("lstm_forward", X, real, params)
    yield _compare_forward(got, X, real, params)


@LAB.check(2, "one step, one sequence, and longer ones", points=1, hidden=True)
def forward_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, T, D, H in ((1, 1, 2, 3), (2, 3, 1, 1), (6, 30, 4, 5)):
        X, real, params = _padded(rng, B, T, D, H)
        got = yield Call("lstm_forward", X, real, params)
        verdict = _compare_forward(got, X, real, params)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: lstm_backward(dh, dc, x, h, c, real, params) -> dx, dh_before, dc_before, grads

_FAULTS = {
    "mask ignored": "Rows that are not real went back through the gates. Their step was h = h and c = c: dh and dc go on as they are, x and the weights get nothing.",
    "nothing handed on": "Rows that are not real hand nothing on. Their step was h = h and c = c: dh and dc go on as they are.",
    "padding counted": "Rows that are not real have added to the gradients of the weights. Their step did not use W, U or b.",
    "dc alone": "What reaches c through h is missing: add dh * o * (1 - tanh(c)^2) to dc.",
    "dh alone": "dc is missing. The new cell is reached from two sides: from outside, dc, and through h.",
    "dc through o and tanh": "dc is multiplied by o or by the slope of tanh. It arrives at c_t itself; only dh comes through h = o * tanh(c).",
    "no slope of tanh(c)": "The slope of tanh(c_t) is missing on the way from h to the cell.",
    "no o": "The output gate is missing on the way from h to the cell: h = o * tanh(c).",
    "tanh of the cell before": "The slope of tanh is taken at the cell before the step. h_t shows the new cell; work it out first.",
    "i by c": "dz_i holds c_{t-1}. The input gate multiplies g.",
    "f by the new cell": "dz_f holds the new cell. The forget gate multiplies the cell before the step.",
    "g by a sigmoid": "The candidate's slope is that of a sigmoid. It came through tanh: 1 - g^2.",
    "no slope of g": "The slope of the candidate's tanh is missing: 1 - g^2.",
    "o without tanh": "dz_o holds the cell itself. The output gate multiplies tanh(c_t).",
    "dc for o": "The output gate gets dc. It stands in h alone and gets dh.",
    "no slopes of gates": "The slopes of the sigmoids are missing: s * (1 - s).",
    "order i, f, o, g": "The columns of dz stand in the order i, f, o, g. Keras has i, f, g, o.",
    "no f": "dc_before lacks the forget gate: c_t holds f_t * c_{t-1}.",
    "f on dc alone": "dc_before forgets what reached the cell through h. Add that to dc first, then multiply by f.",
    "means": "The gradients are means over the batch. All rows share the weights: add them up.",
    "bias not summed": "grads['b'] has a row for each of the batch. Add them up.",
    "the new state for U": "grads['U'] was made with the new state. U met h before the step.",
}  # fmt: skip


def _compare_backward(got: Any, *args: Any) -> Verdict:
    names = "dx, dh_before, dc_before, grads"
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, tuple | list) or len(got) != 4:
        what = f"{len(got)} things" if isinstance(got, tuple | list) else type(got).__name__
        return Verdict(False, f"The function returns {what}. Return four things: {names}.")
    if not isinstance(got[3], Mapping):
        return Verdict(False, f"The last of the four is not a dictionary. Return {names}, with grads by the names of params.")  # fmt: skip
    if missing := [name for name in "WUb" if name not in got[3]]:
        return Verdict(False, f"grads lacks {', '.join(map(repr, missing))}. Its keys are 'W', 'U', 'b'.")
    right = backward(*args)
    mistakes: list[PartsMistake] = []
    for fault, hint in _FAULTS.items():
        wrong = backward(*args, fault=fault)
        mistakes.append(({name: wrong[name] for name in GRADS} if fault == "padding counted" else wrong, hint))
    halves = {"nothing handed on": "is 0 at rows", "mask ignored": "went through the gates at rows"}
    for fault, what in halves.items():
        wrong = backward(*args, fault=fault)
        for name in "hc":
            hint = f"d{name}_before {what} that are not real. Their step was {name} = {name}: d{name} goes on as it is."
            mistakes.append(({f"d{name}_before": wrong[f"d{name}_before"]}, hint))
    swapped = {"dh_before": right["dc_before"], "dc_before": right["dh_before"]}
    mistakes.append((swapped, "dh_before and dc_before have changed places."))
    shapes = {"dx": "(B, D)", "dh_before": "(B, H)", "dc_before": "(B, H)"}
    shapes |= {name: f"that of params{name[5:]}" for name in GRADS}
    return compare_tuple((*got[:3], *(got[3][name] for name in "WUb")), right, shapes=shapes, mistakes=mistakes)


def _back_example(rng: np.random.Generator, B: int, D: int, H: int, real: np.ndarray) -> tuple:
    x, h, c, params = example(rng, B, D, H)
    return rng.normal(0, 1, (B, H)), rng.normal(0, 1, (B, H)), x, h, c, real, params


@LAB.check(3, "random numbers, all rows real", points=1)
def random_backward(rng: np.random.Generator) -> Conversation:
    args = _back_example(rng, 4, 3, 5, np.ones(4, bool))
    got = yield Call("lstm_backward", *args)
    yield _compare_backward(got, *args)


@LAB.check(3, "rows that are not real hand dh and dc on", points=1)
def masked_backward(rng: np.random.Generator) -> Conversation:
    args = _back_example(rng, 5, 2, 3, np.array([False, True, True, False, True]))
    got = yield Call("lstm_backward", *args)
    yield _compare_backward(got, *args)


@LAB.check(3, "one row, one unit, and more", points=1, hidden=True)
def backward_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, D, H in ((1, 2, 1), (3, 1, 4), (8, 5, 6)):
        args = _back_example(rng, B, D, H, rng.random(B) < 0.7 if B > 1 else np.array([True]))
        got = yield Call("lstm_backward", *args)
        verdict = _compare_backward(got, *args)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: register_weights(H) -> params


def traffic(rng: np.random.Generator, H: int, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (T, 1 + 2H) and the bits that the registers hold after each step, (T, H), 0 before the first write.

    Every register is written early and once more, each time to hold for about `steps`. At all other steps the value is
    the same, so that what leaks in adds up; reads come at any step.
    """
    T = 2 * steps
    X = np.zeros((T, 1 + 2 * H))
    X[:, 0] = rng.choice([-1.0, 1.0])
    X[:, 1 + H :] = rng.random((T, H)) < 0.3
    X[-1, 1 + H :] = 1
    for j in range(H):
        first, second = rng.integers(5, 10), steps + rng.integers(0, 5)
        X[[first, second], 1 + j] = 1
        X[first, 0] = rng.choice([-1.0, 1.0])
        X[second, 0] = -X[first, 0]
    bits = np.zeros((T, H))
    for t in range(T):
        bits[t] = np.where(X[t, 1 : 1 + H] > 0, X[t, 0], bits[t - 1] if t else 0)
    return X, bits


def wanted(X: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """h (T, H): tanh(1) with the bit's sign where it is read, 0 elsewhere."""
    return np.tanh(bits) * X[:, 1 + bits.shape[1] :]


def shown(params: Params, X: np.ndarray) -> np.ndarray:
    """The states h (T, H) of an LSTM with these weights."""
    return forward(X[None], np.ones((1, len(X)), bool), params)["hs"][0]


def _holds(params: Params, X: np.ndarray, bits: np.ndarray) -> bool:
    return bool(np.abs(shown(params, X) - wanted(X, bits)).max() <= TOLERANCE)


def _compare_registers(got: Any, H: int, rng: np.random.Generator) -> Verdict:
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, Mapping):
        return Verdict(False, "Return params, a dictionary with the keys 'W', 'U', 'b'.")
    if missing := [name for name in "WUb" if name not in got]:
        return Verdict(False, f"params lacks {', '.join(map(repr, missing))}. Its keys are 'W', 'U', 'b'.")
    params, shapes = {}, {"W": (1 + 2 * H, 4 * H), "U": (H, 4 * H), "b": (4 * H,)}
    for name, shape in shapes.items():
        array = as_array(got[name], name=f"params[{name!r}]", shape=str(shape))
        if isinstance(array, Verdict):
            return array
        if array.shape != shape:
            return Verdict(False, f"params[{name!r}] has shape {array.shape}; for H = {H} it is {shape}.")
        if not np.isfinite(array).all():
            return Verdict(False, f"params[{name!r}] holds NaN or infinity.")
        if np.abs(array).max() > LIMIT:
            return Verdict(False, f"params[{name!r}] holds {np.abs(array).max():g}; no number may be above {LIMIT:g} in size.")  # fmt: skip
        params[name] = array
    X, bits = traffic(rng, H)
    if _holds(params, X, bits):
        return Verdict(True)
    return Verdict(False, _register_fault(params, H, X, bits))


def _register_fault(params: Params, H: int, X: np.ndarray, bits: np.ndarray) -> str:
    """Name what is wrong with the gates of weights that do not hold."""
    for order, place in (("i, f, o, g", [0, 1, 3, 2]), ("f, i, g, o", [1, 0, 2, 3]), ("o, i, f, g", [1, 2, 3, 0])):
        moved = {name: np.concatenate([np.split(a, 4, axis=-1)[k] for k in place], axis=-1) for name, a in params.items()}  # fmt: skip
        if _holds(moved, X, bits):
            return f"The columns stand in the order {order}. Keras has i, f, g, o."
    rows = np.r_[0, 1 + H : 1 + 2 * H, 1 : 1 + H]
    if _holds(params | {"W": params["W"][rows]}, X, bits):
        return (
            "The rows of the flags have changed places: after the value come the H write flags, then the H read flags."
        )
    own, state = np.eye(H), np.zeros((H, H))
    value, off = np.ones((H, 1)), np.zeros((H, H))

    def at(write: np.ndarray, read: np.ndarray, sign: float = 1.0) -> dict[str, np.ndarray]:
        """The gates of register j, on the diagonal, and of the others, beside it."""
        return gates(np.concatenate([sign * value, write, read], axis=1), state, params)

    idle, idle_minus, write, read = at(off, off), at(off, off, -1.0), at(own, off), at(off, own)
    aside = ~own.astype(bool)
    f, i = min(idle["f"].min(), idle_minus["f"].min()), max(idle["i"].max(), idle_minus["i"].max())
    if f**STEPS < 0.95:
        return f"Without a write flag f is {f:.4g} at the lowest: after {STEPS} steps {f**STEPS:.2g} of the cell is left. Raise the bias of the forget gate."
    if i * STEPS > 0.05:
        return f"Without a write flag the input gate still lets {i:.2g} in at each step, and there are {STEPS}. Shut it by its bias."
    if np.diag(write["i"]).min() < 0.95:
        return (
            f"With its write flag the input gate of a register is only {np.diag(write['i']).min():.2g}. It must open."
        )
    if np.diag(write["f"]).max() > 0.05:
        return f"A write keeps {np.diag(write['f']).max():.2g} of the old bit: at a write the forget gate must shut."
    if H > 1 and ((write["f"] ** STEPS)[aside].min() < 0.95 or write["i"][aside].max() * STEPS > 0.05):
        return "A write flag moves the gates of other registers too. Flag j belongs to register j alone: the block is diagonal."
    if min(np.diag(at(own, off, s)["g"] * s).min() for s in (1.0, -1.0)) < 0.95:
        return "The candidate of a value of 1 or -1 is not near 1 or -1. Give the value a large weight, and the candidate no bias."
    if max(np.diag(read["f"]).min() ** STEPS < 0.95, np.diag(read["i"]).max() * STEPS > 0.05):
        return "A read flag moves the cell's gates. Reading must not change what is held."
    if max(idle["o"].max(), idle_minus["o"].max(), write["o"].max()) > 0.06:
        return "The output gate is open without a read flag. Shut it by its bias."
    if np.diag(read["o"]).min() < 0.95:
        return f"With its read flag the output gate of a register is only {np.diag(read['o']).min():.2g}. It must open."
    if H > 1 and read["o"][aside].max() > 0.06:
        return "A read flag opens other registers too. Flag j belongs to register j alone: the block is diagonal."
    if np.abs(params["U"]).max() > 0:
        return "The gates are right as long as the state is zero. What is read comes back through U: set it to zero."
    worst = np.abs(shown(params, X) - wanted(X, bits)).max()
    return (
        f"The state is off by up to {worst:.2g}; at most {TOLERANCE:g} is allowed. Look at two flags at the same step."
    )


@LAB.check(4, "one register: write, hold, overwrite, read", points=0.5)
def one_register(rng: np.random.Generator) -> Conversation:
    got = yield Call("register_weights", 1)
    yield _compare_registers(got, 1, rng)


@LAB.check(4, "three registers that leave each other alone", points=0.5)
def three_registers(rng: np.random.Generator) -> Conversation:
    got = yield Call("register_weights", 3)
    yield _compare_registers(got, 3, rng)


@LAB.check(4, "other numbers of registers", points=1, hidden=True)
def other_registers(rng: np.random.Generator) -> Conversation:
    for H in (2, 5, 8):
        got = yield Call("register_weights", H)
        verdict = _compare_registers(got, H, rng)
        if not verdict.right:
            break
    yield verdict

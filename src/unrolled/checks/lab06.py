"""Checks of lab 06: a GRU's step as Keras computes it, and two nets with weights set by hand, exact at length 1,000."""

import itertools
from collections.abc import Generator, Mapping
from typing import Any

import numpy as np

from unrolled.checks.compare import Mistake, compare
from unrolled.checks.framework import Call, Lab, Verdict
from unrolled.room.wire import Unknown

LAB = Lab("06", {1: "gru_step", 2: "parity_weights", 3: "counter_weights"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Params = dict[str, np.ndarray]

LETTERS = "ab.#"
UNITS = {"parity_weights": 5, "counter_weights": 1}
SHAPES = {
    "parity_weights": {"W": "(1, H)", "U": "(H, H)", "b": "(H,)", "V": "(H, 1)", "c": "(1,)"},
    "counter_weights": {"W": "(4, 4H)", "U": "(H, 4H)", "b": "(4H,)", "V": "(H, 1)", "c": "(1,)"},
}


def sigmoid(s: np.ndarray) -> np.ndarray:
    """The logistic sigmoid, without an overflow for large weights."""
    return (1 + np.tanh(s / 2)) / 2


# Exercise 1: gru_step(x, h, params, mask) -> (B, H)


def example(rng: np.random.Generator, B: int, D: int, H: int) -> tuple[np.ndarray, np.ndarray, Params, np.ndarray]:
    """Random x (B, D), h (B, H), weights, and a mask with a row that has ended if there are two."""
    params = {"W": rng.normal(0, 1, (D, 3 * H)), "U": rng.normal(0, 1, (H, 3 * H)), "b": rng.normal(0, 1, (2, 3 * H))}
    return rng.normal(0, 1, (B, D)), rng.uniform(-1, 1, (B, H)), params, np.arange(B) % 3 != 1


def gru(x: np.ndarray, h: np.ndarray, params: Params, mask: np.ndarray, **how: Any) -> np.ndarray:
    """The right gru_step; `how` names one way to be wrong."""
    H = h.shape[1]
    order = how.get("order", "zrh")
    columns = {gate: slice(i * H, (i + 1) * H) for i, gate in enumerate(order)}
    W, U = params["W"], params["U"]
    b, recurrent = how.get("biases", tuple)(params["b"])

    def total(gate: str) -> np.ndarray:
        at = columns[gate]
        return x @ W[:, at] + h @ U[:, at] + b[at] + recurrent[at]

    squash = how.get("squash", sigmoid)
    z, r, at = squash(total("z")), squash(total("r")), columns["h"]
    candidates = {
        "after": lambda: x @ W[:, at] + b[at] + r * (h @ U[:, at] + recurrent[at]),
        "before": lambda: x @ W[:, at] + b[at] + recurrent[at] + (r * h) @ U[:, at],
        "bias outside": lambda: x @ W[:, at] + b[at] + recurrent[at] + r * (h @ U[:, at]),
        "bias inside": lambda: x @ W[:, at] + r * (h @ U[:, at] + b[at] + recurrent[at]),
        "all": lambda: r * (x @ W[:, at] + b[at] + h @ U[:, at] + recurrent[at]),
        "none": lambda: total("h"),
        "past dropped": lambda: x @ W[:, at] + b[at],
    }
    n = how.get("activation", np.tanh)(candidates[how.get("reset", "after")]())
    new = how.get("blend", lambda z, h, n: z * h + (1 - z) * n)(z, h, n)
    return how.get("ended", lambda new, h, mask: np.where(mask[:, None], new, h))(new, h, mask)


def _gru_mistakes(x: np.ndarray, h: np.ndarray, params: Params, mask: np.ndarray) -> list[Mistake]:
    wrong = {
        "z keeps the old state here: h_t = z h_{t-1} + (1 - z) n. You have z and 1 - z exchanged.": {
            "blend": lambda z, h, n: (1 - z) * h + z * n
        },
        "The reset comes before the product. Here it multiplies after it: r * (h U_h + b'_h).": {"reset": "before"},
        "b'_h stands outside the reset. It belongs to the product with h: r * (h U_h + b'_h).": {
            "reset": "bias outside"
        },
        "b_h stands inside the reset. It belongs to the product with x; inside stands b'_h alone.": {
            "reset": "bias inside"
        },
        "The reset multiplies the input's part as well. It multiplies h U_h + b'_h alone.": {"reset": "all"},
        "The reset gate is missing in n.": {"reset": "none"},
        "n does not see the old state. Add r * (h U_h + b'_h).": {"reset": "past dropped"},
        "The columns are taken in the order r, z, h. Keras has z, r, h.": {"order": "rzh"},
        "The columns are taken in the order h, z, r. Keras has z, r, h.": {"order": "hzr"},
        "The columns are taken in the order z, h, r. Keras has z, r, h.": {"order": "zhr"},
        "The second row of b, the biases of the products with h, is missing.": {"biases": lambda b: (b[0], 0 * b[1])},
        "The first row of b, the biases of the products with x, is missing.": {"biases": lambda b: (0 * b[0], b[1])},
        "The rows of b have changed places: b[0] goes with x, b[1] with h.": {"biases": lambda b: (b[1], b[0])},
        "This is n, the new value. Blend it with h: z h + (1 - z) n.": {"blend": lambda z, h, n: n},
        "1 - z is missing before n.": {"blend": lambda z, h, n: z * h + n},
        "The old state is missing: h_t = z h_{t-1} + (1 - z) n.": {"blend": lambda z, h, n: (1 - z) * n},
        "The gates go through tanh. They are sigmoids.": {"squash": np.tanh},
        "n goes through a sigmoid. It is a tanh.": {"activation": sigmoid},
        "The tanh around n is missing.": {"activation": lambda s: s},
        "The mask is not used: a row whose mask is False keeps its state.": {"ended": lambda new, h, mask: new},
        "The mask is turned round: True is a real step.": {
            "ended": lambda new, h, mask: np.where(mask[:, None], h, new)
        },
        "Rows that have ended take the new value n, as with z = 0. They keep their state, as with z = 1.": {
            "blend": lambda z, h, n: (z * mask[:, None]) * h + (1 - z * mask[:, None]) * n,
            "ended": lambda new, h, mask: new,
        },
        "Rows that have ended are set to 0. They keep their state.": {
            "ended": lambda new, h, mask: np.where(mask[:, None], new, 0)
        },
    }
    found: list[Mistake] = [(gru(x, h, params, mask, **how), hint) for hint, how in wrong.items()]
    return [*found, (gru(x, h, params, mask)[mask], "Rows that have ended are left out. All B rows are returned.")]


def _compare_step(got: Any, *given: Any) -> Verdict:
    return compare(got, gru(*given), name="h_t", shape="(B, H)", mistakes=_gru_mistakes(*given))


@LAB.check(1, "gates and new value: random weights, all rows going on", points=1)
def random_step(rng: np.random.Generator) -> Conversation:
    x, h, params, mask = example(rng, B=5, D=3, H=4)
    mask = np.ones_like(mask)
    got = yield Call("gru_step", x, h, params, mask)
    yield _compare_step(got, x, h, params, mask)


@LAB.check(1, "rows that have ended keep their state", points=1)
def ended_rows(rng: np.random.Generator) -> Conversation:
    given = example(rng, B=6, D=2, H=3)
    got = yield Call("gru_step", *given)
    yield _compare_step(got, *given)


@LAB.check(1, "one row, one unit, and other sizes", points=1, hidden=True)
def step_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, D, H in ((1, 1, 1), (4, 5, 2), (7, 1, 6)):
        given = example(rng, B, D, H)
        got = yield Call("gru_step", *given)
        verdict = _compare_step(got, *given)
        if not verdict.right:
            break
    yield verdict


# What both nets set by hand have in common


def weights_of(got: Any, function: str) -> Params | Verdict:
    """The returned weights as float arrays that fit each other, or the verdict on why they are none."""
    shapes, budget = SHAPES[function], UNITS[function]
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    keys = ", ".join(map(repr, shapes))
    if not isinstance(got, Mapping):
        kind = got.type_name if isinstance(got, Unknown) else type(got).__name__
        return Verdict(False, f"The function returns one {kind}. Return a dictionary with the keys {keys}.")
    if missing := [key for key in shapes if key not in got]:
        return Verdict(False, f"The dictionary lacks {', '.join(map(repr, missing))}. Its keys are {keys}.")
    params = {}
    for key, shape in shapes.items():
        try:
            if got[key] is None:
                raise TypeError("nothing was computed")
            params[key] = np.asarray(got[key], dtype=float)
        except Exception:  # whatever a learner's object does when asked for numbers
            return Verdict(False, f"{key} is not an array of numbers. Its shape is {shape}.")
    gates = 4 if function == "counter_weights" else 1
    H, left = divmod(params["b"].size, gates)
    if params["b"].ndim != 1 or left or not H:
        return Verdict(False, f"b has shape {params['b'].shape}. It is {shapes['b']}, with at least one unit.")
    inputs = 4 if function == "counter_weights" else 1
    wanted = {"U": (H, gates * H), "W": (inputs, gates * H), "b": (gates * H,), "V": (H, 1), "c": (1,)}
    for key, shape in wanted.items():
        if params[key].shape != shape:
            return Verdict(
                False,
                f"{key} has shape {params[key].shape}. With H = {H}, {shapes[key]} is {shape}; H is taken from b.",
            )
        if not np.isfinite(params[key]).all():
            return Verdict(
                False, f"{key} holds NaN or infinity. A large number such as 40 shuts a gate; infinity does not."
            )
        if np.abs(params[key]).max() > 1e6:
            return Verdict(
                False, f"{key} holds a number beyond a million. None as large is needed; 40 saturates a gate."
            )
    if budget < H:
        return Verdict(False, f"The net has {H} units. The budget is {budget}.")
    return params


def _where(strings: np.ndarray, wrong: np.ndarray) -> tuple[int, int]:
    """Row and step of the earliest wrong answer."""
    first = np.where(wrong.any(axis=1), wrong.argmax(axis=1), strings.shape[1])
    return int(first.argmin()), int(first.min())


# Exercise 2: parity_weights() -> W, U, b, V, c of threshold units


def remainders(bits: np.ndarray, base: int = 2, divisor: int = 3) -> np.ndarray:
    """(B, T): the remainder of the number read so far, for bits (B, T)."""
    m, found = np.zeros(len(bits), int), []
    for t in range(bits.shape[1]):
        m = (base * m + bits[:, t]) % divisor
        found.append(m)
    return np.stack(found, axis=1)


def threshold_net(bits: np.ndarray, params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Return y_hat (B, T), and the smallest distance of any sum from its threshold."""
    h, ys, margin = np.zeros((len(bits), len(params["b"]))), [], np.inf
    for t in range(bits.shape[1]):
        sums = bits[:, t : t + 1] @ params["W"] + h @ params["U"] + params["b"]
        margin = min(margin, np.abs(sums).min())
        h = (sums > 0).astype(float)
        ys.append((h @ params["V"] + params["c"])[:, 0])
    return np.stack(ys, axis=1), np.asarray(margin)


def every_string(T: int) -> np.ndarray:
    """All bit strings of length T, (2^T, T)."""
    return np.array(list(itertools.product((0, 1), repeat=T)))


def _divides(bits: np.ndarray, params: Params) -> bool:
    return bool((np.abs(threshold_net(bits, params)[0] - remainders(bits)) < 0.1).all())


def judge_divider(got: Any, bits: np.ndarray) -> Verdict:
    """The verdict on a net that ought to divide by three."""
    params = weights_of(got, "parity_weights")
    if isinstance(params, Verdict):
        return params
    y, _ = threshold_net(bits, params)
    want = remainders(bits)
    wrong = ~(np.abs(y - want) < 0.1)
    if not wrong.any():
        return Verdict(True)
    short = every_string(8)
    outputs, margin = threshold_net(short, params)
    outputs = outputs.round(3)
    known = {
        "This is the number of ones, modulo 3. A new bit doubles the number before it: 2 m + x, not m + x.": remainders(short, base=1),
        "This is the parity of the ones, as in lesson 03. Asked is the remainder by three of the number they write.": remainders(short, base=1, divisor=2),
        "This is the remainder by two. Divide by three.": remainders(short, divisor=2),
        "The output is 1 where the number can be divided by three, and 0 elsewhere. Asked is the remainder itself.": 1 * (remainders(short) == 0),
        "The output is the state before this bit: one step late.": np.concatenate([np.zeros((256, 1)), remainders(short)[:, :-1]], axis=1),
    }  # fmt: skip
    for hint, pattern in known.items():
        if np.array_equal(outputs, pattern):
            return Verdict(False, hint)
    repairs = {
        "U is transposed: row i holds the weights from unit i, column j those to unit j.": {"U": params["U"].T},
        "The signs of b are turned round: to switch at a sum of 2.5, b is -2.5.": {"b": -params["b"]},
        "The thresholds lie on whole numbers. step(0) is 0: put them halfway between, b = -0.5 in place of -1.": {"b": params["b"] + 0.5},
        "Each threshold is one half too low or one too high: sums are whole numbers, put thresholds halfway between.": {"b": params["b"] - 0.5},
        "The output is shifted by c. With h = 0 the remainder is 0, so c is 0.": {"c": 0 * params["c"]},
        "U has the wrong sign.": {"U": -params["U"]},
        "U does not hand on twice the remainder: what a unit adds to the next sums has to be twice what V counts for it.": {"U": 2 * np.repeat(params["V"], len(params["V"]), axis=1)},
    }  # fmt: skip
    for hint, change in repairs.items():
        if _divides(short, params | change):
            return Verdict(False, hint)
    row, t = _where(bits, wrong)
    text, number = "".join(map(str, bits[row, : t + 1])), int("".join(map(str, bits[row, : t + 1])), 2)
    if len(text) > 12:
        return Verdict(
            False, f"All strings of up to {t} bits here are right, and a longer one is wrong: after {t + 1} bits y_hat is "
            f"{y[row, t]:.3g}, the remainder {want[row, t]}. The smallest distance of a sum from its threshold is {float(margin):.2g}: make it 0.5."
        )  # fmt: skip
    on_edge = " A sum is exactly at its threshold, and step(0) is 0." if float(margin) < 1e-9 else ""
    return Verdict(
        False, f"After the bits {text}, the number {number}, y_hat is {y[row, t]:.3g}. {number} leaves {want[row, t]}.{on_edge}"
    )  # fmt: skip


@LAB.check(2, "all numbers of up to eight bits", points=1)
def small_numbers(rng: np.random.Generator) -> Conversation:
    got = yield Call("parity_weights")
    yield judge_divider(got, every_string(8))


@LAB.check(2, "twenty numbers of a thousand bits, at every bit", points=1)
def long_numbers(rng: np.random.Generator) -> Conversation:
    got = yield Call("parity_weights")
    yield judge_divider(got, rng.integers(0, 2, (20, 1000)))


@LAB.check(2, "long runs of zeros and of ones, and other numbers", points=1, hidden=True)
def runs_of_bits(rng: np.random.Generator) -> Conversation:
    got = yield Call("parity_weights")
    runs = np.repeat(rng.integers(0, 2, (20, 100)), rng.integers(1, 30, 100), axis=1)[:, :1000]
    plain = np.tile([[0], [1]], (1, runs.shape[1]))
    yield judge_divider(got, np.concatenate([plain, runs]))


# Exercise 3: counter_weights() -> W, U, b, V, c of one LSTM unit

STEPS = np.array([1.0, -0.5, 0.0, 0.0])
RESET = LETTERS.index("#")


def levels(text: np.ndarray, steps: np.ndarray = STEPS, reset: int | None = RESET) -> np.ndarray:
    """(B, T): the level after each letter, for letters (B, T) as indices."""
    level, found = np.zeros(len(text)), []
    for t in range(text.shape[1]):
        level = np.where(text[:, t] == reset, 0.0, level + steps[text[:, t]])
        found.append(level)
    return np.stack(found, axis=1)


def lstm(text: np.ndarray, params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Return y_hat and the first unit's cell, each (B, T), of an LSTM whose columns are i, f, g, o."""
    X, H = np.eye(4)[text], len(params["U"])
    h = c = np.zeros((len(text), H))
    ys, cs = [], []
    for t in range(text.shape[1]):
        i, f, g, o = np.split(X[:, t] @ params["W"] + h @ params["U"] + params["b"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        ys.append((h @ params["V"] + params["c"])[:, 0])
        cs.append(c[:, 0])
    return np.stack(ys, axis=1), np.stack(cs, axis=1)


def signs(y: np.ndarray) -> np.ndarray:
    """The nearest of -1, 0, 1."""
    return np.where(y > 0.5, 1, np.where(y < -0.5, -1, 0))


def letters(texts: list[str]) -> np.ndarray:
    """Strings of equal length as indices (B, T)."""
    return np.array([[LETTERS.index(letter) for letter in text] for text in texts])


def random_text(rng: np.random.Generator, B: int, T: int, edge: float = 0.01) -> np.ndarray:
    """Letters (B, T) whose level has no drift."""
    return rng.choice(4, (B, T), p=[0.3, 0.6, 0.1 - edge, edge])


def short_texts() -> np.ndarray:
    """Every string of six letters, (4096, 6)."""
    return np.array(list(itertools.product(range(4), repeat=6)))


def _counts(text: np.ndarray, params: Params) -> bool:
    return bool(np.array_equal(signs(lstm(text, params)[0]), np.sign(levels(text))))


def _columns(params: Params, order: tuple[int, ...]) -> Params:
    """The weights with the four blocks of columns in another order."""
    moved = {key: np.concatenate([np.split(params[key], 4, axis=-1)[i] for i in order], axis=-1) for key in "WUb"}
    return params | moved


def judge_counter(got: Any, text: np.ndarray) -> Verdict:
    """The verdict on a cell that ought to count."""
    params = weights_of(got, "counter_weights")
    if isinstance(params, Verdict):
        return params
    y, cell = lstm(text, params)
    level = levels(text)
    wrong = signs(y) != np.sign(level)
    if not wrong.any():
        return Verdict(True)
    short = short_texts()
    said, true = signs(lstm(short, params)[0]), np.sign(levels(short))
    orders = {
        (0, 1, 3, 2): "i, f, o, g",
        (1, 0, 2, 3): "f, i, g, o",
        (3, 0, 1, 2): "o, i, f, g",
        (1, 2, 3, 0): "f, g, o, i",
    }
    for name, order in ((name, order) for order, name in orders.items()):
        # Weights meant in another order: block k of Keras' order stands where that order has it.
        if _counts(short, _columns(params, tuple(np.argsort(order)))) or _counts(short, _columns(params, order)):
            return Verdict(
                False, f"The columns look like those of the order {name}, or of another one. Keras has i, f, g, o."
            )
    known = {
        "b takes away as much as a adds. It takes away half of that.": levels(short, np.array([1, -1, 0, 0])),
        "b takes away twice what a adds. It takes away half of that.": levels(short, np.array([1, -2, 0, 0])),
        "b adds. It takes away half of what a adds.": levels(short, np.array([1, 0.5, 0, 0])),
        "b does nothing here. It takes away half of what a adds: input gate and new value both count.": levels(short, np.array([1.0, 0, 0, 0])),
        "# does not empty the cell: its forget gate is to shut.": levels(short, reset=None),
        "The sign is turned round: a raises the level.": -levels(short),
        "The full stop empties the cell as # does. It is to change nothing.": levels(np.where(short == 2, 3, short)),
        "The full stop counts as a b. It is to change nothing.": levels(np.where(short == 2, 1, short)),
        "The full stop counts as an a. It is to change nothing.": levels(np.where(short == 2, 0, short)),
    }  # fmt: skip
    for hint, pattern in known.items():
        if np.array_equal(said, np.sign(pattern)) and not np.array_equal(np.sign(pattern), true):
            return Verdict(False, hint)
    if 0 < max(np.abs(params[key]).max() for key in "WUb") <= 1:
        return Verdict(
            False, "No number in W, U and b is beyond 1: do they hold the gates? They hold the sums: a gate is 1 at a sum of 40, and 0.73 at a sum of 1."
        )  # fmt: skip
    if not np.any(said):
        scale = np.abs(lstm(short, params)[1]).max()
        return Verdict(
            False, "The answer is 0 throughout. " + (
                "The cell moves: is the output gate open, and is V large enough to lift tanh(0.5) above 0.5?"
                if scale > 0.1 else "The cell does not move: is the input gate open for a and b?"
            )
        )  # fmt: skip
    return _locate(params, text, y, cell, level, wrong)


def _locate(
    params: Params, text: np.ndarray, y: np.ndarray, cell: np.ndarray, level: np.ndarray, wrong: np.ndarray
) -> Verdict:
    """Name the earliest wrong answer, and leaking gates where it comes late."""
    row, t = _where(text, wrong)
    read = "".join(LETTERS[i] for i in text[row, : t + 1])
    seen = f"the level is {level[row, t]:g}, c_t is {cell[row, t]:.4g}, y_hat {y[row, t]:.3g}, nearest to {signs(y)[row, t]}"
    if t >= 12:
        f = sigmoid(np.split(params["W"] + params["b"], 4, axis=1)[1])[:3].min()
        leak = f" The forget gate keeps {f:.6g} a step, not 1: make its sum larger." if f < 1 - 1e-9 else ""
        return Verdict(
            False,
            f"Wrong for the first time after {t + 1} letters: {seen}.{leak or ' Do the steps of c_t stay the same?'}",
        )
    if np.isclose(cell[row, t], level[row, t], atol=1e-3):
        return Verdict(
            False, f"After {read!r} {seen}. The cell is right, the answer is not: y_hat = h V + c has to be nearest to its sign."
        )  # fmt: skip
    alone = lstm(letters(["a", "b"]), params)[1][:, 0]
    return Verdict(
        False, f"After {read!r} {seen}. On an empty scale one a makes c_t {alone[0]:.4g}, one b {alone[1]:.4g}."
    )


def _padded(texts: list[str], T: int = 1000) -> np.ndarray:
    return letters([text.ljust(T, ".") for text in texts])


@LAB.check(3, "every string of six letters", points=1)
def short_strings(rng: np.random.Generator) -> Conversation:
    got = yield Call("counter_weights")
    yield judge_counter(got, short_texts())


@LAB.check(3, "up and down: a^300 b^600 is level, one letter more or less is not", points=1)
def mountains(rng: np.random.Generator) -> Conversation:
    got = yield Call("counter_weights")
    texts = [
        "a" * 300 + "b" * 600,
        "a" * 300 + "b" * 599,
        "a" * 300 + "b" * 601,
        "b" * 600 + "a" * 300,
        "b" * 600 + "." * 50 + "a" * 301,
    ]
    yield judge_counter(got, _padded(texts))


@LAB.check(3, "twenty random strings of a thousand letters", points=1)
def long_strings(rng: np.random.Generator) -> Conversation:
    got = yield Call("counter_weights")
    yield judge_counter(got, random_text(rng, 20, 1000))


@LAB.check(3, "long rests, late resets, and other strings", points=1, hidden=True)
def other_strings(rng: np.random.Generator) -> Conversation:
    got = yield Call("counter_weights")
    n = int(rng.integers(100, 200))
    texts = [
        "a" * n + "." * 400 + "b" * 2 * n,
        "a" * n + "." * 400 + "b" * (2 * n - 1),
        "a" * n + "#" + "b" * 2 * n + "a" * n,
        "b" * 400 + "#." + "ab" * 100 + "b" * 200,
        "#" * 500 + "ab",
    ]
    yield judge_counter(got, np.concatenate([_padded(texts, 1000), random_text(rng, 20, 1000, edge=0.003)]))

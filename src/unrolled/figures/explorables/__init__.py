"""The live figures: what data each takes, what it says where no script runs, and beside this file its script."""

import base64
import html
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from unrolled.data.text import words

Data = dict[str, Any]
Table = list[Sequence[Any]]  # the first row is its head


class _Reader:
    """Reads the data given for one explorable, and says in a sentence what is wrong with it."""

    def __init__(self, name: str, data: Data) -> None:
        self.name, self.data, self.known = name, data, set()

    def fault(self, sentence: str) -> ValueError:
        return ValueError(f'explorable("{self.name}"): {sentence}')

    def require(self, *keys: str) -> None:
        missing = [key for key in keys if key not in self.data]
        if missing:
            raise self.fault(f"{' and '.join(missing)} must be given too.")

    def finish(self) -> None:
        unknown = [key for key in self.data if key not in self.known]
        if unknown:
            raise self.fault(f"it does not know {', '.join(unknown)}; it takes {', '.join(sorted(self.known))}.")

    def get(self, key: str, default: Any) -> Any:
        self.known.add(key)
        return self.data.get(key, default)

    def array(self, key: str, shape: tuple, default: Any = None) -> np.ndarray:
        """Read finite numbers; a string in `shape` stands for any length."""
        try:
            values = np.asarray(self.get(key, default), float)
        except (TypeError, ValueError):
            raise self.fault(f"{key} must hold numbers only, with rows of one length.") from None
        fits = len(values.shape) == len(shape) and all(
            size > 0 if isinstance(wanted, str) else size == wanted
            for size, wanted in zip(values.shape, shape, strict=True)
        )
        if not fits:
            wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
            raise self.fault(f"{key} has shape {values.shape}; expected ({wanted}).")
        if not np.isfinite(values).all():
            raise self.fault(f"{key} holds NaN or an infinity.")
        return rounded(values)

    def number(self, key: str, default: float | None = None) -> float:
        return float(self.array(key, (), default))

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self.number(key, default)
        if value != int(value) or not low <= value <= high:
            raise self.fault(f"{key} is {value:g}; expected a whole number from {low} to {high}.")
        return int(value)

    def rising(self, key: str, default: Sequence[float] | None = None, *, whole: bool = False) -> np.ndarray:
        values = self.array(key, ("n",), default)
        if (np.diff(values) <= 0).any():
            raise self.fault(f"{key} must increase from each value to the next.")
        if whole and (values != np.round(values)).any():
            raise self.fault(f"{key} must hold whole numbers.")
        return values.astype(int) if whole else values

    def one_of(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        value = self.get(key, default)
        if value not in choices:
            raise self.fault(f"{key} is {value!r}; expected {' or '.join(map(repr, choices))}.")
        return value

    def words(self, key: str, count: int) -> list[str] | None:
        value = self.get(key, None)
        if value is not None and not (len(value) == count and all(isinstance(word, str) for word in value)):
            raise self.fault(f"{key} must be {count} strings.")
        return None if value is None else list(value)


def rounded(values: np.ndarray) -> np.ndarray:
    """Round to 4 significant digits: enough to look at, and few bytes."""
    return np.array([float(f"{value:.4g}") for value in values.flat]).reshape(values.shape)


_STEP = {
    "step": lambda z: (z > 0).astype(float),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "none": lambda z: z,
}


def _unroll(read: _Reader) -> tuple[Data, str, Table]:
    read.require("inputs", "states", "outputs", "W", "U", "b", "V", "activation")
    inputs, b = read.array("inputs", ("T",)), read.array("b", ("H",))
    T, H = len(inputs), len(b)
    if not (2 <= T <= 64 and H <= 3):
        raise read.fault(f"{T} steps and {H} units; expected 2 to 64 steps and 1 to 3 units.")
    states, outputs = read.array("states", (T, H)), read.array("outputs", (T,))
    W = read.array("W", (1, H) if np.ndim(read.data["W"]) == 2 else (H,)).reshape(H)
    V = read.array("V", (H, 1) if np.ndim(read.data["V"]) == 2 else (H,)).reshape(H)
    U, h0, c = read.array("U", (H, H)), read.array("h0", (H,), np.zeros(H)), read.number("c", 0)
    activation = read.one_of("activation", ["step", "tanh", "relu"])
    output = read.one_of("output", ["none", "step", "sigmoid"], "none")
    h = h0
    for t in range(T):
        h = _STEP[activation](inputs[t] * W + h @ U + b)
        y = _STEP[output](h @ V + c)
        for key, given, found in (("states", states[t], h), ("outputs", outputs[t], y)):
            if not np.allclose(given, found, rtol=5e-3, atol=5e-3):
                raise read.fault(
                    f"{key}[{t}] is {given.tolist()}, but inputs, W, U, b, V and c give {rounded(found).tolist()}; "
                    "U[i, j] goes from i to j."
                )
    clean = {"inputs": inputs, "W": W, "U": U, "b": b, "V": V, "c": c, "h0": h0, "activation": activation}
    clean |= {"output": output, "units": read.words("units", H), "output_words": read.words("output_words", 2)}
    names = clean["units"] or [f"h{j + 1}" for j in range(H)]
    table = [["step", "input", *names, "output"]]
    table += [[t + 1, _short(inputs[t]), *map(_short, states[t]), _short(outputs[t])] for t in range(T)]
    return clean, "All steps as a table", table


def _training_step(read: _Reader) -> tuple[Data, str, Table]:
    read.require("steps")
    steps = read.get("steps", None)
    if not isinstance(steps, list | tuple) or not 2 <= len(steps) <= 40:
        raise read.fault("steps must be a list of 2 to 40 dicts.")
    for place, step in enumerate(steps, 1):
        keys = set(step) if isinstance(step, dict) else set()
        if not {"title", "text", "shape", "target"} <= keys <= {"title", "text", "shape", "target", "group"}:
            raise read.fault(f"step {place} must have title, text, shape and target, and may have group.")
        if not all(isinstance(value, str) for value in step.values()):
            raise read.fault(f"step {place} must hold strings only; a shape is written '(2, 5, 8)'.")
        if not step["title"] or len(step["title"]) > 32:
            raise read.fault(f"step {place}: the title {step['title']!r} must have 1 to 32 characters.")
        if step["target"].startswith("#"):
            raise read.fault(f"step {place}: write the target without '#'.")
    clean = {"steps": steps, "back_to": read.whole("back_to", 0, len(steps), 0)}
    table = [["no.", "step", "shape", "what happens"]]
    for place, step in enumerate(steps, 1):
        title = html.escape(step["title"])
        link = f'<a href="#{html.escape(step["target"])}">{title}</a>' if step["target"] else title
        table.append([place, _Markup(link), step["shape"], step["text"]])
    return clean, "All steps as a table", table


def _truncation(read: _Reader) -> tuple[Data, str, Table]:
    read.require("delays", "ks", "carried", "reset", "chance")
    delays, ks = read.rising("delays", whole=True), read.rising("ks", whole=True)
    if delays[0] < 0 or ks[0] < 1:
        raise read.fault("delays start at 0 or more, ks at 1 or more.")
    clean = {"delays": delays, "ks": ks, "chance": read.number("chance")}
    shape = (len(delays), len(ks))
    for key in ("carried", "reset"):
        clean[key] = read.array(key, shape)
        if clean[key].min() < 0 or clean[key].max() > 1:
            raise read.fault(f"{key} must lie between 0 and 1.")
        if (ends := f"range_{key}") in read.data:  # over the seeds
            low, high = clean[ends] = read.array(ends, (2, *shape))
            if (low > clean[key]).any() or (high < clean[key]).any() or low.min() < 0 or high.max() > 1:
                raise read.fault(f"{ends} must hold the lowest and the highest accuracies, with {key} between them.")
        read.known.add(ends)
    table = [["delay", *(f"k = {k}" for k in ks)]]
    for i, delay in enumerate(delays):
        pairs = zip(clean["carried"][i], clean["reset"][i], strict=True)
        table.append([delay, *(f"{carried:.2f} / {reset:.2f}" for carried, reset in pairs)])
    return clean, "All accuracies as a table (carried / reset)", table


def _gradient_norms(read: _Reader) -> tuple[Data, str, Table]:
    read.require("rhos", "norms")
    rhos, given = read.rising("rhos"), read.get("norms", None)
    names = [name for name in ("linear", "tanh", "relu") if isinstance(given, dict) and name in given]
    if not names or len(names) != len(given):
        raise read.fault("norms must be a dict with the keys 'linear', 'tanh' or 'relu'.")
    inner = _Reader(read.name, {f"norms[{name!r}]": given[name] for name in names})
    norms, T = {}, "T"
    for name in names:
        norms[name] = inner.array(f"norms[{name!r}]", (len(rhos), T))
        T = norms[name].shape[1]
        if norms[name].min() < 0:
            raise read.fault(f"norms[{name!r}] holds a negative number, which no norm is.")
    if rhos[0] < 0:
        raise read.fault("rhos must be 0 or more.")
    clean = {"rhos": rhos, "norms": norms, "start": read.number("start", 1.0)}
    table = [["ρ", f"ρ^{T}", *names]]
    table += [
        [_short(rho), f"{rho**T:.1e}", *(f"{norms[name][i][-1]:.1e}" for name in names)] for i, rho in enumerate(rhos)
    ]
    return clean, f"The norms {T} steps back as a table", table


def _loss_cliff(read: _Reader) -> tuple[Data, str, Table]:
    read.require("x0", "T", "target")
    clean: Data = {"x0": read.number("x0"), "T": read.whole("T", 1, 200), "target": read.number("target")}
    clean |= {"steps": read.whole("steps", 1, 200, 60), "start": read.array("start", (2,), (1.6, -0.5))}
    for key, default in (("w_range", (0.4, 3.2)), ("b_range", (-1.2, 0.4))):
        read.array(key, (2,), default)
        clean[key] = read.rising(key, default)
    for key, default in (("rates", (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)), ("clips", (0.1, 0.25, 0.5, 1, 2, 5, 20, 100))):
        clean[key] = read.rising(key, default)
        if clean[key][0] <= 0:
            raise read.fault(f"{key} must be above 0.")
    clean |= {"rate": read.number("rate", 0.1), "clip": read.number("clip", 1)}
    table = [["constant", "value"], ["first state", _short(clean["x0"])], ["steps T", clean["T"]]]
    table += [["target", _short(clean["target"])], ["start (w, b)", ", ".join(map(_short, clean["start"]))]]
    return clean, "The constants as a table", table


def _addressing(read: _Reader) -> tuple[Data, str, Table]:
    read.require("M", "q", "w_before")
    M = read.array("M", ("N", "D"))
    N, D = M.shape
    if not 2 <= N <= 12:
        raise read.fault(f"M has {N} slots; expected 2 to 12.")
    clean: Data = {"M": M, "q": read.array("q", (D,)), "w_before": read.array("w_before", (N,))}
    w = clean["w_before"]
    if w.min() < 0 or abs(w.sum() - 1) > 5e-3:
        raise read.fault("w_before must hold shares: 0 or more, 1 in all.")
    if not clean["q"].any():
        raise read.fault("q must not be all zeros: it has no direction then.")
    for key, default, low, high in (("beta", 5, 0, 100), ("g", 0.8, 0, 1), ("shift", 0.8, -1, 1), ("gamma", 2, 1, 20)):
        clean[key] = read.number(key, default)
        if not low <= clean[key] <= high:
            raise read.fault(f"{key} is {clean[key]:g}; expected {low} to {high}.")
    fit = M @ clean["q"] / (np.linalg.norm(M, axis=1) * np.linalg.norm(clean["q"]) + 1e-8)
    found = np.exp(clean["beta"] * (fit - fit.max()))
    found /= found.sum()
    mixed = clean["g"] * found + (1 - clean["g"]) * w
    step = clean["shift"]
    shifted = (1 - abs(step)) * mixed + abs(step) * np.roll(mixed, 1 if step > 0 else -1)
    sharp = shifted ** clean["gamma"] / (shifted ** clean["gamma"]).sum()
    head = ["slot", "row of M", "cosine with q", "before", "content", "interpolation", "shift", "sharpening"]
    columns = zip(M, fit, w, found, mixed, shifted, sharp, strict=True)
    rows = [[i, ", ".join(map(_short, row)), *(f"{x:.3f}" for x in rest)] for i, (row, *rest) in enumerate(columns)]
    settings = f"β = {clean['beta']:g}, g = {clean['g']:g}, shift {step:g}, γ = {clean['gamma']:g}"
    return clean, f"The memory, and the stages at {settings}, as a table", [head, *rows]


def _gate_inspector(read: _Reader) -> tuple[Data, str, Table]:
    read.require("inputs", "W", "U", "b", "sums")
    inputs = read.array("inputs", ("T", "D"))
    T, D = inputs.shape
    b = read.array("b", ("4H",))
    H = len(b) // 4
    if not 2 <= T <= 60 or len(b) != 4 * H or not 1 <= H <= 8:
        raise read.fault(
            f"{T} steps and {len(b)} biases; expected 2 to 60 steps, and 4 biases for each of 1 to 8 units."
        )
    clean: Data = {"inputs": inputs, "W": read.array("W", (D, 4 * H)), "U": read.array("U", (H, 4 * H)), "b": b}
    clean |= {"sums": read.array("sums", (T, 4)), "input_names": read.words("input_names", D)}
    clean["input_names"] = clean["input_names"] or [f"x{d + 1}" for d in range(D)]
    if np.abs(clean["sums"]).max() > 8:
        raise read.fault("sums must lie between -8 and 8, the ends of their sliders.")
    table = [
        ["step", *clean["input_names"], *(f"{name}, unit {j + 1}" for j in range(H) for name in ("i", "f", "o", "c"))]
    ]
    c = h = np.zeros(H)
    for t, x in enumerate(inputs):
        i, f, g, o = np.split(x @ clean["W"] + h @ clean["U"] + b, 4)
        i, f, g, o = _STEP["sigmoid"](i), _STEP["sigmoid"](f), np.tanh(g), _STEP["sigmoid"](o)
        c = f * c + i * g
        h = o * np.tanh(c)
        table.append(
            [t + 1, *map(_short, x), *(f"{value:.2f}" for j in range(H) for value in (i[j], f[j], o[j], c[j]))]
        )
    return clean, "Gates and cell states of the trained units as a table", table


def _sentiment_inspector(read: _Reader) -> tuple[Data, str, Table]:
    read.require("tokens", "E", "W", "U", "b", "V", "c", "marks", "texts")
    E, b = read.array("E", ("V", "D")), read.array("b", (2, "3H"))
    D, H = E.shape[1], b.shape[1] // 3
    net = {"W": read.array("W", (D + 1, 3 * H)), "U": read.array("U", (H, 3 * H)), "b": b}
    net |= {"V": read.array("V", (H, 3)), "c": read.array("c", (3,))}
    tokens, classes = read.words("tokens", len(E) - 4), read.words("classes", 3)
    classes = classes or ["negative", "neutral", "positive"]
    texts = read.words("texts", len(read.data["texts"]))
    if not 2 <= len(texts) <= 8 or not all(map(words, texts)):
        raise read.fault("texts must hold 2 to 8 texts of one word or more.")
    marks = read.get("marks", None)
    tenths = np.round(10 * np.array([*marks.values()], float)) if isinstance(marks, dict) else np.array([np.nan])
    if not (np.abs(tenths) <= 127).all():
        raise read.fault("marks must be a dict from word to a number between -12.7 and 12.7.")
    if any(len(word.split()) != 1 for word in [*tokens, *marks]):
        raise read.fault("tokens and marks must hold words without blanks.")
    step = float(f"{np.abs(E).max() / 127:.4g}") or 1.0
    E = np.round(E / step).clip(-127, 127)  # a byte a number: the table is most of what the page must carry
    packed = {"E": _bytes(E), "step": step, "tokens": " ".join(tokens)}
    packed |= {"rated": " ".join(marks), "marks": _bytes(tenths), "texts": texts, "classes": classes}
    ids, mark = {token: i for i, token in enumerate(tokens, 4)}, dict(zip(marks, tenths / 10, strict=True))
    table = [["word", "row of its own", "mark", *classes, f"log-odds of {classes[2]} against {classes[0]}"]]
    h, sigmoid = np.zeros(H), _STEP["sigmoid"]
    for word in ["", *words(texts[0])]:
        key = word.lower()
        if word:
            x = np.append(step * E[ids.get(key, 1)], mark.get(key, 0))
            (z, r, n), (z_h, r_h, n_h) = np.split(x @ net["W"] + b[0], 3), np.split(h @ net["U"] + b[1], 3)
            z = sigmoid(z + z_h)
            h = z * h + (1 - z) * np.tanh(n + sigmoid(r + r_h) * n_h)
        logits = h @ net["V"] + net["c"]
        p = np.exp(logits - logits.max())
        cells = [word, "yes" if key in ids else "no", _short(mark.get(key, 0))] if word else ["(before)", "", ""]
        table.append([*cells, *(f"{share:.2f}" for share in p / p.sum()), f"{logits[2] - logits[0]:.2f}"])
    return net | packed, "The first example as a table", table


def _bytes(whole: np.ndarray) -> str:
    """Whole numbers from -128 to 127 as text."""
    return base64.b64encode(whole.astype(np.int8).tobytes()).decode("ascii")


EXPLORABLES: dict[str, Callable[[_Reader], tuple[Data, str, Table]]] = {
    "unroll": _unroll,
    "training-step": _training_step,
    "truncation": _truncation,
    "gradient-norms": _gradient_norms,
    "loss-cliff": _loss_cliff,
    "addressing": _addressing,
    "gate-inspector": _gate_inspector,
    "sentiment-inspector": _sentiment_inspector,
}


def prepare(name: str, data: Data) -> tuple[Data, str, str]:
    """Return the checked data, the title of its table and the table as HTML.

    Raises:
        ValueError: there is no such explorable, or its data do not fit.
    """
    if name not in EXPLORABLES:
        raise ValueError(f'There is no explorable "{name}"; there are {", ".join(EXPLORABLES)}.')
    read = _Reader(name, data)
    clean, title, table = EXPLORABLES[name](read)
    read.finish()
    return clean, title, _table(table)


class _Markup(str):
    """Text that is HTML already."""


def _short(value: float) -> str:
    return f"{value:.4g}"


def _table(rows: Table) -> str:
    def cells(row: Sequence[Any], tag: str) -> str:
        texts = (cell if isinstance(cell, _Markup) else html.escape(str(cell)) for cell in row)
        return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"

    body = "".join(cells(row, "td") for row in rows[1:])
    return f"<table><thead>{cells(rows[0], 'th')}</thead><tbody>{body}</tbody></table>"

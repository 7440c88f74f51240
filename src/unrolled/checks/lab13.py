"""Checks of lab 13: pairs shifted by one, one step of a GRU decoder, BLEU, and decoding until the end."""

import math
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from unrolled.checks.compare import Mistake, PartsMistake, compare, compare_dict, compare_tuple
from unrolled.checks.framework import Call, Lab, Verdict
from unrolled.room.wire import Unknown

LAB = Lab("13", {1: "teacher_forcing", 2: "decode_step", 3: "bleu", 4: "greedy_decode"})
check = LAB.notebook_check

PADDING, UNKNOWN, START, END = range(4)
Conversation = Generator[Call | Verdict, Any, None]
Params = dict[str, np.ndarray]
Arrays = dict[str, np.ndarray]
Pairs = list[tuple[list[int], list[int]]]


# Exercise 1: teacher_forcing(pairs) -> {"sources", "inputs", "targets", "mask"}


def table(rows: Sequence[Sequence[int]], side: str = "right") -> np.ndarray:
    """Rows of ids as one array, padded on this side."""
    T = max(map(len, rows))
    gap = [[PADDING] * (T - len(row)) for row in rows]
    return np.array([[*g, *row] if side == "left" else [*row, *g] for g, row in zip(gap, rows, strict=True)])


def forced(pairs: Pairs) -> Arrays:
    """The right teacher_forcing."""
    wanted = [list(target) for _, target in pairs]
    return {
        "sources": table([source for source, _ in pairs], "left"),
        "inputs": table([[START, *target] for target in wanted]),
        "targets": table([[*target, END] for target in wanted]),
        "mask": table([[1] * (len(target) + 1) for target in wanted]),
    }


SHAPES = {"sources": "(B, S)", "inputs": "(B, T)", "targets": "(B, T)", "mask": "(B, T)"}


def _forced_mistakes(pairs: Pairs) -> list[PartsMistake]:
    wanted = [list(target) for _, target in pairs]
    sources = [list(source) for source, _ in pairs]
    right = forced(pairs)
    no_padding = right["targets"] != PADDING
    return [
        ({"sources": table(sources)}, "The sources are padded on the right. Pad them on the left, so that the encoder's last step is a real one."),
        ({"sources": table([row[::-1] for row in sources], "left")}, "The sources are reversed. Their order stays; only the padding stands in front."),
        ({"sources": table([[*row, END] for row in sources], "left")}, "The sources got an END. Only the targets have one."),
        ({"inputs": table(wanted), "targets": table([[*row[1:], END] for row in wanted])}, "START is missing: the first word is never asked for. The inputs begin with START, the targets with the first word."),
        ({"inputs": table([[START, *row, END] for row in wanted]), "targets": table([[START, *row, END] for row in wanted])}, "Inputs and targets are the same. The inputs end before END, the targets begin after START."),
        ({"inputs": table([[START, *row, END] for row in wanted])}, "The inputs hold END. Nothing follows an END, so no step reads it."),
        ({"targets": table([[START, *row, END] for row in wanted])}, "The targets hold START. Nobody is asked to say it."),
        ({"targets": table([[*row, PADDING] for row in wanted])}, "END is missing in the targets: a net that is never asked for END never stops."),
        ({"inputs": right["targets"], "targets": right["inputs"]}, "Inputs and targets have changed places."),
        ({"inputs": table([[START, *row] for row in wanted], "left"), "targets": table([[*row, END] for row in wanted], "left")}, "Inputs and targets are padded on the left. They begin at step 1; their padding stands behind."),
        ({"mask": 1 - right["mask"]}, "The mask is upside down: 1 where a target counts, 0 at padding."),
        ({"mask": table([[1] * len(row) for row in wanted] if len({len(row) for row in wanted}) == 1 else [[1] * len(row) + [0] for row in wanted])}, "The mask leaves out END. The step that must say END counts like the others."),
        ({"mask": np.ones_like(right["mask"])}, "The mask is 1 everywhere, so padding counts as a target."),
        ({"mask": (right["inputs"] != START) & no_padding}, "The mask leaves out the first step. Its target is the first word, which counts."),
    ]  # fmt: skip


def _compare_forced(got: Any, pairs: Pairs) -> Verdict:
    mistakes = _forced_mistakes(pairs)
    return compare_dict(got, forced(pairs), name="the result", shapes=SHAPES, mistakes=mistakes)


def _pairs(rng: np.random.Generator, sizes: Sequence[tuple[int, int]]) -> Pairs:
    return [tuple([int(i) for i in rng.integers(4, 30, n)] for n in size) for size in sizes]


@LAB.check(1, "two pairs of one length", points=0.5)
def equal_lengths(rng: np.random.Generator) -> Conversation:
    pairs = _pairs(rng, [(3, 4), (3, 4)])
    got = yield Call("teacher_forcing", pairs)
    yield _compare_forced(got, pairs)


@LAB.check(1, "three pairs of different lengths", points=0.5)
def different_lengths(rng: np.random.Generator) -> Conversation:
    pairs = _pairs(rng, [(2, 5), (4, 3), (3, 1)])
    got = yield Call("teacher_forcing", pairs)
    yield _compare_forced(got, pairs)


@LAB.check(1, "one pair, an unknown word, and other sizes", points=1, hidden=True)
def forced_odd_sizes(rng: np.random.Generator) -> Conversation:
    cases = [_pairs(rng, [(1, 1)]), _pairs(rng, [(7, 2), (1, 6), (5, 5), (2, 1)]), _pairs(rng, [(2, 3), (3, 2)])]
    cases[2][0][1][1] = UNKNOWN
    for pairs in cases:
        got = yield Call("teacher_forcing", pairs)
        verdict = _compare_forced(got, pairs)
        if not verdict.right:
            break
    yield verdict


# Exercise 2: decode_step(word, h, context, params) -> h, log_p


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic sigmoid, without an overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def step(word: np.ndarray, h: np.ndarray, context: np.ndarray, params: Params, fault: str = "") -> Arrays:
    """The right decode_step as named arrays; with a fault, what that mistake gives."""
    words = params["E"][word]
    x = np.concatenate([context, words] if fault == "context first" else [words, context], axis=1)
    inward, inner = params["b"]
    if fault == "biases exchanged":
        inward, inner = inner, inward
    from_x = x @ params["W"] + (0 if fault == "no input bias" else inward)
    from_h = h @ params["U"] + (0 if fault == "no inner bias" else inner)
    (z_x, r_x, n_x), (z_h, r_h, n_h) = np.split(from_x, 3, axis=1), np.split(from_h, 3, axis=1)
    z, r = sigmoid(z_x + z_h), sigmoid(r_x + r_h)
    if fault == "z and r exchanged":
        z, r = r, z
    H = h.shape[1]
    inside = {
        "reset before": n_x + (r * h) @ params["U"][:, 2 * H :] + inner[2 * H :],
        "no reset": n_x + n_h,
        "reset without its bias": n_x + r * (n_h - inner[2 * H :]) + inner[2 * H :],
    }.get(fault, n_x + r * n_h)
    n = sigmoid(inside) if fault == "sigmoid" else np.tanh(inside)
    new = (1 - z) * h + z * n if fault == "upside down" else z * h + (1 - z) * n
    scores = (h if fault == "old state read" else new) @ params["V"] + (0 if fault == "no c" else params["c"])
    top = scores.max(axis=1, keepdims=True)
    log_p = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    out = {"raw": scores, "p": np.exp(log_p), "bits": log_p / np.log(2)}.get(fault, log_p)
    if fault == "over the batch":
        out = scores - np.logaddexp.reduce(scores, axis=0, keepdims=True)
    return {"h": new, "log_p": out}


_STEP_HINTS = {
    "context first": "The context stands before the word. The columns of x are the word's, then the context's.",
    "biases exchanged": "The two rows of b have changed places: b[0] goes with x W, b[1] with h U.",
    "no input bias": "b[0] is missing. It is added to x W.",
    "no inner bias": "b[1] is missing. It is added to h U.",
    "z and r exchanged": "z and r have changed places: the first third of the columns is z, the second r.",
    "reset before": "The reset is applied to h before the product with U. Here it multiplies the finished product, bias included.",
    "no reset": "The reset gate is missing in the candidate.",
    "reset without its bias": "The reset must multiply h U and its bias b[1] together.",
    "sigmoid": "The candidate goes through a sigmoid. It is a tanh.",
    "upside down": "The update gate is upside down: z keeps the old state, 1 - z takes the candidate.",
    "old state read": "The head reads the state before the step. It reads the new one.",
    "no c": "The head's bias c is missing.",
    "raw": "These are scores. Take the logarithm of their softmax: subtract the logarithm of the sum of exponentials in each row.",
    "p": "These are probabilities. Return their natural logarithms.",
    "bits": "These are logarithms to base 2. Take natural ones.",
    "over the batch": "The softmax sums over the batch. Each row sums over its V words.",
}


def _step_mistakes(*args: Any) -> list[PartsMistake]:
    right = step(*args)
    wrong = [(step(*args, fault=fault), hint) for fault, hint in _STEP_HINTS.items()]
    swapped = {"h": right["log_p"], "log_p": right["h"]}
    return [*wrong, (swapped, "The two things have changed places: first h, then log_p.")]


def _decoder(rng: np.random.Generator, D: int, C: int, H: int, V: int) -> Params:
    shapes = {"E": (V, D), "W": (D + C, 3 * H), "U": (H, 3 * H), "b": (2, 3 * H), "V": (H, V), "c": (V,)}
    return {name: rng.normal(0, 0.8, shape) for name, shape in shapes.items()}


def _compare_step(got: Any, *args: Any) -> Verdict:
    shapes = {"h": "(B, H)", "log_p": "(B, V)"}
    return compare_tuple(got, step(*args), shapes=shapes, mistakes=_step_mistakes(*args))


def _step_call(rng: np.random.Generator, B: int, D: int, C: int, H: int, V: int) -> tuple:
    params = _decoder(rng, D, C, H, V)
    return rng.integers(0, V, B), rng.uniform(-1, 1, (B, H)), rng.normal(0, 1, (B, C)), params


@LAB.check(2, "the first step, from a state of zeros", points=1)
def first_step(rng: np.random.Generator) -> Conversation:
    word, h, context, params = _step_call(rng, 2, 3, 2, 4, 7)
    args = word, np.zeros_like(h), context, params
    got = yield Call("decode_step", *args)
    yield _compare_step(got, *args)


@LAB.check(2, "a later step", points=1)
def later_step(rng: np.random.Generator) -> Conversation:
    args = _step_call(rng, 3, 2, 3, 4, 6)
    got = yield Call("decode_step", *args)
    yield _compare_step(got, *args)


@LAB.check(2, "one row, one unit, large scores, and other sizes", points=1, hidden=True)
def step_odd_sizes(rng: np.random.Generator) -> Conversation:
    for sizes, scale in (((1, 1, 1, 1, 3), 1), ((5, 4, 1, 2, 9), 1), ((2, 2, 2, 3, 5), 2000)):
        args = _step_call(rng, *sizes)
        args[3]["V"] *= scale
        got = yield Call("decode_step", *args)
        verdict = _compare_step(got, *args)
        if not verdict.right:
            break
    if scale > 1 and not verdict.right and "NaN" in verdict.hint:
        verdict = Verdict(False, "Scores of some thousands overflow in exp. Subtract each row's largest score first.")
    yield verdict


# Exercise 3: bleu(said, wanted) -> number

Texts = list[list[str]]


def grams(tokens: Sequence[str], n: int) -> Counter:
    """The n-grams of a text, counted."""
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def score(said: Texts, wanted: Texts, fault: str = "") -> float:
    """The right bleu; with a fault, what that mistake gives."""
    if fault == "mean of sentences":
        return float(np.mean([score([s], [w]) for s, w in zip(said, wanted, strict=True)]))
    orders = {"three orders": 3, "words alone": 1, "two orders": 2}.get(fault, 4)
    found, all_, shares = [], [], []
    for n in range(1, orders + 1):
        pairs = [(grams(s, n), grams(w, n)) for s, w in zip(said, wanted, strict=True)]
        if fault == "recall":
            pairs = [(w, s) for s, w in pairs]
        clipped = [
            sum(count for gram, count in s.items() if gram in w) if fault == "not clipped" else len(s & w) if fault == "kinds" else (s & w).total()
            for s, w in pairs
        ]  # fmt: skip
        totals = [len(s) if fault == "kinds" else s.total() for s, _ in pairs]
        found.append(sum(clipped))
        all_.append(sum(totals))
        shares.append(float(np.mean([c / t if t else 0 for c, t in zip(clipped, totals, strict=True)])))
    p = [f / t if t else 0.0 for f, t in zip(found, all_, strict=True)]
    if fault == "shares averaged":
        p = shares
    if fault == "smoothed":
        p = [(f + 1) / (t + 1) for f, t in zip(found, all_, strict=True)]
    a, r = sum(map(len, said)), sum(map(len, wanted))
    penalty = 0.0 if not a else 1.0 if a >= r and fault != "penalty both ways" else math.exp(1 - r / a)
    if fault == "no penalty":
        penalty = 1.0
    if fault == "penalty is a ratio":
        penalty = min(1.0, a / r)
    if fault == "penalty by sentence":
        penalty = float(
            np.mean([min(1, math.exp(1 - len(w) / len(s))) if s else 0 for s, w in zip(said, wanted, strict=True)])
        )
    if fault == "penalty upside down":
        penalty = min(1.0, math.exp(1 - a / r)) if r else 0.0
    mean = float(np.mean(p)) if fault == "arithmetic mean" else math.prod(p) ** (1 / orders)
    if fault == "product":
        mean = math.prod(p)
    return penalty * mean * (1 if fault == "share" else 100)


_BLEU_HINTS = {
    "share": "The number lies between 0 and 1. BLEU is given from 0 to 100.",
    "no penalty": "The brevity penalty is missing: answers that are shorter in all than the references lose.",
    "penalty both ways": "Longer answers are changed too. The factor is at most 1.",
    "penalty is a ratio": "The brevity penalty is exp(1 - r / a), not a / r.",
    "penalty upside down": "The two lengths have changed places in the brevity penalty: a is what was said, r the references.",
    "penalty by sentence": "The brevity penalty is taken sentence by sentence. Add up the lengths of the whole set first.",
    "not clipped": "The counts are not clipped: an n-gram counts at most as often as it stands in the reference.",
    "kinds": "Each n-gram counts once, however often it stands there. Count all of them, clipped.",
    "recall": "You divide by the n-grams of the references. BLEU asks which share of the said ones is right.",
    "shares averaged": "The shares are averaged over sentences. Add up counts over the set, then divide once.",
    "mean of sentences": "This is the mean of the sentences' BLEU. Add up counts and lengths over the set first.",
    "smoothed": "The counts are smoothed. Here nothing is added; one order without a hit makes BLEU 0.",
    "arithmetic mean": "This is the arithmetic mean of the shares. BLEU has the geometric one.",
    "product": "The root is missing: the geometric mean is the product to the power 1/4.",
    "three orders": "Only n-grams up to 3. BLEU goes to 4.",
    "two orders": "Only words and pairs. BLEU goes to 4.",
    "words alone": "Only single words. BLEU takes n-grams of 1 to 4.",
}


def _compare_bleu(got: Any, said: Texts, wanted: Texts) -> Verdict:
    right = score(said, wanted)
    mistakes: list[Mistake] = [(score(said, wanted, fault), hint) for fault, hint in _BLEU_HINTS.items()]
    verdict = compare(got, np.asarray(right), name="BLEU", shape="one number", mistakes=mistakes)
    if verdict.right and abs(float(np.asarray(got, dtype=float)) - right) > 1e-6:
        return Verdict(
            False, f"BLEU is off by {abs(float(got) - right):.1g}. It is asked to a millionth: round nothing."
        )
    return verdict


def _texts(
    rng: np.random.Generator, sizes: Sequence[tuple[int, int]], words: int = 6, kept: float = 0.75
) -> tuple[Texts, Texts]:
    """Random references, and answers of the given lengths that share runs of words with them."""
    names = ["woman", "man", "tone", ":", "skin", "dark", "light", "pilot", "hand", "left"][:words]
    said, wanted = [], []
    for long_said, long_wanted in sizes:
        reference = [str(rng.choice(names)) for _ in range(long_wanted)]
        answer = (reference * (long_said // max(long_wanted, 1) + 1))[:long_said]
        said.append([w if rng.random() < kept else str(rng.choice(names)) for w in answer])
        wanted.append(reference)
    return said, wanted


def _bleu_case(rng: np.random.Generator, sizes: Sequence[tuple[int, int]]) -> tuple[Texts, Texts]:
    """A case whose BLEU is not 0."""
    while True:
        said, wanted = _texts(rng, sizes)
        if 1 < score(said, wanted) < 95 and score(said, wanted, "not clipped") != score(said, wanted):
            return said, wanted


@LAB.check(3, "one answer, as long as its reference", points=0.5)
def one_answer(rng: np.random.Generator) -> Conversation:
    case = _bleu_case(rng, [(12, 12)])
    got = yield Call("bleu", *case)
    yield _compare_bleu(got, *case)


@LAB.check(3, "three answers, too short in all", points=0.75)
def short_answers(rng: np.random.Generator) -> Conversation:
    case = _bleu_case(rng, [(8, 10), (9, 7), (5, 14)])
    got = yield Call("bleu", *case)
    yield _compare_bleu(got, *case)


@LAB.check(3, "answers that are too long, and one without four right words in a row", points=0.75)
def long_answers(rng: np.random.Generator) -> Conversation:
    zero = [["a", "man", "runs", "left", "now"]], [["a", "man", "runs", "right", "now"]]
    for case in (_bleu_case(rng, [(12, 9), (10, 6)]), zero):
        got = yield Call("bleu", *case)
        verdict = _compare_bleu(got, *case)
        if not verdict.right:
            break
    yield verdict


@LAB.check(3, "an empty answer, short ones, and larger sets", points=1, hidden=True)
def bleu_odd_sizes(rng: np.random.Generator) -> Conversation:
    perfect = [["the", "left", "hand", "of", "a", "man"]]
    cases = [
        _bleu_case(rng, [(9, 11), (0, 3), (7, 7)]),
        ([["dark", "skin"]], [["dark", "skin"]]),
        ([[]], [["tone"]]),
        (perfect, perfect),
        _bleu_case(rng, [(int(a), int(b)) for a, b in rng.integers(1, 15, (30, 2))]),
    ]
    for case in cases:
        got = yield Call("bleu", *case)
        verdict = _compare_bleu(got, *case)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: greedy_decode(h, context, params, longest) -> list of lists of ids


def greedy(h: np.ndarray, context: np.ndarray, params: Params, longest: int, fault: str = "") -> list[list[int]]:
    """The right greedy_decode; with a fault, what that mistake gives."""
    word, said = np.full(len(h), END if fault == "starts from END" else START), [[] for _ in h]
    if fault == "starts from padding":
        word = np.zeros(len(h), int)
    live = np.ones(len(h), bool)
    for _ in range(longest):
        new, log_p = step(word, h, context, params).values()
        if fault != "state not carried":
            h = new
        log_p = log_p.copy()
        if fault != "nothing barred":
            log_p[:, : 2 if fault == "start allowed" else 3] = -np.inf
        if fault == "END barred":
            log_p[:, END] = -np.inf
        choice = log_p.argmax(axis=1)
        if fault != "word not carried":
            word = choice
        live &= True if fault == "never stops" else choice != END
        if fault == "first END stops all, at once" and not live.all():
            break
        for row, (id, alive) in enumerate(zip(choice, live, strict=True)):
            if alive or (fault == "END kept" and id == END and (not said[row] or said[row][-1] != END)):
                said[row].append(int(id))
        if fault == "first END stops all" and not live.all():
            break
        if not live.any():
            break
    return said


_GREEDY_HINTS = {
    "END kept": "END is in the result. It says where to stop and is no word.",
    "never stops": "The rows go on after their END.",
    "first END stops all": "All rows stop when the first one says END. The others go on.",
    "first END stops all, at once": "All rows stop when the first one says END. The others go on.",
    "state not carried": "Every step starts from the same state. Hand the new h on.",
    "word not carried": "Every step reads START. Read the word that was said last.",
    "nothing barred": "Padding, unknown or START was said. Ids 0, 1 and 2 are no words: take the best of the others.",
    "start allowed": "START was said. Ids 0, 1 and 2 are barred.",
    "END barred": "END is never said. Only ids 0, 1 and 2 are barred; END is chosen like a word.",
    "starts from END": "The first word read is END. It is START, id 2.",
    "starts from padding": "The first word read is padding, id 0. It is START, id 2.",
}


def _compare_greedy(got: Any, *args: Any) -> Verdict:
    right = greedy(*args)
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if isinstance(got, Unknown) or not isinstance(got, list | tuple | np.ndarray):
        return Verdict(False, "The function returns no list. Return a list of B lists of ids.")
    try:
        rows = [[int(id) for id in row] for row in got]
    except Exception:  # whatever a learner's object does when read
        return Verdict(False, "The function returns no lists of ids. Return a list of B lists of whole numbers.")
    if rows == right:
        return Verdict(True)
    if len(rows) != len(right):
        return Verdict(False, f"The function returns {len(rows)} rows. Return one for each of the {len(right)} states.")
    for fault, hint in _GREEDY_HINTS.items():
        if greedy(*args, fault=fault) == rows:
            return Verdict(False, hint)
    longest = args[3]
    if any(len(row) > longest for row in rows):
        return Verdict(False, f"A row has {max(map(len, rows))} ids. At most longest = {longest} steps are made.")
    b = next(b for b, (one, other) in enumerate(zip(rows, right, strict=True)) if one != other)
    same = next(
        (k for k, (i, j) in enumerate(zip(rows[b], right[b], strict=False)) if i != j), min(len(rows[b]), len(right[b]))
    )
    return Verdict(
        False, f"Row {b} goes wrong at word {same + 1}: it has {len(rows[b])} ids, right are {len(right[b])}."
    )


# Mistakes that a decoder drawn at random may hide: not every one is tempted by a barred id, for example.
_HIDDEN_BY_CHANCE = (
    "state not carried",
    "word not carried",
    "nothing barred",
    "start allowed",
    "starts from END",
    "starts from padding",
)


def _greedy_case(rng: np.random.Generator, B: int, longest: int, V: int = 8, H: int = 5) -> tuple:
    """A decoder and B states that show each of these mistakes, and whose rows end at three different steps or more."""
    for _ in range(1000):
        params = _decoder(rng, 3, 2, H, V)
        params["V"] *= 2
        # Few states show all that is asked. Many states of one decoder are decoded at once, and B of them chosen.
        h, context = rng.uniform(-1, 1, (64, H)), rng.normal(0, 1, (64, 2))
        right = greedy(h, context, params, longest)
        wrong = [greedy(h, context, params, longest, fault) for fault in _HIDDEN_BY_CHANCE]
        shown = [sum(said[b] != right[b] for said in wrong) for b in range(64)]
        ends = sorted((b for b in range(64) if 0 < len(right[b]) < longest), key=lambda b: -shown[b])
        best = {len(right[b]): b for b in reversed(ends)}  # of each length, the state that shows most
        rows = sorted(sorted(ends, key=lambda b: best[len(right[b])] != b)[:B])
        if len(best) < min(B, 3) or len(rows) < B:
            continue
        if all(any(said[b] != right[b] for b in rows) for said in wrong):
            return h[rows], context[rows], params, longest
    raise AssertionError("no such decoder was drawn")


@LAB.check(4, "three rows that end at different steps", points=0.5)
def rows_that_end(rng: np.random.Generator) -> Conversation:
    args = _greedy_case(rng, 3, 12)
    got = yield Call("greedy_decode", *args)
    yield _compare_greedy(got, *args)


@LAB.check(4, "no END within the limit, and END at once", points=0.5)
def limits(rng: np.random.Generator) -> Conversation:
    h, context, params, _ = _greedy_case(rng, 3, 12)
    for bias in (-1e3, 1e3):
        pushed = params | {"c": params["c"] + bias * (np.arange(8) == END)}
        got = yield Call("greedy_decode", h, context, pushed, 5)
        verdict = _compare_greedy(got, h, context, pushed, 5)
        if not verdict.right:
            break
    yield verdict


@LAB.check(4, "one row, more rows, other sizes", points=1, hidden=True)
def greedy_odd_sizes(rng: np.random.Generator) -> Conversation:
    for args in (_greedy_case(rng, 1, 9), _greedy_case(rng, 5, 15, V=10, H=4), _greedy_case(rng, 2, 20, V=6)):
        got = yield Call("greedy_decode", *args)
        verdict = _compare_greedy(got, *args)
        if not verdict.right:
            break
    yield verdict

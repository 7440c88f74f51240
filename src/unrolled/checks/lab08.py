"""Checks of lab 08: attention with padding, greedy and beam search over a table, and length normalisation."""

from collections.abc import Generator
from itertools import product
from typing import Any

import numpy as np

from unrolled.checks.compare import PartsMistake, compare_tuple
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("08", {1: "attend", 2: "greedy", 3: "beam", 4: "pick"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Path = tuple[list[int], float]
Paths = list[Path]
NEAR = 1e-6  # two log-probabilities nearer than this are the same


def attention(q: np.ndarray, K: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The right attend."""
    return _read(_scores(q, K), K, mask)


def _scores(q: np.ndarray, K: np.ndarray) -> np.ndarray:
    return np.einsum("bh,bsh->bs", q, K) / np.sqrt(q.shape[1])


def _read(s: np.ndarray, K: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Softmax over the real steps and the weighted mean; rows without a real step are zeros."""
    top = np.where(mask, s, -np.inf).max(axis=1, keepdims=True)
    e = np.where(mask, np.exp(np.where(mask, s - np.where(np.isfinite(top), top, 0), 0)), 0)
    total = e.sum(axis=1, keepdims=True)
    w = np.divide(e, total, out=np.zeros_like(e), where=total > 0)
    return np.einsum("bs,bsh->bh", w, K), w


def greedy_path(logp: np.ndarray, start: int, end: int, longest: int) -> Path:
    """The right greedy."""
    return best_first(logp, start, end, longest, 1)[0]


def best_first(logp: np.ndarray, start: int, end: int, longest: int, k: int) -> Paths:
    """The right beam: the k best paths kept, best first."""
    kept: Paths = [([], 0.0)]
    for _ in range(longest):
        grown: Paths = []
        for path, score in kept:
            if path and path[-1] == end:
                grown.append((path, score))
                continue
            last = path[-1] if path else start
            grown += [([*path, n], score + float(logp[last, n])) for n in range(len(logp))]
        kept = sorted(grown, key=lambda found: -found[1])[:k]
    return kept


def exhaustive(logp: np.ndarray, start: int, end: int, longest: int) -> Path:
    """The best of all paths that end, or are cut, after `longest` symbols at most."""
    best: Path = ([], -np.inf)
    for n in range(1, longest + 1):
        for symbols in product(range(len(logp)), repeat=n):
            if end in symbols[:-1] or (n < longest and symbols[-1] != end):
                continue
            score = sum(float(logp[a, b]) for a, b in zip((start, *symbols[:-1]), symbols, strict=True))
            if score > best[1]:
                best = (list(symbols), score)
    return best


def score_of(logp: np.ndarray, start: int, path: list[int]) -> float:
    """The log-probability of a path."""
    return sum(float(logp[a, b]) for a, b in zip([start, *path], path, strict=False))


def table(rng: np.random.Generator, V: int, sharp: float = 1.5) -> np.ndarray:
    """Random log-probabilities (V, V): row `last`, column `next`."""
    z = rng.normal(0, sharp, (V, V))
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def searched(rng: np.random.Generator, V: int, longest: int, k: int, spare: tuple[str, ...] = ()) -> np.ndarray:
    """A table (start 0, end 1) where greedy, a beam of k, one of all, and one of k with a fault find different paths.

    The faults in `spare` may find the same.
    """
    faults = [fault for fault in _BEAM_FAULTS if fault not in spare]
    for _ in range(20_000):
        logp = table(rng, V)
        one, some = greedy_path(logp, 0, 1, longest), best_first(logp, 0, 1, longest, k)
        if one[0] == some[0][0] or not _apart(some) or len(one[0]) < 2:
            continue
        if any(_same(_other_beam(logp, 0, 1, longest, k, fault=fault), some) for fault in faults):
            continue
        if some[0][0] != exhaustive(logp, 0, 1, longest)[0]:
            return logp
    raise RuntimeError("no such table was drawn")


def _apart(paths: Paths) -> bool:
    scores = [score for _, score in paths]
    return all(a - b > 0.01 for a, b in zip(scores, scores[1:], strict=False))


# Exercise 1: attend(q, K, mask) -> m (B, H), w (B, S)

_SHAPES = {"m": "(B, H)", "w": "(B, S)"}


def _compare_attend(got: Any, q: np.ndarray, K: np.ndarray, mask: np.ndarray) -> Verdict:
    m, w = attention(q, K, mask)
    s = _scores(q, K)
    raw = s * np.sqrt(q.shape[1])
    every = np.ones_like(mask)
    with np.errstate(all="ignore"):
        zeros = np.where(mask, s, 0)
        e = np.exp(zeros - zeros.max(axis=1, keepdims=True))
        low = e / e.sum(axis=1, keepdims=True)
        after = _read(s, K, every)[1] * mask
        sigmoid = mask / (1 + np.exp(-np.clip(s, -500, 500)))
        over_batch = np.where(mask, np.exp(s - s.max(axis=0)), 0)
        over_batch = over_batch / np.maximum(over_batch.sum(axis=0), 1e-300)
        hard = (np.where(mask, s, -np.inf) == np.where(mask, s, -np.inf).max(axis=1, keepdims=True)) & mask
    even = _read(np.zeros_like(s), K, mask)
    wrong: list[PartsMistake] = [
        ({"w": _read(raw, K, mask)[1]}, "The root is missing: divide the scores by the root of H."),
        ({"w": _read(raw / q.shape[1], K, mask)[1]}, "The scores are divided by H. Divide by its root."),
        ({"w": _read(raw / np.sqrt(K.shape[1]), K, mask)[1]}, "The scores are divided by the root of S, the number of steps. It is the root of H."),
        ({"w": _read(s, K, every)[1]}, "Padding gets weight: the mask is not used."),
        ({"w": _read(s, K, ~mask)[1]}, "The mask is upside down: True is a real step, and real steps are the ones that weigh."),
        ({"w": low}, "The score of padding is set to 0, and exp(0) is 1: padding still weighs. Its weight must be exactly 0."),
        ({"w": after}, "Padding is taken out after the softmax, and the rest no longer adds up to 1. Mask before it."),
        ({"w": np.where(mask, s, 0)}, "These are the scores. The weights are their softmax."),
        ({"w": np.where(mask, np.exp(s - s.max(axis=1, keepdims=True)), 0)}, "The weights do not add up to 1: divide by their sum."),
        ({"w": np.where(mask, np.exp(np.minimum(s, 500)), 0)}, "The weights do not add up to 1: divide by their sum."),
        ({"w": sigmoid}, "Each score went through a sigmoid by itself. Softmax makes the weights of a row share 1 in all."),
        ({"w": over_batch}, "The softmax runs over the batch. It runs over the steps of each row, axis 1."),
        ({"w": hard.astype(float)}, "All the weight is on the best key. Softmax shares it."),
        ({"w": even[1]}, "All real steps weigh the same: the scores are not used."),
        ({"m": np.einsum("bs,bsh->bh", w, K) * mask.sum(axis=1)[:, None], "w": w}, "m is too large by the number of steps: it is a weighted mean, no further factor."),
        ({"m": np.divide(m, mask.sum(axis=1)[:, None], out=np.zeros_like(m), where=mask.any(axis=1)[:, None]), "w": w}, "m is divided by the number of steps. The weights add up to 1 already."),
        ({"m": even[0], "w": w}, "m is the plain mean of the keys. Weight them by w."),
        ({"m": m + q, "w": w}, "The query is added to m. It is the mean of the keys alone."),
    ]  # fmt: skip
    return compare_tuple(got, {"m": m, "w": w}, shapes=_SHAPES, mistakes=wrong)


def _leaks(got: Any, mask: np.ndarray) -> bool:
    """Whether padding weighs little and not nothing."""
    try:
        w = np.asarray(got[1], dtype=float)
        return w.shape == mask.shape and bool((w[~mask] != 0).any() and (np.abs(w[~mask]) < 1e-3).all())
    except Exception:  # compare_tuple says what is wrong with it
        return False


def _judge_attend(got: Any, q: np.ndarray, K: np.ndarray, mask: np.ndarray) -> Verdict:
    if (
        isinstance(got, tuple | list)
        and len(got) == 2
        and np.shape(got[0]) == mask.shape != q.shape
        and np.shape(got[1]) == q.shape
    ):
        return Verdict(False, "The two things have changed places: first m, then w.")
    if isinstance(got, tuple | list) and len(got) == 2 and _leaks(got, mask):
        return Verdict(
            False,
            "Padding gets a weight that is small but not 0. Give its scores minus infinity: exp(-inf) is exactly 0.",
        )
    if isinstance(got, tuple | list) and len(got) == 2 and _holds_nan(got):
        if not mask.any(axis=1).all() and all(_finite(part, mask.any(axis=1)) for part in got):
            return Verdict(
                False,
                "A row without any real step gives NaN: 0 / 0, or infinity less infinity. Its weights and its m are 0.",
            )
        return Verdict(
            False,
            "The result holds NaN or infinity: exp overflows, or infinity meets infinity. Take the largest score of the real steps away before exp.",
        )
    verdict = _compare_attend(got, q, K, mask)
    if not verdict.right and isinstance(got, tuple | list) and len(got) == 2 and not _holds_nan(got):
        w, some = np.asarray(got[1], dtype=float), mask.any(axis=1)
        if (
            w.shape == mask.shape
            and not some.all()
            and w[~some].any()
            and np.allclose(w[some], attention(q, K, mask)[1][some], atol=1e-4)
        ):
            return Verdict(False, "A row without any real step is read all the same. Its weights and its m are 0.")
        if w.shape == mask.shape and not w[~mask].any() and (w[some] == 0).all(axis=1).any():
            return Verdict(
                False,
                "A row with real steps gets weights of 0 only: every exp is 0. Take away the largest score of the real steps; padding may be larger.",
            )
    return verdict


def _holds_nan(parts: Any) -> bool:
    try:
        return any(not np.isfinite(np.asarray(part, dtype=float)).all() for part in parts)
    except Exception:  # compare_tuple says what is wrong with it
        return False


def _finite(part: Any, rows: np.ndarray) -> bool:
    array = np.asarray(part, dtype=float)
    return array.ndim == 2 and len(array) == len(rows) and bool(np.isfinite(array[rows]).all())


def keys(
    rng: np.random.Generator, B: int, S: int, H: int, size: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random q, K and a mask with padding on the right of all rows but the first."""
    lengths = np.concatenate([[S], rng.integers(1, max(S, 2), B - 1)])
    return size * rng.normal(0, 1, (B, H)), rng.normal(0, 1, (B, S, H)), np.arange(S) < lengths[:, None]


@LAB.check(1, "scores, mask, softmax, weighted mean", points=0.5)
def random_keys(rng: np.random.Generator) -> Conversation:
    q, K, mask = keys(rng, 4, 6, 5)
    got = yield Call("attend", q, K, mask)
    yield _judge_attend(got, q, K, mask)


@LAB.check(1, "padding weighs exactly 0, whatever stands there", points=0.5)
def rubbish(rng: np.random.Generator) -> Conversation:
    q, K, mask = keys(rng, 3, 7, 4)
    K[~mask] = 1e4 * rng.choice([-1, 1], K[~mask].shape)
    got = yield Call("attend", q, K, mask)
    yield _judge_attend(got, q, K, mask)


@LAB.check(1, "scores of a thousand and more", points=0.5)
def large_scores(rng: np.random.Generator) -> Conversation:
    for sign in (1, -1):
        q, K, mask = keys(rng, 3, 5, 4)
        q, K = 60 * np.abs(q) + 100, sign * (20 + 0.02 * K)
        K[~mask] *= -3
        got = yield Call("attend", q, K, mask)
        verdict = _judge_attend(got, q, K, mask)
        if not verdict.right:
            break
    yield verdict


@LAB.check(1, "a row of padding alone", points=0.5)
def empty_row(rng: np.random.Generator) -> Conversation:
    q, K, mask = keys(rng, 4, 5, 3)
    mask[2] = False
    got = yield Call("attend", q, K, mask)
    yield _judge_attend(got, q, K, mask)


@LAB.check(1, "other sizes, gaps in the mask, one key", points=1, hidden=True)
def attend_odd_sizes(rng: np.random.Generator) -> Conversation:
    for B, S, H in ((1, 1, 1), (5, 3, 2), (2, 9, 7), (4, 4, 4)):
        q, K, mask = keys(rng, B, S, H, 2.0)
        mask &= rng.random(mask.shape) < 0.8
        got = yield Call("attend", q, K, mask)
        verdict = _judge_attend(got, q, K, mask)
        if not verdict.right:
            break
    yield verdict


# Exercises 2 and 3: greedy(logp, start, end, longest) -> path, score; beam(logp, start, end, longest, k) -> paths


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) or (isinstance(value, np.ndarray) and value.ndim == 0)


def _read_path(got: Any) -> Path | Verdict:
    """A path and its score as plain values, or what is wrong with them."""
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, tuple | list) or len(got) != 2:
        what = f"{len(got)} things" if isinstance(got, tuple | list) else type(got).__name__
        return Verdict(False, f"The function returns {what}. Return two things: path, score.")
    path, score = got
    if _is_number(path) and not _is_number(score):
        return Verdict(False, "The two things have changed places: first path, then score.")
    try:
        symbols = np.asarray(path, dtype=float)
        if symbols.ndim != 1 or (symbols != np.round(symbols)).any():
            raise TypeError("no list of symbols")
        number = np.asarray(score, dtype=float)
        if number.size != 1:
            raise TypeError("no number")
        return [int(n) for n in symbols], float(number.reshape(()))
    except Exception:  # whatever a learner's object does when asked for numbers
        return Verdict(False, "A path is a list of whole numbers, and its score one number.")


def _compare_path(
    found: Path, right: Path, logp: np.ndarray, start: int, end: int, wrong: list[tuple[Path, str]]
) -> Verdict:
    path, score = found
    if path == right[0] and abs(score - right[1]) < NEAR * 100:
        return Verdict(True)
    for (symbols, number), hint in wrong:
        if path == symbols and (path != right[0] or abs(score - number) < 1e-4):
            return Verdict(False, hint)
    if path == right[0]:
        factors = np.exp([logp[a, b] for a, b in zip([start, *path], path, strict=False)])
        for number, hint in (
            (np.prod(factors), "The score is the probability. Return its logarithm: the sum of the log-probabilities."),
            (np.sum(factors), "Probabilities are added. They multiply; their logarithms add up."),
            (right[1] / len(path), "The score is the mean over the steps. Here it is the sum."),
            (-right[1], "The score has the wrong sign: a log-probability is 0 or less."),
            (
                right[1] - logp[path[-2] if len(path) > 1 else start, path[-1]],
                "The last step is not counted in the score.",
            ),
            (right[1] - logp[start, path[0]], "The first step, from start, is not counted in the score."),
            (
                logp[path[-2] if len(path) > 1 else start, path[-1]],
                "The score is that of the last step. Add up all steps.",
            ),
        ):
            if abs(score - number) < 1e-4:
                return Verdict(False, hint)
        return Verdict(False, f"The path is right, and its score is {score:.4g} where it should be {right[1]:.4g}.")
    if [start, *right[0]] == path:
        return Verdict(False, "The path begins with start. start is not said: leave it out.")
    if right[0][-1] == end and path == right[0][:-1]:
        return Verdict(False, "end is missing from the path. It is a symbol that is said, and it counts in the score.")
    if path[: len(right[0])] == right[0] and right[0][-1] == end:
        return Verdict(False, "The path goes on after end. Stop there.")
    if len(path) < len(right[0]) and path == right[0][: len(path)]:
        return Verdict(False, f"The path stops after {len(path)} symbols, before end and before longest.")
    return Verdict(False, f"The path is {path}; here it is {right[0]}.")


def _walk(logp: np.ndarray, start: int, end: int, longest: int, choose: Any) -> Path:
    path: list[int] = []
    while len(path) < longest and (not path or path[-1] != end):
        path.append(int(choose(logp, path[-1] if path else start, path)))
    return path, score_of(logp, start, path)


def _compare_greedy(got: Any, logp: np.ndarray, start: int, end: int, longest: int) -> Verdict:
    found = _read_path(got)
    if isinstance(found, Verdict):
        return found
    right = greedy_path(logp, start, end, longest)
    columns = _walk(logp, start, end, longest, lambda p, last, _: p[:, last].argmax())
    wrong = [
        ((columns[0], sum(float(logp[b, a]) for a, b in zip([start, *columns[0]], columns[0], strict=False))), "The table is read by columns. Row last holds what can follow it: logp[last]."),
        (_walk(logp, start, end, longest, lambda p, last, _: p[last].argmin()), "The least probable symbol is taken. Take the most probable."),
        (_walk(logp, start, end, longest, lambda p, _, path: p[start].argmax()), "Each step looks at the row of start. Look at the row of the symbol said last."),
        (_walk(logp, start, -1, longest, lambda p, last, _: p[last].argmax()), "The path goes on after end. Stop there."),
        (_walk(logp, start, end, longest + 1, lambda p, last, _: p[last].argmax()), "The path is one symbol longer than longest."),
        (_walk(logp, start, end, longest - 1, lambda p, last, _: p[last].argmax()), "The path stops one symbol before longest."),
    ]  # fmt: skip
    return _compare_path(found, right, logp, start, end, wrong)


def _long_greedy(rng: np.random.Generator, V: int, longest: int, start: int, end: int, ends: bool) -> np.ndarray:
    """A table whose greedy path has 4 symbols or more, and says end or is cut."""
    for _ in range(5000):
        logp = table(rng, V)
        path = greedy_path(logp, start, end, longest)[0]
        if (path[-1] == end) is ends and (3 < len(path) < longest if ends else len(path) == longest):
            return logp
    raise RuntimeError("no such table was drawn")


@LAB.check(2, "up to end", points=0.5)
def up_to_end(rng: np.random.Generator) -> Conversation:
    logp = _long_greedy(rng, 7, 9, 0, 1, True)
    got = yield Call("greedy", logp, 0, 1, 9)
    yield _compare_greedy(got, logp, 0, 1, 9)


@LAB.check(2, "cut at longest", points=0.5)
def cut(rng: np.random.Generator) -> Conversation:
    logp = _long_greedy(rng, 6, 5, 4, 2, False)
    got = yield Call("greedy", logp, 4, 2, 5)
    yield _compare_greedy(got, logp, 4, 2, 5)


@LAB.check(2, "end at once, one step, other symbols for start and end", points=1, hidden=True)
def greedy_odd(rng: np.random.Generator) -> Conversation:
    at_once = table(rng, 4)
    at_once[3] = np.log([0.1, 0.1, 0.7, 0.1])
    cases = [
        (at_once, 3, 2, 6),
        (table(rng, 5), 4, 0, 1),
        (_long_greedy(rng, 8, 12, 5, 7, True), 5, 7, 12),
        (_long_greedy(rng, 5, 4, 1, 3, False), 1, 3, 4),
    ]
    for logp, start, end, longest in cases:
        got = yield Call("greedy", logp, start, end, longest)
        verdict = _compare_greedy(got, logp, start, end, longest)
        if not verdict.right:
            break
    yield verdict


def _other_beam(logp: np.ndarray, start: int, end: int, longest: int, k: int, *, fault: str) -> Paths:
    """Beam search with one fault of those that learners make."""
    kept: Paths = [([], 0.0)]
    aside: Paths = []
    for _ in range(longest + {"one round less": -1, "one round more": 1}.get(fault, 0)):
        grown: Paths = []
        for path, score in kept:
            if path and path[-1] == end and fault != "goes on":
                if fault == "set aside":
                    aside.append((path, score))
                elif fault != "drops the ended":
                    grown.append((path, score))
                continue
            last = path[-1] if path else start
            ahead = logp[:, last] if fault == "columns" else logp[last]
            own = [([*path, n], (0.0 if fault == "last step" else score) + float(ahead[n])) for n in range(len(logp))]
            grown += sorted(own, key=lambda found: -found[1])[:1] if fault == "one each" and path else own
        ranked = sorted(grown, key=lambda found: found[1] if fault == "worst" else -found[1])
        if fault == "mean":
            ranked = sorted(grown, key=lambda found: -found[1] / len(found[0]))
        kept = ranked[:k]
        if fault == "first end" and kept and kept[0][0][-1] == end:
            return kept
        if fault == "any end" and any(path[-1] == end for path, _ in kept):
            return [found for found in kept if found[0][-1] == end]
        if not kept:
            break
    return sorted(aside + kept, key=lambda found: -found[1])[:k] if fault == "set aside" else kept


_BEAM_FAULTS = {
    "one each": "Each path is continued by its own best symbol only. Extend every path by all V symbols, then keep the k best of all.",
    "columns": "The table is read by columns. Row last holds what can follow it: logp[last].",
    "goes on": "Paths go on after end. A path that has ended stays in the beam as it is.",
    "drops the ended": "Paths that have ended are lost. They stay in the beam, with their score, and compete with the others.",
    "last step": "Paths are compared by their last step alone. Compare the sums of all steps.",
    "worst": "The k worst are kept. A higher log-probability is better: -1 is above -2.",
    "mean": "Paths are compared by the mean of their steps. Here it is the sum; the mean comes in exercise 4.",
    "first end": "The search stops when the best path has ended. Paths that are still open may be wanted: go on until all kept paths have ended, or to longest.",
    "any end": "The search stops when one path has ended. Go on until all kept paths have ended, or to longest.",
    "one round less": "The paths stop one symbol before longest.",
    "one round more": "The paths are one symbol longer than longest.",
    "set aside": "Paths that have ended are set aside, and open ones take their places. They keep their places: ended and open, the beam holds k in all.",
}  # fmt: skip


def _read_paths(got: Any) -> Paths | Verdict:
    if got is None:
        return Verdict(False, "The function returns None. Is there a return line at its end?")
    if not isinstance(got, tuple | list):
        return Verdict(False, f"The function returns {type(got).__name__}. Return a list of (path, score), best first.")
    if len(got) == 2 and _is_number(got[1]) and not _is_number(got[0]):
        return Verdict(False, "This is one path. Return a list of all that the beam holds: (path, score), best first.")
    paths: Paths = []
    for each in got:
        found = _read_path(each)
        if isinstance(found, Verdict):
            return Verdict(False, "The function does not return a list of pairs (path, score). " + found.hint)
        paths.append(found)
    return paths


def _same(one: Paths, other: Paths) -> bool:
    return len(one) == len(other) and all(
        a[0] == b[0] and abs(a[1] - b[1]) < 1e-4 for a, b in zip(one, other, strict=True)
    )


def _as_good(found: Paths, right: Paths, logp: np.ndarray, start: int) -> bool:
    """Whether the paths are right but for others of equal log-probability: 0 1 0 2 0 takes the steps of 0 2 0 1 0."""
    return (
        len(found) == len(right) == len({tuple(path) for path, _ in found})
        and all(abs(a[1] - b[1]) < 1e-4 for a, b in zip(found, right, strict=True))
        and all(_in_table(path, len(logp)) and abs(score_of(logp, start, path) - score) < 1e-4 for path, score in found)
    )


def _in_table(path: list[int], V: int) -> bool:
    return all(0 <= n < V for n in path)


def _compare_beam(got: Any, logp: np.ndarray, start: int, end: int, longest: int, k: int) -> Verdict:
    found = _read_paths(got)
    if isinstance(found, Verdict):
        return found
    right = best_first(logp, start, end, longest, k)
    if _same(found, right) or _as_good(found, right, logp, start):
        return Verdict(True)
    size = max((len(path) for path, _ in found), default=0)
    if size > longest + 1:
        return Verdict(
            False,
            f"A path has {size} symbols, and longest is {longest}. Do several paths share one list? append changes it for all: make a new one, [*path, n].",
        )
    others = {fault: _other_beam(logp, start, end, longest, k, fault=fault) for fault in _BEAM_FAULTS}
    if named := [_BEAM_FAULTS[fault] for fault, wrong in others.items() if _same(found, wrong)]:
        return Verdict(False, " Or: ".join(named[:2]))
    if _same(found, right[::-1]):
        return Verdict(False, "The paths are in the wrong order: best first.")
    if _same(sorted(found, key=lambda each: -each[1]), right):
        return Verdict(False, "These are the right paths, not sorted: best first.")
    if len(found) != len(right):
        few = "1 path" if len(found) == 1 else f"{len(found)} paths"
        return Verdict(False, f"The beam returns {few}; with k = {k} it holds {len(right)} here.")
    for each, want in zip(found, right, strict=True):
        verdict = _compare_path(each, want, logp, start, end, [])
        if not verdict.right:
            return Verdict(False, f"Path {right.index(want) + 1} of {len(right)}: {verdict.hint}")
    return Verdict(False, "The paths differ from what a beam of this width holds.")


def _tells(logp: np.ndarray, start: int, end: int, longest: int, k: int) -> bool:
    """Whether no two paths are level and, if there are steps enough, a beam that sets ended paths aside finds others."""
    right = best_first(logp, start, end, longest, k)
    aside = _other_beam(logp, start, end, longest, k, fault="set aside")
    return _apart(right) and (longest < 6 or not _same(aside, right))


@LAB.check(3, "a beam of 1 is greedy", points=0.5)
def beam_of_one(rng: np.random.Generator) -> Conversation:
    logp = _long_greedy(rng, 6, 7, 0, 1, True)
    got = yield Call("beam", logp, 0, 1, 7, 1)
    yield _compare_beam(got, logp, 0, 1, 7, 1)


@LAB.check(3, "a beam of 3", points=1)
def beam_of_three(rng: np.random.Generator) -> Conversation:
    logp = searched(rng, 5, 5, 3)
    got = yield Call("beam", logp, 0, 1, 5, 3)
    yield _compare_beam(got, logp, 0, 1, 5, 3)


@LAB.check(3, "a beam of everything finds the best of all paths", points=0.5)
def full_width(rng: np.random.Generator) -> Conversation:
    logp = searched(rng, 4, 4, 2, spare=("set aside",))
    got = yield Call("beam", logp, 0, 1, 4, 4**4)
    found = _read_paths(got)
    if isinstance(found, Verdict):
        yield found
        return
    best = exhaustive(logp, 0, 1, 4)
    verdict = _compare_beam(got, logp, 0, 1, 4, 4**4)
    if not verdict.right and found and found[0][0] != best[0] and "The paths differ" in verdict.hint:
        verdict = Verdict(
            False,
            f"The best of all paths is {best[0]}, and a beam this wide drops nothing. Yours begins with {found[0][0]}.",
        )
    yield verdict


@LAB.check(3, "other widths, sizes and symbols", points=1, hidden=True)
def beam_odd(rng: np.random.Generator) -> Conversation:
    for V, start, end, longest, k in ((5, 4, 2, 6, 2), (3, 2, 0, 3, 5), (7, 0, 6, 8, 4), (4, 1, 3, 1, 3)):
        logp = table(rng, V)
        while not _tells(logp, start, end, longest, k):
            logp = table(rng, V)
        got = yield Call("beam", logp, start, end, longest, k)
        verdict = _compare_beam(got, logp, start, end, longest, k)
        if not verdict.right:
            break
    yield verdict


# Exercise 4: pick(paths, end, alpha) -> path, score


def picked(paths: Paths, end: int, alpha: float) -> Path:
    """The right pick."""
    ended = [found for found in paths if found[0][-1] == end] or paths
    return max(ended, key=lambda found: found[1] / len(found[0]) ** alpha)


def _compare_pick(got: Any, paths: Paths, end: int, alpha: float) -> Verdict:
    found = _read_path(got)
    if isinstance(found, Verdict):
        return found
    right = picked(paths, end, alpha)
    if found[0] == right[0] and abs(found[1] - right[1]) < 1e-4:
        return Verdict(True)
    if found[0] == right[0] and abs(found[1] - right[1] / len(right[0]) ** alpha) < 1e-4:
        return Verdict(
            False, "The path is right. Return its log-probability as it came, not the one divided by the length."
        )
    if found[0] == right[0]:
        return Verdict(False, f"The path is right. It came with {right[1]:.4g}, and {found[1]:.4g} is returned.")
    ended = [each for each in paths if each[0][-1] == end] or paths
    wrong = [
        (max(paths, key=lambda f: f[1] / len(f[0]) ** alpha), "A path that was cut is chosen. One that says end goes first, whatever its score."),
        (max(ended, key=lambda f: f[1]), "The path with the highest log-probability is chosen: the length does not count. Divide by length ** alpha."),
        (max(ended, key=lambda f: f[1] / len(f[0])), "alpha is not used as a power: this is the choice by score / length. Divide by length ** alpha."),
        (max(ended, key=lambda f: f[1] * len(f[0]) ** alpha), "The log-probability is multiplied by length ** alpha. It is negative, so this makes long paths worse still. Divide."),
        (min(ended, key=lambda f: f[1] / len(f[0]) ** alpha), "The worst is chosen. A higher quotient is better: -1 is above -2."),
        (max(ended, key=lambda f: f[1] / (len(f[0]) * alpha) if alpha else f[1]), "The length is multiplied by alpha. Raise it to the power alpha."),
        (max(ended, key=lambda f: f[1] / max(len(f[0]) - 1, 0.5) ** alpha), "The length counts all symbols of a path, end too."),
        (max(ended, key=lambda f: len(f[0])), "The longest is chosen. The log-probability counts too."),
        (paths[0], "The first path is chosen, whatever alpha is."),
    ]  # fmt: skip
    if named := [hint for path, hint in wrong if path[0] == found[0]]:
        return Verdict(False, " Or: ".join(named[:2]))
    return Verdict(False, f"The path is {found[0]}; here it is {right[0]}.")


def _candidates(rng: np.random.Generator, n: int, alpha: float, end: int, cut: bool = False) -> Paths:
    """n paths, best first, for which the ways to choose that the hints know give different paths."""
    for _ in range(5000):
        paths: Paths = []
        for _ in range(n):
            size = int(rng.integers(1, 9))
            symbols = [int(s) for s in rng.choice([s for s in range(6) if s != end], size)]
            paths.append(
                (
                    symbols[:-1] + [end] if not cut or rng.random() < 0.6 else symbols,
                    -float(rng.uniform(0.4, 1.3) * size - 0.2 + rng.uniform(0.3, 0.6)),
                )
            )
        paths.sort(key=lambda found: -found[1])
        ended = [each for each in paths if each[0][-1] == end]
        if len(ended) < 2 or len({tuple(path) for path, _ in paths}) < n:
            continue
        right = picked(paths, end, alpha)
        others = [
            max(ended, key=lambda f: f[1]),
            max(ended, key=lambda f: len(f[0])),
            max(ended, key=lambda f: f[1] * len(f[0]) ** alpha),
        ]
        if alpha != 1:
            others.append(max(ended, key=lambda f: f[1] / len(f[0])))
        if cut:
            others.append(max(paths, key=lambda f: f[1] / len(f[0]) ** alpha))
        if all(other[0] != right[0] for other in others) and paths[0][0] != right[0]:
            return paths
    raise RuntimeError("no such paths were drawn")


@LAB.check(4, "alpha = 1: the mean", points=0.5)
def the_mean(rng: np.random.Generator) -> Conversation:
    paths = _candidates(rng, 6, 1.0, 1)
    got = yield Call("pick", paths, 1, 1.0)
    yield _compare_pick(got, paths, 1, 1.0)


@LAB.check(4, "alpha = 0.5, and paths that were cut", points=0.5)
def half(rng: np.random.Generator) -> Conversation:
    paths = _candidates(rng, 7, 0.5, 2, cut=True)
    got = yield Call("pick", paths, 2, 0.5)
    yield _compare_pick(got, paths, 2, 0.5)


@LAB.check(4, "alpha = 0, no path that ended, one path", points=1, hidden=True)
def pick_odd(rng: np.random.Generator) -> Conversation:
    paths = _candidates(rng, 6, 0.7, 3, cut=True)
    none_ended = [([0, 1, 0, 1], -2.0), ([0, 1, 1], -2.1), ([1, 0, 0, 0, 1, 0, 1, 1], -2.4)]
    cases = [(paths, 3, 0.7), (paths, 3, 0.0), (none_ended, 5, 1.0), ([([4, 2], -0.5)], 2, 1.0)]
    for each, end, alpha in cases:
        got = yield Call("pick", each, end, alpha)
        verdict = _compare_pick(got, each, end, alpha)
        if not verdict.right:
            break
    yield verdict

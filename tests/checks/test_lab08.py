"""Lab 08: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab08
from unrolled.nn import attention

ATTEND = """
def attend(q, K, mask):
    s = np.einsum("bh,bsh->bs", q, K) / np.sqrt(q.shape[1])
    s = np.where(mask, s, -np.inf)
    top = s.max(axis=1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=1, keepdims=True)
    w = e / np.where(total > 0, total, 1)
    return np.einsum("bs,bsh->bh", w, np.where(mask[:, :, None], K, 0)), w
"""
GREEDY = """
def greedy(logp, start, end, longest):
    path, score, last = [], 0.0, start
    while len(path) < longest and last != end:
        score += logp[last].max()
        last = int(logp[last].argmax())
        path.append(last)
    return path, score
"""
BEAM = """
def beam(logp, start, end, longest, k):
    kept = [([], 0.0)]
    for _ in range(longest):
        grown = []
        for path, score in kept:
            last = path[-1] if path else start
            if path and last == end:
                grown.append((path, score))
            else:
                grown += [([*path, n], score + p) for n, p in enumerate(logp[last])]
        kept = sorted(grown, key=lambda found: found[1], reverse=True)[:k]
    return kept
"""
PICK = """
def pick(paths, end, alpha):
    ended = [found for found in paths if found[0][-1] == end] or paths
    return max(ended, key=lambda found: found[1] / len(found[0]) ** alpha)
"""
RIGHT = ATTEND + GREEDY + BEAM + PICK
# Wrong answers may divide by zero or overflow.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EXERCISES = (1, 2, 3, 4)
judge = partial(lab_answers.judge, lab08.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab08.LAB.points(n) for n in EXERCISES] == [3, 2, 3, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "row by row": changed(
        ATTEND,
        """
def attend(q, K, mask):
    B, S, H = K.shape
    m, w = np.zeros((B, H)), np.zeros((B, S))
    for b in range(B):
        there = np.flatnonzero(mask[b])
        if len(there):
            s = K[b, there] @ q[b] / H**0.5
            e = np.exp(s - max(s))
            w[b, there] = e / e.sum()
            m[b] = w[b] @ np.where(mask[b][:, None], K[b], 0)
    return m, w
""",
    ),
    "the least number, then zeros": changed(
        ATTEND,
        """
def attend(q, K, mask):
    s = (K @ q[:, :, None])[:, :, 0] / np.sqrt(q.shape[-1])
    s = np.where(mask, s, np.finfo(float).min / 4)
    e = np.exp(s - s.max(axis=1, keepdims=True)) * mask
    w = e / np.maximum(e.sum(axis=1, keepdims=True), 1e-300)
    return (w[:, None, :] @ K)[:, 0], w
""",
    ),
    "float32 and a list": changed("np.where(mask[:, :, None], K, 0)), w\n", "np.where(mask[:, :, None], K, 0)).astype(np.float32), w.tolist()\n"),
    "the query scaled": changed('np.einsum("bh,bsh->bs", q, K) / np.sqrt(q.shape[1])', 'np.einsum("bh,bsh->bs", q / np.sqrt(q.shape[1]), K)'),
    "a path as an array": changed("    return path, score\n", "    return np.array(path), np.float64(score)\n"),
    "a for loop with break": changed(
        GREEDY,
        """
def greedy(logp, start, end, longest):
    said = [start]
    for _ in range(longest):
        said.append(np.argmax(logp[said[-1]]))
        if said[-1] == end:
            break
    return tuple(said[1:]), sum(logp[a, b] for a, b in zip(said, said[1:]))
""",
    ),
    "arrays, argsort": changed(
        BEAM,
        """
def beam(logp, start, end, longest, k):
    paths, scores, last = [[]], np.zeros(1), np.array([start])
    over = np.array([False])
    V = len(logp)
    stay = np.full(V, -np.inf)
    stay[end] = 0
    for _ in range(longest):
        ahead = np.where(over[:, None], stay, logp[last])
        total = (scores[:, None] + ahead).ravel()
        best = np.argsort(-total, kind="stable")[:k]
        best = best[np.isfinite(total[best])]
        paths = [paths[b // V] if over[b // V] else [*paths[b // V], int(b % V)] for b in best]
        scores, last = total[best], best % V
        over = last == end
        if over.all():
            break
    return list(zip(paths, scores))
""",
    ),
    "sorted upwards, then turned": changed("sorted(grown, key=lambda found: found[1], reverse=True)[:k]", "sorted(grown, key=lambda found: found[1])[::-1][:k]"),
    "a heap": changed(BEAM, BEAM.replace("sorted(grown, key=lambda found: found[1], reverse=True)[:k]", "heapq.nlargest(k, grown, key=lambda found: found[1])").replace("    kept = [([], 0.0)]", "    import heapq\n    kept = [([], 0.0)]")),
    "pairs as lists": changed("    return kept\n", "    return [[np.array(path), float(score)] for path, score in kept]\n"),
    "a loop over the paths": changed(
        PICK,
        """
def pick(paths, end, alpha):
    best, value = None, None
    any_ended = any(p[-1] == end for p, _ in paths)
    for p, s in paths:
        if any_ended and p[-1] != end:
            continue
        v = s * len(p) ** -alpha
        if value is None or v > value:
            best, value = (p, s), v
    return best
""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], []]


@pytest.mark.parametrize("seed", range(10))
def test_of_paths_with_equal_log_probability_any_may_be_kept(seed):
    # 0 1 0 2 0 and 0 2 0 1 0 take the same steps: only rounding, or the order of a sort, tells them apart.
    assert hints(judge(3, STYLES["sorted upwards, then turned"], seed=seed)) == []


def test_a_path_of_equal_score_that_the_table_does_not_give_is_no_tie():
    logp = lab08.table(np.random.default_rng(0), 4)
    right = lab08.best_first(logp, 0, 1, 4, 256)
    swapped = [right[1], (right[1][0], right[0][1]), *right[2:]]
    twice = [right[0], (right[0][0], right[1][1]), *right[2:]]
    for paths in (swapped, twice):
        assert not lab08._compare_beam(paths, logp, 0, 1, 4, 256).right


ROOT = " / np.sqrt(q.shape[1])"
MASK = "s = np.where(mask, s, -np.inf)"
SOFT = "w = e / np.where(total > 0, total, 1)"
CONTEXT = 'np.einsum("bs,bsh->bh", w, np.where(mask[:, :, None], K, 0))'
E = "e = np.exp(s - np.where(np.isfinite(top), top, 0))"
STEP = "last = int(logp[last].argmax())"
WHILE = "while len(path) < longest and last != end:"
GAIN = "score += logp[last].max()"
EXTEND = "grown += [([*path, n], score + p) for n, p in enumerate(logp[last])]"
KEPT = "kept = sorted(grown, key=lambda found: found[1], reverse=True)[:k]"
STAYS = "grown.append((path, score))"
ENDED = "ended = [found for found in paths if found[0][-1] == end] or paths"
KEY = "key=lambda found: found[1] / len(found[0]) ** alpha"
ASIDE = """
def beam(logp, start, end, longest, k):
    still, done = [([], 0.0)], []
    for _ in range(longest):
        grown = [([*path, n], score + p) for path, score in still for n, p in enumerate(logp[path[-1] if path else start])]
        grown = sorted(grown, key=lambda found: -found[1])[:k]
        done += [found for found in grown if found[0][-1] == end]
        still = [found for found in grown if found[0][-1] != end]
    return sorted(done + still, key=lambda found: -found[1])[:k]
"""
# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "as in the lesson, no root": (1, ROOT, "", "root is missing"),
    "divided by H": (1, ROOT, " / q.shape[1]", "divided by H"),
    "root of S": (1, ROOT, " / np.sqrt(K.shape[1])", "root of S"),
    "no mask": (1, MASK, "s = s + 0", "mask is not used"),
    "mask upside down": (1, MASK, "s = np.where(mask, -np.inf, s)", "upside down"),
    "scores of padding are 0": (1, MASK, "s = s * mask", "set to 0"),
    "scores of padding are -9": (1, MASK, "s = np.where(mask, s, -9)", "small but not 0"),
    "masked after": (1, SOFT, "s = np.einsum('bh,bsh->bs', q, K) / np.sqrt(q.shape[1])\n    e = np.exp(s - s.max(axis=1, keepdims=True))\n    w = e / e.sum(axis=1, keepdims=True) * mask", "after the softmax"),
    "empty rows read evenly": (1, MASK, "s = np.where(mask, s, -1e9)", "read all the same"),
    "no largest taken off": (1, E, "e = np.exp(s)", "Take the largest score"),
    "largest of all, padding too": (1, "    top = s.max(axis=1, keepdims=True)", '    top = (np.einsum("bh,bsh->bs", q, K) / np.sqrt(q.shape[1])).max(axis=1, keepdims=True)', "padding may be larger"),
    "empty rows divide by 0": (1, SOFT, "w = e / total", "A row without any real step"),
    "not divided": (1, SOFT, "w = e", "do not add up to 1"),
    "over the batch": (1, SOFT, "w = e / np.maximum(e.sum(axis=0, keepdims=True), 1e-300)", ""),
    "the best key alone": (1, SOFT, "w = mask * (s == top) * 1.0", "best key"),
    "sigmoids": (1, SOFT, "w = np.where(mask, 1 / (1 + np.exp(-s)), 0)", "sigmoid by itself"),
    "even weights": (1, SOFT, "w = mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)", "weigh the same"),
    "scores returned": (1, SOFT, "w = np.where(mask, s, 0)", "These are the scores"),
    "mean of the mean": (1, CONTEXT, f"{CONTEXT} / np.maximum(mask.sum(axis=1, keepdims=True), 1)", "divided by the number of steps"),
    "plain mean": (1, CONTEXT, "(K * mask[:, :, None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)", "plain mean"),
    "query added": (1, CONTEXT, f"{CONTEXT} + q", "query is added"),
    "context alone": (1, f"{CONTEXT}, w", CONTEXT, "Return 2 things"),
    "w first": (1, f"return {CONTEXT}, w", f"return w, {CONTEXT}", "changed places"),
    "columns": (2, f"{GAIN}\n        {STEP}", "score += logp[:, last].max()\n        last = int(logp[:, last].argmax())", "by columns"),
    "least probable": (2, f"{GAIN}\n        {STEP}", "score += logp[last].min()\n        last = int(logp[last].argmin())", "least probable"),
    "row of start": (2, f"{GAIN}\n        {STEP}", "score += logp[last, logp[start].argmax()]\n        last = int(logp[start].argmax())", "row of start"),
    "row of start, scored so": (2, f"{GAIN}\n        {STEP}", "score += logp[start].max()\n        last = int(logp[start].argmax())", "row of start"),
    "on after end": (2, WHILE, "while len(path) < longest:", "goes on after end"),
    "one too long": (2, WHILE, "while len(path) <= longest and last != end:", "one symbol longer"),
    "one too short": (2, WHILE, "while len(path) < longest - 1 and last != end:", "one symbol before longest"),
    "start said": (2, "    path, score, last = [], 0.0, start\n    while len(path) < longest and", "    path, score, last = [start], 0.0, start\n    while len(path) <= longest and", "begins with start"),
    "end not said": (2, "        path.append(last)", "        path += [last] * (last != end)", "end is missing"),
    "probability": (2, "    return path, score\n", "    return path, np.exp(score)\n", "score is the probability"),
    "probabilities added": (2, GAIN, "score += np.exp(logp[last].max())", "Probabilities are added"),
    "mean": (2, "    return path, score\n", "    return path, score / len(path)\n", "mean over the steps"),
    "loss": (2, GAIN, "score -= logp[last].max()", "wrong sign"),
    "last step alone": (2, GAIN, "score = logp[last].max()", "that of the last step"),
    "first step not counted": (2, GAIN, "score += logp[last].max() * bool(path)", "first step"),
    "path alone": (2, "    return path, score\n", "    return path\n", "two things"),
    "score first": (2, "    return path, score\n", "    return score, path\n", "changed places"),
    "one child each": (3, EXTEND, "own = [([*path, n], score + p) for n, p in enumerate(logp[last])]\n                grown += sorted(own, key=lambda f: -f[1])[:1] if path else own", "own best symbol"),
    "beam by columns": (3, EXTEND, EXTEND.replace("logp[last]", "logp[:, last]"), "by columns"),
    "ended ones go on": (3, "if path and last == end:", "if False:", "go on after end"),
    "ended ones lost": (3, STAYS, "pass", "that have ended are lost"),
    "last step compared": (3, EXTEND, EXTEND.replace("score + p", "p"), "last step alone"),
    "worst kept": (3, KEPT, KEPT.replace(", reverse=True", ""), "k worst"),
    "means compared": (3, KEPT, "kept = sorted(grown, key=lambda found: -found[1] / len(found[0]))[:k]", "mean of their steps"),
    "first end": (3, KEPT, f"{KEPT}\n        if kept[0][0][-1] == end:\n            return kept", "when the best path has ended"),
    "any end": (3, KEPT, f"{KEPT}\n        if any(p[-1] == end for p, _ in kept):\n            return [f for f in kept if f[0][-1] == end]", "when one path has ended"),
    "one round less": (3, "range(longest)", "range(longest - 1)", "one symbol before longest"),
    "one round more": (3, "range(longest)", "range(longest + 1)", "one symbol longer"),
    "ended ones aside": (3, BEAM, ASIDE, "set aside"),
    "one list for all": (3, EXTEND, "for n, p in enumerate(logp[last]):\n                    path.append(n)\n                    grown.append((path, score + p))", "share one list"),
    "best last": (3, "    return kept\n", "    return kept[::-1]\n", "wrong order"),
    "greedy again": (3, BEAM, "\ndef beam(logp, start, end, longest, k):\n    return [greedy(logp, start, end, longest)]\n", "returns 1 path"),
    "best alone": (3, "    return kept\n", "    return kept[0]\n", "This is one path"),
    "no limit": (3, KEPT, KEPT.replace("[:k]", ""), "it holds"),
    "start in the path": (3, "    return kept\n", "    return [([start, *p], s) for p, s in kept]\n", "begins with start"),
    "probabilities": (3, "    return kept\n", "    return [(p, np.exp(s)) for p, s in kept]\n", "score is the probability"),
    "cut ones chosen": (4, ENDED, "ended = paths", "cut is chosen"),
    "no length": (4, KEY, "key=lambda found: found[1]", "length does not count"),
    "mean whatever alpha": (4, KEY, "key=lambda found: found[1] / len(found[0])", "alpha is not used"),
    "multiplied": (4, KEY, "key=lambda found: found[1] * len(found[0]) ** alpha", "Divide"),
    "worst": (4, "return max(", "return min(", "worst is chosen"),
    "longest": (4, KEY, "key=lambda found: len(found[0])", "longest is chosen"),
    "first": (4, f"return max(ended, {KEY})", "return paths[0]", ""),
    "divided score": (4, f"return max(ended, {KEY})", f"path, score = max(ended, {KEY})\n    return path, score / len(path) ** alpha", "as it came"),
    "chosen path alone": (4, f"return max(ended, {KEY})", f"return max(ended, {KEY})[0]", "two things"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert found
    assert any(words in hint for hint in found), found


# Faults that only an exercise's own case shows; the hidden checks have other cases.
VISIBLE_ONLY = {"no largest taken off", "largest of all, padding too"}


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=None if fault in VISIBLE_ONLY else True)
    assert not all(result.verdict.right for result in results)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'm'", ""),
        ("return None", "returns None"),
        ("return (1, 2, 3, 4)", ""),
        ("return np.full((3, 3), np.nan)", ""),
        ("return [[1], [2, 3]]", ""),
        ("return ({}, 1.0)", ""),
        ("return args[0]", ""),
        ("return ([], 0.0)", ""),
        ("return []", ""),
        ("return [([], 0.0)]", ""),
        ("return ([1], -1.0)", ""),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab08.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    assert words in found[0]
    assert not any("cannot read" in hint for hint in found)


def test_it_is_the_library_s_attention_scaled():
    q, K, mask = lab08.keys(np.random.default_rng(0), 4, 6, 5)
    ours = lab08.attention(q, K, mask)
    theirs = attention.dot_forward(q / np.sqrt(5), K, mask)
    np.testing.assert_allclose(ours[0], theirs[0])
    np.testing.assert_allclose(ours[1], theirs[1])
    assert (ours[1][~mask] == 0).all()
    np.testing.assert_allclose(ours[1].sum(axis=1), 1)


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_of_everything_is_the_search_of_everything(seed):
    logp = lab08.table(np.random.default_rng(seed), 4)
    best = lab08.exhaustive(logp, 0, 1, 4)
    path, score = lab08.best_first(logp, 0, 1, 4, 4**4)[0]
    assert path == best[0]
    assert score == pytest.approx(best[1])
    assert score == pytest.approx(lab08.score_of(logp, 0, path))


def test_the_page_s_examples_are_right():
    q, K = np.array([[2.0, 0, 0, 0]]), np.zeros((1, 3, 4))
    K[0, :, 0] = 0, np.log(3), 50
    _, w = lab08.attention(q, K, np.array([[True, True, False]]))
    np.testing.assert_allclose(w, [[0.25, 0.75, 0]])
    p = np.array([[0, 0.1, 0.6, 0.3], [0.25] * 4, [0, 0.4, 0.3, 0.3], [0, 0.9, 0.1, 0]])
    with np.errstate(divide="ignore"):
        logp = np.log(p)
    path, score = lab08.greedy_path(logp, 0, 1, 5)
    assert path == [2, 1]
    assert score == pytest.approx(-1.427, abs=5e-4)
    (one, first), (two, second) = lab08.best_first(logp, 0, 1, 2, 2)
    assert (one, two) == ([3, 1], [2, 1])
    assert (first, second) == pytest.approx((-1.309, -1.427), abs=5e-4)
    paths = [([1], -1.2), ([2, 3, 1], -2.1)]
    assert lab08.picked(paths, 1, 0) == paths[0]
    assert lab08.picked(paths, 1, 1) == paths[1]

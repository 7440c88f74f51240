"""Lab 13: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial
from pathlib import Path

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab13
from unrolled.nn import gru

FORCING = """
def teacher_forcing(pairs):
    B, S = len(pairs), max(len(source) for source, _ in pairs)
    T = 1 + max(len(target) for _, target in pairs)
    sources = np.zeros((B, S), int)
    inputs, targets, mask = (np.zeros((B, T), int) for _ in range(3))
    for b, (source, target) in enumerate(pairs):
        n = len(target) + 1
        sources[b, S - len(source):] = source
        inputs[b, :n] = [2, *target]
        targets[b, :n] = [*target, 3]
        mask[b, :n] = 1
    return {"sources": sources, "inputs": inputs, "targets": targets, "mask": mask}
"""
STEP = """
def decode_step(word, h, context, params):
    x = np.concatenate([params["E"][word], context], axis=1)
    from_x = np.split(x @ params["W"] + params["b"][0], 3, axis=1)
    from_h = np.split(h @ params["U"] + params["b"][1], 3, axis=1)
    z = 1 / (1 + np.exp(-(from_x[0] + from_h[0])))
    r = 1 / (1 + np.exp(-(from_x[1] + from_h[1])))
    n = np.tanh(from_x[2] + r * from_h[2])
    h_new = z * h + (1 - z) * n
    scores = h_new @ params["V"] + params["c"]
    scores = scores - scores.max(axis=1, keepdims=True)
    return h_new, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
"""
BLEU = """
from collections import Counter
import math

def bleu(said, wanted):
    a, r, logs = sum(map(len, said)), sum(map(len, wanted)), 0.0
    for n in range(1, 5):
        found = total = 0
        for one, other in zip(said, wanted):
            runs, there = (Counter(zip(*(text[k:] for k in range(n)))) for text in (one, other))
            total += sum(runs.values())
            found += sum(min(count, there[run]) for run, count in runs.items())
        if found == 0:
            return 0.0
        logs += math.log(found / total) / 4
    return 100 * min(1, math.exp(1 - r / a)) * math.exp(logs)
"""
GREEDY = """
def greedy_decode(h, context, params, longest):
    word, said, live = np.full(len(h), 2), [[] for _ in h], np.ones(len(h), bool)
    for _ in range(longest):
        h, log_p = decode_step(word, h, context, params)
        word = 3 + log_p[:, 3:].argmax(axis=1)
        live &= word != 3
        if not live.any():
            break
        for b in np.flatnonzero(live):
            said[b].append(int(word[b]))
    return said
"""
RIGHT = FORCING + STEP + BLEU + GREEDY
# Wrong answers may divide by zero or overflow.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EXERCISES = (1, 2, 3, 4)
judge = partial(lab_answers.judge, lab13.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab13.LAB.points(n) for n in EXERCISES] == [2, 3, 3, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(15))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "lists": changed('return {"sources": sources, "inputs": inputs, "targets": targets, "mask": mask}', 'return {"mask": (targets != 0).tolist(), "targets": targets.tolist(), "inputs": inputs.tolist(), "sources": sources.tolist(), "lengths": [1]}'),
    "float mask": changed("    return {\"sources\"", "    mask = mask.astype('float32')\n    return {\"sources\""),
    "three products": changed("    n = np.tanh(from_x[2] + r * from_h[2])\n", "    H = h.shape[1]\n    n = np.tanh(x @ params['W'][:, 2*H:] + params['b'][0, 2*H:] + r * (h @ params['U'][:, 2*H:] + params['b'][1, 2*H:]))\n"),
    "float32": changed("    x = np.concatenate", "    params = {k: v.astype('float32') for k, v in params.items()}\n    x = np.concatenate"),
    "logaddexp": changed("scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))", "scores - np.logaddexp.reduce(scores, axis=1)[:, None]"),
    "n-grams as text": changed("Counter(zip(*(text[k:] for k in range(n))))", "Counter('|'.join(text[i:i + n]) for i in range(len(text) - n + 1))"),
    "intersection of counters": changed("found += sum(min(count, there[run]) for run, count in runs.items())", "found += (runs & there).total()"),
    "arrays as rows": changed("    return said\n", "    return [np.array(row, int) for row in said]\n"),
    "barred by infinity": changed("word = 3 + log_p[:, 3:].argmax(axis=1)", "log_p[:, :3] = -np.inf\n        word = log_p.argmax(axis=1)"),
    "row by row": changed(
        GREEDY,
        """
def greedy_decode(h, context, params, longest):
    out = []
    for b in range(len(h)):
        state, word, row = h[b:b + 1], np.array([2]), []
        while len(row) < longest:
            state, log_p = decode_step(word, state, context[b:b + 1], params)
            word = log_p[:, 3:].argmax(axis=1) + 3
            if word[0] == 3:
                break
            row.append(word[0])
        out.append(row)
    return out
""",
    ),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], []]


# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "sources on the right": (1, "sources[b, S - len(source):] = source", "sources[b, :len(source)] = source", "Pad them on the left"),
    "sources reversed": (1, "sources[b, S - len(source):] = source", "sources[b, S - len(source):] = source[::-1]", "are reversed"),
    "no START": (1, "inputs[b, :n] = [2, *target]\n        targets[b, :n] = [*target, 3]", "inputs[b, :n - 1] = target\n        targets[b, :n - 1] = [*target[1:], 3]", "START is missing|shape"),
    "not shifted": (1, "inputs[b, :n] = [2, *target]", "inputs[b, :n] = [*target, 3]", "wrong numbers|END"),
    "no END": (1, "targets[b, :n] = [*target, 3]", "targets[b, :n] = [*target, 0]", "never stops"),
    "exchanged": (1, '"inputs": inputs, "targets": targets', '"inputs": targets, "targets": inputs', "changed places"),
    "mask without END": (1, "mask[b, :n] = 1", "mask[b, :n - 1] = 1", "leaves out END"),
    "mask of ones": (1, "mask[b, :n] = 1", "mask[b] = 1", "1 everywhere"),
    "mask upside down": (1, '"mask": mask}', '"mask": 1 - mask}', "upside down"),
    "mask without the first": (1, "mask[b, :n] = 1", "mask[b, 1:n] = 1", "first step"),
    "a tuple": (1, 'return {"sources": sources, "inputs": inputs, "targets": targets, "mask": mask}', "return sources, inputs, targets, mask", "a dictionary"),
    "context first": (2, '[params["E"][word], context]', '[context, params["E"][word]]', "context stands before"),
    "biases exchanged": (2, 'x @ params["W"] + params["b"][0], 3, axis=1)\n    from_h = np.split(h @ params["U"] + params["b"][1]', 'x @ params["W"] + params["b"][1], 3, axis=1)\n    from_h = np.split(h @ params["U"] + params["b"][0]', "changed places"),
    "no inner bias": (2, ' + params["b"][1]', "", "b[1] is missing"),
    "no input bias": (2, ' + params["b"][0]', "", "b[0] is missing"),
    "z and r": (2, "h_new = z * h + (1 - z) * n", "h_new = r * h + (1 - r) * np.tanh(from_x[2] + z * from_h[2])", "z and r have changed"),
    "no reset": (2, "r * from_h[2]", "from_h[2]", "reset gate is missing"),
    "sigmoid candidate": (2, "n = np.tanh(from_x[2] + r * from_h[2])", "n = 1 / (1 + np.exp(-(from_x[2] + r * from_h[2])))", "It is a tanh"),
    "upside down": (2, "z * h + (1 - z) * n", "(1 - z) * h + z * n", "upside down"),
    "old state": (2, 'scores = h_new @ params["V"]', 'scores = h @ params["V"]', "reads the new one"),
    "no c": (2, ' + params["c"]', "", "bias c"),
    "probabilities": (2, "scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))", "np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)", "probabilities"),
    "over the batch": (2, "np.exp(scores).sum(axis=1, keepdims=True)", "np.exp(scores).sum(axis=0, keepdims=True)", "wrong numbers|over the batch"),
    "overflow": (2, "    scores = scores - scores.max(axis=1, keepdims=True)\n", "", "overflow"),
    "order": (2, "return h_new, scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))", "return scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)), h_new", "first h, then log_p"),
    "not clipped": (3, "min(count, there[run])", "count * (run in there)", "not clipped"),
    "no penalty": (3, "min(1, math.exp(1 - r / a)) * ", "", "brevity penalty is missing"),
    "penalty as a ratio": (3, "min(1, math.exp(1 - r / a))", "min(1, a / r)", "not a / r"),
    "penalty upside down": (3, "math.exp(1 - r / a)", "math.exp(1 - a / r)", "changed places"),
    "penalty both ways": (3, "min(1, math.exp(1 - r / a))", "math.exp(1 - r / a)", "at most 1"),
    "a share": (3, "return 100 * min", "return min", "from 0 to 100"),
    "three": (3, "for n in range(1, 5):", "for n in range(1, 4):", "Only n-grams up to 3|wrong numbers"),
    "three by the root of three": (3, "logs += math.log(found / total) / 4", "logs += (n < 4) * math.log(found / total) / 3", "Only n-grams up to 3"),
    "smoothed": (3, "        if found == 0:\n            return 0.0\n        logs += math.log(found / total) / 4", "        logs += math.log((found + 1) / (total + 1)) / 4", "smoothed"),
    "no root": (3, "logs += math.log(found / total) / 4", "logs += math.log(found / total)", "root is missing"),
    "recall": (3, "total += sum(runs.values())", "total += sum(there.values())", "n-grams of the references"),
    "rounded": (3, "return 100 * min(1, math.exp(1 - r / a)) * math.exp(logs)", "return round(100 * min(1, math.exp(1 - r / a)) * math.exp(logs), 3)", "round nothing"),
    "each n-gram once": (3, "Counter(zip(*(text[k:] for k in range(n))))", "Counter(set(zip(*(text[k:] for k in range(n)))))", "counts once"),
    "END kept": (4, "        live &= word != 3\n        if not live.any():\n            break\n        for b in np.flatnonzero(live):\n            said[b].append(int(word[b]))", "        for b in np.flatnonzero(live):\n            said[b].append(int(word[b]))\n        live &= word != 3\n        if not live.any():\n            break", "END is in the result"),
    "all stop": (4, "if not live.any():", "if not live.all():", "The others go on"),
    "goes on": (4, "        live &= word != 3\n", "", "go on after|END is in"),
    "nothing barred": (4, "word = 3 + log_p[:, 3:].argmax(axis=1)", "word = log_p.argmax(axis=1)", "Ids 0, 1 and 2"),
    "END barred": (4, "word = 3 + log_p[:, 3:].argmax(axis=1)", "word = 4 + log_p[:, 4:].argmax(axis=1)", "END is never said"),
    "ids from 0": (4, "word = 3 + log_p[:, 3:].argmax(axis=1)", "word = log_p[:, 3:].argmax(axis=1)", "goes wrong|go on|more|Row|At most"),
    "state not carried": (4, "h, log_p = decode_step", "_, log_p = decode_step", "Hand the new h on"),
    "word not carried": (4, "= decode_step(word, h, context, params)", "= decode_step(np.full(len(h), 2), h, context, params)", "Read the word that was said last"),
    "starts from END": (4, "np.full(len(h), 2), [[]", "np.full(len(h), 3), [[]", "It is START"),
    "starts from padding": (4, "np.full(len(h), 2), [[]", "np.full(len(h), 0), [[]", "It is START"),
    "one row": (4, "    return said\n", "    return said[0]\n", "no lists of ids"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(part in hint for hint in found for part in words.split("|")), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_hidden_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=True)
    assert not all(result.verdict.right for result in results)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    "body",
    [
        "raise NotImplementedError",
        "return missing_name",
        "return None",
        "return 'J'",
        "return 0.0",
        "return (1, 2)",
        "return []",
        "return args[0]",
        "return np.zeros((3, 3))",
        "return {'sources': None}",
        "return [[1], [2, 'x']]",
        "return object()",
    ],
)
def test_answers_that_are_no_answer_score_nothing(exercise, body):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab13.LAB.titles.values())
    results = judge(exercise, code)
    assert all(not result.verdict.right and result.verdict.hint for result in results)


@pytest.mark.parametrize("seed", range(5))
def test_bleu_agrees_with_sacrebleu(seed):
    from sacrebleu import metrics

    rng = np.random.default_rng(seed)
    metric = metrics.BLEU(tokenize="none", smooth_method="none")
    for _ in range(20):
        said, wanted = lab13._texts(rng, [(int(a), int(b)) for a, b in rng.integers(1, 14, (4, 2))])
        theirs = metric.corpus_score([" ".join(s) for s in said], [[" ".join(w) for w in wanted]]).score
        assert lab13.score(said, wanted) == pytest.approx(theirs, abs=1e-6)


def test_the_step_is_the_library_s_gru():
    rng = np.random.default_rng(0)
    params = lab13._decoder(rng, 3, 2, 4, 7)
    word, h, context = rng.integers(0, 7, 5), rng.uniform(-1, 1, (5, 4)), rng.normal(size=(5, 2))
    x = np.concatenate([params["E"][word], context], axis=1)
    hs, _ = gru.forward(x[:, None], {name: params[name] for name in "WUb"}, h)
    found = lab13.step(word, h, context, params)
    np.testing.assert_allclose(found["h"], hs[:, 0], rtol=1e-10)
    np.testing.assert_allclose(np.exp(found["log_p"]).sum(axis=1), 1)


def test_the_page_s_examples_are_right():
    found = lab13.forced([([7], [8, 9]), ([5, 6], [4])])
    assert found["sources"].tolist() == [[0, 7], [5, 6]]
    assert found["inputs"].tolist() == [[2, 8, 9], [2, 4, 0]]
    assert found["targets"].tolist() == [[8, 9, 3], [4, 3, 0]]
    assert found["mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    zeros = {"E": (2, 1), "W": (2, 3), "U": (1, 3), "b": (2, 3), "c": (2,)}
    params = {name: np.zeros(shape) for name, shape in zeros.items()} | {"V": np.array([[0.0, 5.0]])}
    out = lab13.step(np.array([0]), np.array([[0.8]]), np.array([[1.0]]), params)
    np.testing.assert_allclose(out["h"], [[0.4]])
    np.testing.assert_allclose(out["log_p"], [[-2.127, -0.127]], atol=5e-4)
    assert lab13.score([list("abcde")], [list("abcdf")]) == pytest.approx(66.87, abs=0.005)
    assert lab13.score([list("abcd")], [list("abcdf")]) == pytest.approx(77.88, abs=0.005)


def test_the_page_s_solutions_are_those_tested_here():
    page = (Path(__file__).parents[2] / "book/labs/13_translation_and_captioning.md").read_text(encoding="utf-8")
    answers = [block.split("# </answer>")[0] for block in page.split("lab: {role: answer")[1:]]
    code = "from collections import Counter\nimport math\n" + "\n".join(a.split("---\n", 1)[1] for a in answers)
    assert [hints(judge(exercise, code)) for exercise in EXERCISES] == [[], [], [], []]

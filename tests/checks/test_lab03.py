"""Lab 03: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab03
from unrolled.nn import bptt, rnn

GIVEN = """
def rnn_forward(X, params, h0=None):
    W, U, b = params["W"], params["U"], params["b"]
    h0 = np.zeros((len(X), len(b))) if h0 is None else h0
    h, states = h0, []
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ W + h @ U + b)
        states.append(h)
    hs = np.stack(states, axis=1)
    return hs, params | {"X": X, "hs": hs, "h0": h0}
def loss(X, G, params):
    hs, _ = rnn_forward(X, params)
    return (G * hs).sum()
"""
STEP = """
def step_backward(dh, h, U):
    dz = dh * (1 - h**2)
    return dz, dz @ U.T
"""
BACKWARD = """
def rnn_backward(dhs, cache):
    X, hs, U = cache["X"], cache["hs"], cache["U"]
    grads = {"W": np.zeros_like(cache["W"]), "U": np.zeros_like(U), "b": np.zeros(len(U))}
    carried = np.zeros_like(cache["h0"])
    for t in reversed(range(X.shape[1])):
        dz, carried = step_backward(dhs[:, t] + carried, hs[:, t], U)
        before = hs[:, t - 1] if t > 0 else cache["h0"]
        grads["W"] += X[:, t].T @ dz
        grads["U"] += before.T @ dz
        grads["b"] += dz.sum(axis=0)
    return grads
"""
NUMERICAL = """
def numerical_gradient(X, G, params, eps=1e-5):
    grads = {}
    for name, weights in params.items():
        grads[name] = np.zeros(weights.shape)
        for place in np.ndindex(weights.shape):
            up, down = weights.copy(), weights.copy()
            up[place] += eps
            down[place] -= eps
            gained = loss(X, G, params | {name: up}) - loss(X, G, params | {name: down})
            grads[name][place] = gained / (2 * eps)
    return grads
"""
TRUNCATED = """
def truncated(dhs, cache, k):
    grads = {"W": 0, "U": 0, "b": 0}
    for start in range(0, dhs.shape[1], k):
        chunk = slice(start, start + k)
        h0 = cache["hs"][:, start - 1] if start > 0 else cache["h0"]
        own = cache | {"X": cache["X"][:, chunk], "hs": cache["hs"][:, chunk], "h0": h0}
        part = rnn_backward(dhs[:, chunk], own)
        grads = {name: grads[name] + part[name] for name in grads}
    return grads
"""
REGRESSION = """
def loss_and_grads(X, y, params, head):
    hs, cache = rnn_forward(X, params)
    error = hs[:, -1] @ head["V"] + head["c"] - y
    dy = 2 * error / len(y)
    dhs = np.zeros_like(hs)
    dhs[:, -1] = dy @ head["V"].T
    grads = rnn_backward(dhs, cache)
    return (error**2).mean(), grads | {"V": hs[:, -1].T @ dy, "c": dy.sum(axis=0)}
"""
RIGHT = GIVEN + STEP + BACKWARD + NUMERICAL + TRUNCATED + REGRESSION
EXERCISES = (1, 2, 3, 4, 5)
judge = partial(lab_answers.judge, lab03.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab03.LAB.points(n) for n in EXERCISES] == [1, 3, 2, 2, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "a list of two": changed("    return dz, dz @ U.T", "    return [dz, np.einsum('bj,ij->bi', dz, U)]"),
    "recurrence written out, sums at the end": changed(
        BACKWARD,
        """
def rnn_backward(dhs, cache):
    hs, T = cache["hs"], dhs.shape[1]
    dZ = np.zeros(dhs.shape)
    for t in range(T - 1, -1, -1):
        flows = dZ[:, t + 1] @ cache["U"].T if t + 1 < T else 0
        dZ[:, t] = (dhs[:, t] + flows) * (1 - hs[:, t]) * (1 + hs[:, t])
    before = np.concatenate([cache["h0"][:, None], hs[:, :-1]], axis=1)
    return {
        "W": np.einsum("btd,bth->dh", cache["X"], dZ),
        "U": np.einsum("btk,bth->kh", before, dZ),
        "b": dZ.sum(axis=(0, 1)),
        "h0": dZ[:, 0] @ cache["U"].T,
    }
""",
    ),
    "as lesson 06 writes it": changed(
        BACKWARD,
        """
def rnn_backward(dhs, cache):
    X, hs, h0 = cache["X"], cache["hs"], cache["h0"]
    grads = {name: np.zeros_like(cache[name]) for name in ("W", "U", "b")}
    dh = np.zeros_like(h0)
    for t in reversed(range(X.shape[1])):
        dh = dh + dhs[:, t]
        dz = dh * (1 - hs[:, t] ** 2)
        before = hs[:, t - 1] if t > 0 else h0
        grads["W"] += X[:, t].T @ dz
        grads["U"] += before.T @ dz
        grads["b"] += dz.sum(axis=0)
        dh = dz @ cache["U"].T
    return grads | {"h0": dh}
""",
    ),
    "weights moved in place and put back": changed(
        NUMERICAL,
        """
def numerical_gradient(X, G, params, eps=1e-5):
    params = {name: weights.copy() for name, weights in params.items()}
    grads = {name: np.empty_like(weights) for name, weights in params.items()}
    for name in ("b", "U", "W"):
        flat, out = params[name].reshape(-1), grads[name].reshape(-1)
        for i in range(flat.size):
            kept = flat[i]
            flat[i] = kept + eps
            above = loss(X, G, params)
            flat[i] = kept - eps
            out[i] = (above - loss(X, G, params)) / (2 * eps)
            flat[i] = kept
    return grads
""",
    ),
    "truncation by a flag in one loop": changed(
        TRUNCATED,
        """
def truncated(dhs, cache, k):
    X, hs, U, T = cache["X"], cache["hs"], cache["U"], dhs.shape[1]
    grads = {"W": 0.0, "U": 0.0, "b": 0.0}
    dh = np.zeros_like(cache["h0"])
    for t in range(T - 1, -1, -1):
        dz = (dh + dhs[:, t]) * (1 - hs[:, t] ** 2)
        grads["W"] = grads["W"] + X[:, t].T @ dz
        grads["U"] = grads["U"] + (hs[:, t - 1] if t else cache["h0"]).T @ dz
        grads["b"] = grads["b"] + dz.sum(0)
        dh = dz @ U.T * (t % k > 0)
    return grads
""",
    ),
    "loss as an array, gradient by hand": changed(
        "    return (error**2).mean(), grads | {\"V\": hs[:, -1].T @ dy, \"c\": dy.sum(axis=0)}\n",
        "    grads.update(V=np.einsum('bh,bo->ho', hs[:, -1], dy), c=dy.sum(0))\n    return [np.array([error.T @ error / len(y)]).ravel(), grads]\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], [], []]


SUM_W, SUM_U, SUM_B = 'grads["W"] += X[:, t].T @ dz', 'grads["U"] += before.T @ dz', 'grads["b"] += dz.sum(axis=0)'
STEP_BACK = "dz, carried = step_backward(dhs[:, t] + carried, hs[:, t], U)"
END = '        grads["b"] += dz.sum(axis=0)\n    return grads\n'
GAINED = "gained = loss(X, G, params | {name: up}) - loss(X, G, params | {name: down})"
H0 = 'h0 = cache["hs"][:, start - 1] if start > 0 else cache["h0"]'
ADD = "grads = {name: grads[name] + part[name] for name in grads}"
# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "no slope": (1, "    dz = dh * (1 - h**2)", "    dz = dh", "1 - h**2, is missing"),
    "tanh twice": (1, "    dz = dh * (1 - h**2)", "    dz = dh * (1 - np.tanh(h) ** 2)", "no further tanh"),
    "slope of the sigmoid": (1, "    dz = dh * (1 - h**2)", "    dz = dh * h * (1 - h)", "sigmoid"),
    "no square": (1, "    dz = dh * (1 - h**2)", "    dz = dh * (1 - h)", "square is missing"),
    "plus": (1, "    dz = dh * (1 - h**2)", "    dz = dh * (1 + h**2)", "sign is wrong"),
    "U as forward": (1, "return dz, dz @ U.T", "return dz, dz @ U", "not transposed"),
    "past the tanh": (1, "return dz, dz @ U.T", "return dz, dh @ U.T", "past the tanh"),
    "order swapped": (1, "return dz, dz @ U.T", "return dz @ U.T, dz", "wrong order"),
    "without U": (1, "return dz, dz @ U.T", "return dz, dz", "without its weights"),
    "one result": (1, "return dz, dz @ U.T", "return dz @ U.T", "Return 2 things"),
    "nothing carried": (2, STEP_BACK, "dz, _ = step_backward(dhs[:, t], hs[:, t], U)", "Nothing is carried back"),
    "only the last dhs": (2, STEP_BACK, "dz, carried = step_backward(dhs[:, t] * (t == X.shape[1] - 1) + carried, hs[:, t], U)", "Only the last step of dhs"),
    "loop forwards": (2, "in reversed(range(X.shape[1])):\n        dz", "in range(X.shape[1]):\n        dz", "runs forwards"),
    "slope left out of the loop": (2, STEP_BACK, "dz = dhs[:, t] + carried; carried = dz @ U.T", "1 - h**2, is missing"),
    "U as forward, in the loop": (2, STEP_BACK, "dz = (dhs[:, t] + carried) * (1 - hs[:, t] ** 2); carried = dz @ U", "not transposed"),
    "past the tanh, in the loop": (2, STEP_BACK, "dh = dhs[:, t] + carried; dz = dh * (1 - hs[:, t] ** 2); carried = dh @ U.T", "past the tanh"),
    "the state after": (2, "before = hs[:, t - 1] if t > 0 else cache[\"h0\"]", "before = hs[:, t]", "BEFORE the step"),
    "h0 forgotten": (2, "before = hs[:, t - 1] if t > 0 else cache[\"h0\"]", "before = hs[:, t - 1] if t > 0 else np.zeros_like(cache[\"h0\"])", "h0 is taken as zeros"),
    "gradients overwritten": (2, f"{SUM_W}\n        {SUM_U}\n        {SUM_B}", f"{SUM_W}\n        {SUM_U}\n        {SUM_B}".replace("+=", "="), "overwritten"),
    "batch averaged": (2, END, END.replace("return grads", "return {name: g / len(X) for name, g in grads.items()}"), "averaged over the batch"),
    "time averaged": (2, END, END.replace("return grads", "return {name: g / X.shape[1] for name, g in grads.items()}"), "averaged over time"),
    "b by mean": (2, SUM_B, 'grads["b"] += dz.mean(axis=0)', "gradient of b is averaged"),
    "b for each sequence": (2, SUM_B, 'grads["b"] = grads["b"] + dz', "gradient of b is (B, H)"),
    "U transposed": (2, SUM_U, 'grads["U"] += dz.T @ before', "gradient of U is transposed"),
    "W transposed": (2, SUM_W, 'grads["W"] = grads["W"].T + dz.T @ X[:, t] if grads["W"].shape == (X.shape[2], len(U)) and t == X.shape[1] - 1 else grads["W"] + dz.T @ X[:, t]', "gradient of W is transposed"),
    "rounded": (2, STEP_BACK, STEP_BACK + "; dz = dz.round(5)", "rounded"),
    "b forgotten": (2, END, END.replace("return grads", 'return {"W": grads["W"], "U": grads["U"]}'), "lacks 'b'"),
    "a tuple": (2, END, END.replace("return grads", 'return grads["W"], grads["U"], grads["b"]'), "3 things"),
    "one side": (3, GAINED + "\n            grads[name][place] = gained / (2 * eps)", "gained = loss(X, G, params | {name: up}) - loss(X, G, params)\n            grads[name][place] = gained / eps", "one side only"),
    "not twice": (3, "gained / (2 * eps)", "gained / eps", "Twice too large"),
    "brackets missing": (3, "gained / (2 * eps)", "gained / 2 * eps", "Write / (2 * eps)"),
    "not divided": (3, "gained / (2 * eps)", "gained", "not divided by 2 * eps"),
    "sign": (3, GAINED, "gained = loss(X, G, params | {name: down}) - loss(X, G, params | {name: up})", "sign is wrong"),
    "all numbers at once": (3, "up, down = weights.copy(), weights.copy()\n            up[place] += eps\n            down[place] -= eps", "up, down = weights + eps, weights - eps", "one at a time"),
    "mean instead of sum": (3, "gained / (2 * eps)", "gained / (2 * eps) / G.size", "not a mean"),
    "weights moved for good": (3, "up, down = weights.copy(), weights.copy()", "up, down = weights, weights.copy()", "changed its input"),
    "nothing cut": (4, "    for start in range(0, dhs.shape[1], k):\n        chunk = slice(start, start + k)", "    for start in [0]:\n        chunk = slice(None)", "Nothing is cut"),
    "chunks from zeros": (4, H0, 'h0 = np.zeros_like(cache["h0"]) if start > 0 else cache["h0"]', "starts from zeros"),
    "h0 of the whole": (4, H0, 'h0 = cache["h0"]', "h0 of the whole sequence"),
    "h0 is its own first state": (4, H0, 'h0 = cache["hs"][:, start] if start > 0 else cache["h0"]', "own first state"),
    "last chunk alone": (4, ADD, "grads = part", "Only the last chunk"),
    "returns in the loop": (4, f"        {ADD}\n    return grads", f"        {ADD}\n        return grads", "Only the first chunk"),
    "short chunk lost": (4, "in range(0, dhs.shape[1], k):", "in range(0, dhs.shape[1] // k * k, k):", "shorter chunk is lost"),
    "chunks averaged": (4, f"        {ADD}\n    return grads", f"        {ADD}\n    return {{name: g / -(-dhs.shape[1] // k) for name, g in grads.items()}}", "chunks are averaged"),
    "cut everywhere": (4, "in range(0, dhs.shape[1], k):\n        chunk = slice(start, start + k)", "in range(dhs.shape[1]):\n        chunk = slice(start, start + 1)", "Everything is cut"),
    "forward run anew": (4, "part = rnn_backward(dhs[:, chunk], own)",
                         "b = np.arctanh(cache['hs'][:, 0]) - cache['X'][:, 0] @ cache['W'] - cache['h0'] @ cache['U']\n"
                         "        _, own = rnn_forward(own['X'], {'W': own['W'], 'U': own['U'], 'b': b[0]}, None if start else h0)\n"
                         "        part = rnn_backward(dhs[:, chunk], own)", "run anew"),
    "factor 2 missing": (5, "dy = 2 * error / len(y)", "dy = error / len(y)", "factor 2 is missing"),
    "not divided by B": (5, "dy = 2 * error / len(y)", "dy = 2 * error", "divide dy by B"),
    "the error alone": (5, "dy = 2 * error / len(y)", "dy = error", "error alone"),
    "target minus forecast": (5, "dy = 2 * error / len(y)", "dy = -2 * error / len(y)", "forecast minus target"),
    "dhs at every step": (5, 'dhs[:, -1] = dy @ head["V"].T', 'dhs[:] = (dy @ head["V"].T)[:, None]', "filled at every step"),
    "dhs at the first step": (5, 'dhs[:, -1] = dy @ head["V"].T', 'dhs[:, 0] = dy @ head["V"].T', "filled at the first step"),
    "dhs without the head": (5, 'dhs[:, -1] = dy @ head["V"].T', "dhs[:, -1] = dy", "gone through the head"),
    "c for each window": (5, '"c": dy.sum(axis=0)}', '"c": dy}', "gradient of c is (B, 1)"),
    "V transposed": (5, '"V": hs[:, -1].T @ dy', '"V": dy.T @ hs[:, -1]', "gradient of V is transposed"),
    "loss summed": (5, "return (error**2).mean(), grads", "return (error**2).sum(), grads", "sum over the windows"),
    "loss halved": (5, "return (error**2).mean(), grads", "return (error**2).mean() / 2, grads", "halved"),
    "absolute error": (5, "return (error**2).mean(), grads", "return np.abs(error).mean(), grads", "absolute error"),
    "root": (5, "return (error**2).mean(), grads", "return np.sqrt((error**2).mean()), grads", "root"),
    "loss for each window": (5, "return (error**2).mean(), grads", "return error**2, grads", "a number for each window"),
    "no c": (5, ' + head["c"] - y', " - y", "bias c is missing"),
    "head left out": (5, ' | {"V": hs[:, -1].T @ dy, "c": dy.sum(axis=0)}', "", "lacks 'V', 'c'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", sorted(set(WRONG) - {"rounded"}))
def test_every_wrong_answer_loses_points_under_fresh_hidden_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=True)
    assert not all(result.verdict.right for result in results)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'dz'", "returns"),
        ("return None", "returns None"),
        ("return (1, 2, 3, 4)", "4 things"),
        ("return np.full((3, 3), np.nan)", "returns"),
        ("return [[1], [2, 3], 4]", "returns"),
        ("return {'W': None, 'U': 'a', 'b': [[1], [2, 3]]}", ""),
        ("return (None, {})", ""),
        ("return ({}, None)", ""),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab03.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    assert words in found[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_checks_own_gradient_is_that_of_central_differences(seed):
    X, G, h0, p = lab03.example(np.random.default_rng(seed), B=3, T=6, D=2, H=4)
    _, cache = lab03.forward(X, p, h0)
    right, moved = lab03.backward(G, cache), lab03.differences(X, G, p, 1e-5, h0)
    for name in right:
        assert np.linalg.norm(right[name] - moved[name]) < 1e-8 * np.linalg.norm(right[name])


@pytest.mark.parametrize("k", [1, 2, 3, 5, 12, 50])
def test_the_library_computes_the_same_gradients(k):
    """Lab and library mean the same by a truncated gradient."""
    X, G, h0, p = lab03.example(np.random.default_rng(3), B=3, T=12, D=2, H=4)
    _, cache = lab03.forward(X, p, h0)
    *_, grads = bptt.truncated(rnn, X, p, k, lambda hs, steps: G[:, steps], state=h0)
    for name, gradient in lab03.chunked(G, cache, k).items():
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-10)


def test_the_page_s_example_is_right():
    cache = {"X": np.array([[[1.0], [2.0]]]), "h0": np.zeros((1, 1)), "hs": np.array([[[0.6], [0.8]]]), "W": np.ones((1, 1)), "U": np.full((1, 1), 0.5)}  # fmt: skip
    dhs = np.array([[[0.0], [1.0]]])
    grads = lab03.backward(dhs, cache)
    assert [grads[name].item() for name in ("W", "U", "b")] == pytest.approx([0.8352, 0.216, 0.4752])
    assert lab03.chunked(dhs, cache, 1)["W"].item() == pytest.approx(0.72)

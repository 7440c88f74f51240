"""Lab 03: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

import re
from functools import partial
from pathlib import Path

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab03
from unrolled.nn import bptt, rnn

ROOT = Path(__file__).parents[2]
GIVEN = """
def leaky_forward(X, params, a, h0=None):
    W, U, b = params["W"], params["U"], params["b"]
    h0 = np.zeros((len(X), len(b))) if h0 is None else h0
    h, news, states = h0, [], []
    for t in range(X.shape[1]):
        n = np.tanh(X[:, t] @ W + h @ U + b)
        h = (1 - a) * h + a * n
        news.append(n)
        states.append(h)
    ns, hs = np.stack(news, axis=1), np.stack(states, axis=1)
    return hs, params | {"a": a, "X": X, "h0": h0, "ns": ns, "hs": hs}
def loss(X, G, params, a):
    hs, _ = leaky_forward(X, params, a)
    return (G * hs).sum()
"""
STEP = """
def step_backward(dh, n, U, a):
    dz = a * dh * (1 - n**2)
    return dz, (1 - a) * dh + dz @ U.T
"""
BACKWARD = """
def leaky_backward(dhs, cache):
    X, ns, hs = cache["X"], cache["ns"], cache["hs"]
    grads = {name: np.zeros_like(cache[name]) for name in ("W", "U", "b")}
    handed = np.zeros_like(cache["h0"])
    for t in reversed(range(X.shape[1])):
        dh = dhs[:, t] + handed
        dz, handed = step_backward(dh, ns[:, t], cache["U"], cache["a"])
        before = hs[:, t - 1] if t > 0 else cache["h0"]
        grads["W"] += X[:, t].T @ dz
        grads["U"] += before.T @ dz
        grads["b"] += dz.sum(axis=0)
    return grads
"""
NUMERICAL = """
def numerical_gradient(X, G, params, a, eps=1e-3):
    def central(name, place, eps):
        up, down = params[name].copy(), params[name].copy()
        up[place] += eps
        down[place] -= eps
        above, below = (loss(X, G, params | {name: moved}, a) for moved in (up, down))
        return (above - below) / (2 * eps)

    grads = {name: np.zeros(weights.shape) for name, weights in params.items()}
    for name, slopes in grads.items():
        for place in np.ndindex(slopes.shape):
            near, far = central(name, place, eps), central(name, place, 2 * eps)
            slopes[place] = (4 * near - far) / 3
    return grads
"""
TRUNCATED = """
def truncated(dhs, cache, k, back):
    grads = {"W": 0, "U": 0, "b": 0}
    for start in range(0, dhs.shape[1], k):
        begin = max(start - back, 0)
        window = slice(begin, start + k)
        own = cache | {name: cache[name][:, window] for name in ("X", "ns", "hs")}
        own["h0"] = cache["hs"][:, begin - 1] if begin > 0 else cache["h0"]
        speaks = dhs[:, window].copy()
        speaks[:, : start - begin] = 0
        part = leaky_backward(speaks, own)
        grads = {name: grads[name] + part[name] for name in grads}
    return grads
"""
REGRESSION = """
def loss_and_grads(X, y, params, head, a):
    hs, cache = leaky_forward(X, params, a)
    error = hs[:, -1] @ head["V"] + head["c"] - y
    dy = 2 * error / len(y)
    dhs = np.zeros_like(hs)
    dhs[:, -1] = dy @ head["V"].T
    grads = leaky_backward(dhs, cache)
    return (error**2).mean(), grads | {"V": hs[:, -1].T @ dy, "c": dy.sum(axis=0)}
"""
# What a learner finds on the pages of lessons 06 and 07, under the names of the lab.
FROM_THE_LESSONS = {
    1: """
def step_backward(dh, n, U, a):
    dz = dh * (1 - n ** 2)
    return dz, dz @ U.T
""",
    2: """
def leaky_backward(dhs, cache):
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
    3: """
def numerical_gradient(X, G, params, a, eps=1e-5):
    params = {name: array.copy() for name, array in params.items()}
    grads = {}
    for name, array in params.items():
        slopes = np.zeros_like(array)
        for i in np.ndindex(array.shape):
            kept, losses = array[i], []
            for side in (eps, -eps):
                array[i] = kept + side
                losses.append(loss(X, G, params, a))
            array[i] = kept
            slopes[i] = (losses[0] - losses[1]) / (2 * eps)
        grads[name] = slopes
    return grads
""",
    4: """
def truncated(dhs, cache, k, back):
    T, h = dhs.shape[1], cache["h0"]
    params = {name: cache[name] for name in ("W", "U", "b")}
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    for steps in np.split(np.arange(T), range(k, T, k)):
        hs, own = leaky_forward(cache["X"][:, steps], params, cache["a"], h)
        part = leaky_backward(dhs[:, steps], own)
        grads = {name: grads[name] + part[name] for name in grads}
        h = hs[:, -1].copy()
    return grads
""",
    5: """
def loss_and_grads(X, y, params, head, a):
    hs, cache = leaky_forward(X, params, a)
    error = hs @ head["V"] + head["c"] - y[:, None]
    grads = leaky_backward(error @ head["V"].T, cache)
    grads["V"] = np.einsum("bth,btv->hv", hs, error)
    grads["c"] = error.sum(axis=(0, 1))
    return np.sum(error**2) / 2, grads
""",
}
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


@pytest.mark.parametrize("exercise", EXERCISES)
def test_what_the_lessons_print_is_not_the_answer(exercise):
    results = judge(exercise, RIGHT + FROM_THE_LESSONS[exercise])
    assert sum(r.points for r in results if r.verdict.right) <= lab03.LAB.points(exercise) / 4
    assert not any("right shape and wrong numbers" in hint for hint in hints(results)), hints(results)


def test_the_answers_tested_here_are_those_of_the_page():
    page = (ROOT / "book/labs/03_bptt.md").read_text(encoding="utf-8")
    answers = re.sub(r'    """.*"""\n|    # </?answer>\n', "", page)
    for code in (STEP, BACKWARD, NUMERICAL, TRUNCATED, REGRESSION):
        assert code in answers


STYLES = {
    "a list of two": changed(
        "    return dz, (1 - a) * dh + dz @ U.T", "    return [dz, dh - a * dh + np.einsum('bj,ij->bi', dz, U)]"
    ),
    "recurrence written out, sums at the end": changed(
        BACKWARD,
        """
def leaky_backward(dhs, cache):
    ns, hs, T, a = cache["ns"], cache["hs"], dhs.shape[1], cache["a"]
    dZ, dH = np.zeros(dhs.shape), dhs.copy()
    for t in range(T - 1, -1, -1):
        if t + 1 < T:
            dH[:, t] += dZ[:, t + 1] @ cache["U"].T + (1 - a) * dH[:, t + 1]
        dZ[:, t] = a * dH[:, t] * (1 - ns[:, t]) * (1 + ns[:, t])
    before = np.concatenate([cache["h0"][:, None], hs[:, :-1]], axis=1)
    return {
        "W": np.einsum("btd,bth->dh", cache["X"], dZ),
        "U": np.einsum("btk,bth->kh", before, dZ),
        "b": dZ.sum(axis=(0, 1)),
        "h0": dZ[:, 0] @ cache["U"].T + (1 - a) * dH[:, 0],
    }
""",
    ),
    "n worked out from the states": changed(
        BACKWARD,
        """
def leaky_backward(dhs, cache):
    X, hs, h0, a = cache["X"], cache["hs"], cache["h0"], cache["a"]
    grads = {name: np.zeros_like(cache[name]) for name in ("W", "U", "b")}
    dh = np.zeros_like(h0)
    for t in reversed(range(X.shape[1])):
        dh = dh + dhs[:, t]
        before = hs[:, t - 1] if t > 0 else h0
        n = (hs[:, t] - (1 - a) * before) / a
        dz = dh * a * (1 - n ** 2)
        grads["W"] += X[:, t].T @ dz
        grads["U"] += before.T @ dz
        grads["b"] += dz.sum(axis=0)
        dh = dz @ cache["U"].T + dh * (1 - a)
    return grads | {"h0": dh}
""",
    ),
    "weights moved in place and put back": changed(
        NUMERICAL,
        """
def numerical_gradient(X, G, params, a, eps=1e-3):
    params = {name: weights.copy() for name, weights in params.items()}
    grads = {name: np.empty_like(weights) for name, weights in params.items()}
    for name in ("b", "U", "W"):
        flat, out = params[name].reshape(-1), grads[name].reshape(-1)
        for i in range(flat.size):
            kept, found = flat[i], []
            for shift in (-2, -1, 1, 2):
                flat[i] = kept + shift * eps
                found.append(loss(X, G, params, a))
            flat[i] = kept
            out[i] = np.dot([1, -8, 8, -1], found) / (12 * eps)
    return grads
""",
    ),
    "truncation chunk by chunk in one loop, the window run forward anew from the right state": changed(
        TRUNCATED,
        """
def truncated(dhs, cache, k, back):
    hs, U, T, a = cache["hs"], cache["U"], dhs.shape[1], cache["a"]
    grads = {"W": 0.0, "U": 0.0, "b": 0.0}
    states = np.concatenate([cache["h0"][:, None], hs], axis=1)
    for chunk in range(-(-T // k)):
        end, begin = min((chunk + 1) * k, T), max(chunk * k - back, 0)
        dh = np.zeros_like(cache["h0"])
        for t in range(end - 1, begin - 1, -1):
            dh = dh + dhs[:, t] * (t >= chunk * k)
            dz, dh = step_backward(dh, cache["ns"][:, t], U, a)
            grads["W"] = grads["W"] + cache["X"][:, t].T @ dz
            grads["U"] = grads["U"] + states[:, t].T @ dz
            grads["b"] = grads["b"] + dz.sum(0)
    return grads
""",
    ),
    "the window run forward anew": changed(
        "        part = leaky_backward(speaks, own)\n",
        "        own = leaky_forward(own['X'], {name: cache[name] for name in 'WUb'}, cache['a'], own['h0'])[1]\n"
        "        part = leaky_backward(speaks, own)\n",
    ),
    "loss as an array, gradient by hand": changed(
        "    return (error**2).mean(), grads | {\"V\": hs[:, -1].T @ dy, \"c\": dy.sum(axis=0)}\n",
        "    grads.update(V=np.einsum('bh,bo->ho', hs[:, -1], dy), c=dy.sum(0))\n    return [np.array([error.T @ error / len(y)]).ravel(), grads]\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], [], []]


DZ, BEFORE = "    dz = a * dh * (1 - n**2)\n", "return dz, (1 - a) * dh + dz @ U.T"
SUM_W, SUM_U, SUM_B = 'grads["W"] += X[:, t].T @ dz', 'grads["U"] += before.T @ dz', 'grads["b"] += dz.sum(axis=0)'
STEP_BACK = 'dz, handed = step_backward(dh, ns[:, t], cache["U"], cache["a"])'
MET = 'before = hs[:, t - 1] if t > 0 else cache["h0"]'
END = '        grads["b"] += dz.sum(axis=0)\n    return grads\n'
MIXED, DIVIDED = "slopes[place] = (4 * near - far) / 3", "return (above - below) / (2 * eps)"
PICKED = "above, below = (loss(X, G, params | {name: moved}, a) for moved in (up, down))"
H0 = 'own["h0"] = cache["hs"][:, begin - 1] if begin > 0 else cache["h0"]'
ADD = "grads = {name: grads[name] + part[name] for name in grads}"
ZEROS = "        speaks[:, : start - begin] = 0\n"


def own_step(dz, handed):
    """The line of the loop without step_backward, with this dz and what is handed back."""
    return f"n, U, a = ns[:, t], cache['U'], cache['a']; dz = {dz}; handed = {handed}"


# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "no leak in dz": (1, DZ, "    dz = dh * (1 - n**2)\n", "The leak a is missing from dz"),
    "1 - a in dz": (1, DZ, "    dz = (1 - a) * dh * (1 - n**2)\n", "dz has the factor 1 - a"),
    "no slope": (1, DZ, "    dz = a * dh\n", "1 - n**2, is missing"),
    "tanh twice": (1, DZ, "    dz = a * dh * (1 - np.tanh(n) ** 2)\n", "no further tanh"),
    "slope of the sigmoid": (1, DZ, "    dz = a * dh * n * (1 - n)\n", "sigmoid"),
    "no square": (1, DZ, "    dz = a * dh * (1 - n)\n", "square is missing"),
    "plus": (1, DZ, "    dz = a * dh * (1 + n**2)\n", "sign is wrong"),
    "no kept part": (1, BEFORE, "return dz, dz @ U.T", "One path is missing: h_{t-1} also stands in h_t itself"),
    "kept part alone": (1, BEFORE, "return dz, (1 - a) * dh", "One path is missing: h_{t-1} also stands in z_t"),
    "kept part with a": (1, BEFORE, "return dz, a * dh + dz @ U.T", "weight 1 - a, not a"),
    "kept part whole": (1, BEFORE, "return dz, dh + dz @ U.T", "here it has the weight 1"),
    "kept part through U": (1, BEFORE, "return dz, ((1 - a) * dh + dz) @ U.T", "does not go through U"),
    "kept part through the tanh": (1, BEFORE, "return dz, (1 - a) * dh * (1 - n**2) + dz @ U.T", "goes past the tanh"),
    "leak twice": (1, BEFORE, "return dz, (1 - a) * dh + a * dz @ U.T", "enters twice"),
    "U as forward": (1, BEFORE, "return dz, (1 - a) * dh + dz @ U", "not transposed"),
    "past the tanh": (1, BEFORE, "return dz, (1 - a) * dh + a * dh @ U.T", "leak and not the tanh"),
    "dh through U": (1, BEFORE, "return dz, (1 - a) * dh + dh @ U.T", "without the leak and the tanh"),
    "order swapped": (1, BEFORE, "return (1 - a) * dh + dz @ U.T, dz", "wrong order"),
    "without U": (1, BEFORE, "return dz, (1 - a) * dh + dz", "without its weights"),
    "one result": (1, BEFORE, "return (1 - a) * dh + dz @ U.T", "Return 2 things"),
    "the lesson's sweep": (2, BACKWARD, FROM_THE_LESSONS[2], "the lesson's rnn_backward"),
    "the lesson's sweep, with n": (2, STEP_BACK, own_step("dh * (1 - n**2)", "dz @ U.T"), "gradient of the lesson's net"),
    "nothing carried": (2, STEP_BACK, own_step("a * dh * (1 - n**2)", "0 * dh"), "Nothing is carried back"),
    "slope from the state": (2, STEP_BACK, own_step("a * dh * (1 - hs[:, t] ** 2)", "(1 - a) * dh + dz @ U.T"), "The tanh gave n_t"),
    "one path, in the loop": (2, STEP_BACK, own_step("a * dh * (1 - n**2)", "dz @ U.T"), "One path back is missing"),
    "kept with a, in the loop": (2, STEP_BACK, own_step("a * dh * (1 - n**2)", "a * dh + dz @ U.T"), "weight 1 - a, not a"),
    "kept whole, in the loop": (2, STEP_BACK, own_step("a * dh * (1 - n**2)", "dh + dz @ U.T"), "here it has the weight 1"),
    "no leak in dz, in the loop": (2, STEP_BACK, own_step("dh * (1 - n**2)", "(1 - a) * dh + dz @ U.T"), "The leak a is missing from dz"),
    "slope left out of the loop": (2, STEP_BACK, own_step("a * dh", "(1 - a) * dh + dz @ U.T"), "1 - n**2, is missing"),
    "U as forward, in the loop": (2, STEP_BACK, own_step("a * dh * (1 - n**2)", "(1 - a) * dh + dz @ U"), "not transposed"),
    "past the tanh, in the loop": (2, STEP_BACK, own_step("a * dh * (1 - n**2)", "(1 - a) * dh + a * dh @ U.T"), "leak and not the tanh"),
    "only the last dhs": (2, "dh = dhs[:, t] + handed", "dh = dhs[:, t] * (t == X.shape[1] - 1) + handed", "Only the last step of dhs"),
    "loop forwards": (2, "in reversed(range(X.shape[1])):\n        dh", "in range(X.shape[1]):\n        dh", "runs forwards"),
    "the state after": (2, MET, "before = hs[:, t]", "BEFORE the step"),
    "the last state before the first": (2, MET, "before = hs[:, t - 1]", "counts from the end"),
    "n for h": (2, MET, MET.replace("hs[", "ns["), "pairs dz_t with n_{t-1}"),
    "h0 forgotten": (2, MET, MET.replace('cache["h0"]', 'np.zeros_like(cache["h0"])'), "h0 is taken as zeros"),
    "gradients overwritten": (2, f"{SUM_W}\n        {SUM_U}\n        {SUM_B}", f"{SUM_W}\n        {SUM_U}\n        {SUM_B}".replace("+=", "="), "overwritten"),
    "batch averaged": (2, END, END.replace("return grads", "return {name: g / len(X) for name, g in grads.items()}"), "averaged over the batch"),
    "time averaged": (2, END, END.replace("return grads", "return {name: g / X.shape[1] for name, g in grads.items()}"), "averaged over time"),
    "b by mean": (2, SUM_B, 'grads["b"] += dz.mean(axis=0)', "gradient of b is averaged"),
    "b for each sequence": (2, SUM_B, 'grads["b"] = grads["b"] + dz', "gradient of b is (B, H)"),
    "U transposed": (2, SUM_U, 'grads["U"] += dz.T @ before', "gradient of U is transposed"),
    "W transposed": (2, END, END.replace("return grads", 'return grads | {"W": grads["W"].T}'), "gradient of W is transposed"),
    "rounded": (2, STEP_BACK, STEP_BACK + "; dz = dz.round(5)", "rounded"),
    "b forgotten": (2, END, END.replace("return grads", 'return {"W": grads["W"], "U": grads["U"]}'), "lacks 'b'"),
    "a tuple": (2, END, END.replace("return grads", 'return grads["W"], grads["U"], grads["b"]'), "3 things"),
    "central alone": (3, MIXED, "slopes[place] = near", "central difference of the lesson"),
    "far alone": (3, MIXED, "slopes[place] = far", "C(2 eps) alone"),
    "average": (3, MIXED, "slopes[place] = (near + far) / 2", "are averaged"),
    "2 and 1": (3, MIXED, "slopes[place] = 2 * near - far", "grows fourfold"),
    "not divided by 3": (3, MIXED, "slopes[place] = 4 * near - far", "must add up to 1"),
    "difference": (3, MIXED, "slopes[place] = near - far", "has lost the slope"),
    "swapped": (3, MIXED, "slopes[place] = (4 * far - near) / 3", "are swapped"),
    "plus for minus": (3, MIXED, "slopes[place] = (4 * near + far) / 3", "is taken away"),
    "far over 2 eps": (3, MIXED, "slopes[place] = (4 * near - 2 * far) / 3", "points are 4 eps apart"),
    "not twice": (3, DIVIDED, "return (above - below) / eps", "Twice too large"),
    "not divided": (3, f"{DIVIDED}\n", "return above - below\n", "not divided by the distance"),
    "sign": (3, PICKED, PICKED.replace("(up, down)", "(down, up)"), "sign is wrong"),
    "one side": (3, f"{PICKED}\n        {DIVIDED}", f"{PICKED}\n        return (above - loss(X, G, params, a)) / eps", "one side only"),
    "all numbers at once": (3, "up[place] += eps\n        down[place] -= eps", "up += eps\n        down -= eps", "one at a time"),
    "mean instead of sum": (3, MIXED, MIXED + " / G.size", "not a mean"),
    "leak lost": (3, PICKED, PICKED.replace("moved}, a)", "moved}, 1.0)"), "leak is lost"),
    "weights moved for good": (3, "up, down = params[name].copy(), params[name].copy()", "up, down = params[name], params[name].copy()", "changed its input"),
    "nothing cut": (4, "    for start in range(0, dhs.shape[1], k):\n        begin = max(start - back, 0)\n        window = slice(begin, start + k)", "    for start in [0]:\n        begin = 0\n        window = slice(None)", "Nothing is cut"),
    "the lesson's chunks": (4, TRUNCATED, FROM_THE_LESSONS[4], "`back` does nothing"),
    "losses twice": (4, ZEROS, "", "count more than once"),
    "negative beginning": (4, "begin = max(start - back, 0)\n        window = slice(begin, start + k)", "begin = start - back\n        if begin < 0:\n            continue\n        window = slice(begin, start + k)", "negative number in a slice"),
    "h0 of the chunk": (4, H0, 'own["h0"] = cache["hs"][:, start - 1] if start > 0 else cache["h0"]', "state before its chunk"),
    "windows from zeros": (4, H0, 'own["h0"] = np.zeros_like(cache["h0"]) if begin > 0 else cache["h0"]', "starts from zeros"),
    "h0 of the whole": (4, f"        {H0}\n", "", "h0 of the whole sequence"),
    "h0 is its own first state": (4, H0, 'own["h0"] = cache["hs"][:, begin] if begin > 0 else cache["h0"]', "own first state"),
    "last loss alone": (4, ZEROS, "        speaks[:, :-1] = 0\n", "Only the last loss of each chunk"),
    "last window alone": (4, ADD, "grads = part", "Only the last window"),
    "returns in the loop": (4, f"        {ADD}\n    return grads", f"        {ADD}\n        return grads", "Only the first window"),
    "short chunk lost": (4, "in range(0, dhs.shape[1], k):", "in range(0, dhs.shape[1] // k * k, k):", "shorter chunk is lost"),
    "windows averaged": (4, f"        {ADD}\n    return grads", f"        {ADD}\n    return {{name: g / -(-dhs.shape[1] // k) for name, g in grads.items()}}", "are averaged"),
    "from each loss": (4, "    for start in range(0, dhs.shape[1], k):", "    k = 1\n    for start in range(0, dhs.shape[1], k):", "and no further"),
    "forward run anew": (4, "        part = leaky_backward(speaks, own)", "        own = leaky_forward(own['X'], {name: cache[name] for name in 'WUb'}, cache['a'], None if begin else cache['h0'])[1]\n        part = leaky_backward(speaks, own)", "run anew"),
    "dhs spoilt": (4, "speaks = dhs[:, window].copy()", "speaks = dhs[:, window]", "changed its input"),
    "factor 2 missing": (5, "dy = 2 * error / len(y)", "dy = error / len(y)", "factor 2 is missing"),
    "not divided by B": (5, "dy = 2 * error / len(y)", "dy = 2 * error", "divide dy by B"),
    "the error alone": (5, "dy = 2 * error / len(y)", "dy = error", "error alone"),
    "target minus forecast": (5, "dy = 2 * error / len(y)", "dy = -2 * error / len(y)", "forecast minus target"),
    "dhs at every step": (5, 'dhs[:, -1] = dy @ head["V"].T', 'dhs[:] = (dy @ head["V"].T)[:, None]', "filled at every step"),
    "dhs at the first step": (5, 'dhs[:, -1] = dy @ head["V"].T', 'dhs[:, 0] = dy @ head["V"].T', "filled at the first step"),
    "dhs without the head": (5, 'dhs[:, -1] = dy @ head["V"].T', "dhs[:, -1] = dy", "gone through the head"),
    "c for each window": (5, '"c": dy.sum(axis=0)}', '"c": dy}', "gradient of c is (B, 1)"),
    "c averaged": (5, '"c": dy.sum(axis=0)}', '"c": dy.mean(axis=0)}', "gradient of c is averaged"),
    "V transposed": (5, '"V": hs[:, -1].T @ dy', '"V": dy.T @ hs[:, -1]', "gradient of V is transposed"),
    "V with n": (5, '"V": hs[:, -1].T @ dy', '"V": cache["ns"][:, -1].T @ dy', "pairs dy with n_T"),
    "the lesson's loss": (5, REGRESSION, FROM_THE_LESSONS[5], "This is the lesson's loss"),
    "loss summed": (5, "return (error**2).mean(), grads", "return (error**2).sum(), grads", "sum over the windows"),
    "loss halved": (5, "return (error**2).mean(), grads", "return (error**2).mean() / 2, grads", "halved"),
    "absolute error": (5, "return (error**2).mean(), grads", "return np.abs(error).mean(), grads", "absolute error"),
    "root": (5, "return (error**2).mean(), grads", "return np.sqrt((error**2).mean()), grads", "root"),
    "loss for each window": (5, "return (error**2).mean(), grads", "return error**2, grads", "a number for each window"),
    "no c": (5, ' + head["c"] - y', " - y", "bias c is missing"),
    "leak lost, in the loss": (5, "hs, cache = leaky_forward(X, params, a)\n    error", "hs, cache = leaky_forward(X, params, 1.0)\n    error", "leak is lost"),
    "head left out": (5, ' | {"V": hs[:, -1].T @ dy, "c": dy.sum(axis=0)}', "", "lacks 'V', 'c'"),
    "loss alone": (5, "return (error**2).mean(), grads | ", "return grads | ", "Return 2 things"),
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
@pytest.mark.parametrize("a", [0.05, 0.4, 1.0])
def test_the_checks_own_gradient_is_that_of_differences(seed, a):
    X, G, h0, p = lab03.example(np.random.default_rng(seed), B=3, T=6, D=2, H=4)
    _, cache = lab03.forward(X, p, a, h0)
    near, far = (lab03.differences(X, G, p, a, eps, h0) for eps in (1e-3, 2e-3))
    right, moved = lab03.backward(G, cache), lab03.mixed(near, far, 4 / 3, -1 / 3)
    for name in right:
        assert np.linalg.norm(right[name] - moved[name]) < 1e-9 * np.linalg.norm(right[name])


@pytest.mark.parametrize("k", [1, 2, 3, 5, 12, 50])
def test_without_a_leak_the_library_computes_the_same_gradients(k):
    """Lab and library mean the same by a truncated gradient."""
    X, G, h0, p = lab03.example(np.random.default_rng(3), B=3, T=12, D=2, H=4)
    _, cache = lab03.forward(X, p, 1.0, h0)
    *_, grads = bptt.truncated(rnn, X, p, k, lambda hs, steps: G[:, steps], state=h0)
    for name, gradient in lab03.windowed(G, cache, k, 0).items():
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-10)


@pytest.mark.parametrize(("k", "back"), [(1, 12), (3, 12), (5, 10), (12, 0), (4, 8)])
def test_with_enough_overlap_nothing_is_lost(k, back):
    X, G, h0, p = lab03.example(np.random.default_rng(3), B=3, T=12, D=2, H=4)
    _, cache = lab03.forward(X, p, 0.3, h0)
    for name, gradient in lab03.backward(G, cache).items():
        np.testing.assert_allclose(lab03.windowed(G, cache, k, back)[name], gradient, rtol=1e-10)


def test_the_page_s_examples_are_right():
    answers = {"np": np}
    exec(RIGHT, answers)
    one = [np.array([[number]]) for number in (1.0, 0.6, 0.5)]
    for a, both in ((0.25, (0.16, 0.83)), (1.0, (0.64, 0.32))):
        assert [part.item() for part in answers["step_backward"](*one, a)] == pytest.approx(both)
    cache = {
        "a": 0.5, "X": np.array([[[1.0], [2.0]]]), "h0": np.zeros((1, 1)), "ns": np.array([[[0.6], [0.8]]]),
        "hs": np.array([[[0.3], [0.55]]]), "W": np.ones((1, 1)), "U": np.full((1, 1), 0.5), "b": np.zeros(1),
    }  # fmt: skip
    dhs = np.array([[[0.0], [1.0]]])
    grads = answers["leaky_backward"](dhs, cache)
    assert [grads[name].item() for name in ("W", "U", "b")] == pytest.approx([0.5488, 0.054, 0.3688])
    assert [answers["truncated"](dhs, cache, 1, back)["W"].item() for back in (0, 1)] == pytest.approx([0.36, 0.5488])
    near, far = (((1 + eps) ** 5 - (1 - eps) ** 5) / (2 * eps) for eps in (0.1, 0.2))
    assert (near, far, (4 * near - far) / 3) == pytest.approx((5.1001, 5.4016, 4.9996))
    head = {"V": np.array([[4.0]]), "c": np.array([1.0])}
    params = {"W": np.ones((1, 1)), "U": np.zeros((1, 1)), "b": np.zeros(1)}
    X, y = np.arctanh(np.array([0.0, 0.5])).reshape(2, 1, 1), np.array([[0.0], [5.0]])
    L, grads = answers["loss_and_grads"](X, y, params, head, 1.0)
    assert (L, grads["V"].item(), grads["c"].item()) == pytest.approx((2.5, -1, -1))
    assert grads["b"].item() == pytest.approx(4 - 8 * 0.75)

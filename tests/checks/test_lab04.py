"""Lab 04: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab04
from unrolled.nn import optimise, rnn

JACOBIAN = """
def leaky_jacobian(U, a, before, h):
    inside = (h - (1 - a) * before) / a
    return (1 - a) * np.eye(len(U)) + a * U * (1 - inside**2)
"""
NORMS = """
def norms_after(U, a, hs, k):
    norms = []
    for t in range(len(hs) - k):
        product = np.eye(len(U))
        for s in range(t + 1, t + k + 1):
            product = product @ leaky_jacobian(U, a, hs[s - 1], hs[s])
        norms.append(np.linalg.norm(product, 2))
    return np.array(norms)
"""
REACH = """
def forecast_reach(U, a, V, hs):
    g = V[:, 0]
    lengths = [np.linalg.norm(g)]
    for t in range(len(hs) - 1, 0, -1):
        slope = 1 - ((hs[t] - (1 - a) * hs[t - 1]) / a) ** 2
        g = (1 - a) * g + a * (g * slope) @ U.T
        lengths.append(np.linalg.norm(g))
    return np.array(lengths[::-1])
"""
GUARD = """
def guard(grads, past, c):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    if not np.isfinite(norm):
        return {name: np.zeros_like(g) for name, g in grads.items()}, past
    limit = c * np.median(past) if len(past) else np.inf
    factor = limit / norm if norm > limit else 1.0
    return {name: factor * g for name, g in grads.items()}, np.append(past, norm)
"""
RIGHT = JACOBIAN + NORMS + REACH + GUARD
# Wrong answers may divide by zero or average nothing.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EXERCISES = (1, 2, 3, 4)
judge = partial(lab_answers.judge, lab04.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab04.LAB.points(n) for n in EXERCISES] == [2, 3, 2, 3]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "diagonal matrices": changed("return (1 - a) * np.eye(len(U)) + a * U * (1 - inside**2)", "return np.diag(np.full(len(h), 1 - a)) + a * U @ np.diag(1 - inside**2)"),
    "loops": changed("return (1 - a) * np.eye(len(U)) + a * U * (1 - inside**2)", "n = range(len(h))\n    return np.array([[a * U[i, j] * (1 - inside[j] ** 2) + (1 - a if i == j else 0) for j in n] for i in n])"),
    "float32": changed("return (1 - a) * np.eye(len(U)) + a * U * (1 - inside**2)", "return np.float32((1 - a) * np.eye(len(U)) + a * U * (1 - inside**2))"),
    "a (1 - inside^2) as one fraction": changed("a * U * (1 - inside**2)", "U * (a - (h - (1 - a) * before) ** 2 / a)"),
    "columns as states, singular values": changed(
        NORMS,
        """
def norms_after(U, a, hs, k):
    Js = [np.asarray(leaky_jacobian(U, a, p, q)).T for p, q in zip(hs, hs[1:])]
    out = []
    for t in range(len(hs) - k):
        A = np.eye(len(U))
        for J in Js[t:t + k]:
            A = J @ A
        out.append(np.linalg.svd(A, compute_uv=False)[0])
    return out
""",
    ),
    "all windows at once": changed(
        NORMS,
        """
def norms_after(U, a, hs, k):
    T, H = hs.shape
    Js = np.array([leaky_jacobian(U, a, hs[t - 1], hs[t]) for t in range(1, T)]).reshape(-1, H, H)
    A = np.tile(np.eye(H), (T - k, 1, 1))
    for step in range(k):
        A = A @ Js[step:step + T - k]
    return np.sqrt(np.linalg.eigvalsh(A @ A.transpose(0, 2, 1)).max(axis=1))
""",
    ),
    "through the Jacobians, columns": changed("        g = (1 - a) * g + a * (g * slope) @ U.T", "        g = np.asarray(leaky_jacobian(U, a, hs[t - 1], hs[t])) @ g"),
    "head kept as a row": changed("    g = V[:, 0]\n", "    g = V.T\n"),
    "min and a small number": changed("factor = limit / norm if norm > limit else 1.0", "factor = min(1.0, limit / (norm + 1e-12))"),
    "one long vector": changed("norm = np.sqrt(sum((g**2).sum() for g in grads.values()))", "norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))"),
    "grads returned themselves": changed("    factor = limit / norm if norm > limit else 1.0\n", "    if norm <= limit:\n        return grads, np.append(past, norm)\n    factor = limit / norm\n"),
    "past as a list": changed("np.append(past, norm)", "[*past, norm]"),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], []]


J = "return (1 - a) * np.eye(len(U)) + a * U * (1 - inside**2)"
INSIDE = "inside = (h - (1 - a) * before) / a"
STEP = "product = product @ leaky_jacobian(U, a, hs[s - 1], hs[s])"
NORM_OF = "np.linalg.norm(product, 2)"
FACTORS = "for s in range(t + 1, t + k + 1):"
SLOPE = "slope = 1 - ((hs[t] - (1 - a) * hs[t - 1]) / a) ** 2"
BACK = "g = (1 - a) * g + a * (g * slope) @ U.T"
LENGTHS = "        lengths.append(np.linalg.norm(g))\n    return np.array(lengths[::-1])"
NORM = "norm = np.sqrt(sum((g**2).sum() for g in grads.values()))"
LIMIT = "limit = c * np.median(past) if len(past) else np.inf"
FACTOR = "factor = limit / norm if norm > limit else 1.0"
CLIPPED = "return {name: factor * g for name, g in grads.items()}, np.append(past, norm)"
SKIP = "    if not np.isfinite(norm):\n        return {name: np.zeros_like(g) for name, g in grads.items()}, past\n"
# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "only through the tanh": (1, J, "return a * U * (1 - inside**2)", "road past the tanh is missing"),
    "1 - a everywhere": (1, J, "return (1 - a) + a * U * (1 - inside**2)", "added to every number"),
    "no a": (1, J, "return (1 - a) * np.eye(len(U)) + U * (1 - inside**2)", "It has the factor a"),
    "all of it kept": (1, J, "return np.eye(len(U)) + a * U * (1 - inside**2)", "Only 1 - a of it is"),
    "slope of the state": (1, INSIDE, "inside = h", "not the tanh here"),
    "slope of the state, one road": (1, J, "return a * U * (1 - h**2)", "not the tanh here"),
    "tanh of the state": (1, INSIDE, "inside = np.tanh(h)", "not the tanh here"),
    "slope of the state before": (1, INSIDE, "inside = before", "taken at h_{t-1}"),
    "no leak": (1, J, "return U * (1 - inside**2)", "without the leak"),
    "the Jacobian of lesson 08": (1, J, "return U * (1 - h**2)", "without the leak"),
    "not divided": (1, INSIDE, "inside = h - (1 - a) * before", "Divide by a"),
    "all of the state before taken off": (1, INSIDE, "inside = (h - before) / a", "What was kept is"),
    "states exchanged": (1, INSIDE, "inside = (before - (1 - a) * h) / a", "have changed places"),
    "a and 1 - a exchanged": (1, J, "return a * np.eye(len(U)) + (1 - a) * U * (1 - inside**2)", "have changed places"),
    "a and 1 - a exchanged inside": (1, INSIDE, "inside = (h - a * before) / (1 - a if a < 1 else 1)", "a and 1 - a"),
    "tanh twice": (1, J, J.replace("inside**2", "np.tanh(inside)**2"), "no further tanh"),
    "no square": (1, J, J.replace("inside**2", "inside"), "square is missing"),
    "no slope": (1, J, "return (1 - a) * np.eye(len(U)) + a * U", "slope of tanh is missing"),
    "rows multiplied": (1, J, "return (1 - a) * np.eye(len(U)) + a * (1 - inside**2)[:, None] * U", "rows are multiplied"),
    "J transposed": (1, J, f"{J.replace('return ', 'return (')}).T", "J is transposed"),
    "U transposed": (1, J, J.replace("U * (", "U.T * ("), "U is transposed"),
    "diagonal alone": (1, J, J.replace("a * U", "a * np.diag(np.diag(U))"), "Only the diagonal"),
    "Frobenius": (2, NORM_OF, "np.linalg.norm(product)", "sum of all squares"),
    "eigenvalue": (2, NORM_OF, "np.abs(np.linalg.eigvals(product)).max()", "largest eigenvalue"),
    "largest number": (2, NORM_OF, "np.abs(product).max()", "largest number in the product"),
    "logarithm": (2, "    return np.array(norms)\n", "    return np.log(norms)\n", "logarithm"),
    "time reversed": (2, "    return np.array(norms)\n", "    return np.array(norms)[::-1]\n", "Time is reversed"),
    "last one lost": (2, "    return np.array(norms)\n", "    return np.array(norms[:-1])\n", "last entry is missing"),
    "one number": (2, "    return np.array(norms)\n", "    return norms[-1]\n", "one number"),
    "factors in the wrong order": (2, STEP, "product = leaky_jacobian(U, a, hs[s - 1], hs[s]) @ product", "wrong order"),
    "norms multiplied": (2, STEP, "product = product * np.linalg.norm(leaky_jacobian(U, a, hs[s - 1], hs[s]), 2)", "norms are multiplied"),
    "one step late": (2, "for t in range(len(hs) - k):", "for t in range(1, len(hs) - k):", "one step late"),
    "one step early": (2, FACTORS, "for s in range(t, t + k):", "One step too early"),
    "states exchanged on the way": (2, STEP, STEP.replace("hs[s - 1], hs[s]", "hs[s], hs[s - 1]"), "have changed places"),
    "one factor too many": (2, f"for t in range(len(hs) - k):\n        product = np.eye(len(U))\n        {FACTORS}", f"for t in range(len(hs) - k - 1):\n        product = np.eye(len(U))\n        {FACTORS.replace('k + 1', 'k + 2')}", "One factor too many"),
    "one factor too few": (2, FACTORS, "for s in range(t + 1, t + k):", "One factor too few"),
    "one step alone": (2, STEP, "product = leaky_jacobian(U, a, hs[t], hs[t + 1])", "norm of one step"),
    "the same Jacobian k times": (2, STEP, "product = product @ leaky_jacobian(U, a, hs[t], hs[t + 1])", "One Jacobian is taken k times"),
    "norms of a plain net": (2, STEP, "product = product @ (U * (1 - hs[s] ** 2))", "without the leak"),
    "up to the last, as in lesson 08": (2, NORMS, "\ndef norms_after(U, a, hs, k):\n    norms, J = np.ones(len(hs)), np.eye(len(U))\n    for t in range(len(hs) - 1, 0, -1):\n        J = leaky_jacobian(U, a, hs[t - 1], hs[t]) @ J\n        norms[t - 1] = np.linalg.norm(J, 2)\n    return norms\n", "to the last one"),
    "from the first": (2, NORMS, "\ndef norms_after(U, a, hs, k):\n    A, out = np.eye(len(U)), [1.0]\n    for p, q in zip(hs, hs[1:]):\n        A = A @ leaky_jacobian(U, a, p, q)\n        out.append(np.linalg.norm(A, 2))\n    return np.array(out)\n", "from the first state"),
    "the bound": (3, REACH, "\ndef forecast_reach(U, a, V, hs):\n    return np.linalg.norm(V) * np.array([norms_after(U, a, hs[t:], len(hs) - t - 1)[0] for t in range(len(hs))])\n", "This is the bound"),
    "norms": (3, REACH, "\ndef forecast_reach(U, a, V, hs):\n    return np.array([norms_after(U, a, hs[t:], len(hs) - t - 1)[0] for t in range(len(hs))])\n", "norms of products"),
    "reach reversed": (3, "lengths[::-1]", "lengths", "Time is reversed"),
    "V left out": (3, "lengths[::-1]", "lengths[:0:-1]", "last entry is missing"),
    "reach without the road past": (3, BACK, "g = a * (g * slope) @ U.T", "road past the tanh is missing"),
    "reach without a": (3, BACK, "g = (1 - a) * g + (g * slope) @ U.T", "It has the factor a"),
    "as in lesson 09": (3, f"{SLOPE}\n        {BACK}", "g = (g * (1 - hs[t] ** 2)) @ U.T", "without the leak"),
    "reach by the slope of the state": (3, SLOPE, "slope = 1 - hs[t] ** 2", "not the tanh here"),
    "reach by the slope before": (3, SLOPE, "slope = 1 - hs[t - 1] ** 2", "taken at h_{t-1}"),
    "reach, a and 1 - a exchanged": (3, BACK, "g = a * g + (1 - a) * (g * slope) @ U.T", "have changed places"),
    "no slope on the way": (3, BACK, BACK.replace("(g * slope)", "g"), "slope of tanh is missing"),
    "U as forward": (3, BACK, BACK.replace("U.T", "U"), "not transposed"),
    "U first": (3, BACK, "g = (1 - a) * g + a * (g @ U.T) * slope", "tanh comes first"),
    "a move forwards": (3, BACK, "g = (1 - a) * g + a * (g @ U) * slope", "runs forwards"),
    "slope on what is kept": (3, BACK, "g = ((1 - a) * g + a * g @ U.T) * slope", "takes no slope"),
    "divided by its length": (3, BACK, f"g = g / np.linalg.norm(g)\n        {BACK}", "divided by its length"),
    "absolute values added": (3, LENGTHS, LENGTHS.replace("np.linalg.norm(g)", "np.abs(g).sum()").replace("lengths[::-1]", "[*lengths[:0:-1], np.abs(V).sum()]"), "absolute values"),
    "rows returned": (3, LENGTHS, LENGTHS.replace("np.linalg.norm(g)", "g").replace("lengths[::-1]", "[*lengths[:0:-1], V[:, 0]]"), "returned whole"),
    "squares": (3, "return np.array(lengths[::-1])", "return np.array(lengths[::-1]) ** 2", "Take the root"),
    "V as a column": (3, "g = V[:, 0]", "g = V", "V is a column"),
    "slopes one step early": (3, "for t in range(len(hs) - 1, 0, -1):\n        slope", "for t in range(len(hs) - 2, -1, -1):\n        slope", "one step too early"),
    "starts from ones": (3, "g = V[:, 0]", "g = np.ones(len(U))", "starts from ones"),
    "each number": (4, CLIPPED, "return {name: np.clip(g, -limit, limit) for name, g in grads.items()}, np.append(past, norm)", "Each number is clipped"),
    "each array": (4, CLIPPED, "return {name: g * min(1, limit / max(np.linalg.norm(g), 1e-12)) for name, g in grads.items()}, np.append(past, norm)", "Each array is clipped"),
    "norms added": (4, NORM, "norm = sum(np.linalg.norm(g) for g in grads.values())", "norms of the arrays are added"),
    "root of the norms": (4, NORM, "norm = np.sqrt(sum(np.linalg.norm(g) for g in grads.values()))", "a sum of norms"),
    "no root": (4, NORM, "norm = sum((g**2).sum() for g in grads.values())", "root is missing"),
    "absolute values": (4, NORM, "norm = sum(np.abs(g).sum() for g in grads.values())", "adds up absolute values"),
    "largest number of all": (4, NORM, "norm = max(np.abs(g).max() for g in grads.values())", "largest number"),
    "squares averaged": (4, NORM, "norm = np.sqrt(sum((g**2).mean() for g in grads.values()))", "squares are averaged"),
    "as in lesson 09, the limit c": (4, LIMIT, "limit = c", "The limit is c itself"),
    "c times this norm": (4, LIMIT, "limit = c * norm", "c times this norm"),
    "this norm counted in": (4, LIMIT, "limit = c * np.median(np.append(past, norm)) if len(past) else np.inf", "median first, then append"),
    "mean": (4, LIMIT, "limit = c * np.mean(past) if len(past) else np.inf", "from the mean"),
    "last": (4, LIMIT, "limit = c * past[-1] if len(past) else np.inf", "last norm alone"),
    "largest of the past": (4, LIMIT, "limit = c * max(past) if len(past) else np.inf", "largest past norm"),
    "median alone": (4, LIMIT, "limit = np.median(past) if len(past) else np.inf", "c is missing"),
    "always": (4, FACTOR, "factor = limit / norm if norm > 0 and len(past) else 1.0", "was made longer"),
    "upside down": (4, FACTOR, "factor = norm / limit if norm > limit else 1.0", "upside down"),
    "to length 1": (4, FACTOR, "factor = 1 / norm if norm > limit else 1.0", "length became 1"),
    "nothing done": (4, FACTOR, "factor = 1.0", "came back as it was"),
    "thrown away": (4, FACTOR, "factor = 0.0 if norm > limit else 1.0", "thrown away"),
    "no test of the norm": (4, SKIP, "", "0 * NaN is NaN"),
    "NaN times zero": (4, "np.zeros_like(g)", "0 * g", "0 * NaN is NaN"),
    "a skipped step in past": (4, "for name, g in grads.items()}, past\n", "for name, g in grads.items()}, np.append(past, 0.0)\n", "put a 0 into past"),
    "a broken norm in past": (4, "for name, g in grads.items()}, past\n", "for name, g in grads.items()}, np.append(past, norm)\n", "past has shape"),
    "past as it was": (4, CLIPPED, CLIPPED.replace("np.append(past, norm)", "past"), "missing in past"),
    "past after shortening": (4, CLIPPED, CLIPPED.replace("past, norm", "past, factor * norm"), "norm after shortening"),
    "past in front": (4, CLIPPED, CLIPPED.replace("past, norm", "norm, past"), "stands first"),
    "past lost": (4, CLIPPED, CLIPPED.replace("np.append(past, norm)", "np.array([norm])"), "past norms are gone"),
    "gradients alone": (4, CLIPPED, CLIPPED.replace(", np.append(past, norm)", ""), "the gradients alone"),
    "exchanged": (4, CLIPPED, "return np.append(past, norm), {name: factor * g for name, g in grads.items()}", "have changed places"),
    "in place": (4, CLIPPED, "for g in grads.values():\n        g *= factor\n    return grads, np.append(past, norm)", "changed its input"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


# Faults that only an exercise's own case shows; the hidden checks have other cases.
VISIBLE_ONLY = {"no test of the norm", "NaN times zero", "a skipped step in past", "a broken norm in past"}


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=None if fault in VISIBLE_ONLY else True)
    assert not all(result.verdict.right for result in results)


def test_no_past_is_no_limit():
    careless = changed("limit = c * np.median(past) if len(past) else np.inf", "limit = c * np.median(past)")
    assert hints(judge(4, careless)) == []  # NaN is no limit either: norm > NaN is False
    zero = changed("if len(past) else np.inf", "if len(past) else c")
    assert any("with no past there is none" in hint for hint in hints(judge(4, zero)))


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'J'", "returns"),
        ("return None", "returns None"),
        ("return (1, 2, 3, 4)", "4 things"),
        ("return np.full((3, 3), np.nan)", ""),
        ("return [[1], [2, 3]]", ""),
        ("return {'W': None}", ""),
        ("return ({}, 1.0)", ""),
        ("return ({'W': None, 'U': 'x', 'b': [1, [2]]}, None)", ""),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab04.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    assert words in found[0]


def test_without_a_leak_it_is_the_library_s_gradient():
    rng = np.random.default_rng(0)
    H, T = 4, 6
    params = {"W": rng.normal(size=(2, H)), "U": rng.normal(0, 0.5, (H, H)), "b": rng.normal(size=H)}
    X, V = rng.normal(size=(1, T, 2)), rng.normal(size=(H, 1))
    hs, cache = rnn.forward(X, params)
    dhs = np.zeros_like(hs)
    dhs[0, -1] = V[:, 0]
    _, dh0, _ = rnn.backward(dhs, cache)
    # One step more, to h_0: the states with h_0 in front.
    with_start = np.concatenate([np.zeros((1, H)), hs[0]])
    assert lab04.reach(params["U"], 1.0, V, with_start)[0] == pytest.approx(np.linalg.norm(dh0))


def test_the_leaky_jacobian_is_the_step_s_derivative():
    rng = np.random.default_rng(1)
    U, a, before, drive = rng.normal(size=(5, 5)), 0.3, rng.normal(size=5), rng.normal(size=5)

    def step(h):
        return (1 - a) * h + a * np.tanh(drive + h @ U)

    J = lab04.jacobian(U, a, before, step(before))
    numeric = [(step(before + move) - step(before - move)) / 2e-6 for move in 1e-6 * np.eye(5)]
    np.testing.assert_allclose(J, numeric, rtol=1e-6, atol=1e-8)


def test_no_forecast_feels_more_than_the_norm():
    rng = np.random.default_rng(2)
    U, a, hs = lab04.example(rng, T=9, H=4)
    V = rng.normal(size=(4, 1))
    worst = [lab04.norms(U, a, hs[t:], len(hs) - t - 1)[0] for t in range(len(hs))]
    assert (lab04.reach(U, a, V, hs) <= np.array(worst) * np.linalg.norm(V) + 1e-12).all()


@pytest.mark.parametrize("limit", [0.1, 3.0, 50.0])
def test_the_library_clips_the_same(limit):
    rng = np.random.default_rng(1)
    grads = {"W": rng.normal(size=(3, 4)), "U": 5 * rng.normal(size=(4, 4)), "b": rng.normal(size=4)}
    theirs, norm = optimise.clip_by_global_norm(grads, limit)
    ours, past = lab04.guarded(grads, np.array([limit]), 1.0)
    assert norm == pytest.approx(past[-1])
    for name, g in ours.items():
        np.testing.assert_allclose(theirs[name], g)


def test_the_page_s_examples_are_right():
    U, before, h = np.array([[2.0, 1.0], [0.0, 5.0]]), np.array([0, 0.2]), np.array([0, 0.4])
    np.testing.assert_allclose(lab04.jacobian(U, 0.5, before, h), [[1.5, 0.32], [0, 2.1]])
    one, states = np.array([[2.0]]), np.array([[0.4], [0.2], [0.4]])
    np.testing.assert_allclose(lab04.norms(one, 0.5, states, 1), [1.5, 1.14])
    np.testing.assert_allclose(lab04.norms(one, 0.5, states, 2), [1.71])
    np.testing.assert_allclose(lab04.reach(one, 0.5, np.array([[3.0]]), states), [5.13, 3.42, 3])
    short, past = lab04.guarded({"W": np.array([3.0, 0.0]), "b": np.array([4.0])}, np.array([2.0, 1.0, 3.0]), 0.5)
    np.testing.assert_allclose(np.concatenate([*short.values()]), [0.6, 0, 0.8])
    np.testing.assert_allclose(past, [2, 1, 3, 5])

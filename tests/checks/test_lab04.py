"""Lab 04: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab04
from unrolled.nn import optimise, rnn

JACOBIAN = """
def step_jacobian(U, h):
    return U * (1 - h**2)
"""
NORMS = """
def jacobian_norms(U, hs):
    product = np.eye(len(U))
    norms = np.ones(len(hs))
    for t in range(len(hs) - 1, 0, -1):
        product = step_jacobian(U, hs[t]) @ product
        norms[t - 1] = np.linalg.norm(product, 2)
    return norms
"""
REACH = """
def forecast_reach(U, V, hs):
    g = V[:, 0]
    lengths = [np.linalg.norm(g)]
    for h in hs[:0:-1]:
        g = (g * (1 - h**2)) @ U.T
        lengths.append(np.linalg.norm(g))
    return np.array(lengths[::-1])
"""
CLIP = """
def clip_by_global_norm(grads, c):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = c / norm if norm > c else 1.0
    return {name: factor * g for name, g in grads.items()}
"""
RIGHT = JACOBIAN + NORMS + REACH + CLIP
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
    "a diagonal matrix": changed("return U * (1 - h**2)", "return U @ np.diag(1 - h**2)"),
    "loops": changed("return U * (1 - h**2)", "return [[U[i, j] * (1 - h[j] ** 2) for j in range(len(h))] for i in range(len(h))]"),
    "float32": changed("return U * (1 - h**2)", "return np.float32(U) * np.float32(1 - h**2)"),
    "columns as states, singular values": changed(
        NORMS,
        """
def jacobian_norms(U, hs):
    A, norms = np.eye(len(U)), [1.0]
    for h in hs[:0:-1]:
        A = A @ (np.diag(1 - h**2) @ U.T)
        norms.insert(0, np.linalg.svd(A, compute_uv=False)[0])
    return norms
""",
    ),
    "each product from the start": changed(
        NORMS,
        """
def jacobian_norms(U, hs):
    out = []
    for t in range(len(hs)):
        A = np.eye(len(U))
        for h in hs[t + 1:]:
            A = A @ np.asarray(step_jacobian(U, h))
        out.append(np.sqrt(np.linalg.eigvalsh(A.T @ A).max()))
    return np.array(out)
""",
    ),
    "through the Jacobians, columns": changed("        g = (g * (1 - h**2)) @ U.T", "        g = np.asarray(step_jacobian(U, h)) @ g"),
    "head kept as a column": changed("    g = V[:, 0]\n", "    g = V.T\n"),
    "min and a small number": changed("factor = c / norm if norm > c else 1.0", "factor = min(1.0, c / (norm + 1e-12))"),
    "one long vector": changed("norm = np.sqrt(sum((g**2).sum() for g in grads.values()))", "norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))"),
    "grads returned themselves": changed("    factor = c / norm if norm > c else 1.0\n", "    if norm <= c:\n        return grads\n    factor = c / norm\n"),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    mine = STYLES[style]
    if style == "loops":  # a list is right in exercise 1; exercise 2 then needs an array
        mine = mine.replace("step_jacobian(U, hs[t]) @ product", "np.array(step_jacobian(U, hs[t])) @ product")
    assert [hints(judge(exercise, mine)) for exercise in EXERCISES] == [[], [], [], []]


J = "return U * (1 - h**2)"
STEP = "product = step_jacobian(U, hs[t]) @ product"
BACK = "        g = (g * (1 - h**2)) @ U.T\n        lengths.append(np.linalg.norm(g))\n"
NORM = "norm = np.sqrt(sum((g**2).sum() for g in grads.values()))"
FACTOR = "factor = c / norm if norm > c else 1.0"
CLIPPED = "return {name: factor * g for name, g in grads.items()}"
# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "rows multiplied": (1, J, "return (1 - h**2)[:, None] * U", "rows are multiplied"),
    "J transposed": (1, J, "return (U * (1 - h**2)).T", "J is transposed"),
    "no slope": (1, J, "return U", "1 - h**2, is missing"),
    "U transposed": (1, J, "return U.T * (1 - h**2)", "U is transposed"),
    "tanh twice": (1, J, "return U * (1 - np.tanh(h) ** 2)", "no further tanh"),
    "no square": (1, J, "return U * (1 - h)", "square is missing"),
    "sigmoid": (1, J, "return U * h * (1 - h)", "sigmoid"),
    "a vector": (1, J, "return (1 - h**2) @ U", "one row"),
    "slopes alone": (1, J, "return np.diag(1 - h**2)", "U is missing"),
    "Frobenius": (2, "np.linalg.norm(product, 2)", "np.linalg.norm(product)", "sum of all squares"),
    "eigenvalue": (2, "np.linalg.norm(product, 2)", "np.abs(np.linalg.eigvals(product)).max()", "largest eigenvalue"),
    "largest number": (2, "np.linalg.norm(product, 2)", "np.abs(product).max()", "largest number in the product"),
    "logarithm": (2, "    return norms\n", "    return np.log(norms)\n", "logarithm"),
    "time reversed": (2, "    return norms\n", "    return norms[::-1]\n", "Time is reversed"),
    "last one lost": (2, "    return norms\n", "    return norms[:-1]\n", "last entry is missing"),
    "factors in the wrong order": (2, STEP, "product = product @ step_jacobian(U, hs[t])", "wrong order"),
    "norms multiplied": (2, f"{STEP}\n        norms[t - 1] = np.linalg.norm(product, 2)", "norms[t - 1] = norms[t] * np.linalg.norm(step_jacobian(U, hs[t]), 2)", "norms are multiplied"),
    "one factor too many": (2, "for t in range(len(hs) - 1, 0, -1):\n        product = step_jacobian(U, hs[t]) @ product\n        norms[t - 1]", "for t in range(len(hs) - 1, -1, -1):\n        product = step_jacobian(U, hs[t]) @ product\n        norms[t]", "One factor too many"),
    "one step alone": (2, STEP, "product = step_jacobian(U, hs[t])", "norm of one step"),
    "slopes late": (2, STEP, "product = step_jacobian(U, hs[t - 1]) @ product", "one step late"),
    "powers of U": (2, STEP, "product = U @ product", "1 - h**2, is missing"),
    "slopes on rows": (2, STEP, "product = (1 - hs[t] ** 2)[:, None] * U @ product", "columns"),
    "spectral radius": (2, "    return norms\n", "    return np.abs(np.linalg.eigvals(U)).max() ** np.arange(len(hs))[::-1]\n", "spectral radius"),
    "from the first state": (2, NORMS, "\ndef jacobian_norms(U, hs):\n    A, out = np.eye(len(U)), [1.0]\n    for h in hs[1:]:\n        A = A @ step_jacobian(U, h)\n        out.append(np.linalg.norm(A, 2))\n    return np.array(out)\n", "from the first state on"),
    "the bound": (3, REACH, "\ndef forecast_reach(U, V, hs):\n    return jacobian_norms(U, hs) * np.linalg.norm(V)\n", "This is the bound"),
    "norms of exercise 2": (3, REACH, "\ndef forecast_reach(U, V, hs):\n    return jacobian_norms(U, hs)\n", "norms of exercise 2"),
    "reach reversed": (3, "lengths[::-1]", "lengths", "Time is reversed"),
    "no slope on the way": (3, BACK, BACK.replace(" * (1 - h**2)", ""), "1 - h**2, is missing"),
    "U as forward": (3, BACK, BACK.replace("U.T", "U"), "not transposed"),
    "U first": (3, BACK, BACK.replace("(g * (1 - h**2)) @ U.T", "(g @ U.T) * (1 - h**2)"), "tanh first"),
    "a move forwards": (3, BACK, BACK.replace("(g * (1 - h**2)) @ U.T", "(g @ U) * (1 - h**2)"), "runs forwards"),
    "divided by its length": (3, BACK, BACK.replace("(g * (1", "(g / np.linalg.norm(g) * (1"), "divided by its length"),
    "absolute values added": (3, "    lengths = [np.linalg.norm(g)]\n    for h in hs[:0:-1]:\n" + BACK, ("    lengths = [np.linalg.norm(g)]\n    for h in hs[:0:-1]:\n" + BACK).replace("np.linalg.norm(g)", "np.abs(g).sum()"), "absolute values"),
    "rows returned": (3, "    lengths = [np.linalg.norm(g)]\n    for h in hs[:0:-1]:\n" + BACK, ("    lengths = [np.linalg.norm(g)]\n    for h in hs[:0:-1]:\n" + BACK).replace("np.linalg.norm(g)", "g"), "returned whole"),
    "squares": (3, "return np.array(lengths[::-1])", "return np.array(lengths[::-1]) ** 2", "Take the root"),
    "starts from ones": (3, "g = V[:, 0]", "g = np.ones(len(U))", "starts from ones"),
    "states one late": (3, "for h in hs[:0:-1]:", "for h in hs[-2::-1]:", "one step late"),
    "V left out": (3, BACK + "    return np.array(lengths[::-1])", BACK + "    return np.array(lengths[:0:-1])", "last entry is missing"),
    "each number": (4, CLIPPED, "return {name: np.clip(g, -c, c) for name, g in grads.items()}", "Each number is clipped"),
    "each array": (4, CLIPPED, "return {name: g * min(1, c / max(np.linalg.norm(g), 1e-12)) for name, g in grads.items()}", "Each array is clipped"),
    "always": (4, FACTOR, "factor = c / norm if norm > 0 else 1.0", "was made longer"),
    "zero divided by zero": (4, FACTOR, "factor = c / norm", "NaN"),
    "to length 1": (4, FACTOR, "factor = 1 / norm if norm > c else 1.0", "length became 1"),
    "no root": (4, FACTOR, "factor = c / norm**2 if norm**2 > c else 1.0", "root is missing"),
    "norms added": (4, NORM, "norm = sum(np.linalg.norm(g) for g in grads.values())", "norms of the arrays are added"),
    "absolute values": (4, NORM, "norm = sum(np.abs(g).sum() for g in grads.values())", "adds up absolute values"),
    "largest number of all": (4, NORM, "norm = max(np.abs(g).max() for g in grads.values())", "largest number"),
    "squares averaged": (4, NORM, "norm = np.sqrt(sum((g**2).mean() for g in grads.values()))", "squares are averaged"),
    "thrown away": (4, FACTOR, "factor = 0.0 if norm > c else 1.0", "thrown away"),
    "upside down": (4, FACTOR, "factor = norm / c if norm > c else 1.0", "upside down"),
    "nothing done": (4, FACTOR, "factor = 1.0", "came back as it was"),
    "norm returned too": (4, CLIPPED, CLIPPED + ", norm", "without the norm"),
    "in place": (4, CLIPPED, "for g in grads.values():\n        g *= factor\n    return grads", "changed its input"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=True if fault != "zero divided by zero" else None)
    assert not all(result.verdict.right for result in results)


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
        ("return [[1], [2, 3]]", "returns"),
        ("return {'W': None}", ""),
        ("return ({}, 1.0)", ""),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab04.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    assert words in found[0]


def test_the_jacobian_is_that_of_the_library_s_step():
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
    assert lab04.reach(params["U"], V, with_start)[0] == pytest.approx(np.linalg.norm(dh0))
    assert (lab04.reach(params["U"], V, hs[0]) <= lab04.norms(params["U"], hs[0]) * np.linalg.norm(V) + 1e-12).all()


@pytest.mark.parametrize("c", [0.1, 3.0, 50.0])
def test_the_library_clips_the_same(c):
    rng = np.random.default_rng(1)
    grads = {"W": rng.normal(size=(3, 4)), "U": 5 * rng.normal(size=(4, 4)), "b": rng.normal(size=4)}
    theirs, norm = optimise.clip_by_global_norm(grads, c)
    assert norm == pytest.approx(lab04.global_norm(grads))
    for name, g in lab04.clipped(grads, c).items():
        np.testing.assert_allclose(theirs[name], g)


def test_the_page_s_examples_are_right():
    U = np.array([[2.0, 1.0], [0.0, 5.0]])
    np.testing.assert_allclose(lab04.jacobian(U, np.array([0, 0.6])), [[2, 0.64], [0, 3.2]])
    one, states = np.array([[2.0]]), np.array([[0.9], [0.0], [0.6]])
    np.testing.assert_allclose(lab04.norms(one, states), [2.56, 1.28, 1])
    np.testing.assert_allclose(lab04.reach(one, np.array([[3.0]]), states), [7.68, 3.84, 3])
    short = lab04.clipped({"W": np.array([3.0, 0.0]), "b": np.array([4.0])}, 1.0)
    np.testing.assert_allclose(np.concatenate([*short.values()]), [0.6, 0, 0.8])

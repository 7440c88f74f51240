"""Lab 06: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

import warnings
from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab06
from unrolled.nn import gru, lstm

STEP = """
def gru_step(x, h, params, mask):
    H = h.shape[1]
    b, c = params["b"]
    of_x = x @ params["W"] + b
    of_h = h @ params["U"] + c
    z = 1 / (1 + np.exp(-(of_x + of_h)[:, :H]))
    r = 1 / (1 + np.exp(-(of_x + of_h)[:, H : 2 * H]))
    n = np.tanh(of_x[:, 2 * H :] + r * of_h[:, 2 * H :])
    new = z * h + (1 - z) * n
    return np.where(mask[:, None], new, h)
"""
DIVIDER = """
def parity_weights():
    V = np.array([[1.0], [1.0], [-2.0], [1.0], [1.0]])
    W = np.ones((1, 5))
    U = 2 * V @ np.ones((1, 5))
    b = -(np.arange(5) + 0.5)
    return {"W": W, "U": U, "b": b, "V": V, "c": np.zeros(1)}
"""
COUNTER = """
def counter_weights():
    W = np.array([
        [40.0, 40.0, 40.0, 40.0],
        [0.0, 40.0, -40.0, 40.0],
        [-40.0, 40.0, 0.0, 40.0],
        [-40.0, -40.0, 0.0, 40.0],
    ])
    U, bias, V = np.zeros((1, 4)), np.zeros(4), np.array([[1.3]])
    return {"W": W, "U": U, "b": bias, "V": V, "c": np.zeros(1)}
"""
RIGHT = STEP + DIVIDER + COUNTER
EXERCISES = (1, 2, 3)
judge = partial(lab_answers.judge, lab06.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab06.LAB.points(n) for n in EXERCISES] == [3, 3, 4]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(5))
def test_right_answers_pass_for_any_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


# Three units: take one away instead of doubling, and let no unit be on where the remainder is 0.
SMALL = """
def parity_weights():
    V = np.array([[1.0], [2.0], [-1.0]])
    W = np.array([[1.0, -1.0, -1.0]])
    return {"W": W, "U": -V @ W, "b": np.array([-0.5, -0.5, -1.5]), "V": V, "c": np.zeros(1)}
"""
LISTS = """
def parity_weights():
    V = [1, 1, -2, 1, 1]
    U = [[2 * v] * 5 for v in V]
    return {"W": [[1] * 5], "U": U, "b": [-0.5, -1.5, -2.5, -3.5, -4.5], "V": [[v] for v in V], "c": [0], "note": "s"}
"""
ON_EDGE = DIVIDER.replace("np.arange(5) + 0.5", "1.0 * np.arange(5)")  # above 0 is at least 1
BIASED = """
def counter_weights():
    W = np.array([[0, 0, 99, 0], [-60, 0, -99, 0], [-120, 0, 99, 0], [-120, -120, 0, 0]])
    return {"W": W, "U": np.zeros((1, 4)), "b": np.array([60, 60, 0, 60]), "V": np.array([[2]]), "c": [0]}
"""
HALF_NEW = """
def counter_weights():
    W = np.array([[50, 50, 50, 50], [50, 50, -np.arctanh(0.5), 50], [-50, 50, 0, 50], [0, -50, 0, 50.0]])
    return {"W": W, "U": np.zeros((1, 4)), "b": np.zeros(4), "V": np.array([[1.2]]), "c": np.zeros(1)}
"""
DOUBLED = """
def counter_weights():
    W = np.array([[-1.0, 60, -60, 60], [-1, 60, np.arctanh(0.5), 60], [-60, 60, 0, 60], [-60, -60, 0, 60]])
    return {"W": W, "U": np.zeros((1, 4)), "b": np.zeros(4), "V": np.array([[-9.0]]), "c": np.zeros(1)}
"""
LOOP = """
def gru_step(x, h, params, mask):
    out = h.copy()
    split = lambda a: np.split(a, 3, axis=-1)
    (Wz, Wr, Wh), (Uz, Ur, Uh), (bz, br, bh) = (split(params[k]) for k in "WUb")
    for i in range(len(x)):
        if not mask[i]:
            continue
        z = 0.5 * (1 + np.tanh((x[i] @ Wz + h[i] @ Uz + bz.sum(0)) / 2))
        r = 0.5 * (1 + np.tanh((x[i] @ Wr + h[i] @ Ur + br.sum(0)) / 2))
        n = np.tanh(x[i] @ Wh + bh[0] + r * (h[i] @ Uh + bh[1]))
        out[i] = n + z * (h[i] - n)
    return out
"""
FORCED = STEP.replace("new = z * h", "z = np.where(mask[:, None], z, 1)\n    new = z * h").replace(
    "return np.where(mask[:, None], new, h)", "return new"
)


@pytest.mark.parametrize(
    ("exercise", "code"),
    [(1, LOOP), (1, FORCED), (2, SMALL), (2, LISTS), (2, ON_EDGE), (3, BIASED), (3, HALF_NEW), (3, DOUBLED)],
)
def test_other_styles_pass(exercise, code):
    assert hints(judge(exercise, code)) == []


NEW, BACK = "new = z * h + (1 - z) * n", "return np.where(mask[:, None], new, h)"
N = "n = np.tanh(of_x[:, 2 * H :] + r * of_h[:, 2 * H :])"
ROW_A, ROW_B = "[40.0, 40.0, 40.0, 40.0]", "[0.0, 40.0, -40.0, 40.0]"
STOP, EDGE = "[-40.0, 40.0, 0.0, 40.0]", "[-40.0, -40.0, 0.0, 40.0]"
UNITS5 = "W = np.ones((1, 5))"
U2, VALUES = "U = 2 * V @ np.ones((1, 5))", "V = np.array([[1.0], [1.0], [-2.0], [1.0], [1.0]])"
B5 = "b = -(np.arange(5) + 0.5)"
NET5 = 'return {"W": W, "U": U, "b": b, "V": V, "c": np.zeros(1)}'
NET1 = 'return {"W": W, "U": U, "b": bias, "V": V, "c": np.zeros(1)}'
ONES3 = (
    "V, W = np.array([[1.0], [1.0], [-2.0]]), np.ones((1, 3))\n    "
    'return {"W": W, "U": V @ W, "b": -(np.arange(3) + 0.5), "V": V, "c": np.zeros(1)}'
)
PARITY = (
    "V, W = np.array([[1.0], [-1.0]]), np.ones((1, 2))\n    "
    'return {"W": W, "U": V @ W, "b": -(np.arange(2) + 0.5), "V": V, "c": np.zeros(1)}'
)
TABLE = f"W = np.array([\n        {ROW_A},\n        {ROW_B},\n        {STOP},\n        {EDGE},\n    ])"
SWAP = f"{TABLE}[:, [0, 1, 3, 2]]"
# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "z turned round": (1, NEW, "new = (1 - z) * h + z * n", "z keeps the old state"),
    "reset before": (1, N, "n = np.tanh(of_x[:, 2 * H :] + c[2 * H :] + (r * h) @ params['U'][:, 2 * H :])", "comes before the product"),
    "bias outside": (1, N, "n = np.tanh(of_x[:, 2 * H :] + c[2 * H :] + r * (h @ params['U'][:, 2 * H :]))", "stands outside the reset"),
    "bias inside": (1, N, "n = np.tanh(x @ params['W'][:, 2 * H :] + r * (of_h + b)[:, 2 * H :])", "stands inside the reset"),
    "ended rows take n": (1, NEW, NEW.replace("new = ", "mask, z = mask | True, z * mask[:, None]\n    new = "), "take the new value n"),
    "reset on all": (1, N, "n = np.tanh(r * (of_x + of_h)[:, 2 * H :])", "multiplies the input's part"),
    "no reset": (1, N, "n = np.tanh((of_x + of_h)[:, 2 * H :])", "reset gate is missing"),
    "no past": (1, N, "n = np.tanh(of_x[:, 2 * H :])", "does not see the old state"),
    "order r z h": (1, NEW, "z, r = r, z\n    n = np.tanh(of_x[:, 2 * H :] + r * of_h[:, 2 * H :])\n    new = z * h + (1 - z) * n", "order r, z, h"),
    "second bias missing": (1, 'of_h = h @ params["U"] + c', 'of_h = h @ params["U"]', "second row of b"),
    "first bias missing": (1, 'of_x = x @ params["W"] + b', 'of_x = x @ params["W"]', "first row of b"),
    "biases exchanged": (1, 'b, c = params["b"]', 'c, b = params["b"]', "have changed places"),
    "n alone": (1, NEW, "new = n", "This is n"),
    "no 1 - z": (1, NEW, "new = z * h + n", "1 - z is missing"),
    "no old state": (1, NEW, "new = (1 - z) * n", "old state is missing"),
    "tanh gates": (1, NEW, "z, r = np.tanh((of_x + of_h)[:, :H]), np.tanh((of_x + of_h)[:, H : 2 * H])\n    n = np.tanh(of_x[:, 2 * H :] + r * of_h[:, 2 * H :])\n    new = z * h + (1 - z) * n", "They are sigmoids"),
    "sigmoid n": (1, N, N.replace("np.tanh(", "1 / (1 + np.exp(-(") + "))", "It is a tanh"),
    "no tanh": (1, N, N.replace("np.tanh", ""), "tanh around n"),
    "mask not used": (1, BACK, "return new", "mask is not used"),
    "mask turned": (1, BACK, "return np.where(mask[:, None], h, new)", "turned round"),
    "ended rows zero": (1, BACK, "return new * mask[:, None]", "set to 0"),
    "ended rows left out": (1, BACK, "return new[mask]", "left out"),
    "in place": (1, BACK, "h[mask] = new[mask]\n    return h", "changed its input"),
    "ones by three": (2, VALUES, ONES3, "number of ones, modulo 3"),
    "parity of the ones": (2, VALUES, PARITY, "parity of the ones, as in lesson 03"),
    "last bit": (2, VALUES, 'return {"W": [[1.0]], "U": [[0.0]], "b": [-0.5], "V": [[1.0]], "c": [0.0]}', "remainder by two"),
    "not doubled": (2, U2, "U = V @ np.ones((1, 5))", "number of ones, modulo 3"),
    "U transposed": (2, U2, "U = 2 * (V @ np.ones((1, 5))).T", "transposed"),
    "signs of b": (2, B5, "b = np.arange(5) + 0.5", "signs of b"),
    "on whole numbers": (2, B5, "b = -(np.arange(5) + 1.0)", "on whole numbers"),
    "one lower": (2, B5, "b = -np.arange(5) + 0.5", "halfway between"),
    "c": (2, "b, \"V\": V, \"c\": np.zeros(1)", "b, \"V\": V, \"c\": np.ones(1)", "shifted by c"),
    "sign of U": (2, U2, "U = -2 * V @ np.ones((1, 5))", "wrong sign"),
    "U counts the units": (2, U2, "U = 2 * np.ones((5, 5))", "does not hand on twice the remainder"),
    "one unit short": (2, NET5, 'return {"W": W[:, :4], "U": U[:4, :4], "b": b[:4], "V": V[:4], "c": np.zeros(1)}', "After the bits 101, the number 5, y_hat is 1"),
    "six units": (2, NET5, 'b = np.append(b, -9)\n    return {"W": np.ones((1, 6)), "U": np.pad(2 * V @ np.ones((1, 6)), ((0, 1), (0, 0))), "b": b, "V": np.pad(V, ((0, 1), (0, 0))), "c": np.zeros(1)}', "The budget is 5"),
    "b as a row": (2, B5, "b = -(np.arange(5) + 0.5)[None]", "b has shape (1, 5)"),
    "V flat": (2, NET5, NET5.replace('"V": V', '"V": V[:, 0]'), "V has shape (5,)"),
    "NaN": (2, NET5, NET5.replace('"V": V', '"V": V * np.nan'), "NaN or infinity"),
    "no U": (2, NET5, NET5.replace('"U": U, ', ""), "lacks 'U'"),
    "U a word": (2, NET5, NET5.replace('"U": U', '"U": "identity"'), "U is not an array of numbers"),
    "U None": (2, NET5, NET5.replace('"U": U', '"U": None'), "U is not an array of numbers"),
    "a tuple": (2, NET5, "return W, U, b, V, 0", "returns one tuple"),
    "b weighs as much": (3, ROW_B, "[40.0, 40.0, -40.0, 40.0]", "as much as a adds"),
    "b adds": (3, ROW_B, "[0.0, 40.0, 40.0, 40.0]", "b adds"),
    "b nothing": (3, ROW_B, "[-40.0, 40.0, -40.0, 40.0]", "b does nothing"),
    "edge forgets nothing": (3, EDGE, "[-40.0, 40.0, 0.0, 40.0]", "does not empty the cell"),
    "stop empties": (3, STOP, "[-40.0, -40.0, 0.0, 40.0]", "empties the cell as # does"),
    "stop is an a": (3, STOP, "[40.0, 40.0, 40.0, 40.0]", "counts as an a"),
    "stop is a b": (3, STOP, "[0.0, 40.0, -40.0, 40.0]", "counts as a b"),
    "sign turned": (3, "V = np.zeros((1, 4)), np.zeros(4), np.array([[1.3]])", "V = np.zeros((1, 4)), np.zeros(4), np.array([[-1.3]])", "sign is turned round"),
    "i f o g": (3, TABLE, SWAP, "Keras has i, f, g, o"),
    "f i g o": (3, TABLE, f"{TABLE}[:, [1, 0, 2, 3]]", "Keras has i, f, g, o"),
    "V too small": (3, "np.array([[1.3]])", "np.array([[1.0]])", "The cell is right, the answer is not"),
    "output gate shut": (3, "np.zeros(4), np.array([[1.3]])", "np.array([0, 0, 0, -90.0]), np.array([[1.3]])", "is the output gate open"),
    "input gate shut": (3, "np.zeros(4), np.array([[1.3]])", "np.array([-90.0, 0, 0, 0]), np.array([[1.3]])", "The cell does not move"),
    "gates in place of sums": (3, "U, bias, V = ", "W = np.array([[1, 1, 1, 1], [0.5, 1, -1, 1], [0, 1, 0, 1], [0, 0, 0, 1.0]])\n    U, bias, V = ", "do they hold the gates?"),
    "b adds tanh of minus a half": (3, ROW_B, "[40.0, 40.0, -0.5, 40.0]", "one b -0.4621"),
    "gates that leak": (3, "U, bias, V = ", "W = W / 8\n    U, bias, V = ", "The forget gate keeps 0.993"),
    "gates ten units, not forty": (3, "U, bias, V = ", "W = W / 5\n    U, bias, V = ", "The forget gate keeps 0.9996"),
    "two units": (3, NET1, 'return {"W": np.repeat(W, 2, axis=1), "U": np.zeros((2, 8)), "b": np.zeros(8), "V": np.full((2, 1), 0.7), "c": np.zeros(1)}', "The budget is 1"),
    "infinite gates": (3, "U, bias, V = ", "W = np.where(np.abs(W) > 1, np.sign(W) * np.inf, W)\n    U, bias, V = ", "NaN or infinity"),
    "rows for columns": (3, NET1, NET1.replace('"U": U', '"U": U.T'), "U has shape (4, 1). With H = 1"),
    "W without the edge": (3, NET1, NET1.replace('"W": W', '"W": W[:3]'), "W has shape (3, 4)"),
    "huge": (3, NET1, NET1.replace('"W": W', '"W": 1e9 * W'), "beyond a million"),
    "a number": (3, NET1, "return 1.3", "returns one float"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


# A mask is not tried where every row goes on, and one hidden check has it; leaks show late.
@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_the_hidden_point_too(fault):
    exercise, old, new, _ = WRONG[fault]
    assert not all(r.verdict.right for r in judge(exercise, changed(old, new), seed=99, hidden=True))


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'J'", "returns"),
        ("return None", "returns None"),
        ("return (1, 2, 3, 4)", "returns"),
        ("return np.full((3, 3), np.nan)", ""),
        ("return [[1], [2, 3]]", ""),
        ("return {'W': None}", ""),
        ("return {'W': 1, 'U': 2, 'b': 3, 'V': 4, 'c': 5}", ""),
        ("return {'W': [], 'U': [], 'b': [], 'V': [], 'c': []}", ""),
        ("return {'W': [[1], [2, 3]], 'U': [[1]], 'b': [1], 'V': [[1]], 'c': [0]}", ""),
        ("return {'W': np.zeros((4, 4)), 'U': np.zeros((1, 4)), 'b': np.zeros(4), 'V': np.zeros((1, 1)), 'c': [0]}", ""),
        ("return {'W': np.zeros((1, 5)), 'U': np.zeros((5, 5)), 'b': np.zeros(5), 'V': np.zeros((5, 1)), 'c': [0]}", ""),
        ("return np.zeros((5, 4))", ""),
        ("return args[1] if args else dict(W=1j, U=[[1j]], b=[0], V=[[0]], c=[0])", ""),
    ],
)  # fmt: skip
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab06.LAB.titles.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results) or (exercise == 1 and "args[1]" in body)
    assert words in found[0]
    assert not any("cannot read" in hint for hint in found)


def test_the_step_is_the_library_s():
    rng = np.random.default_rng(0)
    x, h, params, mask = lab06.example(rng, 6, 3, 4)
    hs, _ = gru.forward(x[:, None], params, h, mask[:, None])
    np.testing.assert_allclose(lab06.gru(x, h, params, mask), hs[:, 0], rtol=1e-10)


def test_the_counting_cell_is_the_library_s():
    answers = {"np": np}
    exec(COUNTER, answers)
    params = answers["counter_weights"]()
    text = lab06.random_text(np.random.default_rng(1), 5, 60)
    hs, _, _ = lstm.forward(np.eye(4)[text], params)
    np.testing.assert_allclose(lab06.lstm(text, params)[0], (hs @ params["V"])[..., 0], atol=1e-12)


def test_the_references_agree_with_python():
    bits = np.random.default_rng(2).integers(0, 2, (4, 90))
    for row, found in zip(bits, lab06.remainders(bits), strict=True):
        for t in range(90):
            assert found[t] == int("".join(map(str, row[: t + 1])), 2) % 3
    assert lab06.levels(lab06.letters(["aabb.bb", "ab#a..."])).tolist() == [
        [1, 2, 1.5, 1, 1, 0.5, 0],
        [1, 0.5, 0, 1, 1, 1, 1],
    ]


def test_the_page_s_examples_are_right():
    zero = {"W": np.zeros((1, 3)), "U": np.zeros((1, 3)), "b": np.array([[0, 0, 1.0], [0, 0, 0]])}
    x, h = np.zeros((2, 1)), np.full((2, 1), 0.5)
    np.testing.assert_allclose(lab06.gru(x, h, zero, np.array([True, False]))[:, 0], [0.631, 0.5], atol=5e-4)
    assert lab06.remainders(np.array([[1, 0, 1, 1, 0]])).tolist() == [[1, 2, 2, 2, 1]]

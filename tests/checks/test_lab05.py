"""Lab 05: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab05
from unrolled.nn import lstm

STEP = """
def lstm_step(x, h, c, real, params):
    z = x @ params["W"] + h @ params["U"] + params["b"]
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (z_i, z_f, z_o))
    new_c = f * c + i * np.tanh(z_g)
    new_h = o * np.tanh(new_c)
    row = real[:, None]
    return np.where(row, new_h, h), np.where(row, new_c, c)
"""
FORWARD = """
def lstm_forward(X, real, params):
    h = c = np.zeros((len(X), len(params["U"])))
    hs, cs = [], []
    for t in range(X.shape[1]):
        h, c = lstm_step(X[:, t], h, c, real[:, t], params)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)
"""
BACKWARD = """
def lstm_backward(dh, dc, x, h, c, real, params):
    z = x @ params["W"] + h @ params["U"] + params["b"]
    j_i, j_f, j_g, j_o = np.split(z, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-gate)) for gate in (j_i, j_f, j_o))
    g = np.tanh(j_g)
    after = f * c + i * g
    shown = np.tanh(after)
    cell = dc + dh * o * (1 - shown**2)
    dz_i, dz_f = cell * g * i * (1 - i), cell * c * f * (1 - f)
    dz_g, dz_o = cell * i * (1 - g**2), dh * shown * o * (1 - o)
    real = real[:, None]
    dz = real * np.concatenate((dz_i, dz_f, dz_g, dz_o), axis=1)
    dh_before = dz @ params["U"].T + ~real * dh
    dc_before = np.where(real, cell * f, dc)
    grads = {"W": x.T @ dz, "U": h.T @ dz, "b": dz.sum(axis=0)}
    return dz @ params["W"].T, dh_before, dc_before, grads
"""
REGISTERS = """
def register_weights(H):
    one, none = np.eye(H), np.zeros((H, H))
    value = np.concatenate([np.zeros(2 * H), np.full(H, 10.0), np.zeros(H)])
    write = np.concatenate([20 * one, -20 * one, none, none], axis=1)
    read = np.concatenate([none, none, none, 20 * one], axis=1)
    b = np.repeat([-10.0, 10.0, 0.0, -10.0], H)
    return {"W": np.vstack([value, write, read]), "U": np.zeros((H, 4 * H)), "b": b}
"""
RIGHT = STEP + FORWARD + BACKWARD + REGISTERS
# Wrong answers may overflow.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EXERCISES = (1, 2, 3, 4)
judge = partial(lab_answers.judge, lab05.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab05.LAB.points(n) for n in EXERCISES] == [3, 2, 3, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "sigmoid by tanh, gates one by one": changed(
        STEP,
        """
def lstm_step(x, h, c, real, params):
    H = h.shape[1]
    s = lambda z: 0.5 * (1 + np.tanh(z / 2))
    part = lambda k: x @ params["W"][:, k * H:(k + 1) * H] + h @ params["U"][:, k * H:(k + 1) * H] + params["b"][k * H:(k + 1) * H]
    new_c = s(part(1)) * c + s(part(0)) * np.tanh(part(2))
    new_h = s(part(3)) * np.tanh(new_c)
    m = np.asarray(real, float)[:, None]
    return m * new_h + (1 - m) * h, m * new_c + (1 - m) * c
""",
    ),
    "rows set by the mask, a list returned": changed(
        "    return np.where(row, new_h, h), np.where(row, new_c, c)\n\ndef lstm_forward",
        "    new_h[~real], new_c[~real] = h[~real], c[~real]\n    return [new_h, new_c]\n\ndef lstm_forward",
    ),
    "float32": changed("    new_h = o * np.tanh(new_c)\n", "    new_c = np.float32(new_c)\n    new_h = np.float32(o) * np.tanh(new_c)\n"),
    "arrays filled": changed(
        FORWARD,
        """
def lstm_forward(X, real, params):
    B, T, _ = X.shape
    hs, cs = np.zeros((2, B, T + 1, len(params["U"])))
    for t in range(T):
        hs[:, t + 1], cs[:, t + 1] = lstm_step(X[:, t], hs[:, t], cs[:, t], real[:, t], params)
    return hs[:, 1:], cs[:, 1:]
""",
    ),
    "gradients of masked rows set to zero first": changed(
        "    dz = real * np.concatenate((dz_i, dz_f, dz_g, dz_o), axis=1)\n    dh_before = dz @ params[\"U\"].T + ~real * dh\n",
        "    dz = np.hstack([dz_i, dz_f, dz_g, dz_o])\n    dz[~real[:, 0]] = 0\n    dh_before = np.where(real, dz @ params[\"U\"].T, dh)\n",
    ),
    "other sizes of weights": changed("b = np.repeat([-10.0, 10.0, 0.0, -10.0], H)", "b = np.repeat([-12.0, 11.0, 0.0, -6.0], H)"),
    "lists": changed('"b": b}', '"b": b.tolist()}'),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in EXERCISES] == [[], [], [], []]


SPLIT = "    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)\n"
NEW_C = "new_c = f * c + i * np.tanh(z_g)"
NEW_H = "new_h = o * np.tanh(new_c)"
KEPT = "return np.where(row, new_h, h), np.where(row, new_c, c)"
Z = STEP.split("\n")[2]
LOOP = "        h, c = lstm_step(X[:, t], h, c, real[:, t], params)\n"
STATES = "return np.stack(hs, axis=1), np.stack(cs, axis=1)"
CELL = "cell = dc + dh * o * (1 - shown**2)"
DZ_IF = "dz_i, dz_f = cell * g * i * (1 - i), cell * c * f * (1 - f)"
DZ_GO = "dz_g, dz_o = cell * i * (1 - g**2), dh * shown * o * (1 - o)"
DZ = "dz = real * np.concatenate((dz_i, dz_f, dz_g, dz_o), axis=1)"
DH = 'dh_before = dz @ params["U"].T + ~real * dh'
DC = "dc_before = np.where(real, cell * f, dc)"
GRADS = 'grads = {"W": x.T @ dz, "U": h.T @ dz, "b": dz.sum(axis=0)}'
BACK = 'return dz @ params["W"].T, dh_before, dc_before, grads'
WRITE = "write = np.concatenate([20 * one, -20 * one, none, none], axis=1)"
READ = "read = np.concatenate([none, none, none, 20 * one], axis=1)"
BIAS = "b = np.repeat([-10.0, 10.0, 0.0, -10.0], H)"
VALUE = "value = np.concatenate([np.zeros(2 * H), np.full(H, 10.0), np.zeros(H)])"
RETURN = 'return {"W": np.vstack([value, write, read]), "U": np.zeros((H, 4 * H)), "b": b}'


def first(old, new):
    """Replace in the step alone; the way back has lines that read the same."""
    assert STEP.count(old) == 1
    return (STEP, STEP.replace(old, new))


# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "i, f, o, g": (1, *first(SPLIT, SPLIT.replace("z_g, z_o", "z_o, z_g")), "read in the order i, f, o, g"),
    "f, i, g, o": (1, *first(SPLIT, SPLIT.replace("z_i, z_f", "z_f, z_i")), "read in the order f, i, g, o"),
    "o, i, f, g": (1, *first(SPLIT, "    z_o, z_i, z_f, z_g = np.split(z, 4, axis=1)\n"), "read in the order o, i, f, g"),
    "candidate by a sigmoid": (1, NEW_C, "new_c = f * c + i / (1 + np.exp(-z_g))", "goes through a sigmoid"),
    "output gate by tanh": (1, NEW_H, "new_h = np.tanh(z_o) * np.tanh(new_c)", "goes through tanh"),
    "no tanh": (1, NEW_H, "new_h = o * new_c", "lacks a tanh"),
    "old cell shown": (1, NEW_H, "new_h = o * np.tanh(c)", "from the old cell"),
    "no output gate": (1, NEW_H, "new_h = np.tanh(new_c)", "output gate is missing"),
    "no input gate": (1, NEW_C, "new_c = f * c + np.tanh(z_g)", "input gate is missing"),
    "no forget gate": (1, NEW_C, "new_c = c + i * np.tanh(z_g)", "forget gate is missing"),
    "i and f exchanged": (1, NEW_C, "new_c = i * c + f * np.tanh(z_g)", "order f, i, g, o"),
    "coupled": (1, NEW_C, "new_c = (1 - i) * c + i * np.tanh(z_g)", "weighted by 1 - i"),
    "h for c": (1, NEW_C, "new_c = f * h + i * np.tanh(z_g)", "where the old cell c belongs"),
    "cell through tanh": (1, NEW_C, "new_c = np.tanh(f * c + i * np.tanh(z_g))", ""),
    "no bias": (1, *first(' + params["b"]', ""), "bias is missing"),
    "no state": (1, *first(' + h @ params["U"]', ""), "old state is missing"),
    "no input": (1, *first('x @ params["W"] + ', ""), "input is missing"),
    "h and c exchanged": (1, KEPT, "return np.where(row, new_c, c), np.where(row, new_h, h)", "have changed places"),
    "no mask": (1, KEPT, "return new_h, new_c", "have moved"),
    "padding zero": (1, KEPT, "return row * new_h, row * new_c", "became zero"),
    "mask upside down": (1, KEPT, "return np.where(row, h, new_h), np.where(row, c, new_c)", "upside down"),
    "c moved": (1, KEPT, "return np.where(row, new_h, h), new_c", "but c moved"),
    "h moved": (1, KEPT, "return new_h, np.where(row, new_c, c)", "but h moved"),
    "h zero": (1, KEPT, "return row * new_h, np.where(row, new_c, c)", "but h became zero"),
    "real rows alone": (1, KEPT, "return new_h[real], new_c[real]", "Only the real rows"),
    "h alone": (1, KEPT, "return np.where(row, new_h, h)", "Return 2 things"),
    "nothing handed on": (2, LOOP, "        h, c = lstm_step(X[:, t], 0 * h, 0 * c, real[:, t], params)\n", "Each step starts from zeros"),
    "cell not handed on": (2, LOOP, "        h, c = lstm_step(X[:, t], h, 0 * c, real[:, t], params)\n", "The cell starts from zeros"),
    "state not handed on": (2, LOOP, "        h, c = lstm_step(X[:, t], 0 * h, c, real[:, t], params)\n", "h starts from zeros"),
    "all real": (2, LOOP, "        h, c = lstm_step(X[:, t], h, c, real[:, t] | True, params)\n", "Padding moves"),
    "zeros at padding": (2, STATES, "return np.stack(hs, axis=1) * real[:, :, None], np.stack(cs, axis=1) * real[:, :, None]", "at padding became zero"),
    "backwards": (2, "for t in range(X.shape[1]):", "for t in range(X.shape[1] - 1, -1, -1):", "from the last to the first"),
    "reversed": (2, STATES, "return np.stack(hs[::-1], axis=1), np.stack(cs[::-1], axis=1)", "stand in reverse"),
    "time first": (2, STATES, "return np.stack(hs), np.stack(cs)", "Time comes first"),
    "last alone": (2, STATES, "return h, c", "Only the last states"),
    "last cell": (2, STATES, "return np.stack(hs, axis=1), c", "Of the cell only the last"),
    "hs and cs exchanged": (2, STATES, "return np.stack(cs, axis=1), np.stack(hs, axis=1)", "have changed places"),
    "one array filled again and again": (2, FORWARD, FORWARD.replace("h = c = np", "h, c = np").replace("zeros((len", "zeros((2, len").replace("h, c = lstm_step", "h[:], c[:] = lstm_step"), "Every step holds the last"),
    "hs alone": (2, STATES, "return np.stack(hs, axis=1)", "Return 2 things"),
    "one late": (2, FORWARD, FORWARD.replace(LOOP, "").replace("cs.append(c)\n", "cs.append(c)\n" + LOOP), "one step late"),
    "back, no mask": (3, "    real = real[:, None]\n", "    real = real[:, None] | True\n", "went back through the gates"),
    "back, nothing handed on": (3, f"{DH}\n    {DC}", 'dh_before = dz @ params["U"].T\n    dc_before = real * cell * f', "hand nothing on"),
    "back, padding in the weights": (3, f"{DZ}\n    {DH}", f"{DZ.replace('real * ', '')}\n    dh_before = np.where(real, dz @ params[\"U\"].T, dh)", "have added to the gradients"),
    "dc alone": (3, CELL, "cell = dc", "through h is missing"),
    "dh alone": (3, CELL, "cell = dh * o * (1 - shown**2)", "dc is missing"),
    "dc through o and tanh": (3, CELL, "cell = (dc + dh) * o * (1 - shown**2)", "It arrives at c_t itself"),
    "dh not handed on": (3, DH, 'dh_before = dz @ params["U"].T', "dh_before is 0 at rows"),
    "dc not handed on": (3, DC, "dc_before = real * cell * f", "dc_before is 0 at rows"),
    "dc through the gates of padding": (3, DC, "dc_before = cell * f", "dc_before went through the gates"),
    "no slope at the cell": (3, CELL, "cell = dc + dh * o", "slope of tanh(c_t) is missing"),
    "no o": (3, CELL, "cell = dc + dh * (1 - shown**2)", "output gate is missing"),
    "cell before": (3, "    after = f * c + i * g\n", "    after = c\n", "cell before the step"),
    "i by c": (3, DZ_IF, "dz_i, dz_f = cell * c * i * (1 - i), cell * c * f * (1 - f)", "input gate multiplies g"),
    "f by the new cell": (3, DZ_IF, "dz_i, dz_f = cell * g * i * (1 - i), cell * after * f * (1 - f)", "dz_f holds the new cell"),
    "g by a sigmoid": (3, DZ_GO, DZ_GO.replace("(1 - g**2)", "g * (1 - g)"), "1 - g^2"),
    "no slope of g": (3, DZ_GO, DZ_GO.replace(" * (1 - g**2)", ""), "candidate's tanh is missing"),
    "o without tanh": (3, DZ_GO, DZ_GO.replace("dh * shown", "dh * after"), "dz_o holds the cell"),
    "dc for o": (3, DZ_GO, DZ_GO.replace("dh * shown", "cell * shown"), "gets dc"),
    "no slopes": (3, f"{DZ_IF}\n    {DZ_GO}", "dz_i, dz_f = cell * g, cell * c\n    dz_g, dz_o = cell * i * (1 - g**2), dh * shown", "s * (1 - s)"),
    "columns of dz": (3, "(dz_i, dz_f, dz_g, dz_o)", "(dz_i, dz_f, dz_o, dz_g)", "stand in the order i, f, o, g"),
    "no f": (3, DC, "dc_before = np.where(real, cell, dc)", "lacks the forget gate"),
    "f on dc alone": (3, DC, "dc_before = np.where(real, dc * f, dc)", "forgets what reached the cell"),
    "means": (3, GRADS, 'n = len(x)\n    grads = {"W": x.T @ dz / n, "U": h.T @ dz / n, "b": dz.mean(axis=0)}', "means over the batch"),
    "bias not summed": (3, GRADS, GRADS.replace("dz.sum(axis=0)", "dz"), "row for each of the batch"),
    "new state for U": (3, GRADS, GRADS.replace("h.T", "np.where(real, o * shown, h).T"), "with the new state"),
    "dh and dc exchanged": (3, BACK, BACK.replace("dh_before, dc_before", "dc_before, dh_before"), "have changed places"),
    "three things": (3, BACK, BACK.replace(", grads", ""), "Return four things"),
    "a missing gradient": (3, GRADS, 'grads = {"W": x.T @ dz, "b": dz.sum(axis=0)}', "grads lacks 'U'"),
    "in place": (3, CELL, f"dc += 0.1\n    {CELL}", "changed its input"),
    "forget bias 1": (4, BIAS, BIAS.replace("10.0, 0.0", "1.0, 0.0"), "Raise the bias of the forget gate"),
    "forget bias 5": (4, BIAS, BIAS.replace("10.0, 0.0", "5.0, 0.0"), "Raise the bias of the forget gate"),
    "input gate ajar": (4, BIAS, BIAS.replace("[-10.0, 10", "[-6.0, 10"), "still lets"),
    "input gate shut": (4, WRITE, WRITE.replace("20 * one, -20", "9 * one, -20"), "It must open"),
    "nothing forgotten": (4, WRITE, WRITE.replace("-20 * one", "none"), "of the old bit"),
    "half forgotten": (4, WRITE, WRITE.replace("-20 * one", "-11 * one"), "of the old bit"),
    "all written": (4, WRITE, WRITE.replace("20 * one, -20 * one", "20 * (one + (1 - one)), -20 * (one + (1 - one))"), "other registers too"),
    "weak candidate": (4, VALUE, VALUE.replace("10.0", "1.0"), "large weight"),
    "biased candidate": (4, BIAS, BIAS.replace("0.0, -10.0]", "9.0, -10.0]"), "the candidate no bias"),
    "reading erases": (4, READ, "read = np.concatenate([none, -20 * one, none, 20 * one], axis=1)", "Reading must not"),
    "always shown": (4, BIAS, BIAS.replace("0.0, -10.0]", "0.0, 10.0]"), "open without a read flag"),
    "hardly shown": (4, READ, READ.replace("20", "11"), "It must open"),
    "all read": (4, READ, READ.replace("20 * one", "20 * (one + (1 - one))"), "opens other registers"),
    "feedback": (4, RETURN, RETURN.replace("np.zeros((H, 4 * H))", "np.full((H, 4 * H), 8.0)"), "comes back through U"),
    "other columns": (4, f"{VALUE}\n    {WRITE}\n    {READ}\n    {BIAS}", "value = np.concatenate([np.zeros(3 * H), np.full(H, 10.0)])\n    write = np.concatenate([20 * one, -20 * one, none, none], axis=1)\n    read = np.concatenate([none, none, 20 * one, none], axis=1)\n    b = np.repeat([-10.0, 10.0, -10.0, 0.0], H)", "in the order i, f, o, g"),
    "read before write": (4, RETURN, RETURN.replace("write, read", "read, write"), "rows of the flags"),
    "too large": (4, BIAS, BIAS.replace("10.0, 0.0", "40.0, 0.0"), "no number may be above 20"),
    "one register always": (4, "    one, none = np.eye(H)", "    H = 1\n    one, none = np.eye(H)", "has shape"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_checks_too(fault):
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
        ("return 'h'", ""),
        ("return None", "returns None"),
        ("return (1, 2, 3)", ""),
        ("return (1, 2, 3, 4)", ""),
        ("return np.full((3, 3), np.nan)", ""),
        ("return [[1], [2, 3]]", ""),
        ("return {'W': None, 'U': 'x', 'b': [1, [2]]}", ""),
        ("return (None, 'x', [1, [2]], {'W': None, 'U': 'x', 'b': 0})", ""),
        ("return np.zeros((2, 3)), np.zeros((2, 3))", ""),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab05.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    assert words in found[0]


def padded(seed, B=5, T=7, D=3, H=4):
    rng = np.random.default_rng(seed)
    X, real, params = lab05._padded(rng, B, T, D, H)
    return rng, X, real, params


def test_the_library_has_the_same_states():
    _, X, real, params = padded(0)
    hs, (h, c), _ = lstm.forward(X, params, mask=real)
    ours = lab05.forward(X, real, params)
    np.testing.assert_allclose(ours["hs"], hs, atol=1e-12)
    np.testing.assert_allclose(ours["cs"][:, -1], c, atol=1e-12)


def test_the_library_has_the_same_gradients():
    rng, X, real, params = padded(1)
    hs, _, cache = lstm.forward(X, params, mask=real)
    dhs = rng.normal(size=hs.shape)
    dX, _, grads = lstm.backward(dhs, cache)
    states = lab05.forward(X, real, params)
    zero = np.zeros_like(hs[:, 0])
    dh, dc, found = zero, zero, dict.fromkeys("WUb", 0.0)
    for t in range(X.shape[1] - 1, -1, -1):
        h, c = (states["hs"][:, t - 1], states["cs"][:, t - 1]) if t else (zero, zero)
        back = lab05.backward(dh + dhs[:, t], dc, X[:, t], h, c, real[:, t], params)
        dh, dc = back["dh_before"], back["dc_before"]
        np.testing.assert_allclose(back["dx"], dX[:, t], atol=1e-10)
        found = {name: found[name] + back[f"grads['{name}']"] for name in found}
    for name, grad in found.items():
        np.testing.assert_allclose(grad, grads[name], atol=1e-10)


def test_keras_gives_the_same_states():
    keras = pytest.importorskip("keras")
    _, X, real, params = padded(2)
    layer = keras.layers.LSTM(4, return_sequences=True)
    layer.build(X.shape)
    layer.set_weights([params[name] for name in "WUb"])
    theirs = np.asarray(layer(X.astype(np.float32), mask=real))
    np.testing.assert_allclose(lab05.forward(X, real, params)["hs"], theirs, atol=1e-5)


def test_the_page_s_examples_are_right():
    params = {"W": np.array([[0.0, 0, 1, 0]]), "U": np.zeros((1, 4)), "b": np.zeros(4)}
    x, h, c = np.array([[1.0]]), np.array([[0.0]]), np.array([[2.0]])
    for real, after, before in ((True, (1.381, 0.441), (0.056, 0)), (False, (2, 0), (0, 1))):
        found = lab05.step(x, h, c, np.array([real]), params)
        np.testing.assert_allclose([found["c"][0, 0], found["h"][0, 0]], after, atol=6e-4)
        back = lab05.backward(np.ones((1, 1)), np.zeros((1, 1)), x, h, c, np.array([real]), params)
        np.testing.assert_allclose([back["dc_before"][0, 0], back["dh_before"][0, 0]], before, atol=6e-4)


@pytest.mark.parametrize("size", [9.5, 10.0])
@pytest.mark.parametrize("seed", range(10))
def test_registers_hold_with_some_room(size, seed):
    X, bits = lab05.traffic(np.random.default_rng(seed), 4)
    assert lab05._holds(lab05.registers(4, size), X, bits)

"""Lab 02: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

import numpy as np
import pytest

from unrolled.checks import lab02

STEP = "def rnn_step(x, h, params):\n    return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])\n"
FORWARD = """
def rnn_forward(X, params, h0=None):
    h = np.zeros((X.shape[0], len(params['b']))) if h0 is None else h0
    states = []
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, params)
        states.append(h)
    return np.stack(states, axis=1)
"""
CHUNKS = """
def forward_in_chunks(X, params, length):
    h, parts = None, []
    for start in range(0, X.shape[1], length):
        part = rnn_forward(X[:, start:start + length], params, h)
        parts.append(part)
        h = part[:, -1]
    return np.concatenate(parts, axis=1)
"""
FORECAST = "def forecast(X, params, head):\n    return rnn_forward(X, params)[:, -1] @ head['V'] + head['c']\n"
RIGHT = STEP + FORWARD + CHUNKS + FORECAST


def judge(exercise, code, **kwargs):
    answers = {"np": np}
    exec(code, answers)
    return lab02.LAB.judge(exercise, answers, **kwargs)


def hints(results):
    return [result.verdict.hint for result in results if not result.verdict.right]


def changed(old, new):
    assert old in RIGHT
    return RIGHT.replace(old, new)


def test_points_add_up_to_ten():
    assert [lab02.LAB.points(n) for n in (1, 2, 3, 4)] == [3, 3, 2, 2]


@pytest.mark.parametrize("exercise", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "einsum": changed("x @ params['W'] + h @ params['U']", "np.einsum('bd,dh->bh', x, params['W']) + np.einsum('bk,kh->bh', h, params['U'])"),
    "one product over stacked weights": changed(
        "np.tanh(x @ params['W'] + h @ params['U'] + params['b'])",
        "np.tanh(np.hstack([x, h, np.ones((len(x), 1))]) @ np.vstack([params['W'], params['U'], params['b'][None]]))",
    ),
    "loops": changed(
        "    return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])",
        "    out = np.empty(h.shape)\n"
        "    for i in range(h.shape[0]):\n"
        "        for j in range(h.shape[1]):\n"
        "            z = params['b'][j]\n"
        "            for d in range(x.shape[1]): z += x[i, d] * params['W'][d, j]\n"
        "            for k in range(h.shape[1]): z += h[i, k] * params['U'][k, j]\n"
        "            out[i, j] = np.tanh(z)\n"
        "    return out",
    ),
    "float32": changed(
        "return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])",
        "f = np.float32\n    return np.tanh(f(x) @ f(params['W']) + f(h) @ f(params['U']) + f(params['b']))",
    ),
    "all inputs projected at once, states written into one array": changed(
        FORWARD,
        """
def rnn_forward(X, params, h0=None):
    Z = X @ params['W'] + params['b']
    H = np.empty(Z.shape)
    h = 0 if h0 is None else h0
    h = np.broadcast_to(h, Z[:, 0].shape)
    for t in range(Z.shape[1]):
        H[:, t] = np.tanh(Z[:, t] + h @ params['U'])
        h = H[:, t]
    return H
""",
    ),
    "a result that is not contiguous": changed("np.stack(states, axis=1)", "np.asfortranarray(np.stack(states, axis=1))"),
    "time first, then swapped": changed("np.stack(states, axis=1)", "np.array(states).transpose(1, 0, 2)"),
    "written with exp": changed("np.tanh(x @ params['W'] + h @ params['U'] + params['b'])",
                                "(lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)))(x @ params['W'] + h @ params['U'] + params['b'])"),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in (1, 2, 3, 4)] == [[], [], [], []]


# exercise, what is replaced, by what, words of the hint that names the fault
WRONG = {
    "no tanh": (1, "np.tanh(x @ params['W'] + h @ params['U'] + params['b'])", "x @ params['W'] + h @ params['U'] + params['b']", "activation is missing"),
    "sigmoid": (1, "np.tanh(x @ params['W'] + h @ params['U'] + params['b'])", "1 / (1 + np.exp(-(x @ params['W'] + h @ params['U'] + params['b'])))", "sigmoid"),
    "ReLU": (1, "np.tanh(x @ params['W'] + h @ params['U'] + params['b'])", "np.maximum(x @ params['W'] + h @ params['U'] + params['b'], 0)", "ReLU"),
    "no input": (1, "x @ params['W'] + ", "", "x @ W is missing"),
    "no state": (1, " + h @ params['U']", "", "h @ U is missing"),
    "no bias": (1, " + params['b']", "", "bias is missing"),
    "bias twice": (1, "+ params['b'])", "+ 2 * params['b'])", "bias is added twice"),
    "bias outside": (1, " + params['b'])", ") + params['b']", "bias stands outside"),
    "U transposed": (1, "h @ params['U']", "h @ params['U'].T", "U is transposed"),
    "two tanh": (1, "x @ params['W'] + h @ params['U'] + params['b']", "x @ params['W']) + np.tanh(h @ params['U'] + params['b']", "Two tanh"),
    "state kept beside": (1, "return np.tanh(", "return h + np.tanh(", "added to the new one"),
    "terms multiplied": (1, "x @ params['W'] + h @ params['U']", "(x @ params['W']) * (h @ params['U'])", "multiplied"),
    "prints instead of returning": (1, "return np.tanh(x", "_ = np.tanh(x", "returns None"),
    "state written into h": (1, "return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])", "h[:] = np.tanh(x @ params['W'] + h @ params['U'] + params['b'])\n    return h", "changed its input"),
    "returns inside the loop": (2, "    return np.stack(states, axis=1)", "        return np.stack(states, axis=1)", "inside the loop"),
    "starts at the second step": (2, "in range(X.shape[1]):\n        h = rnn", "in range(1, X.shape[1]):\n        h = rnn", "first step is never read"),
    "chunks joined along the batch": (3, "np.concatenate(parts, axis=1)", "np.concatenate(parts)", "joined along the batch"),
    "last sequence read": (4, "rnn_forward(X, params)[:, -1]", "rnn_forward(X, params)[-1]", "last sequence of the batch"),
    "W and x swapped": (1, "x @ params['W']", "params['W'] @ x", "an array (4, 3); an array (4, 5); a dictionary W (3, 5), U (5, 5), b (5,)"),
    "state not carried": (2, "h = rnn_step(X[:, t], h, params)\n        states.append(h)", "states.append(rnn_step(X[:, t], h, params))", "not carried on"),
    "h0 ignored": (2, "if h0 is None else h0", "", "h0 is ignored"),
    "starts at ones": (2, "np.zeros((X", "np.ones((X", "starts at ones"),
    "time first": (2, "np.stack(states, axis=1)", "np.stack(states)", "axes are (T, B, H)"),
    "backwards": (2, "in range(X.shape[1]):\n        h = rnn", "in reversed(range(X.shape[1])):\n        h = rnn", "backwards"),
    "one step late": (2, "h = rnn_step(X[:, t], h, params)\n        states.append(h)", "states.append(h)\n        h = rnn_step(X[:, t], h, params)", "one step late"),
    "only the last": (2, "return np.stack(states, axis=1)", "return states[-1]", "Only the last state"),
    "same array appended": (2, "states.append(h)", "states = [h] * (t + 1)", "last state"),
    "h0 among the states": (2, "states = []", "states = [h]", "T + 1 steps"),
    "sees the future": (2, "h = rnn_step(X[:, t], h", "h = rnn_step(X.mean(axis=1), h", "wrong numbers"),
    "chunks start from zero": (3, "params, h)\n        parts", "params)\n        parts", "starts from zeros"),
    "first state carried": (3, "h = part[:, -1]", "h = part[:, 0]", "first state of a chunk"),
    "last chunk dropped": (3, "range(0, X.shape[1], length)", "range(0, X.shape[1] // length * length, length)", "shorter chunk is lost"),
    "states averaged": (4, "rnn_forward(X, params)[:, -1]", "rnn_forward(X, params).mean(axis=1)", "averaged"),
    "first state read": (4, "rnn_forward(X, params)[:, -1]", "rnn_forward(X, params)[:, 0]", "first state"),
    "every step": (4, "rnn_forward(X, params)[:, -1]", "rnn_forward(X, params)", "for every step"),
    "forecast transposed": (4, "return rnn_forward(X, params)[:, -1] @ head['V'] + head['c']", "return head['V'].T @ rnn_forward(X, params)[:, -1].T + head['c']", "y_hat is transposed"),
    "no c": (4, " + head['c']", "", "bias c is missing"),
    "tanh on the output": (4, "return rnn_forward(X, params)[:, -1] @ head['V'] + head['c']", "return np.tanh(rnn_forward(X, params)[:, -1] @ head['V'] + head['c'])", "head is linear"),
    "last axis lost": (4, "return rnn_forward(X, params)[:, -1] @ head['V'] + head['c']", "return (rnn_forward(X, params)[:, -1] @ head['V'] + head['c']).ravel()", "last axis is lost"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    code = changed(old, new)
    found = hints(judge(exercise, code))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_hidden_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    code = changed(old, new)
    results = judge(exercise, code, seed=99)
    assert sum(r.points for r in results if r.verdict.right) < lab02.LAB.points(exercise)


@pytest.mark.parametrize("exercise", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'tanh'", "not numbers"),
        ("return None", "returns None"),
        ("return (1, 2)", "2 things"),
        ("return np.full((3, 3), np.nan)", "shape"),
        ("return [[1], [2, 3]]", "not numbers"),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    names = lab02.LAB.titles.values()
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in names)
    found = hints(judge(exercise, code))
    assert len(found) == len(judge(exercise, code))
    assert words in found[0]


def test_an_unwritten_function_that_another_calls_is_named():
    code = RIGHT.replace(FORWARD, "def rnn_forward(*args):\n    raise NotImplementedError\n")
    assert hints(judge(4, code))[0] == "forecast calls rnn_forward, which is still to be written."


def test_an_answer_that_prints_a_lot_is_right_and_does_not_flood(capsys):
    code = changed("        h = rnn_step", "        print('x' * 5000)\n        h = rnn_step")
    assert hints(judge(2, code, hidden=False)) == []
    shown = capsys.readouterr().out
    assert 1000 < len(shown) < 5 * 1200
    assert "the first 1000 are shown" in shown


def test_an_answer_that_ends_python_is_told_so():
    assert "take exit()" in hints(judge(1, "import sys\ndef rnn_step(x, h, params):\n    sys.exit()"))[0]


def test_a_helper_outside_the_answer_is_explained():
    assert "defined or imported there" in hints(judge(1, "def rnn_step(x, h, params):\n    return affine(x)"))[0]


def test_an_undefined_function_is_named():
    assert "rnn_step is not defined" in hints(judge(1, "pass"))[0]


def test_a_learners_error_names_its_line():
    code = "def rnn_step(x, h, params):\n    z = x @ params['W']\n    return z + params['wrong']\n"
    assert "KeyError: 'wrong'" in hints(judge(1, code))[0]


def test_keras_gives_the_same_states():
    """The lab's equation is Keras' SimpleRNN: same weights, same states."""
    keras = pytest.importorskip("keras")
    X, _, params = lab02.example(np.random.default_rng(3), B=4, T=7, D=3, H=5)
    layer = keras.layers.SimpleRNN(5, return_sequences=True)
    layer.build(X.shape)
    layer.set_weights([params["W"], params["U"], params["b"]])
    np.testing.assert_allclose(np.asarray(layer(X.astype("float32"))), lab02.forward(X, params), atol=1e-5)

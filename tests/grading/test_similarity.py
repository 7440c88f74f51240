"""What two answers have in common: copies are found, honest answers are left alone, and nobody is judged."""

import time

import nbformat
import pytest

from graded_class import HOSTILE
from page_rules import read
from unrolled.grading.fingerprints import RUN, runs, tokens
from unrolled.grading.similarity import ALIKE, MANY, SHARED, SHOWN, Pair, pairs, write_similarity

# fmt: off
STEP = {
    "ada": "def rnn_step(x, h, params):\n    return np.tanh(x @ params['W'] + h @ params['U'] + params['b'])\n",
    "bo": "def rnn_step(x, h, params):\n    z = x @ params['W']\n    z = z + h @ params['U'] + params['b']\n    return np.tanh(z)\n",
    "cy": "def rnn_step(x, h, params):\n    W, U, b = params['W'], params['U'], params['b']\n    return np.tanh(x @ W + h @ U + b)\n",
    "di": "def rnn_step(x, h, params):\n    a = np.dot(x, params['W'])\n"
          "    c = np.dot(h, params['U'])\n    return np.tanh(a + c + params['b'])\n",
    "eve": "def rnn_step(x, h, params):\n    return np.tanh(params['b'] + np.matmul(h, params['U']) + np.matmul(x, params['W']))\n",
}
FORWARD = {
    "ada": """def rnn_forward(X, params, h0=None):
    h = np.zeros((X.shape[0], params["b"].shape[0])) if h0 is None else h0
    states = []
    for t in range(X.shape[1]):
        h = rnn_step(X[:, t], h, params)
        states.append(h)
    return np.stack(states, axis=1)
""",
    "bo": """def rnn_forward(X, params, h0=None):
    B, T, D = X.shape
    H = len(params["b"])
    if h0 is None:
        h0 = np.zeros((B, H))
    hs = np.empty((B, T, H))
    prev = h0
    for t in range(T):
        prev = rnn_step(X[:, t, :], prev, params)
        hs[:, t, :] = prev
    return hs
""",
    "cy": """def rnn_forward(X, params, h0=None):
    Z = X @ params["W"] + params["b"]
    H = np.zeros_like(Z)
    h = np.zeros(Z[:, 0].shape) if h0 is None else h0
    for t in range(Z.shape[1]):
        # the input was projected before
        H[:, t] = np.tanh(Z[:, t] + h @ params["U"])
        h = H[:, t]
    return H
""",
    "di": """def rnn_forward(X, params, h0=None):
    from itertools import accumulate
    if h0 is None:
        h0 = np.zeros((X.shape[0], params["U"].shape[0]))
    steps = X.transpose(1, 0, 2)
    states = list(accumulate(steps, lambda h, x: rnn_step(x, h, params), initial=h0))
    return np.array(states[1:]).transpose(1, 0, 2)
""",
    "eve": """def rnn_forward(X, params, h0=None):
    n_units = params["W"].shape[1]
    # where to begin
    state = h0
    if state is None:
        state = np.zeros((len(X), n_units))
    # one step after another
    out = []
    time = 0
    while time < X.shape[1]:
        state = rnn_step(X[:, time], state, params)
        out.append(state[:, None, :])
        time += 1
    return np.concatenate(out, axis=1)
""",
}
CHUNKS = {
    "ada": """def forward_in_chunks(X, params, length):
    h, parts = None, []
    for start in range(0, X.shape[1], length):
        part = rnn_forward(X[:, start : start + length], params, h)
        parts.append(part)
        h = part[:, -1]
    return np.concatenate(parts, axis=1)
""",
    "bo": """def forward_in_chunks(X, params, length):
    B, T, _ = X.shape
    out = np.zeros((B, T, len(params["b"])))
    h = np.zeros((B, len(params["b"])))
    i = 0
    while i < T:
        end = min(i + length, T)
        out[:, i:end] = rnn_forward(X[:, i:end], params, h0=h)
        h = out[:, end - 1]
        i = end
    return out
""",
    "cy": """def forward_in_chunks(X, params, length):
    cuts = np.arange(length, X.shape[1], length)
    chunks = np.split(X, cuts, axis=1)
    done = [rnn_forward(chunks[0], params)]
    for chunk in chunks[1:]:
        done.append(rnn_forward(chunk, params, done[-1][:, -1, :]))
    return np.hstack(done)
""",
    "di": """def forward_in_chunks(X, params, length):
    if X.shape[1] <= length:
        return rnn_forward(X, params)
    def rest(X, h):
        if X.shape[1] == 0:
            return []
        first = rnn_forward(X[:, :length], params, h)
        return [first] + rest(X[:, length:], first[:, -1])
    return np.concatenate(rest(X, None), 1)
""",
    "eve": """def forward_in_chunks(X, params, length):
    results = []
    last = None
    n = int(np.ceil(X.shape[1] / length))
    for c in range(n):
        piece = X[:, c * length : (c + 1) * length]
        hs = rnn_forward(piece, params, last)
        last = hs[:, -1, :]
        results.append(hs)
    return np.concatenate(results, axis=1)
""",
}
FORECAST = {
    "ada": "def forecast(X, params, head):\n    hs = rnn_forward(X, params)\n    return hs[:, -1] @ head['V'] + head['c']\n",
    "bo": "def forecast(X, params, head):\n    return rnn_forward(X, params)[:, -1] @ head['V'] + head['c']\n",
    "cy": "def forecast(X, params, head):\n    last = rnn_forward(X, params)[:, -1, :]\n    return np.dot(last, head['V']) + head['c']\n",
    "di": "def forecast(X, params, head):\n    V, c = head['V'], head['c']\n    h = rnn_forward(X, params)[:, X.shape[1] - 1]\n"
          "    return h @ V + c\n",
    "eve": "def forecast(X, params, head):\n    states = rnn_forward(X, params)\n    final = states[:, -1]\n"
           "    y_hat = final.dot(head['V'])\n    return y_hat + head['c']\n",
}
# fmt: on
HONEST = {name: {1: STEP[name], 2: FORWARD[name], 3: CHUNKS[name], 4: FORECAST[name]} for name in FORWARD}
# Eve's, with every name changed, other comments in other places, other quotes, other lines, a semicolon.
DISGUISED = """def rnn_forward(inputs, weights, start=None):
    '''My own docstring.'''
    number = weights['W'].shape[1]
    s = start
    if s is None:
        s = np.zeros(
            (len(inputs), number),
        )
    results = []; i = 0
    while i < inputs.shape[1]:  # where to begin
        s = rnn_step(inputs[:, i], s, weights)
        results.append(s[:, None, :])
        # mine
        i += 1
    return np.concatenate(results, axis=1)
"""


@pytest.fixture(scope="module")
def given(root):
    """The answer cells of the lab as learners get it."""
    lab = nbformat.read(root / "labs" / "02_forward.ipynb", as_version=4)
    marks = [(cell.metadata.get("lab", {}), cell.source) for cell in lab.cells]
    return {mark["exercise"]: source for mark, source in marks if mark.get("role") == "answer"}


def spoken(found):
    return [(pair.one, pair.other, pair.exercise) for pair in found]


def test_honest_answers_make_no_pair(given):
    assert pairs(HONEST, given) == []


@pytest.mark.parametrize("parts", [slice(None), slice(0, 3)])
def test_a_copy_in_disguise_is_the_one_pair_of_the_class(given, parts):
    people = sorted(HONEST)[parts] + ["eve"]
    found = pairs({name: HONEST[name] for name in people} | {"zoe": {2: DISGUISED}}, given)
    assert spoken(found) == [("eve", "zoe", 2)]
    assert found[0].alike == 1


def test_honest_answers_rank_below_a_copy_even_where_nothing_is_left_out(given, monkeypatch):
    for limit in ("OWN", "SHARED", "ALIKE"):
        monkeypatch.setattr(f"unrolled.grading.similarity.{limit}", 0)
    found = pairs(HONEST | {"zoe": {2: DISGUISED}}, given)
    assert spoken(found)[0] == ("eve", "zoe", 2)
    assert len(found) > 5
    assert max(pair.alike for pair in found[1:] if pair.exercise in (2, 3)) < 0.5, (
        "the exercises that ask for a few lines"
    )
    assert max(pair.shared for pair in found[1:]) < found[0].shared / 2


def test_half_a_copy_is_less_than_a_whole_one(given):
    mixed = (
        CHUNKS["eve"]
        .replace("results.append(hs)", "results = results + [hs]")
        .replace("hs[:, -1, :]", "hs[:, hs.shape[1] - 1]")
    )
    found = pairs(HONEST | {"zoe": {2: DISGUISED, 3: mixed}}, given)
    assert spoken(found) == [("eve", "zoe", 2), ("eve", "zoe", 3)]
    assert ALIKE <= found[1].alike < 1


def test_lines_in_another_order_are_still_found(given):
    first, *middle, last = FORWARD["bo"].splitlines()
    moved = "\n".join([first, middle[1], middle[0], middle[4], middle[2], middle[3], *middle[5:], last])
    found = pairs(HONEST | {"zoe": {2: moved}}, given)
    assert spoken(found) == [("bo", "zoe", 2)]
    assert (10, 10) in found[0].lines


def test_the_only_sensible_line_gives_no_pair(given):
    line = STEP["ada"]
    answers = {f"learner-{n}": {1: line.replace("params", f"p{n}").replace("x", "xt")} for n in range(60)}
    assert pairs(answers, given) == []
    assert pairs({name: answers[name] for name in ("learner-1", "learner-2")}, given) == []


def test_what_many_wrote_does_not_count(given):
    textbook = {f"learner-{n:02d}": {2: FORWARD["ada"]} for n in range(40)}
    assert pairs(textbook | HONEST, given) == []
    few = {name: textbook[name] for name in list(textbook)[: MANY // 2]}
    others = {f"other-{n:02d}": {2: FORWARD["cy"]} for n in range(40)}
    assert spoken(pairs(few | others, given)) == [("learner-00", "learner-01", 2)]


def test_what_was_given_does_not_count(given):
    assert pairs({name: dict(given) for name in ("ann", "bea")}, given) == []
    long = {2: FORWARD["eve"]}
    assert pairs({"ann": long, "bea": long}, long) == []
    assert len(pairs({"ann": long, "bea": long}, given)) == 1


BROKEN = [
    FORWARD["eve"].replace("np.zeros((len(X), n_units))", "np.zeros((len(X), n_units"),
    FORWARD["eve"].replace("    out = []", "  out = []"),
    FORWARD["eve"].replace('params["W"]', "params['W"),
    "%%time\n!ls\n" + FORWARD["eve"] + "    ?? $ é ´",
    FORWARD["eve"] + '    """never closed',
]


@pytest.mark.parametrize("broken", BROKEN)
def test_code_that_does_not_parse_is_compared_too(given, broken):
    with pytest.raises(SyntaxError):
        compile(broken, "answer", "exec")
    assert spoken(pairs(HONEST | {"zoe": {2: broken}}, given)) == [("eve", "zoe", 2)]


def test_tokens_drop_what_is_free_and_keep_what_is_done():
    one = tokens('def f(a, b=None):\n    """Doc."""\n    return np.stack([a, b], axis=1)  # so\n')
    other = tokens("def f(u, v=None):\n\n    return np.stack(\n        [u, v,],\n        axis=1,\n    );")
    assert runs(one) == runs(other)
    assert len(runs(one)) == len(one) - RUN + 1
    for changed in ("axis=0", "np.concat", "[a, a]"):
        source = "def f(a, b=None):\n    return np.stack([a, b], axis=1)"
        old = {"axis=0": "axis=1", "np.concat": "np.stack", "[a, a]": "[a, b]"}[changed]
        assert runs(tokens(source.replace(old, changed))) != runs(one)
    assert runs(tokens("x = 'a'; y = 'b'; z = x + y")) == runs(tokens('u = "a"\nv = "b"\nw = u + v'))
    assert runs(tokens("x = 'a'; y = 'b'; z = x + y")) != runs(tokens("x = 'a'; y = 'c'; z = x + y"))


EVIL = [
    '"' * 200_000,
    "'\\" * 100_000,
    '"\\' * 100_000,
    "rb" * 100_000,
    '"""' + '"a' * 100_000,
    "(" * 200_000,
    "\ud800\0" * 9,
    "#" * 200_000,
]


def test_no_answer_is_slow_to_read():
    start = time.process_time()
    for evil in EVIL:
        runs(tokens(evil))
    assert time.process_time() - start < 2


def test_a_class_of_300_is_compared_in_seconds(given):
    answers = {
        f"learner-{n:03d}": {
            e: HONEST[sorted(HONEST)[n * (e + 1) % 5]][2 + e % 2].replace("zeros", f"z{n}") for e in range(5)
        }
        for n in range(300)
    }
    start = time.process_time()
    pairs(answers, given)
    assert time.process_time() - start < 10, "1 s where it was written"


def test_the_page_shows_both_and_no_verdict(tmp_path, given):
    found = pairs(HONEST | {"zoe": {2: DISGUISED}}, given)
    shown = read(write_similarity(tmp_path / "alike.html", found, lab="02"))
    assert "no verdict" in shown.text
    assert "alike by necessity" in shown.text
    assert "while time < X.shape[1]:" in shown.text
    assert "while i < inputs.shape[1]:" in shown.text
    row = next(line for line in shown.raw.splitlines() if "while time" in line)
    assert "while i &lt; inputs" in row, "lines in common stand in one row"
    assert "# mine" in shown.text
    assert "<mark>        # mine" not in shown.raw
    for word in ("cheat", "plagiar", "guilty", "copied from", "suspect"):
        assert word not in shown.text.lower()


def test_nothing_found_is_said(tmp_path):
    shown = read(write_similarity(tmp_path / "alike.html", [], lab="02"))
    assert "No two answers are alike in this way." in shown.text


def test_hostile_answers_are_text_and_long_ones_end(tmp_path):
    long = HOSTILE + "\u202e\x00" + "x" * 100_000 + "\n" * 100_000 + "</pre>"
    many = [Pair(HOSTILE, "bo\u202e", 1, SHARED, 1.0, (long, long), ((1, 1),))] * (SHOWN + 7)
    shown = read(write_similarity(tmp_path / "alike.html", many, lab="02"))
    assert "\u202e" not in shown.text
    assert len(shown.raw) < 3_000_000
    assert "7 pairs with less in common are left out" in shown.text
    assert "99851 more lines" in shown.text

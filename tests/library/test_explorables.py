"""An explorable's output: the same bytes, data that cannot break out, words where no script runs, faults named."""

import json
import re
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from unrolled.figures import explorable
from unrolled.figures.explorables import EXPLORABLES

sys.path.insert(0, str(Path(__file__).parents[1] / "explorables"))
from explorable_examples import ALT, EXAMPLES, STEPS  # noqa: E402

MODULE = sys.modules["unrolled.figures.explorable"]  # the package's attribute of that name is the function
NAN = float("nan")


@pytest.fixture
def shown(monkeypatch):
    """Return a function that displays an explorable and gives what a notebook would store."""
    stored = []
    monkeypatch.setattr(MODULE, "display", lambda data, raw: stored.append(data))

    def show(name, *, alt=ALT, caption="", **data):
        explorable(name, alt=alt, caption=caption, **data)
        return stored[-1]

    return show


def data_in(html):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def test_every_explorable_has_an_example():
    assert list(EXAMPLES) == list(EXPLORABLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_same_call_same_bytes(shown, name):
    first, second = shown(name, **EXAMPLES[name]), shown(name, **EXAMPLES[name])
    assert first == second
    assert set(first) == {"text/html", "text/plain"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_has_an_id_so_nothing_clashes(shown, name):
    assert not re.search(r"<[^>]*\sid=", shown(name, **EXAMPLES[name])["text/html"].split("<script", 1)[0])


@pytest.mark.parametrize("name", EXAMPLES)
def test_without_script_and_style_the_alt_text_and_a_table_are_left(shown, name):
    html = shown(name, caption="A caption", **EXAMPLES[name])["text/html"]
    left = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    assert "what &lt;this&gt; example &amp; its numbers do" in left
    assert "<table>" in left
    assert left.count("<tr>") >= 5
    assert "<figcaption>A caption</figcaption>" in left


def test_plain_text_names_the_caption(shown):
    assert shown("loss-cliff", caption="The cliff", **EXAMPLES["loss-cliff"])["text/plain"] == "[Explorable: The cliff]"


@pytest.mark.parametrize("name", EXAMPLES)
def test_scripts_are_small_and_ask_nobody(name):
    script = MODULE.script(name)
    assert len(script.encode()) < 20_000
    assert re.findall(r"https?://[^\"]*", script) == ["http://www.w3.org/2000/svg"]  # a name, not a request
    assert not re.search(r"\b(fetch|XMLHttpRequest|import|innerHTML|eval)\b", script)


def test_every_script_belongs_to_an_explorable():
    files = {
        file.name for file in resources.files("unrolled.figures.explorables").iterdir() if file.name.endswith(".js")
    }
    assert files == {"runtime.js", *(f"{name}.js" for name in EXPLORABLES)}


def test_data_cannot_end_the_script(shown):
    text = "A </script><script>alert(1)</script> & <!-- é"
    steps = [{**STEPS[0], "text": text}, *STEPS[1:]]
    html = shown("training-step", steps=steps, caption=text)["text/html"]
    assert html.count("</script>") == 2
    assert html.count("<script") == 2
    assert data_in(html)["steps"][0]["text"] == text


def test_numbers_keep_four_digits(shown):
    stored = data_in(shown("gradient-norms", rhos=[0.5], norms={"tanh": [[0.123456789, 1.23456789e-15]]})["text/html"])
    assert stored["norms"]["tanh"] == [[0.1235, 1.235e-15]]


def test_numpy_and_lists_are_the_same(shown):
    given = EXAMPLES["unroll"]
    lists = {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in given.items()}
    assert shown("unroll", **given) == shown("unroll", **lists)


def test_weights_may_be_vectors(shown):
    given = EXAMPLES["unroll"]
    flat = {**given, "W": given["W"][0], "V": given["V"][:, 0]}
    assert shown("unroll", **given) == shown("unroll", **flat)


UNROLL, TRUNCATION, NORMS, CLIFF = (EXAMPLES[name] for name in ("unroll", "truncation", "gradient-norms", "loss-cliff"))
SLOTS = EXAMPLES["addressing"]
GATES = EXAMPLES["gate-inspector"]
OPINION = EXAMPLES["sentiment-inspector"]
STATES = UNROLL["states"].copy()
STATES[3, 1] = 0.5
FAULTS = [
    ("unrol", {}, 'There is no explorable "unrol"; there are unroll, training-step, truncation, gradient-norms, loss-cliff, '),
    ("loss-cliff", {"x0": 1}, "T and target must be given too."),
    ("loss-cliff", {**CLIFF, "colour": 1, "speed": 2}, "it does not know colour, speed; it takes T, "),
    ("loss-cliff", {**CLIFF, "x0": "one"}, "x0 must hold numbers only, with rows of one length."),
    ("loss-cliff", {**CLIFF, "x0": [1]}, "x0 has shape (1,); expected ()."),
    ("loss-cliff", {**CLIFF, "x0": NAN}, "x0 holds NaN or an infinity."),
    ("loss-cliff", {**CLIFF, "T": 2.5}, "T is 2.5; expected a whole number from 1 to 200."),
    ("loss-cliff", {**CLIFF, "steps": 1000}, "steps is 1000; expected a whole number from 1 to 200."),
    ("loss-cliff", {**CLIFF, "w_range": [2, 1]}, "w_range must increase from each value to the next."),
    ("loss-cliff", {**CLIFF, "w_range": [1, 2, 3]}, "w_range has shape (3,); expected (2,)."),
    ("loss-cliff", {**CLIFF, "rates": [0, 1]}, "rates must be above 0."),
    ("loss-cliff", {**CLIFF, "clips": []}, "clips has shape (0,); expected (n,)."),
    ("unroll", {**UNROLL, "inputs": [1]}, "1 steps and 2 units; expected 2 to 64 steps and 1 to 3 units."),
    ("unroll", {**UNROLL, "U": np.ones((2, 3))}, "U has shape (2, 3); expected (2, 2)."),
    ("unroll", {**UNROLL, "activation": "sin"}, "activation is 'sin'; expected 'step' or 'tanh' or 'relu'."),
    ("unroll", {**UNROLL, "units": ["one"]}, "units must be 2 strings."),
    ("unroll", {**UNROLL, "output_words": [0, 1]}, "output_words must be 2 strings."),
    ("unroll", {**UNROLL, "states": STATES}, "states[3] is [1.0, 0.5], but inputs, W, U, b, V and c give [1.0, 0.0]; U[i, j]"),
    ("unroll", {**UNROLL, "U": UNROLL["U"].T}, "U[i, j] goes from i to j."),
    ("training-step", {"steps": STEPS[:1]}, "steps must be a list of 2 to 40 dicts."),
    ("training-step", {"steps": [STEPS[0], {"title": "a"}]}, "step 2 must have title, text, shape and target"),
    ("training-step", {"steps": [STEPS[0], {**STEPS[1], "color": "red"}]}, "step 2 must have title, text, shape and target"),
    ("training-step", {"steps": [STEPS[0], {**STEPS[1], "shape": (2, 5)}]}, "step 2 must hold strings only"),
    ("training-step", {"steps": [STEPS[0], {**STEPS[1], "title": "a" * 33}]}, "must have 1 to 32 characters."),
    ("training-step", {"steps": [{**STEPS[0], "target": "#here"}, STEPS[1]]}, "step 1: write the target without '#'."),
    ("training-step", {"steps": STEPS, "back_to": 23}, "back_to is 23; expected a whole number from 0 to 22."),
    ("truncation", {**TRUNCATION, "ks": [0.5, 1, 2, 4, 8]}, "ks must hold whole numbers."),
    ("truncation", {**TRUNCATION, "ks": [0, 1, 2, 4, 8]}, "delays start at 0 or more, ks at 1 or more."),
    ("truncation", {**TRUNCATION, "carried": TRUNCATION["carried"].T}, "carried has shape (5, 11); expected (11, 5)."),
    ("truncation", {**TRUNCATION, "reset": TRUNCATION["reset"] * 100}, "reset must lie between 0 and 1."),
    ("truncation", {**TRUNCATION, "range_carried": TRUNCATION["carried"]}, "range_carried has shape (11, 5); expected (2, 11, 5)."),
    ("truncation", {**TRUNCATION, "range_carried": TRUNCATION["range_carried"][::-1]}, "range_carried must hold the lowest"),
    ("gradient-norms", {**NORMS, "norms": [[1]]}, "norms must be a dict with the keys 'linear', 'tanh' or 'relu'."),
    ("gradient-norms", {**NORMS, "norms": {"gelu": [[1]]}}, "norms must be a dict with the keys"),
    ("gradient-norms", {**NORMS, "rhos": [1.0]}, "norms['linear'] has shape (11, 50); expected (1, T)."),
    ("gradient-norms", {"rhos": [1], "norms": {"tanh": [[1, 2]], "relu": [[1]]}}, "norms['relu'] has shape (1, 1)"),
    ("gradient-norms", {"rhos": [1], "norms": {"tanh": [[-1]]}}, "norms['tanh'] holds a negative number, which no norm is."),
    ("gradient-norms", {"rhos": [-1], "norms": {"tanh": [[1]]}}, "rhos must be 0 or more."),
    ("addressing", {"M": SLOTS["M"]}, "q and w_before must be given too."),
    ("addressing", {**SLOTS, "M": np.ones((13, 3))}, "M has 13 slots; expected 2 to 12."),
    ("addressing", {**SLOTS, "q": [1, 2]}, "q has shape (2,); expected (3,)."),
    ("addressing", {**SLOTS, "q": [0, 0, 0]}, "q must not be all zeros"),
    ("addressing", {**SLOTS, "w_before": np.ones(6)}, "w_before must hold shares: 0 or more, 1 in all."),
    ("addressing", {**SLOTS, "shift": 2}, "shift is 2; expected -1 to 1."),
    ("addressing", {**SLOTS, "gamma": 0.5}, "gamma is 0.5; expected 1 to 20."),
    ("gate-inspector", {"inputs": [[1]]}, "W and U and b and sums must be given too."),
    ("gate-inspector", {**GATES, "b": np.ones(10)}, "12 steps and 10 biases; expected 2 to 60 steps, and 4 biases for each"),
    ("gate-inspector", {**GATES, "U": np.ones((3, 3))}, "U has shape (3, 3); expected (3, 12)."),
    ("gate-inspector", {**GATES, "sums": GATES["sums"] * 2}, "sums must lie between -8 and 8"),
    ("gate-inspector", {**GATES, "input_names": ["one"]}, "input_names must be 2 strings."),
    ("sentiment-inspector", {"E": [[1]]}, "tokens and W and U and b and V and c and marks and texts must be given too."),
    ("sentiment-inspector", {**OPINION, "W": np.ones((3, 12))}, "W has shape (3, 12); expected (4, 12)."),
    ("sentiment-inspector", {**OPINION, "b": np.ones(12)}, "b has shape (12,); expected (2, 3H)."),
    ("sentiment-inspector", {**OPINION, "tokens": ["not"]}, "tokens must be 6 strings."),
    ("sentiment-inspector", {**OPINION, "texts": ["good"]}, "texts must hold 2 to 8 texts of one word or more."),
    ("sentiment-inspector", {**OPINION, "marks": {"good": 19}}, "marks must be a dict from word to a number between"),
    ("sentiment-inspector", {**OPINION, "marks": {"not good": 1}}, "tokens and marks must hold words without blanks."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "sentence"), FAULTS, ids=[sentence[:44] for _, _, sentence in FAULTS])
def test_faults_are_named_in_a_sentence(shown, name, data, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        shown(name, **data)
    assert str(caught.value).startswith((f'explorable("{name}"): ', "There is no"))


def test_alt_text_that_says_nothing_is_refused(shown):
    with pytest.raises(ValueError, match="too short: say in a sentence"):
        shown("loss-cliff", alt="a slider", **CLIFF)

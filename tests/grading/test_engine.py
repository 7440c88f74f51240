"""Points need a verdict the check itself sent: a right answer earns all, a stub nothing, a broken one its own loss."""

import json

import pytest
from attacks import RIGHT

from unrolled.grading.engine import check_file
from unrolled.grading.report import to_text

ANSWER = RIGHT | {
    3: "def forward_in_chunks(X, params, length):\n    return rnn_forward(X, params)\n",
    4: "def forecast(X, params, head):\n    return rnn_forward(X, params)[:, -1] @ head['V'] + head['c']\n",
}


@pytest.fixture
def graded(root, tmp_path):
    """Return a function that grades the stub with some answers filled in."""

    def run(answers, **kwargs):
        notebook = json.loads((root / "labs" / "02_forward.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            number = cell["metadata"].get("lab", {}).get("exercise")
            if cell["metadata"].get("lab", {}).get("role") == "answer" and number in answers:
                cell["source"] = answers[number]
        path = tmp_path / "02_forward.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        before = path.read_bytes()
        result = check_file(path, **kwargs)
        assert path.read_bytes() == before
        return result

    return run


def points(result):
    return [exercise.points for exercise in result.exercises]


def statuses(result):
    return [exercise.status for exercise in result.exercises]


def test_right_answers_earn_everything_and_the_report_says_so(graded):
    result = graded(ANSWER)
    assert points(result) == [3, 3, 2, 2]
    assert statuses(result) == ["passed"] * 4
    assert "10 of 10 points" in to_text(result)
    assert "WRONG" not in to_text(result)


def test_a_stub_earns_nothing(graded):
    result = graded({})
    assert points(result) == [0, 0, 0, 0]
    assert to_text(result).count("still to be written") == 4


def test_a_wrong_answer_costs_its_own_exercise_only_and_is_explained(graded):
    wrong = ANSWER | {1: ANSWER[1].replace(" + params['b']", "")}
    result = graded(wrong, seed=5)
    assert statuses(result) == ["partial", "passed", "passed", "passed"]
    assert "The bias is missing" in to_text(result)
    assert json.loads(result.to_json())["seed"] == 5


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("def rnn_forward(X, params, h0=None):\n    while True: pass\n", "time limit"),
        ("import os\ndef rnn_forward(X, params, h0=None):\n    os._exit(0)\n", "process ended"),
        ("def rnn_forward(X, params, h0=None:\n", "Exercise 2: its cell is not Python yet: line 1"),
        ("def rnn_forward(X, params, h0=None):\n    raise SystemExit\n", "ends Python"),
    ],
)
def test_answers_that_hang_crash_or_do_not_parse_lose_their_points_and_no_verdict_is_invented(
    graded, monkeypatch, answer, words
):
    monkeypatch.setattr("unrolled.grading.engine.CELL_SECONDS", 3)
    result = graded(ANSWER | {2: answer})
    assert points(result) == [3, 0, 2, 2]
    assert words in to_text(result)


def test_the_same_seed_gives_the_same_grade(graded):
    partly = ANSWER | {
        3: ANSWER[3].replace("rnn_forward(X, params)", "rnn_forward(X, params) if length < 10 else None")
    }
    assert graded(partly, seed=1).exercises == graded(partly, seed=1).exercises
    assert points(graded(partly, seed=1)) == [3, 3, 1, 2]


def test_an_answer_that_plots_is_graded_as_any_other(graded):
    plots = {1: f"import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n{ANSWER[1]}"}
    assert points(graded(ANSWER | plots)) == [3, 3, 2, 2]


def test_an_earlier_cell_that_stops_or_awaits_or_is_magic_leaves_the_next_to_run(graded):
    odd = {
        1: f"{ANSWER[1]}\nraise ValueError('after all is defined')\n",
        2: f"{ANSWER[2]}\nimport asyncio\nawait asyncio.sleep(0)\n",
        3: f"%%time\n{ANSWER[3]}",
    }
    assert points(graded(ANSWER | odd)) == [3, 3, 2, 2]

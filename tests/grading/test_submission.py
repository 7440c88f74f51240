"""Bad input gets one clear sentence, and the learner's file is never touched."""

import json

import nbformat
import pytest

from unrolled.checks.lab02 import LAB
from unrolled.grading.submission import SubmissionError, lab_number, master_for, parse, read_file, read_submission


@pytest.fixture
def lab(root, tmp_path):
    """Return a function that writes a changed copy of the stub and gives its path."""
    content = (root / "labs" / "02_forward.ipynb").read_text(encoding="utf-8")

    def write(change=lambda notebook: notebook, name="02_forward.ipynb"):
        path = tmp_path / name
        path.write_text(json.dumps(change(json.loads(content))), encoding="utf-8")
        return path

    return write


def submitted(root, path):
    notebook = parse(read_file(path), path)
    return read_submission(notebook, path, master_for(root, lab_number(notebook, path.name), path), LAB.titles)


def answer_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["metadata"].get("lab", {}).get("role") == "answer"]


def test_the_stub_itself_is_read(root, lab):
    found = submitted(root, lab())
    assert list(found.answers) == [1, 2, 3, 4]
    assert found.notes == []
    assert found.answers[1].startswith("def rnn_step(x, h, params):")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b'{"cells": [{"cell_type": "code", "sou', "breaks off"),
        (b"def rnn_step(x, h, params): ...", "damaged"),
        (b"[1, 2, 3]", "no notebook"),
        (b'{"a": 1}', "not one of the course's labs"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_unreadable_files(root, tmp_path, content, words):
    path = tmp_path / "lab.ipynb"
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match=words) as caught:
        submitted(root, path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_missing_file(root, tmp_path):
    with pytest.raises(SubmissionError, match="There is no file"):
        submitted(root, tmp_path / "lab.ipynb")


def test_a_folder(root):
    with pytest.raises(SubmissionError, match="is a folder"):
        submitted(root, root / "labs")


def test_a_file_too_large(root, lab, monkeypatch):
    monkeypatch.setattr("unrolled.grading.submission.MAX_BYTES", 1000)
    with pytest.raises(SubmissionError, match="Clear its outputs"):
        submitted(root, lab())


def test_a_lesson_is_not_a_lab(root):
    with pytest.raises(SubmissionError, match="not one of the course's labs"):
        submitted(root, root / "notebooks" / "01_order_is_information.ipynb")


def test_another_notebook_under_the_labs_name(root, tmp_path):
    path = tmp_path / "02_forward.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), path)
    with pytest.raises(SubmissionError, match="holds no answer to lab 02_forward"):
        submitted(root, path)


def test_a_renamed_file_is_known_by_its_metadata(root, lab):
    assert len(submitted(root, lab(name="homework (final).ipynb")).answers) == 4


def without_ids(notebook):
    for cell in notebook["cells"]:
        del cell["id"]
    return notebook


def without_ids_and_marks(notebook):
    for cell in without_ids(notebook)["cells"]:
        cell["metadata"] = {}
    notebook["metadata"] = {}
    return notebook


@pytest.mark.parametrize(("change", "words"), [(without_ids, "its mark"), (without_ids_and_marks, "found by rnn_step")])
def test_lost_ids_are_found_again_and_said(root, lab, change, words):
    found = submitted(root, lab(change))
    assert list(found.answers) == [1, 2, 3, 4]
    assert words in found.notes[0]


def test_a_deleted_answer_is_missing_and_said(root, lab):
    def delete(notebook):
        notebook["cells"].remove(answer_cells(notebook)[1])
        return notebook

    found = submitted(root, lab(delete))
    assert list(found.answers) == [1, 3, 4]
    assert "Exercise 2: no cell with rnn_forward was found" in found.notes[0]


def test_a_doubled_answer_is_said_and_the_first_counts(root, lab):
    def double(notebook):
        first = answer_cells(notebook)[0]
        notebook["cells"].append(first | {"source": "def rnn_step(): pass"})
        return notebook

    found = submitted(root, lab(double))
    assert "2 cells claim" in found.notes[0]
    assert "def rnn_step(x, h, params)" in found.answers[1]


@pytest.mark.parametrize(
    "broken",
    [
        lambda notebook: notebook | {"cells": [1, None, {"cell_type": "code"}, *notebook["cells"]]},
        lambda notebook: notebook | {"metadata": []},
        lambda notebook: notebook | {"nbformat": "four"},
    ],
)
def test_odd_json_around_the_answers_does_no_harm(root, lab, broken):
    assert len(submitted(root, lab(broken)).answers) == 4

"""The command line: help for a learner, exit codes that mean something, errors without traceback."""

import json
import subprocess
import sys

import pytest


def unrolled(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "unrolled.cli", *map(str, arguments)], cwd=cwd, capture_output=True, text=True
    )


@pytest.mark.parametrize("command", ["start", "check", "doctor", "book", "sync", "lint"])
def test_every_command_explains_itself(command, tmp_path):
    run = unrolled(command, "--help", cwd=tmp_path)
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) >= 5


def test_the_solution_passes_and_the_result_is_written_as_json(root, tmp_path):
    run = unrolled("check", root / "solutions/02_forward.ipynb", "--json", "result.json", "--seed", "3", cwd=tmp_path)
    assert run.returncode == 0
    assert "10 of 10 points" in run.stdout
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert (result["lab"], result["points"], result["possible"], result["seed"]) == ("02", 10, 10, 3)
    assert {check["hidden"] for exercise in result["exercises"] for check in exercise["checks"]} == {True, False}


def test_a_stub_that_a_learner_has_not_begun_scores_nothing_and_exits_with_1(root, tmp_path):
    run = unrolled("check", root / "labs/02_forward.ipynb", cwd=tmp_path)
    assert run.returncode == 1
    assert "0 of 10 points" in run.stdout


@pytest.mark.parametrize(("content", "words"), [("{", "not a whole notebook"), (None, "There is no file")])
def test_what_cannot_be_graded_exits_with_2_and_one_sentence(tmp_path, content, words):
    if content is not None:
        (tmp_path / "lab.ipynb").write_text(content)
    run = unrolled("check", "lab.ipynb", cwd=tmp_path)
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith("unrolled: ")
    assert words in run.stderr
    assert "Traceback" not in run.stderr

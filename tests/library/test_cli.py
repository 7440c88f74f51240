"""The command line: help for a learner, exit codes that mean something, errors without traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest


def unrolled(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "unrolled.cli", *map(str, arguments)], cwd=cwd, capture_output=True, text=True
    )


@pytest.mark.parametrize("command", ["start", "check", "grade", "doctor", "book", "sync", "lint"])
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


def a_class(root, folder):
    """One who solved everything, one who did nothing, one whose file broke off, one who handed in nothing."""
    for learner, content in {
        "ana": (root / "solutions" / "02_forward.ipynb").read_bytes(),
        "ben": (root / "labs" / "02_forward.ipynb").read_bytes(),
        "cat": b'{"cells": [',
        "dan": None,
    }.items():
        (folder / learner).mkdir(parents=True)
        if content is not None:
            (folder / learner / "02_forward.ipynb").write_bytes(content)


def files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_class_is_graded_once_and_everything_lies_in_one_folder(root, tmp_path):
    a_class(root, tmp_path / "handed")
    before = files(tmp_path / "handed")
    command = ("grade", "handed", "--lab", "2", "--out", "results", "--unsafe", "--seed", "3", "--workers", "1")
    first = unrolled(*command, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Sandbox: ")
    assert "4 files, 3 graded now: 1 passed, 1 failed, 1 missing, 1 malformed." in first.stdout
    assert "Traceback" not in first.stderr
    assert "%" not in first.stderr, "no progress bar where there is no terminal"
    made = {path.name for path in (tmp_path / "results").iterdir()}
    assert made == {"gradebook.sqlite", "scores.csv", "grades.json", "overview.html", "similarity.html", "feedback"}
    grades = json.loads((tmp_path / "results" / "grades.json").read_text())
    assert [(grade["learner"], grade["points"], grade["possible"]) for grade in grades] == [
        ("ana", 10, 10),
        ("ben", 0, 10),
        ("cat", 0, 10),
        ("dan", 0, 10),
    ]
    assert files(tmp_path / "handed") == before

    refused = unrolled(*command, cwd=tmp_path)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    assert "--out" in refused.stderr

    again = unrolled(*command, "--resume", cwd=tmp_path)
    assert again.returncode == 0
    assert "4 files, 0 graded now" in again.stdout
    assert json.loads((tmp_path / "results" / "grades.json").read_text()) == grades


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("nowhere", "--lab", "02"), "There is no nowhere"),
        (("handed", "--lab", "77"), "not one of the course's labs"),
        (("handed", "--lab", "02", "--late", "no.yml"), "no.yml"),
        (("handed", "--lab", "02", "--marks", "no.csv"), "--rubric"),
        (("handed", "--lab", "02", "--scheduler", "nonsense"), "No Dask scheduler answers"),
    ],
)
def test_a_class_that_cannot_be_graded_exits_with_2_and_leaves_no_results(root, tmp_path, more, words):
    a_class(root, tmp_path / "handed")
    run = unrolled("grade", *more, "--out", "results", "--unsafe", cwd=tmp_path)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is refused")
def test_root_does_not_grade_a_class_unless_told_to(root, tmp_path):
    a_class(root, tmp_path / "handed")
    run = unrolled("grade", "handed", "--lab", "02", "--out", "results", cwd=tmp_path)
    assert run.returncode == 2
    assert "--unsafe" in run.stderr
    assert not (tmp_path / "results").exists()


def test_ctrl_c_exits_with_130_and_says_how_to_go_on(root, tmp_path):
    for n in range(60):
        (tmp_path / "handed" / f"learner-{n:02}").mkdir(parents=True)
        (tmp_path / "handed" / f"learner-{n:02}" / "02_forward.ipynb").write_bytes(
            (root / "solutions" / "02_forward.ipynb").read_bytes()
        )
    command = [sys.executable, "-m", "unrolled.cli", "grade", "handed", "--lab", "02", "--out", "results", "--unsafe"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts the tests in the background ignores Ctrl-C, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    while not (tmp_path / "results" / "gradebook.sqlite-wal").exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in err
    assert "Traceback" not in err

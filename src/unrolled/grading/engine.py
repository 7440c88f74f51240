"""Grade one file: a pure function of the lab, the bytes handed in and a seed.

The judge is this process: pytest with nbval and the lab's checks. The learner's code runs in rooms that hold no answer
(`grading.rooms`). Points need positive evidence: a verdict that a check reached here, from a value that came from there.
"""

import atexit
import functools
import hashlib
import importlib
import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path

import nbformat
import nbval.plugin
import pytest
from nbformat import NotebookNode

import unrolled
from unrolled import course
from unrolled.checks.framework import Lab
from unrolled.course import CourseError
from unrolled.grading import rooms
from unrolled.grading.assemble import exercise_notebook, modules, right_answers
from unrolled.grading.job import Job, new_seed
from unrolled.grading.pytest_plugin import Grading, Outcome
from unrolled.grading.result import FAILED, MALFORMED, ExerciseResult, Grade
from unrolled.grading.submission import (
    Submission,
    SubmissionError,
    lab_number,
    master_for,
    parse,
    read_file,
    read_submission,
)
from unrolled.room.sandbox import Limits

CELL_SECONDS = 10.0  # for a cell or a call; right answers need milliseconds
TOTAL_SECONDS = 30.0  # for an exercise

# It takes up to a second to import, so it is imported ahead where an answer plots; elsewhere it would be two fifths of the
# memory whose tables each fork copies.
PLOTS = "matplotlib_inline.backend_inline"

# The modules of this package that decide a grade; a change in a page does not make a class be graded again.
_DECIDING = ("assemble", "engine", "job", "kernel", "provisioner", "pytest_plugin", "result", "rooms", "submission")

# Parts of pytest that a grading has no use for.
_UNUSED = (
    "terminal", "cacheprovider", "logging", "faulthandler", "unraisableexception", "threadexception", "warnings",
    "junitxml", "doctest", "unittest", "python", "debugging", "freeze_support", "monkeypatch", "pastebin", "recwarn",
    "setuponly", "setupplan", "skipping", "stepwise", "subtests", "tmpdir",
)  # fmt: skip

_open_rooms: dict[tuple, rooms.Rooms] = {}  # of this process
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Master:
    """A solved lab, read once."""

    notebook: NotebookNode
    lab: Lab
    right: dict[int, str]
    modules: tuple[str, ...]


def check_file(path: Path, *, seed: int | None = None) -> Grade:
    """Grade a learner's own lab. The file is only read.

    Args:
        path: the learner's notebook.
        seed: decides the random inputs of the hidden checks; drawn anew when None.

    Raises:
        SubmissionError: the file cannot be graded at all.
    """
    content = read_file(path)
    notebook = parse(content, path)
    number = lab_number(notebook, path.name)
    master_for(course.root(), number, path)
    job = Job(f"{number:02d}", "", str(path), content, new_seed() if seed is None else seed)
    return _grade(job)


def grade_job(job: Job) -> Grade:
    """Grade one file of a class. Nothing a file holds raises an error: what cannot be read is "malformed".

    Raises:
        CourseError: the grader itself does not work here, or there is no such lab.
    """
    lab = master(job.lab).lab
    try:
        return _grade(job)
    except SubmissionError as error:
        exercises = tuple(ExerciseResult(n, lab.titles[n], lab.points(n), status=MALFORMED) for n in lab.titles)
        return Grade(job.lab, job.learner, job.file, job.sha256, job.seed, rooms.strongest(), exercises, (str(error),))


def _grade(job: Job) -> Grade:
    its = master(job.lab)
    notebook = parse(job.content, job.file)
    if lab_number(notebook, job.file) not in (int(job.lab), None):
        raise SubmissionError(f"{job.file} is another notebook of the course, not lab {job.lab}.")
    submission = read_submission(notebook, job.file, its.notebook, its.lab.titles)
    outcomes = _run(its, submission, job.seed)
    return Grade(
        lab=job.lab,
        learner=job.learner,
        file=job.file,
        sha256=job.sha256,
        seed=job.seed,
        room=rooms.strongest(),
        exercises=tuple(_sum_up(its.lab, number, submission, outcomes) for number in its.lab.titles),
        notes=tuple(submission.notes),
        suspicious=tuple(submission.suspicious.get(0, ())),
    )


@functools.cache
def master(lab: str) -> Master:
    """Return a solved lab and its checks.

    Args:
        lab: "02".

    Raises:
        CourseError: there is no such lab.
    """
    notebook = master_for(course.root(), int(lab) if lab.isdecimal() else None, f"Lab {lab}")
    checks = importlib.import_module(f"unrolled.checks.lab{int(lab):02d}").LAB
    return Master(notebook, checks, right_answers(notebook), tuple(modules(notebook)))


@functools.cache
def version(lab: str) -> str:
    """Return a hash of all that decides a grade besides the job: the master, its checks, the grader."""
    its, package = master(lab), Path(unrolled.__file__).parent
    digest = hashlib.sha256(nbformat.writes(its.notebook).encode())
    code = [package / "grading" / f"{name}.py" for name in _DECIDING] + sorted((package / "room").glob("*.py"))
    code += [package / "checks" / f"{name}.py" for name in ("framework", "compare", f"lab{lab}")]
    for file in code:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _run(its: Master, submission: Submission, seed: int) -> dict[int, Outcome]:
    """Run the exercises that have an answer, under pytest and nbval."""
    plots = any("matplotlib" in answer for answer in submission.answers.values())
    opened = _rooms((*its.modules, PLOTS) if plots else its.modules)
    grading = Grading(its.lab, opened, seed, submission.answers, its.right, CELL_SECONDS, TOTAL_SECONDS)
    folder = opened.folder / f"notebooks-{next(_numbers)}"  # goes with the rooms, however this process ends
    folder.mkdir(mode=0o700)
    try:
        for number, answer in submission.answers.items():
            notebook = exercise_notebook(its.notebook, number, answer)  # which nbval validates when it reads it
            (folder / f"exercise-{number}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        _pytest(folder, grading)
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    if lost := [number for number in submission.answers if number not in grading.outcomes]:
        reason = (grading.errors or ["no reason given"])[0].strip().splitlines()[-1]
        raise CourseError(
            f"Exercise {lost[0]} could not be graded; the file is not to blame: {reason}. Try: unrolled doctor"
        )
    return grading.outcomes


def _pytest(folder: Path, grading: Grading) -> None:
    """Run pytest in this process, with nbval, our plugin and nothing else: what is installed must not change a grade."""
    hidden = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("PYTEST_")}
    off = [argument for name in _UNUSED for argument in ("-p", f"no:{name}")]
    try:
        pytest.main(
            # Without the second of these pytest looks at everything beside the folder, which lies in /tmp.
            [str(folder), "-c", os.devnull, "--rootdir", str(folder), "--confcutdir", str(folder)]
            + ["--disable-plugin-autoload", "--assert=plain", "-s", *off],
            plugins=[nbval.plugin, grading],  # by its name pytest would look for it in all that is installed
        )
    finally:
        os.environ.update(hidden)


def _rooms(names: tuple[str, ...]) -> rooms.Rooms:
    """Return this process's rooms for what is imported; make new ones if the process that forks them has ended."""
    key = (os.getpid(), names)
    if key in _open_rooms and not _open_rooms[key].alive():
        _open_rooms.pop(key).close()
    if key not in _open_rooms:
        _open_rooms[key] = rooms.make(names, rooms.strongest(), Limits())
    return _open_rooms[key]


@atexit.register
def close() -> None:
    """End what this process keeps running for the next file."""
    for key in list(_open_rooms):
        opened = _open_rooms.pop(key)
        if key[0] == os.getpid():
            opened.close()


def _sum_up(lab: Lab, number: int, submission: Submission, outcomes: dict[int, Outcome]) -> ExerciseResult:
    suspicious = tuple(submission.suspicious.get(number, ()))
    if number not in submission.answers:
        return ExerciseResult(number, lab.titles[number], lab.points(number), suspicious=suspicious)
    outcome = outcomes[number]
    points = sum(check.points for check in outcome.checks if check.right)
    return ExerciseResult(
        exercise=number,
        title=lab.titles[number],
        possible=lab.points(number),
        points=points,
        status=outcome.status if outcome.checks else outcome.ended or FAILED,
        checks=tuple(outcome.checks),
        suspicious=suspicious,
        seconds=round(outcome.seconds, 3),
    )

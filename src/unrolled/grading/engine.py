"""Grade one file: assemble a notebook from the master and the learner's answers, run it under pytest and nbval.

Points need positive evidence: a verdict that the check itself sent. No output, no points.
"""

import copy
import importlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from unrolled.checks.framework import Lab
from unrolled.course import CourseError
from unrolled.grading.submission import Submission, master_for, read_submission

CELL_SECONDS = 10


@dataclass
class Exercise:
    """What one exercise earned.

    Attributes:
        status: "passed", "partial", "failed" or "missing".
        checks: name, points, right, hidden and hint of each check, in order.
    """

    exercise: int
    title: str
    possible: float
    points: float = 0.0
    status: str = "missing"
    checks: list[dict] = field(default_factory=list)


@dataclass
class Grade:
    """What one file earned."""

    lab: str
    file: str
    seed: int
    points: float
    possible: float
    exercises: list[Exercise]
    notes: list[str]

    def to_json(self) -> str:
        """The grade as JSON, for `unrolled check --json`."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def grade(root: Path, path: Path, *, seed: int | None = None) -> Grade:
    """Grade a learner's lab. The file itself is only read.

    Args:
        root: the course's folder, with the masters in `solutions/`.
        path: the learner's notebook.
        seed: decides the random inputs of the hidden checks; drawn anew when None.

    Raises:
        SubmissionError: the file cannot be graded at all.
    """
    master = master_for(root, path)
    lab = checks_of(master)
    submission = read_submission(path, master, lab.titles)
    seed = secrets.randbelow(2**31) if seed is None else seed
    verdicts = _run(assemble(master, submission, seed))
    exercises = [_sum_up(lab, number, submission, verdicts) for number in lab.titles]
    return Grade(
        lab=lab.number,
        file=str(path),
        seed=seed,
        points=sum(e.points for e in exercises),
        possible=sum(e.possible for e in exercises),
        exercises=exercises,
        notes=submission.notes,
    )


def checks_of(master: NotebookNode) -> Lab:
    """Return the checks that belong to a solved lab."""
    return importlib.import_module(f"unrolled.checks.lab{master.metadata['unrolled']['number']:02d}").LAB


def assemble(master: NotebookNode, submission: Submission, seed: int) -> NotebookNode:
    """Return the master with the learner's answers in place of its own, and the hidden checks seeded.

    Behind each exercise stands a cell that puts the right function in place of one that did not pass, so that a fault costs
    its own exercise and not those that build on it.
    """
    notebook = copy.deepcopy(master)
    number = master.metadata["unrolled"]["number"]
    right, cells = {}, []
    for cell in notebook.cells:
        lab = cell.metadata.get("lab", {})
        cells.append(cell)
        if lab.get("role") == "answer":
            right[lab["exercise"]] = cell.source
            cell.source = submission.answers.get(lab["exercise"], "")
            cell.outputs, cell.execution_count = [], None
        elif lab.get("role") == "hidden":
            exercise = lab["exercise"]
            cell.source = f"check({exercise}, hidden=True, seed={seed})"
            cells.append(
                new_code_cell(
                    f"from unrolled.checks.lab{number:02d} import LAB\n"
                    f"if not LAB.passed({exercise}):\n{textwrap.indent(right[exercise], '    ')}",
                    id=f"exercise-{exercise}-bridge",
                )
            )
    notebook.cells = cells
    return notebook


def _run(notebook: NotebookNode) -> list[dict]:
    """Run the notebook under pytest and nbval in a process and a folder of its own; return the verdicts it sent."""
    with tempfile.TemporaryDirectory(prefix="unrolled-check-") as folder:
        nbformat.write(notebook, Path(folder, "lab.ipynb"))
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        verdicts = Path(folder, "verdicts.json")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        run = subprocess.run(
            [
                sys.executable, "-m", "pytest", "lab.ipynb", "-c", "pytest.ini", "--rootdir", ".", "-q",
                "-p", "no:cacheprovider", "-p", "nbval.plugin", "-p", "unrolled.grading.pytest_plugin",
                "--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}",
            ],
            cwd=folder,
            # Only the plugins named above: whatever else is installed must not change a grade.
            env=environment | {"UNROLLED_VERDICTS": str(verdicts), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )  # fmt: skip
        if not verdicts.exists():
            raise CourseError(
                f"The grading could not start; your file is not to blame. Try: unrolled doctor\n{run.stdout[-2000:]}"
            )
        return json.loads(verdicts.read_text(encoding="utf-8"))


def _sum_up(lab: Lab, number: int, submission: Submission, verdicts: list[dict]) -> Exercise:
    exercise = Exercise(number, lab.titles[number], lab.points(number))
    if number not in submission.answers:
        return exercise
    for verdict in (v for v in verdicts if v["exercise"] == number):
        exercise.checks += [check | {"hidden": verdict["hidden"]} for check in verdict["checks"]]
    exercise.points = sum(check["points"] for check in exercise.checks if check["right"])
    passed = exercise.points >= exercise.possible
    exercise.status = "passed" if passed else "partial" if exercise.points > 0 else "failed"
    return exercise

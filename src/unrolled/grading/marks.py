"""Exercises that a person marks by a rubric, for what no check can judge, such as a paragraph of reasons.

The rubric is a small YAML file:

    lab: 02
    exercises:
      - exercise: 5
        title: Why gradients vanish
        cell: reflection-1          # id of the notebook cell that holds the learner's text
        criteria:
          - name: names the product of Jacobians
            points: 2
            earns: says that the gradient over many steps is a product of one matrix for each step

`write_sheet` makes a table to fill in and a page to read beside it; `merge` adds what was filled in to the grades. The sheet
has one line a learner and one column a criterion. A learner's line stays empty until it is marked, and never half.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from unrolled.course import CourseError
from unrolled.grading import page, rulefile
from unrolled.grading.csvfile import Table, defused, write_csv
from unrolled.grading.intake import Handed
from unrolled.grading.result import FAILED, MISSING, PARTIAL, PASSED, CheckResult, ExerciseResult, Grade

MAX_TEXT = 20_000  # characters of one text that the page shows
MAX_FAULTS = 20  # faults of a sheet that one error lists


@dataclass(frozen=True)
class Criterion:
    """Something that earns points; `earns` says when."""

    name: str
    points: float
    earns: str


@dataclass(frozen=True)
class Question:
    """An exercise that a person marks.

    Attributes:
        exercise: its number, other than those of the exercises that checks judge.
        cell: id of the notebook cell that holds the learner's text.
    """

    exercise: int
    title: str
    cell: str
    criteria: tuple[Criterion, ...]

    @property
    def possible(self) -> float:
        """Points that all criteria offer."""
        return sum(criterion.points for criterion in self.criteria)

    @property
    def columns(self) -> tuple[str, ...]:
        """The titles of the sheet's columns, one a criterion."""
        return tuple(
            f"{self.exercise}.{number} {criterion.name} (of {criterion.points:g})"
            for number, criterion in enumerate(self.criteria, start=1)
        )

    @property
    def comment(self) -> str:
        """The title of the sheet's column for what the teacher wants to say."""
        return f"{self.exercise} comment"


@dataclass(frozen=True)
class Rubric:
    """What a person marks in one lab."""

    lab: str
    questions: tuple[Question, ...]


def read_rubric(path: Path) -> Rubric:
    """Read a rubric.

    Raises:
        CourseError: unreadable or incomplete; with the line and what is allowed.
    """
    given = rulefile.read(path, ("lab", "exercises"))
    lab = int(given.number("lab", 1, 99))
    questions = []
    for part in given.blocks("exercises", ("exercise", "title", "cell", "criteria")):
        criteria = tuple(
            Criterion(one.text("name"), one.number("points", 0.01, 1000), one.text("earns"))
            for one in part.blocks("criteria", ("name", "points", "earns"))
        )
        number = part.number("exercise", 1, 99)
        if number != int(number) or number in [question.exercise for question in questions]:
            raise part.wrong("exercise", "a whole number that no other exercise here has")
        questions.append(Question(int(number), part.text("title"), part.text("cell"), criteria))
    return Rubric(f"{lab:02d}", tuple(questions))


def write_sheet(out: Path, handed: Iterable[Handed], rubric: Rubric) -> tuple[Path, Path]:
    """Write a sheet to fill in, `marks-NN.csv`, and a page that shows each learner's text beside the rubric.

    A sheet that is there already may hold marks, so it is never written over.

    Args:
        out: the folder for both; made if it is missing.
        handed: what the learners handed in; read once, one notebook in memory at a time.
        rubric: as `read_rubric` gives it.

    Returns:
        the sheet and the page.

    Raises:
        CourseError: there is a sheet already.
    """
    sheet, beside = out / f"marks-{rubric.lab}.csv", out / f"marks-{rubric.lab}.html"
    if sheet.exists():
        raise CourseError(f"{sheet} is there already and may hold marks. Move it away, or give another folder.")
    columns = [title for question in rubric.questions for title in (*question.columns, question.comment)]
    lines = [["learner", *columns]]
    texts: dict[int, list[tuple[str, str]]] = {question.exercise: [] for question in rubric.questions}
    for one in handed:
        lines.append([one.learner, *[""] * len(columns)])
        sources = _sources(one.content)
        for question in rubric.questions:
            texts[question.exercise].append((one.learner, _shown(one, question, sources)))
    body = "\n".join(_section(question, texts[question.exercise]) for question in rubric.questions)
    page.write(beside, page.render(f"Lab {rubric.lab}: to mark by hand", body))
    write_csv(sheet, lines)
    return sheet, beside


def merge(grades: Iterable[Grade], marks_csv: Path, rubric: Rubric) -> list[Grade]:
    """Return the grades with the exercises that were marked by hand, in the order they came in.

    A learner without marks, in the sheet or not, gets the exercise without points and a note that it is not marked yet.

    Args:
        grades: without these exercises.
        marks_csv: the sheet, filled in; commas or semicolons, decimal points or commas.
        rubric: the one that the sheet was made from.

    Raises:
        CourseError: the sheet is of another rubric, or holds what cannot be merged; every such row is named.
    """
    grades = list(grades)
    numbers = {question.exercise for question in rubric.questions}
    for grade in grades:
        if grade.lab != rubric.lab:
            raise CourseError(f"The rubric is for lab {rubric.lab}; {grade.learner} has a grade for lab {grade.lab}.")
        if taken := numbers & {exercise.exercise for exercise in grade.exercises}:
            raise CourseError(
                f"Exercise {min(taken)} of {grade.learner} has a result already. Give the exercises in the rubric "
                "numbers that the lab does not use."
            )
    marks = _read_marks(marks_csv, rubric, [grade.learner for grade in grades])
    return [_with_marks(grade, rubric, marks.get(grade.learner, {})) for grade in grades]


# The page -----------------------------------------------------------------------------------------------------------


def _sources(content: bytes) -> Mapping[str, str]:
    """Return the source of each cell with an id; nothing is expected of the notebook."""
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    found: dict[str, str] = {}
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or not isinstance(cell.get("id"), str):
            continue
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        found.setdefault(cell["id"], "".join(line for line in lines if isinstance(line, str)))
    return found


def _shown(handed: Handed, question: Question, sources: Mapping[str, str]) -> str:
    if handed.problem:
        return f'<div class="quiet">{page.text(handed.problem)}</div>'
    if question.cell not in sources:
        return f'<div class="quiet">The notebook has no cell with the id {page.text(question.cell)}.</div>'
    text = sources[question.cell].strip()
    if not text:
        return '<div class="quiet">The cell is empty.</div>'
    return f"<div>{page.text(text, MAX_TEXT)}</div>".replace("\n", "<br>")


def _section(question: Question, texts: list[tuple[str, str]]) -> str:
    criteria = "".join(
        f"<li><strong>{page.text(criterion.name)}</strong>, {page.points(criterion.points)}: "
        f"{page.text(criterion.earns, 2000)}</li>"
        for criterion in question.criteria
    )
    rows = [(page.name(learner), text, f"<ul>{criteria}</ul>") for learner, text in texts]
    heading = f"Exercise {question.exercise}: {question.title}"
    caption = f"Exercise {question.exercise}, points in all: {page.points(question.possible)}"
    return f"<h2>{page.text(heading)}</h2>\n" + page.table(caption, ("Learner", "Text", "What earns points"), rows)


# The sheet ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Mark:
    """What one learner got for one exercise, a number for each criterion."""

    points: tuple[float, ...]
    comment: str


def _read_marks(path: Path, rubric: Rubric, learners: Iterable[str]) -> dict[str, dict[int, _Mark]]:
    """Return the marks by learner and exercise."""
    table = Table(path)
    where = _columns(path, table.texts(0), rubric)
    # A spreadsheet shows some ids with an apostrophe before them: that is how they were written into the sheet.
    known = {written.strip(): learner for learner in learners for written in (defused(learner), learner)}
    marks: dict[str, dict[int, _Mark]] = {}
    first: dict[str, int] = {}
    faults: list[str] = []
    for index in range(1, len(table.rows)):
        cells, row = table.texts(index), index + 1
        if not any(cell.strip() for cell in cells):
            continue
        cells += [""] * (max(where.values()) + 1 - len(cells))
        learner = known.get(cells[where["learner"]])
        if learner is None:
            faults.append(f"row {row}: nobody with the id {cells[where['learner']]!r} has a grade")
        elif learner in first:
            faults.append(f"row {row}: {learner} stands in row {first[learner]} already")
        else:
            first[learner] = row
            marks[learner] = {}
            for question in rubric.questions:
                given = [cells[where[title]].strip() for title in question.columns]
                if not any(given):
                    continue
                wrong = list(_faults(given, question))
                faults += [f"row {row}, {learner}: {fault}" for fault in wrong]
                if not wrong:
                    points = tuple(_float(text) for text in given)
                    marks[learner][question.exercise] = _Mark(points, cells[where[question.comment]].strip())
    if faults:
        more = f"\n  and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        raise CourseError(f"{path} was not merged:\n  " + "\n  ".join(faults[:MAX_FAULTS]) + more)
    return marks


def _columns(path: Path, header: list[str], rubric: Rubric) -> dict[str, int]:
    wanted = ["learner", *(title for one in rubric.questions for title in (*one.columns, one.comment))]
    strange = [title for title in header if re.match(r"\d+\.\d+ ", title) and title not in wanted]
    for title in wanted:
        if header.count(title) != 1:
            what = "no column" if title not in header else "more than one column"
            hint = f" It has {strange[0]!r}, which the rubric does not." if strange else ""
            raise CourseError(f"{path} has {what} {title!r}.{hint} Was the sheet made from another rubric?")
    if strange:
        raise CourseError(f"{path} has a column {strange[0]!r} that the rubric does not have.")
    return {title: header.index(title) for title in wanted}


def _faults(given: list[str], question: Question) -> Iterator[str]:
    for text, title, criterion in zip(given, question.columns, question.criteria, strict=True):
        if not text:
            yield f"{title} is empty, and others of this exercise are not; write 0 for no points"
        elif not 0 <= _float(text) <= criterion.points:
            yield f"{title} is {text!r}; allowed: a number from 0 to {criterion.points:g}"


def _float(text: str) -> float:
    """Return a number, or one that is in no range."""
    return float(text.replace(",", ".")) if re.fullmatch(r"\d{1,6}([.,]\d*)?", text) else float("nan")


def _with_marks(grade: Grade, rubric: Rubric, marks: Mapping[int, _Mark]) -> Grade:
    exercises, notes = list(grade.exercises), list(grade.notes)
    for question in rubric.questions:
        mark = marks.get(question.exercise)
        if mark is None:
            exercises.append(ExerciseResult(question.exercise, question.title, question.possible, status=MISSING))
            notes.append(f"Exercise {question.exercise}: not marked yet.")
            continue
        points = sum(mark.points)
        status = PASSED if points >= question.possible - 1e-9 else PARTIAL if points > 0 else FAILED
        checks = tuple(map(_check, question.criteria, mark.points))
        exercises.append(ExerciseResult(question.exercise, question.title, question.possible, points, status, checks))
        if mark.comment:
            notes.append(f"Exercise {question.exercise}: {mark.comment}")
    return replace(grade, exercises=tuple(exercises), notes=tuple(notes))


def _check(criterion: Criterion, points: float) -> CheckResult:
    """Return a criterion as a check; what it is worth stands in its points, what it earned in the hint and the exercise."""
    right = points >= criterion.points
    hint = "" if right else f"{points:g} of {criterion.points:g} points. What earns them: {criterion.earns}"
    return CheckResult(criterion.name, criterion.points, right, hidden=False, hint=hint)

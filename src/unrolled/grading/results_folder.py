"""What a teacher finds in the results' folder after a class was graded:

gradebook.sqlite    all results; everything below is made from it and can be made again with --resume
scores.csv          one line a learner
grades.json         everything that is known of each grade
overview.html       the class: points, checks, mistakes, learners
similarity.html     answers that are alike
feedback/           a page for each learner
canvas.csv, moodle.csv, marks-NN.csv, marks-NN.html    where asked for
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from unrolled import course
from unrolled.course import CourseError
from unrolled.grading import engine, exports
from unrolled.grading.classroom import Run
from unrolled.grading.feedback import Late, write_feedback
from unrolled.grading.gradebook import Gradebook
from unrolled.grading.intake import Handed
from unrolled.grading.late import Rule, read_rule, unused_extensions
from unrolled.grading.marks import Rubric, merge, read_rubric, write_sheet
from unrolled.grading.overview import write_overview
from unrolled.grading.result import FAILED, PARTIAL, STATUSES, Grade
from unrolled.grading.similarity import pairs, write_similarity
from unrolled.grading.submission import parse, read_submission


@dataclass(frozen=True)
class Wishes:
    """What a teacher wants besides the pages.

    Attributes:
        late: what handing in late costs.
        canvas: the gradebook that Canvas exported.
        assignment: the title of its column.
        moodle: the grading worksheet from Moodle.
        rubric: of what is marked by hand.
        marks: the sheet with these marks; None writes an empty sheet for the rubric.
    """

    late: Rule | None = None
    canvas: Path | None = None
    assignment: str = ""
    moodle: Path | None = None
    rubric: Rubric | None = None
    marks: Path | None = None

    def export(self, out: Path, rows: list[exports.Row]) -> list[exports.Written]:
        """Fill in what Canvas or Moodle gave, for the teacher to give back."""
        written = []
        if self.canvas:
            written.append(exports.write_canvas(out / "canvas.csv", rows, self.canvas, self.assignment))
        if self.moodle:
            written.append(exports.write_moodle(out / "moodle.csv", rows, self.moodle))
        return written


def read_wishes(
    lab: str,
    *,
    late: Path | None = None,
    canvas: Path | None = None,
    assignment: str | None = None,
    moodle: Path | None = None,
    rubric: Path | None = None,
    marks: Path | None = None,
) -> Wishes:
    """Read the files that a teacher gave, and find what is wrong with them before a class is graded, not hours later.

    Args:
        lab: "02".
        late, canvas, assignment, moodle, rubric, marks: as in `Wishes`; the assignment is "Lab 02" if it is not given.

    Raises:
        CourseError: a file is not what it should be.
    """
    if marks and not rubric:
        raise CourseError("Marks given by hand need their rubric: add --rubric FILE.")
    for path in filter(None, (canvas, moodle, marks)):
        if not path.is_file():
            raise CourseError(f"There is no file {path}.")
    wishes = Wishes(
        late=read_rule(late) if late else None,
        canvas=canvas,
        assignment=assignment or f"Lab {lab}",
        moodle=moodle,
        rubric=read_rubric(rubric) if rubric else None,
        marks=marks,
    )
    if wishes.rubric and wishes.rubric.lab != lab:
        raise CourseError(f"{rubric} is for lab {wishes.rubric.lab}, not {lab}.")
    with tempfile.TemporaryDirectory() as folder:
        wishes.export(Path(folder), [])
    return wishes


def write_reports(out: Path, book: Gradebook, read: Callable[[], Iterable[Handed]], wishes: Wishes) -> list[str]:
    """Write everything but the gradebook, and return what the teacher must know about it, one sentence each.

    Args:
        out: the folder.
        book: the results.
        read: gives what the class handed in, from its beginning: the gradebook does not hold the answers.
        wishes: what is wanted besides the pages.

    Raises:
        CourseError: a file cannot be written, or the marks by hand do not fit.
    """
    entries = list(book.entries())
    by_checks = [grade for _, grade in entries]
    notes = [
        f"The rule for lateness extends the time of {learner}, and nobody with this id handed in."
        for learner in unused_extensions(wishes.late, [handed.learner for handed, _ in entries])
    ]
    if wishes.rubric:
        if wishes.marks:
            merged = merge(by_checks, wishes.marks, wishes.rubric)
            entries = [(handed, grade) for (handed, _), grade in zip(entries, merged, strict=True)]
        elif (sheet := out / f"marks-{book.lab}.csv").exists():
            notes.append(f"{sheet} is there already. When it is filled in: --resume --rubric ... --marks {sheet}")
        else:
            write_sheet(out, read(), wishes.rubric)
    rows = exports.rows(entries, wishes.late)
    for written in (
        exports.write_scores(out / "scores.csv", rows),
        exports.write_json(out / "grades.json", rows),
        *wishes.export(out, rows),
    ):
        notes += written.notes
    by_hand = [question.exercise for question in wishes.rubric.questions] if wishes.rubric else []
    try:
        for row in rows:
            taken = Late(row.penalty.note, row.taken) if row.taken else None
            write_feedback(out / "feedback", row.grade, late=taken, by_hand=by_hand)
        # The pages above stand when comparing the answers fails: it is the last and the least.
        write_similarity(out / "similarity.html", pairs(answers(read(), book.lab), given(book.lab)), lab=book.lab)
        write_overview(out / "overview.html", by_checks, feedback=out / "feedback", similarity=out / "similarity.html")
    except OSError as error:
        raise CourseError(f"{error.filename or out} cannot be written: {error.strerror}.") from error
    return notes


def summary(book: Gradebook, ran: Run) -> list[str]:
    """Say in a few lines what became of a class: how many files, with which status, and what is to be done."""
    fates = Counter(fate(grade) for grade in book.grades())
    counted = ", ".join(f"{fates[status]} {status}" for status in STATUSES if fates[status])
    lines = [f"{len(book)} files, {ran.fresh} graded now: {counted}."]
    if gone := len(book) - ran.seen:
        lines.append(f"{gone} of them were not handed in this time; their results are from an earlier run.")
    if again := book.unsettled():
        lines.append(f"{again} could not be graded, for a reason their pages tell. To try them again: --resume.")
    return lines


def fate(grade: Grade) -> str:
    """Return what became of a file in one word: what became of all its exercises, or what their points add up to."""
    statuses = {exercise.status for exercise in grade.exercises}
    if len(statuses) == 1:
        return statuses.pop()
    return PARTIAL if grade.points > 0 else FAILED


def answers(handed: Iterable[Handed], lab: str) -> dict[str, dict[int, str]]:
    """Return the source of each learner's answers; whoever's file cannot be read has none.

    Args:
        handed: what the class handed in.
        lab: "02".
    """
    return {one.learner: _answers(one.content, one.file, lab) for one in handed if not one.problem}


def given(lab: str) -> dict[int, str]:
    """Return the source of each answer cell as every learner got it."""
    (stub,) = (course.root() / "labs").glob(f"{lab}_*.ipynb")
    return _answers(stub.read_bytes(), stub.name, lab)


def _answers(content: bytes, file: str, lab: str) -> dict[int, str]:
    its = engine.master(lab)
    try:
        return read_submission(parse(content, file), file, its.notebook, its.lab.titles).answers
    except (CourseError, ValueError, RecursionError, MemoryError):
        return {}

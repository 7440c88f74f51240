"""What lies in the results' folder fits together: points after lateness and marks by hand, on pages and in exports."""

import csv
import json
from datetime import UTC, datetime

import pytest

from unrolled.course import CourseError
from unrolled.grading import page
from unrolled.grading.classroom import Run, ungraded
from unrolled.grading.feedback import feedback_name
from unrolled.grading.gradebook import FILE, Gradebook
from unrolled.grading.intake import Handed
from unrolled.grading.job import Job
from unrolled.grading.result import CRASHED, MISSING, PASSED, ExerciseResult, Grade
from unrolled.grading.results_folder import Wishes, answers, fate, given, read_wishes, summary, write_reports

OWN_WAY = """def rnn_forward(X, params, h0=None):
    batch, steps, width = X.shape
    memory = np.zeros((batch, params["U"].shape[0])) if h0 is None else np.array(h0, copy=True)
    collected = np.empty((batch, steps, memory.shape[1]), dtype=memory.dtype)
    for moment in reversed(range(steps)):
        place = steps - 1 - moment
        memory = rnn_step(X[:, place, :], memory, params)
        collected[:, place, :] = memory
    return collected
"""
LATE = "due: 2026-03-01 12:00\ntime_zone: UTC\npercent: 10\nper: day\nextensions:\n  dan: 2026-03-05 12:00\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 02 (77)\n"
    "    Points Possible,,,,,10\n"
    '"Lovelace, Ada",11,,ada,1,\n"Babbage, Ben",12,,ben,1,\n'
)
RUBRIC = (
    "lab: 02\nexercises:\n  - exercise: 9\n    title: Why order matters\n    cell: reflection\n    criteria:\n"
    "      - name: reasons\n        points: 2\n        earns: gives a reason\n"
)


def notebook(root, source):
    plain = json.loads((root / "labs" / "02_forward.ipynb").read_text(encoding="utf-8"))
    for cell in plain["cells"]:
        if cell["id"] == "exercise-2-answer":
            cell["source"] = source
    return json.dumps(plain).encode()


def grade(learner, points):
    exercise = ExerciseResult(2, "rnn_forward", 10.0, points, PASSED if points == 10 else "partial")
    return Grade("02", learner, "02_forward.ipynb", "0" * 64, 1, "namespaces", (exercise,))


@pytest.fixture
def handed(root):
    """Ada in time, Ben two days late with Ada's answer, and Cy with a file that no parser gets through."""
    return [
        Handed(
            "ada", "a.ipynb", notebook(root, OWN_WAY), datetime(2026, 3, 1, 9, tzinfo=UTC), ids={"canvas_user": "11"}
        ),
        Handed(
            "ben", "b.ipynb", notebook(root, OWN_WAY), datetime(2026, 3, 2, 13, tzinfo=UTC), ids={"canvas_user": "12"}
        ),
        Handed("cy", "c.ipynb", b"[" * 100_000, datetime(2026, 3, 1, 9, tzinfo=UTC)),
    ]


@pytest.fixture
def book(tmp_path, handed):
    with Gradebook.create(tmp_path / "out" / FILE, "02", seed=1) as made:
        for one, points in zip(handed, (10.0, 8.0, 0.0), strict=True):
            made.record(one, one.learner, grade(one.learner, points), settled=True)
        yield made


def scores(out):
    with open(out / "scores.csv", encoding="utf-8-sig", newline="") as file:
        return {line["learner"]: line for line in csv.DictReader(file)}


def test_lateness_reaches_scores_canvas_and_the_learners_page(tmp_path, book, handed):
    (tmp_path / "late.yml").write_text(LATE)
    (tmp_path / "canvas.csv").write_text(CANVAS)
    wishes = read_wishes("02", late=tmp_path / "late.yml", canvas=tmp_path / "canvas.csv")
    out = book.path.parent
    notes = write_reports(out, book, lambda: handed, wishes)
    assert [scores(out)[learner]["points"] for learner in ("ada", "ben", "cy")] == ["10", "6", "0"]
    assert [line.rsplit(",", 1)[1] for line in (out / "canvas.csv").read_text().splitlines()[2:]] == ["10", "6"]
    assert "Late by 2 days" in (out / "feedback" / feedback_name("ben")).read_text()
    assert "Late by" not in (out / "feedback" / feedback_name("ada")).read_text()
    assert (tmp_path / "canvas.csv").read_text() == CANVAS
    assert any("dan" in note for note in notes), "an extension for nobody"
    assert any("cy" in note for note in notes), "nobody in Canvas"
    assert [plain["counts"] for plain in json.loads((out / "grades.json").read_text())] == [10, 6, 0]


def test_answers_that_are_alike_are_shown_and_the_overview_links_the_pages(book, handed):
    out = book.path.parent
    assert write_reports(out, book, lambda: handed, Wishes()) == []
    similar = (out / "similarity.html").read_text()
    assert f"{page.name('ada')} and {page.name('ben')}" in similar
    assert page.name("cy") not in similar
    overview = (out / "overview.html").read_text()
    assert f"feedback/{feedback_name('ada')}" in overview
    assert "similarity.html" in overview
    assert {path.name for path in (out / "feedback").iterdir()} == {feedback_name(one.learner) for one in handed}


def test_a_rubric_gives_a_sheet_once_and_then_the_marks_in_it_count(tmp_path, book, handed):
    out = book.path.parent
    (tmp_path / "rubric.yml").write_text(RUBRIC)
    wishes = read_wishes("02", rubric=tmp_path / "rubric.yml")
    write_reports(out, book, lambda: handed, wishes)
    sheet = out / "marks-02.csv"
    title = "9.1 reasons (of 2)"
    assert title in sheet.read_text(encoding="utf-8-sig")
    sheet.write_text(f"learner,{title},9 comment\nada,2,\nben,0,think again\n", encoding="utf-8")
    filled = sheet.read_bytes()
    notes = write_reports(out, book, lambda: handed, wishes)
    assert "there already" in notes[0]
    assert sheet.read_bytes() == filled
    write_reports(out, book, lambda: handed, read_wishes("02", rubric=tmp_path / "rubric.yml", marks=sheet))
    assert [scores(out)[learner]["points"] for learner in ("ada", "ben", "cy")] == ["12", "8", "0"]
    assert "Why order matters" in (out / "feedback" / feedback_name("ada")).read_text()
    assert [found.points for found in book.grades()] == [10, 8, 0], "the gradebook holds what the checks gave"


@pytest.mark.parametrize(
    ("wish", "content", "words"),
    [
        ("late", "due: soon\n", "late"),
        ("canvas", "a,b\n1,2\n", "no gradebook of Canvas"),
        ("canvas", CANVAS.replace("Lab 02", "Quiz"), "no column"),
        ("moodle", "a,b\n1,2\n", "no grading worksheet"),
        ("rubric", RUBRIC.replace("lab: 02", "lab: 03"), "for lab 03"),
        ("marks", "", "--rubric"),
        ("canvas", None, "There is no file"),
    ],
)
def test_a_file_that_cannot_be_used_is_found_before_anything_is_graded(tmp_path, wish, content, words):
    path = tmp_path / wish
    if content is not None:
        path.write_text(content)
    with pytest.raises(CourseError, match=words):
        read_wishes("02", **{wish: path})


def test_a_page_that_cannot_be_written_is_named(book, handed):
    (book.path.parent / "feedback").write_text("in the way")
    with pytest.raises(CourseError, match=r"feedback.* cannot be written"):
        write_reports(book.path.parent, book, lambda: handed, Wishes())


def test_a_fresh_copy_has_no_answer_of_its_own(root):
    stub = Handed("ada", "02_forward.ipynb", (root / "labs" / "02_forward.ipynb").read_bytes())
    assert answers([stub], "02") == {"ada": given("02")}
    assert set(given("02")) == {1, 2, 3, 4}


def test_the_summary_counts_files_and_says_what_is_to_be_done(tmp_path, book):
    job = Job("02", "dan", "d.ipynb", b"", 1)
    book.record(Handed("dan", "d.ipynb", b""), "dan", ungraded(job, CRASHED, "its worker died"), settled=False)
    lines = "\n".join(summary(book, Run(seen=3, fresh=2, interrupted=False)))
    assert "4 files, 2 graded now: 1 passed, 2 partial, 1 crashed." in lines
    assert "1 of them were not handed in this time" in lines
    assert "1 could not be graded" in lines


def test_the_fate_of_a_file_is_its_exercises_or_what_they_add_up_to():
    job = Job("02", "ada", "", b"", 1)
    assert fate(ungraded(job, MISSING, "nothing")) == MISSING
    assert fate(grade("ada", 10.0)) == PASSED
    mixed = [ExerciseResult(1, "a", 1.0, 0.0, "failed"), ExerciseResult(2, "b", 1.0, 0.0, "timeout")]
    assert fate(Grade("02", "ada", "", "", 1, "", tuple(mixed))) == "failed"
    mixed[0] = ExerciseResult(1, "a", 1.0, 1.0, PASSED)
    assert fate(Grade("02", "ada", "", "", 1, "", tuple(mixed))) == "partial"

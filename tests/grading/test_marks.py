"""Marks by hand come in whole or not at all, and no learner is lost on the way."""

import csv
import json

import pytest

from unrolled.course import CourseError
from unrolled.grading.intake import Handed
from unrolled.grading.marks import Criterion, merge, read_rubric, write_sheet
from unrolled.grading.result import ExerciseResult, Grade

RUBRIC = """\
lab: 02
exercises:
  - exercise: 5
    title: Why gradients vanish
    cell: reflection-1
    criteria:
      - name: names the product
        points: 2
        earns: says that the gradient is a product
      - name: gives a bound
        points: 1.5
        earns: bounds it by a power
  - exercise: 6
    title: What to do
    cell: reflection-2
    criteria:
      - name: one remedy
        points: 1
        earns: names one
"""
HEADER = [
    "learner",
    "5.1 names the product (of 2)",
    "5.2 gives a bound (of 1.5)",
    "5 comment",
    "6.1 one remedy (of 1)",
    "6 comment",
]


@pytest.fixture
def rubric(tmp_path):
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC, encoding="utf-8")
    return read_rubric(path)


@pytest.fixture
def sheet(tmp_path):
    """Return a function that writes a filled-in sheet."""

    def write(*lines, header=HEADER, delimiter=","):
        path = tmp_path / "filled.csv"
        with open(path, "w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *lines])
        return path

    return write


def grade(learner, lab="02", exercises=(1,)):
    results = tuple(ExerciseResult(number, "one step", 3, 3, "passed") for number in exercises)
    return Grade(lab, learner, "x.ipynb", "ab", 1, "room", results, ("a note",))


def handed(learner, problem="", **cells):
    content = json.dumps(
        {"cells": [{"id": name.replace("_", "-"), "source": source} for name, source in cells.items()]}
    ).encode()
    return Handed(learner, "x.ipynb", b"" if problem else content, problem=problem)


def test_the_rubric(rubric):
    assert rubric.lab == "02"
    assert rubric.questions[0].criteria[1] == Criterion("gives a bound", 1.5, "bounds it by a power")
    assert rubric.questions[0].possible == 3.5
    assert [question.cell for question in rubric.questions] == ["reflection-1", "reflection-2"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("points: 1.5", "points: some", r"line 11: `points: some`; allowed: a number from 0.01"),
        ("points: 1.5", "points: 0", r"line 11"),
        ("    cell: reflection-1\n", "", r"line 3: `cell` is missing"),
        ("earns: names one", "earn: names one", r"line 19: there is no `earn` here. Allowed: name, points, earns"),
        ("exercise: 6", "exercise: 5", r"line 13.*no other exercise here has"),
        ("exercise: 6", "exercise: 5.5", r"line 13.*whole number"),
        ("lab: 02", "lab: two", r"line 1"),
        (
            "    criteria:\n      - name: one remedy\n        points: 1\n        earns: names one\n",
            "    criteria: []\n",
            "list",
        ),
    ],
)
def test_a_wrong_rubric_is_named_by_its_line(tmp_path, old, new, words):
    path = tmp_path / "rubric.yaml"
    assert old in RUBRIC
    path.write_text(RUBRIC.replace(old, new), encoding="utf-8")
    with pytest.raises(CourseError, match=words):
        read_rubric(path)


def test_the_sheet_has_everybody_and_merges_back_unmarked(tmp_path, rubric):
    everybody = ["ana", "=cmd()", "-ben", "Öz, Cleo", "dan"]
    given = [handed(name, reflection_1="text", reflection_2="more") for name in everybody[:-1]]
    csv_path, page_path = write_sheet(tmp_path / "m", [*given, handed("dan", problem="no notebook of lab 02.")], rubric)
    with open(csv_path, newline="", encoding="utf-8-sig") as file:
        lines = list(csv.reader(file))
    assert lines[0] == HEADER
    assert [line[0] for line in lines[1:]] == ["ana", "'=cmd()", "'-ben", "Öz, Cleo", "dan"]
    merged = merge([grade(name) for name in everybody], csv_path, rubric)
    assert [one.learner for one in merged] == everybody
    assert {exercise.status for one in merged for exercise in one.exercises[1:]} == {"missing"}
    assert "no notebook of lab 02." in page_path.read_text(encoding="utf-8")


def test_the_page_shows_texts_beside_the_rubric_as_text_only(tmp_path, rubric):
    attack = '<script>alert(1)</script></p><img src=x onerror=alert(1)> "\u202e"'
    given = [
        handed("<b>ana</b>", reflection_1=["line one\n", attack], reflection_2=""),
        handed("ben", reflection_2="only two"),
        Handed("cleo", "x", b"not json"),
        Handed("dan", "x", b'{"cells": [3, {"id": ["x"]}, {"id": "reflection-1", "source": {"a": 1}}]}'),
    ]
    _, path = write_sheet(tmp_path, given, rubric)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "\u202e" not in text
    assert "line one<br>&lt;script&gt;alert(1)" in text
    assert "only two" in text
    assert "The notebook has no cell with the id reflection-1." in text
    assert "The cell is empty." in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "prefers-color-scheme:dark" in text
    assert text.count("says that the gradient is a product") == 4
    assert text.index("line one") < text.index("says that the gradient is a product")


def test_one_endless_text_does_not_fill_the_page(tmp_path, rubric):
    _, path = write_sheet(tmp_path, [handed("ana", reflection_1="x" * 5_000_000)], rubric)
    assert path.stat().st_size < 100_000


def test_a_sheet_with_marks_is_never_written_over(tmp_path, rubric):
    csv_path, _ = write_sheet(tmp_path, [handed("ana")], rubric)
    csv_path.write_text("marks")
    with pytest.raises(CourseError, match="may hold marks"):
        write_sheet(tmp_path, [handed("ana")], rubric)
    assert csv_path.read_text() == "marks"


def test_marks_are_merged(rubric, sheet):
    path = sheet(["ben", "1", "0", "nearly", "1", ""], ["ana", "2", "1,5", "", "0", "sorry"], ["", "", "", "", "", ""])
    ana, ben = merge([grade("ana"), grade("ben")], path, rubric)
    assert [exercise.exercise for exercise in ana.exercises] == [1, 5, 6]
    assert [exercise.points for exercise in ana.exercises] == [3, 3.5, 0]
    assert [exercise.status for exercise in ana.exercises] == ["passed", "passed", "failed"]
    assert [exercise.status for exercise in ben.exercises] == ["passed", "partial", "passed"]
    assert (ben.points, ben.possible) == (5, 7.5)
    first, second = ben.exercises[1].checks
    assert (first.name, first.points, first.right, first.hidden) == ("names the product", 2, False, False)
    assert first.hint == "1 of 2 points. What earns them: says that the gradient is a product"
    assert second.hint.startswith("0 of 1.5 points")
    assert [check.hint for check in ana.exercises[1].checks] == ["", ""]
    assert ana.notes == ("a note", "Exercise 6: sorry")
    assert ben.notes == ("a note", "Exercise 5: nearly")
    assert Grade.from_dict(json.loads(ben.to_json())) == ben


def test_semicolons_as_some_spreadsheets_write(rubric, sheet):
    (ana,) = merge([grade("ana")], sheet(["ana", "2", "0,5", "", "1", ""], delimiter=";"), rubric)
    assert ana.points == 6.5


def test_a_learner_not_marked_yet_is_kept(rubric, sheet):
    path = sheet(["ana", "2", "1", "", "", ""])
    ana, ben = merge([grade("ana"), grade("ben")], path, rubric)
    assert [exercise.status for exercise in ana.exercises[1:]] == ["partial", "missing"]
    assert [exercise.status for exercise in ben.exercises[1:]] == ["missing", "missing"]
    assert ben.points == 3
    assert ben.possible == 7.5
    assert "Exercise 5: not marked yet." in ben.notes
    assert "Exercise 6: not marked yet." in ana.notes


def test_every_fault_is_named_with_its_row(rubric, sheet):
    path = sheet(
        ["ana", "2.5", "1", "", "", ""],
        ["zoe", "1", "1", "", "", ""],
        ["", "", "", "", "", ""],
        ["ben", "1", "", "", "", ""],
        ["ben", "1", "1", "", "", ""],
        ["cleo", "-1", "nan", "", "1e0", ""],
        ["", "1", "1", "", "", ""],
    )
    with pytest.raises(CourseError) as caught:
        merge([grade("ana"), grade("ben"), grade("cleo")], path, rubric)
    faults = str(caught.value).split("\n  ")[1:]
    assert faults == [
        "row 2, ana: 5.1 names the product (of 2) is '2.5'; allowed: a number from 0 to 2",
        "row 3: nobody with the id 'zoe' has a grade",
        "row 5, ben: 5.2 gives a bound (of 1.5) is empty, and others of this exercise are not; write 0 for no points",
        "row 6: ben stands in row 5 already",
        "row 7, cleo: 5.1 names the product (of 2) is '-1'; allowed: a number from 0 to 2",
        "row 7, cleo: 5.2 gives a bound (of 1.5) is 'nan'; allowed: a number from 0 to 1.5",
        "row 7, cleo: 6.1 one remedy (of 1) is '1e0'; allowed: a number from 0 to 1",
        "row 8: nobody with the id '' has a grade",
    ]


def test_a_sheet_of_another_rubric(rubric, sheet):
    other = [title.replace("(of 2)", "(of 4)") for title in HEADER]
    with pytest.raises(CourseError, match=r"no column '5.1 names the product \(of 2\)'.*\(of 4\)"):
        merge([grade("ana")], sheet(["ana", "4", "1", "", "1", ""], header=other), rubric)
    with pytest.raises(CourseError, match=r"has a column '5.3 more \(of 1\)'"):
        merge([grade("ana")], sheet(header=[*HEADER, "5.3 more (of 1)"]), rubric)


def test_a_teachers_own_column_does_no_harm(rubric, sheet):
    path = sheet(["x", "ana", "2", "1.5", "", "1", ""], header=["total", *HEADER])
    assert merge([grade("ana")], path, rubric)[0].points == 7.5


def test_numbers_that_the_lab_uses_already(rubric, sheet):
    with pytest.raises(CourseError, match="Exercise 5 of ana has a result already"):
        merge([grade("ana", exercises=(1, 5))], sheet(), rubric)


def test_grades_of_another_lab(rubric, sheet):
    with pytest.raises(CourseError, match="rubric is for lab 02; ana has a grade for lab 03"):
        merge([grade("ana", lab="03")], sheet(), rubric)

"""Grades land in the right cells, every other byte stays, and no text of a learner becomes a formula."""

import csv
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from unrolled.course import CourseError
from unrolled.grading.exports import Row, rows, write_canvas, write_json, write_moodle, write_scores
from unrolled.grading.intake import Handed
from unrolled.grading.late import Penalty, Rule
from unrolled.grading.result import ExerciseResult, Grade


def row(learner, points=7.5, *, percent=0.0, suspicious=(), notes=(), title="one step", **ids):
    exercises = (
        ExerciseResult(1, title, 5, min(points, 5), "passed"),
        ExerciseResult(2, "the loop", 5, max(points - 5, 0), "timeout", suspicious=suspicious),
    )
    grade = Grade("02", learner, "02_forward.ipynb", "ab", 1, "bubblewrap", exercises, notes)
    return Row(grade, ids, Penalty(percent))


# Canvas. The rows are those of gradebook_exporter.rb: a hidden row, points possible, then learners.
GRADEBOOK = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,Lab 2 (901),Lab 2 bis (902),Final Score\r\n"
    ",,,,,,Manual Posting,,\r\n"
    '    Points Possible,,,,,,10.00,"5,0",(read only)\r\n'
    '"Doe, Jane",12345,u1,jdoe,"A, B","said ""hi""",,3,80\r\n'
    '"Roe, John",222,u2,JRoe@x.edu,A,  spaced ,4.00,,\r\n'
    '"Öz, Ana María",333,u3,aoz,A,=1+1,,,\r\n'
    '"Li, An",444,u4,ali,A,,,,\r\n'
    '"Lia, N",555,u5,lian,B,,,,\r\n'
    '"Poe, Ed",666,u6,epoe,B,,N/A,,\r\n'
    '"Fox, Sam",777,u7,sfox,B,,EX,,\r\n'
    '"Student, Test",888,,tstud,B,,,,\r\n'
)


@pytest.fixture
def gradebook(tmp_path):
    """Return a function that writes a gradebook as Canvas would."""

    def write(text=GRADEBOOK):
        path = tmp_path / "gradebook.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def filled(text, cells):
    """The gradebook with cells of one column replaced, by the start of the line, by hand and not by CSV code."""
    lines = text.split("\r\n")
    for start, (old, new) in cells.items():
        (number,) = [number for number, line in enumerate(lines) if line.startswith(start)]
        assert old in lines[number]
        lines[number] = lines[number].replace(old, new, 1)
    return "\r\n".join(lines).encode()


def test_canvas_every_other_byte_stays(tmp_path, gradebook):
    given = [
        row("doejane_12345", canvas_user="12345", name="doejane"),
        row("jroe@X.edu", 8),  # a folder named by the login, in other letters
        row("özanamaría", 10, name="özanamaría"),
    ]
    out = tmp_path / "out.csv"
    written = write_canvas(out, given, gradebook(), "Lab 2")
    expected = filled(
        GRADEBOOK,
        {
            '"Doe': ('""hi""",,3', '""hi""",7.5,3'),
            '"Roe': (",4.00,", ",8,"),
            '"Öz': ("=1+1,,", "=1+1,10,"),
        },
    )
    assert out.read_bytes() == expected
    assert written.filled == 3
    assert written.notes == ()


@pytest.mark.parametrize("assignment", ["Lab 2", "901", "Lab 2 (901)"])
def test_canvas_the_column_of_the_assignment(tmp_path, gradebook, assignment):
    write_canvas(tmp_path / "o.csv", [row("a", canvas_user="12345")], gradebook(), assignment)
    assert b'""hi""",7.5,3,80' in (tmp_path / "o.csv").read_bytes()


@pytest.mark.parametrize("assignment", ["Lab", "lab 3", "Section", "12345", "Final Score (1)"])
def test_canvas_no_such_assignment(tmp_path, gradebook, assignment):
    with pytest.raises(CourseError, match=r"no column.*Lab 2 \(901\), Lab 2 bis \(902\)"):
        write_canvas(tmp_path / "o.csv", [], gradebook(), assignment)


def test_canvas_two_assignments_of_one_title(tmp_path, gradebook):
    with pytest.raises(CourseError, match=r"2 columns.*give the title with its id"):
        write_canvas(tmp_path / "o.csv", [], gradebook(GRADEBOOK.replace("Lab 2 bis", "Lab 2")), "Lab 2")


def test_canvas_a_read_only_column(tmp_path, gradebook):
    with pytest.raises(CourseError, match="read-only"):
        write_canvas(tmp_path / "o.csv", [], gradebook(), "Final Score")


def test_canvas_who_cannot_be_matched_is_said_and_nobody_gets_it(tmp_path, gradebook):
    given = [
        row("doejane_999", 1, canvas_user="999", name="doejane"),  # an id that is not there is not Jane Doe
        row("lian", 2, name="lian"),  # two learners are squeezed to lian; the login is a third way and says lian
        row("anon_x3", 3, name="anon_x3"),
    ]
    written = write_canvas(tmp_path / "o.csv", given, gradebook(), "Lab 2")
    text = (tmp_path / "o.csv").read_text(encoding="utf-8-sig")
    assert [note.split(":")[0] for note in written.notes] == ["doejane_999", "anon_x3"]
    assert '"Lia, N",555,u5,lian,B,,2,' in text
    assert '"Li, An",444,u4,ali,A,,,' in text


def test_canvas_a_name_that_two_have_is_nobodys(tmp_path, gradebook):
    written = write_canvas(tmp_path / "o.csv", [row("x", 2, name="lian")], gradebook(), "Lab 2")
    assert written.filled == 0
    assert "lian, 2 points" in written.notes[0]
    assert (tmp_path / "o.csv").read_bytes() == GRADEBOOK.encode()


def test_canvas_two_files_of_one_learner_are_not_guessed(tmp_path, gradebook):
    given = [row("a", 2, canvas_user="444"), row("b", 3, canvas_user="444")]
    written = write_canvas(tmp_path / "o.csv", given, gradebook(), "Lab 2")
    assert written.filled == 0
    assert len(written.notes) == 2


def test_canvas_excused_and_unassigned_stay(tmp_path, gradebook):
    given = [row("poe", canvas_user="666"), row("fox", canvas_user="777")]
    written = write_canvas(tmp_path / "o.csv", given, gradebook(), "Lab 2")
    assert (tmp_path / "o.csv").read_bytes() == GRADEBOOK.encode()
    assert "does not have this assignment" in written.notes[0]
    assert "is excused" in written.notes[1]


def test_canvas_semicolons_and_decimal_commas(tmp_path, gradebook):
    text = "Student;ID;SIS Login ID;Section;Lab 2 (901)\nPoints Possible;;;;10,00\nDoe, Jane;12345;jdoe;A;\nRoe;2;r;A;3"
    write_canvas(tmp_path / "o.csv", [row("a", canvas_user="12345")], gradebook(text), "Lab 2")
    expected = text.replace("jdoe;A;\n", 'jdoe;A;"7,5"\n')
    assert (tmp_path / "o.csv").read_bytes() == expected.encode()


def test_canvas_first_and_last_names_apart(tmp_path, gradebook):
    text = (
        "LastName,FirstName,ID,SIS Login ID,Section,Lab 2 (901)\n    Points Possible,,,,,10\nDoe,Jane,12345,jdoe,A,\n"
    )
    write_canvas(tmp_path / "o.csv", [row("x", name="doejane")], gradebook(text), "Lab 2")
    assert b"jdoe,A,7.5\n" in (tmp_path / "o.csv").read_bytes()


def test_canvas_line_ends_inside_quotes(tmp_path, gradebook):
    text = GRADEBOOK.replace("  spaced ", '"two\r\nlines, and\n"')
    written = write_canvas(tmp_path / "o.csv", [row("x", canvas_user="222")], gradebook(text), "Lab 2")
    assert written.filled == 1
    assert (tmp_path / "o.csv").read_bytes() == text.replace('and\n",4.00', 'and\n",7.5').encode()


def test_canvas_other_points_possible_are_said(tmp_path, gradebook):
    written = write_canvas(tmp_path / "o.csv", [row("x", canvas_user="222")], gradebook(), "Lab 2 bis")
    assert "The lab has 10 points and the assignment in Canvas has 5" in written.notes[0]


def test_canvas_late_points_are_taken_off_here(tmp_path, gradebook):
    write_canvas(tmp_path / "o.csv", [row("x", 7.5, percent=20, canvas_user="222")], gradebook(), "Lab 2")
    assert b"  spaced ,5.5," in (tmp_path / "o.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n", "no gradebook of Canvas"),
        ("", "is empty"),
        (GRADEBOOK.encode("utf-16"), "not UTF-8"),
        (GRADEBOOK.replace('""hi"""', '""hi'), "quote is not closed"),
        (GRADEBOOK + '"Unclosed, Una,9,9,9,9', "quote is not closed"),
    ],
)
def test_canvas_files_that_are_no_gradebook(tmp_path, gradebook, content, words):
    with pytest.raises(CourseError, match=words):
        write_canvas(tmp_path / "o.csv", [], gradebook(content), "Lab 2")
    assert not (tmp_path / "o.csv").exists()


def test_the_gradebook_is_never_written_over(tmp_path, gradebook):
    path = gradebook()
    (tmp_path / "link.csv").hardlink_to(path)
    for out in (path, tmp_path / "." / "gradebook.csv", tmp_path / "link.csv"):
        with pytest.raises(CourseError, match="written over"):
            write_canvas(out, [row("x", canvas_user="222")], path, "Lab 2")
    assert path.read_bytes() == GRADEBOOK.encode()


def test_a_crash_while_writing_leaves_the_old_file(tmp_path, gradebook, monkeypatch):
    out = tmp_path / "scores.csv"
    write_scores(out, [row("ana")])
    before = out.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match="No space left"):
        write_scores(out, [row("ben")])
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


# Moodle

WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 12345","Ana Silva",a@x,"Submitted for grading - ",,10.00,Yes,"Monday, 2 March 2026, 11:05 PM",-,\n'
    '"Participant 12346","Ben Ode",b@x,"No submission",3.00,10.00,Yes,-,-,"See me, Ben."\n'
    '"Participant 12347","Ben Ode",c@x,"No submission",,10.00,Yes,-,-,"Lab 02: 1 of 10 points."\n'
)
GERMAN = (
    'ID,"Vollständiger Name",Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",'
    '"Feedback als Kommentar"\n'  # codespell:ignore als
    'Teilnehmer/in1234567,"Öz, Ana",x,,"10,00",Ja,\n'
)


def test_moodle_every_other_byte_stays(tmp_path, gradebook):
    given = [row("Ana Silva_12345", moodle_participant="12345"), row("x", 2, moodle_participant="12347")]
    written = write_moodle(tmp_path / "o.csv", given, gradebook(WORKSHEET))
    comment = "Lab 02: 7.5 of 10 points. Exercise 1, one step: 5 of 5, passed. Exercise 2, the loop: 2.5 of 5, timeout."
    second = "Lab 02: 2 of 10 points. Exercise 1, one step: 2 of 5, passed. Exercise 2, the loop: 0 of 5, timeout."
    expected = (
        WORKSHEET.replace('grading - ",,10.00', 'grading - ",7.5,10.00')
        .replace('11:05 PM",-,\n', f'11:05 PM",-,"{comment}"\n')
        .replace('c@x,"No submission",,', 'c@x,"No submission",2,')
        .replace('"Lab 02: 1 of 10 points."', f'"{second}"')
    )
    assert (tmp_path / "o.csv").read_bytes() == expected.encode()
    assert written.filled == 2
    assert written.notes == ()


def test_moodle_a_teachers_comment_stays(tmp_path, gradebook):
    written = write_moodle(tmp_path / "o.csv", [row("x", moodle_participant="12346")], gradebook(WORKSHEET))
    assert (tmp_path / "o.csv").read_bytes() == WORKSHEET.replace(",3.00,", ",7.5,").encode()
    assert "comment in Moodle already" in written.notes[0]


def test_moodle_by_name_where_it_is_one_learners(tmp_path, gradebook):
    given = [row("Ana Silva"), row("Ben Ode", 1), row("Ana Silva_5", 2, name="Ana Silva", moodle_participant="5")]
    written = write_moodle(tmp_path / "o.csv", given, gradebook(WORKSHEET))
    assert written.filled == 1
    assert [note.split(":")[0] for note in written.notes] == ["Ben Ode", "Ana Silva_5"]
    assert b'grading - ",7.5,' in (tmp_path / "o.csv").read_bytes()


def test_moodle_in_german_with_decimal_commas(tmp_path, gradebook):
    write_moodle(tmp_path / "o.csv", [row("x", moodle_participant="1234567")], gradebook(GERMAN))
    text = (tmp_path / "o.csv").read_text(encoding="utf-8")
    assert 'x,"7,5","10,00",Ja,' in text
    assert text.startswith(GERMAN.split("\n")[0])


def test_moodle_above_the_maximum_is_said_as_moodle_does_not(tmp_path, gradebook):
    text = WORKSHEET.replace("10.00", "5.00")
    written = write_moodle(tmp_path / "o.csv", [row("x", moodle_participant="12345")], gradebook(text))
    assert "passes over grades above its maximum" in written.notes[0]


def test_moodle_without_a_comments_column(tmp_path, gradebook):
    text = "Identifier,Full name,Grade\nParticipant 1,Ana,\n"
    write_moodle(tmp_path / "o.csv", [row("x", moodle_participant="1")], gradebook(text))
    assert (tmp_path / "o.csv").read_bytes() == b"Identifier,Full name,Grade\nParticipant 1,Ana,7.5\n"


def test_moodle_a_hostile_title_is_defused(tmp_path, gradebook):
    text = "Identifier,Grade,Feedback comments\nParticipant 1,,\n"
    write_moodle(tmp_path / "o.csv", [row("x", moodle_participant="1", title='",=cmd()\n=1')], gradebook(text))
    with open(tmp_path / "o.csv", newline="", encoding="utf-8") as file:
        cells = list(csv.reader(file))
    assert len(cells) == 2
    assert len(cells[1]) == 3


@pytest.mark.parametrize("text", ["Identificador,Calificación\nParticipante 1,\n", "Identifier,Grade\n", "x\n"])
def test_moodle_files_that_are_no_worksheet(tmp_path, gradebook, text):
    with pytest.raises(CourseError, match="no grading worksheet"):
        write_moodle(tmp_path / "o.csv", [], gradebook(text))


# Plain files


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_scores(tmp_path):
    given = [row("ana", 7.5, percent=20, suspicious=("a cell was dropped",)), row("ben", 10, notes=("renamed",))]
    write_scores(tmp_path / "scores.csv", given)
    ana, ben = read(tmp_path / "scores.csv")
    assert ana == {
        "learner": "ana",
        "lab": "02",
        "points": "5.5",
        "possible": "10",
        "exercise_1": "5",
        "status_1": "passed",
        "exercise_2": "2.5",
        "status_2": "timeout",
        "earned": "7.5",
        "late_penalty": "2",
        "late_note": "",
        "suspicious": "yes",
        "notes": "",
    }
    assert (ben["suspicious"], ben["notes"], ben["late_penalty"]) == ("", "renamed", "0")


def test_scores_of_a_learner_without_exercises(tmp_path):
    empty = Row(Grade("02", "cleo", "", "", 0, "", (), ("no notebook of lab 02",)))
    write_scores(tmp_path / "scores.csv", [row("ana"), empty])
    cleo = read(tmp_path / "scores.csv")[1]
    assert (cleo["points"], cleo["exercise_2"], cleo["status_2"]) == ("0", "", "")


@pytest.mark.parametrize(
    "name",
    ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", '=1",=2', "-ana"],
)
def test_no_cell_is_a_formula(tmp_path, name):
    write_scores(tmp_path / "scores.csv", [row(name, notes=(name,))])
    (line,) = read(tmp_path / "scores.csv")
    assert line["learner"] == "'" + name
    assert line["notes"] == "'" + name
    assert line["points"] == "7.5"


def test_points_are_rounded_as_the_platforms_show_them(tmp_path):
    write_scores(tmp_path / "scores.csv", [row("a", 20 / 3), row("b", 2.675), row("c", 0.1 + 0.2), row("d", 0)])
    assert [line["points"] for line in read(tmp_path / "scores.csv")] == ["6.67", "2.68", "0.3", "0"]


def test_json_holds_what_was_earned_and_what_counts(tmp_path):
    given = row("z\udcff", 7.5, percent=20, canvas_user="1")
    write_json(tmp_path / "grades.json", [given])
    (plain,) = json.loads((tmp_path / "grades.json").read_text(encoding="ascii"))
    assert (plain["points"], plain["counts"], plain["late_penalty"]) == (7.5, 5.5, 2)
    assert plain["ids"] == {"canvas_user": "1"}
    assert plain["exercises"][1]["status"] == "timeout"


def test_rows_take_the_penalty_from_the_time_and_the_ids_from_intake(tmp_path):
    due = datetime(2026, 3, 2, tzinfo=UTC)
    rule = Rule(due, timedelta(0), 10, "day")
    grade = row("ana").grade
    late = Handed("ana", "x.ipynb", b"", due + timedelta(hours=1), ids={"canvas_user": "1"})
    nothing = Handed("ben", "", b"", None, problem="no notebook of lab 02.")
    found = rows([(late, grade), (nothing, grade)], rule)
    assert [one.points for one in found] == [6.5, 7.5]
    assert found[0].ids == {"canvas_user": "1"}
    assert found[1].penalty.note == ""
    assert rows([(late, grade)])[0].points == 7.5

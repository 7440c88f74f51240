"""Write grades as files: into a gradebook that Canvas exported, into a grading worksheet from Moodle, as CSV, as JSON.

What Canvas writes and reads is in `lib/gradebook_exporter.rb` and `lib/gradebook_importer.rb` of instructure/canvas-lms:
a header `Student,ID,SIS User ID,SIS Login ID,Section,Title (id),...`; maybe a row "Manual Posting"; a row "    Points
Possible", with "(read only)" under what cannot be changed; then the learners. "N/A" stands where a learner does not have the
assignment, "EX" where one is excused. Commas or semicolons, decimal points or commas, a mark for UTF-8 or none: as each
teacher set it. A learner is found by the ID of Canvas, then by the login, then by the name.

What Moodle writes and reads is in `mod/assign/gradingtable.php` and `mod/assign/feedback/offline/importgradeslib.php` of
moodle/moodle: columns Identifier ("Participant 12345"), Full name, Status, Grade, Maximum grade, ..., Feedback comments, in
the teacher's language. A row whose grade is above the maximum is passed over by Moodle without a word, so it is said here.

In both files only the cells that get a grade are written; every other byte stays. Files are written beside their name and
then put in its place, and never over a file they were made from.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unrolled.course import CourseError
from unrolled.grading.csvfile import Table, write_atomically, write_csv
from unrolled.grading.intake import Handed
from unrolled.grading.late import Penalty, Rule, penalty
from unrolled.grading.result import Grade

# Moodle's words for the columns that are needed, in the languages whose worksheets were at hand.
_MOODLE_GRADE = ("grade", "bewertung")
_MOODLE_MAXIMUM = ("maximum grade", "bestwertung")
_MOODLE_FEEDBACK = ("feedback comments", "feedback als kommentar")  # codespell:ignore als
_MOODLE_NAME = ("full name", "vollständiger name")


@dataclass(frozen=True)
class Row:
    """One learner in an export.

    Attributes:
        grade: what was earned.
        ids: as `intake.Handed.ids`.
        penalty: what is taken for being late.
    """

    grade: Grade
    ids: Mapping[str, str] = field(default_factory=dict)
    penalty: Penalty = Penalty()

    @property
    def taken(self) -> float:
        """Points taken for being late."""
        return self.penalty.taken(self.grade.points, self.grade.possible)

    @property
    def points(self) -> float:
        """Points that count."""
        return self.grade.points - self.taken


def rows(entries: Iterable[tuple[Handed, Grade]], rule: Rule | None = None) -> list[Row]:
    """Return the rows of an export: what each learner earned, and what the rule takes for being late.

    Whoever handed in nothing that could be graded is not late as well.
    """
    return [
        Row(grade, handed.ids, Penalty() if handed.problem else penalty(rule, handed.handed_in_at, handed.learner))
        for handed, grade in entries
    ]


@dataclass(frozen=True)
class Written:
    """A file that was written, and what the teacher must know about it, one sentence each."""

    path: Path
    filled: int
    notes: tuple[str, ...] = ()


def write_canvas(out: Path, rows: Sequence[Row], gradebook_csv: Path, assignment: str) -> Written:
    """Fill the column of an assignment in a gradebook that Canvas exported.

    Args:
        out: the file to write; the teacher imports it into Canvas.
        rows: the learners.
        gradebook_csv: from Canvas, Grades, Export Entire Gradebook; only read.
        assignment: the title of the column, with or without the id Canvas puts behind it, or that id.

    Raises:
        CourseError: it is no gradebook, has not exactly one such column, or Canvas calls the column read-only.
    """
    table = Table(gradebook_csv)
    header = table.texts(0)
    if "ID" not in header or not {"Student", "LastName"} & set(header):
        raise CourseError(
            f"{gradebook_csv} is no gradebook of Canvas: its first line has no columns Student and ID. "
            "In Canvas: Grades, Export, Export Entire Gradebook."
        )
    column = _assignment_column(gradebook_csv, header, assignment)
    first = header.index("ID") + 1
    students, notes, possible = [], [], None
    for number in range(1, len(table.rows)):
        cells = table.texts(number)
        if "Points Possible" in cells[0]:
            possible = cells[column] if column < len(cells) else ""
            if "read only" in possible:
                raise CourseError(f"{gradebook_csv}: Canvas calls the column {header[column]} read-only.")
        elif len(cells) > first and any(cells[:first]):
            students.append((number, dict(zip(header, cells, strict=False))))
    finders = [
        (lambda row: row.ids.get("canvas_user"), lambda cells: cells["ID"]),
        (_unless("canvas_user", lambda row: row.grade.learner.casefold()), _login),
        (_unless("canvas_user", _name), _canvas_name),
    ]
    matched = _match(rows, students, finders, notes)
    comma = _decimal_comma(table, [column], students) or _comma_in(possible or "")
    filled = 0
    for row, number in matched:
        cells = table.texts(number)
        if column >= len(cells):
            notes.append(f"{row.grade.learner}: line {number + 1} of the gradebook is too short; nothing was written.")
        elif cells[column] in ("N/A", "EX"):
            why = "is excused from" if cells[column] == "EX" else "does not have"
            notes.append(f"{row.grade.learner} {why} this assignment in Canvas; nothing was written.")
        else:
            table.put(number, column, _number(row.points, comma))
            filled += 1
    notes += _other_maximum(rows, possible or "", "Canvas")
    write_atomically(out, table.content(), [gradebook_csv])
    return Written(out, filled, tuple(notes))


def write_moodle(out: Path, rows: Sequence[Row], worksheet_csv: Path) -> Written:
    """Fill the grades and the comments in a grading worksheet from Moodle.

    A comment that somebody wrote into the worksheet stays; one from an earlier export is replaced.

    Args:
        out: the file to write; the teacher uploads it to Moodle.
        rows: the learners.
        worksheet_csv: from Moodle, the assignment, Actions, Download grading worksheet; only read.

    Raises:
        CourseError: it is no worksheet, or in a language whose column names are not known here.
    """
    table = Table(worksheet_csv)
    header = [text.lower() for text in table.texts(0)]
    grade, maximum, feedback, name = (
        next((header.index(word) for word in words if word in header), None)
        for words in (_MOODLE_GRADE, _MOODLE_MAXIMUM, _MOODLE_FEEDBACK, _MOODLE_NAME)
    )
    students = []
    for number in range(1, len(table.rows)):
        cells = table.texts(number)
        identifier = re.fullmatch(r"\D+(\d+)", cells[0])
        if identifier:
            full_name = cells[name] if name is not None and name < len(cells) else ""
            students.append((number, {"participant": identifier[1], "name": full_name}))
    if grade is None or not students:
        raise CourseError(
            f"{worksheet_csv} is no grading worksheet with the columns Identifier and Grade (or ID and Bewertung). In Moodle, "
            "set your language to English, turn on Feedback types, Offline grading worksheet, and download it again."
        )
    notes: list[str] = []
    finders = [
        (lambda row: row.ids.get("moodle_participant"), lambda cells: cells["participant"]),
        (_unless("moodle_participant", _name), lambda cells: _squeezed(cells["name"])),
    ]
    matched = _match(rows, students, finders, notes)
    comma = _decimal_comma(table, [column for column in (grade, maximum) if column is not None], students)
    filled, possible = 0, ""
    for row, number in matched:
        cells = table.texts(number)
        if grade >= len(cells):
            notes.append(f"{row.grade.learner}: line {number + 1} of the worksheet is too short; nothing was written.")
            continue
        table.put(number, grade, _number(row.points, comma))
        filled += 1
        possible = cells[maximum] if maximum is not None and maximum < len(cells) else possible
        if feedback is not None and feedback < len(cells):
            if not cells[feedback] or cells[feedback].startswith(_comment_begins(row)):
                table.put(number, feedback, _comment(row))
            else:
                notes.append(f"{row.grade.learner} has a comment in Moodle already; it stays.")
    notes += _other_maximum(rows, possible, "Moodle")
    write_atomically(out, table.content(), [worksheet_csv])
    return Written(out, filled, tuple(notes))


def write_scores(out: Path, rows: Sequence[Row]) -> Written:
    """Write one line a learner: points that count, points possible, each exercise, what was taken, what to look at.

    The columns are learner, lab, points, possible, `exercise_N` and `status_N` for each exercise of any learner, earned,
    late_penalty, late_note, suspicious ("yes" or empty), notes.
    """
    numbers = sorted({exercise.exercise for row in rows for exercise in row.grade.exercises})
    columns = ["learner", "lab", "points", "possible"]
    columns += [name for number in numbers for name in (f"exercise_{number}", f"status_{number}")]
    columns += ["earned", "late_penalty", "late_note", "suspicious", "notes"]
    lines = [columns]
    for row in rows:
        grade = row.grade
        line: list[object] = [grade.learner, grade.lab, _number(row.points), _number(grade.possible)]
        by_number = {exercise.exercise: exercise for exercise in grade.exercises}
        for number in numbers:
            exercise = by_number.get(number)
            line += [_number(exercise.points), exercise.status] if exercise else ["", ""]
        suspicious = grade.suspicious or any(exercise.suspicious for exercise in grade.exercises)
        line += [_number(grade.points), _number(row.taken), row.penalty.note, "yes" if suspicious else ""]
        lines.append([*line, " ".join(grade.notes)])
    write_csv(out, lines)
    return Written(out, len(rows))


def write_json(out: Path, rows: Sequence[Row]) -> Written:
    """Write everything that is known of each grade, with the points that count and what was taken for being late."""
    plain = [
        row.grade.to_dict()
        | {"counts": row.points, "late_penalty": row.taken, "late_note": row.penalty.note, "ids": dict(row.ids)}
        for row in rows
    ]
    text = json.dumps(plain, indent=1, ensure_ascii=True) + "\n"
    write_atomically(out, text.encode("ascii"), [])
    return Written(out, len(rows))


def _assignment_column(path: Path, header: list[str], assignment: str) -> int:
    def fits(title: str) -> bool:
        found = re.fullmatch(r"(.*) \((\d+)\)", title, re.DOTALL)
        return title == assignment or (found is not None and assignment in (found[1], found[2]))

    # Behind the last column about the learner.
    start = max(header.index(name) for name in ("ID", "SIS Login ID", "Section") if name in header) + 1
    columns = [index for index, title in enumerate(header) if index >= start and fits(title)]
    if len(columns) != 1:
        titles = ", ".join(header[start : start + 12])
        what = "no column" if not columns else f"{len(columns)} columns"
        raise CourseError(
            f"{path} has {what} for the assignment {assignment!r}; give the title with its id. The columns are: {titles}."
        )
    return columns[0]


def _match(
    rows: Sequence[Row],
    students: Sequence[tuple[int, Mapping[str, str]]],
    finders: Sequence[tuple[Callable[[Row], str | None], Callable[[Mapping[str, str]], str | None]]],
    notes: list[str],
) -> list[tuple[Row, int]]:
    """Return each learner with a line of the table; who has none, or shares one, is said in the notes.

    The surest way of finding somebody comes first. A way that finds two lines finds none: a grade never goes to the
    wrong learner.
    """
    found: dict[int, Row] = {}
    for learner_key, line_key in finders:
        lines = defaultdict(list)
        for number, cells in students:
            lines[line_key(cells)].append(number)
        wanted = defaultdict(list)
        for row in rows:
            if learner_key(row):
                wanted[learner_key(row)].append(row)
        placed = {id(row) for row in found.values()}
        for key, some in wanted.items():
            free = [row for row in some if id(row) not in placed]
            if len(some) == len(free) == 1 and len(lines.get(key, ())) == 1 and lines[key][0] not in found:
                found[lines[key][0]] = free[0]
    placed = {id(row) for row in found.values()}
    for row in rows:
        if id(row) not in placed:
            name = row.ids.get("name") or row.grade.learner
            notes.append(f"{row.grade.learner}: nobody in the list was found for {name}, {_number(row.points)} points.")
    return [(row, number) for number, row in sorted(found.items())]


def _unless(key: str, otherwise: Callable[[Row], str]) -> Callable[[Row], str | None]:
    """Return a way of finding that is for learners without an id: an id that is not in the list means somebody else."""
    return lambda row: None if row.ids.get(key) else otherwise(row)


def _name(row: Row) -> str:
    return _squeezed(row.ids.get("name") or row.grade.learner)


def _login(cells: Mapping[str, str]) -> str:
    return (cells.get("SIS Login ID") or cells.get("SIS User ID") or "").casefold()


def _canvas_name(cells: Mapping[str, str]) -> str:
    """Return a learner's name as Canvas writes it in the names of files: in order of sorting, letters and digits alone."""
    return _squeezed(cells.get("Student") or f"{cells.get('LastName', '')}{cells.get('FirstName', '')}")


def _comment_begins(row: Row) -> str:
    return f"Lab {row.grade.lab}: "


def _comment(row: Row) -> str:
    """Return the points in words. It names exercises and no checks, so it gives nothing away, and begins with a word."""
    parts = [f"{_comment_begins(row)}{_number(row.points)} of {_number(row.grade.possible)} points."]
    parts += [
        f"Exercise {one.exercise}, {one.title}: {_number(one.points)} of {_number(one.possible)}, {one.status}."
        for one in row.grade.exercises
    ]
    return " ".join([*parts, row.penalty.note]).strip()


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", name).lower())


def _decimal_comma(table: Table, columns: Iterable[int], students: Iterable[tuple[int, Mapping[str, str]]]) -> bool:
    cells = [table.texts(number) for number, _ in students]
    return any(_comma_in(line[column]) for line in cells for column in columns if column < len(line))


def _comma_in(text: str) -> bool:
    return re.fullmatch(r"-?\d+,\d+", text) is not None


def _number(value: float, comma: bool = False) -> str:
    """Return points with two decimals at most, as both platforms show them."""
    text = f"{round(value + 1e-9, 2):.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def _other_maximum(rows: Sequence[Row], possible: str, platform: str) -> list[str]:
    try:
        maximum = float(possible.replace(",", "."))
    except ValueError:
        return []
    ours = max((row.grade.possible for row in rows), default=maximum)
    if maximum == ours:
        return []
    return [
        f"The lab has {ours:g} points and the assignment in {platform} has {maximum:g}. Points were written as they are; "
        f"set the assignment's points to {ours:g}."
        + (f" {platform} passes over grades above its maximum." if ours > maximum and platform == "Moodle" else "")
    ]

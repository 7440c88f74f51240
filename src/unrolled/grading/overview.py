"""The page a teacher reads after grading: the class, the exercises, the mistakes, and the learners one by one."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from unrolled.grading import page, plots
from unrolled.grading.feedback import feedback_name
from unrolled.grading.items import ENOUGH, CheckItem, ExerciseItem, check_items, exercise_items
from unrolled.grading.result import STATUSES, Grade

MAX_HINTS, MAX_SUSPICIONS = 3, 6


def write_overview(
    path: Path, grades: Iterable[Grade], *, feedback: Path | None = None, similarity: Path | None = None
) -> Path:
    """Write the page about a class and return its path.

    Args:
        path: the page.
        grades: one for each learner, all of one lab; any number.
        feedback: folder of the learners' pages; each one that is there is linked.
        similarity: the page of answers that are alike, to link.

    Raises:
        ValueError: the grades are of more than one lab.
        OSError: the page cannot be written.
    """
    grades = sorted(grades, key=lambda grade: (grade.learner.casefold(), grade.learner))
    labs = sorted({grade.lab for grade in grades})
    if len(labs) > 1:
        raise ValueError(f"an overview is about one lab; these grades are of {', '.join(labs)}.")
    if not grades:
        return page.write(path, page.render("No submissions", "<p>Nobody has handed in anything yet.</p>"))
    drawings: list[str] = []
    body = _class(grades, drawings) + _checks(grades, drawings)
    exercises = exercise_items(grades)
    body += _exercises(exercises, len(grades)) + _statuses(exercises)
    body += _times(grades, drawings) + _learners(grades, path, feedback, similarity)
    style = plots.without_style(drawings[0])[1]
    title = f"Lab {labs[0]}: {page.plural(len(grades), 'submission')}"
    return page.write(path, page.render(title, body, drawing_style=style))


def _figure(drawing: str, drawings: list[str]) -> str:
    drawings.append(drawing)
    return plots.without_style(drawing)[0] + "\n"


def _class(grades: Sequence[Grade], drawings: list[str]) -> str:
    earned = [grade.points for grade in grades]
    possible = max(grade.possible for grade in grades)
    low, median, high = np.quantile(earned, [0.25, 0.5, 0.75])
    return (
        "<h2>Points</h2>\n"
        f"<p>Median {page.points(median)} of {page.points(possible)}; the middle half of the class has "
        f"{page.points(low)} to {page.points(high)}, the mean is {page.points(float(np.mean(earned)))}. Points are those "
        "of the checks, before lateness and marks by hand.</p>\n"
        + _figure(plots.points_plot(earned, possible), drawings)
    )


def _checks(grades: Sequence[Grade], drawings: list[str]) -> str:
    items = check_items(grades)
    if not items:
        return "<h2>Checks and mistakes</h2>\n<p>No check gave a verdict.</p>\n"
    rows = [
        (
            f"{page.text(item.name)}{' <span class=quiet>(hidden)</span>' if item.hidden else ''}",
            str(item.exercise),
            f"{item.right / item.learners:.0%}",
            str(item.wrong),
            str(item.not_made),
            _hints(item),
        )
        for item in items
    ]
    head = ("Check", "Exercise", "Right", "Wrong", "No verdict", "Mistakes named most often")
    return (
        "<h2>Checks and mistakes</h2>\n"
        + _first_look(items)
        + _figure(plots.checks_plot(items), drawings)
        + page.table(
            "Verdicts of each check, and its hints with the number of learners", head, rows, numeric=(1, 2, 3, 4)
        )
        + '<p class="quiet">Right is a share of all who handed in. No verdict: the exercise is missing, or its answer '
        "never came to an end. Hints that differ in numbers alone are counted as one.</p>\n"
    )


def _first_look(items: Sequence[CheckItem]) -> str:
    worst = min(items, key=lambda item: item.right)
    if worst.right == worst.learners:
        return "<p>Everybody passes every check.</p>\n"
    said = (
        f"<p>The check that the fewest pass: exercise {worst.exercise}, {page.text(worst.name)} ({worst.right} of "
        f"{worst.learners})."
    )
    hints = [(hint, count, item) for item in items for hint, count in item.hints]
    if hints:
        hint, count, item = max(hints, key=lambda found: found[1])
        said += (
            f" The mistake named most often, for {page.plural(count, 'learner')}, exercise {item.exercise}: "
            f"<q>{page.text(hint)}</q>"
        )
    return said + "</p>\n"


def _hints(item: CheckItem) -> str:
    if not item.hints:
        return ""
    lines = [f"<li>{count} × {page.text(hint)}</li>" for hint, count in item.hints[:MAX_HINTS]]
    rest = sum(count for _, count in item.hints[MAX_HINTS:])
    if rest:
        lines.append(f"<li>{rest} × others</li>")
    return f"<ul>{''.join(lines)}</ul>"


def _exercises(items: Sequence[ExerciseItem], learners: int) -> str:
    if not items:
        return ""
    rows = [
        (
            f"{item.exercise}: <code>{page.text(item.title, 80)}</code>",
            page.points(item.possible),
            f"{item.mean:.0%}",
            "not known" if item.discrimination is None else f"{item.discrimination:.2f}".replace("-", "−"),
        )
        for item in items
    ]
    head = ("Exercise", "Possible", "Mean share of points", "Discrimination")
    chance = ""
    if learners >= ENOUGH:  # the standard error of Fisher's z
        chance = f" With {learners} learners, chance alone can move it by about {1.96 / (learners - 3) ** 0.5:.2f}."
    return (
        "<h2>Exercises</h2>\n"
        + page.table("Difficulty and discrimination of each exercise", head, rows, numeric=(1, 2, 3))
        + "<p>The mean share of points says how hard an exercise is: the lower, the harder. Discrimination is the "
        "correlation of an exercise's points with those of all other exercises together, from −1 to 1. Above 0.3 "
        "or so, those who do well in it do well elsewhere. Near 0 it tells little about the rest, which is as it must be "
        "where nearly everybody passes. Below 0, read its text and checks again: good learners may be misled."
        + chance
        + f" It is not known with fewer than {ENOUGH} learners, or where the points do not vary.</p>\n"
    )


def _statuses(items: Sequence[ExerciseItem]) -> str:
    found = [status for status in STATUSES if any(status in item.statuses for item in items)]
    if not found:
        return ""
    rows = [
        (f"{item.exercise}: <code>{page.text(item.title, 80)}</code>", *(str(item.statuses.get(s, 0)) for s in found))
        for item in items
    ]
    return "<h2>What became of the answers</h2>\n" + page.table(
        "Learners by exercise and status",
        ("Exercise", *(status.capitalize() for status in found)),
        rows,
        numeric=range(1, len(found) + 1),
    )


def _times(grades: Sequence[Grade], drawings: list[str]) -> str:
    seconds = [sum(exercise.seconds for exercise in grade.exercises) for grade in grades]
    return "<h2>Time</h2>\n" + _figure(plots.time_plot(seconds), drawings)


def _learners(grades: Sequence[Grade], path: Path, feedback: Path | None, similarity: Path | None) -> str:
    rows = [
        (
            _linked(grade, path, feedback),
            f"{page.points(grade.points)} of {page.points(grade.possible)}",
            _fates(grade),
            _to_look_at(grade),
        )
        for grade in grades
    ]
    alike = ""
    if similarity is not None:
        alike = (
            f'<p><a href="{_address(similarity, path)}">Answers that are alike</a>: pairs to look at, no verdict.</p>\n'
        )
    marked = sum(bool(_suspicions(grade)) for grade in grades)
    found = "Nothing suspicious was found in any file."
    if marked:
        found = f"Something to look at was found in {page.plural(marked, 'file')}. It costs no points: the checks alone give them."
    return f"<h2>Learners</h2>\n<p>{found}</p>\n{alike}" + page.table(
        "Every learner", ("Learner", "Points", "Exercises", "To look at"), rows, numeric=(1,)
    )


def _fates(grade: Grade) -> str:
    """Exercises by status: "1, 2 passed; 3 timeout"."""
    fates: dict[str, list[str]] = {}
    for exercise in grade.exercises:
        fates.setdefault(exercise.status, []).append(str(exercise.exercise))
    return "; ".join(f"{', '.join(numbers)} {page.text(status)}" for status, numbers in fates.items()) or "none graded"


def _suspicions(grade: Grade) -> list[str]:
    return [*grade.suspicious, *(f"Exercise {e.exercise}: {said}" for e in grade.exercises for said in e.suspicious)]


def _to_look_at(grade: Grade) -> str:
    """Suspicions, and the notes where nothing was earned: they say why."""
    found = _suspicions(grade) + (list(grade.notes) if grade.points == 0 else [])
    lines = [f"<li>{page.text(said)}</li>" for said in found[:MAX_SUSPICIONS]]
    if len(found) > MAX_SUSPICIONS:
        lines.append(f"<li>and {len(found) - MAX_SUSPICIONS} more</li>")
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _linked(grade: Grade, path: Path, feedback: Path | None) -> str:
    shown = page.name(grade.learner)
    if feedback is None or not (target := feedback / feedback_name(grade.learner)).is_file():
        return shown
    return f'<a href="{_address(target, path)}">{shown}</a>'


def _address(target: Path, path: Path) -> str:
    """The way from one file to another, for a link."""
    return quote(Path(os.path.relpath(target, path.parent)).as_posix())

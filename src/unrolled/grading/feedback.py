"""The page a learner reads after grading: what is right, what is wrong and why, and how to run the same checks again."""

import hashlib
import re
import shlex
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from unrolled.grading import page
from unrolled.grading.result import (
    CRASHED,
    FAILED,
    MALFORMED,
    MEMORY,
    MISSING,
    PARTIAL,
    PASSED,
    TIMEOUT,
    CheckResult,
    ExerciseResult,
    Grade,
)

HINT_LENGTH, MAX_NOTES = 800, 20
WORDS = {
    PASSED: "passed",
    PARTIAL: "partly right",
    FAILED: "not right yet",
    TIMEOUT: "ran out of time",
    CRASHED: "crashed",
    MEMORY: "ran out of memory",
    MISSING: "not found",
    MALFORMED: "could not be read",
}
ADVICE = {
    PASSED: "Every check is right.",
    PARTIAL: "Some checks are right. Start with the first hint below: later ones often have the same cause.",
    FAILED: "No check is right yet. Start with the first hint below: later ones often have the same cause.",
    TIMEOUT: "Your answer did not finish in the time it is given. Look for a loop that never ends, such as a while whose "
    "condition stays true, and for work that is done again at every step.",
    CRASHED: "Python itself stopped while your answer ran, so no check could be made. Look for exit(), quit() or "
    "sys.exit() and for a function that calls itself without end. Then restart the kernel and run all cells.",
    MEMORY: "Your answer asked for more memory than it is given. Look for a list or an array that grows at every step, "
    "and compare the shapes of your arrays with those in the lab.",
    MISSING: "No cell with this answer was found in your file. Copy the exercise's cell from a fresh copy of the lab, "
    "write your answer there, and hand the file in again.",
    MALFORMED: "Your file, or this cell of it, could not be read. The notes on this page say why. Open the file in "
    "JupyterLab, run all cells, save, and look at it with unrolled check before you hand it in again.",
}


@dataclass(frozen=True)
class Late:
    """What handing in late costs.

    Attributes:
        reason: one sentence, e.g. "Handed in 2 days after the deadline; each day costs 10 %."
        points: taken off.
    """

    reason: str
    points: float


def feedback_name(learner: str) -> str:
    """Return the file name of a learner's page, the same each time.

    It holds only a-z, 0-9 and hyphens. The digest tells apart ids that differ in case, accents or signs only, also where
    file names do not, and keeps the name off those that Windows reserves.
    """
    plain = unicodedata.normalize("NFKD", learner[:200]).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "learner"
    return f"{slug}-{hashlib.sha256(learner.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.html"


def write_feedback(folder: Path, grade: Grade, *, late: Late | None = None, by_hand: Collection[int] = ()) -> Path:
    """Write one learner's page and return its path, `folder / feedback_name(grade.learner)`.

    What only a teacher should see, the suspicions, is not on it.

    Args:
        folder: where the pages are; it is made if need be.
        grade: what the checks gave.
        late: what lateness costs.
        by_hand: numbers of the exercises that a person marks; their checks are the criteria.

    Raises:
        OSError: the page cannot be written.
    """
    earned = grade.points - (late.points if late else 0)
    title = (
        f"Lab {grade.lab}: {_of(earned, grade.possible)} points"
        if grade.possible
        else f"Lab {grade.lab}: nothing to grade"
    )
    body = _whose(grade) + _sums(grade, earned, late, by_hand)
    body += (
        "".join(_exercise(part, part.exercise in by_hand) for part in grade.exercises) + _notes(grade) + _again(grade)
    )
    return page.write(folder / feedback_name(grade.learner), page.render(title, body))


def _of(earned: float, possible: float) -> str:
    return f"{page.points(earned)} of {page.points(possible)}"


def _whose(grade: Grade) -> str:
    file = f"<code><bdi>{page.text(grade.file, 120)}</bdi></code>" if grade.file else "no file"
    return f'<p class="quiet">{page.name(grade.learner)}, {file}</p>\n'


def _sums(grade: Grade, earned: float, late: Late | None, by_hand: Collection[int]) -> str:
    if not grade.exercises:
        return "<p>There was nothing to grade in this file. The notes below say why.</p>\n"
    rows = [
        (_title(part), _said(part, part.exercise in by_hand)[0], _of(part.points, part.possible))
        for part in grade.exercises
    ]
    if late:
        rows.append(("Late", page.text(late.reason), f"−{page.points(late.points)}"))
    rows.append(("Total", "", _of(earned, grade.possible)))
    return "<h2>Points</h2>\n" + page.table(
        "Points of each part", ("Part", "What became of it", "Points"), rows, numeric=(2,)
    )


def _exercise(exercise: ExerciseResult, marked_by_hand: bool) -> str:
    kind = exercise.status if exercise.status in (PASSED, PARTIAL) else "stopped"
    words, advice = _said(exercise, marked_by_hand)
    said: set[str] = set()
    checks = "".join(
        _check(check, said, ("full", "not full") if marked_by_hand else ("right", "wrong")) for check in exercise.checks
    )
    return (
        f"<h2>{_title(exercise)}</h2>\n"
        f'<p class="status {kind}"><strong>{words.capitalize()}</strong>, '
        f"{_of(exercise.points, exercise.possible)} points. {advice}</p>\n"
        + (f'<ul class="checks">{checks}</ul>\n' if checks else "")
    )


def _said(exercise: ExerciseResult, marked_by_hand: bool) -> tuple[str, str]:
    """What became of an exercise, in words, and what to do about it."""
    if not marked_by_hand:
        return WORDS[exercise.status], ADVICE[exercise.status]
    if exercise.status == MISSING:
        return "not marked yet", "A person marks this exercise; no points have been entered."
    return "marked by hand", "A person marked this exercise by the criteria below. A comment stands under Notes."


def _check(check: CheckResult, said: set[str], words: tuple[str, str]) -> str:
    hidden = ' <span class="quiet">(hidden check)</span>' if check.hidden else ""
    kind, verdict = ("right", f"✓ {words[0]}") if check.right else ("wrong", f"✗ {words[1]}")
    hint = ""
    if not check.right and check.hint:
        # An unwritten answer fails every check for one reason.
        reason = "Same reason as above." if check.hint in said else page.text(check.hint, HINT_LENGTH)
        hint = f'<p class="hint">{reason}</p>'
        said.add(check.hint)
    return (
        f'<li class="{kind}"><span class="verdict">{verdict}</span> <span>{page.text(check.name)}{hidden}</span> '
        f'<span class="worth">worth {page.points(check.points)}</span>{hint}</li>\n'
    )


def _notes(grade: Grade) -> str:
    if not grade.notes:
        return ""
    items = "".join(f"<li>{page.text(note, 500)}</li>\n" for note in grade.notes[:MAX_NOTES])
    left = len(grade.notes) - MAX_NOTES
    return f"<h2>Notes</h2>\n<ul>{items}{f'<li>and {left} more</li>' if left > 0 else ''}</ul>\n"


def _again(grade: Grade) -> str:
    # Quoted for a shell, because whoever reads this will paste it into one; "./" keeps "-x.ipynb" from being an option.
    file = page.visible(grade.file, 120) or "FILE"
    command = f"unrolled check {shlex.quote('./' + file if file.startswith('-') else file)} --seed {grade.seed}"
    return (
        "<h2>Run the same checks yourself</h2>\n"
        f"<p>In a terminal: <code>{page.text(command)}</code></p>\n"
        f"<p>Hidden checks draw their numbers from a seed. Yours was {grade.seed}: with it you get these checks, "
        "without it new ones. A right answer passes both. Your file is only read.</p>\n"
    )


def _title(exercise: ExerciseResult) -> str:
    return f"Exercise {exercise.exercise}: <code>{page.text(exercise.title, 80)}</code>"

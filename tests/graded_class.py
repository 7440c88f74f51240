"""A class that never was: grades with the names, points and likely mistakes of lab 02's real checks."""

import functools
import random

from unrolled.checks.lab02 import LAB
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

HOSTILE = "<script>alert(1)</script>"
HINTS = {
    1: ("The activation is missing: h_t is tanh of the sum, and this is the sum itself.", "U is transposed: write h @ U."),
    2: ("Every step starts from h0: the state is not carried on. Update h inside the loop.",
        "The axes are (T, B, H). Put time second: np.stack(states, axis=1).",
        "rnn_forward stopped with KeyError: 'w'\nat line: h = X[:, t] @ params['w']\nrnn_forward was given an array (3, 6, 2)."),
    3: ("Each chunk starts from zeros: hand the last state of a chunk to the next one as h0.",),
    4: ("The output's bias c is missing.", "H[-1] is the last sequence of the batch. The last step of all is [:, -1]."),
}  # fmt: skip


@functools.cache
def checks(exercise):
    """Name, points and kind of lab 02's real checks, visible ones first."""
    return [
        (made.name, made.points, hidden) for hidden in (False, True) for made in LAB.judge(exercise, {}, hidden=hidden)
    ]


def result(exercise, right, *, status=None, hints=None, seconds=0.2, suspicious=()):
    """One exercise; `right` says of each check whether it passes, None that no check was made."""
    names = checks(exercise)
    possible = sum(points for _, points, _ in names)
    made = []
    for place, (name, points, hidden) in enumerate(names if right is not None else []):
        hint = "" if right[place] else (hints or HINTS[exercise])[place % len(hints or HINTS[exercise])]
        made.append(CheckResult(name, points, right[place], hidden, hint))
    points = sum(check.points for check in made if check.right)
    status = status or (PASSED if points >= possible else PARTIAL if points else FAILED)
    return ExerciseResult(exercise, LAB.titles[exercise], possible, points, status, tuple(made), suspicious, seconds)


def grade(learner="ada", exercises=None, **changes):
    """A grade; all right unless `exercises` says otherwise."""
    if exercises is None:
        exercises = [result(number, [True] * len(checks(number))) for number in LAB.titles]
    given = {
        "lab": "02",
        "learner": learner,
        "file": "02_forward.ipynb",
        "sha256": "0" * 64,
        "seed": 12345,
        "room": "none",
    }
    return Grade(**given | changes, exercises=tuple(exercises))


def graded_class(size, seed=0):
    """Learners of every kind: able and less able, with answers that loop, crash, are missing or cannot be read."""
    rng = random.Random(seed)
    grades = []
    for number in range(size):
        able = rng.gauss(1.2, 1.3)
        exercises = []
        for exercise in LAB.titles:
            stopped = rng.choices((None, TIMEOUT, CRASHED, MEMORY, MISSING), (94, 2, 1, 1, 2 + (able < 0) * 8))[0]
            if stopped:
                seconds = 10.0 if stopped == TIMEOUT else 0.1
                exercises.append(result(exercise, None, status=stopped, seconds=seconds))
                continue
            right = [rng.gauss(able, 1) > 0.25 * exercise + 0.5 * hidden - 0.4 for _, _, hidden in checks(exercise)]
            marks = ("A check cell was edited.",) if rng.random() < 0.02 else ()
            hints = rng.sample(HINTS[exercise], len(HINTS[exercise]))
            seconds = rng.lognormvariate(-1.5, 0.5)
            exercises.append(result(exercise, right, hints=hints, seconds=seconds, suspicious=marks))
        grades.append(grade(f"learner-{number:03d}", exercises))
    if size > 3:
        grades[1] = grade(HOSTILE, grades[1].exercises, file="../../<b>.ipynb", suspicious=(f"Patched {HOSTILE}.",))
        note = "The file is no notebook: it ends in the middle of a string, line 1. Save it again in JupyterLab."
        unread = [ExerciseResult(e, LAB.titles[e], LAB.points(e), status=MALFORMED) for e in LAB.titles]
        grades[2] = grade("أمل", unread, notes=(note,))
    return grades

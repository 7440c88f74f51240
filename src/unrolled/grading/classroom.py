"""Grade a whole class: one file at a time in memory, each result stored when it is there, whatever happens to a worker.

Where the work is done is a `Pool`: processes of this machine (`workers`) or a cluster (`cluster`). The loop is the same.
"""

import faulthandler
import functools
import importlib
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from unrolled.course import CourseError
from unrolled.grading.gradebook import FILE, Gradebook, GradebookError, exists, result_key
from unrolled.grading.intake import Handed
from unrolled.grading.job import Job, seed_for
from unrolled.grading.result import CRASHED, MALFORMED, MISSING, ExerciseResult, Grade

# A worker that has not answered by then hangs in the grader itself: the engine ends slow answers far earlier.
JOB_SECONDS = 900
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Grader:
    """How one file is graded. It goes to other processes, so its functions are picklable.

    Attributes:
        grade: gives the result.
        version: of the master, the checks and the grader.
        room: the sandbox rung it will use; raises CourseError if it must not run here.
        close: ends what `grade` keeps running in a process.
    """

    grade: Callable[[Job], Grade]
    version: Callable[[], str]
    room: Callable[[], str]
    close: Callable[[], None]


class Pool(Protocol):
    """Where jobs run. What it gives for a job is a Grade, or one sentence why there is none."""

    def has_room(self) -> bool:
        """Whether it wants another job: as many run as there are workers, and at most a few wait."""

    def submit(self, job: Job) -> None:
        """Take a job, after `has_room` said yes."""

    def next(self, timeout: float) -> tuple[Job, Grade | str] | None:
        """Give a finished job, whichever; None if there is none within so many seconds.

        Raises:
            CourseError: no job can be done any more.
        """

    def close(self) -> None:
        """End the workers; what they were doing is dropped."""


@dataclass(frozen=True)
class Run:
    """What one call of `grade_class` did.

    Attributes:
        seen: files that were looked at.
        fresh: those whose result was not in the gradebook before.
        interrupted: Ctrl-C ended it early.
    """

    seen: int
    fresh: int
    interrupted: bool


def course_grader(lab: str, *, unsafe: bool = False) -> Grader:
    """Return the course's own grader.

    Args:
        lab: "02".
        unsafe: grade even where strangers' code would not be shut in.

    Raises:
        CourseError: there is no such lab.
    """
    from unrolled.grading import engine, rooms

    engine.version(lab)
    return Grader(
        grade=engine.grade_job,
        version=functools.partial(engine.version, lab),
        room=functools.partial(rooms.for_class, unsafe=unsafe),
        close=engine.close,
    )


def open_gradebook(folder: Path, lab: str, *, resume: bool = False, seed: int | None = None) -> Gradebook:
    """Make the gradebook of a class, or open it to go on.

    Args:
        folder: where the results are or will be.
        lab: "02".
        resume: go on with the gradebook that is there, if one is.
        seed: the class's seed; None draws one, or keeps the one that was drawn.

    Raises:
        GradebookError: one is there and `resume` was not asked for; or it is another lab's, or has another seed, or
            cannot be used.
    """
    path = folder / FILE
    if not exists(path):
        return Gradebook.create(path, lab, seed)
    if not resume:
        raise GradebookError(
            f"{folder} holds results already; nothing was changed. To go on with them, add --resume: what is graded is "
            f"not graded again. To begin anew, give another folder with --out."
        )
    book = Gradebook.open(path)
    fault = ""
    if book.lab != lab:
        fault = f"{folder} holds results of lab {book.lab}, not {lab}. Give lab {lab} a folder of its own with --out."
    elif seed is not None and seed != book.seed:
        fault = f"{folder} was begun with --seed {book.seed}. Leave --seed out, or give another folder with --out."
    if fault:
        book.close()
        raise GradebookError(fault)
    return book


def grade_class(
    handed: Iterable[Handed], book: Gradebook, pool: Pool, version: str, *, tell: Callable[[bool], None]
) -> Run:
    """Grade what is not graded yet, and store each result as it comes.

    At most one file more than the pool takes is in memory. Ctrl-C stops it: what is finished is stored, and the rest is
    left for the next run; a second Ctrl-C raises KeyboardInterrupt.

    Args:
        handed: what the class handed in; it is read only as fast as it is graded.
        book: takes the results.
        pool: does the work; it is not closed.
        version: of the grader, a part of each result's key.
        tell: called once a file, with true if it was graded now and false if its result was there.

    Raises:
        CourseError: the pool can do no job any more, or a result could not be stored.
    """
    waiting: dict[str, Handed] = {}
    seen = fresh = 0

    def store(finished: tuple[Job, Grade | str] | None) -> None:
        if finished is None:
            return
        job, outcome = finished
        grade = ungraded(job, CRASHED, outcome) if isinstance(outcome, str) else outcome
        book.record(waiting.pop(job.learner), result_key(job, version), grade, settled=outcome is grade)
        tell(True)

    with _ctrl_c() as pressed:
        for one in handed:
            job = Job(book.lab, one.learner, one.file, one.content, seed_for(book.seed, one.learner))
            key, one = result_key(job, version), replace(one, content=b"")
            if book.settled(key) and not one.problem:
                book.link(one, key)
                tell(False)
            elif one.problem:
                status = MALFORMED if one.file else MISSING
                book.record(one, key, ungraded(job, status, one.problem), settled=True)
                tell(False)
            else:
                while not pool.has_room() and not pressed.is_set():
                    store(pool.next(_LOOK_SECONDS))
                if pressed.is_set():
                    break
                waiting[one.learner] = one
                pool.submit(job)
                fresh += 1
            seen += 1
            if pressed.is_set():
                break
        while waiting and not pressed.is_set():
            store(pool.next(_LOOK_SECONDS))
        while pressed.is_set() and (finished := pool.next(0)):
            store(finished)
    return Run(seen - len(waiting), fresh - len(waiting), pressed.is_set())


def ungraded(job: Job, status: str, note: str) -> Grade:
    """Return a grade without points for a file no code of which was run to an end.

    Args:
        job: what should have been graded.
        status: of every exercise.
        note: one sentence why.
    """
    lab = importlib.import_module(f"unrolled.checks.lab{job.lab}").LAB
    exercises = tuple(
        ExerciseResult(number, title, lab.points(number), status=status) for number, title in lab.titles.items()
    )
    return Grade(job.lab, job.learner, job.file, job.sha256, job.seed, room="", exercises=exercises, notes=(note,))


def attempt(grader: Grader, job: Job) -> Grade | str:
    """Grade one job in a worker. A fault of the grader becomes a sentence, a hang ends the process: no file stops a class."""
    faulthandler.dump_traceback_later(JOB_SECONDS, exit=True, file=sys.__stderr__)
    try:
        return grader.grade(job)
    except CourseError as error:
        return f"The file could not be graded, so it earned no points: {error}"
    except Exception as error:
        return f"The grader itself failed on this file, so it earned no points: {type(error).__name__}: {error}"
    finally:
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """Note Ctrl-C instead of raising it anywhere, so that no result is lost half stored; the second one raises."""
    pressed = threading.Event()

    def note(*_: object) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)

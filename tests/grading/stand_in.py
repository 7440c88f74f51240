"""A grader for tests of what stands around the grader: a submission is JSON that says what shall happen to its worker."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from unrolled.course import CourseError
from unrolled.grading.classroom import Grader, Run, grade_class, open_gradebook
from unrolled.grading.intake import Handed
from unrolled.grading.job import Job
from unrolled.grading.result import FAILED, PASSED, ExerciseResult, Grade
from unrolled.grading.workers import Workers

VERSION = "stand-in 1"


def grade(job: Job) -> Grade:
    """Do what the submission says; the points follow from the seed, as those of a hidden check would."""
    wish = json.loads(job.content)
    if "log" in wish:
        with open(wish["log"], "a") as log:
            log.write(f"{job.learner}\n")
    time.sleep(wish.get("sleep", 0))
    match wish.get("do"):
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "die once" if not Path(wish["mark"]).exists():
            Path(wish["mark"]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise ValueError("a fault of the grader")
        case "refuse":
            raise CourseError("no sandbox on this machine")
        case "hold once" if not Path(wish["mark"]).exists():
            Path(wish["mark"]).write_text(str(os.getpid()))
            time.sleep(60)
    points = float(job.seed % 4)
    exercise = ExerciseResult(1, "rnn_step", 3.0, points, PASSED if points == 3 else FAILED)
    return Grade(job.lab, job.learner, job.file, job.sha256, job.seed, "stand-in", (exercise,))


def version() -> str:
    return VERSION


def room() -> str:
    return "stand-in"


def close() -> None:
    """Leave a trace where a test asks for one."""
    if folder := os.environ.get("STAND_IN_CLOSED"):
        (Path(folder) / str(os.getpid())).touch()


GRADER = Grader(grade, version, room, close)


def a_class(size: int, **wish) -> list[Handed]:
    """`size` learners, each with a file of their own that says `wish`."""
    return [one(f"learner-{n:03}", n=n, **wish) for n in range(size)]


def one(learner: str, **wish) -> Handed:
    return Handed(learner, "02_forward.ipynb", json.dumps(wish).encode())


def run(
    folder: Path, handed, *, workers: int = 2, resume: bool = False, seed: int | None = 7
) -> tuple[Run, list[Grade]]:
    """Grade a class with worker processes; return what the run did and all grades."""
    with open_gradebook(folder, "02", resume=resume, seed=seed) as book:
        pool = Workers(GRADER, workers)
        try:
            ran = grade_class(handed, book, pool, VERSION, tell=lambda fresh: None)
        finally:
            pool.close()
        return ran, list(book.grades())


def main(folder: Path, size: int, sleep: float) -> None:
    """Grade a class as a process that a test can kill; print a line for each result that is stored."""
    log = str(folder / "log")
    with open_gradebook(folder, "02", resume=True, seed=None) as book:
        pool = Workers(GRADER, 2)
        try:
            ran = grade_class(
                a_class(size, sleep=sleep, log=log), book, pool, VERSION, tell=lambda fresh: print("stored", flush=True)
            )
        finally:
            pool.close()
    print(ran, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))

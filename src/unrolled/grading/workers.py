"""Worker processes of this machine, for `classroom`.

Each worker has one job at a time and a pipe of its own, so it is known whose job was lost when one dies, and the others
go on (a ProcessPoolExecutor ends all of them and cannot tell). A lost job is tried once more while nothing else runs: if the
machine's memory was short, it is not now. A job that loses two workers is given up.
"""

import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait

from unrolled.course import CourseError
from unrolled.grading.classroom import Grader, attempt
from unrolled.grading.job import Job
from unrolled.grading.result import Grade
from unrolled.room import sandbox

_STILLBORN = 3  # workers in a row that end before they can begin: the machine is at fault
_GOODBYE_SECONDS = 5.0


@dataclass
class _Worker:
    process: multiprocessing.Process
    connection: Connection
    began: bool = False
    job: Job | None = None


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A pool of processes; see `classroom.Pool`.

    Args:
        grader: what they run; it is picklable.
        count: how many.
    """

    def __init__(self, grader: Grader, count: int) -> None:
        self._grader = grader
        # A fresh interpreter for each: a fork would copy locks and threads of this process in whatever state they are.
        self._context = multiprocessing.get_context("spawn")
        self._finished: deque[tuple[Job, Grade | str]] = deque()
        self._lost: deque[Job] = deque()
        self._alone: Job | None = None
        self._stillborn = 0
        self._workers = [self._start() for _ in range(count)]

    def has_room(self) -> bool:
        """Whether another job may come: not while a lost one waits for its turn alone."""
        taken = len(self._finished) + sum(worker.job is not None for worker in self._workers)
        return taken < len(self._workers) and not self._lost and self._alone is None

    def submit(self, job: Job) -> None:
        """Give a job to a worker that is free."""
        while (worker := self._free()) is None:
            self._listen(None)
        self._give(worker, job)

    def next(self, timeout: float) -> tuple[Job, Grade | str] | None:
        """Return a finished job, or None after so many seconds.

        Raises:
            CourseError: the workers do not even start.
        """
        while not self._finished:
            if self._lost and not any(worker.job for worker in self._workers) and (worker := self._free()):
                self._alone = self._lost.popleft()
                self._give(worker, self._alone)
            if not self._listen(timeout):
                return None
        return self._finished.popleft()

    def close(self) -> None:
        """End the workers: those that wait say goodbye to their helpers, those at work are stopped."""
        for worker in self._workers:
            if worker.began and worker.job is None:
                with suppress(OSError):
                    worker.connection.send(None)
            else:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GOODBYE_SECONDS)
            worker.process.kill()
            worker.process.join()
            worker.connection.close()
        self._workers = []

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._grader), daemon=True)
        with _deaf_to_ctrl_c():
            process.start()
        theirs.close()  # or the end of the worker would not end the pipe
        return _Worker(process, ours)

    def _free(self) -> _Worker | None:
        return next((worker for worker in self._workers if worker.began and worker.job is None), None)

    def _give(self, worker: _Worker, job: Job) -> None:
        worker.job = job
        with suppress(OSError):  # it died while it waited: _listen will find out
            worker.connection.send(job)

    def _listen(self, timeout: float | None) -> bool:
        """Hear what the workers have to say; False if nothing was said in so many seconds."""
        speaking = wait([worker.connection for worker in self._workers], timeout)
        for worker in [worker for worker in self._workers if worker.connection in speaking]:
            try:
                said = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            job, worker.job = worker.job, None
            if worker.began:
                self._finish(job, said)
            worker.began, self._stillborn = True, 0
        return bool(speaking)

    def _finish(self, job: Job, outcome: Grade | str) -> None:
        self._finished.append((job, outcome))
        if job is self._alone:
            self._alone = None

    def _bury(self, worker: _Worker) -> None:
        """Put a new worker in the place of one that died, and decide on its job."""
        worker.process.join()
        worker.connection.close()
        if not worker.began:
            self._stillborn += 1
            if self._stillborn == _STILLBORN:
                raise CourseError(
                    f"The worker processes end before they begin (exit status {worker.process.exitcode}). What was graded is "
                    "stored. Is there enough memory? Try fewer --workers, and: unrolled doctor"
                )
        self._workers[self._workers.index(worker)] = self._start()
        if worker.job is None:
            return
        if worker.job is self._alone:
            self._finish(
                worker.job,
                "The process that graded this file died, and did so again when nothing else ran, so it earned no points. "
                "Look at the file by hand; --resume tries it once more.",
            )
        else:
            self._lost.append(worker.job)


def _serve(connection: Connection, grader: Grader) -> None:
    """The life of a worker: jobs come in, results go out, until the pipe ends or a None comes."""
    if sys.platform == "linux":
        sandbox.die_with_parent()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in the terminal is for the parent, which knows what is stored; not for us or our helpers
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # drops one that came while we were deaf
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, signal.default_int_handler)
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        connection.send(None)
        frozen = False
        while (job := connection.recv()) is not None:
            connection.send(attempt(grader, job))
            if not frozen:  # all is imported and read by now: the collector of garbage need not go through it again
                gc.collect()
                gc.freeze()
                frozen = True
    except (EOFError, OSError):
        pass  # the parent is gone, and with it all reason to go on
    finally:
        grader.close()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process started in here does not hear Ctrl-C until it says so: it would answer with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # multiprocessing starts this one before the first process, and unblocks Ctrl-C as it does.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

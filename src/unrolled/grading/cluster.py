"""The workers of a Dask cluster, for `classroom`: `unrolled grade ... --scheduler tcp://host:8786`.

Every worker needs this course in the same version. Start them with one thread each, for a process grades one file at a
time: `dask worker tcp://host:8786 --nworkers 8 --nthreads 1`. Whoever reaches the scheduler can run code on the workers: keep
it in a network you trust.
"""

import asyncio
import functools
import queue
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from unrolled.course import CourseError
from unrolled.grading.classroom import Grader, attempt
from unrolled.grading.job import Job
from unrolled.grading.result import Grade

_CONNECT_SECONDS = 10
_WORKERS_SECONDS = 60
_AHEAD = 2  # jobs that wait, so that no worker waits for the gradebook

_one_at_a_time = threading.Lock()


class Cluster:
    """A pool of Dask workers; see `classroom.Pool`. Dask runs a job anew when the worker that had it dies.

    When Dask gives a job up because its workers died, the job may only have waited behind the one that killed them. So it
    is sent once more, with nothing else under way; if its workers die again, it was the job.

    Args:
        address: of the scheduler, "tcp://host:8786".
        grader: what the workers run.
        version: of the grader here; a worker with another one refuses.

    Attributes:
        rooms: the sandbox rungs that the workers use.

    Raises:
        CourseError: Dask is not installed, no scheduler or no worker answers, or a worker refuses to grade.
    """

    def __init__(self, address: str, grader: Grader, version: str) -> None:
        try:
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise CourseError(
                'Grading on a cluster needs the package distributed: pip install "unrolled[cluster]"'
            ) from None
        self._killed = KilledWorker
        self._task = functools.partial(_grade, grader, version)
        self._close = functools.partial(_end, grader)
        self._jobs: dict[str, Job] = {}
        self._futures: dict[str, Any] = {}
        self._suspects: deque[Job] = deque()
        self._alone = ""  # key of the suspect under way
        self._finished: queue.SimpleQueue = queue.SimpleQueue()
        _knock(address)
        with _in_words():
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        try:
            self.rooms = self._rooms(address, grader, version)
        except BaseException:
            self._client.close()
            raise

    def has_room(self) -> bool:
        """Whether another job may come: one for each thread of the workers, and a few that wait. None beside a suspect."""
        if self._suspects or self._alone:
            return False
        with _in_words():
            return len(self._futures) < sum(self._client.nthreads().values()) + _AHEAD

    def submit(self, job: Job) -> None:
        """Send a job to the scheduler."""
        self._send(job)

    def _send(self, job: Job) -> str:
        with _in_words():
            future = self._client.submit(self._task, job, pure=False)
        self._jobs[future.key], self._futures[future.key] = job, future
        future.add_done_callback(self._finished.put)
        return future.key

    def next(self, timeout: float) -> tuple[Job, Grade | str] | None:
        """Return a finished job, or None after so many seconds.

        Raises:
            CourseError: a worker cannot grade, or the cluster is gone.
        """
        if self._suspects and not self._futures:
            self._alone = self._send(self._suspects.popleft())
        try:
            future = self._finished.get(timeout=timeout) if timeout else self._finished.get_nowait()
        except queue.Empty:
            return None
        del self._futures[future.key]
        job = self._jobs.pop(future.key)
        was_alone, self._alone = future.key == self._alone, ""
        with _in_words():
            try:
                return job, future.result()
            except self._killed:
                if not was_alone:
                    self._suspects.append(job)
                    return None
                return job, (
                    "The workers that graded this file died, one after the other, so it earned no points. "
                    "Look at the file by hand; --resume tries it once more."
                )

    def close(self) -> None:
        """End the helpers on the workers; the workers stay, they are not ours."""
        with suppress(Exception):  # a scheduler that is gone has nothing to end
            if self._futures:
                self._client.cancel(list(self._futures.values()))
            else:
                self._client.run(self._close)
        self._client.close()

    def _rooms(self, address: str, grader: Grader, version: str) -> list[str]:
        from distributed import TimeoutError as NoWorkerError

        try:
            self._client.wait_for_workers(1, timeout=_WORKERS_SECONDS)
        except NoWorkerError:
            raise CourseError(
                f"The scheduler at {address} has no workers. Start some: dask worker {address} --nworkers 8 --nthreads 1"
            ) from None
        if max(self._client.nthreads().values()) > 1:
            raise CourseError(
                "A process grades one file at a time, but some workers have several threads. Start them with "
                f"--nthreads 1: dask worker {address} --nworkers 8 --nthreads 1"
            )
        return sorted(set(self._client.run(_look_around, grader, version).values()))


def _knock(address: str) -> None:
    """See whether something answers at the address: Dask's client would be long in finding out, and print a traceback."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port:
            raise ValueError("an address looks like tcp://host:8786")
        socket.create_connection((parts.hostname, parts.port), _CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise CourseError(f"No Dask scheduler answers at {address}: {error}.") from error


@contextmanager
def _in_words() -> Iterator[None]:
    """Say what went wrong between here and the workers, whatever Dask calls it."""
    try:
        yield
    except CourseError:
        raise
    except (Exception, asyncio.CancelledError) as error:
        raise CourseError(
            f"The cluster failed ({type(error).__name__}: {error}). What was graded is stored; go on with --resume."
        ) from error


def _grade(grader: Grader, version: str, job: Job) -> Grade | str:
    """Grade a job on a worker; one that joined late is looked at, too."""
    with _one_at_a_time:
        _look_around(grader, version)
        return attempt(grader, job)


def _end(grader: Grader) -> None:
    """End a worker's helper, when no job runs: another class may be using the cluster."""
    with _one_at_a_time:
        grader.close()


def _look_around(grader: Grader, version: str) -> str:
    """Return the rung a worker grades on, if it may grade at all."""
    if grader.version() != version:
        raise CourseError(
            "A worker of the cluster has another version of the course. Install the same one everywhere, then go on with --resume."
        )
    return grader.room()

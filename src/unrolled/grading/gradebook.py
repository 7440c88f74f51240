"""The results of one class for one lab, in one SQLite file: written one by one, never twice, never overwritten.

Every result is on the disk when `record` returns, so whatever stops the grading, nothing that was finished is lost.
One process holds the file at a time; SQLite's own lock sees to it, and it goes when the process goes.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from unrolled.course import CourseError
from unrolled.grading.intake import Handed
from unrolled.grading.job import Job, new_seed
from unrolled.grading.result import Grade

FILE = "gradebook.sqlite"
SCHEMA_VERSION = 1
# Marks the file as ours in SQLite's header: the letters "UNRL".
APPLICATION_ID = 0x554E524C
_LOCK_SECONDS = 2.0
_SCHEMA = (
    "CREATE TABLE class (lab TEXT NOT NULL, seed INTEGER NOT NULL)",
    "CREATE TABLE results (key TEXT PRIMARY KEY, grade TEXT NOT NULL, settled INTEGER NOT NULL)",
    "CREATE TABLE handed (learner TEXT PRIMARY KEY, key TEXT NOT NULL REFERENCES results, details TEXT NOT NULL)",
)


class GradebookError(CourseError):
    """The gradebook cannot be used; the message says why and what to do. The file is left as it is."""


def result_key(job: Job, version: str) -> str:
    """Return what a result is kept under: a hash of all that decides it.

    Args:
        job: what is graded.
        version: of the lab's master, its checks and the grader.
    """
    decides = json.dumps([job.lab, version, job.sha256, job.seed])
    return hashlib.sha256(decides.encode()).hexdigest()


class Gradebook:
    """The results of a class for one lab. Use it in a `with` block.

    Attributes:
        path: the file.
        lab: "02".
        seed: the class's seed, drawn once, from which `seed_for` makes each learner's.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection
        with self._speaking():
            self.lab, self.seed = connection.execute("SELECT lab, seed FROM class").fetchone()

    @classmethod
    def create(cls, path: Path, lab: str, seed: int | None = None) -> Self:
        """Make a gradebook.

        Args:
            path: where; its folder is made if it is not there.
            lab: "02".
            seed: the class's seed; drawn when None.

        Raises:
            GradebookError: something is there already, or the place cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GradebookError(f"The folder {path.parent} cannot be made: {error.strerror}.") from error
        connection = _connect(path)
        with _closed_on_error(connection), _in_words(path):
            # A process killed while it made the file leaves it without tables: that is as good as no file.
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise GradebookError(f"{path} is there already and is not overwritten.")
            _hold(connection)
            with _transaction(connection):
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.execute("INSERT INTO class VALUES (?, ?)", (lab, new_seed() if seed is None else seed))
            return cls(path, connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a gradebook that is there.

        Raises:
            GradebookError: no gradebook, damaged, made by another version of the course, or in use.
        """
        if not exists(path):
            raise GradebookError(f"There is no gradebook {path}.")
        connection = _connect(path)
        with _closed_on_error(connection), _in_words(path):
            if _pragma(connection, "application_id") != APPLICATION_ID:
                raise GradebookError(f"{path} is not a gradebook of this course. Give another folder for the results.")
            if (version := _pragma(connection, "user_version")) != SCHEMA_VERSION:
                raise GradebookError(
                    f"{path} was written by another version of the course (its format is {version}, this one is "
                    f"{SCHEMA_VERSION}). Use that version, or give another folder for the results."
                )
            if _pragma(connection, "quick_check") != "ok":
                raise sqlite3.DatabaseError("its check sum of pages does not hold")
            _hold(connection)
            return cls(path, connection)

    def settled(self, key: str) -> bool:
        """Whether the result under this key stands and need not be found again."""
        with self._speaking():
            found = self._connection.execute("SELECT settled FROM results WHERE key = ?", (key,)).fetchone()
        return found is not None and bool(found[0])

    def record(self, handed: Handed, key: str, grade: Grade, *, settled: bool) -> None:
        """Store one result, and whose it is. It is on the disk when this returns.

        Args:
            handed: what was graded; its content is not kept.
            key: what `result_key` says.
            grade: the result.
            settled: false when the machine and not the file decided it (a worker that died): the next run tries again.

        Raises:
            GradebookError: it could not be written; what was stored before is safe.
        """
        with self._speaking(), _transaction(self._connection):
            text = _text(grade.to_dict())
            self._connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (key, text, settled))
            self._link(handed, key)

    def link(self, handed: Handed, key: str) -> None:
        """Note that a learner handed in a file whose result is stored already."""
        with self._speaking(), _transaction(self._connection):
            self._link(handed, key)

    def __len__(self) -> int:
        """How many learners have a result."""
        return self._count("SELECT count(*) FROM handed")

    def unsettled(self) -> int:
        """How many of them have one that the next run tries again."""
        return self._count("SELECT count(*) FROM handed JOIN results USING (key) WHERE NOT settled")

    def entries(self) -> Iterator[tuple[Handed, Grade]]:
        """Yield what each learner handed in (without its content) and its grade, in the order of the learners' ids."""
        query = "SELECT learner, details, grade FROM handed JOIN results USING (key) ORDER BY learner"
        # An unfinished query would hold the file after `close`.
        with self._speaking(), closing(self._connection.execute(query)) as rows:
            for learner, details, grade in rows:
                handed = _handed(learner, json.loads(details))
                found = Grade.from_dict(json.loads(grade))
                yield handed, replace(found, notes=(*handed.notes, *found.notes))

    def grades(self) -> Iterator[Grade]:
        """Yield the grades alone, in the order of the learners' ids; what intake had to choose stands in their notes."""
        return (grade for _, grade in self.entries())

    def close(self) -> None:
        """Let go of the file, for the next process."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _count(self, query: str) -> int:
        with self._speaking():
            return self._connection.execute(query).fetchone()[0]

    def _link(self, handed: Handed, key: str) -> None:
        when = handed.handed_in_at
        details = {
            "file": handed.file,
            "handed_in_at": when.isoformat() if when else None,
            "problem": handed.problem,
            "notes": handed.notes,
            "ids": dict(handed.ids),
        }
        row = (handed.learner, key, _text(details))
        self._connection.execute("INSERT OR REPLACE INTO handed VALUES (?, ?, ?)", row)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        with _in_words(self.path):
            yield


def exists(path: Path) -> bool:
    """Whether something is at the path that must not be overwritten: any file that is not empty."""
    return path.is_dir() or (path.is_file() and path.stat().st_size > 0 and not _unfinished(path))


def _unfinished(path: Path) -> bool:
    """Whether a process was killed while it made the file: a database without a table."""
    connection = _connect(path)
    try:
        return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    except sqlite3.Error:
        return False
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise GradebookError(f"{path} cannot be opened: {error}.") from error


def _hold(connection: sqlite3.Connection) -> None:
    """Lock the file for this process, and let every commit reach the disk."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # The lock is taken by the first write; take it now, before any work is done in vain.
    with _transaction(connection):
        pass


def _pragma(connection: sqlite3.Connection, name: str) -> int | str:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Say what SQLite's errors mean for whoever is grading."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise GradebookError(
                f"{path} is in use: another grading writes into it. Wait until it has ended."
            ) from error
        raise GradebookError(
            f"{path} could not be read or written: {error}. What was stored before is safe. Mend that, then go on with --resume."
        ) from error
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
        raise GradebookError(
            f"{path} is damaged ({error}) and is left as it is. Bring back a copy of it, or give another folder for the results."
        ) from error


def _text(plain: dict) -> str:
    # A lone surrogate, which a learner's program can print, has no UTF-8: it becomes a question mark here, once for all readers.
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace").decode()


def _handed(learner: str, details: dict) -> Handed:
    when = details["handed_in_at"]
    return Handed(
        learner=learner,
        file=details["file"],
        content=b"",
        handed_in_at=datetime.fromisoformat(when) if when else None,
        problem=details["problem"],
        notes=tuple(details["notes"]),
        ids=details["ids"],
    )

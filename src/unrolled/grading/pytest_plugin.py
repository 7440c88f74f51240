"""Grade exercises under pytest and nbval: cells run in a room, checks are judged out here.

Each exercise is a notebook of its own in a kernel of its own. nbval runs the answer; what stands before it is sent in one
message. A cell marked as a check is not run: its checks are held in this process, which asks the room for nothing but calls
of the learner's functions.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, IPyNbFile

from unrolled.checks.framework import Lab
from unrolled.course import CourseError
from unrolled.grading.kernel import RoomEndedError, RoomKernel
from unrolled.grading.result import FAILED, MEMORY, PARTIAL, PASSED, CheckResult
from unrolled.grading.rooms import Rooms
from unrolled.room.ask import Call, Failed

HINT = 2000  # characters of a hint: what an answer raises or returns may be quoted in it


@dataclass
class Outcome:
    """What happened to one exercise.

    Attributes:
        ended: the status of an exercise whose room ended, else empty.
        fault: what stopped the answer's own cell, else empty.
    """

    checks: list[CheckResult] = field(default_factory=list)
    ended: str = ""
    fault: str = ""
    seconds: float = 0.0

    @property
    def status(self) -> str:
        """One of the statuses of an exercise."""
        earned = sum(check.points for check in self.checks if check.right)
        if self.ended:
            return self.ended
        return PASSED if earned and all(check.right for check in self.checks) else PARTIAL if earned else FAILED


class Grading:
    """The plugin: one object for one submission.

    Args:
        lab: the checks.
        rooms: where the cells run.
        seed: of the hidden checks.
        answers: exercise number to the learner's source.
        right: exercise number to the master's source, which takes the place of an answer that did not pass.
        seconds, total: limits of a cell and of an exercise.
    """

    def __init__(
        self,
        lab: Lab,
        rooms: Rooms,
        seed: int,
        answers: dict[int, str],
        right: dict[int, str],
        seconds: float,
        total: float,
    ) -> None:
        self.lab, self.rooms, self.seed = lab, rooms, seed
        self.answers, self.right = answers, right
        self.seconds, self.total = seconds, total
        self.outcomes: dict[int, Outcome] = {}
        self.errors: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        """Stand in for the terminal's plugin, which nbval asks about colours."""
        config.option.color = "no"

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> "ExerciseFile | None":
        """Collect one exercise."""
        if file_path.suffix != ".ipynb":
            return None
        file = ExerciseFile.from_parent(parent, path=file_path)
        file.grading, file.exercise = self, int(file_path.stem.rpartition("-")[2])
        return file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what went wrong outside the learner's code, so that it can be told."""
        if report.failed and (report.when != "call" or not self.rooms.alive()):
            crash = getattr(report.longrepr, "reprcrash", None)
            told = crash.message.partition(": ")[2] if crash else str(report.longrepr)
            self.errors.append(told.removesuffix(". Try: unrolled doctor"))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """The same, while collecting."""
        if report.failed:
            self.errors.append(str(report.longrepr))


class ExerciseFile(IPyNbFile):
    """The cells of one exercise."""

    grading: Grading
    exercise: int

    def collect(self) -> Iterator[IPyNbCell]:
        """Give the answer to nbval and check cells to the judge; each brings the cells before it that nobody looks at."""
        self.compare_outputs = False  # as --nbval-lax, with which nbval would collect the file a second time
        before: list[NotebookNode] = []
        for item in super().collect():
            mark = item.cell.metadata.get("lab", {})
            if mark.get("role") in ("check", "hidden"):
                kind = CheckCell
            elif mark.get("exercise") == self.exercise:
                kind = AnswerCell
            else:
                before.append(item.cell)
                continue
            made = kind.from_parent(self, name=item.name, cell_num=item.cell_num, cell=item.cell, options=item.options)
            made.before, before = before, []
            yield made

    def setup(self) -> None:
        """Open the room."""
        self.outcome, self.started = Outcome(), time.monotonic()
        try:
            with self.ends():
                self.kernel = RoomKernel(self.grading.rooms, self.grading.seconds, self.grading.total)
        except CourseError as error:
            self.grading.errors.insert(0, str(error))  # pytest's own report would bury it
            raise
        self.grading.outcomes[self.exercise] = self.outcome

    def teardown(self) -> None:
        """Close the room."""
        if self.kernel is not None:
            self.kernel.stop()
        self.outcome.seconds = time.monotonic() - self.started

    @contextlib.contextmanager
    def ends(self) -> Iterator[None]:
        """Note how the room ended, if it does."""
        try:
            yield
        except RoomEndedError as end:
            self.outcome.ended = end.status
            self.outcome.fault = end.hint
        if not self.grading.rooms.alive():  # that ended the room, and not what was handed in
            self.grading.outcomes.pop(self.exercise, None)
            raise CourseError("the process that makes the rooms ended")


class LabCell(IPyNbCell):
    """A cell, and those since the last one."""

    parent: ExerciseFile
    before: list[NotebookNode]

    def run_before(self) -> None:
        """Run those; of an earlier exercise take the learner's answer if it passed, and the right one otherwise."""
        grading = self.parent.grading
        sources = []
        for cell in self.before:
            mark = cell.metadata.get("lab", {})
            if mark.get("role") == "answer":
                earlier = grading.outcomes.get(mark["exercise"])
                passed = earlier is not None and earlier.status == PASSED
                sources.append((grading.answers if passed else grading.right)[mark["exercise"]])
            else:
                sources.append(cell.source)
        if sources and not self.parent.outcome.ended:
            with self.parent.ends():
                self.parent.kernel.run(sources)


class AnswerCell(LabCell):
    """The answer, which runs in the room."""

    def runtest(self) -> None:
        """Run it, and remember what stopped it."""
        self.run_before()
        if self.parent.outcome.ended:
            pytest.skip("the room has ended")
        with self.parent.ends():
            try:
                super().runtest()
            finally:
                self.parent.outcome.fault = _fault(self.test_outputs or [])


class CheckCell(LabCell):
    """A cell whose checks are judged in this process."""

    def runtest(self) -> None:
        """Hold the checks' conversations with the room."""
        self.run_before()
        outcome, grading = self.parent.outcome, self.parent.grading
        exercise, hidden = self.parent.exercise, self.cell.metadata["lab"]["role"] == "hidden"
        seed = {"seed": grading.seed} if hidden else {}
        for result in grading.lab.examine(exercise, self._asker(), hidden=hidden, **seed):
            outcome.checks.append(
                CheckResult(result.name, result.points, result.verdict.right, hidden, _plain(result.verdict.hint))
            )
        if not all(check.right for check in outcome.checks):
            raise AssertionError("not all checks are right")

    def _asker(self) -> Callable[[Call], object]:
        outcome, kernel = self.parent.outcome, self.parent.kernel

        def ask(call: Call) -> object:
            if not outcome.ended:
                with self.parent.ends():
                    answer = kernel.ask(call)
                    if isinstance(answer, Failed) and answer.error == "MemoryError":
                        outcome.ended, outcome.fault = MEMORY, answer.hint
                        return answer
                    if isinstance(answer, Failed) and outcome.fault:
                        return Failed(f"{answer.hint}\nThe cell itself stopped with {outcome.fault}")
                    return answer
            return Failed(outcome.fault)

        return ask


def _fault(outputs: Sequence[dict]) -> str:
    """What stopped a cell, in one line."""
    errors = [output for output in outputs if output["output_type"] == "error"]
    return f"{errors[0]['ename']}: {errors[0]['evalue']}"[:500] if errors else ""


def _plain(hint: str) -> str:
    """A hint that quotes a learner's code, without what a terminal would obey or a file cannot hold."""
    text = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in hint[:HINT])
    return f"{text} ..." if len(hint) > HINT else text

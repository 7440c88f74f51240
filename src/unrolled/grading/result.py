"""What grading gives: plain data that goes between processes, into the gradebook and onto pages."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# What can become of one exercise. The first three say how many points the checks gave; the others why they gave none.
PASSED, PARTIAL, FAILED = "passed", "partial", "failed"
TIMEOUT, CRASHED, MEMORY = "timeout", "crashed", "out of memory"
MISSING, MALFORMED = "missing", "malformed"
STATUSES = (PASSED, PARTIAL, FAILED, TIMEOUT, CRASHED, MEMORY, MISSING, MALFORMED)


@dataclass(frozen=True)
class CheckResult:
    """The verdict on one check; `hint` names the likely mistake and is empty when the answer is right."""

    name: str
    points: float
    right: bool
    hidden: bool
    hint: str = ""


@dataclass(frozen=True)
class ExerciseResult:
    """What one exercise earned.

    Attributes:
        status: one of STATUSES.
        suspicious: what a teacher should look at, one sentence each (a check cell that was edited, a cell dropped). It
            costs no points: points come from checks alone.
        seconds: wall time, which no comparison of two results looks at.
    """

    exercise: int
    title: str
    possible: float
    points: float = 0.0
    status: str = MISSING
    checks: tuple[CheckResult, ...] = ()
    suspicious: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Grade:
    """What one file earned.

    Attributes:
        lab: "02".
        learner: whose file it is; empty for `unrolled check`.
        file: its name, as handed in.
        sha256: of its bytes.
        seed: decided the random inputs of the hidden checks.
        room: the sandbox rung the code ran on.
        notes: what had to be guessed or was left aside, one sentence each; why, if the file could not be read.
        suspicious: as for an exercise, about the file as a whole.
    """

    lab: str
    learner: str
    file: str
    sha256: str
    seed: int
    room: str
    exercises: tuple[ExerciseResult, ...]
    notes: tuple[str, ...] = ()
    suspicious: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """Points earned in all exercises."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def possible(self) -> float:
        """Points that all exercises offer."""
        return sum(exercise.possible for exercise in self.exercises)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, with the sums a reader of the JSON wants to find."""
        return {"points": self.points, "possible": self.possible} | asdict(self)

    def to_json(self) -> str:
        """As JSON, for `unrolled check --json` and the gradebook."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Grade":
        """Return the grade that `to_dict` made."""
        fields = {key: value for key, value in plain.items() if key not in ("points", "possible")}
        exercises = [
            ExerciseResult(
                **exercise
                | {
                    "checks": tuple(CheckResult(**check) for check in exercise["checks"]),
                    "suspicious": tuple(exercise["suspicious"]),
                }
            )
            for exercise in fields["exercises"]
        ]
        return cls(
            **fields
            | {
                "exercises": tuple(exercises),
                "notes": tuple(fields["notes"]),
                "suspicious": tuple(fields["suspicious"]),
            }
        )

"""What one grading needs to know: everything, so that any process on any machine can do it."""

import hashlib
import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One file to grade. The result is a function of these fields alone.

    Attributes:
        lab: "02".
        learner: whose file it is; empty for `unrolled check`.
        file: its name, as handed in.
        content: its bytes.
        seed: decides the random inputs of the hidden checks.
    """

    lab: str
    learner: str
    file: str
    content: bytes
    seed: int

    @property
    def sha256(self) -> str:
        """Of the bytes handed in."""
        return hashlib.sha256(self.content).hexdigest()


def new_seed() -> int:
    """A seed nobody knows beforehand."""
    return secrets.randbelow(2**31)


def seed_for(class_seed: int, learner: str) -> int:
    """The seed of one learner in a class: known to whoever knows the class's seed, different for everybody."""
    digest = hashlib.sha256(f"{class_seed}:{learner}".encode()).digest()
    return int.from_bytes(digest[:4]) % 2**31

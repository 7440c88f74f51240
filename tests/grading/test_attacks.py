"""An untouched stub earns nothing under any attack, a right answer beside it loses nothing, and nothing is left behind."""

import json
import os
import time
from pathlib import Path

import attacks
import numpy as np
import psutil
import pytest

from unrolled.grading import engine, kernel
from unrolled.grading.job import Job
from unrolled.grading.result import FAILED, MISSING, PASSED, Grade
from unrolled.room.sandbox import NAMESPACES, Limits
from unrolled.room.wire import Unknown

MEMORY = 400_000_000

pytestmark = pytest.mark.skipif(
    engine.rooms.strongest() != NAMESPACES,
    reason=f"the strongest room here is {engine.rooms.strongest()}, not namespaces",
)


@pytest.fixture(scope="module")
def grade(root):
    """Return a function that grades bytes as lab 02, with small limits, in rooms that are made once."""
    patch = pytest.MonkeyPatch()
    engine.close()
    patch.setattr(engine, "CELL_SECONDS", 1.6)
    patch.setattr(engine, "TOTAL_SECONDS", 4.0)
    patch.setattr(kernel, "GROWTH_BYTES", 300_000_000)
    patch.setattr(engine, "Limits", lambda: Limits(memory=MEMORY))
    yield lambda content, file="02_forward.ipynb": engine.grade_job(Job("02", "somebody", file, content, 7))
    engine.close()
    patch.undo()


@pytest.fixture(scope="module")
def lab(root):
    """Return a function that makes lab 02 with these sources; exercises without one are left out."""
    text = (root / "labs" / "02_forward.ipynb").read_text(encoding="utf-8")

    def make(sources: dict[int, str | None]) -> dict:
        notebook = json.loads(text)
        for cell in list(notebook["cells"]):
            mark = cell["metadata"].get("lab", {})
            if mark.get("role") == "answer" and mark["exercise"] not in sources:
                notebook["cells"].remove(cell)
            elif mark.get("role") == "answer" and sources[mark["exercise"]] is not None:
                cell["source"] = sources[mark["exercise"]]
        return notebook

    return make


def earned(grade: Grade) -> tuple[list[float], list[str]]:
    return [each.points for each in grade.exercises], [each.status for each in grade.exercises]


def left() -> list[str]:
    """What stands or runs that did not before: rooms' folders, processes, mounts."""
    (rooms,) = engine._open_rooms.values()
    warm = psutil.Process(rooms._process.pid)
    found = [str(path) for path in rooms.folder.iterdir() if path.name not in ("root", "lock")]
    found += [f"process {child.pid}" for child in warm.children(recursive=True)]
    found += [f"process {child.pid}" for child in psutil.Process().children() if child != warm]
    return found + [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "unrolled-room" in line]


def nothing_is_left() -> bool:
    """A process that was told to end may need a moment."""
    until = time.monotonic() + 2
    while left() and time.monotonic() < until:
        time.sleep(0.02)
    assert left() == []
    return True


def clean(grade: Grade) -> bool:
    """What goes onto pages and into tables can be written, is bounded, and commands no terminal."""
    text = grade.to_json()
    assert Grade.from_dict(json.loads(text)) == grade
    assert len(text.encode()) < 100_000
    return all(letter.isprintable() or letter == "\n" for letter in text)


def test_the_corpus_is_large_and_its_names_are_different():
    names = [attack.name for attack in [*attacks.CODE, *attacks.FILES]]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.parametrize("attack", attacks.CODE, ids=lambda attack: attack.name)
def test_code(grade, lab, attack, capfd):
    before = psutil.Process().memory_info().rss
    graded = grade(json.dumps(lab({1: attack.source, 2: attacks.RIGHT[2]})).encode())
    assert earned(graded) == ([attack.points, 3, 0, 0], [attack.status, PASSED, MISSING, MISSING])
    assert not attack.hint or attack.hint in next(check.hint for check in graded.exercises[0].checks if not check.right)
    assert clean(graded)
    assert nothing_is_left()
    assert capfd.readouterr() == ("", "")
    assert psutil.Process().memory_info().rss - before < 1_000_000_000
    if attack.status not in (FAILED, PASSED):  # its room was ended: the next one is as good
        stub = grade(json.dumps(lab({1: attacks.RIGHT[1], 2: None})).encode())
        assert earned(stub) == ([3, 0, 0, 0], [PASSED, FAILED, MISSING, MISSING])


@pytest.mark.parametrize("attack", attacks.FILES, ids=lambda attack: attack.name)
def test_file(grade, lab, attack, capfd):
    content = attack.make(lab({1: attacks.RIGHT[1], 2: None}))
    start = time.monotonic()
    graded = grade(content, attack.file)
    assert earned(graded) == (list(attack.points), list(attack.statuses))
    assert attack.note in " ".join(graded.notes)
    assert attack.suspicious in " ".join(
        [*graded.suspicious, *(s for each in graded.exercises for s in each.suspicious)]
    )
    assert time.monotonic() - start < 10
    assert clean(graded)
    assert capfd.readouterr() == ("", "")


# No plain numbers: one check of lab 01 asks for a score of 1, so a constant is right there.
HOSTILE = [
    None, float("nan"), float("inf"), 10**400, "", "x" * 10**5, [], {}, (), [[]] * 10**4, [None] * 10,
    range(10**5), slice(None), Unknown("x"), [Unknown("x")], {1: 2}, ["a" * 10**3] * 100, np.zeros((0, 10**6)), np.array(1j),
    np.zeros(10**5), np.full((2, 3), np.nan), np.zeros((1,) * 30), [np.zeros(3), np.zeros(2)],
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")  # NumPy's, about what such values do to arithmetic
@pytest.mark.parametrize("number", ["01", "02", "03", "04"])
def test_no_check_of_any_lab_stops_at_a_hostile_value_or_gives_points_for_it(number):
    lab = engine.master(number).lab
    for exercise in lab.titles:
        for value in HOSTILE:
            for came in (value, (value, value), [value] * 3, {"loss": value}):
                results = lab.examine(exercise, lambda call, came=came: came)
                assert [(exercise, repr(came)[:80], result.name) for result in results if result.verdict.right] == []
                assert all(isinstance(result.verdict.hint, str) and result.verdict.hint for result in results)


def test_a_right_submission_is_graded_as_ever_after_all_that(grade, lab):
    before = os.listdir(f"/proc/{os.getpid()}/fd")
    content = json.dumps(lab({1: attacks.RIGHT[1], 2: attacks.RIGHT[2]})).encode()
    assert earned(grade(content)) == ([3, 3, 0, 0], [PASSED, PASSED, MISSING, MISSING])
    assert nothing_is_left()
    assert len(os.listdir(f"/proc/{os.getpid()}/fd")) <= len(before) + 2
    folder = next(iter(engine._open_rooms.values())).folder
    engine.close()
    assert not folder.exists()

"""A class is graded to its end, with flat memory, whatever its files do to the workers, and Ctrl-C costs nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import replace

import psutil
import pytest
import stand_in
from stand_in import GRADER, VERSION, a_class, one, run

from unrolled.grading import workers
from unrolled.grading.classroom import attempt, grade_class, open_gradebook
from unrolled.grading.gradebook import FILE, Gradebook, GradebookError
from unrolled.grading.intake import Handed
from unrolled.grading.job import Job, seed_for
from unrolled.grading.workers import Workers


class InPlace:
    """A pool that works when it is asked for a result, so that a test sees every step."""

    def __init__(self, size):
        self.size, self.waiting, self.most = size, deque(), 0

    def has_room(self):
        return len(self.waiting) < self.size

    def submit(self, job):
        self.waiting.append(job)
        self.most = max(self.most, len(self.waiting))

    def next(self, timeout):
        return (self.waiting[0], attempt(GRADER, self.waiting.popleft())) if self.waiting else None

    def close(self):
        pass


def test_every_learner_gets_the_grade_that_their_own_seed_gives(tmp_path):
    ran, grades = run(tmp_path, a_class(12))
    assert (ran.seen, ran.fresh, ran.interrupted) == (12, 12, False)
    assert [grade.learner for grade in grades] == [handed.learner for handed in a_class(12)]
    for grade in grades:
        assert grade.seed == seed_for(7, grade.learner)
        assert grade.points == grade.seed % 4


def test_one_worker_and_three_give_the_same(tmp_path):
    _, alone = run(tmp_path / "1", a_class(9, sleep=0.01), workers=1)
    _, together = run(tmp_path / "3", a_class(9, sleep=0.01), workers=3)
    assert alone == together


def test_no_more_files_are_read_than_are_worked_on_and_one(tmp_path):
    pool, read, told = InPlace(3), [], []

    def reading():
        for handed in a_class(200):
            read.append(handed)
            assert len(read) - len(told) <= 3 + 1
            yield handed

    with open_gradebook(tmp_path, "02") as book:
        ran = grade_class(reading(), book, pool, VERSION, tell=told.append)
    assert ran.seen == len(told) == 200
    assert pool.most == 3


def test_the_content_of_a_file_is_not_kept_beyond_its_turn(tmp_path):
    class Watched(bytes):
        alive = 0

        def __new__(cls, *args):
            cls.alive += 1
            return super().__new__(cls, *args)

        def __del__(self):
            type(self).alive -= 1

    most = 0

    def reading():
        nonlocal most
        for handed in a_class(60):
            most = max(most, Watched.alive)
            yield replace(handed, content=Watched(handed.content))
            del handed

    with open_gradebook(tmp_path, "02") as book:
        grade_class(reading(), book, InPlace(2), VERSION, tell=lambda fresh: None)
    assert 0 < most <= 2 + 2


def test_going_on_grades_only_what_is_new_or_changed(tmp_path):
    log = str(tmp_path / "log")
    run(tmp_path, a_class(6, log=log))
    changed = [*a_class(5, log=log), one("learner-005", log=log, again=True), one("new", log=log)]
    (tmp_path / "log").unlink()
    told = []
    with open_gradebook(tmp_path, "02", resume=True) as book:
        ran = grade_class(changed, book, InPlace(1), VERSION, tell=told.append)
        assert len(book) == 7
    assert (ran.seen, ran.fresh) == (7, 2)
    assert told.count(True) == 2
    assert (tmp_path / "log").read_text().splitlines() == ["learner-005", "new"]


def test_another_version_of_the_checks_grades_anew(tmp_path):
    with open_gradebook(tmp_path, "02") as book:
        runs = [
            grade_class(a_class(3), book, InPlace(1), version, tell=lambda fresh: None)
            for version in ("checks 1", "checks 1", "checks 2")
        ]
    assert [ran.fresh for ran in runs] == [3, 0, 3]


def test_a_gradebook_that_is_there_is_used_only_when_asked_for(tmp_path):
    _, first = run(tmp_path, a_class(2), seed=None)
    with pytest.raises(GradebookError, match="--resume.*--out"):
        open_gradebook(tmp_path, "02")
    with pytest.raises(GradebookError, match="results of lab 02, not 03"):
        open_gradebook(tmp_path, "03", resume=True)
    with open_gradebook(tmp_path, "02", resume=True) as book:
        drawn = book.seed
        assert list(book.grades()) == first
    with pytest.raises(GradebookError, match=f"--seed {drawn}"):
        open_gradebook(tmp_path, "02", resume=True, seed=drawn + 1)
    open_gradebook(tmp_path, "02", resume=True, seed=drawn).close()


def test_what_could_not_be_taken_in_gets_a_grade_that_says_why(tmp_path):
    handed = [
        Handed("ana", "", b"", problem="The folder holds no notebook."),
        Handed("ben", "a.zip", b"", problem="An archive is not opened."),
        one("cat"),
    ]
    _, (ana, ben, cat) = run(tmp_path, handed)
    assert {exercise.status for exercise in ana.exercises} == {"missing"}
    assert {exercise.status for exercise in ben.exercises} == {"malformed"}
    assert ana.notes == ("The folder holds no notebook.",)
    assert (ana.points, ana.possible) == (0, 10)
    assert cat.room == "stand-in"


def test_a_worker_that_dies_loses_no_file(tmp_path):
    handed = a_class(10, sleep=0.02)
    handed[3] = one("learner-003", do="die once", mark=str(tmp_path / "mark"))
    ran, grades = run(tmp_path / "results", handed)
    assert ran.fresh == 10
    assert [grade.points for grade in grades] == [seed_for(7, grade.learner) % 4 for grade in grades]


def test_a_file_that_kills_its_worker_twice_is_given_up_and_the_class_goes_on(tmp_path):
    log = tmp_path / "log"
    handed = a_class(8, sleep=0.02, log=str(log))
    for n in (4, 5):
        handed[n] = one(handed[n].learner, do="die", log=str(log))
    ran, grades = run(tmp_path / "results", handed)
    crashed = [grade for grade in grades if {exercise.status for exercise in grade.exercises} == {"crashed"}]
    assert [grade.learner for grade in crashed] == ["learner-004", "learner-005"]
    assert "died, and did so again" in crashed[0].notes[0]
    assert (crashed[0].points, crashed[0].possible) == (0, 10)
    tries = log.read_text().splitlines()
    assert sorted(tries) == sorted([handed.learner for handed in a_class(8)] + ["learner-004", "learner-005"])
    # The machine may have been at fault: the next run tries these again, and only these.
    with Gradebook.open(tmp_path / "results" / FILE) as book:
        pool = InPlace(8)
        again = []
        pool.submit = lambda job: again.append(job.learner) or pool.waiting.append(replace(job, content=b"{}"))
        grade_class(handed, book, pool, VERSION, tell=lambda fresh: None)
        assert (again, book.unsettled()) == (["learner-004", "learner-005"], 2 - 2)


def test_a_lost_file_is_tried_again_while_nothing_else_runs(tmp_path):
    log = tmp_path / "log"
    pool = Workers(GRADER, 3)
    try:
        jobs = [Job("02", f"slow-{n}", "", json.dumps({"sleep": 1.5}).encode(), n) for n in range(2)]
        lost = Job("02", "lost", "", json.dumps({"do": "die", "log": str(log)}).encode(), 0)
        for job in [*jobs, lost]:
            assert pool.has_room()
            pool.submit(job)
        finished = []
        while len(finished) < 3:
            if outcome := pool.next(0.05):
                finished.append(outcome[0].learner)
            if log.exists() and len(log.read_text().splitlines()) == 2:
                assert set(finished) >= {"slow-0", "slow-1"}
        assert finished[-1] == "lost"
        assert pool.has_room()
    finally:
        pool.close()


@pytest.mark.parametrize(("wish", "words"), [("raise", "ValueError: a fault of the grader"), ("refuse", "no sandbox")])
def test_a_fault_of_the_grader_costs_one_file_and_is_tried_again(tmp_path, wish, words):
    with open_gradebook(tmp_path, "02") as book:
        ran = grade_class([one("ana", do=wish), one("ben")], book, InPlace(1), VERSION, tell=lambda fresh: None)
        ana, ben = book.grades()
        assert words in ana.notes[0]
        assert {exercise.status for exercise in ana.exercises} == {"crashed"}
        assert ben.notes == ()
        assert (ran.fresh, book.unsettled()) == (2, 1)


def test_a_grader_that_hangs_is_ended():
    program = (
        "import stand_in, unrolled.grading.classroom as c\n"
        "c.JOB_SECONDS = 0.5\n"
        "c.attempt(stand_in.GRADER, c.Job('02', 'ana', '', b'{\"sleep\": 60}', 1))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=os.path.dirname(stand_in.__file__), timeout=30, check=False
    )
    assert ended.returncode == 1


def test_workers_that_cannot_start_end_the_class_with_a_reason(monkeypatch):
    monkeypatch.setattr(workers, "_serve", time.sleep)  # is given a pipe, and fails
    pool = Workers(GRADER, 1)
    try:
        with pytest.raises(workers.CourseError, match="end before they begin"):
            pool.next(60)
    finally:
        pool.close()


def test_every_worker_closes_its_helper_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("STAND_IN_CLOSED", str(tmp_path))
    pool = Workers(GRADER, 2)
    pool.submit(Job("02", "ana", "", b"{}", 1))
    assert pool.next(30)[0].learner == "ana"
    while not all(worker.began for worker in pool._workers):
        pool.next(0.1)
    processes = {str(worker.process.pid) for worker in pool._workers}
    pool.close()
    assert {path.name for path in tmp_path.iterdir()} == processes


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_workers_at_work_die_with_their_parent(tmp_path):
    process = subprocess.Popen([sys.executable, stand_in.__file__, str(tmp_path), "4", "60"], stdout=subprocess.PIPE)
    waiting_for(lambda: (tmp_path / "log").exists() and len((tmp_path / "log").read_text().splitlines()) == 2)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    process.kill()
    process.wait()
    waiting_for(lambda: not any(alive(child) for child in family))


def test_ctrl_c_stores_what_is_finished_stops_at_once_and_the_class_can_go_on(tmp_path):
    handed = a_class(40, sleep=0.05)
    program = [sys.executable, stand_in.__file__, str(tmp_path), "40", "0.05"]
    process = subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    stored = 0
    while stored < 4 and process.stdout.readline() == "stored\n":
        stored += 1
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: the whole group hears it
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "interrupted=True" in out
    assert err == ""
    with Gradebook.open(tmp_path / FILE) as book:
        assert stored <= len(book) < 40
        assert len(book) == stored + out.count("stored\n")
        before = {grade.learner: grade for grade in book.grades()}
    for grade in before.values():
        assert grade.points == grade.seed % 4
    ran, grades = run(
        tmp_path, [replace(h, content=json_with(h, log=str(tmp_path / "log"))) for h in handed], resume=True, seed=None
    )
    assert ran.fresh == 40 - len(before)
    assert len(grades) == 40


def test_ctrl_c_before_any_worker_has_started_is_heard(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    pressed = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    with open_gradebook(tmp_path, "02") as book:
        pool = InPlace(1)
        pool.next = lambda timeout: time.sleep(timeout)
        pressed.start()
        ran = grade_class(a_class(3), book, pool, VERSION, tell=lambda fresh: None)
        assert ran == type(ran)(0, 0, interrupted=True)
        assert len(book) == 0
    assert signal.getsignal(signal.SIGINT) is before


def json_with(handed, **more):
    return json.dumps(json.loads(handed.content) | more).encode()


def alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def waiting_for(condition, seconds=30):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)

"""A Dask cluster grades like one process does, and a worker that is killed loses no file."""

import os
import signal
import sys
import time

import dask
import distributed
import pytest
import stand_in
from stand_in import GRADER, VERSION, a_class, one

from unrolled.course import CourseError
from unrolled.grading.classroom import grade_class, open_gradebook
from unrolled.grading.cluster import Cluster


@pytest.fixture(scope="module")
def scheduler():
    """A scheduler with two worker processes, as `dask worker --nworkers 2 --nthreads 1` makes them."""
    with (
        # Give a file up after two workers and not after Dask's four: the test is as good, and shorter.
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
    ):
        yield cluster.scheduler_address


def grade_on(address, folder, handed, tell=lambda fresh: None):
    with open_gradebook(folder, "02", seed=7) as book:
        pool = Cluster(address, GRADER, VERSION)
        try:
            assert pool.rooms == ["stand-in"]
            ran = grade_class(handed, book, pool, VERSION, tell=tell)
        finally:
            pool.close()
        return ran, list(book.grades())


def test_a_cluster_gives_what_one_process_gives_though_a_worker_is_killed(scheduler, tmp_path):
    mark = tmp_path / "mark"
    handed = a_class(24, sleep=0.05)
    # One file holds its worker, and says which process it is; when it runs again it is like the others.
    handed[9] = one("learner-009", do="hold once", mark=str(mark))
    killed = []

    def kill_it(fresh):
        if mark.exists() and not killed:
            killed.append(int(mark.read_text()))
            os.kill(killed[0], signal.SIGKILL)

    ran, grades = grade_on(scheduler, tmp_path / "cluster", handed, tell=kill_it)
    assert killed
    assert (ran.seen, ran.fresh) == (24, 24)
    handed[9] = one("learner-009", do="hold once", mark=str(mark))
    _, expected = stand_in.run(tmp_path / "serial", handed, workers=1)
    assert grades == expected


def test_a_file_that_kills_every_worker_is_given_up_and_the_class_goes_on(scheduler, tmp_path):
    handed = a_class(6, sleep=0.1)  # slow enough to wait behind the killer, and to be blamed by Dask for its deaths
    handed[2] = one("learner-002", do="die")
    _, grades = grade_on(scheduler, tmp_path, handed)
    assert {exercise.status for exercise in grades[2].exercises} == {"crashed"}
    assert "workers that graded this file died" in grades[2].notes[0]
    assert [grade.room for grade in grades] == ["stand-in"] * 2 + [""] + ["stand-in"] * 3


def test_no_more_is_sent_than_the_workers_can_do_and_a_few(scheduler, tmp_path):
    told, most = [], 0

    def reading():
        nonlocal most
        for handed in a_class(30, sleep=0.02):
            most = max(most, len(read) - len(told))
            read.append(handed)
            yield handed

    read = []
    grade_on(scheduler, tmp_path, reading(), tell=told.append)
    assert len(told) == 30
    assert 2 <= most <= 2 + 2 + 1


def test_workers_of_another_version_do_not_grade(scheduler):
    with pytest.raises(CourseError, match="another version of the course"):
        Cluster(scheduler, GRADER, "stand-in 2")


def test_workers_with_several_threads_are_refused_with_the_command_to_start_them():
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address=":0"
        ) as cluster,
        pytest.raises(CourseError, match="--nthreads 1"),
    ):
        Cluster(cluster.scheduler_address, GRADER, VERSION)


def test_a_scheduler_that_does_not_answer_is_named():
    for address in ("tcp://127.0.0.1:1", "no address", "tcp://host", "http://127.0.0.1:8786", "tcp://host:port"):
        with pytest.raises(CourseError, match=f"No Dask scheduler answers at {address}"):
            Cluster(address, GRADER, VERSION)


def test_a_cluster_without_workers_is_named(monkeypatch):
    monkeypatch.setattr("unrolled.grading.cluster._WORKERS_SECONDS", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, protocol="tcp://", dashboard_address=":0") as cluster,
        pytest.raises(CourseError, match="has no workers"),
    ):
        Cluster(cluster.scheduler_address, GRADER, VERSION)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CourseError, match=r"unrolled\[cluster\]"):
        Cluster("tcp://127.0.0.1:8786", GRADER, VERSION)


def test_a_scheduler_that_goes_away_ends_the_class_and_what_was_graded_is_stored(tmp_path):
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0")
    started = time.monotonic()
    with open_gradebook(tmp_path, "02") as book:
        pool = Cluster(cluster.scheduler_address, GRADER, VERSION)
        try:
            told = []

            def tell(fresh):
                told.append(fresh)
                if len(told) == 3:
                    cluster.close()

            with pytest.raises(CourseError, match="The cluster failed.*--resume"):
                grade_class(a_class(20, sleep=0.05), book, pool, VERSION, tell=tell)
        finally:
            pool.close()
        assert len(book) == len(told)
    assert time.monotonic() - started < 60

"""Results are stored once, read back in order, and outlive whatever happens to the process or the file."""

import multiprocessing
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stand_in

from unrolled.grading.gradebook import FILE, SCHEMA_VERSION, Gradebook, GradebookError, exists, result_key
from unrolled.grading.intake import Handed
from unrolled.grading.job import Job, seed_for
from unrolled.grading.result import CheckResult, ExerciseResult, Grade


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results" / FILE


def job(learner="ana", content=b"{}", seed=3):
    return Job("02", learner, "02_forward.ipynb", content, seed)


def grade(of, **changes):
    check = CheckResult("the bias", 1.0, False, True, "The bias is missing")
    exercise = ExerciseResult(1, "rnn_step", 3.0, 2.0, "partial", (check,), ("A check cell was edited.",), 0.5)
    made = Grade("02", of.learner, of.file, of.sha256, of.seed, "namespaces", (exercise,), ("found by its mark",), ())
    return replace(made, **changes)


def handed(of, **more):
    return Handed(of.learner, of.file, of.content, **more)


def test_what_is_stored_is_read_back_whole_after_the_file_was_closed(path):
    when = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    ids = {"canvas_user": "17", "name": "Ana Á"}
    given = handed(job(), handed_in_at=when, notes=("Two notebooks; the newer was taken.",), ids=ids)
    with Gradebook.create(path, "02", seed=11) as book:
        book.record(given, "key", grade(job()), settled=True)
    with Gradebook.open(path) as book:
        assert (book.lab, book.seed, len(book)) == ("02", 11, 1)
        ((back, found),) = book.entries()
    assert back == replace(given, content=b"")
    assert found == grade(job(), notes=("Two notebooks; the newer was taken.", "found by its mark"))
    assert found.exercises[0].seconds == 0.5


def test_a_learners_new_file_takes_the_place_of_the_old_one_and_old_results_stay_known(path):
    with Gradebook.create(path, "02") as book:
        for content in (b"first", b"second"):
            this = job(content=content)
            book.record(handed(this), result_key(this, "v"), grade(this), settled=True)
        assert [found.sha256 for found in book.grades()] == [job(content=b"second").sha256]
        assert book.settled(result_key(job(content=b"first"), "v"))
        book.link(handed(job(content=b"first")), result_key(job(content=b"first"), "v"))
        assert [found.sha256 for found in book.grades()] == [job(content=b"first").sha256]


def test_order_of_reading_is_the_learners_and_not_that_of_grading(path):
    names = [f"learner-{n}" for n in range(40)]
    random.Random(1).shuffle(names)
    with Gradebook.create(path, "02") as book:
        for name in names:
            book.record(handed(job(name)), name, grade(job(name)), settled=True)
        assert [found.learner for found in book.grades()] == sorted(names)


def test_a_result_that_the_machine_decided_is_kept_but_not_settled(path):
    with Gradebook.create(path, "02") as book:
        book.record(handed(job()), "key", grade(job()), settled=False)
        book.record(handed(job("ben")), "ben", grade(job("ben")), settled=True)
        assert (len(book), book.unsettled()) == (2, 1)
        assert book.settled("ben")
        assert not book.settled("key")
        assert not book.settled("another")


def test_the_key_changes_with_everything_that_decides_a_result_and_with_nothing_else():
    keys = {
        result_key(this, version)
        for version in ("v1", "v2")
        for this in (job(), job(content=b"x"), job(seed=4), replace(job(), lab="03"))
    }
    assert len(keys) == 8
    assert result_key(replace(job(), file="mine.ipynb"), "v1") == result_key(job(), "v1")


def test_learners_with_the_same_bytes_have_seeds_and_rows_of_their_own(path):
    with Gradebook.create(path, "02", seed=5) as book:
        for learner in ("ana", "ben"):
            this = job(learner, seed=seed_for(book.seed, learner))
            book.record(handed(this), result_key(this, "v"), grade(this), settled=True)
        ana, ben = book.grades()
    assert ana.sha256 == ben.sha256
    assert ana.seed != ben.seed


def test_seeds_are_drawn_and_differ_from_class_to_class(tmp_path):
    seeds = set()
    for name in "abc":
        with Gradebook.create(tmp_path / name, "02") as book:
            seeds.add(book.seed)
    assert len(seeds) == 3


def test_text_that_has_no_utf8_does_not_stop_the_class(path):
    with Gradebook.create(path, "02") as book:
        book.record(handed(job()), "key", grade(job(), notes=("printed \ud800 \x00",)), settled=True)
        assert [found.notes for found in book.grades()] == [("printed ? \x00",)]


def test_a_gradebook_is_never_made_over_something(path):
    with Gradebook.create(path, "02", seed=1) as book:
        book.record(handed(job()), "key", grade(job()), settled=True)
    before = path.read_bytes()
    with pytest.raises(GradebookError, match="not overwritten"):
        Gradebook.create(path, "02", seed=2)
    assert path.read_bytes() == before


def spoil_version(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


def spoil_grade(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE results SET grade = substr(grade, 5)")


def spoil_pages(path):
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    path.write_bytes(content)


def another_database(path):
    path.unlink()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE mine (x)")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_version, "another version of the course"),
        (spoil_grade, "damaged"),
        (spoil_pages, "damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "damaged"),
        (lambda path: path.write_text("a letter to the editor\n" * 300), "damaged"),
        (another_database, "not a gradebook"),
        (Path.unlink, "no gradebook"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_left_as_it_is(path, spoil, words):
    with Gradebook.create(path, "02") as book:
        for n in range(20):
            this = job(f"learner-{n}")
            book.record(handed(this), str(n), grade(this, notes=("x" * 500,)), settled=True)
    spoil(path)
    before = path.read_bytes() if path.exists() else None

    def read():
        with Gradebook.open(path) as book:
            list(book.grades())

    with pytest.raises(GradebookError, match=words) as caught:
        read()
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.exists() else None) == before
    if before:
        with pytest.raises(GradebookError):
            Gradebook.create(path, "02")
        assert path.read_bytes() == before


def test_a_file_without_tables_is_what_a_process_leaves_that_was_killed_while_it_made_it(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert path.stat().st_size > 0
    assert not exists(path)
    with Gradebook.create(path, "02", seed=4) as book:
        assert book.seed == 4
    assert exists(path)


def hold(path, ready, leave):
    with Gradebook.open(path):
        ready.set()
        leave.wait(30)


def test_two_processes_cannot_write_at_once_and_the_second_is_told(path):
    Gradebook.create(path, "02").close()
    context = multiprocessing.get_context("spawn")
    ready, leave = context.Event(), context.Event()
    other = context.Process(target=hold, args=(path, ready, leave))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(GradebookError, match="another grading writes into it"):
            Gradebook.open(path)
    finally:
        leave.set()
        other.join()
    Gradebook.open(path).close()


def test_a_full_disk_is_named_and_costs_nothing_that_was_stored(path):
    with Gradebook.create(path, "02") as book:
        book.record(handed(job("ana")), "ana", grade(job("ana")), settled=True)
        book._connection.execute(
            f"PRAGMA max_page_count = {book._connection.execute('PRAGMA page_count').fetchone()[0]}"
        )
        with pytest.raises(GradebookError, match="full.*stored before is safe"):
            book.record(handed(job("ben")), "ben", grade(job("ben"), notes=("x" * 100_000,)), settled=True)
        assert [found.learner for found in book.grades()] == ["ana"]


def test_a_class_killed_again_and_again_loses_no_result_and_ends_like_one_that_was_not(tmp_path):
    size, chance, kills = 40, random.Random(3), 0
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    broken.mkdir()
    while True:
        process = start(broken, size)
        announced = 0
        if kills < 4:
            # The first kills come while the file is being made; the later ones after a few results.
            wanted = chance.randrange(2, 7) if kills > 1 else 0
            while announced < wanted and process.stdout.readline() == "stored\n":
                announced += 1
            time.sleep(chance.uniform(0, 0.04) if wanted else chance.uniform(0.2, 1.2))
            process.kill()
            announced += process.stdout.read().count("stored\n")
            process.wait()
            kills += 1
            if exists(broken / FILE):
                with Gradebook.open(broken / FILE) as book:
                    assert len(book) >= announced
            continue
        assert process.wait(60) == 0
        break
    with Gradebook.open(broken / FILE) as book:
        found, seed = list(book.grades()), book.seed
    _, expected = stand_in.run(whole, stand_in.a_class(size, sleep=0, log=str(tmp_path / "log2")), seed=seed)
    assert [(one.learner, one.seed, one.points) for one in found] == [
        (one.learner, one.seed, one.points) for one in expected
    ]
    assert len({one.points for one in found}) > 1
    # Work that was done and stored is not done again: only what was in flight at a kill can be.
    graded = (broken / "log").read_text().splitlines()
    assert size <= len(graded) <= size + kills * 2


def start(folder, size):
    return subprocess.Popen(
        [sys.executable, stand_in.__file__, str(folder), str(size), "0.02"], stdout=subprocess.PIPE, text=True
    )

"""A rule takes what it says, counted in time that really passed, and a wrong rule is named by its line."""

from datetime import UTC, datetime, timedelta

import pytest

from unrolled.course import CourseError
from unrolled.grading.late import Penalty, penalty, read_rule, unused_extensions

RULE = """\
due: 2026-03-02 23:59
time_zone: Europe/Lisbon
grace_minutes: 15
percent: 10
per: day
cap: 35
latest: 2026-03-09 23:59
extensions:
  ana: 2026-03-05 23:59
  "007": 2026-03-03 12:00
"""


@pytest.fixture
def rule(tmp_path):
    """Return a function that reads a rule, with some of its lines replaced."""

    def read(text=RULE, **changes):
        for key, line in changes.items():
            text = "".join(line if old.startswith(f"{key}:") else old for old in text.splitlines(keepends=True))
        path = tmp_path / "late.yaml"
        path.write_text(text, encoding="utf-8")
        return read_rule(path)

    return read


DUE = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)  # Lisbon is at UTC in winter


@pytest.mark.parametrize(
    ("late", "percent"),
    [
        (timedelta(days=-3), 0),
        (timedelta(0), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=15, seconds=1), 10),
        (timedelta(days=1, minutes=15), 10),
        (timedelta(days=1, minutes=16), 20),
        (timedelta(days=3, minutes=15), 30),
        (timedelta(days=3, hours=2), 35),
        (timedelta(days=7), 35),
    ],
)
def test_each_day_begun_counts_up_to_the_cap(rule, late, percent):
    found = penalty(rule(), DUE + late, "ben")
    assert found.percent == percent
    assert found.accepted
    assert bool(found.note) == (percent > 0)
    assert ("the most that is taken" in found.note) == (percent == 35)


def test_hours(rule):
    hourly = rule(per="per: hour\n", percent="percent: 2.5\n", cap="")
    assert penalty(hourly, DUE + timedelta(hours=3, minutes=16), "ben").percent == 10
    assert hourly.cap == 100


def test_after_the_latest_time_nothing_is_left(rule):
    assert penalty(rule(), DUE + timedelta(days=7), "ben").taken(8, 10) == pytest.approx(3.5)
    refused = penalty(rule(), DUE + timedelta(days=7, seconds=1), "ben")
    assert not refused.accepted
    assert refused.taken(8, 10) == 8


def test_an_extension_moves_the_due_time_and_the_latest_for_one_learner(rule):
    assert penalty(rule(), DUE + timedelta(days=3), "ana").percent == 0
    assert penalty(rule(), DUE + timedelta(days=3, minutes=16), "ana").percent == 10
    assert penalty(rule(), DUE + timedelta(days=10), "ana").accepted
    assert not penalty(rule(), DUE + timedelta(days=10, seconds=1), "ana").accepted
    assert penalty(rule(), DUE + timedelta(days=3), "ben").percent > 0


def test_an_id_of_digits_stays_what_was_written(rule):
    assert set(rule().extensions) == {"ana", "007"}


def test_a_misspelt_extension_is_found(rule):
    assert unused_extensions(rule(), ["anna", "007", "ben"]) == ["ana"]
    assert unused_extensions(None, []) == []


def test_nothing_tells_the_time(rule):
    found = penalty(rule(), None, "ben")
    assert found.taken(8, 10) == 0
    assert "Nothing tells when" in found.note
    assert penalty(None, DUE, "ben") == Penalty()


def test_the_percentage_is_of_the_points_possible_and_never_below_nothing():
    assert Penalty(20).taken(9, 10) == 2
    assert Penalty(20).taken(1, 10) == 1


def test_times_are_in_the_rules_zone_and_days_are_24_hours(rule):
    # The clocks go forward in the night that follows.
    summer = rule("due: 2026-03-28 23:59\ntime_zone: Europe/Berlin\npercent: 10\nper: day\n")
    due = datetime(2026, 3, 28, 22, 59, tzinfo=UTC)
    assert summer.due == due
    # 23:59 by the clock on the next day, 23 hours later: one day. A second day begins at 00:59.
    assert penalty(summer, datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "ben").percent == 10
    assert penalty(summer, due + timedelta(hours=24), "ben").percent == 10
    assert penalty(summer, due + timedelta(hours=24, seconds=1), "ben").percent == 20


def test_an_hour_that_comes_twice_is_taken_as_the_later_one(rule):
    found = rule("due: 2026-10-25 02:30\ntime_zone: Europe/Berlin\npercent: 10\nper: day\n")
    assert found.due == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due": "due: tomorrow\n"}, r"line 1: `due: tomorrow`; allowed: a time as 2026-03-02 23:59"),
        ({"due": "due: 2026-02-30 23:59\n"}, r"line 1"),
        ({"due": ""}, r"`due` is missing"),
        ({"due": "due: 2026-03-29 01:30\n"}, r"clocks go forward"),
        ({"time_zone": "time_zone: Lisbon\n"}, r"line 2: `time_zone: Lisbon`; allowed: a name such as Europe/Lisbon"),
        ({"time_zone": "time_zone: ../../etc/passwd\n"}, r"line 2"),
        ({"grace_minutes": "grace_minutes: -1\n"}, r"line 3.*a number from 0"),
        ({"percent": "percent: 110\n"}, r"line 4: `percent: 110`; allowed: a number from 0 to 100"),
        ({"percent": "percent: nan\n"}, r"line 4"),
        ({"percent": "percent: [10]\n"}, r"line 4.*one value"),
        ({"per": "per: week\n"}, r"line 5: `per: week`; allowed: day or hour"),
        ({"cap": "cap: ten\n"}, r"line 6"),
        ({"latest": "latest: 2026-03-01 23:59\n"}, r"line 7.*a time after `due`"),
        ({"cap": "penalty: 10\n"}, r"line 6: there is no `penalty` here. Allowed: due, time_zone"),
        ({"cap": "percent: 20\n"}, r"line 6: `percent` stands here twice"),
        ({"extensions": "extensions: none\n"}, r"YAML|line 8"),
        ({"cap": "cap: [\n"}, r"is not YAML"),
    ],
)
def test_a_wrong_rule_is_named_by_its_line(rule, changes, words):
    with pytest.raises(CourseError, match=words):
        rule(**changes)


def test_an_extension_to_an_earlier_time(rule):
    with pytest.raises(CourseError, match=r"line 9.*never makes it earlier"):
        rule(RULE.replace("ana: 2026-03-05", "ana: 2026-03-01"))


def test_no_rule_at_all(rule, tmp_path):
    with pytest.raises(CourseError, match="line 1"):
        rule("")
    with pytest.raises(CourseError, match="cannot be read"):
        read_rule(tmp_path / "nothing.yaml")

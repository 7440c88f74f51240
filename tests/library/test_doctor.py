"""The doctor finds what it is there to find, and names the mend."""

import os

import pytest

from unrolled import doctor
from unrolled.grading import rooms


@pytest.mark.parametrize(("version", "state"), [((3, 10), "FAIL"), ((3, 11), "OK"), ((3, 13), "OK"), ((3, 14), "FAIL")])
def test_python(version, state):
    assert doctor.python_version(version).state == state


def test_wrong_and_missing_packages_are_named_with_the_mend():
    findings = list(doctor.packages(["numpy==1.0", "no-such-package", "pytest>=9", "winonly; sys_platform == 'none'"]))
    assert [finding.state for finding in findings] == ["FAIL", "FAIL"]
    assert "numpy is" in findings[0].what
    assert "no-such-package is not installed" in findings[1].what
    assert "rm -r .venv" in str(findings[0])


def test_little_memory_is_a_fail():
    assert doctor.memory(2_000_000_000).state == "FAIL"
    assert doctor.memory(8_000_000_000).state == "OK"


def test_damaged_data_is_a_fail(monkeypatch):
    monkeypatch.setattr(doctor.data, "verify", lambda name: [f"The data file {name}/x is damaged"])
    assert {finding.state for finding in doctor.data_sets()} == {"FAIL"}


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        (rooms.BUBBLEWRAP, "OK", "bubblewrap"),
        (rooms.LANDLOCK, "NOTE", "AppArmor"),
        (rooms.BARE, "NOTE", "no sandbox"),
    ],
)
def test_a_weaker_sandbox_is_named_with_the_mend(monkeypatch, kind, state, words):
    monkeypatch.setattr(doctor.rooms, "strongest", lambda: kind)
    assert doctor.sandbox().state == state
    assert words in str(doctor.sandbox())


def test_the_sandbox_for_strangers_code_runs_here():
    found = doctor.sandbox()
    if found.state != "OK" and os.environ.get("CI") != "true":
        pytest.skip(found.what)
    assert found.state == "OK", found


def test_this_machine_is_well():
    found = {finding.what: finding.state for finding in doctor.examine()}
    assert "FAIL" not in found.values(), found

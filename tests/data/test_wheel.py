"""The data goes where the course goes: a built wheel loads every set outside the repository, and is small."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from unrolled.data import names

LOAD_ALL = """
import sys
from pathlib import Path
import unrolled
from unrolled.data import load, names
assert Path(unrolled.__file__).is_relative_to(sys.argv[1]), unrolled.__file__
for name in names():
    load(name)
print(len(names()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    built = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_a_wheel_and_the_data_in_it_are_small(wheel, root):
    assert wheel.stat().st_size <= 30e6
    folder = root / "src" / "unrolled" / "data"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file()) <= 25e6


def test_a_wheel_carries_notice_and_every_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert {Path(name).name for name in held if "/licenses/" in name} >= {"LICENSE", "LICENSE-TEXT", "NOTICE"}
    for name in names():
        assert {f"unrolled/data/{name}/{file}" for file in ("LICENSE.txt", "SOURCE.md", "SHA256SUMS")} <= held


def test_every_set_loads_from_an_unpacked_wheel(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) == len(names())


def test_a_lab_is_graded_in_a_sandbox_from_an_unpacked_wheel(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "unrolled.cli", "check", "unrolled/_course/solutions/02_forward.ipynb"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert "10 of 10 points" in run.stdout, run.stdout + run.stderr

"""What holds for every data set: described, licensed, free of pickles, split without overlap, sampled for its datasheet."""

import dataclasses
import inspect
import itertools
import zipfile
from pathlib import Path

import numpy as np
import pytest

from unrolled import data
from unrolled.data import load, names
from unrolled.data.making.source import read_source

FOLDER = Path(data.__file__).parent
PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module", params=names())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def loaded(name):
    return load(name)


def test_checksums_are_right_and_name_every_file(name):
    assert data.verify(name) == []
    listed = {line.split()[1] for line in (FOLDER / name / "SHA256SUMS").read_text("ascii").splitlines()}
    described = {"SHA256SUMS", "SOURCE.md", "LICENSE.txt"}
    present = {path.name for path in (FOLDER / name).iterdir() if path.is_file() and path.suffix != ".py"}
    assert present - described == listed


def test_it_is_described_and_its_licence_is_there(name):
    source = read_source(FOLDER / name)
    assert len((FOLDER / name / "LICENSE.txt").read_text(encoding="utf-8")) > 200
    assert all(len(package.sha256) == 64 for package in source.packages)
    assert bool(source.packages) == (FOLDER / name / "derive.py").is_file()


def test_no_file_holds_a_pickle(name):
    for path in (FOLDER / name).glob("*.npz"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                with archive.open(member) as file:
                    np.lib.format.read_magic(file)
                    assert not np.lib.format.read_array_header_1_0(file)[2].hasobject
    assert not [path for path in (FOLDER / name).iterdir() if path.suffix in (".pkl", ".pickle", ".npy", ".joblib")]


def test_every_field_is_in_the_docstring(loaded):
    kind = type(loaded)
    assert dataclasses.is_dataclass(loaded)
    promised = inspect.getdoc(kind).partition("Attributes:")[2]
    public = set(kind.__annotations__) | {field.name for field in dataclasses.fields(kind)}
    assert [field for field in public if f"{field}" not in promised] == []


def test_a_split_lies_in_the_set_and_its_parts_do_not_overlap(loaded):
    parts = [getattr(loaded, part) for part in PARTS if hasattr(loaded, part)]
    assert all(isinstance(part, slice) and part.step is None and 0 <= part.start < part.stop for part in parts)
    assert all(one.stop <= other.start for one, other in itertools.pairwise(parts))
    if parts:
        rows = {len(value) for value in vars(loaded).values() if isinstance(value, (list, np.ndarray))}
        assert parts[-1].stop in rows


def test_three_samples_for_the_datasheet(name, loaded):
    samples = __import__(f"unrolled.data.{name}", fromlist=["samples"]).samples(loaded)
    assert len(samples) == 3
    assert all(label and isinstance(value, (str, np.ndarray)) and len(value) for label, value in samples)

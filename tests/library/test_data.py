"""Data: counts and ranges as promised, checksums that bite, errors that name file and mend."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from unrolled import data
from unrolled.data import DataError, load, names, store

FOLDER = Path(data.__file__).parent


def test_seattle_weather_is_what_its_docstring_says():
    days = load("seattle_weather")
    assert days.date.shape == days.temp_max.shape == days.temp_min.shape == (1461,)
    assert (np.diff(days.date) == np.timedelta64(1, "D")).all()
    assert [str(days.date[i]) for i in (0, -1)] == ["2012-01-01", "2015-12-31"]
    assert (days.temp_max >= days.temp_min).all()
    assert days.temp_min.min() > -10
    assert days.temp_max.max() < 40


def test_the_split_is_by_year_and_without_overlap():
    days = load("seattle_weather")
    years = days.date.astype("datetime64[Y]").astype(int) + 1970
    assert [sorted(set(years[part])) for part in (days.train, days.validation, days.test)] == [
        [2012, 2013],
        [2014],
        [2015],
    ]
    assert sum(len(days.date[part]) for part in (days.train, days.validation, days.test)) == 1461


def test_seattle_rnn_has_the_promised_shapes():
    net = load("seattle_rnn")
    shapes = {name: value.shape for name, value in (net.params | net.head).items()}
    assert shapes == {"W": (1, 8), "U": (8, 8), "b": (8,), "V": (8, 1), "c": (1,)}


@pytest.mark.parametrize("name", names())
def test_every_set_has_licence_source_and_right_checksums(name):
    assert data.verify(name) == []
    assert (FOLDER / name / "LICENSE.txt").stat().st_size > 200
    assert "licence" in (FOLDER / name / "SOURCE.md").read_text(encoding="utf-8")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match="no data set 'seatle'.*seattle_weather"):
        load("seatle")


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER / "seattle_weather", tmp_path / "seattle_weather"))


def test_a_flipped_byte_is_one_sentence_with_the_mend(copied):
    content = bytearray((copied / "daily.csv").read_bytes())
    content[1000] ^= 1
    (copied / "daily.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"seattle_weather/daily.csv is damaged.*git checkout"):
        store.read_bytes(copied, "daily.csv")


def test_a_notebook_shows_the_sentence_and_no_traceback(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell().run_cell("from unrolled.data import load\nload('seatle')")
    shown = capsys.readouterr().out
    assert shown.startswith("DataError: There is no data set 'seatle'")
    assert "Traceback" not in shown


def test_a_missing_file_is_one_sentence_with_the_mend(copied):
    (copied / "daily.csv").unlink()
    with pytest.raises(DataError, match=r"seattle_weather/daily.csv is missing.*git checkout"):
        store.read_bytes(copied, "daily.csv")


def test_a_missing_list_of_checksums_is_said(copied):
    (copied / "SHA256SUMS").unlink()
    with pytest.raises(DataError, match="SHA256SUMS is missing"):
        store.read_bytes(copied, "daily.csv")

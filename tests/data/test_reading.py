"""Reading vendored data: checksums that bite, errors that name file and mend."""

import shutil
from pathlib import Path

import pytest

from unrolled import data
from unrolled.data import DataError, load, store

FOLDER = Path(data.__file__).parent


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match="no data set 'seatle'.*seattle_weather"):
        load("seatle")


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(FOLDER / "seattle_weather", tmp_path / "seattle_weather"))


def test_a_flipped_byte_is_one_sentence_with_the_mend(copied):
    content = bytearray((copied / "daily.tsv").read_bytes())
    content[1000] ^= 1
    (copied / "daily.tsv").write_bytes(content)
    with pytest.raises(DataError, match=r"seattle_weather/daily.tsv is damaged.*git checkout"):
        store.read_bytes(copied, "daily.tsv")


def test_a_notebook_shows_the_sentence_and_no_traceback(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell().run_cell("from unrolled.data import load\nload('seatle')")
    shown = capsys.readouterr().out
    assert shown.startswith("DataError: There is no data set 'seatle'")
    assert "Traceback" not in shown


def test_a_missing_file_is_one_sentence_with_the_mend(copied):
    (copied / "daily.tsv").unlink()
    with pytest.raises(DataError, match=r"seattle_weather/daily.tsv is missing.*git checkout"):
        store.read_bytes(copied, "daily.tsv")


def test_a_missing_list_of_checksums_is_said(copied):
    (copied / "SHA256SUMS").unlink()
    with pytest.raises(DataError, match="SHA256SUMS is missing"):
        store.read_bytes(copied, "daily.tsv")

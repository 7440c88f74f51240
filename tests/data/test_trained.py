"""Vendored nets: whole, small, free of pickles, and the ones their page says."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from unrolled.data import DataError, load, trained
from unrolled.data.store import verify
from unrolled.data.text import Subwords

FOLDER = Path(trained.__file__).parent


@pytest.fixture(scope="module", params=trained.names())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def translator():
    return trained.load("verses_en_es")


def test_files_are_whole_listed_and_small(name):
    assert verify(f"trained/{name}") == []
    listed = {line.split()[1] for line in (FOLDER / name / "SHA256SUMS").read_text("ascii").splitlines()}
    present = {path for path in (FOLDER / name).iterdir() if path.is_file() and path.suffix not in (".py", ".md")}
    assert {path.name for path in present} - {"SHA256SUMS"} == listed
    assert sum(path.stat().st_size for path in present) <= 5e6


def test_weights_hold_no_pickle(name):
    for path in (FOLDER / name).glob("*.npz"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                with archive.open(member) as file:
                    np.lib.format.read_magic(file)
                    assert not np.lib.format.read_array_header_1_0(file)[2].hasobject


def test_it_says_where_it_was_made(name):
    text = "".join(path.read_text("utf-8") for path in (FOLDER / name).glob("*.md"))
    assert all(word in text.lower() for word in ("seconds", "seed", "licence"))


def test_an_unknown_net_is_named():
    with pytest.raises(DataError, match="no trained net 'x'.*verses_en_es"):
        trained.load("x")


def test_the_translator_fits_its_sub_words_and_its_data(translator):
    assert sum(array.size for array in translator.weights) == translator.log["seed 0"]["parameters"]
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in translator.weights)
    assert len(Subwords(translator.english)) == len(Subwords(translator.spanish)) == len(translator.weights[0])
    verses = load("verses")
    tested = verses.test.stop - verses.test.start
    assert len(translator.greedy) == tested
    assert [len(said) for said in translator.beam] == [tested] * 3


def test_sub_words_were_learnt_from_the_train_part_alone(translator):
    verses = load("verses")
    assert Subwords.train(verses.english[verses.train], 2000).model == translator.english
    assert Subwords.train(verses.spanish[verses.train], 2000).model == translator.spanish


def test_the_splits_lie_in_train_and_the_chapters_are_whole(translator):
    verses = load("verses")
    chapter = np.array([f"{book} {n}" for book, n in zip(verses.book, verses.chapter, strict=True)])
    assert set(translator.splits) == {(split, seed) for split in ("random", "chapters") for seed in range(3)}
    for (split, _), (rows, near, said) in translator.splits.items():
        assert len(set(rows)) == len(rows) == len(near) == len(said)
        assert 0 <= rows.min() <= rows.max() < verses.train.stop
        assert 0.02 < near.mean() < 0.09
        kept = np.setdiff1d(np.arange(verses.train.stop), rows)
        shared = np.isin(chapter[rows], chapter[kept])
        assert not shared.any() if split == "chapters" else shared.mean() > 0.95


def test_the_script_draws_the_splits_again(translator):
    from unrolled.data.trained.verses_en_es.train import parts

    for (split, seed), (rows, _, _) in translator.splits.items():
        assert np.array_equal(parts(split, seed)[1], rows)

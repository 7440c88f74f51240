"""The chorales and the motion sets: counts, ranges, splits, and the traps their pages state, with the numbers."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from unrolled.data import load

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def chorales():
    return load("chorales")


def steps_of(chorales, i, name="pitch"):
    return getattr(chorales, name)[chorales.start[i] : chorales.start[i] + chorales.length[i]]


def find(chorales, bwv):
    return chorales.bwv.index(bwv)


def test_chorales_are_what_their_docstring_says(chorales):
    assert chorales.pitch.shape == chorales.held.shape == (79268, 4)
    assert len(chorales.bwv) == len(set(chorales.bwv)) == len(chorales.title) == len(chorales.length) == 364
    assert chorales.start[-1] + chorales.length[-1] == len(chorales.fermata) == 79268
    assert chorales.length.min() == 96
    assert chorales.length.max() == 772
    assert (~chorales.held & (chorales.pitch > 0)).sum() == 84732
    assert Counter(chorales.time_signature) == {"4/4": 328, "3/4": 35, "3/2": 1}
    assert Counter(chorales.pickup.tolist()) == {4: 247, 0: 115, 8: 2}
    assert chorales.title.count("") == 30


def test_the_voices_sing_within_their_ranges(chorales):
    ranges = [(voice[voice > 0].min(), voice.max()) for voice in chorales.pitch.T]
    assert ranges == [(57, 81), (53, 74), (48, 69), (36, 64)]


def test_held_goes_on_with_the_same_pitch_and_never_into_the_next_chorale(chorales):
    held, pitch = chorales.held, chorales.pitch
    assert not held[chorales.start].any()
    assert (pitch[1:] == pitch[:-1])[held[1:]].all()
    repeated = ~held[1:] & (pitch[1:] == pitch[:-1]) & (pitch[1:] > 0)
    assert repeated.sum() > 5000  # a flag derived from the pitches alone would make this 0


def test_o_haupt_voll_blut_und_wunden_begins_as_everybody_knows_it(chorales):
    i = find(chorales, "244.54")
    assert chorales.title[i] == "O Haupt voll Blut und Wunden"
    pitch, held = steps_of(chorales, i)[:, 0], steps_of(chorales, i, "held")[:, 0]
    melody = pitch[~held].astype(int)[:8]
    assert (melody - melody[0]).tolist() == [0, 5, 3, 1, 0, -2, 0, 7]  # mi la sol fa mi re mi, and the next line's si
    assert steps_of(chorales, i, "fermata")[28:32].all()
    assert not steps_of(chorales, i, "fermata")[:28].any()


def test_known_keys(chorales):
    keys = {bwv: (chorales.tonic[find(chorales, bwv)], chorales.minor[find(chorales, bwv)]) for bwv in chorales.bwv}
    assert keys["269"] == (7, False)
    assert keys["227.7"] == (4, True)
    assert keys["244.54"] == (5, False)


def test_no_tune_and_no_title_is_in_two_parts(chorales):
    slices = [getattr(chorales, part) for part in PARTS]
    assert [one.stop - one.start for one in slices] == [292, 36, 36]
    assert slices[0].start == 0
    assert slices[2].stop == 364
    for one, other in combinations(slices, 2):
        assert not set(chorales.tune[one]) & set(chorales.tune[other])
        assert not (set(chorales.title[one]) & set(chorales.title[other])) - {""}


def test_no_two_bars_of_harmony_are_in_train_and_in_another_part(chorales):
    def blocks(part):
        found = set()
        for i in range(364)[part]:
            pitch = steps_of(chorales, i).astype(int)
            for start in range(0, len(pitch) - 31, 4):
                block = pitch[start : start + 32]
                if block.all():
                    found.add((block - block[0, 0]).astype(np.int8).tobytes())
        return found

    train, validation, test = (blocks(getattr(chorales, part)) for part in PARTS)
    assert len(train) > 10000
    assert not train & validation
    assert not train & test


def test_famous_tunes_are_found_under_whatever_title(chorales):
    for tune in (("135.6", "153.5", "244.17", "244.62", "248.5", "270"), ("81.7", "87.7", "227.1", "358")):
        assert len({chorales.tune[find(chorales, bwv)] for bwv in tune}) == 1
    sizes = Counter(chorales.tune.tolist())
    assert len(sizes) == 191
    assert max(sizes.values()) == 12
    assert {part for part in PARTS if max(sizes[tune] for tune in chorales.tune[getattr(chorales, part)]) >= 5} == {
        "train"
    }


def test_a_random_split_would_leak_tunes(chorales):
    rng, leaked = np.random.default_rng(0), []
    for _ in range(200):
        tune = rng.permutation(chorales.tune)
        leaked.append(np.isin(tune[chorales.test], tune[chorales.train]).mean())
    assert np.mean(leaked) == pytest.approx(0.63, abs=0.01)


def test_copying_the_last_step_looks_clever(chorales):
    every, quarters = (
        np.concatenate([(p[1:] == p[:-1]).all(1) for p in (steps_of(chorales, i)[::by] for i in range(364))])
        for by in (1, 4)
    )
    assert every.mean() == pytest.approx(0.625, abs=0.001)
    assert quarters.mean() == pytest.approx(0.096, abs=0.001)


def test_twins_stand_in_the_same_part(chorales):
    for one, other, share in (
        ("62.6", "274", 1), ("197.7-a", "398", 1), ("18.5-lz", "18.5-w", 1), ("253", "414", 0.975), ("158.4", "279", 0.984),
    ):  # fmt: skip
        first, second = (steps_of(chorales, find(chorales, bwv)).astype(int) for bwv in (one, other))
        shift = Counter((first - second)[:, 0].tolist()).most_common(1)[0][0]
        assert (first - second == shift).all(1).mean() == pytest.approx(share, abs=0.005)
        assert len({chorales.tune[find(chorales, bwv)] for bwv in (one, other)}) == 1


def test_what_the_page_says_of_keys_chords_crossings_and_fermatas(chorales):
    signature = (7 * chorales.fifths.astype(int) - 3 * chorales.minor) % 12
    assert (chorales.tonic == signature).sum() == 310
    assert chorales.minor.sum() == 181
    assert Counter(chorales.fifths.tolist())[0] == 81
    assert Counter(chorales.fifths.tolist())[-4] == 2
    assert len(np.unique(chorales.pitch, axis=0)) == 5478
    high, low = chorales.pitch[:, :-1], chorales.pitch[:, 1:]
    assert ((high < low) & (high > 0)).any(1).mean() == pytest.approx(0.021, abs=0.0005)
    marks = [steps_of(chorales, i, "fermata") for i in range(364)]
    assert [chorales.bwv[i] for i in range(364) if not marks[i].any()] == ["112.5"]
    assert sum(not mark[-1] for mark in marks) == 5


# The motion sets.


def rows(data):
    """Return every series as (T, D), whether the set keeps them in a block or one after the other."""
    if hasattr(data, "series"):
        return [one.reshape(len(one), -1) for one in data.series]
    return [data.values[first : first + steps] for first, steps in zip(data.start, data.length, strict=True)]


def padded(series):
    block = np.zeros((len(series), max(map(len, series)), series[0].shape[1]))
    for row, one in zip(block, series, strict=True):
        row[: len(one)] = one
    return block


def resampled(series):
    at = np.linspace(0, 1, max(map(len, series)))
    return np.stack(
        [np.stack([np.interp(at, np.linspace(0, 1, len(one)), c) for c in one.T], axis=1) for one in series]
    )


def scaled(series):
    return [(one - one.mean(0)) / (one.std(0) + 1e-9) for one in series]


def moments(series):
    return np.stack([np.concatenate([one.mean(0), one.std(0)]) for one in series])


def nearest(data, features):
    """Return the share of the test part that the nearest series of the archive's training part labels rightly."""
    flat = np.asarray(features, dtype=float).reshape(len(data.label), -1)
    known, asked = flat[: data.test.start], flat[data.test]
    distance = (known**2).sum(1) - 2 * asked @ known.T
    return (data.label[: data.test.start][distance.argmin(1)] == data.label[data.test]).mean()


def warped(data, series):
    """Return the same share by dynamic time warping; all series have the same length."""
    block = np.asarray(series, dtype=float)
    known, asked = block[: data.test.start], block[data.test]
    steps = block.shape[1]
    last = np.full((steps + 1, len(asked), len(known)), np.inf)
    last[0] = 0
    for i in range(steps):
        cost = ((asked[:, i, None, None] - known) ** 2).sum(-1).transpose(2, 0, 1)
        row = np.full_like(last, np.inf)
        for j in range(steps):
            row[j + 1] = cost[j] + np.minimum(row[j], np.minimum(last[j], last[j + 1]))
        last = row
    return (data.label[: data.test.start][last[-1].argmin(1)] == data.label[data.test]).mean()


SETS = {
    "basic_motions": ([8] * 4, [2] * 4, [10] * 4),
    "gun_point": ([19, 21], [5, 5], [76, 74]),
    "wiimote_gestures": ([4] * 10, [1] * 10, [5] * 10),
    "japanese_vowels": ([24] * 9, [6] * 9, [31, 35, 88, 44, 29, 24, 40, 50, 29]),
}


@pytest.mark.parametrize("name", SETS)
def test_the_classes_of_each_part(name):
    data = load(name)
    counts = [np.bincount(data.label[getattr(data, part)]).tolist() for part in PARTS]
    assert counts == list(SETS[name])
    assert len(data.classes) == len(counts[0])
    assert data.train.start == 0
    assert data.test.stop == len(data.label) == len(rows(data))


@pytest.mark.parametrize("name", SETS)
def test_no_series_is_there_twice_and_none_has_gaps(name):
    series = rows(load(name))
    assert len({one.tobytes() for one in series}) == len(series)
    assert all(np.isfinite(one).all() for one in series)


def test_basic_motions_traps():
    data = load("basic_motions")
    series = rows(data)
    assert data.series.shape == (80, 100, 6)
    assert len(data.channels) == 6
    assert nearest(data, data.series) == 0.6
    assert nearest(data, moments(series)) == 1.0
    assert nearest(data, scaled(series)) == 0.725
    assert warped(data, data.series) == 0.975
    spread = data.series.std(1).mean(1)
    assert [round(float(value), 2) for value in (spread[data.label == 0].min(), spread[data.label == 0].max())] == [
        0.15,
        1.07,
    ]
    assert spread[data.label == 1].min() > 4.7
    repeats = (np.diff(data.series, axis=1) == 0).all(2)
    assert repeats.mean() == pytest.approx(0.109, abs=0.0005)
    assert repeats[:, 0].sum() == 78
    grid = data.series[:, :, 3:] / 0.0026632
    assert np.abs(grid - grid.round()).mean() < 0.05
    assert np.abs(data.series[data.label == 0].mean((0, 1))).max() < 0.2  # no gravity: 9.8 would stand in one channel


def test_gun_point_traps():
    data = load("gun_point")
    assert data.series.shape == (200, 150)
    assert np.abs(data.series.mean(1)).max() < 1e-6
    assert np.abs(data.series.std(1, ddof=1) - 1).max() < 1e-5
    assert nearest(data, data.series) == pytest.approx(0.9133, abs=1e-4)  # the archive's published error is 0.0867
    assert nearest(data, moments(rows(data))) == pytest.approx(0.49, abs=0.01)
    assert nearest(data, data.series[:, :30]) == pytest.approx(0.767, abs=1e-3)


def test_wiimote_gestures_traps():
    data = load("wiimote_gestures")
    assert data.values.shape == (14571, 1)
    assert (data.length.min(), data.length.max()) == (29, 361)
    assert nearest(data, data.length) == 0.38
    assert data.length[data.label == 0].min() == 241
    assert data.length[data.label == 7].max() == 76
    held = np.array([one[:5].mean() for one in rows(data)])
    assert held[data.label == 9].min() > 0
    assert held[data.label == 9].max() < 0.225
    assert held[data.label != 9].min() > 0.5
    assert nearest(data, np.stack([data.length / 100, held], axis=1)) == 0.54
    assert nearest(data, padded(rows(data))) == 0.64
    assert nearest(data, resampled(rows(data))) == 0.68
    assert len(np.unique(data.values.round(3))) == 79


def test_japanese_vowels_traps():
    data = load("japanese_vowels")
    series = rows(data)
    assert data.values.shape == (9961, 12)
    assert (data.length.min(), data.length.max()) == (7, 29)
    assert data.values[0, 0] == np.float32(1.860936)  # the first number of the UCI file ae.train
    assert nearest(data, [one.mean(0) for one in series]) == pytest.approx(0.938, abs=1e-3)
    assert nearest(data, [one[0] for one in series]) == pytest.approx(0.835, abs=1e-3)
    assert nearest(data, resampled(series)) == pytest.approx(0.951, abs=1e-3)
    assert nearest(data, padded(series)) == pytest.approx(0.916, abs=1e-3)
    assert nearest(data, resampled(scaled(series))) == pytest.approx(0.586, abs=1e-3)
    assert nearest(data, data.length) == pytest.approx(0.13, abs=0.001)
    assert (data.label[data.test] == 2).mean() == pytest.approx(0.238, abs=1e-3)

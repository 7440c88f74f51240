"""Speech, sensors and sunspots: counts, units, splits and the traps that their pages state."""

import numpy as np
import pytest

from unrolled.data import load


@pytest.fixture(scope="module")
def digits():
    return load("spoken_digits")


@pytest.fixture(scope="module")
def studio():
    return load("studio_voice")


@pytest.fixture(scope="module")
def voices():
    return load("many_voices")


@pytest.fixture(scope="module")
def sensors():
    return load("sensors")


@pytest.fixture(scope="module")
def sunspots():
    return load("sunspots")


def pooled(frames):
    """Mean of each third and spread of the whole: what a linear model can take of a sequence."""
    return np.concatenate([third.mean(0) for third in np.array_split(frames, 3)] + [frames.std(0)])


def ridge(x, y, train):
    """Return the classes a linear model, trained by least squares on `train`, gives to all rows."""
    z = np.column_stack([(x - x[train].mean(0)) / x[train].std(0), np.ones(len(x))])
    gram = z[train].T @ z[train] + 10 * np.eye(z.shape[1])
    return (z @ np.linalg.solve(gram, z[train].T @ np.eye(y.max() + 1)[y[train]])).argmax(1)


@pytest.fixture(scope="module")
def features(digits):
    return np.array([pooled(digits.utterance(i)) for i in range(3000)])


def test_spoken_digits_has_300_of_each_and_every_frame_once(digits):
    assert digits.frames.shape == (53999, 13)
    assert np.bincount(digits.digit).tolist() == [300] * 10
    assert (digits.length.min(), np.median(digits.length), digits.length.max()) == (6, 17, 92)
    assert sum(len(digits.utterance(i)) for i in range(3000)) == len(digits.frames)
    assert len({digits.utterance(i).tobytes() for i in range(3000)}) == 3000


def test_spoken_digits_scales_are_those_of_its_page(digits):
    assert digits.frames.mean(0)[[0, 12]].round().tolist() == [-303, -12]
    assert digits.frames.std(0)[[0, 12]].round().tolist() == [144, 13]
    loudness = [digits.frames[np.repeat(digits.voice_cluster, digits.length) == v, 0].mean() for v in range(6)]
    assert np.round(loudness)[[0, 3]].tolist() == [-419, -211]
    assert [np.median(digits.length[digits.digit == d]) for d in (0, 2)] == [20, 15]


def test_each_voice_says_each_digit_50_times_and_stands_in_one_part(digits):
    table = [np.bincount(digits.digit[digits.voice_cluster == voice]) for voice in range(6)]
    assert (np.array(table) == 50).all()
    parts = [set(digits.voice_cluster[part]) for part in (digits.train, digits.validation, digits.test)]
    assert parts == [{0, 1, 2, 3}, {4}, {5}]


def test_voices_are_heard_across_digits(digits, features):
    low = digits.digit < 5
    found = ridge(features, digits.voice_cluster, low)
    assert (found == digits.voice_cluster)[~low].mean() == pytest.approx(0.90, abs=0.01)


def test_an_unseen_voice_costs_what_the_page_says(digits, features):
    row = np.arange(3000)
    fifth = (row < 2000) & (row % 5 == 0)
    seen = ridge(features, digits.digit, (row < 2000) & ~fifth) == digits.digit
    assert seen[fifth].mean() == pytest.approx(0.94, abs=0.01)
    unseen = ridge(features, digits.digit, row < 2000) == digits.digit
    assert unseen[digits.validation].mean() == pytest.approx(0.58, abs=0.01)
    assert unseen[digits.test].mean() == pytest.approx(0.81, abs=0.01)


def mfcc(sound):
    """Prepare a waveform as the page of spoken_digits says."""
    padded = np.pad(sound, 200, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::200] * np.hanning(401)[:400]
    hertz = np.linspace(0, 4000, 201)
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 130) / 2595) - 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bands = np.maximum(0, np.minimum((hertz - low) / (centre - low), (high - hertz) / (high - centre)))
    decibels = 10 * np.log10(np.maximum(np.abs(np.fft.rfft(frames)) ** 2 @ bands.T, 1e-10))
    decibels = np.maximum(decibels, decibels.max() - 80)
    cosine = np.cos(np.pi * np.arange(13)[:, None] * (np.arange(128) + 0.5) / 128) * np.sqrt(2 / 128)
    cosine[0] /= np.sqrt(2)
    return decibels @ cosine.T


def trimmed(sound):
    loudness = np.convolve(sound**2, np.ones(80) / 80, "same") ** 0.5
    loud = np.flatnonzero(loudness > 0.02 * loudness.max())
    return sound[loud[0] : loud[-1] + 1]


def test_waveforms_prepared_as_the_page_says_fit_the_features(digits, features, voices):
    rows = [i for i, voice in enumerate(voices.voice) if voice == "en"]
    heard = [pooled(mfcc(trimmed(voices.clip(i).astype(float)))) for i in rows]
    labels = np.concatenate([digits.digit, voices.digit[rows]])
    found = ridge(np.concatenate([features, heard]), labels, np.arange(3000))[3000:]
    assert (found == voices.digit[rows]).all()


def test_studio_voice_begins_with_the_ten_digits(studio):
    assert studio.text[:10] == ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    assert [studio.kind.count(kind) for kind in ("number", "letter", "word")] == [33, 27, 27]
    assert len(set(studio.text)) == 87
    assert {word[0] for word, kind in zip(studio.text, studio.kind, strict=True) if kind == "word"} == set(
        "abcdefghijklmnopqrstuvwxyz"
    )
    assert studio.sound.shape == (studio.length.sum(),) == (587903,)
    assert studio.start[-1] + studio.length[-1] == len(studio.sound)


def test_studio_clips_are_loud_slow_and_untrimmed(studio):
    clips = [studio.clip(i) for i in range(10)]
    seconds = [len(clip) / studio.rate for clip in clips]
    assert (round(min(seconds), 2), round(max(seconds), 2)) == (0.69, 0.91)
    peaks = [np.abs(clip).max() for clip in clips]
    assert (round(min(peaks), 2), round(max(peaks), 2)) == (0.34, 0.89)
    silence = [len(clip) - len(trimmed(clip)) for clip in clips]
    assert min(silence) / studio.rate > 0.1


def test_many_voices_is_what_its_docstring_says(voices):
    assert voices.sound.shape == (voices.length.sum(),) == (1322684,)
    assert np.abs(voices.sound).max() <= 1
    assert (len(set(voices.voice)), len(set(voices.language))) == (25, 21)
    assert np.bincount(voices.digit).tolist() == [19, 25, 24, 24, 25, 25, 24, 24, 25, 25]
    keys = list(zip(voices.voice, voices.digit, strict=True))
    assert keys == sorted(set(keys))
    assert len({voices.clip(i).tobytes() for i in range(240)}) == 240


@pytest.mark.parametrize(("voice", "digit", "word"), [("de", 7, "sieben"), ("fr-2", 5, "cinq"), ("zh_tw", 3, "三")])
def test_many_voices_knows_the_digits_names(voices, voice, digit, word):
    assert (voice, digit, word) in set(zip(voices.voice, voices.digit, voices.word, strict=True))


def test_many_voices_differ_in_loudness_length_and_noise(voices):
    def clips(voice):
        return [voices.clip(i) for i in range(240) if voices.voice[i] == voice]

    assert len(clips("be")) == 5
    peak = {voice: np.median([np.abs(clip).max() for clip in clips(voice)]) for voice in set(voices.voice)}
    assert round(peak["zh_tw"], 2) == 0.12
    assert sum(round(value, 2) == 1 for value in peak.values()) == 8
    seconds = [round(np.median([len(clip) for clip in clips(voice)]) / voices.rate, 2) for voice in ("el", "ko")]
    assert seconds == [1.09, 0.45]
    noise = {}
    for voice in ("zh_tw", "bg"):
        levels = [
            np.sqrt((clip[: len(clip) // 160 * 160].reshape(-1, 160) ** 2).mean(1)).clip(1e-5) for clip in clips(voice)
        ]
        noise[voice] = np.median([20 * np.log10(level.max() / level.min()) for level in levels])
    assert (round(noise["zh_tw"]), round(noise["bg"])) == (12, 95)


def runs(flags):
    """Return (start, length) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    return [(start, stop - start) for start, stop in edges.reshape(-1, 2)]


def average_precision(score, truth):
    hits = truth[np.argsort(-score, kind="stable")]
    return (np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()


def test_sensors_are_eight_series_with_one_event_in_each_of_the_last_four(sensors):
    assert sensors.length.tolist() == [4417, 5039, 4690, 4690, 4417, 5041, 4690, 4690]
    assert sensors.temperature.shape == sensors.humidity.shape == sensors.mote.shape == (37674,)
    found = [runs(sensors.anomalous[sensors.rows(mote)]) for mote in range(8)]
    assert [[length for _, length in events] for events in found] == [[], [], [], [], [117], [32], [58], [100]]
    assert all(2344 <= start + 1 <= 2441 for events in found for start, _ in events)
    assert sensors.anomalous.mean() == pytest.approx(0.0081, abs=1e-4)


def test_sensor_values_are_physical_and_the_first_is_the_published_one(sensors):
    assert 20 < sensors.temperature.min() < sensors.temperature.max() < 60
    assert 30 < sensors.humidity.min() < sensors.humidity.max() < 100
    row = sensors.start[sensors.motes.index("multi-1")]
    assert (sensors.humidity[row], sensors.temperature[row]) == (43.82, 30.21)
    assert [name for name, indoor in zip(sensors.motes, sensors.indoor, strict=True) if indoor] == [
        "single-2",
        "multi-4",
        "single-1",
        "multi-3",
    ]


def test_sensors_split_by_mote_and_train_on_motes_without_an_event(sensors):
    parts = [set(sensors.mote[part]) for part in (sensors.train, sensors.validation, sensors.test)]
    assert parts == [{0, 1, 2, 3}, {4, 5}, {6, 7}]
    assert not sensors.anomalous[sensors.train].any()


def test_place_and_step_find_the_events_without_learning(sensors):
    motes = [sensors.rows(mote) for mote in (6, 7)]
    truth = sensors.anomalous[sensors.test]
    place = np.concatenate([-np.abs(np.arange(rows.stop - rows.start) - 2400.0) for rows in motes])
    assert average_precision(place, truth) == pytest.approx(0.25, abs=0.01)
    step = np.concatenate(
        [np.abs(np.diff(sensors.humidity[rows], prepend=sensors.humidity[rows.start])) for rows in motes]
    )
    assert average_precision(step, truth) == pytest.approx(0.79, abs=0.01)
    both = np.column_stack([sensors.temperature, sensors.humidity])
    z = np.abs((both - both[sensors.train].mean(0)) / both[sensors.train].std(0)).max(1)
    assert average_precision(z[sensors.test], truth) == pytest.approx(0.61, abs=0.01)
    assert truth.mean() == pytest.approx(0.017, abs=0.001)


def test_a_limit_misses_half_and_a_clean_mote_feels_its_neighbours_event(sensors):
    both = np.column_stack([sensors.temperature, sensors.humidity])
    train = both[sensors.train]
    outside = ((both < train.min(0)) | (both > train.max(0))).any(1)
    assert outside[sensors.anomalous].sum() == 148
    assert outside[sensors.rows(5)][~sensors.anomalous[sensors.rows(5)]].sum() == 61
    neighbour = sensors.humidity[sensors.rows(2)]
    assert np.abs(np.diff(neighbour)).argmax() == 2439
    assert (neighbour[2436], neighbour[2440], neighbour[2445]) == (61.64, 54.48, 61.58)


def test_sunspots_have_no_gap_and_end_where_they_should(sunspots):
    assert sunspots.month.shape == sunspots.sunspots.shape == (3126,)
    assert (np.diff(sunspots.month) == np.timedelta64(1, "M")).all()
    assert [str(sunspots.month[i]) for i in (0, -1)] == ["1749-01", "2009-06"]
    assert sunspots.year.tolist() == list(range(1700, 2009))
    assert sunspots.sunspots.min() == sunspots.yearly.min() == 0


def test_sunspots_split_by_time(sunspots):
    parts = [sunspots.month[part] for part in (sunspots.train, sunspots.validation, sunspots.test)]
    assert [str(part[0]) for part in parts] == ["1749-01", "1950-01", "1980-01"]
    years = [sunspots.year[part] for part in (sunspots.train_years, sunspots.validation_years, sunspots.test_years)]
    assert [(part[0], part[-1]) for part in years] == [(1700, 1949), (1950, 1979), (1980, 2008)]


def test_sunspots_are_version_1(sunspots):
    # Version 2 says 96.7 and 8.3.
    assert (sunspots.sunspots[0], sunspots.yearly[0]) == (58.0, 5.0)


def test_sunspot_traps_are_true(sunspots):
    number, parts = sunspots.sunspots, (sunspots.train, sunspots.validation, sunspots.test)
    assert [number[part].max() for part in parts[:2]] == [238.9, 253.8]
    assert [str(sunspots.month[np.flatnonzero(number == top)[0]]) for top in (238.9, 253.8)] == ["1778-05", "1957-10"]
    assert [round(number[part].mean(), 1) for part in parts] == [46.9, 71.4, 68.1]
    quiet = sunspots.month[number == 0].astype("datetime64[Y]").astype(int) + 1970
    assert (len(quiet), ((quiet >= 1798) & (quiet <= 1824)).sum()) == (66, 50)
    february = np.flatnonzero(sunspots.month == np.datetime64("1824-02"))[0]
    assert number[february - 1 : february + 2].tolist() == [21.7, 10.8, 0.0]
    apart = np.abs(number[:-6].reshape(-1, 12).mean(1) - sunspots.yearly[49:]).round(2)
    assert ((apart > 0.1).sum(), apart.max().round(1)) == (20, 0.4)
    test = np.arange(sunspots.test.start, sunspots.test.stop)
    errors = [np.sqrt(((number[test] - number[test - lag]) ** 2).mean()) for lag in (132, 1)]
    assert np.round(errors, 1).tolist() == [41.3, 19.8]

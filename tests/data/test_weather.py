"""The weather sets: counts, ranges and splits as promised."""

import numpy as np

from unrolled.data import load


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

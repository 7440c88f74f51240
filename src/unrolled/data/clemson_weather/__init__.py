"""Daily temperature in Clemson, South Carolina, 1930 to 2020 (NOAA, public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class ClemsonWeather:
    """33,238 days, in order of time, none left out; no value is missing from 2007 on.

    Attributes:
        date: (33238,) datetime64[D].
        temp_max: (33238,) float64, the day's maximum, °C; NaN where missing (95 days, all before 2007).
        temp_min: (33238,) float64, the day's minimum, °C; NaN where missing (107 days, all before 2007), and one
            value that cannot be true, see SOURCE.md.
        train: the days of 2007 to 2016, as a slice. The days before it are for questions about the long record.
        validation: the days of 2017 and 2018, as a slice.
        test: the days of 2019 and 2020, as a slice. Use it once.
    """

    date: np.ndarray
    temp_max: np.ndarray
    temp_min: np.ndarray
    train: ClassVar[slice] = slice(28124, 31777)
    validation: ClassVar[slice] = slice(31777, 32507)
    test: ClassVar[slice] = slice(32507, 33238)


def load() -> ClemsonWeather:
    """Return the set; see `ClemsonWeather` for shapes, units and the split by year."""
    arrays = read_arrays(Path(__file__).parent, "daily.npz")
    date, *temperatures = (arrays[name] for name in ("date", "temp_max", "temp_min"))
    return ClemsonWeather(date, *(np.where(tenths == -999, np.nan, tenths / 10) for tenths in temperatures))


def samples(data: ClemsonWeather) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    year = data.date.astype("datetime64[Y]").astype(int) + 1970
    means = np.array([np.nanmean(data.temp_min[year == one]) for one in range(1930, 2021)])
    return [
        ("daily maximum of 2007, °C", data.temp_max[year == 2007]),
        ("daily minimum of 2007, °C", data.temp_min[year == 2007]),
        ("mean of each year's daily minima, 1930 to 2020, °C", means),
    ]

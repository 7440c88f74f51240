"""Daily temperature in Seattle, 2012 to 2015 (NOAA, public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class SeattleWeather:
    """1,461 days without a gap, in order of time.

    Attributes:
        date: (1461,) datetime64[D].
        temp_max: (1461,) float64, the day's maximum, °C.
        temp_min: (1461,) float64, the day's minimum, °C.
        train: the days of 2012 and 2013, as a slice.
        validation: the days of 2014, as a slice.
        test: the days of 2015, as a slice. Use it once.
    """

    date: np.ndarray
    temp_max: np.ndarray
    temp_min: np.ndarray
    train: ClassVar[slice] = slice(0, 731)
    validation: ClassVar[slice] = slice(731, 1096)
    test: ClassVar[slice] = slice(1096, 1461)


def load() -> SeattleWeather:
    """Return the set; see `SeattleWeather` for shapes, units and the split by year."""
    date, temp_max, temp_min = np.array(read_rows(Path(__file__).parent, "daily.tsv")).T
    return SeattleWeather(date.astype("datetime64[D]"), temp_max.astype(float), temp_min.astype(float))


def samples(data: SeattleWeather) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    years = ((year, data.date.astype("datetime64[Y]").astype(int) + 1970 == year) for year in (2012, 2013, 2015))
    return [(f"daily maximum of {year}, °C", data.temp_max[days]) for year, days in years]

"""Sunspot numbers, monthly 1749 to 2009 and yearly 1700 to 2008 (NOAA, public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_rows


@dataclass(frozen=True)
class Sunspots:
    """3,126 months and 309 years without a gap, each in order of time.

    The number counts spots and groups of spots on the Sun's visible face, as an index without a unit. It is version 1
    of the international series, which version 2 replaced in 2015: do not mix them.

    Attributes:
        month: (3126,) datetime64[M], 1749-01 to 2009-06.
        sunspots: (3126,) float64, mean of the days of the month.
        year: (309,) int64, 1700 to 2008.
        yearly: (309,) float64, mean of the year.
        train: the months of 1749 to 1949, as a slice of `month` and `sunspots`.
        validation: the months of 1950 to 1979, as a slice.
        test: the months from 1980 on, as a slice. Use it once.
        train_years: 1700 to 1949, as a slice of `year` and `yearly`; it ends where `train` ends.
        validation_years: 1950 to 1979, as a slice.
        test_years: 1980 to 2008, as a slice.
    """

    month: np.ndarray
    sunspots: np.ndarray
    year: np.ndarray
    yearly: np.ndarray
    train: ClassVar[slice] = slice(0, 2412)
    validation: ClassVar[slice] = slice(2412, 2772)
    test: ClassVar[slice] = slice(2772, 3126)
    train_years: ClassVar[slice] = slice(0, 250)
    validation_years: ClassVar[slice] = slice(250, 280)
    test_years: ClassVar[slice] = slice(280, 309)


def load() -> Sunspots:
    """Return the set; see `Sunspots` for shapes and the split by time."""
    folder = Path(__file__).parent
    month, sunspots = np.array(read_rows(folder, "monthly.tsv.xz")).T
    year, yearly = np.array(read_rows(folder, "yearly.tsv")).T
    return Sunspots(month.astype("datetime64[M]"), sunspots.astype(float), year.astype(int), yearly.astype(float))


def samples(data: Sunspots) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    first = (data.month >= np.datetime64("1798-01")) & (data.month < np.datetime64("1824-01"))
    return [
        ("sunspot number of each year, 1700 to 2008", data.yearly),
        ("sunspot number of each month, 1798 to 1823", data.sunspots[first]),
        ("sunspot number of each month, 1950 to 1979", data.sunspots[data.validation]),
    ]

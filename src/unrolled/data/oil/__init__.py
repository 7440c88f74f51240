"""The price of crude oil, daily, 1986 to 2019 (US Energy Information Administration, public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class Oil:
    """8,611 weekdays, in order of time, none left out; 290 of them have no price.

    Attributes:
        date: (8611,) datetime64[D], every Monday to Friday.
        price: (8611,) float64, US dollars of that day for a barrel of West Texas Intermediate, spot, at Cushing,
            Oklahoma; NaN on holidays.
        train: the days of 1986 to 2008, as a slice.
        validation: the days of 2009 to 2013, as a slice.
        test: the days of 2014 to 2019-01-03, as a slice. Use it once.
    """

    date: np.ndarray
    price: np.ndarray
    train: ClassVar[slice] = slice(0, 6000)
    validation: ClassVar[slice] = slice(6000, 7304)
    test: ClassVar[slice] = slice(7304, 8611)


def load() -> Oil:
    """Return the set; see `Oil` for shapes, units and the split by year."""
    arrays = read_arrays(Path(__file__).parent, "wti.npz")
    return Oil(arrays["date"], np.where(arrays["cents"] == 0, np.nan, arrays["cents"] / 100))


def samples(data: Oil) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    traded = ~np.isnan(data.price)
    price, year = data.price[traded], data.date[traded].astype("datetime64[Y]").astype(int) + 1970
    return [
        ("price of a barrel, $, 1986 to 2019", price),
        ("price of a barrel in 2008, $: 145 in July, 30 in December", price[year == 2008]),
        ("daily return (log)", np.diff(np.log(price))),
    ]

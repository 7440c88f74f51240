"""Daily prices of four companies' shares, 2000 to 2013 (Quandl WIKI, public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class Stocks:
    """3,270 trading days of four shares. Prices are in US dollars; a column is a share, in the order of `symbols`.

    Every value is NaN where the share was not traded yet: GOOG on its first 1,122 days.

    Attributes:
        date: (3270,) datetime64[D], trading days only, in order of time.
        open: (3270, 4) float64, the day's first price as it was paid that day, not adjusted for splits.
        high: (3270, 4) float64, the day's highest price, not adjusted.
        low: (3270, 4) float64, the day's lowest price, not adjusted.
        close: (3270, 4) float64, the day's last price, not adjusted: it halves on the day of a split.
        adj_close: (3270, 4) float64, the last price divided by all later splits and lowered by all later dividends;
            seven digits. Take returns from this one.
        volume: (3270, 4) float64, shares traded that day, not adjusted.
        symbols: the four companies: AAPL (Apple), GOOG (Google), IBM, MSFT (Microsoft).
        train: the days of 2000 to 2008, as a slice.
        validation: the days of 2009 and 2010, as a slice.
        test: the days of 2011 to 2013-03-01, as a slice. Use it once: with walk-forward evaluation every choice is
            made on the days before it.
    """

    date: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    adj_close: np.ndarray
    volume: np.ndarray
    symbols: ClassVar[tuple[str, ...]] = ("AAPL", "GOOG", "IBM", "MSFT")
    train: ClassVar[slice] = slice(0, 2223)
    validation: ClassVar[slice] = slice(2223, 2727)
    test: ClassVar[slice] = slice(2727, 3270)


def load() -> Stocks:
    """Return the set; see `Stocks` for shapes, units and the split by year."""
    arrays = read_arrays(Path(__file__).parent, "prices.npz")
    traded = arrays["volume"].T > 0
    columns = {
        name: np.where(traded, values.T.astype(float), np.nan) for name, values in arrays.items() if name != "date"
    }
    for name in ("open", "high", "low", "close"):
        columns[name] /= 10_000  # stored as whole ten-thousandths of a dollar
    return Stocks(date=arrays["date"], **columns)


def samples(data: Stocks) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    apple = data.symbols.index("AAPL")
    returns = np.diff(np.log(data.adj_close[:, apple]))
    return [
        ("Apple, closing price as paid, $: it halves twice", data.close[:, apple]),
        ("Apple, closing price adjusted, $", data.adj_close[:, apple]),
        ("Apple, daily return (log)", returns),
    ]

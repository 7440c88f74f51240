"""Make `prices.npz` from the table of daily stock prices in bokeh-sampledata."""

import csv
import gzip
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz

SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")  # FB is left out: 196 days are too few to train and test on
PRICES = ("Open", "High", "Low", "Close")


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep all columns of four companies, on the trading days of the longest series; 0 stands for no trading yet."""
    packed = archives["bokeh-sampledata"].read("bokeh_sampledata/_data/stocks.csv.gz")
    rows = list(csv.DictReader(gzip.decompress(packed).decode("ascii").splitlines()))
    days = sorted({row["Date"] for row in rows if row["Ticker"] in SYMBOLS})
    position = {day: i for i, day in enumerate(days)}
    # Dollars have at most four decimals, so that whole ten-thousandths keep every price as it was printed.
    prices = np.zeros((len(PRICES), len(SYMBOLS), len(days)), np.int32)
    volume = np.zeros((len(SYMBOLS), len(days)), np.int32)
    # Adjusted closes have up to 14 decimals, which is precision the adjustment cannot have: float32 keeps seven digits.
    adjusted = np.zeros((len(SYMBOLS), len(days)), np.float32)
    for row in rows:
        if row["Ticker"] in SYMBOLS:
            at = SYMBOLS.index(row["Ticker"]), position[row["Date"]]
            prices[:, *at] = [round(float(row[column]) * 10_000) for column in PRICES]
            volume[at], adjusted[at] = int(row["Volume"]), float(row["Adj Close"])
    named = dict(zip(("open", "high", "low", "close"), prices, strict=True))
    return {
        "prices.npz": npz({"date": np.array(days, "datetime64[D]"), **named, "volume": volume, "adj_close": adjusted})
    }

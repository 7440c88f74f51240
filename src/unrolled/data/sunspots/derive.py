"""Make the two tables of sunspot numbers from the files in statsmodels."""

import re
from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import tsv, xz

_FOLDER = "statsmodels-0.14.6/statsmodels/datasets/sunspots/src"


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Turn the monthly file, one line a year between notes, and the yearly file into tables."""
    monthly = archives["statsmodels"].read(f"{_FOLDER}/sunspots_monthly.dat").decode("ascii").splitlines()
    yearly = archives["statsmodels"].read(f"{_FOLDER}/sunspots_yearly.dat").decode("ascii").splitlines()
    months = []
    for line in monthly:
        # A line of data is a year and up to twelve numbers; the last year has six. All else is title, rule or note.
        if re.match(r"\d{4} ", line):
            year, *numbers = line.split()
            months += [(f"{year}-{month:02}", float(number)) for month, number in enumerate(numbers, start=1)]
    years = [(year, float(number)) for year, number in (line.split() for line in yearly)]
    return {
        "monthly.tsv.xz": xz(tsv(("month", "sunspots"), months)),
        "yearly.tsv": tsv(("year", "sunspots"), years).encode("ascii"),
    }

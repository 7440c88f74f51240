"""Make `daily.tsv` from the table in vega-datasets."""

import csv
from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import tsv


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep the date and the two temperatures of each day."""
    text = archives["vega-datasets"].read("package/data/seattle-weather.csv").decode("ascii")
    rows = [(row["date"], row["temp_max"], row["temp_min"]) for row in csv.DictReader(text.splitlines())]
    return {"daily.tsv": tsv(("date", "temp_max", "temp_min"), rows).encode("ascii")}

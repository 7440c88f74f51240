"""Make `series.npz` from PickupGestureWiimoteZ in the package aeon."""

from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.timeseries import extract
from unrolled.data.making.write import npz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep all 100 series; the last of each person in the training part validates."""
    return {"series.npz": npz(extract(archives["aeon"], "PickupGestureWiimoteZ", held_out=1))}

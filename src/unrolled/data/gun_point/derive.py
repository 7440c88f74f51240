"""Make `series.npz` from GunPoint in the package aeon."""

from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.timeseries import extract
from unrolled.data.making.write import npz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep all 200 series; the last five of each motion in the training part validate."""
    return {"series.npz": npz(extract(archives["aeon"], "GunPoint", held_out=5))}

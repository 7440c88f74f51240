"""Make `series.npz` from BasicMotions in the package aeon."""

from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.timeseries import extract
from unrolled.data.making.write import npz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep all 80 series; the last two recordings of each activity in the training part validate."""
    return {"series.npz": npz(extract(archives["aeon"], "BasicMotions", held_out=2))}

"""Make `series.npz` from JapaneseVowels in the package aeon."""

from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.timeseries import extract
from unrolled.data.making.write import npz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep all 640 series; the last six of each speaker in the training part validate."""
    return {"series.npz": npz(extract(archives["aeon"], "JapaneseVowels", held_out=6))}

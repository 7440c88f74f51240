"""A hand drawing a replica gun, or pointing (BSD-3-Clause; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class GunPoint:
    """200 movements of a hand, 150 steps each, one channel.

    Attributes:
        series: (200, 150) float32, the horizontal place of the right hand in a video, each series shifted and scaled to
            mean 0 and sample standard deviation 1 by its makers. The time between steps is not stated.
        label: (200,) uint8, index into `classes`.
        classes: the two movements.
        train: 40 movements, 19 and 21 of the classes.
        validation: 10 movements, 5 of each. With train it is the archive's training part.
        test: 150 movements, 76 and 74: the archive's test part. Use it once.
    """

    series: np.ndarray
    label: np.ndarray
    classes: ClassVar[tuple[str, ...]] = ("gun-draw", "point")
    train: ClassVar[slice] = slice(0, 40)
    validation: ClassVar[slice] = slice(40, 50)
    test: ClassVar[slice] = slice(50, 200)


def load() -> GunPoint:
    """Return the set; see `GunPoint` for shapes, units and the split."""
    arrays = read_arrays(Path(__file__).parent, "series.npz")
    return GunPoint(arrays["values"].reshape(200, 150), arrays["label"])


def samples(data: GunPoint) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    rows = [np.flatnonzero(data.label == 0)[0], *np.flatnonzero(data.label == 1)[:2]]
    return [(f"{data.classes[data.label[i]]}: horizontal place of the hand, 150 steps", data.series[i]) for i in rows]

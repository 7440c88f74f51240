"""Four activities recorded by a smart watch (BSD-3-Clause; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class BasicMotions:
    """80 recordings of ten seconds, ten steps a second, six channels.

    Attributes:
        series: (80, 100, 6) float32, (recording, step, channel); a step is a tenth of a second. Units are not stated.
        label: (80,) uint8, index into `classes`.
        classes: the four activities.
        channels: the six channels: accelerometer, then gyroscope, three axes each.
        train: 32 recordings, 8 of each activity.
        validation: 8 recordings, 2 of each. With train it is the archive's training part.
        test: 40 recordings, 10 of each: the archive's test part. Use it once.
    """

    series: np.ndarray
    label: np.ndarray
    classes: ClassVar[tuple[str, ...]] = ("standing", "running", "walking", "badminton")
    channels: ClassVar[tuple[str, ...]] = (
        "acceleration x",
        "acceleration y",
        "acceleration z",
        "rotation x",
        "rotation y",
        "rotation z",
    )
    train: ClassVar[slice] = slice(0, 32)
    validation: ClassVar[slice] = slice(32, 40)
    test: ClassVar[slice] = slice(40, 80)


def load() -> BasicMotions:
    """Return the set; see `BasicMotions` for shapes, units and the split."""
    arrays = read_arrays(Path(__file__).parent, "series.npz")
    return BasicMotions(arrays["values"].reshape(80, 100, 6), arrays["label"])


def samples(data: BasicMotions) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    return [
        (f"{data.classes[kind]}: acceleration along three axes, ten seconds", data.series[data.label == kind][0, :, :3])
        for kind in (1, 2, 3)
    ]

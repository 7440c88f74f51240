"""Ten people make the same gesture with a game controller (BSD-3-Clause; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class WiimoteGestures:
    """100 recordings of the gesture "pick up", of unequal length, one after the other; the class is the person.

    Recording i is `values[start[i] : start[i] + length[i]]`.

    Attributes:
        values: (14571, 1) float32, acceleration along the controller's z axis; 1 at rest, so in units of gravity.
            The time between steps is not stated.
        start: (100,) int64, where a recording begins in `values`.
        length: (100,) int64, its number of steps, 29 to 361.
        label: (100,) uint8, index into `classes`.
        classes: the ten people, who have no names.
        train: 40 recordings, 4 of each person.
        validation: 10 recordings, 1 of each. With train it is the archive's training part.
        test: 50 recordings, 5 of each: the archive's test part. Use it once.
    """

    values: np.ndarray
    start: np.ndarray
    length: np.ndarray
    label: np.ndarray
    classes: ClassVar[tuple[str, ...]] = tuple(f"person {number}" for number in range(1, 11))
    train: ClassVar[slice] = slice(0, 40)
    validation: ClassVar[slice] = slice(40, 50)
    test: ClassVar[slice] = slice(50, 100)


def load() -> WiimoteGestures:
    """Return the set; see `WiimoteGestures` for shapes, units and the split."""
    arrays = read_arrays(Path(__file__).parent, "series.npz")
    length = arrays["length"].astype(np.int64)
    return WiimoteGestures(arrays["values"], np.cumsum(length) - length, length, arrays["label"])


def samples(data: WiimoteGestures) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    shown = []
    for person in (0, 7, 9):
        i = np.flatnonzero(data.label == person)[0]
        curve = data.values[data.start[i] : data.start[i] + data.length[i]]
        shown.append((f"{data.classes[person]} picks up: acceleration along z, {len(curve)} steps", curve))
    return shown

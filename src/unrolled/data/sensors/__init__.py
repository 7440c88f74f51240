"""Temperature and humidity of eight sensors, with introduced events (ODC-BY 1.0 and CC BY 4.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays

# In the order of the split: four motes without an event, then two and two with one.
MOTES = ("single-2", "single-3", "multi-2", "multi-4", "single-1", "single-4", "multi-1", "multi-3")


@dataclass(frozen=True)
class Sensors:
    """37,674 readings, one every 5 seconds, of eight motes (small wireless sensors), mote after mote.

    Attributes:
        temperature: (37674,) float64, °C.
        humidity: (37674,) float64, relative, per cent.
        anomalous: (37674,) bool, whether the researchers were causing an event at this mote: 307 readings in 4 runs.
        mote: (37674,) int64, which of the eight motes, 0 to 7.
        start: (8,) int64, the row of each mote's first reading.
        length: (8,) int64, how many readings each mote has.
        indoor: (8,) bool, whether the mote stood indoors.
        motes: the names of the eight: the network, "single" (9 May 2010) or "multi" (10 July 2010), and its number there.
        train: the rows of motes 0 to 3, where no event was caused, as a slice.
        validation: the rows of motes 4 and 5, an event at each (117 and 32 readings), as a slice.
        test: the rows of motes 6 and 7, an event at each (58 and 100 readings), as a slice. Use it once.
    """

    temperature: np.ndarray
    humidity: np.ndarray
    anomalous: np.ndarray
    mote: np.ndarray
    start: np.ndarray
    length: np.ndarray
    indoor: np.ndarray
    motes: tuple[str, ...]
    train: ClassVar[slice] = slice(0, 18836)
    validation: ClassVar[slice] = slice(18836, 28294)
    test: ClassVar[slice] = slice(28294, 37674)

    def rows(self, mote: int) -> slice:
        """Return the rows of one mote, in order of time."""
        return slice(self.start[mote], self.start[mote] + self.length[mote])


def load() -> Sensors:
    """Return the set; see `Sensors` for shapes, units and the split by mote."""
    arrays = read_arrays(Path(__file__).parent, "readings.npz")
    length = arrays["length"].astype(int)
    return Sensors(
        temperature=arrays["temperature"] / 100,
        humidity=arrays["humidity"] / 100,
        anomalous=arrays["anomalous"],
        mote=np.repeat(np.arange(len(MOTES)), length),
        start=np.cumsum(length) - length,
        length=length,
        # In the first network motes 1 and 2 stood indoors, in the second motes 3 and 4.
        indoor=np.array([mote in ("single-1", "single-2", "multi-3", "multi-4") for mote in MOTES]),
        motes=MOTES,
    )


def samples(data: Sensors) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    event = data.start[4] + 2343
    return [
        ("temperature of an outdoor mote, °C, 7 hours", data.temperature[data.rows(1)]),
        ("humidity of an indoor mote without an event, per cent, 6 hours", data.humidity[data.rows(0)]),
        ("humidity of its neighbour around an event, per cent, 25 minutes", data.humidity[event - 100 : event + 200]),
    ]

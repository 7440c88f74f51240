"""Nine speakers say the same two vowels (CC BY 4.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class JapaneseVowels:
    """640 utterances of /ae/, of unequal length, one after the other; the class is the speaker.

    Utterance i is `values[start[i] : start[i] + length[i]]`.

    Attributes:
        values: (9961, 12) float32, one row a frame: 12 LPC cepstrum coefficients, no unit. A frame is 25.6 ms of speech
            sampled at 10 kHz, and the next one begins 6.4 ms later.
        start: (640,) int64, where an utterance begins in `values`.
        length: (640,) int64, its number of frames, 7 to 29.
        label: (640,) uint8, index into `classes`.
        classes: the nine speakers, who have no names.
        train: 216 utterances, 24 of each speaker.
        validation: 54 utterances, 6 of each. With train it is the archive's training part.
        test: 370 utterances, 24 to 88 of each: the archive's test part. Use it once.
    """

    values: np.ndarray
    start: np.ndarray
    length: np.ndarray
    label: np.ndarray
    classes: ClassVar[tuple[str, ...]] = tuple(f"speaker {number}" for number in range(1, 10))
    train: ClassVar[slice] = slice(0, 216)
    validation: ClassVar[slice] = slice(216, 270)
    test: ClassVar[slice] = slice(270, 640)


def load() -> JapaneseVowels:
    """Return the set; see `JapaneseVowels` for shapes, units and the split."""
    arrays = read_arrays(Path(__file__).parent, "series.npz")
    length = arrays["length"].astype(np.int64)
    return JapaneseVowels(arrays["values"], np.cumsum(length) - length, length, arrays["label"])


def samples(data: JapaneseVowels) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    shown = []
    for speaker in (0, 3, 7):
        i = np.flatnonzero(data.label == speaker)[0]
        curve = data.values[data.start[i] : data.start[i] + data.length[i], :4]
        shown.append((f"{data.classes[speaker]}: the first 4 of 12 coefficients, {len(curve)} frames", curve))
    return shown

"""3,000 spoken digits as frames of 13 cepstral coefficients (CC BY-SA 4.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays

STEP = 1 / 16  # of the stored coefficients


@dataclass(frozen=True)
class SpokenDigits:
    """3,000 recordings of one digit, "zero" to "nine", 300 of each; ordered by voice.

    A frame covers 50 ms and the next begins 25 ms later. Its 13 MFCC (mel-frequency cepstral coefficients) are not
    normalised: the first, the loudness, has a standard deviation of 144, the last one of 13.

    Attributes:
        frames: (53999, 13) float32, MFCC in steps of 1/16, all recordings one after the other.
        start: (3000,) int64, each recording's first frame.
        length: (3000,) int64, how many frames each recording has, 6 to 92.
        digit: (3000,) int64, what is said, 0 to 9.
        voice_cluster: (3000,) int64, who says it, 0 to 5. Not given but found again from the sound, see SOURCE.md;
            voices 0 and 1 resemble each other, and a few of their recordings may be swapped.
        train: the 2,000 recordings of voices 0 to 3, as a slice.
        validation: the 500 recordings of voice 4, as a slice.
        test: the 500 recordings of voice 5, as a slice. Use it once.
    """

    frames: np.ndarray
    start: np.ndarray
    length: np.ndarray
    digit: np.ndarray
    voice_cluster: np.ndarray
    train: ClassVar[slice] = slice(0, 2000)
    validation: ClassVar[slice] = slice(2000, 2500)
    test: ClassVar[slice] = slice(2500, 3000)

    def utterance(self, index: int) -> np.ndarray:
        """Return the frames of one recording, (length, 13)."""
        return self.frames[self.start[index] : self.start[index] + self.length[index]]


def load() -> SpokenDigits:
    """Return the set; see `SpokenDigits` for shapes, units and the split by voice."""
    arrays = read_arrays(Path(__file__).parent, "frames.npz")
    length = arrays["length"].astype(int)
    return SpokenDigits(
        frames=arrays["frames"].astype(np.float32) * np.float32(STEP),
        start=np.cumsum(length) - length,
        length=length,
        digit=arrays["digit"].astype(int),
        voice_cluster=np.repeat(np.arange(6), 500),
    )


def samples(data: SpokenDigits) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    sevens = [500 * voice + int(np.flatnonzero(data.digit[500 * voice :] == 7)[0]) for voice in (0, 3, 5)]
    return [
        (f'"seven", voice {data.voice_cluster[index]}, the first 4 of 13 coefficients', data.utterance(index)[:, :4])
        for index in sevens
    ]

"""Numbers, letters and spelling words read by one studio voice (CC BY-SA 3.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays, read_rows


@dataclass(frozen=True)
class StudioVoice:
    """87 clips of one speaker, 73 seconds, one clip a word. Clips 0 to 9 say the digits zero to nine.

    Attributes:
        sound: (587903,) float32, the samples of all clips one after the other, between -1 and 1.
        start: (87,) int64, each clip's first sample.
        length: (87,) int64, how many samples each clip has.
        text: what is said in each clip, 87 strings in lower case: "zero", "b", "bravo".
        kind: what each clip is: "number" (33 clips), "letter" (27) or "word" of the spelling alphabet (27).
        rate: samples per second.
    """

    sound: np.ndarray
    start: np.ndarray
    length: np.ndarray
    text: list[str]
    kind: list[str]
    rate: ClassVar[int] = 8000

    def clip(self, index: int) -> np.ndarray:
        """Return the samples of one clip."""
        return self.sound[self.start[index] : self.start[index] + self.length[index]]


def load() -> StudioVoice:
    """Return the set; see `StudioVoice` for shapes and units."""
    folder = Path(__file__).parent
    arrays = read_arrays(folder, "clips.npz")
    length = arrays["length"].astype(int)
    kind, text = zip(*read_rows(folder, "labels.tsv"), strict=True)
    sound = arrays["sound"].astype(np.float32) / 32768
    return StudioVoice(sound, np.cumsum(length) - length, length, list(text), list(kind))


def samples(data: StudioVoice) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    return [
        (f'"{data.text[index]}", waveform, {data.length[index] / data.rate:.2f} seconds', data.clip(index))
        for index in (7, 34, 61)
    ]

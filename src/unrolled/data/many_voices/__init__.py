"""Recordings of the digits in many languages and voices (GPL-2.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays, read_rows

RATE = 8000

# Mu-law: what each of the 255 steps of a stored sample stands for. The steps grow with the loudness, as the ear's do.
_step = np.arange(-127, 128) / 127
SCALE = np.sign(_step) * np.expm1(np.abs(_step) * np.log(256)) / 255


@dataclass(frozen=True)
class ManyVoices:
    """240 clips of one digit each, 165 seconds, 25 voices, 21 languages; ordered by voice, then by digit.

    Attributes:
        sound: (1322684,) float32, the samples of all clips one after the other, between -1 and 1.
        start: (240,) int64, each clip's first sample.
        length: (240,) int64, how many samples each clip has.
        digit: (240,) int64, 0 to 9.
        word: the digit's name in the language, 240 strings in lower case, as Tux Paint spells it.
        language: ISO 639-1 code of each clip's language, 240 strings.
        voice: which series of recordings each clip is of, 240 strings: "fr", "fr-2", "en_GB". One speaker each, as far
            as is known.
        rate: samples per second.
    """

    sound: np.ndarray
    start: np.ndarray
    length: np.ndarray
    digit: np.ndarray
    word: list[str]
    language: list[str]
    voice: list[str]
    rate: ClassVar[int] = RATE

    def clip(self, index: int) -> np.ndarray:
        """Return the samples of one clip."""
        return self.sound[self.start[index] : self.start[index] + self.length[index]]


def load() -> ManyVoices:
    """Return the set; see `ManyVoices` for shapes and units."""
    folder = Path(__file__).parent
    arrays = read_arrays(folder, "clips.npz")
    length = arrays["length"].astype(int)
    voice, language, digit, word = zip(*read_rows(folder, "labels.tsv"), strict=True)
    return ManyVoices(
        sound=SCALE.astype(np.float32)[arrays["sound"]],
        start=np.cumsum(length) - length,
        length=length,
        digit=np.array(digit).astype(int),
        word=list(word),
        language=list(language),
        voice=list(voice),
    )


def samples(data: ManyVoices) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    chosen = [data.voice.index(voice) + 7 for voice in ("en_GB", "fr", "ja")]
    return [(f'"{data.word[index]}", {data.language[index]}, waveform', data.clip(index)) for index in chosen]

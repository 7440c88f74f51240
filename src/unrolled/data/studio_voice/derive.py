"""Make `clips.npz` and `labels.tsv` from the telephone prompts in asterisk-core-sounds-en-wav."""

import io
import wave
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz, tsv

_FOLDER = "usr/share/asterisk/sounds/en_US_f_Allison"
_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
_SPELLING = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey x-ray yankee zulu"
)

# (kind, what is said, file) of each clip. The files of numbers are named in digits, those of words by their letter.
_CLIPS = [
    *(("number", word, f"digits/{number}") for number, word in enumerate(_TO_TWENTY.split())),
    *(("number", word, f"digits/{number}") for number, word in zip(range(30, 100, 10), _TENS.split(), strict=True)),
    *(("number", word, f"digits/{word}") for word in ("hundred", "thousand", "million", "billion", "oh")),
    *(("letter", letter, f"letters/{letter}") for letter in "abcdefghijklmnopqrstuvwxyz"),
    ("letter", "zed", "letters/zed"),
    *(("word", word, f"phonetic/{word[0]}_p") for word in _SPELLING.split()),
    ("word", "niner", "phonetic/9_p"),
]


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep the samples of the numbers, letters and spelling words as they are."""
    sounds = [_samples(archives["asterisk-core-sounds-en-wav"].read(f"{_FOLDER}/{file}.wav")) for *_, file in _CLIPS]
    labels = [(kind, text) for kind, text, _ in _CLIPS]
    return {
        "clips.npz": npz(
            {"sound": np.concatenate(sounds), "length": np.array([len(sound) for sound in sounds], np.int16)}
        ),
        "labels.tsv": tsv(("kind", "text"), labels).encode("ascii"),
    }


def _samples(content: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(content)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")

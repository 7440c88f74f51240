"""Make `clips.npz` and `labels.tsv` from the recordings of digits in tuxpaint-stamps-default."""

import io
import math
import re
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz, tsv
from unrolled.data.many_voices import RATE, SCALE

_FOLDER = "usr/share/tuxpaint/stamps/symbols/math/"


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Bring every recording of a digit to one channel and 8,000 samples a second, in 8 bits."""
    archive = archives["tuxpaint-stamps-default"]
    # All at once and in the archive's order: each step back would decompress it from the start.
    files = {
        name.removeprefix(_FOLDER): archive.read(name)
        for name in archive.names()
        if re.fullmatch(_FOLDER + r"\d\w*\.(ogg|txt)", name)
    }
    words = [_words(files[f"{digit}.txt"]) for digit in range(10)]
    clips = []
    for name in files:
        # 7.ogg is English, 7_de.ogg German; 7_desc_fr.ogg is a second recording in French.
        if found := re.fullmatch(r"(\d)(_desc)?(?:_(\w+))?\.ogg", name):
            digit, second, locale = int(found[1]), found[2], found[3] or "en"
            clips.append((locale + ("-2" if second else ""), digit, locale, name))
    clips.sort()
    sounds = [_mu_law(_resampled(files[name])) for *_, name in clips]
    labels = [
        (voice, locale.partition("_")[0], digit, words[digit][locale.casefold()]) for voice, digit, locale, _ in clips
    ]
    return {
        "clips.npz": npz(
            {"sound": np.concatenate(sounds), "length": np.array([len(sound) for sound in sounds], np.int16)}
        ),
        "labels.tsv": tsv(("voice", "language", "digit", "word"), labels).encode("utf-8"),
    }


def _words(content: bytes) -> dict[str, str]:
    """Return the name of a digit by locale: English in the first line, then lines such as `de.utf8=Sieben.`"""
    english, *others = content.decode("utf-8", errors="replace").splitlines()  # one line, Tamil, is not UTF-8
    lines = [("en", english), *(line.split(".utf8=", 1) for line in others if ".utf8=" in line)]
    return {locale.casefold(): word.strip(" .!。！").casefold() for locale, word in lines}


def _resampled(ogg: bytes) -> np.ndarray:
    import soundfile
    from scipy.signal import resample_poly

    sound, rate = soundfile.read(io.BytesIO(ogg), always_2d=True)
    common = math.gcd(RATE, rate)
    sound = resample_poly(sound.mean(axis=1), RATE // common, rate // common)
    # Vorbis overshoots full scale in loud clips. Cutting the peaks would distort them: make the clip softer instead.
    return sound / max(1.0, np.abs(sound).max())


def _mu_law(sound: np.ndarray) -> np.ndarray:
    """Return 8 bits a sample, finer steps for softer sounds; `SCALE` turns them back."""
    return np.abs(SCALE - sound[:, None]).argmin(axis=1).astype(np.uint8)

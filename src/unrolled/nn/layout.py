"""Between the course's layout (B, T, features) and the engine's (T, features, B)."""

import numpy as np

from unrolled.nn.check import expect, expect_finite


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
        ValueError: h0 holds NaN or an infinity.
    """
    if h0 is None:
        return np.zeros((H, len(X)), X.dtype)
    expect(h0, name, (len(X), H))
    expect_finite(h0, name)
    return np.asarray(h0, X.dtype).T

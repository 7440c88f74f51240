"""Losses: one number, the mean over the real steps, and its gradient."""

import numpy as np

from unrolled.nn.check import ShapeError, expect


def softmax_cross_entropy(
    logits: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """Return (loss, dlogits) for the right symbols y.

        p = softmax(z)      loss = mean of -log p_y = log sum_v exp(z_v) - z_y      dz = (p - onehot(y)) / number of steps

    Softmax and logarithm are taken together, from z less its largest entry, so that logits of any size neither
    overflow nor meet log(0).

    Args:
        logits: z (..., V).
        y: (...) whole numbers from 0 to V - 1. Where the mask is False any number may stand.
        mask: (...) bool, True for a real step; the others count neither in the mean nor in the gradient.

    Raises:
        ShapeError: the shapes do not fit.
        TypeError: y are not whole numbers, or the mask is not bool.
        ValueError: a symbol lies outside the V, or the mask hides every step.
    """
    if logits.ndim == 0:
        raise ShapeError("logits has shape (); expected (..., V): one score for each symbol on the last axis.")
    V = logits.shape[-1]
    expect(y, "y", logits.shape[:-1])
    if y.dtype.kind not in "iu":
        raise TypeError(f"y has dtype {y.dtype}; expected whole numbers (an integer dtype).")
    count = _count(y, mask)
    z, symbols = logits.reshape(-1, V), y.reshape(-1)
    if mask is not None:
        symbols = np.where(mask.reshape(-1), symbols, 0)
    if symbols.min() < 0 or symbols.max() >= V:
        raise ValueError(
            f"y runs from {symbols.min()} to {symbols.max()}; expected 0 to {V - 1}: logits has {V} scores."
        )

    rows = np.arange(len(z))
    z = z - z.max(axis=1, keepdims=True)
    of_right = z[rows, symbols]
    np.exp(z, out=z)
    total = z.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - of_right

    dlogits = z  # the same buffer, from here on the gradient
    dlogits /= total
    dlogits[rows, symbols] -= 1
    dlogits /= count
    if mask is not None:
        # Not a product with 0: what stands in a masked step, NaN included, must not matter.
        losses[~mask.reshape(-1)] = 0
        dlogits[~mask.reshape(-1)] = 0
    return float(losses.sum(dtype=np.float64) / count), dlogits.reshape(logits.shape)


def mse(y_hat: np.ndarray, y: np.ndarray, mask: np.ndarray | None = None) -> tuple[float, np.ndarray]:
    """Return (loss, dy_hat): loss = mean of (y_hat - y)^2, dy_hat = 2 (y_hat - y) / number of values.

    Args:
        y_hat: (...), the forecast.
        y: (...), what came.
        mask: bool, shaped as the first axes of y: (B, T) for y of (B, T) or (B, T, n). True for a real step; the others
            count neither in the mean nor in the gradient.

    Raises:
        ShapeError: y is not shaped as y_hat (NumPy would repeat one of them, and the loss would mean nothing).
        TypeError: the mask is not bool.
        ValueError: the mask hides every step.
    """
    expect(y, "y", y_hat.shape)
    count = _count(y, mask)
    error = np.subtract(y_hat, y, dtype=y_hat.dtype)
    if mask is not None:
        error[~mask] = 0
    loss = float(np.square(error, dtype=np.float64).sum() / count)
    error *= 2 / count
    return loss, error


def _count(y: np.ndarray, mask: np.ndarray | None) -> int:
    """Return how many numbers of y the mask shows."""
    if mask is None:
        if not y.size:
            raise ValueError(f"y has shape {y.shape}; the mean over no step at all is not a number.")
        return y.size
    expect(mask, "mask", y.shape[: mask.ndim])
    if mask.dtype != bool:
        raise TypeError(f"mask has dtype {mask.dtype}; expected bool, True for a real step.")
    steps = int(np.count_nonzero(mask))
    if not steps:
        raise ValueError("mask hides every step; the mean over no step at all is not a number.")
    return steps * int(np.prod(y.shape[mask.ndim :]))

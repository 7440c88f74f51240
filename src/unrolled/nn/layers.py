"""What stands before and behind a cell: the embedding of symbols, and the dense head."""

from typing import Any

import numpy as np

from unrolled.nn.check import ShapeError, expect
from unrolled.nn.initialise import glorot

Params = dict[str, np.ndarray]


def dense_init(rng: np.random.Generator, n_in: int, n_out: int, dtype: Any = np.float32) -> Params:
    """Return V (n_in, n_out) by Glorot's rule and c (n_out,) of zeros."""
    return {"V": glorot(rng, n_in, n_out, dtype), "c": np.zeros(n_out, dtype)}


def dense_forward(x: np.ndarray, params: Params) -> tuple[np.ndarray, tuple]:
    """Return y = x V + c, with a cache for `dense_backward`.

    Args:
        x: (..., n_in): any leading axes, (B, n_in) and (B, T, n_in) alike.
        params: V (n_in, n_out), c (n_out,).

    Raises:
        ShapeError: the last axis of x, or c, does not fit V.
    """
    V, c = params["V"], params["c"]
    expect(V, "V", ("n_in", "n_out"))
    n_in, n_out = V.shape
    expect(c, "c", (n_out,))
    if x.ndim == 0 or x.shape[-1] != n_in:
        raise ShapeError(
            f"x has shape {x.shape}; expected (..., {n_in}): V has {n_in} rows, one for each feature of x."
        )
    rows = x.reshape(-1, n_in)  # one product of two matrices, whatever the leading axes
    y = rows @ V
    y += c
    return y.reshape(*x.shape[:-1], n_out), (rows, V, x.shape)


def dense_backward(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, Params]:
    """Return (dx, grads): dx = dy V', dV = x' dy, dc = sum of dy over the rows.

    Args:
        dy: (..., n_out), the loss's gradient in y.
        cache: from `dense_forward`.

    Raises:
        ShapeError: dy is not shaped as y was.
    """
    rows, V, shape = cache
    expect(dy, "dy", (*shape[:-1], V.shape[1]))
    dy = dy.reshape(-1, V.shape[1])
    return (dy @ V.T).reshape(shape), {"V": rows.T @ dy, "c": dy.sum(axis=0)}


def embedding_init(rng: np.random.Generator, n_symbols: int, D: int, dtype: Any = np.float32) -> Params:
    """Return E (n_symbols, D), uniform between -0.05 and 0.05, as in Keras."""
    return {"E": rng.uniform(-0.05, 0.05, (n_symbols, D)).astype(dtype)}


def embedding_forward(ids: np.ndarray, params: Params) -> tuple[np.ndarray, tuple]:
    """Return X, X[b, t] = E[ids[b, t]]: row number ids[b, t] of E, with a cache for `embedding_backward`.

    It is the product of a one-hot row with E, without the zeros.

    Args:
        ids: (B, T) whole numbers from 0 to n_symbols - 1.
        params: E (n_symbols, D).

    Raises:
        ShapeError: ids is not (B, T).
        TypeError: ids are not whole numbers.
        ValueError: an id lies outside E.
    """
    E = params["E"]
    expect(ids, "ids", ("B", "T"))
    expect(E, "E", ("n_symbols", "D"))
    if ids.dtype.kind not in "iu":
        raise TypeError(f"ids has dtype {ids.dtype}; expected whole numbers (an integer dtype).")
    # NumPy would read -1 as the last row, without a word.
    if ids.size and not (ids.min() >= 0 and ids.max() < len(E)):
        raise ValueError(f"ids runs from {ids.min()} to {ids.max()}; expected 0 to {len(E) - 1}: E has {len(E)} rows.")
    return E[ids], (ids, E.shape)


def embedding_backward(dX: np.ndarray, cache: tuple) -> Params:
    """Return grads: row s of dE is the sum of dX over the places where symbol s stands.

    Args:
        dX: (B, T, D), the loss's gradient in X.
        cache: from `embedding_forward`.

    Raises:
        ShapeError: dX is not shaped as X was.
    """
    ids, (n_symbols, D) = cache
    expect(dX, "dX", (*ids.shape, D))
    dE = np.zeros((n_symbols, D), dX.dtype)
    if ids.size:
        # Equal symbols side by side, then one sum a run: many times faster than np.add.at.
        order = np.argsort(ids, axis=None, kind="stable")
        symbols, starts = np.unique(ids.ravel()[order], return_index=True)
        dE[symbols] = np.add.reduceat(dX.reshape(-1, D)[order], starts, axis=0)
    return {"E": dE}

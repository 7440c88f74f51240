"""Backpropagation through time, cut into chunks, for sequences too long to hold."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from unrolled.nn.check import ShapeError, expect


def truncated(
    cell: ModuleType,
    X: np.ndarray,
    params: dict,
    k: int,
    dhs_of: Callable[[np.ndarray, slice], np.ndarray],
    *,
    state: Any = None,
    mask: np.ndarray | None = None,
    step: Callable[[dict], None] | None = None,
    **options: Any,
) -> tuple[np.ndarray, Any, np.ndarray, dict]:
    """Return (hs (B, T, H), state, dX (B, T, D), grads) of a sequence run in chunks of k steps.

    The state is carried from chunk to chunk, so that hs is what one long run gives. Gradients flow inside a chunk only:
    what a chunk's first state owes to earlier steps is dropped. With k >= T nothing is dropped. One chunk's cache
    is held at a time: memory for k steps, not T (Williams and Peng 1990, doi:10.1162/neco.1990.2.4.490, whose
    BPTT(h; h') with h = h' = k this is).

    Args:
        cell: rnn, lstm or gru.
        X: (B, T, D); T need not be a multiple of k.
        params: the cell's.
        k: steps in a chunk.
        dhs_of: given a chunk's hs and its steps, a slice of 0 ... T, returns the gradient reaching each of those
            states, shaped as hs. A head's own gradients can be gathered there.
        state: the first state: h0, or (h0, c0) for an LSTM. The returned one continues it, and so does the next text.
        mask: (B, T) bool, True for a real step.
        step: if given, is called with each chunk's grads at once, to move the parameters between chunks.
        options: handed on to cell.forward.

    Raises:
        ValueError: k is not a whole number of 1 or more.
        ShapeError: the shapes do not fit, or T is 0.
    """
    if not isinstance(k, int | np.integer) or k < 1:
        raise ValueError(f"k is {k!r}; expected a whole number of steps, 1 or more.")
    expect(X, "X", ("B", "T", "D"))
    if not X.shape[1]:
        raise ShapeError(f"X has shape {X.shape}; expected (B, T, D) with T of 1 or more.")
    all_hs, all_dX, grads = [], [], {}
    for start in range(0, X.shape[1], k):
        steps = slice(start, min(start + k, X.shape[1]))
        out = cell.forward(X[:, steps], params, state, None if mask is None else mask[:, steps], **options)
        hs = out[0]
        # A masked step's output repeats the state before it: the last output is the state, unless the cell says more.
        state = out[1] if len(out) == 3 else hs[:, -1].copy()
        dhs = dhs_of(hs, steps)
        expect(dhs, "dhs_of(hs, steps)", hs.shape)
        back = cell.backward(dhs, out[-1])
        all_hs.append(hs)
        all_dX.append(back[0])
        grads = {name: grads[name] + g if grads else g for name, g in back[-1].items()}
        if step is not None:
            step(back[-1])
    return np.concatenate(all_hs, axis=1), state, np.concatenate(all_dX, axis=1), grads

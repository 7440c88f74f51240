"""Two ways to build larger from any cell (rnn, lstm, gru): both directions of time, and layers upon layers.

A cell is its module: cell.init, cell.forward, cell.backward. Every forward gives its states first and its cache last,
every backward dX first and the grads last; that is all that is used here.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from unrolled.nn.check import expect


def bidirectional_init(cell: ModuleType, rng: np.random.Generator, D: int, H: int, **options: Any) -> dict:
    """Return {"forward": params, "backward": params}: two cells that share nothing."""
    return {"forward": cell.init(rng, D, H, **options), "backward": cell.init(rng, D, H, **options)}


def bidirectional_forward(
    cell: ModuleType, X: np.ndarray, params: dict, mask: np.ndarray | None = None, **options: Any
) -> tuple[np.ndarray, tuple]:
    """Return (hs (B, T, 2H), cache): at each step, what one cell has read up to it and another from the end down to it.

        hs[:, t] = [forward state after x_1 ... x_t, backward state after x_T ... x_t]

    (Schuster and Paliwal 1997, doi:10.1109/78.650093.) The backward cell meets the padding first; a masked step leaves
    its state at zero, so that padding changes nothing at the real steps. The last states are hs[:, -1, :H] and
    hs[:, 0, H:]. At masked steps the cells' outputs are left as they are; Keras' Bidirectional puts zeros there.

    Args:
        cell: rnn, lstm or gru.
        X: (B, T, D).
        params: {"forward": ..., "backward": ...}, each for the cell.
        mask: (B, T) bool, True for a real step.
        options: handed on to cell.forward, such as activation="relu".

    Raises:
        ShapeError: the shapes do not fit.
    """
    ahead = cell.forward(X, params["forward"], None, mask, **options)
    back = cell.forward(X[:, ::-1], params["backward"], None, None if mask is None else mask[:, ::-1], **options)
    return np.concatenate([ahead[0], back[0][:, ::-1]], axis=2), (cell, ahead[0].shape, ahead[-1], back[-1])


def bidirectional_backward(dhs: np.ndarray, cache: tuple) -> tuple[np.ndarray, dict]:
    """Return (dX, grads): each half of dhs goes back through its own cell, and X was read by both.

    Args:
        dhs: (B, T, 2H), the gradient reaching every output.
        cache: from `bidirectional_forward`.

    Raises:
        ShapeError: dhs is not shaped as hs was.
    """
    cell, (B, T, H), ahead, back = cache
    expect(dhs, "dhs", (B, T, 2 * H))
    from_ahead = cell.backward(dhs[:, :, :H], ahead)
    from_back = cell.backward(dhs[:, ::-1, H:], back)
    return from_ahead[0] + from_back[0][:, ::-1], {"forward": from_ahead[-1], "backward": from_back[-1]}


def stacked_init(cell: ModuleType, rng: np.random.Generator, D: int, sizes: Sequence[int], **options: Any) -> dict:
    """Return {"layer1": params, "layer2": params, ...}, of sizes[0], sizes[1], ... units."""
    inputs = [D, *sizes[:-1]]
    return {
        f"layer{n}": cell.init(rng, n_in, H, **options)
        for n, (n_in, H) in enumerate(zip(inputs, sizes, strict=True), start=1)
    }


def stacked_forward(
    cell: ModuleType, X: np.ndarray, params: dict, mask: np.ndarray | None = None, **options: Any
) -> tuple[np.ndarray, tuple]:
    """Return (hs (B, T, H), cache): the states of each layer are the inputs of the next.

        h^l_t = cell(h^(l-1)_t, h^l_(t-1)),    h^0_t = x_t

    (Graves, Mohamed and Hinton 2013, arXiv:1303.5778.)

    Args:
        cell: rnn, lstm or gru.
        X: (B, T, D).
        params: one dict a layer, the lowest first, as from `stacked_init`.
        mask: (B, T) bool, True for a real step; every layer skips the others.
        options: handed on to cell.forward, such as activation="relu".

    Raises:
        ShapeError: the shapes do not fit.
    """
    hs, caches = X, {}
    for layer, own in params.items():
        out = cell.forward(hs, own, None, mask, **options)
        hs, caches[layer] = out[0], out[-1]
    return hs, (cell, caches)


def stacked_backward(dhs: np.ndarray, cache: tuple) -> tuple[np.ndarray, dict]:
    """Return (dX, grads): from the top layer down, each layer's dX is the dhs of the one below.

    Args:
        dhs: (B, T, H), the gradient reaching every output of the top layer.
        cache: from `stacked_forward`.

    Raises:
        ShapeError: dhs is not shaped as hs was.
    """
    cell, caches = cache
    grads = {}
    for layer in reversed(caches):
        back = cell.backward(dhs, caches[layer])
        dhs, grads[layer] = back[0], back[-1]
    return dhs, {layer: grads[layer] for layer in caches}

"""The simple recurrent cell (Elman 1990):

h_t = f(x_t W + h_{t-1} U + b),    f = tanh or ReLU
"""

from typing import Any

import numpy as np

from unrolled.nn import pool
from unrolled.nn.check import expect, expect_finite
from unrolled.nn.initialise import glorot, identity, orthogonal
from unrolled.nn.layout import outward, padding, start
from unrolled.nn.overlap import Sums, project
from unrolled.nn.threads import capped

Params = dict[str, np.ndarray]


def init(
    rng: np.random.Generator, D: int, H: int, *, recurrent: str = "orthogonal", dtype: type = np.float32
) -> Params:
    """Return W (D, H) by Glorot, U (H, H) "orthogonal", "glorot" or "identity", b (H,) zeros."""
    draws = {
        "orthogonal": lambda: orthogonal(rng, H, dtype=dtype),
        "glorot": lambda: glorot(rng, H, H, dtype),
        "identity": lambda: identity(H, dtype=dtype),
    }
    return {"W": glorot(rng, D, H, dtype), "U": draws[recurrent](), "b": np.zeros(H, dtype)}


@capped()
def forward(
    X: np.ndarray,
    params: Params,
    h0: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    *,
    activation: str = "tanh",
) -> tuple[np.ndarray, Any]:
    """Return all states hs (B, T, H), and the cache for `backward`.

    Args:
        X: (B, T, D).
        params: W (D, H), U (H, H), b (H,).
        h0: (B, H), the state before the first step; zeros if None.
        mask: (B, T), True at real steps.
        activation: "tanh" or "relu".

    Raises:
        ShapeError: an argument does not fit the others.
        ValueError: X or the state holds NaN or an infinity.
    """
    W, U, b = params["W"], params["U"], params["b"]
    H = len(U)
    expect(X, "X", ("B", "T", len(W)))
    expect_finite(X, "X")
    expect(b, "b", (H,))
    pad = padding(mask, X)

    Xi, Z, steps = project(W.T.copy(), X, b)
    hs = pool.empty((len(Z) + 1, *Z.shape[1:]), Z.dtype)
    hs[0] = start(h0, X, H)
    UT, product = np.ascontiguousarray(U.T), np.empty_like(hs[0])
    for t in steps:
        np.matmul(UT, hs[t], out=product)
        product += Z[t]
        if activation == "tanh":
            np.tanh(product, out=hs[t + 1])
        else:
            np.maximum(product, 0, out=hs[t + 1])
        if pad is not None:
            np.copyto(hs[t + 1], hs[t], where=pad[t])
    return outward(hs[1:]), (Xi, hs, pad, params, activation)


@capped()
def backward(dhs: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, Params]:
    """Return dX (B, T, D), dh0 (B, H) and the gradients of W, U, b.

    With z_t = x_t W + h_{t-1} U + b and dh_t = dL/dh_t, all paths counted (Werbos 1990):

        dz_t = dh_t * f'(z_t),    dh_{t-1} = dz_t U^T + what reaches h_{t-1} from the loss directly
        dW = sum x_t^T dz_t,    dU = sum h_{t-1}^T dz_t,    db = sum dz_t

    Args:
        dhs: (B, T, H), the gradient that reaches each state from outside.
        cache: from `forward`.

    Raises:
        ShapeError: dhs has not the shape of hs.
    """
    Xi, hs, pad, params, activation = cache
    W, U = params["W"], params["U"]
    expect(dhs, "dhs", outward(hs[1:]).shape)
    dhs = dhs.transpose(1, 2, 0)
    dZ = pool.empty_like(hs[1:])  # first f'(z_t), from the states
    if activation == "tanh":
        np.multiply(hs[1:], hs[1:], out=dZ)
        np.subtract(1, dZ, out=dZ)
    else:
        np.greater(hs[1:], 0, out=dZ)
    if pad is not None:
        dZ *= ~pad
    dh = np.zeros_like(hs[0])
    every = slice(None)
    sums = Sums(dZ, (Xi, every), (hs[:-1], every), W=(W, every))
    for t in sums.backwards():
        dh += dhs[t]
        dZ[t] *= dh
        kept = dh * pad[t] if pad is not None else 0  # a masked step hands its gradient on unchanged
        np.matmul(U, dZ[t], out=dh)
        dh += kept
    dW, dU = sums.products
    return outward(sums.dX), dh.T, {"W": dW, "U": dU, "b": sums.over_batch}

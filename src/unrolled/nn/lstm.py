"""The LSTM cell (Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins 2000), in Keras' gate order:

    i_t = sigma(x_t W_i + h_{t-1} U_i + b_i)    what the cell takes in
    f_t = sigma(x_t W_f + h_{t-1} U_f + b_f)    what it keeps
    g_t = tanh (x_t W_g + h_{t-1} U_g + b_g)    what is offered to it
    o_t = sigma(x_t W_o + h_{t-1} U_o + b_o)    what it shows
    c_t = f_t * c_{t-1} + i_t * g_t,    h_t = o_t * tanh(c_t)

W is (D, 4H), U (H, 4H), b (4H,), with the columns of i, f, g, o side by side.
"""

from typing import Any

import numpy as np

from unrolled.nn import pool
from unrolled.nn.check import expect, expect_finite
from unrolled.nn.initialise import glorot, orthogonal
from unrolled.nn.layout import outward, padding, start
from unrolled.nn.overlap import Sums, project
from unrolled.nn.threads import capped

Params = dict[str, np.ndarray]
State = tuple[np.ndarray, np.ndarray]


def init(rng: np.random.Generator, D: int, H: int, *, forget_bias: float = 1.0, dtype: type = np.float32) -> Params:
    """Return W by Glorot, U with orthonormal rows, b zeros but for the forget gate (Jozefowicz et al. 2015)."""
    b = np.zeros(4 * H, dtype)
    b[H : 2 * H] = forget_bias
    return {"W": glorot(rng, D, 4 * H, dtype), "U": orthogonal(rng, H, 4 * H, dtype), "b": b}


def _inside(columns: np.ndarray) -> np.ndarray:
    """Gates i, f, g, o on the last axis to o, i, f, g on the first.

    In this order the three sigmoids are neighbours, and so are the three gates that move the cell: each is one block.
    """
    i, f, g, o = np.split(columns, 4, axis=-1)
    return np.concatenate([o.T, i.T, f.T, g.T])


def _outside(rows: np.ndarray) -> np.ndarray:
    """The way back: gates o, i, f, g on the first axis to i, f, g, o on the last."""
    o, i, f, g = np.split(rows, 4)
    return np.concatenate([i.T, f.T, g.T, o.T], axis=-1)


def _one_minus_square(a: np.ndarray, out: np.ndarray) -> np.ndarray:
    """tanh'(z) from a = tanh(z), without a temporary."""
    np.multiply(a, a, out=out)
    return np.subtract(1, out, out=out)


@capped()
def forward(
    X: np.ndarray, params: Params, state: State | None = None, mask: np.ndarray | None = None
) -> tuple[np.ndarray, State, Any]:
    """Return all states hs (B, T, H), the last (h_T, c_T), and the cache for `backward`.

    Args:
        X: (B, T, D).
        params: W (D, 4H), U (H, 4H), b (4H,).
        state: (h0, c0), each (B, H); zeros if None.
        mask: (B, T), True at real steps.

    Raises:
        ShapeError: an argument does not fit the others.
        ValueError: X or the state holds NaN or an infinity.
    """
    H = len(params["U"])
    expect(X, "X", ("B", "T", len(params["W"])))
    expect_finite(X, "X")
    expect(params["W"], "W", ("D", 4 * H))
    expect(params["b"], "b", (4 * H,))
    pad = padding(mask, X)
    h0, c0 = state if state is not None else (None, None)

    W, U, b = (_inside(params[name]) for name in "WUb")
    half = np.full((4 * H, 1), 0.5, W.dtype)
    half[3 * H :] = 1  # sigma(z) = (1 + tanh(z / 2)) / 2: halve three gates, and one tanh serves all four
    Xi, gates, steps = project(half * W, X, half[:, 0] * b)
    U = half * U
    hs, cs = (pool.empty((len(gates) + 1, H, len(X)), gates.dtype) for _ in "hc")
    hs[0], cs[0] = start(h0, X, H), start(c0, X, H, "c0")
    tanh_c, product, admitted = pool.empty_like(hs[1:]), np.empty_like(gates[0]), np.empty_like(hs[0])
    for t in steps:
        gate = gates[t]
        np.matmul(U, hs[t], out=product)
        gate += product
        np.tanh(gate, out=gate)
        gate[: 3 * H] += 1
        gate[: 3 * H] *= 0.5
        o, i, f, g = gate.reshape(4, H, -1)
        np.multiply(f, cs[t], out=cs[t + 1])
        np.multiply(i, g, out=admitted)
        cs[t + 1] += admitted
        np.tanh(cs[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=hs[t + 1])
        if pad is not None:
            np.copyto(hs[t + 1], hs[t], where=pad[t])
            np.copyto(cs[t + 1], cs[t], where=pad[t])
    return outward(hs[1:]), (hs[-1].T, cs[-1].T), (Xi, hs, cs, gates, tanh_c, pad, params)


@capped()
def backward(dhs: np.ndarray, cache: Any, dstate: State | None = None) -> tuple[np.ndarray, State, Params]:
    """Return dX (B, T, D), (dh0, dc0) and the gradients of W, U, b.

    With dh_t and dc_t the gradients of h_t and c_t, all paths counted:

        dc_t += dh_t * o_t * (1 - tanh(c_t)^2)
        dz_o = dh_t * tanh(c_t) * o_t (1 - o_t)        dz_i = dc_t * g_t * i_t (1 - i_t)
        dz_f = dc_t * c_{t-1} * f_t (1 - f_t)          dz_g = dc_t * i_t * (1 - g_t^2)
        dc_{t-1} = dc_t * f_t,    dh_{t-1} = dz_t U^T + what reaches h_{t-1} from the loss directly

    Args:
        dhs: (B, T, H), the gradient that reaches each state from outside.
        cache: from `forward`.
        dstate: gradients of (h_T, c_T) from outside, each (B, H); for chunks that hand their state on.

    Raises:
        ShapeError: dhs has not the shape of hs.
    """
    Xi, hs, cs, gates, tanh_c, pad, params = cache
    H = len(params["U"])
    expect(dhs, "dhs", outward(hs[1:]).shape)
    dhs = dhs.transpose(1, 2, 0)
    dh, dc = (np.zeros_like(hs[0]) if d is None else np.array(d.T, hs.dtype) for d in dstate or (None, None))

    # Everything that does not wait for dh and dc, for all steps at once.
    o, i, f, g = np.split(gates, 4, axis=1)
    dZ = pool.empty_like(gates)
    sigmoids, dz_g = dZ[:, : 3 * H], dZ[:, 3 * H :]
    np.subtract(1, gates[:, : 3 * H], out=sigmoids)
    sigmoids *= gates[:, : 3 * H]  # s (1 - s) for o, i and f
    for gate, factor in enumerate((tanh_c, g, cs[:-1])):
        sigmoids[:, gate * H : (gate + 1) * H] *= factor
    _one_minus_square(g, out=dz_g)
    dz_g *= i
    shown = _one_minus_square(tanh_c, out=pool.empty_like(tanh_c))
    shown *= o
    if pad is not None:
        dZ *= ~pad
        shown *= ~pad
        f = np.where(pad, 1, f)  # a masked step hands dc on unchanged, and dh likewise below
    U, through = _inside(params["U"]).T.copy(), np.empty_like(dh)
    every = slice(None)
    sums = Sums(dZ, (Xi, every), (hs[:-1], every), W=(_inside(params["W"]).T.copy(), every))
    for t in sums.backwards():
        dh += dhs[t]
        np.multiply(dh, shown[t], out=through)
        dc += through
        dZ[t, :H] *= dh
        cell = dZ[t, H:].reshape(3, H, -1)
        cell *= dc
        dc *= f[t]
        kept = dh * pad[t] if pad is not None else 0
        np.matmul(U, dZ[t], out=dh)
        dh += kept
    dW, dU = sums.products
    grads = {"W": _outside(dW.T), "U": _outside(dU.T), "b": _outside(sums.over_batch)}
    return outward(sums.dX), (dh.T, dc.T), grads

"""The GRU cell (Cho et al. 2014), in Keras' gate order z, r, h:

    z_t = sigma(x_t W_z + h_{t-1} U_z + b_z)                 update: how much of the old state stays
    r_t = sigma(x_t W_r + h_{t-1} U_r + b_r)                 reset: how much of it the candidate may use
    n_t = tanh(x_t W_h + b_h + r_t * (h_{t-1} U_h + b'_h))   candidate, reset after the product (b has two rows)
    n_t = tanh(x_t W_h + b_h + (r_t * h_{t-1}) U_h)          candidate, reset before it (b has one row)
    h_t = z_t * h_{t-1} + (1 - z_t) * n_t

W is (D, 3H), U (H, 3H), b (2, 3H) or (3H,), with the columns of z, r, h side by side.
"""

from typing import Any

import numpy as np

from unrolled.nn import pool
from unrolled.nn.check import ShapeError, expect, expect_finite
from unrolled.nn.initialise import glorot, orthogonal
from unrolled.nn.layout import outward, padding, start
from unrolled.nn.overlap import Sums, project
from unrolled.nn.threads import capped

Params = dict[str, np.ndarray]


def init(rng: np.random.Generator, D: int, H: int, *, reset_after: bool = True, dtype: type = np.float32) -> Params:
    """Return W by Glorot, U with orthonormal rows, b zeros: (2, 3H) if the reset comes after the product, else (3H,)."""
    b = np.zeros((2, 3 * H) if reset_after else 3 * H, dtype)
    return {"W": glorot(rng, D, 3 * H, dtype), "U": orthogonal(rng, H, 3 * H, dtype), "b": b}


@capped()
def forward(
    X: np.ndarray, params: Params, h0: np.ndarray | None = None, mask: np.ndarray | None = None
) -> tuple[np.ndarray, Any]:
    """Return all states hs (B, T, H), and the cache for `backward`.

    Args:
        X: (B, T, D).
        params: W (D, 3H), U (H, 3H), b (2, 3H) or (3H,).
        h0: (B, H); zeros if None.
        mask: (B, T), True at real steps.

    Raises:
        ShapeError: an argument does not fit the others.
        ValueError: X or the state holds NaN or an infinity.
    """
    H = len(params["U"])
    expect(X, "X", ("B", "T", len(params["W"])))
    expect_finite(X, "X")
    expect(params["W"], "W", ("D", 3 * H))
    if params["b"].shape not in ((2, 3 * H), (3 * H,)):
        raise ShapeError(f"b has shape {params['b'].shape}; expected (2, {3 * H}) or ({3 * H},).")
    after = params["b"].ndim == 2
    pad = padding(mask, X)

    inputs, recurrent = params["b"] if after else (params["b"], np.zeros_like(params["b"]))
    ready = inputs + np.where(np.arange(3 * H) < 2 * H, recurrent, 0)  # b'_z and b'_r add to b_z and b_r
    half = np.ones((3 * H, 1), X.dtype)
    half[: 2 * H] = 0.5  # sigma(z) = (1 + tanh(z / 2)) / 2
    Xi, gates, steps = project(half * params["W"].T, X, half[:, 0] * ready)
    UT, b_h = half * params["U"].T, recurrent[2 * H :, None]
    hs = pool.empty((len(gates) + 1, H, len(X)), gates.dtype)
    hs[0] = start(h0, X, H)
    products = pool.empty_like(hs[1:])  # h_{t-1} U_h + b'_h, needed for dr
    P = np.empty_like(gates[0])
    for t in steps:
        gate = gates[t]
        z, r, n = gate.reshape(3, H, -1)
        zr = gate[: 2 * H]
        if after:
            np.matmul(UT, hs[t], out=P)
            np.add(P[2 * H :], b_h, out=products[t])
        else:
            np.matmul(UT[: 2 * H], hs[t], out=P[: 2 * H])
        zr += P[: 2 * H]
        np.tanh(zr, out=zr)
        zr += 1
        zr *= 0.5
        candidate = np.multiply(r, products[t], out=P[2 * H :]) if after else UT[2 * H :] @ (r * hs[t])
        n += candidate
        np.tanh(n, out=n)
        np.subtract(hs[t], n, out=hs[t + 1])
        hs[t + 1] *= z
        hs[t + 1] += n
        if pad is not None:
            np.copyto(hs[t + 1], hs[t], where=pad[t])
    return outward(hs[1:]), (Xi, hs, gates, products, pad, params)


@capped()
def backward(dhs: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, Params]:
    """Return dX (B, T, D), dh0 (B, H) and the gradients of W, U, b.

    With dh_t the gradient of h_t, all paths counted, and dz, dr, dn those of the three sums before their activation:

        dz = dh_t * (h_{t-1} - n_t) * z_t (1 - z_t),    dn = dh_t * (1 - z_t) * (1 - n_t^2)
        reset after:   dr = dn * (h_{t-1} U_h + b'_h) * r_t (1 - r_t)
        reset before:  dr = (dn U_h^T) * h_{t-1} * r_t (1 - r_t)
        dh_{t-1} = dh_t * z_t + the way back through U + what reaches h_{t-1} from the loss directly

    Args:
        dhs: (B, T, H), the gradient that reaches each state from outside.
        cache: from `forward`.

    Raises:
        ShapeError: dhs has not the shape of hs.
    """
    Xi, hs, gates, products, pad, params = cache
    H, after = len(params["U"]), params["b"].ndim == 2
    expect(dhs, "dhs", outward(hs[1:]).shape)
    dhs = dhs.transpose(1, 2, 0)
    z, r, n = np.split(gates, 3, axis=1)

    # Rows of dZ: dn, dz, dr and, with reset after, dp, the gradient of the candidate's product h_{t-1} U_h. So what goes
    # to W (dn, dz, dr) is one block, and what goes to U (dz, dr, dp) is one too.
    dZ = pool.empty((len(gates), (4 if after else 3) * H, len(z[0, 0])), gates.dtype)
    to_W, to_U, zr = slice(0, 3 * H), slice(H, None), slice(H, 3 * H)

    # Everything that does not wait for dh, for all steps at once.
    sigmoids, dz_n, moved = dZ[:, zr], dZ[:, :H], pool.empty_like(n)
    np.subtract(1, gates[:, : 2 * H], out=sigmoids)
    np.multiply(n, n, out=dz_n)
    np.subtract(1, dz_n, out=dz_n)
    dz_n *= sigmoids[:, :H]  # (1 - n^2) (1 - z)
    sigmoids *= gates[:, : 2 * H]  # s (1 - s) for z and r
    sigmoids[:, :H] *= np.subtract(hs[:-1], n, out=moved)
    sigmoids[:, H:] *= products if after else hs[:-1]
    if pad is not None:
        dZ[:, to_W] *= ~pad
        z = np.where(pad, 1, z)  # a masked step hands dh on unchanged
    reached = [(hs[:-1], to_U)] if after else [(hs[:-1], zr), (r * hs[:-1], slice(0, H))]
    U, dh, back = params["U"], np.zeros_like(hs[0]), np.empty_like(hs[0])
    sums = Sums(dZ, (Xi, to_W), *reached, W=(np.roll(params["W"], H, axis=1), to_W))
    for t in sums.backwards():
        dh += dhs[t]
        dn, dz, dr, *dp = dZ[t].reshape(-1, H, len(z[0, 0]))
        dz *= dh
        dn *= dh
        if after:
            dr *= dn
            np.multiply(dn, r[t], out=dp[0])
            np.matmul(U, dZ[t, to_U], out=back)
        else:
            d_reset = U[:, 2 * H :] @ dn  # the gradient of r_t * h_{t-1}
            dr *= d_reset
            np.matmul(U[:, : 2 * H], dZ[t, zr], out=back)
            d_reset *= r[t]
            back += d_reset
        dh *= z[t]
        dh += back
    dW, dU, *dU_n = sums.products
    db = np.roll(sums.over_batch[to_W], -H)
    if after:
        db = np.stack([db, sums.over_batch[to_U]])
    grads = {"W": np.roll(dW, -H, axis=1), "U": np.concatenate([dU, *dU_n], axis=1), "b": db}
    return outward(sums.dX), dh.T, grads

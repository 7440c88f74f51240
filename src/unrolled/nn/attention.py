"""Attention: a weighted mean of states, the weights from how well each state fits a query.

    s_i = score(q, k_i)        w = softmax(s)        context = sum_i w_i k_i

The keys k_i, rows of K, are the values as well. Scores: dot product, s_i = q k_i' (Luong, Pham and Manning 2015,
doi:10.18653/v1/D15-1166), or additive, s_i = tanh(q Wq + k_i Wk) v (Bahdanau, Cho and Bengio 2015, arXiv:1409.0473).
"""

from typing import Any

import numpy as np

from unrolled.nn.check import expect
from unrolled.nn.initialise import glorot

Params = dict[str, np.ndarray]


def dot_forward(q: np.ndarray, K: np.ndarray, mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Return (context (B, H), weights (B, S), cache) with scores s_i = q k_i'.

    Args:
        q: (B, H), the query.
        K: (B, S, H), the states to look at.
        mask: (B, S) bool, True where K holds a real step; the other steps weigh exactly nothing.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: a row of the mask hides every step.
    """
    _expect(q, K, mask)
    weights = _softmax((K @ q[:, :, None])[:, :, 0], mask)
    return _mean(weights, K), weights, (q, K, weights, mask)


def dot_backward(
    dcontext: np.ndarray, cache: tuple, dweights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return (dq, dK). K is reached twice: as what is averaged, and through the scores.

        dq = sum_i ds_i k_i        dk_i = w_i dcontext + ds_i q

    Args:
        dcontext: (B, H), the loss's gradient in the context.
        cache: from `dot_forward`.
        dweights: (B, S), the loss's gradient in the weights where it reads them too (a penalty on the alignment); what
            it holds at a step the mask hides does not matter.

    Raises:
        ShapeError: dcontext is not shaped as the context was, or dweights as the weights.
    """
    q, K, weights, mask = cache
    expect(dcontext, "dcontext", q.shape)
    ds = _score_gradient(dcontext, dweights, K, weights, mask)
    dK = weights[:, :, None] * dcontext[:, None, :]
    dK += ds[:, :, None] * q[:, None, :]
    return _mean(ds, K), dK


def additive_init(rng: np.random.Generator, H: int, A: int, dtype: Any = np.float32) -> Params:
    """Return Wq (H, A), Wk (H, A) and v (A,) by Glorot's rule; A is the width of the hidden layer."""
    return {"Wq": glorot(rng, H, A, dtype), "Wk": glorot(rng, H, A, dtype), "v": glorot(rng, A, 1, dtype)[:, 0].copy()}


def additive_forward(
    q: np.ndarray, K: np.ndarray, params: Params, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Return (context (B, H), weights (B, S), cache) with scores s_i = u_i v, u_i = tanh(q Wq + k_i Wk).

    Args:
        q: (B, H), the query.
        K: (B, S, H), the states to look at.
        params: Wq (H, A), Wk (H, A), v (A,).
        mask: (B, S) bool, True where K holds a real step; the other steps weigh exactly nothing.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: a row of the mask hides every step.
    """
    _expect(q, K, mask)
    H = q.shape[1]
    expect(params["Wq"], "Wq", (H, "A"))
    A = params["Wq"].shape[1]
    expect(params["Wk"], "Wk", (H, A))
    expect(params["v"], "v", (A,))
    u = K @ params["Wk"]
    u += (q @ params["Wq"])[:, None, :]
    np.tanh(u, out=u)
    weights = _softmax(u @ params["v"], mask)
    return _mean(weights, K), weights, (q, K, params, u, weights, mask)


def additive_backward(
    dcontext: np.ndarray, cache: tuple, dweights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Return (dq, dK, grads). With da_i = ds_i v (1 - u_i^2), the gradient before the tanh:

        dq = (sum_i da_i) Wq'      dk_i = w_i dcontext + da_i Wk'
        dWq = q' (sum_i da_i)      dWk = sum_i k_i' da_i      dv = sum_i ds_i u_i

    Args:
        dcontext: (B, H), the loss's gradient in the context.
        cache: from `additive_forward`.
        dweights: as for `dot_backward`.

    Raises:
        ShapeError: dcontext is not shaped as the context was, or dweights as the weights.
    """
    q, K, params, u, weights, mask = cache
    expect(dcontext, "dcontext", q.shape)
    ds = _score_gradient(dcontext, dweights, K, weights, mask)
    rows = u.reshape(-1, u.shape[-1])  # (B S, A): the steps of all sequences under each other
    da = 1 - u * u
    da *= ds[:, :, None] * params["v"]
    sum_da = da.sum(axis=1)
    dK = da @ params["Wk"].T
    dK += weights[:, :, None] * dcontext[:, None, :]
    grads = {
        "Wq": q.T @ sum_da,
        "Wk": K.reshape(-1, K.shape[-1]).T @ da.reshape(rows.shape),
        "v": ds.reshape(-1) @ rows,
    }
    return sum_da @ params["Wq"].T, dK, grads


def _mean(weights: np.ndarray, K: np.ndarray) -> np.ndarray:
    """Return sum_i weights_i k_i for each sequence: (B, S), (B, S, H) -> (B, H)."""
    return (weights[:, None, :] @ K)[:, 0]


def _softmax(scores: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Return exp(s_i) / sum_j exp(s_j) over the steps the mask shows; `scores` is overwritten."""
    if mask is not None:
        scores[~mask] = -np.inf  # exp(-inf) is exactly 0
    scores -= scores.max(axis=1, keepdims=True)  # the largest is exp(0): nothing overflows
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def _score_gradient(
    dcontext: np.ndarray, dweights: np.ndarray | None, K: np.ndarray, weights: np.ndarray, mask: np.ndarray | None
) -> np.ndarray:
    """Return ds: dw_i = dcontext k_i' + dweights_i, then softmax's ds_i = w_i (dw_i - sum_j w_j dw_j)."""
    dw = (K @ dcontext[:, :, None])[:, :, 0]
    if dweights is not None:
        expect(dweights, "dweights", weights.shape)
        # log 0 is -inf at a hidden step, and 0 times that is NaN: it must not get in.
        dw += dweights if mask is None else np.where(mask, dweights, 0)
    dw -= (weights * dw).sum(axis=1, keepdims=True)
    dw *= weights
    return dw


def _expect(q: np.ndarray, K: np.ndarray, mask: np.ndarray | None) -> None:
    expect(q, "q", ("B", "H"))
    B, H = q.shape
    expect(K, "K", (B, "S", H))
    if mask is None:
        return
    expect(mask, "mask", K.shape[:2])
    if mask.dtype != bool:
        raise TypeError(f"mask has dtype {mask.dtype}; expected bool, True for a real step.")
    hidden = np.flatnonzero(~mask.any(axis=1))
    if hidden.size:
        raise ValueError(f"mask hides every step of sequence {hidden[0]}; attention needs one step to look at.")

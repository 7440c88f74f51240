"""Attention: weights, gradients, masks, and what a mask hides must not matter."""

import re

import numpy as np
import pytest
from gradients import relative_errors

from unrolled.nn import attention
from unrolled.nn.check import ShapeError

SIZES = [(3, 5, 4, False), (3, 5, 4, True), (1, 1, 3, False), (1, 7, 1, True), (5, 1, 2, True)]


def ends(rng, B, S):
    """A mask of sequences of lengths from 1 to S."""
    return np.arange(S) < rng.integers(1, S + 1, B)[:, None]


@pytest.mark.parametrize("kind", ["dot", "additive"])
@pytest.mark.parametrize("loss_reads", ["context", "weights", "both"])
@pytest.mark.parametrize(("B", "S", "H", "masked"), SIZES)
def test_gradients(kind, loss_reads, B, S, H, masked):
    rng = np.random.default_rng(3)
    q, K, r, p = (rng.normal(size=shape) for shape in [(B, H), (B, S, H), (B, H), (B, S)])
    r *= loss_reads != "weights"
    p *= loss_reads != "context"
    mask = ends(rng, B, S) if masked else None
    params = attention.additive_init(rng, H, 3, np.float64) if kind == "additive" else {}

    def forward():
        if kind == "dot":
            return attention.dot_forward(q, K, mask)
        return attention.additive_forward(q, K, params, mask)

    def loss():
        context, weights, _ = forward()
        return float((np.sin(context) * r).sum() + (np.sin(weights) * p).sum())

    context, weights, cache = forward()
    backward = attention.dot_backward if kind == "dot" else attention.additive_backward
    dweights = () if loss_reads == "context" else (np.cos(weights) * p,)
    dq, dK, *grads = backward(np.cos(context) * r, cache, *dweights)
    gradients = {"q": dq, "K": dK, **(grads[0] if grads else {})}
    if S == 1:  # one step weighs 1 whatever its score: nothing but K can matter, and that exactly
        assert all((gradients[name] == 0).all() for name in gradients if name != "K")
    errors = relative_errors(loss, {"q": q, "K": K, **params}, gradients)
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("kind", ["dot", "additive"])
def test_a_penalty_on_the_entropy_of_masked_weights(kind):
    """Its slope, log w + 1, is -inf at every hidden step; no NaN may come of it, and the steps shown must get theirs."""
    rng = np.random.default_rng(7)
    q, K, mask = rng.normal(size=(4, 3)), rng.normal(size=(4, 6, 3)), ends(rng, 4, 6)
    mask[0] = [True, False, True, False, False, True]
    params = attention.additive_init(rng, 3, 5, np.float64) if kind == "additive" else {}

    def forward():
        if kind == "dot":
            return attention.dot_forward(q, K, mask)
        return attention.additive_forward(q, K, params, mask)

    def loss():
        w = forward()[1][mask]
        return float((w * np.log(w)).sum())

    _, weights, cache = forward()
    backward = attention.dot_backward if kind == "dot" else attention.additive_backward
    with np.errstate(divide="ignore"):
        dweights = np.log(weights) + 1
    assert np.isneginf(dweights[~mask]).all()
    dq, dK, *grads = backward(np.zeros_like(q), cache, dweights)
    gradients = {"q": dq, "K": dK, **(grads[0] if grads else {})}
    assert (dK[~mask] == 0).all()
    errors = relative_errors(loss, {"q": q, "K": K, **params}, gradients)
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("kind", ["dot", "additive"])
def test_what_the_mask_hides_does_not_matter(kind):
    rng = np.random.default_rng(4)
    q, K, mask = rng.normal(size=(4, 3)), rng.normal(size=(4, 6, 3)), ends(rng, 4, 6)
    mask[0] = [True, False, True, False, False, True]  # holes as well as ends
    params = attention.additive_init(rng, 3, 5, np.float64)

    def forward(K):
        if kind == "dot":
            return attention.dot_forward(q, K, mask)
        return attention.additive_forward(q, K, params, mask)

    context, weights, _ = forward(K)
    other, same, _ = forward(np.where(mask[:, :, None], K, 1e3))
    np.testing.assert_array_equal(context, other)
    np.testing.assert_array_equal(weights, same)
    assert (weights[~mask] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_dot_by_hand():
    q, K = np.array([[1.0, 0.0]]), np.array([[[np.log(3), 5.0], [0.0, 1.0]]])
    context, weights, _ = attention.dot_forward(q, K)
    np.testing.assert_allclose(weights, [[0.75, 0.25]])
    np.testing.assert_allclose(context, [[0.75 * np.log(3), 4.0]])


def test_additive_by_its_equation():
    rng = np.random.default_rng(5)
    q, K = rng.normal(size=(2, 3)), rng.normal(size=(2, 4, 3))
    p = attention.additive_init(rng, 3, 5, np.float64)
    _, weights, _ = attention.additive_forward(q, K, p)
    for b in range(2):
        s = np.array([np.tanh(q[b] @ p["Wq"] + k @ p["Wk"]) @ p["v"] for k in K[b]])
        np.testing.assert_allclose(weights[b], np.exp(s) / np.exp(s).sum())


def test_large_scores_do_not_overflow():
    context, weights, _ = attention.dot_forward(np.array([[1e4]]), np.array([[[1.0], [-1.0], [1.0]]]))
    np.testing.assert_array_equal(weights, [[0.5, 0, 0.5]])
    assert np.isfinite(context).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays_and_inputs_untouched(dtype):
    rng = np.random.default_rng(6)
    q, K = rng.normal(size=(2, 3)).astype(dtype), rng.normal(size=(2, 4, 3)).astype(dtype)
    q0, K0 = q.copy(), K.copy()
    mask = np.array([[True, True, False, False], [True] * 4])
    params = attention.additive_init(rng, 3, 5, dtype)
    *out, cache = attention.dot_forward(q, K, mask)
    out += attention.dot_backward(out[0], cache, out[1])
    *more, cache = attention.additive_forward(q, K, params, mask)
    dq, dK, grads = attention.additive_backward(more[0], cache, more[1])
    assert {a.dtype for a in [*out, *more, dq, dK, *grads.values(), *params.values()]} == {np.dtype(dtype)}
    np.testing.assert_array_equal(q, q0)
    np.testing.assert_array_equal(K, K0)


def test_refusals_name_the_argument():
    q, K = np.ones((2, 3)), np.ones((2, 4, 3))
    with pytest.raises(ShapeError, match="K has shape"):
        attention.dot_forward(q, K[:, :, :2])
    with pytest.raises(ShapeError, match="q has shape"):
        attention.dot_forward(K, K)
    with pytest.raises(ShapeError, match="mask has shape"):
        attention.dot_forward(q, K, np.ones((2, 3), bool))
    with pytest.raises(TypeError, match="mask has dtype float64"):
        attention.dot_forward(q, K, np.ones((2, 4)))
    with pytest.raises(ValueError, match="mask hides every step of sequence 1"):
        attention.dot_forward(q, K, np.array([[True] * 4, [False] * 4]))
    params = attention.additive_init(np.random.default_rng(0), 3, 5, np.float64)
    with pytest.raises(ShapeError, match="v has shape"):
        attention.additive_forward(q, K, {**params, "v": np.ones(4)})
    _, _, cache = attention.additive_forward(q, K, params)
    with pytest.raises(ShapeError, match="dcontext has shape"):
        attention.additive_backward(np.ones((1, 3)), cache)
    backwards = [(attention.additive_backward, cache), (attention.dot_backward, attention.dot_forward(q, K)[2])]
    for backward, cache in backwards:
        for shape in [(4,), (1, 4), (2, 1), (2, 3)]:  # the first three would fit by broadcasting
            with pytest.raises(ShapeError, match=re.escape(f"dweights has shape {shape}; expected (2, 4).")):
                backward(np.ones((2, 3)), cache, np.ones(shape))

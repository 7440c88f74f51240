"""Dense and embedding: values, gradients, dtypes and refusals."""

import numpy as np
import pytest
from gradients import relative_errors

from unrolled.nn import layers
from unrolled.nn.check import ShapeError


@pytest.mark.parametrize("lead", [(), (1,), (5,), (3, 7), (1, 1), (2, 3, 2)])
def test_dense_gradients(lead):
    rng = np.random.default_rng(1)
    params = layers.dense_init(rng, 3, 5, np.float64)
    params["c"][:] = rng.normal(size=5)
    x, r = rng.normal(size=(*lead, 3)), rng.normal(size=(*lead, 5))

    def f():
        return float((np.sin(layers.dense_forward(x, params)[0]) * r).sum())

    y, cache = layers.dense_forward(x, params)
    np.testing.assert_allclose(y, x @ params["V"] + params["c"])
    dx, grads = layers.dense_backward(np.cos(y) * r, cache)
    errors = relative_errors(f, {"x": x, **params}, {"x": dx, **grads})
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("shape", [(3, 7), (1, 1), (1, 5), (0, 4)])
def test_embedding_gradients_sum_over_repeated_symbols(shape):
    rng = np.random.default_rng(2)
    params = layers.embedding_init(rng, 4, 3, np.float64)
    ids, r = rng.integers(0, 4, shape), rng.normal(size=(*shape, 3))
    X, cache = layers.embedding_forward(ids, params)
    assert X.shape == (*shape, 3)
    grads = layers.embedding_backward(np.cos(X) * r, cache)
    errors = relative_errors(lambda: float((np.sin(layers.embedding_forward(ids, params)[0]) * r).sum()), params, grads)
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays(dtype):
    rng = np.random.default_rng(0)
    dense, embedding = layers.dense_init(rng, 3, 2, dtype), layers.embedding_init(rng, 5, 3, dtype)
    X, at_symbols = layers.embedding_forward(np.array([[0, 4, 4]]), embedding)
    y, at_rows = layers.dense_forward(X, dense)
    dx, grads = layers.dense_backward(y, at_rows)
    dE = layers.embedding_backward(dx, at_symbols)
    arrays = [*dense.values(), *embedding.values(), X, y, dx, *grads.values(), *dE.values()]
    assert {a.dtype for a in arrays} == {np.dtype(dtype)}


def test_inputs_stay_untouched():
    rng = np.random.default_rng(0)
    params, x = layers.dense_init(rng, 3, 2), np.ones((4, 3), np.float32)
    before = {k: v.copy() for k, v in params.items()}
    y, cache = layers.dense_forward(x, params)
    layers.dense_backward(y, cache)
    assert (x == 1).all()
    assert all((params[k] == before[k]).all() for k in params)


def test_refusals_name_the_argument():
    rng = np.random.default_rng(0)
    dense, embedding = layers.dense_init(rng, 3, 2), layers.embedding_init(rng, 5, 3)
    with pytest.raises(ShapeError, match=r"x has shape \(4, 2\).*3"):
        layers.dense_forward(np.ones((4, 2)), dense)
    with pytest.raises(ShapeError, match="c has shape"):
        layers.dense_forward(np.ones((4, 3)), {**dense, "c": np.zeros(1)})
    _, cache = layers.dense_forward(np.ones((4, 3), np.float32), dense)
    with pytest.raises(ShapeError, match="dy has shape"):
        layers.dense_backward(np.ones((2, 4)), cache)
    for ids in ([[-1]], [[5]]):
        with pytest.raises(ValueError, match="ids runs from .* expected 0 to 4"):
            layers.embedding_forward(np.array(ids), embedding)
    with pytest.raises(TypeError, match="ids has dtype float64"):
        layers.embedding_forward(np.array([[1.0]]), embedding)
    with pytest.raises(ShapeError, match="ids has shape"):
        layers.embedding_forward(np.array([1]), embedding)
    _, cache = layers.embedding_forward(np.array([[1]]), embedding)
    with pytest.raises(ShapeError, match="dX has shape"):
        layers.embedding_backward(np.ones((1, 1, 2)), cache)

"""Losses: known values, gradients, stability, masks."""

import numpy as np
import pytest
from gradients import relative_errors

from unrolled.nn.check import ShapeError
from unrolled.nn.losses import mse, softmax_cross_entropy


@pytest.mark.parametrize("shape", [(5,), (3, 7), (1, 1)])
@pytest.mark.parametrize("masked", [False, True])
def test_cross_entropy_gradient(shape, masked):
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=(*shape, 4)), rng.integers(0, 4, shape)
    mask = rng.random(shape) < 0.6 if masked else None
    if masked:
        mask.flat[0] = True
    _, dz = softmax_cross_entropy(z, y, mask)
    errors = relative_errors(lambda: softmax_cross_entropy(z, y, mask)[0], {"z": z}, {"z": dz})
    assert errors["z"] < 1e-7
    assert not masked or (dz[~mask] == 0).all()


@pytest.mark.parametrize("shape", [(5,), (3, 7), (3, 7, 2), (1, 1, 1)])
@pytest.mark.parametrize("masked", [False, True])
def test_mse_gradient(shape, masked):
    rng = np.random.default_rng(2)
    y_hat, y = rng.normal(size=shape), rng.normal(size=shape)
    mask = rng.random(shape[:2]) < 0.6 if masked else None
    if masked:
        mask.flat[0] = True
    loss, dy = mse(y_hat, y, mask)
    assert loss == pytest.approx(((y_hat - y) ** 2).mean() if mask is None else ((y_hat - y)[mask] ** 2).mean())
    errors = relative_errors(lambda: mse(y_hat, y, mask)[0], {"y_hat": y_hat}, {"y_hat": dy})
    assert errors["y_hat"] < 1e-7


@pytest.mark.parametrize("V", [2, 7, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_logits_cost_ln_v(V, dtype):
    loss, dz = softmax_cross_entropy(np.full((3, 2, V), 5, dtype), np.zeros((3, 2), int))
    assert loss == pytest.approx(np.log(V), rel=1e-6 if dtype == np.float32 else 1e-14)
    assert dz.dtype == dtype
    np.testing.assert_allclose(dz.sum(axis=-1), 0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_ten_thousand(dtype):
    z = np.array([[1e4, -1e4, 0], [1e4, 1e4, -1e4]], dtype)
    with np.errstate(all="raise", under="ignore"):
        wrong, dz = softmax_cross_entropy(z[:1], np.array([1]))
        right, _ = softmax_cross_entropy(z[:1], np.array([0]))
        tie, _ = softmax_cross_entropy(z[1:], np.array([0]))
    assert wrong == 2e4
    assert right == 0
    assert tie == pytest.approx(np.log(2), rel=1e-6)
    np.testing.assert_array_equal(dz, [[1, -1, 0]])


def test_what_the_mask_hides_does_not_matter():
    rng = np.random.default_rng(3)
    z, y, mask = rng.normal(size=(3, 4, 5)), rng.integers(0, 5, (3, 4)), rng.random((3, 4)) < 0.5
    loss, dz = softmax_cross_entropy(z, y, mask)
    assert loss == pytest.approx(softmax_cross_entropy(z[mask], y[mask])[0])
    hidden, same = softmax_cross_entropy(np.where(mask[..., None], z, np.nan), np.where(mask, y, -1), mask)
    assert hidden == loss
    np.testing.assert_array_equal(dz, same)
    loss, dy = mse(z, z + 1, mask)
    hidden, same = mse(np.where(mask[..., None], z, np.nan), z + 1, mask)
    assert hidden == loss == pytest.approx(1)
    np.testing.assert_array_equal(dy, same)


def test_arguments_stay_untouched():
    z, y = np.arange(6.0).reshape(2, 3), np.array([0, 2])
    softmax_cross_entropy(z, y, np.array([True, False]))
    np.testing.assert_array_equal(z, np.arange(6.0).reshape(2, 3))
    mse(z, z + 1, np.array([True, False]))
    np.testing.assert_array_equal(z, np.arange(6.0).reshape(2, 3))


def test_dtype_of_the_forecast_is_the_gradients():
    assert mse(np.ones(3, np.float32), np.zeros(3))[1].dtype == np.float32
    assert mse(np.ones(3), np.zeros(3, np.float32))[1].dtype == np.float64


def test_refusals_name_the_argument():
    z = np.zeros((2, 3))
    with pytest.raises(ShapeError, match="y has shape"):
        softmax_cross_entropy(z, np.zeros((3,), int))
    with pytest.raises(ValueError, match="y runs from 0 to 3; expected 0 to 2"):
        softmax_cross_entropy(z, np.array([0, 3]))
    with pytest.raises(ValueError, match="y runs from -1"):
        softmax_cross_entropy(z, np.array([0, -1]))
    with pytest.raises(TypeError, match="y has dtype float64"):
        softmax_cross_entropy(z, np.zeros(2))
    with pytest.raises(ValueError, match="mask hides every step"):
        softmax_cross_entropy(z, np.zeros(2, int), np.zeros(2, bool))
    with pytest.raises(ShapeError, match="mask has shape"):
        mse(z, z, np.ones(3, bool))
    with pytest.raises(TypeError, match="mask has dtype int64"):
        mse(z, z, np.ones(2, int))
    with pytest.raises(ShapeError, match=r"y has shape \(2, 1\)"):  # would be repeated to (2, 3) by NumPy
        mse(z, np.zeros((2, 1)))
    with pytest.raises(ValueError, match="no step at all"):
        mse(np.zeros((0, 3)), np.zeros((0, 3)))

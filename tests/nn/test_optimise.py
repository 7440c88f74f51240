"""Optimisers against Keras, step by step; clipping against TensorFlow."""

import numpy as np
import pytest

from unrolled.nn.check import ShapeError
from unrolled.nn.optimise import SGD, Adam, clip_by_global_norm, global_norm


def model(rng, dtype=np.float32):
    return {
        "cell": {"W": rng.normal(size=(3, 5)).astype(dtype), "b": rng.normal(size=5).astype(dtype)},
        "head": {"V": rng.normal(size=(5, 2)).astype(dtype)},
    }


def arrays(params):
    return [a for inner in params.values() for a in inner.values()]


@pytest.mark.parametrize("kind", ["adam", "adam, other settings", "sgd", "momentum"])
def test_equals_keras_step_by_step(kind):
    import keras

    ours, theirs = {
        "adam": (Adam(), keras.optimizers.Adam()),
        "adam, other settings": (
            Adam(0.05, beta1=0.8, beta2=0.95, epsilon=1e-3),
            keras.optimizers.Adam(0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-3),
        ),
        "sgd": (SGD(0.1), keras.optimizers.SGD(0.1)),
        "momentum": (SGD(0.1, momentum=0.9), keras.optimizers.SGD(0.1, momentum=0.9)),
    }[kind]
    rng = np.random.default_rng(1)
    params = model(rng)
    variables = [keras.Variable(a) for a in arrays(params)]
    for t in range(30):
        scale = 10.0 ** rng.integers(-6, 3)  # tiny gradients show epsilon's place, large ones the second moment's
        grads = {k: {n: (scale * rng.normal(size=a.shape)).astype(np.float32) for n, a in inner.items()}
                 for k, inner in params.items()}  # fmt: skip
        ours.step(params, grads)
        theirs.apply([keras.ops.convert_to_tensor(g) for g in arrays(grads)], variables)
        for a, b in zip(arrays(params), variables, strict=True):
            np.testing.assert_allclose(a, b.numpy(), rtol=1e-6, atol=1e-6, err_msg=f"step {t + 1}")


@pytest.mark.parametrize("limit", [0.5, 1.0, 100.0])
def test_clipping_equals_tensorflow(limit):
    import tensorflow as tf

    grads = model(np.random.default_rng(2))
    clipped, norm = clip_by_global_norm(grads, limit)
    theirs, their_norm = tf.clip_by_global_norm(arrays(grads), limit)
    assert norm == pytest.approx(float(their_norm), rel=1e-6)
    for a, b in zip(arrays(clipped), theirs, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-6)
    assert global_norm(clipped) == pytest.approx(min(norm, limit), rel=1e-6)
    assert list(clipped) == ["cell", "head"]


def test_clipping_leaves_its_argument():
    grads = {"W": np.array([3.0, 4.0])}
    clipped, norm = clip_by_global_norm(grads, 1.0)
    assert norm == 5
    np.testing.assert_allclose(clipped["W"], [0.6, 0.8])
    np.testing.assert_array_equal(grads["W"], [3, 4])
    assert clip_by_global_norm({"W": np.zeros(2)}, 1.0)[1] == 0


def test_norm_of_large_float32_gradients_is_finite():
    assert global_norm({"W": np.full(4, 1e25, np.float32)}) == pytest.approx(2e25, rel=1e-6)


@pytest.mark.parametrize("optimiser", [Adam(), SGD(0.1), SGD(0.1, 0.9)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_place_and_dtype_stays(optimiser, dtype):
    params = {"W": np.ones((2, 3), dtype)}
    theta, grads = params["W"], {"W": np.ones((2, 3), dtype)}
    type(optimiser)(0.1).step(params, grads)
    assert params["W"] is theta
    assert theta.dtype == dtype
    assert (theta < 1).all()
    assert (grads["W"] == 1).all()


def test_momentum_by_hand():
    params, optimiser = {"W": np.array([0.0])}, SGD(0.5, momentum=0.5)
    seen = []
    for _ in range(3):
        optimiser.step(params, {"W": np.array([1.0])})
        seen.append(params["W"][0])
    np.testing.assert_allclose(seen, [-0.5, -1.25, -2.125])


def test_refusals_name_the_argument():
    params = {"cell": {"W": np.ones(2)}}
    for optimiser in (Adam(), SGD(0.1)):
        with pytest.raises(ShapeError, match=r"grads lacks \['cell/W'\]"):
            optimiser.step(params, {})
        with pytest.raises(ShapeError, match="cell/U"):
            optimiser.step(params, {"cell": {"W": np.ones(2), "U": np.ones(2)}})
        with pytest.raises(ShapeError, match=r"grads\['cell/W'\] has shape \(1,\)"):  # would be repeated by NumPy
            optimiser.step(params, {"cell": {"W": np.ones(1)}})
    np.testing.assert_array_equal(params["cell"]["W"], 1)
    for wrong in (lambda: Adam(0), lambda: SGD(-1), lambda: SGD(float("nan")), lambda: SGD(0.1, 1.0),
                  lambda: Adam(beta1=1.0), lambda: clip_by_global_norm({}, 0)):  # fmt: skip
        with pytest.raises(ValueError, match="expected a number"):
            wrong()

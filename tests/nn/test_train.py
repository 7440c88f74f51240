"""The training loop: what it learns, when it stops, and what it says when numbers end."""

import numpy as np
import pytest

from unrolled.nn import rnn
from unrolled.nn.check import ShapeError
from unrolled.nn.layers import dense_backward, dense_forward, dense_init
from unrolled.nn.losses import mse
from unrolled.nn.optimise import SGD, Adam
from unrolled.nn.train import History, TrainingError, fit


def line(params, X, y):
    y_hat, cache = dense_forward(X, params)
    loss, dy = mse(y_hat, y)
    return loss, dense_backward(dy, cache)[1]


def data(N=60, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 2))
    return X, X @ np.array([[1.0], [-2.0]]) + 0.5


def start():
    return dense_init(np.random.default_rng(1), 2, 1, np.float64)


def train(X, y, params=None, loss=line, **settings):
    params = start() if params is None else params
    settings = {"epochs": 20, "batch": 16, "optimiser": SGD(0.1), "rng": np.random.default_rng(2), "progress": False,
                **settings}  # fmt: skip
    return params, fit(loss, params, X, y, **settings)


def test_learns_a_line_and_tells_how_it_went():
    X, y = data()
    params, history = train(X, y, epochs=60, validation=data(20, seed=9))
    np.testing.assert_allclose(params["V"], [[1], [-2]], atol=1e-3)
    np.testing.assert_allclose(params["c"], [0.5], atol=1e-3)
    assert isinstance(history, History)
    assert len(history.losses) == len(history.validation) == len(history.seconds) == len(history.norms) == 60
    assert history.losses[-1] < 1e-4 < history.losses[0]
    assert all(s > 0 for s in history.seconds)


def test_same_seed_same_training():
    runs = [train(*data(), rng=np.random.default_rng(seed)) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(runs[0][0]["V"], runs[1][0]["V"])
    assert runs[0][1].losses == runs[1][1].losses
    assert (runs[0][0]["V"] != runs[2][0]["V"]).any()


def test_every_epoch_sees_every_example_once_in_a_new_order():
    N, batches = 10, []

    def watch(params, X, y):
        assert (X[0][:, 0] == y).all()  # X's arrays and y are cut alike
        assert (X[1] == y).all()
        batches.append(y.tolist())
        return 1.0, {"V": np.zeros((2, 1)), "c": np.zeros(1)}

    ids = np.arange(N)
    _, history = train((np.stack([ids, ids], axis=1), ids), ids, loss=watch, epochs=2, batch=4)
    assert [len(b) for b in batches] == [4, 4, 2, 4, 4, 2]
    epochs = [sum(batches[:3], []), sum(batches[3:], [])]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(N))
    assert epochs[0] != epochs[1] != list(range(N)) != epochs[0]
    assert history.losses == [1.0, 1.0]


def test_loss_of_an_epoch_weighs_examples_not_batches():
    def watch(params, X, y):
        return float(y.mean()), {"V": np.zeros((2, 1)), "c": np.zeros(1)}

    y = np.arange(5.0)
    _, history = train(np.zeros((5, 2)), y, loss=watch, epochs=1, batch=4, validation=(np.zeros((5, 2)), y))
    assert history.losses == [pytest.approx(2.0)]
    assert history.validation == [pytest.approx(2.0)]


def test_early_stopping_restores_the_best_parameters():
    X, y = data()
    validation_losses = iter([5.0, 3.0, 4.0, 3.0, 6.0, 1.0])
    seen = []

    def loss(params, X, y):
        if len(X) == 7:  # the validation's
            seen.append(params["V"].copy())
            return next(validation_losses), {}
        return line(params, X, y)

    params, history = train(X, y, loss=loss, validation=(X[:7], y[:7]), patience=3)
    assert history.validation == [5, 3, 4, 3, 6]  # three epochs after the second without a lower one
    assert history.best_epoch == 1
    np.testing.assert_array_equal(params["V"], seen[1])
    assert (seen[1] != seen[4]).any()


def test_without_patience_the_last_parameters_stay():
    X, y = data()
    seen = []

    def loss(params, X, y):
        if len(X) == 7:
            seen.append(params["V"].copy())
            return float(len(seen)), {}
        return line(params, X, y)

    params, history = train(X, y, loss=loss, validation=(X[:7], y[:7]), epochs=4)
    assert history.best_epoch == 0
    np.testing.assert_array_equal(params["V"], seen[-1])


def test_clip_bounds_the_step():
    X, y = data()
    params, first = start(), start()
    _, history = train(X, 1e6 * y, params, epochs=1, batch=60, clip=0.01, optimiser=SGD(1.0))
    moved = np.sqrt(sum(((params[k] - first[k]) ** 2).sum() for k in params))
    assert moved == pytest.approx(0.01)
    assert history.norms[0] > 1e5  # as it was before clipping


def test_too_high_a_learning_rate_is_named():
    with pytest.raises(TrainingError, match=r"stopped at step \d+.* learning rate is too high"):
        train(*data(), epochs=2000, optimiser=SGD(5.0))


def test_nan_in_the_data_is_named():
    X, y = data()
    X[17, 1] = np.nan
    with pytest.raises(TrainingError, match=r"step [1-4]: the loss is nan.*NaN in the data: 1 of the \d+ numbers of X"):
        train(X, y)
    X, y = data()
    y[3] = np.inf
    with pytest.raises(TrainingError, match="NaN in the data.*numbers of y"):
        train((X, X), y, loss=lambda p, X, y: line(p, X[0], y))


def test_nan_in_the_validation_data_is_named():
    X, y = data()
    with pytest.raises(TrainingError, match="end of epoch 1: the validation loss is nan.*NaN in the data"):
        train(X, y, validation=(np.full((3, 2), np.nan), y[:3]))


def test_exploding_gradient_is_named():
    """A ReLU net whose state triples at each of 100 steps in float32: the loss is finite, its gradient is not."""
    rng = np.random.default_rng(0)
    cell = rnn.init(rng, 1, 4, recurrent="identity")
    cell["U"] *= 3

    def loss(params, X, y):
        hs, cache = rnn.forward(X, params["cell"], activation="relu")
        y_hat, at_head = dense_forward(hs[:, 0] * 0, params["head"])
        _, head = dense_backward(np.ones_like(y_hat), at_head)
        dhs = np.zeros(hs.shape, np.float32)
        dhs[:, -1] = 1
        return 0.5, {"cell": rnn.backward(dhs, cache)[2], "head": head}

    params = {"cell": cell, "head": dense_init(rng, 4, 1)}
    X = np.ones((8, 100, 1), np.float32)
    with pytest.raises(TrainingError, match="step 1: the gradient norm is .*"):
        train(X, np.zeros((8, 1)), params, loss=loss)

    lengths = iter([2, 2, 2, 100])  # after three harmless steps, with something to compare
    with pytest.raises(TrainingError, match="step 4: the gradient norm is .*exploding gradient.*clip=1.0"):
        train(X, np.zeros((8, 1)), params, loss=lambda p, X, y: loss(p, X[:, : next(lengths)], y), optimiser=SGD(1e-9))


def test_a_spike_before_the_nan_is_an_exploding_gradient():
    steps = iter([(1.0, 1.0), (0.9, 1.0), (0.8, 1.0), (0.8, 1e9), (np.nan, 1.0)])

    def loss(params, X, y):
        value, size = next(steps)
        return value, {"V": np.full((2, 1), size), "c": np.zeros(1)}

    with pytest.raises(TrainingError, match="step 5: the loss is nan.*exploding gradient"):
        train(*data(), loss=loss)


def test_failure_at_the_first_step_blames_what_was_there():
    params = start()
    params["V"][0] = np.inf
    with pytest.raises(TrainingError, match="step 1.*first parameters: V is not finite"):
        train(*data(), params)
    with pytest.raises(TrainingError, match="step 1.*loss_and_grads itself"):
        train(*data(), loss=lambda p, X, y: (np.nan, {}))


def test_a_last_step_into_infinity_is_noticed():
    def loss(params, X, y):
        return 1.0, {"V": np.full((2, 1), 1e150), "c": np.zeros(1)}

    with pytest.raises(TrainingError, match="step 1, the end of epoch 1: parameter V is no longer finite"):
        train(*data(), loss=loss, epochs=1, batch=60, optimiser=SGD(1e200))


def test_parameters_are_left_before_the_bad_step():
    X, y = data()
    X[:] = np.nan
    params, first = start(), start()
    with pytest.raises(TrainingError):
        train(X, y, params, optimiser=Adam())
    np.testing.assert_array_equal(params["V"], first["V"])


def test_progress_bar_can_be_off(capsys):
    train(*data(), epochs=2)
    assert capsys.readouterr().err == ""
    train(*data(), epochs=2, progress=True)
    assert "8/8" in capsys.readouterr().err


def test_refusals_name_the_argument():
    X, y = data()
    for wrong in ({"epochs": 0}, {"batch": 0}, {"patience": 0, "validation": (X, y)}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is 0; expected 1 or more"):
            train(X, y, **wrong)
    with pytest.raises(ValueError, match="patience is 2, but validation is None"):
        train(X, y, patience=2)
    with pytest.raises(ShapeError, match=r"X, y: the arrays hold \[60, 59\] examples"):
        train(X, y[1:])
    with pytest.raises(ShapeError, match="validation: the arrays hold"):
        train(X, y, validation=(X, y[1:]))
    with pytest.raises(ShapeError, match="1 or more"):
        train(X[:0], y[:0])


def test_a_small_recurrent_net_learns_to_sum():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(256, 5, 1)).astype(np.float32) / 4
    y = X.sum(axis=1)
    params = {"cell": rnn.init(rng, 1, 8), "head": dense_init(rng, 8, 1)}

    def loss(params, X, y):
        hs, cache = rnn.forward(X, params["cell"])
        y_hat, at_head = dense_forward(hs[:, -1], params["head"])
        value, dy = mse(y_hat, y)
        dh, head = dense_backward(dy, at_head)
        dhs = np.zeros(hs.shape, hs.dtype)
        dhs[:, -1] = dh
        return value, {"cell": rnn.backward(dhs, cache)[2], "head": head}

    _, history = train(X, y, params, loss=loss, epochs=30, batch=32, optimiser=Adam(0.01), clip=1.0)
    assert history.losses[-1] < 0.02 * float(y.var())
    assert all(a.dtype == np.float32 for inner in params.values() for a in inner.values())

"""The cells: gradients against central differences, Keras' outputs and gradients, and what every recurrent cell obeys."""

import numpy as np
import pytest
from gradients import relative_errors
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.nn import gru, lstm, rnn
from unrolled.nn.check import ShapeError


def run(cell, X, params, h0=None, mask=None, **kwargs):
    """hs and a function from dhs to (dX, dh0, grads), the same for every cell; an LSTM's state is h0 and half of it."""
    if cell is lstm:
        state = None if h0 is None else (h0, 0.5 * h0)
        hs, _, cache = lstm.forward(X, params, state, mask)

        def back(dhs):
            dX, (dh0, dc0), grads = lstm.backward(dhs, cache)
            return dX, dh0 + 0.5 * dc0, grads

        return hs, back
    hs, cache = cell.forward(X, params, h0, mask, **kwargs)
    return hs, lambda dhs: cell.backward(dhs, cache)


CELLS = {
    "rnn tanh": (rnn, {}, {}),
    "rnn relu": (rnn, {}, {"activation": "relu"}),
    "lstm": (lstm, {}, {}),
    "gru, reset after": (gru, {"reset_after": True}, {}),
    "gru, reset before": (gru, {"reset_after": False}, {}),
}


@pytest.fixture(params=CELLS)
def cell(request):
    """(module, arguments of init, arguments of forward)."""
    return CELLS[request.param]


def example(module, options, B=3, T=5, D=2, H=4, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = module.init(rng, D, H, dtype=dtype, **options)
    for value in params.values():
        value += rng.normal(0, 0.3, value.shape).astype(dtype)
    return rng.normal(size=(B, T, D)).astype(dtype), rng.normal(0, 0.5, (B, H)).astype(dtype), params


@pytest.mark.parametrize(("B", "T", "D", "H"), [(3, 5, 2, 4), (1, 1, 1, 1), (1, 7, 3, 5), (2, 1, 4, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_gradients_agree_with_central_differences(cell, B, T, D, H, masked):
    module, options, kwargs = cell
    X, h0, params = example(module, options, B, T, D, H, seed=1)
    rng = np.random.default_rng(2)
    mask = rng.random((B, T)) < 0.6 if masked else None
    weight = rng.normal(size=(B, T, H))

    def loss():
        return float((run(module, X, params, h0, mask, **kwargs)[0] * weight).sum())

    dX, dh0, grads = run(module, X, params, h0, mask, **kwargs)[1](weight)
    step = 1e-6 if kwargs else 2e-4  # near ReLU's kink a wide difference would be wrong, not the gradient
    errors = relative_errors(loss, params | {"X": X, "h0": h0}, grads | {"X": dX, "h0": dh0}, step)
    assert max(errors.values()) < 1e-7, errors


def keras_layer(module, options, kwargs, H, **more):
    import keras

    if module is rnn:
        return keras.layers.SimpleRNN(H, activation=kwargs.get("activation", "tanh"), **more)
    if module is lstm:
        return keras.layers.LSTM(H, **more)
    return keras.layers.GRU(H, **options, **more)


@pytest.mark.parametrize("masked", [False, True])
def test_keras_gives_the_same_outputs_and_gradients(cell, masked):
    import tensorflow as tf

    module, options, kwargs = cell
    X, h0, params = example(module, options, B=4, T=6, D=3, H=5, seed=3, dtype=np.float32)
    rng = np.random.default_rng(4)
    mask = np.arange(6) < rng.integers(1, 7, (4, 1)) if masked else None
    weight = rng.normal(size=(4, 6, 5)).astype(np.float32)
    layer = keras_layer(module, options, kwargs, 5, return_sequences=True)
    layer.build(X.shape)
    layer.set_weights([params["W"], params["U"], params["b"]])
    state = [h0, 0.5 * h0] if module is lstm else [h0]
    with tf.GradientTape() as tape:
        inputs = tf.Variable(X)
        outputs = layer(inputs, initial_state=[tf.constant(s) for s in state], mask=mask)
        loss = tf.reduce_sum(outputs * weight)
    theirs = tape.gradient(loss, [inputs, *layer.trainable_variables])

    hs, back = run(module, X, params, h0, mask, **kwargs)
    dX, _, grads = back(weight)
    np.testing.assert_allclose(hs, outputs.numpy(), atol=1e-5)
    for ours, other in zip([dX, grads["W"], grads["U"], grads["b"]], theirs, strict=True):
        scale = np.abs(other.numpy()).max()
        np.testing.assert_allclose(ours, other.numpy(), atol=1e-4 * max(scale, 1))
    assert {hs.dtype, dX.dtype, *(g.dtype for g in grads.values())} == {np.dtype(np.float32)}


SIZES = {
    "B": st.integers(1, 4),
    "T": st.integers(2, 8),
    "D": st.integers(1, 4),
    "H": st.integers(1, 5),
    "seed": st.integers(0, 999),
}


@pytest.mark.parametrize("name", CELLS)
@settings(max_examples=25, deadline=None)
@given(**SIZES)
def test_causal_chunked_and_pad_invariant(name, B, T, D, H, seed):
    module, options, kwargs = CELLS[name]
    X, h0, params = example(module, options, B, T, D, H, seed)
    hs, _ = run(module, X, params, h0, **kwargs)

    later = X.copy()
    later[:, T // 2 :] += 1  # causal: what comes later moves no earlier state
    np.testing.assert_array_equal(run(module, later, params, h0, **kwargs)[0][:, : T // 2], hs[:, : T // 2])

    mask = np.ones((B, T + 3), bool)  # pad-invariant: garbage behind the end changes nothing, and the last state stands
    mask[:, T:] = False
    padded = np.concatenate([X, np.full((B, 3, D), 99.0)], axis=1)
    states, back = run(module, padded, params, h0, mask, **kwargs)
    np.testing.assert_allclose(states[:, :T], hs, atol=1e-12)
    np.testing.assert_allclose(states[:, T:], np.repeat(hs[:, -1:], 3, axis=1), atol=1e-12)
    assert (back(np.ones_like(states))[0][:, T:] == 0).all()


@pytest.mark.parametrize("cut", [1, 3, 6])
def test_chunks_that_hand_their_state_on_give_the_whole(cell, cut):
    module, options, kwargs = cell
    X, h0, params = example(module, options, T=7)
    whole = module.forward(X, params, (h0, h0) if module is lstm else h0, **kwargs)
    first = module.forward(X[:, :cut], params, (h0, h0) if module is lstm else h0, **kwargs)
    second = module.forward(X[:, cut:], params, first[1] if module is lstm else first[0][:, -1], **kwargs)
    np.testing.assert_allclose(np.concatenate([first[0], second[0]], axis=1), whole[0], atol=1e-12)


def test_the_lstm_s_state_gradients_join_two_chunks():
    X, h0, params = example(lstm, {}, T=6)
    weight = np.random.default_rng(5).normal(size=(3, 6, 4))
    _, _, cache = lstm.forward(X, params, (h0, h0))
    dX, dstate, _ = lstm.backward(weight, cache)
    _, state, one = lstm.forward(X[:, :2], params, (h0, h0))
    _, _, two = lstm.forward(X[:, 2:], params, state)
    dX2, between, _ = lstm.backward(weight[:, 2:], two)
    dX1, before, _ = lstm.backward(weight[:, :2], one, between)
    np.testing.assert_allclose(np.concatenate([dX1, dX2], axis=1), dX, atol=1e-12)
    np.testing.assert_allclose(before, dstate, atol=1e-12)


def test_a_cell_held_open_keeps_its_content_exactly():
    """f = 1, i = 0: the additive path neither loses nor gains."""
    params = lstm.init(np.random.default_rng(0), 2, 3, dtype=np.float64)
    params["W"][:], params["U"][:] = 0, 0
    params["b"][:] = np.repeat([-1e3, 1e3, 0, 0], 3)
    content = np.random.default_rng(1).normal(size=(2, 3))
    _, (_, c), _ = lstm.forward(np.zeros((2, 500, 2)), params, (np.zeros((2, 3)), content))
    np.testing.assert_array_equal(c, content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"X": (3, 2)}, r"X has shape \(3, 2\); expected \(B, T, 2\)"),
        ({"X": (3, 5, 4)}, r"X has shape \(3, 5, 4\); expected \(B, T, 2\)"),
        ({"h0": (3, 5)}, r"h0 has shape \(3, 5\); expected \(3, 4\)"),
        ({"mask": (5, 3)}, r"mask has shape \(5, 3\); expected \(3, 5\)"),
        ({"b": (7,)}, r"b has shape \(7,\); expected"),
        ({"dhs": (3, 4, 4)}, r"dhs has shape \(3, 4, 4\); expected \(3, 5, 4\)"),
    ],
)
def test_a_wrong_shape_is_one_sentence_that_names_the_argument(cell, change, words):
    module, options, kwargs = cell
    X, h0, params = example(module, options)
    given = {"X": X, "h0": h0, "mask": None, "dhs": np.ones((3, 5, 4))} | {k: np.ones(s) for k, s in change.items()}
    params = params | ({"b": given["b"]} if "b" in given else {})

    def forward_and_back():
        _, back = run(module, given["X"], params, given["h0"], given["mask"], **kwargs)
        back(given["dhs"])

    with pytest.raises(ShapeError, match=words):
        forward_and_back()


@pytest.mark.parametrize("name", ["X", "h0"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_one_sentence_that_names_the_argument(cell, name, value):
    module, options, kwargs = cell
    X, h0, params = example(module, options)
    {"X": X, "h0": h0}[name][1, 2] = value
    with pytest.raises(
        ValueError, match=rf"{name} holds \d+ of \d+ numbers that are NaN or infinite, the first at \(1, 2"
    ):
        run(module, X, params, h0, None, **kwargs)


def test_large_finite_inputs_are_no_error(cell):
    module, options, kwargs = cell
    X, h0, params = example(module, options)
    X[:] = np.finfo(X.dtype).max  # their sum overflows
    with np.errstate(all="ignore"):
        run(module, X, params, h0, None, **kwargs)


def test_arguments_are_left_alone(cell):
    module, options, kwargs = cell
    X, h0, params = example(module, options)
    dhs = np.ones((3, 5, 4))
    before = [a.copy() for a in (X, h0, dhs, *params.values())]
    run(module, X, params, h0, **kwargs)[1](dhs)
    for one, other in zip(before, (X, h0, dhs, *params.values()), strict=True):
        np.testing.assert_array_equal(one, other)

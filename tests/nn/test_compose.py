"""Both directions, stacks and truncation, over every cell; the bridge to Keras."""

import numpy as np
import pytest
from gradients import relative_errors

from unrolled.nn import gru, keras_bridge, lstm, rnn
from unrolled.nn.bptt import truncated
from unrolled.nn.check import ShapeError
from unrolled.nn.compose import (
    bidirectional_backward,
    bidirectional_forward,
    bidirectional_init,
    stacked_backward,
    stacked_forward,
    stacked_init,
)
from unrolled.nn.tree import leaves, nested

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}
BUILDS = {
    "bidirectional": (lambda cell, rng: bidirectional_init(cell, rng, 3, 4, dtype=np.float64),
                      bidirectional_forward, bidirectional_backward),
    "stacked": (lambda cell, rng: stacked_init(cell, rng, 3, [4, 2, 5], dtype=np.float64),
                stacked_forward, stacked_backward),
}  # fmt: skip


@pytest.fixture(params=CELLS)
def cell(request):
    return CELLS[request.param]


def ends(rng, B, T):
    return np.arange(T) < rng.integers(1, T + 1, B)[:, None]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(("B", "T", "masked"), [(3, 5, False), (3, 5, True), (1, 1, False), (1, 3, True)])
def test_gradients(cell, build, B, T, masked):
    rng = np.random.default_rng(1)
    init, forward, backward = BUILDS[build]
    params, X = init(cell, rng), rng.normal(size=(B, T, 3))
    mask = ends(rng, B, T) if masked else None
    hs, cache = forward(cell, X, params, mask)
    r = rng.normal(size=hs.shape)
    dX, grads = backward(np.cos(hs) * r, cache)
    flat = dict(leaves(params))
    errors = relative_errors(
        lambda: float((np.sin(forward(cell, X, params, mask)[0]) * r).sum()),
        {"X": X, **flat},
        {"X": dX, **dict(leaves(grads))},
    )
    assert max(errors.values()) < 1e-7, errors


@pytest.mark.parametrize("build", BUILDS)
def test_padding_at_the_end_changes_nothing(cell, build):
    rng = np.random.default_rng(2)
    init, forward, backward = BUILDS[build]
    params, X = init(cell, rng), rng.normal(size=(2, 4, 3))
    hs, cache = forward(cell, X, params)
    r = rng.normal(size=hs.shape)
    dX, grads = backward(r, cache)
    padded = np.concatenate([X, rng.normal(size=(2, 3, 3))], axis=1)
    mask = np.arange(7) < np.array([[4], [4]])
    longer, cache = forward(cell, padded, params, mask)
    np.testing.assert_allclose(longer[:, :4], hs, rtol=1e-12)
    dX_longer, same = backward(np.concatenate([r, np.zeros((2, 3, r.shape[2]))], axis=1), cache)
    np.testing.assert_allclose(dX_longer[:, :4], dX, rtol=1e-10, atol=1e-14)
    assert (dX_longer[:, 4:] == 0).all()
    for name, g in leaves(grads):
        np.testing.assert_allclose(dict(leaves(same))[name], g, rtol=1e-10, atol=1e-14)


def test_reversed_input_and_swapped_cells_swap_the_halves(cell):
    rng = np.random.default_rng(3)
    params, X = bidirectional_init(cell, rng, 3, 4, dtype=np.float64), rng.normal(size=(2, 6, 3))
    hs, _ = bidirectional_forward(cell, X, params)
    swapped = {"forward": params["backward"], "backward": params["forward"]}
    mirror, _ = bidirectional_forward(cell, X[:, ::-1], swapped)
    np.testing.assert_allclose(mirror[:, ::-1], np.concatenate([hs[..., 4:], hs[..., :4]], axis=2), rtol=1e-12)
    # The backward half reads the future and only it, the forward half the past.
    X[:, 3] += 1
    moved, _ = bidirectional_forward(cell, X, params)
    assert (moved[:, :3, :4] == hs[:, :3, :4]).all()
    assert (moved[:, 4:, 4:] == hs[:, 4:, 4:]).all()
    assert (moved[:, 3:, :4] != hs[:, 3:, :4]).all()
    assert (moved[:, :4, 4:] != hs[:, :4, 4:]).all()


def test_bidirectional_equals_keras():
    import keras

    rng = np.random.default_rng(4)
    kinds = {"SimpleRNN": rnn, "LSTM": lstm, "GRU": gru}
    X, mask = rng.normal(size=(3, 6, 3)).astype(np.float32), ends(rng, 3, 6)
    mask[0] = True
    for kind, cell in kinds.items():
        layer = keras.layers.Bidirectional(getattr(keras.layers, kind)(4, return_sequences=True))
        layer.build((None, 6, 3))
        params = bidirectional_init(cell, rng, 3, 4)
        keras_bridge.to_keras(layer, params)
        hs, _ = bidirectional_forward(cell, X, params)
        np.testing.assert_allclose(hs, layer(X).numpy(), atol=1e-5)
        hs, _ = bidirectional_forward(cell, X, params, mask)
        theirs = layer(X, mask=keras.ops.convert_to_tensor(mask)).numpy()
        np.testing.assert_allclose(hs[mask], theirs[mask], atol=1e-5)
        back = keras_bridge.from_keras(layer)
        assert all((dict(leaves(back))[name] == a).all() for name, a in leaves(params))


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_stacked_equals_keras(kind):
    import keras

    cell = {"SimpleRNN": rnn, "LSTM": lstm, "GRU": gru}[kind]
    rng = np.random.default_rng(6)
    X, mask = rng.normal(size=(3, 6, 3)).astype(np.float32), rng.random((3, 6)) < 0.6  # holes too
    layers = [getattr(keras.layers, kind)(size, return_sequences=True) for size in (5, 4)]
    model = keras.Sequential([keras.Input((6, 3)), *layers])
    params = {f"layer{n}": keras_bridge.from_keras(layer) for n, layer in enumerate(layers, start=1)}
    hs, _ = stacked_forward(cell, X, params)
    np.testing.assert_allclose(hs, model(X).numpy(), atol=1e-5)
    hs, _ = stacked_forward(cell, X, params, mask)
    theirs = X
    for layer in layers:
        theirs = layer(theirs, mask=keras.ops.convert_to_tensor(mask))
    np.testing.assert_allclose(hs[mask], theirs.numpy()[mask], atol=1e-5)
    assert np.abs(hs[mask] - model(X).numpy()[mask]).max() > 1e-3  # the mask does something


@pytest.mark.parametrize("kind", keras_bridge.NAMES)
def test_weights_go_to_keras_and_come_back(kind):
    import keras

    layer, shape = {
        "SimpleRNN": (keras.layers.SimpleRNN(4), (None, 6, 3)),
        "LSTM": (keras.layers.LSTM(4), (None, 6, 3)),
        "GRU": (keras.layers.GRU(4), (None, 6, 3)),
        "Dense": (keras.layers.Dense(4), (None, 3)),
        "Embedding": (keras.layers.Embedding(7, 3), (None, 6)),
    }[kind]
    layer.build(shape)
    before = keras_bridge.from_keras(layer)
    assert list(before) == list(keras_bridge.NAMES[kind])
    after = {name: array + np.float32(1) for name, array in before.items()}
    keras_bridge.to_keras(layer, after)
    back = keras_bridge.from_keras(layer)
    assert all((back[name] == array).all() for name, array in after.items())
    back[next(iter(back))][:] = 0  # a copy: the layer does not see it
    assert all((weight == array).all() for weight, array in zip(layer.get_weights(), after.values(), strict=True))
    after[next(iter(after))] = np.zeros((2, 2), np.float32)
    with pytest.raises(ValueError, match="shape"):
        keras_bridge.to_keras(layer, after)


def test_bridge_refuses_what_it_does_not_know():
    import keras

    with pytest.raises(TypeError, match="layer is a Conv1D; expected one of SimpleRNN"):
        keras_bridge.from_keras(keras.layers.Conv1D(2, 3))
    with pytest.raises(ValueError, match="Build it first"):
        keras_bridge.from_keras(keras.layers.LSTM(2))


@pytest.mark.parametrize("build", BUILDS)
def test_dtype_stays(cell, build):
    _, forward, backward = BUILDS[build]
    rng = np.random.default_rng(5)
    for dtype in (np.float32, np.float64):
        params = nested({n: a.astype(dtype) for n, a in leaves(BUILDS[build][0](cell, rng))})
        hs, cache = forward(cell, rng.normal(size=(2, 3, 3)).astype(dtype), params)
        dX, grads = backward(hs, cache)
        assert {hs.dtype, dX.dtype, *(g.dtype for _, g in leaves(grads))} == {np.dtype(dtype)}
        with pytest.raises(ShapeError, match="dhs has shape"):
            backward(hs[:, :2], cache)


def full(cell, X, params, r, mask=None):
    out = cell.forward(X, params, None, mask)
    back = cell.backward(r, out[-1])
    return out[0], back[0], back[-1]


@pytest.mark.parametrize("k", [5, 6, 100])
def test_truncation_beyond_the_end_is_full_bptt(cell, k):
    rng = np.random.default_rng(6)
    params, X, r = cell.init(rng, 3, 4, dtype=np.float64), rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 4))
    hs, dX, grads = full(cell, X, params, r)
    hs_k, _, dX_k, grads_k = truncated(cell, X, params, k, lambda hs, steps: r[:, steps])
    np.testing.assert_array_equal(hs_k, hs)
    np.testing.assert_array_equal(dX_k, dX)
    for name in grads:
        np.testing.assert_array_equal(grads_k[name], grads[name])


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_truncated_gradients(cell, k, masked):
    """Each chunk's loss differentiated with its first state held fixed; the states are those of one long run."""
    rng = np.random.default_rng(7)
    B, T = 2, 7
    params, X, r = cell.init(rng, 3, 4, dtype=np.float64), rng.normal(size=(B, T, 3)), rng.normal(size=(B, T, 4))
    mask = ends(rng, B, T) if masked else None
    hs, state, dX, grads = truncated(cell, X, params, k, lambda hs, s: np.cos(hs) * r[:, s], mask=mask)
    whole = cell.forward(X, params, None, mask)
    np.testing.assert_allclose(hs, whole[0], rtol=1e-12)
    np.testing.assert_allclose(state[0] if cell is lstm else state, whole[0][:, -1], rtol=1e-12)

    carried = []  # the state before each chunk, as it is at these parameters
    for start in range(0, T, k):
        if start == 0:
            carried.append(None)
            continue
        out = cell.forward(X[:, :start].copy(), params, None, None if mask is None else mask[:, :start])
        carried.append(tuple(s.copy() for s in out[1]) if cell is lstm else out[0][:, -1].copy())

    def f():
        total = 0.0
        for start, before in zip(range(0, T, k), carried, strict=True):
            s = slice(start, start + k)
            hs = cell.forward(X[:, s], params, before, None if mask is None else mask[:, s])[0]
            total += float((np.sin(hs) * r[:, s]).sum())
        return total

    errors = relative_errors(f, {"X": X, **params}, {"X": dX, **grads})
    assert max(errors.values()) < 1e-7, errors
    _, dX_full, _ = full(cell, X, params, np.cos(whole[0]) * r, mask)
    assert not np.allclose(dX, dX_full)  # something was dropped


def test_truncation_continues_from_its_state_and_steps_between_chunks(cell):
    rng = np.random.default_rng(8)
    params, X = cell.init(rng, 3, 4, dtype=np.float64), rng.normal(size=(2, 6, 3))
    zero = np.zeros((2, 6, 4))
    whole, end, _, _ = truncated(cell, X, params, 2, lambda hs, s: zero[:, s])
    first, state, _, _ = truncated(cell, X[:, :3], params, 2, lambda hs, s: zero[:, s])
    second, last, _, _ = truncated(cell, X[:, 3:], params, 2, lambda hs, s: zero[:, s], state=state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, rtol=1e-12)
    np.testing.assert_allclose(np.asarray(last), np.asarray(end), rtol=1e-12)

    seen = []
    _, _, _, total = truncated(cell, X, params, 4, lambda hs, s: hs, step=lambda g: seen.append(g["W"].copy()))
    assert len(seen) == 2  # 4 steps and the 2 that are left
    np.testing.assert_allclose(sum(seen), total["W"], rtol=1e-12)


def test_truncation_refuses():
    params, X = rnn.init(np.random.default_rng(0), 3, 4), np.ones((2, 6, 3), np.float32)
    for k in (0, -1, 2.5):
        with pytest.raises(ValueError, match="k is .*; expected a whole number"):
            truncated(rnn, X, params, k, lambda hs, s: hs)
    with pytest.raises(ShapeError, match=r"dhs_of\(hs, steps\) has shape"):
        truncated(rnn, X, params, 4, lambda hs, s: hs[:, :1])
    with pytest.raises(ShapeError, match="X has shape"):
        truncated(rnn, X[:, :0], params, 4, lambda hs, s: hs)

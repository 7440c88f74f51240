"""The second thread: the same numbers with it, without it, behind a busy one, and after a fork."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from unrolled.nn import lstm, overlap


def arrays(T, B=8, D=3, G=5, F=4, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"X": (B, T, D), "W": (G, D), "b": (G,), "dZ": (T, G, B), "h": (T, F, B)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.fixture(params=["threads", "none"])
def size(request, monkeypatch):
    monkeypatch.setattr(overlap, "SMALL", 0 if request.param == "threads" else 1 << 60)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("T", [1, 9, 10, 11, 50])
def test_projection_is_ready_when_its_step_is_yielded(T):
    given = arrays(T)
    Xi, Z, steps = overlap.project(given["W"], given["X"], given["b"])
    seen = []
    for t in steps:
        np.testing.assert_array_equal(Xi[t], given["X"][:, t].T)
        np.testing.assert_allclose(Z[t].T, given["X"][:, t] @ given["W"].T + given["b"], rtol=1e-12)
        seen.append(t)
    assert seen == list(range(T))


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("T", [1, 9, 10, 11, 50])
def test_sums_are_those_over_all_steps(T):
    given = arrays(T)
    dZ = np.full_like(given["dZ"], np.nan)  # a chunk summed before it is filled would show
    rows, every, W = slice(1, 4), slice(None), np.asarray(given["W"].T)
    sums = overlap.Sums(dZ, (given["h"], rows), (given["h"], every), W=(W, every))
    seen = []
    for t in sums.backwards():
        dZ[t] = given["dZ"][t]
        seen.append(t)
    assert seen == list(reversed(range(T)))
    np.testing.assert_allclose(sums.products[0], np.einsum("tfb,tgb->fg", given["h"], dZ[:, rows]), rtol=1e-9)
    np.testing.assert_allclose(sums.products[1], np.einsum("tfb,tgb->fg", given["h"], dZ), rtol=1e-9)
    np.testing.assert_allclose(sums.over_batch, dZ.sum(axis=(0, 2)), rtol=1e-9)
    np.testing.assert_allclose(sums.dX, np.einsum("dg,tgb->tdb", W, dZ), rtol=1e-9)


def big_lstm():
    """A cell big enough for the second thread; returns all that its two passes give."""
    rng = np.random.default_rng(1)
    params = lstm.init(rng, 16, 64)
    hs, _, cache = lstm.forward(rng.normal(size=(32, 40, 16)).astype(np.float32), params)
    assert cache[3][0].nbytes >= overlap.SMALL
    dX, _, grads = lstm.backward(np.ones_like(hs), cache)
    return [hs, dX, *grads.values()]


def test_same_bits_whoever_does_the_work(monkeypatch):
    with_thread = big_lstm()
    blocked, released = ThreadPoolExecutor(1), Event()
    blocked.submit(released.wait)  # a second thread that never gets to run
    monkeypatch.setattr(overlap, "_second", blocked)
    without = big_lstm()
    released.set()
    blocked.shutdown()
    for one, other in zip(with_thread, without, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_error_in_the_second_thread_reaches_the_caller(monkeypatch):
    monkeypatch.setattr(overlap, "SMALL", 0)
    given = arrays(30)
    sums = overlap.Sums(given["dZ"], (given["h"][:, :, :2], slice(None)), W=(given["W"].T, slice(None)))
    with pytest.raises(ValueError, match="mismatch"):
        list(sums.backwards())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_a_second_thread_of_its_own():
    expected = big_lstm()
    child = os.fork()
    if child == 0:
        same = all((one == other).all() for one, other in zip(expected, big_lstm(), strict=True))
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0

"""A kept buffer is lent again only when nobody holds a view of it."""

import numpy as np
import pytest

from unrolled.nn import lstm, pool

SHAPE = (50, 64, 64)


@pytest.fixture(autouse=True)
def fresh():
    pool.clear()
    yield
    pool.clear()


def address(array):
    return array.__array_interface__["data"][0]


def test_an_idle_buffer_is_lent_again_whatever_its_shape():
    first = pool.empty(SHAPE, np.float32)
    where = address(first)
    del first
    assert address(pool.empty((64, 50, 64), np.float32)) == where


def test_a_buffer_in_use_is_never_lent():
    held = [pool.empty(SHAPE, np.float32) for _ in range(3)]
    assert len({address(array) for array in held}) == 3


def test_a_view_of_a_view_keeps_its_buffer():
    corner = pool.empty(SHAPE, np.float32).transpose(2, 0, 1)[1:, 3]
    corner[...] = 7
    pool.empty(SHAPE, np.float32)[...] = 0
    assert (corner == 7).all()


def test_states_of_an_earlier_run_survive_later_ones():
    rng = np.random.default_rng(0)
    X, params = rng.normal(size=(64, 50, 32)).astype(np.float32), lstm.init(rng, 32, 64)
    hs, _, cache = lstm.forward(X, params)
    kept, dhs = hs.copy(), np.ones_like(hs)
    grads = lstm.backward(dhs, cache)[-1]
    for _ in range(3):
        out = lstm.forward(X[::-1] + 1, params)
        lstm.backward(dhs, out[-1])
    np.testing.assert_array_equal(hs, kept)
    for one, other in zip(grads.values(), lstm.backward(dhs, cache)[-1].values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_small_arrays_are_plain():
    assert pool.empty((3, 4), np.float64).shape == (3, 4)

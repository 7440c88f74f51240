"""A cell's products run on one BLAS thread, and the caller's setting comes back."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from unrolled.nn import gru, lstm, rnn, threads


def blas_threads():
    """Of the libraries that the engine found; one that another test loads later, SciPy's own, multiplies nothing here."""
    return {pool["num_threads"] for pool in threads._controller().info() if pool["user_api"] == "blas"}


@pytest.mark.parametrize("cell", [rnn, lstm, gru])
def test_forward_and_backward_use_one_thread(cell, monkeypatch):
    seen = []

    def watched(name):
        original = getattr(cell, name)

        def wrapped(*args, **kwargs):
            seen.append(blas_threads())
            return original(*args, **kwargs)

        monkeypatch.setattr(cell, name, wrapped)

    watched("project")
    watched("Sums")
    rng = np.random.default_rng(0)
    with threadpool_limits(2, user_api="blas"):
        hs, *_, cache = cell.forward(rng.normal(size=(2, 3, 4)), cell.init(rng, 4, 5))
        cell.backward(np.ones_like(hs), cache)
        assert blas_threads() == {2}
    assert seen == [{1}, {1}]

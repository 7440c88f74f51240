"""The interval covers what it should, and widens when neighbours depend on each other."""

import numpy as np
import pytest

from unrolled.evaluate import block_bootstrap


def ar1(rng, phi, T=400):
    x = np.zeros(T)
    for t in range(1, T):
        x[t] = phi * x[t - 1] + rng.normal()
    return x


@pytest.mark.parametrize(("phi", "block"), [(0.0, 1), (0.7, 25)])
def test_coverage_is_near_its_level(phi, block):
    rng = np.random.default_rng(1)
    inside = [low <= 0 <= high for low, high in (block_bootstrap(ar1(rng, phi), block, draws=400) for _ in range(200))]
    assert 0.85 <= np.mean(inside) <= 0.99


def test_single_steps_are_too_sure_of_a_dependent_series():
    rng = np.random.default_rng(2)
    inside = [low <= 0 <= high for low, high in (block_bootstrap(ar1(rng, 0.9), 1, draws=400) for _ in range(100))]
    assert np.mean(inside) < 0.7


def test_a_series_too_short_is_refused():
    with pytest.raises(ValueError, match="needs one series of 56"):
        block_bootstrap(np.zeros(50), 28)

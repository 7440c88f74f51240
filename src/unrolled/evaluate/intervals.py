"""How far a mean over time may be luck."""

import numpy as np


def block_bootstrap(
    series: np.ndarray, block: int, *, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Return a confidence interval for the mean of a series whose neighbours depend on each other.

    Whole blocks of consecutive steps are drawn with replacement, so that what neighbours share stays together
    (moving blocks; Künsch 1989, doi:10.1214/aos/1176347265).

    Args:
        series: (T,), for example the daily difference of two models' absolute errors.
        block: steps in a block; longer than neighbours remember each other.
        level: the interval's coverage.
        draws: bootstrap samples.
        seed: decides the draws.

    Raises:
        ValueError: the series is not longer than two blocks.
    """
    series = np.asarray(series, dtype=float)
    if series.ndim != 1 or len(series) < 2 * block:
        raise ValueError(
            f"a bootstrap in blocks of {block} needs one series of {2 * block} steps or more; got {series.shape}."
        )
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, len(series) - block + 1, size=(draws, -(-len(series) // block)))
    samples = series[(starts[..., None] + np.arange(block)).reshape(draws, -1)[:, : len(series)]]
    tail = (1 - level) / 2
    low, high = np.quantile(samples.mean(axis=1), [tail, 1 - tail])
    return float(low), float(high)

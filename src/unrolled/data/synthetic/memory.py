"""Tasks that ask what was seen some steps ago."""

import numpy as np

from unrolled.data.synthetic.task import Seed, Task, expect_delay, expect_sizes


def recall(rng: Seed, B: int, T: int, delay: int, symbols: int = 8) -> Task:
    """Name the one symbol that was shown, `delay` steps later, at the end of the sequence.

    All other steps are blank. A window that reaches back fewer than `delay` steps sees blanks only.

    Returns:
        X (B, T) tokens: 0 to symbols - 1, and the blank, `symbols`; y (B,) the symbol. Baseline, accuracy: 1 / symbols.

    Raises:
        ValueError: the delay does not fit into T steps, or a size is no whole number of 1 or more.
    """
    expect_sizes(B=B, symbols=symbols)
    expect_delay(delay, T)
    y = np.random.default_rng(rng).integers(0, symbols, B, dtype=np.int32)
    X = np.full((B, T), symbols, np.int32)
    X[:, T - 1 - delay] = y
    return Task(X=X, y=y, baseline=1 / symbols, baseline_name="chance")


def echo(rng: Seed, B: int, T: int, delay: int) -> Task:
    """Repeat, at every step, the bit of `delay` steps ago (after Jaeger 2001).

    Returns:
        X (B, T, 1) zeros and ones; y (B, T) with y[:, t] = X[:, t - delay]; the mask is False at the first `delay`
        steps. Baseline, accuracy: 1 / 2.

    Raises:
        ValueError: the delay does not fit into T steps, or a size is no whole number of 1 or more.
    """
    expect_sizes(B=B)
    expect_delay(delay, T)
    bits = np.random.default_rng(rng).integers(0, 2, (B, T), dtype=np.int32)
    y = np.zeros_like(bits)
    y[:, delay:] = bits[:, : T - delay]
    mask = np.broadcast_to(np.arange(T) >= delay, (B, T)).copy()
    return Task(X=bits[..., None].astype(np.float32), y=y, mask=mask, baseline=1 / 2, baseline_name="chance")


def latch(rng: Seed, B: int, T: int, noise: float = 0.1) -> Task:
    """Tell at the end which bit came first, after T - 1 steps of noise (after Bengio, Simard and Frasconi 1994).

    Returns:
        X (B, T, 1): first -1 or 1, then normal numbers with standard deviation `noise`; y (B,) 0 for -1, 1 for 1.
        Baseline, accuracy: 1 / 2.

    Raises:
        ValueError: a size is no whole number of 1 or more, or the noise is below 0.
    """
    expect_sizes(B=B, T=T)
    if not noise >= 0:
        raise ValueError(f"noise is {noise}; expected a standard deviation, 0 or more.")
    rng = np.random.default_rng(rng)
    y = rng.integers(0, 2, B, dtype=np.int32)
    X = rng.standard_normal((B, T, 1), np.float32)
    X *= np.float32(noise)
    X[:, 0, 0] = 2 * y - 1
    return Task(X=X, y=y, baseline=1 / 2, baseline_name="chance")


def temporal_order(rng: Seed, B: int, T: int) -> Task:
    """Tell in which order two symbols came, far apart among distractors (Hochreiter and Schmidhuber 1997, task 6a).

    One of two symbols stands somewhere in the second tenth of the sequence, one of the same two in the sixth tenth.

    Returns:
        X (B, T) tokens: distractors 0 to 3, symbols 4 and 5; y (B,): 0, 1, 2, 3 for 4-4, 4-5, 5-4, 5-5.
        Baseline, accuracy: 1 / 4.

    Raises:
        ValueError: B is no whole number of 1 or more, or T none of 10 or more.
    """
    expect_sizes(B=B)
    expect_sizes(10, T=T)
    rng, rows = np.random.default_rng(rng), np.arange(B)
    X = rng.integers(0, 4, (B, T), dtype=np.int32)
    y = rng.integers(0, 4, B, dtype=np.int32)
    X[rows, rng.integers(T // 10, 2 * T // 10, B)] = 4 + y // 2
    X[rows, rng.integers(5 * T // 10, 6 * T // 10, B)] = 4 + y % 2
    return Task(X=X, y=y, baseline=1 / 4, baseline_name="chance")


def adding(rng: Seed, B: int, T: int) -> Task:
    """Add the two marked ones of T numbers (Hochreiter and Schmidhuber 1997; in this form Le, Jaitly and Hinton 2015).

    Returns:
        X (B, T, 2): a number from 0 to 1, and a mark, 1 at one step of the first half and one of the second, else 0;
        y (B, 1): the sum of the two. Baseline, mean squared error of always saying 1: twice the variance of a number,
        2 / 12 = 0.1667.

    Raises:
        ValueError: B is no whole number of 1 or more, or T none of 2 or more.
    """
    expect_sizes(B=B)
    expect_sizes(2, T=T)
    rng, rows = np.random.default_rng(rng), np.arange(B)
    first, second = rng.integers(0, T // 2, B), rng.integers(T // 2, T, B)
    X = np.zeros((B, T, 2), np.float32)
    X[..., 0] = rng.random((B, T), np.float32)
    X[rows, first, 1] = X[rows, second, 1] = 1
    y = X[rows, first, :1] + X[rows, second, :1]
    return Task(X=X, y=y, baseline=2 / 12, baseline_name="always the mean, 1")


def copying(rng: Seed, B: int, length: int, blanks: int, symbols: int = 8) -> Task:
    """Write down a string after a pause, when the delimiter asks (as in Arjovsky, Shah and Bengio 2016).

    Time runs through `length` symbols, `blanks` blanks, one delimiter, and `length` blanks, in which the answer is due.

    Returns:
        X (B, T) tokens, T = 2 * length + blanks + 1: symbols 0 to symbols - 1, blank `symbols`, delimiter symbols + 1;
        y (B, T) tokens: blank, and the string in the last `length` steps. Baseline, cross entropy per step of one who
        knows when to answer, but not what: length * ln(symbols) / T.

    Raises:
        ValueError: a size is no whole number of 1 or more; there may be 0 blanks.
    """
    expect_sizes(B=B, length=length, symbols=symbols)
    expect_sizes(0, blanks=blanks)
    T = 2 * length + blanks + 1
    string = np.random.default_rng(rng).integers(0, symbols, (B, length), dtype=np.int32)
    X, y = np.full((2, B, T), symbols, np.int32)
    X[:, :length] = y[:, T - length :] = string
    X[:, length + blanks] = symbols + 1
    return Task(X=X, y=y, baseline=length * float(np.log(symbols)) / T, baseline_name="right time, any symbol")


def key_value(rng: Seed, B: int, pairs: int, keys: int = 16, values: int = 16) -> Task:
    """Look up the value that was shown with a key (associative recall, after Ba et al. 2016).

    Returns:
        X (B, 2 * pairs + 1) tokens: key, value, key, value ..., and at last one of those keys again. Keys are
        0 to keys - 1 and differ within a row; values are `keys` to keys + values - 1. y (B,): the value asked for, from
        0 to values - 1. Baseline, accuracy of naming one of the values shown: 1 / pairs + (1 - 1 / pairs) / values.

    Raises:
        ValueError: a size is no whole number of 1 or more, or there are more pairs than keys.
    """
    expect_sizes(B=B, pairs=pairs, keys=keys, values=values)
    if pairs > keys:
        raise ValueError(f"pairs is {pairs}, but there are {keys} keys; expected {keys} or less: a row's keys differ.")
    rng, rows = np.random.default_rng(rng), np.arange(B)
    X = np.empty((B, 2 * pairs + 1), np.int32)
    X[:, 0:-1:2] = rng.random((B, keys), np.float32).argsort(axis=1)[:, :pairs]
    X[:, 1::2] = rng.integers(keys, keys + values, (B, pairs))
    asked = 2 * rng.integers(0, pairs, B)
    X[:, -1] = X[rows, asked]
    y = X[rows, asked + 1] - np.int32(keys)
    return Task(X=X, y=y, baseline=1 / pairs + (1 - 1 / pairs) / values, baseline_name="a value shown")

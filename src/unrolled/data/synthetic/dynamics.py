"""Motion: thrown balls, and two systems whose future cannot be foretold for long."""

from collections.abc import Callable

import numpy as np

from unrolled.data.synthetic.task import Seed, Task, expect_sizes

# Lorenz' largest Lyapunov exponent: nearby states part like exp(0.9056 t) (Viswanath 1998; Sprott 2003).
LORENZ_LYAPUNOV = 0.9056
# The same for Mackey and Glass' equation with tau = 17, measured on `mackey_glass_from` (tests/data/test_synthetic.py).
MACKEY_GLASS_LYAPUNOV = 0.0051


def throws(rng: Seed, B: int, T: int, noise: float = 0.002) -> Task:
    """Foretell where a thrown ball will be in the next frame: each ball has a start, a speed and a pull of its own.

    Returns:
        X (B, T, 2): its position in T frames, x and y, seen with normal errors of standard deviation `noise`; y (B, 2):
        the next one. Baseline, mean absolute error of persistence, noise left out. A ball moves by u + v, both uniform,
        up to a = 0.1 (speed) and b = 0.02 (T - 1/2) (pull): the mean of |u + v| is a / 2 + b^2 / (6 a), the larger of
        them as a.

    Raises:
        ValueError: a size is no whole number of 1 or more, or the noise is below 0.
    """
    expect_sizes(B=B, T=T)
    if not noise >= 0:
        raise ValueError(f"noise is {noise}; expected a standard deviation, 0 or more.")
    rng, t = np.random.default_rng(rng), np.arange(T + 1)[None, :, None]
    start, speed, pull = (rng.uniform(-s, s, (B, 1, 2)) for s in (1.0, 0.1, 0.02))
    frames = start + speed * t + pull * t**2 / 2 + rng.normal(0, noise, (B, T + 1, 2))
    b, a = sorted((0.1, 0.02 * (T - 0.5)))
    X, y = frames[:, :-1].astype(np.float32), frames[:, -1].astype(np.float32)
    return Task(X=X, y=y, baseline=a / 2 + b**2 / (6 * a), baseline_name="persistence")


def rk4(slope: Callable[[np.ndarray], np.ndarray], start: np.ndarray, T: int, dt: float) -> np.ndarray:
    """Return (T, *start.shape) float64: T states, dt apart, by the classical Runge-Kutta method of order 4.

    Args:
        slope: dx/dt of a state.
        start: the first state, any shape.
        T: how many states.
        dt: the time between two; halving it divides the error by about 16.
    """
    x = np.array(start, float)
    states = np.empty((T, *x.shape))
    for t in range(T):
        states[t] = x
        k1 = slope(x)
        k2 = slope(x + dt / 2 * k1)
        k3 = slope(x + dt / 2 * k2)
        k4 = slope(x + dt * k3)
        x = x + dt / 6 * (k1 + 2 * (k2 + k3) + k4)
    return states


def lorenz_slope(state: np.ndarray) -> np.ndarray:
    """Return dx/dt, dy/dt, dz/dt (3, ...) of states (3, ...), with sigma = 10, rho = 28, beta = 8/3 (Lorenz 1963)."""
    x, y, z = state
    return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])


def lorenz(rng: Seed, B: int, T: int, dt: float = 0.02) -> np.ndarray:
    """Return X (B, T, 3) float32: B trajectories of Lorenz' convection (1963), x, y and z, `dt` apart.

    They start anywhere, and what came before they had settled, 10 units of time, is left out. Errors grow
    like exp(LORENZ_LYAPUNOV * t). For a baseline, standardise: always forecasting the mean then has a mean squared error
    of 1.

    Raises:
        ValueError: a size is no whole number of 1 or more, or dt is not above 0 and at most 0.05, where the method
            breaks down.
    """
    expect_sizes(B=B, T=T)
    if not 0 < dt <= 0.05:
        raise ValueError(f"dt is {dt}; expected a number above 0, at most 0.05.")
    start = np.random.default_rng(rng).normal(0, 10, (3, B)) + np.array([[0], [0], [25]])
    settled = rk4(lorenz_slope, start, round(10 / dt), dt)[-1]
    return np.ascontiguousarray(rk4(lorenz_slope, settled, T, dt).transpose(2, 0, 1), np.float32)


def mackey_glass(rng: Seed, B: int, T: int, tau: int = 17) -> np.ndarray:
    """Return X (B, T, 1) float32: B series of Mackey and Glass' blood-cell equation (1977), one value a unit of time.

    Each starts from a constant past of its own, 0.5 to 1.5, and its first 300 units of time are left out. With tau = 17
    it is weakly chaotic: errors grow like exp(MACKEY_GLASS_LYAPUNOV * t). For a baseline, standardise: always
    forecasting the mean then has a mean squared error of 1.

    Raises:
        ValueError: a size is no whole number of 1 or more.
    """
    expect_sizes(B=B, T=T, tau=tau)
    past = np.random.default_rng(rng).uniform(0.5, 1.5, B)
    return mackey_glass_from(past, 300 + T, tau)[:, 300:, None].astype(np.float32)


def mackey_glass_from(past: np.ndarray, T: int, tau: int = 17, steps: int = 4) -> np.ndarray:
    """Return (B, T) float64: x at times 0, 1, 2 ... of dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t).

    By Runge-Kutta of order 4; half-way between two known values, x(t - tau) is taken from the cubic through them and
    their slopes, which is of the same order.

    Args:
        past: (B,), the constant that x was up to time 0. A past of 1 stays 1.
        T: how many values.
        tau: the delay.
        steps: steps of the method in one unit of time; with 4, it errs by 1e-7 in 100 units.

    Raises:
        ValueError: a size is no whole number of 1 or more, or past is not (B,).
    """
    expect_sizes(T=T, tau=tau, steps=steps)
    past = np.asarray(past, float)
    if past.ndim != 1:
        raise ValueError(f"past has shape {past.shape}; expected (B,).")
    h, lag, end = 1 / steps, tau * steps, (T - 1) * steps
    x = np.empty((lag + end + 1, len(past)))
    x[: lag + 1] = past
    slope = np.zeros_like(x)
    # Looking tau back, a stretch of length tau needs only what is known. What is left is linear in x and in the three
    # values of growth that a step meets, so four numbers say what a step does.
    decay, first, middle, last = (_step(*unit, h) for unit in np.eye(4))
    for begin in range(lag, lag + end, lag):
        stop = min(begin + lag, lag + end)
        known, known_slope = x[begin - lag : stop - lag + 1], slope[begin - lag : stop - lag + 1]
        half_way = (known[:-1] + known[1:]) / 2 + h / 8 * (known_slope[:-1] - known_slope[1:])
        growth = _growth(known)
        gain = first * growth[:-1] + middle * _growth(half_way) + last * growth[1:]
        for t in range(begin, stop):
            x[t + 1] = decay * x[t] + gain[t - begin]
        slope[begin : stop + 1] = growth - 0.1 * x[begin : stop + 1]
    return x[lag::steps].T.copy()


def _growth(x: np.ndarray) -> np.ndarray:
    square = x * x
    return 0.2 * x / (1 + square * (square * square) ** 2)  # x^10 by products: ten times faster than the power


def _step(x: float, first: float, middle: float, last: float, h: float) -> float:
    """One Runge-Kutta step of dx/dt = growth - 0.1 x, the growth given at its beginning, middle and end."""
    k1 = first - 0.1 * x
    k2 = middle - 0.1 * (x + h / 2 * k1)
    k3 = middle - 0.1 * (x + h / 2 * k2)
    k4 = last - 0.1 * (x + h * k3)
    return x + h / 6 * (k1 + 2 * (k2 + k3) + k4)

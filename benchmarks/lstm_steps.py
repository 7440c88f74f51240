"""What each step of optimisation brings to the LSTM's forward pass: python benchmarks/lstm_steps.py

Every variant computes the same states (checked); each adds one idea to the one before it. Times are medians of
interleaved runs in one process, one BLAS thread unless said. Not every idea pays by itself: on the machine of README.md the
projection and the single tanh only do once the features stand first and nothing is allocated.
"""

import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from unrolled.nn import lstm

B, T, D, H = 64, 50, 32, 64
RUNS = 30


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The textbook formula."""
    return 1 / (1 + np.exp(-z))


def textbook(X: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The equations as they stand: a product with W and one with U in every step."""
    h, c, hs = np.zeros((B, H), X.dtype), np.zeros((B, H), X.dtype), []
    for t in range(T):
        i, f, g, o = np.split(X[:, t] @ W + h @ U + b, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        hs.append(h)
    return np.stack(hs, axis=1)


def projected(X: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    """One product with W for all steps, time first."""
    Z = X.transpose(1, 0, 2) @ W + b
    h, c, hs = np.zeros((B, H), X.dtype), np.zeros((B, H), X.dtype), np.empty((T, B, H), X.dtype)
    for t in range(T):
        i, f, g, o = np.split(Z[t] + h @ U, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = hs[t] = sigmoid(o) * np.tanh(c)
    return hs.transpose(1, 0, 2)


def one_tanh(X: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    """sigma(z) = (1 + tanh(z / 2)) / 2: one tanh for all four gates."""
    half = np.repeat(np.array([0.5, 0.5, 1, 0.5], X.dtype), H)
    Z, U = X.transpose(1, 0, 2) @ (W * half) + b * half, U * half
    h, c, hs = np.zeros((B, H), X.dtype), np.zeros((B, H), X.dtype), np.empty((T, B, H), X.dtype)
    for t in range(T):
        i, f, g, o = np.split(np.tanh(Z[t] + h @ U), 4, axis=1)
        c = (0.5 * f + 0.5) * c + (0.5 * i + 0.5) * g
        h = hs[t] = (0.5 * o + 0.5) * np.tanh(c)
    return hs.transpose(1, 0, 2)


def engine(X: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Features first, gates as blocks, everything in place: unrolled.nn.lstm."""
    return lstm.forward(X, {"W": W, "U": U, "b": b})[0]


def timed(run: Callable[[], np.ndarray], threads: int) -> float:
    """Milliseconds of one run."""
    with threadpool_limits(threads, "blas"):
        started = time.perf_counter()
        run()
        return 1000 * (time.perf_counter() - started)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    params = lstm.init(rng, D, H)
    arguments = (rng.normal(size=(B, T, D)).astype(np.float32), *(params[name] for name in "WUb"))
    variants = {
        "the equations as they stand": (textbook, 1),
        "+ one product with W for all steps": (projected, 1),
        "+ one tanh for all gates": (one_tanh, 1),
        "+ features first, in place (the engine)": (engine, 1),
        "the engine with two BLAS threads": (engine, 2),
    }
    want = textbook(*arguments)
    for variant, _ in variants.values():
        np.testing.assert_allclose(variant(*arguments), want, atol=1e-5)
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(RUNS):
        for name, (variant, threads) in variants.items():
            times[name].append(timed(lambda variant=variant: variant(*arguments), threads))
    first = np.median(times["the equations as they stand"])
    print(
        f"LSTM forward, B={B}, T={T}, D={D}, H={H}, float32, median of {RUNS}\n\n| variant | ms | times as fast |\n|---|---|---|"
    )
    for name, values in times.items():
        print(f"| {name} | {np.median(values):.2f} | {first / np.median(values):.1f} |")


if __name__ == "__main__":
    main()

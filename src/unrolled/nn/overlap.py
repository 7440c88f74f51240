"""Work that no step waits for, done by a second thread while the first goes through time.

The steps of a recurrent net must follow one another. Two kinds of products need not: those that bring the inputs of
all steps to the gates, and those that sum the weights' gradients over all steps. They are done some steps at a time in
a second thread. NumPy lets go of Python's lock inside a product, so on two cores both threads run at once.

The order of all sums is fixed: the same inputs give the same bits, with one core or two.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from unrolled.nn import pool

STEPS = 10  # steps in a chunk: fewer cost more meetings, more leave less to overlap
SMALL = 1 << 15  # bytes of one step's gates; below this the threads lose more by meeting than they gain


def _start() -> None:
    global _second
    _second = ThreadPoolExecutor(1, "unrolled")


_second: ThreadPoolExecutor
_start()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start)  # a fork copies the executor and not its thread


class _Task:
    """A call for the second thread; whoever needs its result first makes the call.

    So a second thread that the system does not let run, on one core or a busy machine, holds nobody up.
    """

    def __init__(self, call: Callable, steps: slice, *, worth: bool) -> None:
        self.call, self.steps = call, steps
        self.future = _second.submit(call, steps) if worth else None

    def result(self) -> Any:
        if self.future is None or self.future.cancel():  # it had not begun
            return self.call(self.steps)
        return self.future.result()


def _chunks(T: int) -> list[slice]:
    return [slice(start, min(start + STEPS, T)) for start in range(0, T, STEPS)]


def project(W: np.ndarray, X: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, Iterator[int]]:
    """The inputs' part of every step's gates: W x_t + b.

    Args:
        W: (G, D).
        X: (B, T, D).
        b: (G,).

    Returns:
        X as (T, D, B); the gates (T, G, B); and the steps 0 ... T-1, each ready in both arrays once it is yielded.
    """
    B, T, D = X.shape
    Xi, Z = pool.empty((T, D, B), X.dtype), pool.empty((T, len(W), B), X.dtype)

    def fill(steps: slice) -> None:
        np.copyto(Xi[steps], X[:, steps].transpose(1, 2, 0))
        np.matmul(W, Xi[steps], out=Z[steps])
        Z[steps] += b[:, None]

    # The first chunk is needed at once: no task for it.
    tasks = [_Task(fill, steps, worth=Z[0].nbytes >= SMALL and steps.start > 0) for steps in _chunks(T)]

    def ready() -> Iterator[int]:
        for task in tasks:
            task.result()
            yield from range(task.steps.start, task.steps.stop)

    return Xi, Z, ready()


class Sums:
    """Gradients summed over the steps of a backward pass, while it goes on.

    For dZ (T, G, B), the gradients of the gates, and each input a (T, F, B) with the rows of dZ that it reaches, the
    sum over t of a_t dZ_t[rows]', (F, rows).

    Args:
        dZ: filled by the caller, one step at a time from the last.
        inputs: pairs of an input and its rows.
        W: (D, rows) and those rows, for the gradient of X at every step.
    """

    def __init__(self, dZ: np.ndarray, *inputs: tuple[np.ndarray, slice], W: tuple[np.ndarray, slice]) -> None:
        self.dZ, self.inputs, (self.W, self.rows) = dZ, inputs, W
        self.dX = pool.empty((len(dZ), len(self.W), dZ.shape[2]), dZ.dtype)
        self.products: list[np.ndarray] = []
        self.over_batch = np.zeros(dZ.shape[1], dZ.dtype)

    def backwards(self) -> Iterator[int]:
        """Yield T-1 ... 0; the sums over a chunk begin once the caller is done with its first step."""
        tasks = []
        for steps in reversed(_chunks(len(self.dZ))):
            yield from reversed(range(steps.start, steps.stop))
            tasks.append(_Task(self._part, steps, worth=self.dZ[0].nbytes >= SMALL))
        # This thread takes the youngest tasks while the other works through the oldest.
        parts = [task.result() for task in reversed(tasks)]
        self.over_batch, *self.products = (sum(same) for same in zip(*parts, strict=True))

    def _part(self, steps: slice) -> list[np.ndarray]:
        np.matmul(self.W, self.dZ[steps, self.rows], out=self.dX[steps])
        right = _flat(self.dZ[steps])
        return [right.sum(axis=1), *(_flat(a[steps]) @ right[rows].T for a, rows in self.inputs)]


def _flat(a: np.ndarray) -> np.ndarray:
    """(T, F, B) to (F, T B), a copy."""
    return pool.copied(a.transpose(1, 0, 2)).reshape(a.shape[1], -1)

"""Made-up tasks, each with the score that needs no learning beside it.

A task is a function of a generator (or a seed) and of sizes; the same seed gives the same bytes. It returns a `Task`.
What is chaotic, Lorenz and Mackey-Glass, comes as a plain array (B, T, D), to be cut into windows.

Inputs are float32 (B, T, D), or tokens, int32 (B, T), for an embedding layer; `np.eye(V, dtype=np.float32)[X]` makes
tokens one-hot.
"""

from unrolled.data.synthetic.dynamics import (
    LORENZ_LYAPUNOV,
    MACKEY_GLASS_LYAPUNOV,
    lorenz,
    lorenz_slope,
    mackey_glass,
    mackey_glass_from,
    rk4,
    throws,
)
from unrolled.data.synthetic.memory import adding, copying, echo, key_value, latch, recall, temporal_order
from unrolled.data.synthetic.structure import (
    ALPHABET,
    Counting,
    Expressions,
    anbn,
    expression_values,
    expressions,
    parity,
    reversal,
    tags,
)
from unrolled.data.synthetic.task import Task

__all__ = [
    "ALPHABET",
    "LORENZ_LYAPUNOV",
    "MACKEY_GLASS_LYAPUNOV",
    "Counting",
    "Expressions",
    "Task",
    "adding",
    "anbn",
    "copying",
    "echo",
    "expression_values",
    "expressions",
    "key_value",
    "latch",
    "lorenz",
    "lorenz_slope",
    "mackey_glass",
    "mackey_glass_from",
    "parity",
    "recall",
    "reversal",
    "rk4",
    "tags",
    "temporal_order",
    "throws",
]

"""One BLAS thread for small products.

A step of a recurrent net multiplies matrices of a few dozen rows. Two BLAS threads on such a product spend more time
meeting each other than multiplying, and on a loaded machine they wait for each other: ten times slower was seen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the loaded libraries, which takes longer than a small product


@contextmanager
def capped() -> Iterator[None]:
    """Let BLAS use one thread inside this block, or inside a function it decorates; afterwards what it had before."""
    with _controller().limit(limits=1, user_api="blas"):
        yield

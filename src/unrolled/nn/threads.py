"""One BLAS thread for small products.

A step of a recurrent net multiplies matrices of a few dozen rows. Two BLAS threads on such a product spend more time
meeting each other than multiplying, and on a loaded machine they wait for each other: ten times slower was seen.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def capped() -> Iterator[None]:
    """Let BLAS use one thread inside this block, and what it had before after it."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield

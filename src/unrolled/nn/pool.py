"""Big arrays, taken from memory that is already there.

A training step needs the same few arrays of megabytes again and again. Given back to the system after every step and asked
for anew, their pages must be mapped and zeroed each time; for an LSTM that cost half of the step. So buffers are kept,
and lent again once nobody holds a view of them: an array that is still in use, as a state, in a cache or by the
caller, is never lent twice.
"""

import sys
from threading import Lock

import numpy as np

SMALL = 1 << 16  # bytes; below this the allocator itself keeps memory at hand
_buffers: dict[int, list[np.ndarray]] = {}
_lock = Lock()


def _idle_count() -> int:
    """How often Python counts a buffer that only a list holds, seen from a loop over that list."""
    for buffer in [np.empty(1)]:
        return sys.getrefcount(buffer)
    raise AssertionError


def empty(shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
    """Like np.empty: an uninitialised array, from a kept buffer if one of its size is idle."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    if size < SMALL:
        return np.empty(shape, dtype)
    with _lock:
        kept, idle = _buffers.setdefault(size, []), _idle_count()
        for buffer in kept:
            if sys.getrefcount(buffer) <= idle:
                return buffer.view(dtype).reshape(shape)
        kept.append(np.empty(size, np.uint8))
        return kept[-1].view(dtype).reshape(shape)


def empty_like(array: np.ndarray) -> np.ndarray:
    """Like np.empty_like, C-contiguous, from the pool."""
    return empty(array.shape, array.dtype)


def copied(array: np.ndarray) -> np.ndarray:
    """A C-contiguous copy in an array from the pool."""
    out = empty_like(array)
    np.copyto(out, array)
    return out


def clear() -> None:
    """Give all idle memory back to the system."""
    with _lock:
        _buffers.clear()

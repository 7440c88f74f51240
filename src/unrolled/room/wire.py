"""Values between the two rooms: JSON with arrays as typed bytes. Nothing that is read can run anything.

What a learner's function returns may be any object. Numbers, text, arrays and what is made of them cross as they are;
everything else crosses as its type's name, an `Unknown`.
"""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 20
MAX_BYTES = 16_000_000  # of all arrays in one value; a range counts as the array it stands for
KINDS = "biufc"  # numpy's letters for booleans, integers and floating point


class WireError(ValueError):
    """A value too deep or too large to cross, or bytes that are no such value."""


@dataclass(frozen=True)
class Unknown:
    """What stands for an object that cannot cross: the name of its type."""

    type_name: str


def pack(value: Any) -> Any:
    """Return `value` as JSON data.

    Raises:
        WireError: nested deeper than 20 levels, or more than 16 MB of arrays.
    """
    return _pack(value, MAX_DEPTH, [MAX_BYTES])


def unpack(plain: Any) -> Any:
    """Return the value that `pack` made `plain` from.

    Raises:
        WireError: `plain` was not made by `pack`.
    """
    try:
        return _unpack(plain, MAX_DEPTH, [MAX_BYTES])
    except WireError:
        raise
    except Exception as error:  # libraries read what a stranger wrote; which errors they know is theirs to change
        raise WireError(f"not a packed value ({type(error).__name__})") from None


def _pack(value: Any, depth: int, room: list[int]) -> Any:
    if depth == 0:
        raise WireError(f"nested deeper than {MAX_DEPTH} levels")
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        return {"int": hex(value)}
    if kind is float:
        return {"float": value.hex()}
    if kind in (list, tuple):
        return {kind.__name__: [_pack(item, depth - 1, room) for item in value]}
    if kind is range:
        _charge_range(value, room)
    if kind in (slice, range):
        return {kind.__name__: [_pack(part, depth - 1, room) for part in (value.start, value.stop, value.step)]}
    if isinstance(value, Mapping):
        return {"dict": [[_pack(key, depth - 1, room), _pack(item, depth - 1, room)] for key, item in value.items()]}
    if hasattr(value, "__array__"):  # arrays, NumPy's scalars, tensors
        return _pack_array(value, room)
    return {"unknown": kind.__name__}


def _pack_array(value: Any, room: list[int]) -> dict:
    array = np.asarray(value)
    if array.dtype.kind not in KINDS:
        return {"unknown": f"{type(value).__name__} of {array.dtype}"}
    if array.itemsize > 8 and array.dtype.kind == "f":
        array = array.astype(float)  # extended precision differs between machines
    _charge(array.nbytes, room)
    return {
        "array": base64.b64encode(array.tobytes()).decode("ascii"),
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "scalar": isinstance(value, np.generic),
    }


def _charge(size: int, room: list[int]) -> None:
    room[0] -= size
    if room[0] < 0:
        raise WireError(f"more than {MAX_BYTES // 1_000_000} MB of numbers")


def _charge_range(value: range, room: list[int]) -> None:
    _charge(MAX_BYTES + 1 if value[MAX_BYTES:] else 8 * len(value), room)  # some ranges are too long to have a len


def _unpack(plain: Any, depth: int, room: list[int]) -> Any:
    if depth == 0:
        raise WireError(f"nested deeper than {MAX_DEPTH} levels")
    if plain is None or isinstance(plain, bool | str):
        return plain
    if "array" in plain:
        return _unpack_array(plain, room)
    ((kind, content),) = plain.items()
    if kind == "int":
        return int(content, 16)
    if kind == "float":
        return float.fromhex(content)
    if kind == "unknown":
        return Unknown(str(content)[:100])
    if not isinstance(content, list):
        raise WireError(f"{kind!r:.40} holds no list")
    if kind == "dict":
        return {_unpack(key, depth - 1, room): _unpack(item, depth - 1, room) for key, item in content}
    parts = [_unpack(part, depth - 1, room) for part in content]
    if kind == "range":
        _charge_range(range(*parts), room)
    if kind in ("list", "tuple"):
        return parts if kind == "list" else tuple(parts)
    if kind in ("slice", "range"):
        start, stop, step = parts
        return (slice if kind == "slice" else range)(start, stop, step)
    raise WireError(f"no such kind of value: {kind!r:.40}")


def _unpack_array(plain: Mapping[str, Any], room: list[int]) -> Any:
    dtype = np.dtype(str(plain["dtype"]))
    if dtype.kind not in KINDS:
        raise WireError(f"arrays of {dtype} do not cross")
    shape = [int(length) for length in plain["shape"]]
    if min(shape, default=0) < 0 or math.prod(max(length, 1) for length in shape) > MAX_BYTES:
        raise WireError(
            "an array of an impossible shape"
        )  # an empty one may claim any length; its sum over rows has it
    flat = np.frombuffer(base64.b64decode(plain["array"], validate=True), dtype=dtype)
    _charge(flat.nbytes, room)
    # A copy is writable, and reshaping checks that the shape fits the bytes that came.
    array = flat.reshape(shape).copy()
    return array[()] if plain["scalar"] and array.ndim == 0 else array

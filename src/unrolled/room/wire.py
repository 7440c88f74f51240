"""Values between the two rooms: JSON with arrays as typed bytes. Nothing that is read can run anything.

What a learner's function returns may be any object. Numbers, text, arrays and what is made of them cross as they are;
everything else crosses as its type's name, an `Unknown`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 20
MAX_BYTES = 16_000_000  # of all arrays in one value
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
        return _unpack(plain, MAX_DEPTH)
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not a packed value: {error}") from None


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
    room[0] -= array.nbytes
    if room[0] < 0:
        raise WireError(f"more than {MAX_BYTES // 1_000_000} MB of numbers")
    return {
        "array": base64.b64encode(array.tobytes()).decode("ascii"),
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "scalar": isinstance(value, np.generic),
    }


def _unpack(plain: Any, depth: int) -> Any:
    if depth == 0:
        raise WireError(f"nested deeper than {MAX_DEPTH} levels")
    if plain is None or isinstance(plain, bool | str):
        return plain
    if "array" in plain:
        return _unpack_array(plain)
    ((kind, content),) = plain.items()
    if kind == "int":
        return int(content, 16)
    if kind == "float":
        return float.fromhex(content)
    if kind in ("list", "tuple"):
        return (list if kind == "list" else tuple)(_unpack(item, depth - 1) for item in content)
    if kind in ("slice", "range"):
        return (slice if kind == "slice" else range)(*(_unpack(part, depth - 1) for part in content))
    if kind == "dict":
        return {_unpack(key, depth - 1): _unpack(item, depth - 1) for key, item in content}
    if kind == "unknown":
        return Unknown(str(content)[:100])
    raise WireError(f"no such kind of value: {kind!r:.40}")


def _unpack_array(plain: Mapping[str, Any]) -> Any:
    dtype = np.dtype(str(plain["dtype"]))
    if dtype.kind not in KINDS:
        raise WireError(f"arrays of {dtype} do not cross")
    flat = np.frombuffer(base64.b64decode(plain["array"], validate=True), dtype=dtype)
    # A copy is writable, and reshaping checks that the shape fits the bytes that came.
    array = flat.reshape([int(length) for length in plain["shape"]]).copy()
    return array[()] if plain["scalar"] and array.ndim == 0 else array

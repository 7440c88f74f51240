"""Parameter dicts as one flat list: {"cell": {"W": ...}} is {"cell/W": ...}."""

from collections.abc import Iterator

import numpy as np


def leaves(params: dict, prefix: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Yield (name, array) for every array of a parameter dict; inner dicts' names are joined by "/"."""
    for name, value in params.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value


def nested(flat: dict[str, np.ndarray]) -> dict:
    """Return the parameter dict whose `leaves` are `flat`.

    Raises:
        ValueError: a name is that of an array and of a dict, or stands twice.
    """
    params: dict = {}
    for name, array in flat.items():
        *path, last = name.split("/")
        inner = params
        for key in path:
            inner = inner.setdefault(key, {})
            if not isinstance(inner, dict):
                break
        if not isinstance(inner, dict) or last in inner:
            raise ValueError(f"{name} stands in the way of another name")
        inner[last] = array
    return params

"""Real data, vendored with licence and checksum. `load("seattle_weather")` and its like need no network.

Each set is one folder beside this file: the loader, the data, `SOURCE.md`, `LICENSE.txt` and `SHA256SUMS`.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from unrolled.data.store import DataError, verify

__all__ = ["DataError", "load", "names", "verify"]


def names() -> list[str]:
    """List the data sets that `load` knows."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/SHA256SUMS"))


def load(name: str) -> Any:
    """Load one data set after checking its files against their checksums.

    Args:
        name: one of `names()`. What comes back is described in that set's own docstring.

    Raises:
        DataError: no such set, or one of its files is missing or damaged.
    """
    if name not in names():
        raise DataError(f"There is no data set {name!r}. Choose one of: {', '.join(names())}.")
    return import_module(f"unrolled.data.{name}").load()

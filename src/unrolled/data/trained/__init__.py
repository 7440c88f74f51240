"""Weights that took too long to train on the page: `trained.load("verses_en_es")` needs no network and no GPU.

Each net is one folder beside this file: the weights, what they said about held-out data, the script that made them,
`README.md` (where, how long, with which seeds) and `SHA256SUMS`.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from unrolled.data.store import DataError

__all__ = ["load", "names"]


def names() -> list[str]:
    """List the nets that `load` knows."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/SHA256SUMS"))


def load(name: str) -> Any:
    """Load one net's arrays and records after checking the files against their checksums.

    Args:
        name: one of `names()`. What comes back is described in that folder's own docstring.

    Raises:
        DataError: no such net, or one of its files is missing or damaged.
    """
    if name not in names():
        raise DataError(f"There is no trained net {name!r}. Choose one of: {', '.join(names())}.")
    return import_module(f"unrolled.data.trained.{name}").load()

"""Parameters on disk: NumPy's npz, without pickles, so that opening a file can run nothing."""

import io
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from unrolled.nn.tree import leaves, nested


class StoreError(ValueError):
    """A file does not hold parameters, or is damaged."""


def save(path: str | Path, params: dict) -> None:
    """Write a parameter dict; inner dicts become names with a slash, "cell/W". The same parameters give the same bytes.

    The file appears whole or not at all: a save cut short leaves the one before.

    Raises:
        TypeError: a value is not an array of numbers, or a name is not a string.
        ValueError: a name is empty or holds a slash, or there is nothing to save.
    """
    path = Path(path)
    _check_names(params)
    flat = dict(leaves(params))
    if not flat:
        raise ValueError("params holds no array; there is nothing to save.")
    for name, array in flat.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            raise TypeError(f"params[{name!r}] is {_kind(array)}; expected a NumPy array of numbers.")
    partial = path.with_name(path.name + ".part")
    try:
        # Written to an open file: given a path, np.savez would add ".npz" to it. And member by member, as np.savez
        # does, for its keyword arguments leave no room for an array called "file".
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            # Zip guards each member by a checksum, but not the list of them: damage there can lose one silently.
            archive.comment = _count(flat)
            for name, array in flat.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: str | Path) -> dict:
    """Return the parameter dict that `save` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: the file is damaged, is no npz, or holds pickles.
    """
    flat: dict[str, np.ndarray] = {}
    content = io.BytesIO(Path(path).read_bytes())  # whole, so that from here on no error is the disk's
    try:
        with zipfile.ZipFile(content) as archive:
            for entry in archive.namelist():
                with archive.open(entry) as member:
                    flat[entry.removesuffix(".npy")] = np.lib.format.read_array(member, allow_pickle=False)
                    if member.read(1):  # read to the end, where the checksum is compared
                        raise ValueError(f"bytes are left behind {entry}")
            if archive.comment and archive.comment != _count(flat):  # NumPy's own files have no comment
                raise ValueError(f"it holds {len(flat)} arrays, not the number that was saved")
        params = nested(flat)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise StoreError(f"{path} cannot be read as saved parameters ({error}). Save it or fetch it again.") from error
    if not flat:
        raise StoreError(f"{path} holds no arrays. Save it or fetch it again.")
    return params


def _count(flat: dict) -> bytes:
    return f"{len(flat)} arrays".encode()


def _check_names(params: dict) -> None:
    for name, value in params.items():
        if not isinstance(name, str):
            raise TypeError(f"params has the name {name!r}; expected a string.")
        if not name or "/" in name:
            raise ValueError(f"params has the name {name!r}; expected one without a slash, and not empty.")
        if isinstance(value, dict):
            _check_names(value)


def _kind(value: object) -> str:
    return f"of dtype {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"

"""Read vendored files, and only if they are what their checksums say."""

import hashlib
import io
import lzma
from pathlib import Path

import numpy as np

from unrolled.course import CourseError

_MEND = "Get it back: git checkout -- src/unrolled/data, or pip install --force-reinstall unrolled"


class DataError(CourseError):
    """A data set is unknown, missing or damaged; the message names the file and the mend."""


def read_bytes(folder: Path, file: str) -> bytes:
    """Return the bytes of `folder / file`.

    Raises:
        DataError: the file is missing, not listed in SHA256SUMS, or does not have the listed checksum.
    """
    expected = _checksums(folder).get(file)
    try:
        content = (folder / file).read_bytes()
    except OSError as error:
        raise DataError(f"The data file {folder.name}/{file} is missing. {_MEND}") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise DataError(f"The data file {folder.name}/{file} is damaged: its checksum is not the listed one. {_MEND}")
    return content


def read_text(folder: Path, file: str) -> str:
    """Return a UTF-8 text file; one whose name ends in `.xz` is decompressed.

    Raises:
        DataError: as `read_bytes`.
    """
    content = read_bytes(folder, file)
    return (lzma.decompress(content) if file.endswith(".xz") else content).decode("utf-8")


def read_rows(folder: Path, file: str) -> list[list[str]]:
    """Return the rows of a table with tabs between its columns, without its header.

    Raises:
        DataError: as `read_bytes`.
    """
    # Not splitlines(): a text may hold characters, such as U+2028, that it takes for the end of a line.
    return [line.split("\t") for line in read_text(folder, file).split("\n")[1:-1]]


def read_arrays(folder: Path, file: str) -> dict[str, np.ndarray]:
    """Return the arrays of an npz file by name; pickles are refused.

    Raises:
        DataError: as `read_bytes`.
    """
    with np.load(io.BytesIO(read_bytes(folder, file)), allow_pickle=False) as arrays:
        return dict(arrays)


def verify(name: str) -> list[str]:
    """Return what is wrong with the files of one data set, one sentence each; an empty list means all is well."""
    folder = Path(__file__).parent / name
    problems = []
    for file in _checksums(folder):
        try:
            read_bytes(folder, file)
        except DataError as error:
            problems.append(str(error))
    return problems


def _checksums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise DataError(f"The list of checksums {folder.name}/SHA256SUMS is missing. {_MEND}") from error
    return {file: digest for digest, file in (line.split() for line in lines)}

"""Read vendored files, and only if they are what their checksums say."""

import hashlib
from pathlib import Path

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

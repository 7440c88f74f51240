"""Read `SOURCE.md`, the one description of a data set: what it is, who made it, under which licence, from which package.

Its front matter is for programs, its text for readers; the book's datasheet and NOTICE are made from both.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from unrolled.data.making.packages import REGISTRIES, Package
from unrolled.data.store import DataError

KEYS = ("title", "summary", "made_by", "licence", "copyleft", "attribution", "packages")
SECTIONS = ("What it is", "Who made it", "Licence", "Kept and left out", "Biases and traps")


@dataclass(frozen=True)
class Source:
    """A data set's `SOURCE.md`.

    Attributes:
        name: the set's folder, and what `load` is given.
        title, summary: a heading, and one line on what it holds.
        made_by: the people or the institution.
        licence: SPDX identifier, or "public domain".
        copyleft: whether the licence asks that what is made from it be under the same licence.
        attribution: the line the licence asks to be shown, or one that is fair.
        packages: what the extract was made from; empty for the course's own work.
        text: the sections, Markdown.
    """

    name: str
    title: str
    summary: str
    made_by: str
    licence: str
    copyleft: bool
    attribution: str
    packages: tuple[Package, ...]
    text: str


def read_source(folder: Path) -> Source:
    """Return the description of the data set in `folder`.

    Raises:
        DataError: `SOURCE.md` is missing, or lacks a key or a section.
    """
    where = f"{folder.name}/SOURCE.md"
    try:
        _, head, text = (folder / "SOURCE.md").read_text(encoding="utf-8").split("---\n", 2)
        meta = yaml.safe_load(head)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DataError(f"{where} is missing or has no front matter between two lines '---': {error}") from error
    if missing := [key for key in KEYS if key not in meta]:
        raise DataError(f"{where}: the front matter lacks {', '.join(missing)}.")
    if unknown := sorted(set(meta) - set(KEYS)):
        raise DataError(f"{where}: the front matter has unknown keys {', '.join(unknown)}.")
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    if headings != list(SECTIONS):
        raise DataError(f"{where}: the sections are {headings}; they must be {list(SECTIONS)}.")
    try:
        packages = tuple(Package(**entry) for entry in meta.pop("packages"))
    except TypeError as error:
        raise DataError(f"{where}: a package has registry, name, version, sha256 and file: {error}") from error
    if wrong := [package.registry for package in packages if package.registry not in REGISTRIES]:
        raise DataError(f"{where}: unknown registry {wrong[0]!r}; choose one of {', '.join(REGISTRIES)}.")
    return Source(name=folder.name, packages=packages, text=text.strip(), **meta)

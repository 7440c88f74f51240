"""Make `packages.tsv.xz` from the package definitions in the source of GNU Guix."""

import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from unrolled.data.chats.profanity import listed, phrases
from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates, plain
from unrolled.data.making.write import tsv, xz

_SIZES = (2400, 300, 300)
_QUOTED = ("r-", "rust-")  # mostly quoted from CRAN, Bioconductor and crates.io, whose authors are others
_SPARE = 200  # drawn beyond the size of validation and of test, to make up for what is removed

_STRING = r'"((?:[^"\\]|\\.)*)"'
_TEXTS = re.compile(rf"\(synopsis\s+{_STRING}\)\s*\(description\s+{_STRING}\)", re.DOTALL)
_NAME = re.compile(r'\(name "([^"]+)"\)')


class _Package(NamedTuple):
    name: str
    synopsis: str
    description: str


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Draw packages with a text of medium length, split them, remove near-duplicates across parts."""
    offensive = listed(archives["cuss"], least=2)
    packages = {plain(one.description): one for one in _packages(archives["guix"]) if _is_usable(one, offensive)}
    chosen = sorted(packages.values())
    order = np.random.default_rng(29).permutation(len(chosen))
    starts = np.cumsum([0, _SIZES[0], _SIZES[1] + _SPARE, _SIZES[2] + _SPARE])
    parts = [[chosen[i] for i in order[a:b]] for a, b in zip(starts, starts[1:], strict=False)]
    for later in (1, 2):
        parts[later] = _unlike(parts[later], [one for part in parts[:later] for one in part])[: _SIZES[later]]
    return {"packages.tsv.xz": xz(tsv(_Package._fields, [one for part in parts for one in part]))}


def _packages(archive: Archive) -> Iterator[_Package]:
    """Read the definitions in the order of the archive: another order would decompress it once for every file."""
    with tarfile.open(archive.path) as tar:
        for member in tar:
            if re.fullmatch(r"guix-[^/]+/gnu/packages/[^/]+\.scm", member.name):
                yield from _definitions(tar.extractfile(member).read().decode("utf-8", errors="replace"))


def _definitions(code: str) -> Iterator[_Package]:
    for define in re.split(r"^\(define", code, flags=re.MULTILINE):
        texts, name = _TEXTS.search(define), _NAME.search(define)
        if texts and name and texts.start() > name.start():
            yield _Package(name[1], _without_markup(texts[1]), _without_markup(texts[2]))


def _without_markup(text: str) -> str:
    """Return a Scheme string with Texinfo's inline commands as plain text; block commands stay, for `_is_usable`."""
    text = re.sub(r"\\\n\s*", "", text)
    text = re.sub(r"\\(.)", r"\1", text)
    text = re.sub(r"@(?:url|uref)\{[^{},]*,\s*([^{}]*)\}", r"\1", text)
    text = re.sub(r"@acronym\{([^{},]*),\s*([^{}]*)\}", r"\1 (\2)", text)
    text = text.replace("@tie{}", " ").replace("@dots{}", "...")
    for _ in range(2):  # @code{@var{x}}
        text = re.sub(r"@\w+\{([^{}]*)\}", r"\1", text)
    return " ".join(text.split())


def _is_usable(package: _Package, offensive: set[str]) -> bool:
    both = f"{package.synopsis} {package.description}"
    return (
        not package.name.startswith(_QUOTED)
        and 3 <= len(package.synopsis.split()) <= 12
        and 25 <= len(package.description.split()) <= 100
        and not re.search(r"[@{}\ufffd]", both)  # lists, examples, mail addresses, a file that is not UTF-8
        and not phrases(both) & offensive
    )


def _unlike(packages: Sequence[_Package], before: Sequence[_Package]) -> list[_Package]:
    near = near_duplicates([one.description for one in packages], [one.description for one in before])
    near |= near_duplicates([one.synopsis for one in packages], [one.synopsis for one in before])
    return [one for one, drop in zip(packages, near, strict=True) if not drop]

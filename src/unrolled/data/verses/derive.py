"""Make `verses.tsv.xz` from the World English Bible and the Reina-Valera of 1909."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import near_duplicates
from unrolled.data.making.write import tsv, xz

Place = tuple[str, int, int]  # book, chapter, verse

# Where the Spanish text divides its verses otherwise than the English one: Spanish chapter, first and last verse, then
# the English chapter and verse of the first. Found by scoring every verse against its neighbours with a word-alignment
# model, then read one by one.
MOVED = (
    ("Numbers", 13, 1, 1, 12, 16),
    ("Numbers", 13, 2, 32, 13, 1),
    ("Numbers", 30, 1, 1, 29, 40),
    ("Numbers", 30, 2, 15, 30, 1),
    ("I Samuel", 24, 1, 1, 23, 29),
    ("I Samuel", 24, 2, 21, 24, 1),
    ("I Kings", 22, 45, 52, 22, 44),
    ("I Chronicles", 21, 17, 29, 21, 16),
    ("II Chronicles", 33, 11, 24, 33, 12),
    ("Job", 39, 1, 3, 38, 39),
    ("Job", 39, 4, 29, 39, 1),
    ("Job", 40, 1, 19, 40, 6),
    ("Hosea", 12, 1, 1, 11, 12),
    ("Hosea", 12, 2, 13, 12, 1),
    ("Jonah", 2, 1, 1, 1, 17),
    ("Jonah", 2, 2, 9, 2, 1),
    ("Matthew", 23, 13, 13, 23, 14),
    ("Matthew", 23, 14, 14, 23, 13),
)
# English verses whose Spanish text holds a part of a neighbour, or the other way round: no verse faces them.
UNPAIRED = {
    ("Numbers", 13): (32, 33),
    ("Numbers", 30): (15, 16),
    ("Judges", 14): (18, 19, 20),
    ("I Samuel", 24): (21, 22),
    ("II Samuel", 2): (31, 32),
    ("II Samuel", 20): (25, 26),
    ("I Kings", 18): (33, 34),
    ("I Kings", 22): (43, 52, 53),
    ("I Chronicles", 1): (30, 31, 32),
    ("I Chronicles", 2): (34, 35),
    ("I Chronicles", 21): (15, 29, 30),
    ("II Chronicles", 33): (10, 11),
    ("Job", 35): (15, 16),
    ("Job", 39): (27, 28, 29, 30),
    ("Job", 40): (1, 2, 3, 4, 5),
    ("Hosea", 12): (13, 14),
    ("Jonah", 2): (9, 10),
    ("Acts", 19): (40, 41),
    ("Romans", 14): (23,),
    ("II Corinthians", 13): (12, 13),
}
# "oyéndo" + "lo" is one word, "Josué" + "los" is two: words before an added pronoun that are no verbs.
NOT_VERBS = {"Josué", "Jehová", "Dios", "gentes", "ellos", "no", "os", "que", "y", "como", "Como", "cuánto"}
# The headings inside Psalm 119. "HE aquí" ("behold") begins other chapters, so what follows the letter counts too.
LETTERS = "ALEPH|BETH|GIMEL|DALETH|HE|VAU|ZAIN|CHETH|TETH|JOD|CAPH|LAMED|MEM|NUN|SAMECH|AIN|PE|TZADDI|COPH|RESH|SIN|TAU"
PRONOUNS = {"me", "te", "le", "la", "lo", "nos", "os", "les", "las", "los"}  # codespell:ignore te


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Pair the verses by place, split them by chapter, take near-duplicates of a part out of the parts after it."""
    english = _read(archives["sword-text-web"], "engWEB2015eb", "nrsva", _english)
    spanish = _moved(_read(archives["sword-text-sparv"], "spaRV1909eb", "kjv", _spanish))
    pairs = [(*place, text, spanish[place]) for place, text in english.items() if text and spanish.get(place)]
    pairs = [pair for pair in pairs if 0.4 <= len(pair[4]) / len(pair[3]) <= 2.5]
    train, validation, test = _by_chapter(pairs)
    validation = _without_duplicates(validation, train)
    test = _without_duplicates(test, train + validation)
    rows = train + validation + test
    return {"verses.tsv.xz": xz(tsv(("book", "chapter", "verse", "english", "spanish"), rows))}


def _read(archive: Archive, module: str, versification: str, clean: Callable[[str], str]) -> dict[Place, str]:
    """Return the text at every place of one module, cleaned."""
    from pysword.bible import SwordBible

    with tempfile.TemporaryDirectory() as folder:  # pysword opens files on disk only
        inside = f"usr/share/sword/modules/texts/ztext/{module}/"
        for name in archive.names():
            if name.startswith(inside):
                (Path(folder) / name.removeprefix(inside)).write_bytes(archive.read(name))
        bible = SwordBible(folder, versification=versification)
        # A book is one compressed block, which pysword unpacks anew for each verse: a minute and a half without this.
        bible._decompress = lru_cache(2)(bible._decompress)
        return {place: clean(text) for place, text in _texts(bible)}


def _texts(bible: object) -> Iterator[tuple[Place, str]]:
    for books in bible.get_structure().get_books().values():
        for book in books:
            places = [(book.name, c, v) for c, last in enumerate(book.chapter_lengths, 1) for v in range(1, last + 1)]
            yield from zip(places, bible.get_iter(books=book.name, clean=False), strict=True)


def _english(osis: str) -> str:
    osis = osis.partition('<title level="1"')[0]  # a glossary follows the last verse
    # Titles in capitals are the Hebrew letters over the parts of Psalm 119; the others belong to the text.
    heading = r"<note.*?</note>|<speaker>.*?</speaker>|<title[^>]*>(?:[A-Z ]|<[^>]*>)*</title>"
    return _text(re.sub(heading, " ", osis, flags=re.DOTALL))


def _spanish(osis: str) -> str:
    # Words the translators added are marked, and the module lost the blank around 581 of these marks.
    osis = re.sub(r"([^\s<>]+)</w><transChange[^>]*>([^\s<]*)", _joined, osis)
    osis = osis.replace("</transChange><w", "</transChange> <w")
    text = re.sub(rf"^(?:{LETTERS})(?:\. | (?=[¿¡]))", "", _text(osis))
    # Fourteen letters end with a line on where they were written, which the English text does not have.
    return re.sub(r"(Amén\.) .*(?:escrita|enviada) .*", r"\1", text, flags=re.IGNORECASE)


def _joined(match: re.Match) -> str:
    before, added = match.groups()
    return before + added if added in PRONOUNS and before not in NOT_VERBS else f"{before} {added}"


def _text(osis: str) -> str:
    osis = re.sub(r"</?(?:w|q|transChange)\b[^>]*>", "", osis)  # these stand inside a line, the others end one
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", osis)).strip()
    return re.sub(r" ([,.;:?!”’)])", r"\1", words)


def _moved(spanish: dict[Place, str]) -> dict[Place, str]:
    """Give each Spanish verse the English number of its place; leave out those that face no single verse."""
    moved = {
        (book, c, v + i): spanish[book, chapter, first + i]
        for book, chapter, first, last, c, v in MOVED
        for i in range(last - first + 1)
    }
    unpaired = {(*chapter, verse) for chapter, verses in UNPAIRED.items() for verse in verses}
    return {place: text for place, text in (spanish | moved).items() if place not in unpaired}


def _by_chapter(pairs: list[tuple]) -> list[list[tuple]]:
    """Split whole chapters 80 : 10 : 10; each part keeps the order of the book."""
    chapters = list(dict.fromkeys(pair[:2] for pair in pairs))
    order = np.random.default_rng(0).permutation(len(chapters))
    bounds = np.searchsorted([0.8, 0.9], order / len(chapters), side="right")
    part = dict(zip(chapters, bounds.tolist(), strict=True))
    return [[pair for pair in pairs if part[pair[:2]] == i] for i in range(3)]


def _without_duplicates(rows: list[tuple], others: list[tuple]) -> list[tuple]:
    """Drop the rows whose English or whose Spanish text nearly stands in `others`."""
    found = np.zeros(len(rows), bool)
    for column in (3, 4):
        found |= near_duplicates([row[column] for row in rows], [row[column] for row in others])
    return [row for row, twice in zip(rows, found, strict=True) if not twice]

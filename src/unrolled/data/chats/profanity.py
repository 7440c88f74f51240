"""The words that `chats`, `tweets` and `word_ratings` leave out: a public list, read from its package."""

import hashlib
import re
from collections.abc import Iterable

from unrolled.data.making.archive import Archive
from unrolled.data.making.duplicates import plain

_ENTRY = re.compile(r"^  (?:'([^']+)'|(\w+)): ([012]),?$", re.MULTILINE)


def listed(cuss: Archive, least: int) -> set[str]:
    """Return the English entries of npm's `cuss` that it rates at least `least`.

    The rating says how sure it is that a word is meant as profanity: 0 unlikely, 1 maybe, 2 likely.
    """
    entries = _ENTRY.findall(cuss.read("package/index.js").decode("utf-8"))
    return {plain(quoted or bare) for quoted, bare, rating in entries if int(rating) >= least}


def phrases(text: str, longest: int = 4) -> set[str]:
    """Return every run of one to `longest` words in the plain form of a text; the list's longest entry has four."""
    words = plain(text).split()
    return {" ".join(words[i : i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1)}


def digest(phrase: str) -> str:
    """Return the first ten hexadecimal digits of SHA-256: enough to recognise an entry without printing it."""
    return hashlib.sha256(phrase.encode("utf-8")).hexdigest()[:10]


def digests(entries: Iterable[str]) -> str:
    """Return the digests of some entries, sorted, one a line."""
    return "".join(f"{digest(entry)}\n" for entry in sorted(entries, key=digest))

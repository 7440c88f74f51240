"""The bibliography the book uses: citations for the notebooks, and whether each work can be found."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pybtex.database import Entry, parse_file

from unrolled.authoring.source import AuthoringError


def citation_links(root: Path, where: str) -> Callable[[str], str]:
    """Return a function from a bibliography key to a Markdown link such as `[Elman 1990](https://doi.org/...)`.

    Raises:
        AuthoringError: raised by that function for a key that `book/references.bib` does not have.
    """

    def link(key: str) -> str:
        entries = _entries(root / "book" / "references.bib")
        if key not in entries:
            raise AuthoringError(f"{where}: no reference {key!r} in book/references.bib.")
        entry = entries[key]
        address = f"https://doi.org/{entry.fields['doi']}" if "doi" in entry.fields else entry.fields.get("url")
        label = f"{_authors(entry)} {entry.fields['year']}"
        return f"[{label}]({address})" if address else label

    return link


def unidentified(bibliography: Path) -> list[str]:
    """Return a sentence for each work that has no DOI, arXiv id or ISBN and no note that says why there is no DOI."""
    return [
        f"book/{bibliography.name}: {key} has no doi, arXiv id or isbn. Give one, or a note with the reason, such as 'no DOI'."
        for key, entry in _entries(bibliography).items()
        if not (
            re.match(r"10\.\d{4,}/\S+$", entry.fields.get("doi", ""))
            or re.match(r"\d{4}\.\d{4,5}$", entry.fields.get("eprint", ""))
            or re.match(r"https://arxiv\.org/abs/(\d{4}\.\d{4,5}|[a-z-]+/\d{7})$", entry.fields.get("url", ""))
            or "isbn" in entry.fields
            or "DOI" in entry.fields.get("note", "")
        )
    ]


@cache
def _entries(path: Path) -> dict[str, Entry]:
    return dict(parse_file(str(path), bib_format="bibtex").entries)


def _authors(entry: Entry) -> str:
    # Rich names are the ones in which LaTeX's accents have become letters.
    names = [" ".join(map(str, person.rich_last_names)) for person in entry.persons["author"]]
    return names[0] if len(names) == 1 else f"{names[0]} and {names[1]}" if len(names) == 2 else f"{names[0]} et al."

"""Old and short addresses that lead to today's pages."""

import posixpath
from pathlib import Path

import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

from unrolled.authoring.source import AuthoringError, address, sources

LIST = "redirects.yml"


def redirects(root: Path, staged: Path) -> dict[str, str]:
    """Return where each address leads that is no page: the name of the address, and the page relative to it.

    A lesson or lab also answers to its number: `lessons/10` leads to `lessons/10_lstm`. The others stand in
    `book/redirects.yml`, as names in the way of the table of contents.

    Args:
        root: the course's folder.
        staged: the copy of `book/` with all pages in it, also those that are made.

    Raises:
        AuthoringError: an entry leads to no page, or stands in the place of one.
    """
    listed = root / "book" / LIST
    wanted = (yaml.safe_load(listed.read_text(encoding="utf-8")) or {}) if listed.exists() else {}
    pages = _pages(staged)
    for old, page in wanted.items():
        if page not in pages:
            raise AuthoringError(f"book/{LIST}: {old} leads to {page}, which is no page. Name one of today's pages.")
        if old in pages:
            raise AuthoringError(f"book/{LIST}: {old} is a page, which the redirect would hide. Take the entry out.")
    numbers = {address(source)[: -len(source.stem)] + source.stem[:2]: address(source) for source in sources(root)}
    return {
        old: posixpath.relpath(f"{page}.html", posixpath.dirname(old) or ".")
        for old, page in {**numbers, **wanted}.items()
    }


def _pages(staged: Path) -> set[str]:
    """Return the names of all pages, as the table of contents has them."""
    contents = parse_toc_yaml(staged / "_toc.yml")
    made = [path for pattern in contents.globs() for path in staged.glob(f"{pattern}.md")]
    return {*contents, *(path.relative_to(staged).with_suffix("").as_posix() for path in made)}

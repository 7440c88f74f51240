"""Put what is made into the copy of the book that is built."""

from pathlib import Path

from unrolled.authoring.source import AuthoringError


def fill(page: Path, line: str, text: str) -> None:
    """Put `text` in the place of `line` in a staged page.

    Raises:
        AuthoringError: the page has no such line.
    """
    before = page.read_text(encoding="utf-8")
    if line not in before:
        raise AuthoringError(f"book/{page.parent.name}/{page.name} lacks the line '{line}', where a table goes.")
    page.write_text(before.replace(line, text), encoding="utf-8")

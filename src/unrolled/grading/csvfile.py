"""CSV files: changed cell by cell with every other byte left alone, or written anew so that no cell is a formula."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from unrolled.course import CourseError

_BOM = b"\xef\xbb\xbf"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINE_END = re.compile(rb"\r\n|\n|\r")


def write_csv(out: Path, lines: Iterable[Iterable[object]], inputs: Sequence[Path] = ()) -> None:
    """Write lines of cells as CSV that a spreadsheet opens as what it is: UTF-8 with its mark, no cell a formula.

    Args:
        out: the file to write.
        lines: of cells; numbers stay numbers, every text is defused.
        inputs: files that must not be written over.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([defused(str(cell)) for cell in line] for line in lines)
    write_atomically(out, _BOM + text.getvalue().encode("utf-8", "backslashreplace"), inputs)


def defused(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe goes before = + - @, a tab or a line end.

    See OWASP, "CSV Injection". A plain number such as -1.5 stays as it is.
    """
    risky = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    if risky and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "'" + text
    return text


def write_atomically(out: Path, content: bytes, inputs: Sequence[Path] = ()) -> None:
    """Write a file so that a reader finds the old one or the new one, never half of one.

    Raises:
        CourseError: it cannot be written, or is one of the inputs.
    """
    for path in inputs:
        if out.exists() and path.exists() and out.samefile(path):
            raise CourseError(f"{path} would be written over. Give another name for the result.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{out.name[:50]}.", dir=out.parent)
    except OSError as error:
        raise CourseError(f"{out} cannot be written: {error.strerror}.") from None
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(handle)
        os.replace(name, out)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise CourseError(f"{out} cannot be written: {error.strerror}.") from None


class Table:
    """A CSV file as the bytes of its cells, so that what is not changed is written back as it was.

    Attributes:
        rows: of raw cells, quotes and all.
    """

    def __init__(self, path: Path) -> None:
        """Read a file.

        Raises:
            CourseError: unreadable, empty, in UTF-16, or with a quote that is never closed.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CourseError(f"{path} cannot be read: {error.strerror}.") from None
        if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
            raise CourseError(
                f"{path} is not UTF-8. Save it as CSV UTF-8, or export it again and do not open it before."
            )
        self.mark = _BOM if content.startswith(_BOM) else b""
        content = content.removeprefix(_BOM)
        first = _LINE_END.split(content, maxsplit=1)[0]
        self.separator = b";" if first.count(b";") > first.count(b",") else b","
        self.rows: list[list[bytes]] = []
        self.ends: list[bytes] = []
        for cells, end in _split(content, self.separator, path):
            self.rows.append(cells)
            self.ends.append(end)
        if not self.rows:
            raise CourseError(f"{path} is empty.")

    def texts(self, row: int) -> list[str]:
        """What the cells of a row say, without quotes."""
        return [_unquoted(cell) for cell in self.rows[row]]

    def put(self, row: int, column: int, text: str) -> None:
        """Write a cell that is there; the caller defuses what came from a learner."""
        if re.search(r"[\",;\r\n]", text):
            text = '"' + text.replace('"', '""') + '"'
        self.rows[row][column] = text.encode("utf-8", "backslashreplace")

    def content(self) -> bytes:
        """Return the file."""
        lines = (self.separator.join(cells) + end for cells, end in zip(self.rows, self.ends, strict=True))
        return self.mark + b"".join(lines)


def _split(content: bytes, separator: bytes, path: Path) -> Iterator[tuple[list[bytes], bytes]]:
    """Yield the raw cells of each line and the line's end. Separators and quotes are ASCII, so UTF-8 needs no decoding."""
    rest = b"[^" + separator + rb"\r\n]*"
    cell = re.compile(rb'[ \t]*"(?:[^"]|"")*"(?P<behind>' + rest + b")|" + rest)
    place, cells = 0, []
    while place < len(content):
        found = cell.match(content, place)
        raw = found[0]
        # A quote that is never closed runs to the end, or to the next one, and then has text behind it.
        if (found["behind"] or b"").strip() or (found["behind"] is None and raw.lstrip().startswith(b'"')):
            raise CourseError(f"{path}: a quote is not closed in or after {_unquoted(raw)[:40]!r}. Export it again.")
        cells.append(raw)
        place = found.end()
        if content[place : place + 1] == separator:
            place += 1
            if place < len(content):
                continue
            cells.append(b"")
        end = _LINE_END.match(content, place)
        yield cells, end[0] if end else b""
        place, cells = end.end() if end else len(content), []


def _unquoted(cell: bytes) -> str:
    try:
        text = cell.decode("utf-8")
    except UnicodeDecodeError:
        text = cell.decode("cp1252", "replace")
    text = text.strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text

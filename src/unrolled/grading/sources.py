"""The files of a folder or a zip, looked at one by one, whatever somebody packed into it.

Nothing is written to disk, links are not followed, only regular files are read, and only up to `submission.MAX_BYTES`.
"""

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unrolled.course import CourseError
from unrolled.grading import submission

MAX_MEMBERS = 100_000  # files in one source; a class of a thousand stays far below
MAX_DEPTH = 20  # folders inside folders
MAX_RATIO = 1000  # unpacked to packed bytes; a notebook of repeated outputs stays below
_DEFLATE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # zipfile unpacks the others without a bound on memory


@dataclass(frozen=True)
class SourceFile:
    """A file of a source, not yet read.

    Attributes:
        parts: its path inside the source, made printable.
        read: gives its bytes, `submission.MAX_BYTES` at most; raises RefusedError.
        time: when it was changed last, if the source tells.
        place: where it stands in the source, to tell two files of one name apart.
    """

    parts: tuple[str, ...]
    read: Callable[[], bytes]
    time: datetime | None
    place: int


class RefusedError(Exception):
    """Why one file is not read: the end of a sentence that begins with its name."""


def walk(root: Path) -> tuple[list[SourceFile], list[tuple[str, ...]]]:
    """Return the files and the folders below a folder; links are files that cannot be read.

    Raises:
        CourseError: the folder cannot be read, or holds far too much.
    """
    files, folders, waiting = [], [], [(root, ())]
    while waiting:
        folder, above = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if not above:
                raise CourseError(f"{root} cannot be read: {error.strerror}.") from None
            files.append(
                SourceFile((*above, "?.ipynb"), _refuse(f"its folder cannot be read: {error.strerror}"), None, 0)
            )
            continue
        for entry in entries:
            parts = (*above, printable(entry.name))
            if _hidden(parts):
                continue
            if entry.is_dir(follow_symlinks=False) and len(parts) < MAX_DEPTH:
                folders.append(parts)
                waiting.append((Path(entry.path), parts))
            elif len(parts) == 1 and entry.is_symlink() and entry.is_dir():
                # A learner's folder that is a link: listed, not followed.
                files.append(
                    SourceFile((*parts, "link.ipynb"), _refuse("it is a link, and links are not followed"), None, 0)
                )
            else:
                files.append(SourceFile(parts, _file_reader(Path(entry.path)), _changed(entry), len(files)))
            if len(files) + len(folders) > MAX_MEMBERS:
                raise CourseError(f"{root} holds more than {MAX_MEMBERS} files, which is not what a class handed in.")
    return files, folders


def _changed(entry: os.DirEntry) -> datetime | None:
    try:
        return datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            if path.is_symlink():
                raise RefusedError("it is a link, and links are not followed")
            handle = os.open(path, flags)
        except OSError as error:
            raise RefusedError(f"it cannot be read: {error.strerror}") from None
        with open(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise RefusedError("it is not a regular file")
            try:
                return _bounded(stream.read)
            except OSError as error:
                raise RefusedError(f"it cannot be read: {error.strerror}") from None

    return read


def unzip(path: Path) -> tuple[list[SourceFile], list[tuple[str, ...]]]:
    """Return the members and the folders of a zip; nothing is extracted.

    Raises:
        CourseError: the zip as a whole is damaged, or holds far too much.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CourseError(f"{path} is a damaged zip: {error}. Download it again.") from None
    if len(archive.infolist()) > MAX_MEMBERS:
        raise CourseError(f"{path} holds more than {MAX_MEMBERS} files, which is not what a class handed in.")
    files, folders = [], []
    for place, member in enumerate(archive.infolist()):
        name = _member_name(member)
        parts = tuple(printable(part) for part in re.split(r"[/\\]", name) if part not in ("", "."))
        outside = name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name) or "\0" in name
        if outside:
            # Whose it is cannot be told from such a name, so it stands for itself and touches nobody's file.
            whole = printable(name)
            files.append(SourceFile((whole, whole), _refuse("its name leads outside the zip"), None, place))
        elif not parts or _hidden(parts):
            continue
        elif member.is_dir() or name.endswith("\\"):
            folders.append(parts)
        else:
            folders += [parts[:depth] for depth in range(1, len(parts))]
            files.append(SourceFile(parts, _member_reader(archive, member), _member_time(member), place))
    return files, list(dict.fromkeys(folders))


def _member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; many packers write UTF-8 without the flag that says so, and zipfile then reads cp437."""
    name = member.orig_filename
    if not member.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def _member_reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise RefusedError("it is a link or a device, not a regular file")
        if member.flag_bits & 0x1:
            raise RefusedError("it is encrypted; hand it in without a password")
        if member.compress_type not in _DEFLATE:
            raise RefusedError(f"it is packed by method {member.compress_type}, which is not read here")
        if member.file_size > submission.MAX_BYTES:
            raise RefusedError(_too_large())
        if member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise RefusedError("it is packed so tightly that it looks like a zip bomb")
        try:
            with archive.open(member) as stream:
                return _bounded(stream.read)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise RefusedError(f"it is damaged: {printable(str(error))}") from None

    return read


def _member_time(member: zipfile.ZipInfo) -> datetime | None:
    """Return the time in a member's extended timestamp (0x5455, UTC); the plain one has no time zone."""
    extra = member.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack_from("<i", extra, 5)[0], UTC)
        extra = extra[4 + size :]
    return None


def _bounded(read: Callable[[int], bytes]) -> bytes:
    """Read to the end in pieces, as zipfile unpacks as much as it is asked for before it looks at the declared size."""
    pieces, size = [], 0
    while piece := read(1_000_000):
        pieces.append(piece)
        size += len(piece)
        if size > submission.MAX_BYTES:
            raise RefusedError(_too_large())
    return b"".join(pieces)


def _too_large() -> str:
    return f"it is larger than {submission.MAX_BYTES // 1_000_000} MB; clear its outputs, save, hand it in again"


def _refuse(why: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise RefusedError(why)

    return read


def printable(name: str) -> str:
    """Return a name to print, store and compare: composed, its control characters and stray bytes escaped."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
    return "".join(
        char if unicodedata.category(char)[0] != "C" else char.encode("unicode_escape").decode() for char in name
    )


def _hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def is_notebook(name: str) -> bool:
    """Say whether a name is that of a notebook."""
    return name.lower().endswith(".ipynb")

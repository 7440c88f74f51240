"""Lay a built site into the folder that is published, beside the versions that are there.

The newest release stands at the root, each release in a folder of its own (`v0.1.0/`), the state of the main branch in
`main/`. Until there is a release, the root shows main. `versions.json` tells the pages which versions there are.
"""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from unrolled.course import CourseError

MAIN, LIST = "main", "versions.json"
LIMIT = 1_000_000_000  # bytes: what GitHub Pages takes
_RELEASE = re.compile(r"\d+\.\d+\.\d+")
_FOLDER = re.compile(r"v(\d+\.\d+\.\d+)")
# What is in the published folder and is no site: the repository, the host's settings, the versions.
_KEPT = re.compile(rf"\.git|CNAME|{MAIN}|{re.escape(LIST)}|{_FOLDER.pattern}")


class PublishError(CourseError):
    """The folder is not ready to be published; the message says what is wrong with the site, the folder or the version."""


def publish(site: Path, folder: Path, version: str, *, keep: int | None = None) -> list[str]:
    """Lay `site` into `folder` as `version`, and write the list of versions anew; return one sentence for each thing done.

    Args:
        site: a built site.
        folder: what is published, usually a checkout of the branch gh-pages; made when missing.
        version: a release, as 0.1.0 or v0.1.0, or "main".
        keep: how many releases stay, the newest first; all when None.

    Raises:
        PublishError: the version is neither a release nor main, the site is none, or all is more than the host takes.
    """
    name = version.removeprefix("v")
    if name != MAIN and not _RELEASE.fullmatch(name):
        raise PublishError(f"{version!r} is no version to publish. Give a release, as 0.1.0 or v0.1.0, or: main")
    if keep is not None and keep < 1:
        raise PublishError("At least one release must stay: --keep 1 or more.")
    if not (site / "index.html").is_file():
        raise PublishError(f"{site} is no built site: it has no index.html. Build it with: make book")
    if foreign := [path.name for path in site.iterdir() if path.name != LIST and _KEPT.fullmatch(path.name)]:
        raise PublishError(
            f"The site has {', '.join(sorted(foreign))} at its top, a name that published versions need."
        )
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / _path(name)
    _replace(target, site)
    done = [f"{name} is in {target.name}/."]
    for old in releases(folder)[keep:] if keep else []:
        shutil.rmtree(folder / _path(old))
        done.append(f"{old} is removed: {keep} releases stay.")
    kept = releases(folder)
    newest = kept[0] if kept else None
    if name == (newest or MAIN):
        _replace_root(folder, site)
        done.append(f"{name} is at the root.")
    (folder / ".nojekyll").touch()  # else GitHub Pages leaves out every folder whose name starts with _
    write_list(folder)
    if (size := _size(folder)) > LIMIT:
        raise PublishError(
            f"{folder} holds {size / 1e6:,.0f} MB, more than the {LIMIT / 1e6:,.0f} MB that GitHub Pages takes. "
            "Publish with fewer releases: --keep N"
        )
    return done


def write_list(folder: Path) -> None:
    """Write `versions.json`, which the pages read."""
    (folder / LIST).write_text(json.dumps(versions(folder), indent=1) + "\n", encoding="utf-8")


def releases(folder: Path) -> list[str]:
    """Return the releases in a published folder, the newest first."""
    found = [match[1] for path in folder.iterdir() if path.is_dir() and (match := _FOLDER.fullmatch(path.name))]
    return sorted(found, key=lambda name: [int(part) for part in name.split(".")], reverse=True)


def versions(folder: Path) -> dict[str, object]:
    """Return what `versions.json` says: the newest release, and of each version its name, its path and its pages.

    The pages are listed so that a link to the same page in another version never leads to one it lacks.
    """
    kept = releases(folder)
    named = [*kept, *([MAIN] if (folder / MAIN).is_dir() else [])]
    return {
        "newest": kept[0] if kept else None,
        "versions": [
            {
                "name": name,
                "path": "" if name == named[0] else f"{_path(name)}/",  # the first is at the root, too
                "pages": _pages(folder / _path(name)),
            }
            for name in named
        ],
    }


def site_of(address: str) -> str:
    """Return where the whole published site stands, from the address of one version of it; the host in lower case."""
    parts = urlsplit(address.rstrip("/") + "/")
    path = re.sub(rf"/({MAIN}|{_FOLDER.pattern})/$", "/", parts.path)
    return parts._replace(netloc=parts.netloc.lower(), path=path).geturl()


def _path(name: str) -> str:
    return name if name == MAIN else f"v{name}"


def _pages(site: Path) -> list[str]:
    found = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(path.as_posix() for path in found if not path.parts[0].startswith("_"))


def _replace(target: Path, site: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(site, target, ignore=shutil.ignore_patterns(LIST))


def _replace_root(folder: Path, site: Path) -> None:
    for path in folder.iterdir():
        if _KEPT.fullmatch(path.name):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    shutil.copytree(site, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LIST))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)

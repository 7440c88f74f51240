"""One style sheet and one script a page: each file costs a phone a round of requests, which a reader waits for."""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

STATIC = "_static/"
_URL = re.compile(r"""url\((["']?)(?!["']?(?:data:|[a-z]+:|/|#))([^"')]+)\1\)""")


@dataclass(frozen=True)
class Kind:
    """Files that can stand in one.

    Attributes:
        before, after: what stands round a file's address in its tag.
        suffix: of such a file.
        between: what keeps the end of one from the beginning of the next.
    """

    before: str
    after: str
    suffix: str
    between: str

    @property
    def run(self) -> re.Pattern[str]:
        """Two tags or more with nothing between them."""
        return re.compile(rf"{self._tag}(?:\s*{self._tag})+")

    def files(self, tags: str) -> list[tuple[str, str]]:
        """Return the way to the site's root and the path below the static folder, for each of these tags."""
        return re.findall(self._tag, tags)

    @property
    def _tag(self) -> str:
        return rf'{re.escape(self.before)}((?:[^"]*/)?){STATIC}([^"?]+)(?:\?[^"]*)?{re.escape(self.after)}'


# A sheet for print has another tag and stays on its own: it holds nothing up. So have scripts that do not wait.
KINDS = (
    Kind('<link rel="stylesheet" type="text/css" href="', '" />', ".css", "\n"),
    Kind('<script defer="defer" src="', '"></script>', ".js", "\n;\n"),
)


def join_files(app: Sphinx, exception: Exception | None) -> None:
    """Replace style sheets that follow each other on a page by one file of them all, in their order; scripts likewise.

    Pages with the same files share it. The files themselves stay.
    """
    if exception is not None:
        return
    site, written = Path(app.outdir), {}
    for page in site.rglob("*.html"):
        text = joined = page.read_text(encoding="utf-8")
        for kind in KINDS:
            joined = kind.run.sub(lambda tags, kind=kind: _one_tag(site, kind, tags[0], written), joined)
        if joined != text:
            page.write_text(joined, encoding="utf-8")


def _one_tag(site: Path, kind: Kind, tags: str, written: dict[tuple[str, ...], str]) -> str:
    found = kind.files(tags)
    names = tuple(name for _, name in found)
    if names not in written:
        text = kind.between.join(moved(site / STATIC / name, name) for name in names)
        written[names] = f"page.{hashlib.sha256(text.encode()).hexdigest()[:8]}{kind.suffix}"
        (site / STATIC / written[names]).write_text(text, encoding="utf-8")
    return f"{kind.before}{found[0][0]}{STATIC}{written[names]}{kind.after}"


def moved(file: Path, name: str) -> str:
    """Return a file's text; the addresses in a style sheet become what they are from the static folder itself."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".css":
        return text
    folder = posixpath.dirname(name)
    return _URL.sub(lambda url: f"url({url[1]}{posixpath.normpath(posixpath.join(folder, url[2]))}{url[1]})", text)


def setup(app: Sphinx) -> None:
    """Register with Sphinx; the theme rewrites one of its sheets when the build has finished."""
    app.connect("build-finished", join_files, priority=900)

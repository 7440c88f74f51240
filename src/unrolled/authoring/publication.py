"""Where the site and its sources will be found: what pages may say of themselves once they are published.

A build knows neither. Without an address no page claims a canonical place and there is no sitemap; without a repository
no page offers to open a notebook elsewhere. So a book that was built for one's own disk points to nothing that is missing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from unrolled.course import CourseError

NOT_FOUND = "404"  # the name under which hosts look for the page to show for a wrong address
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


class PublicationError(CourseError):
    """A setting for publishing cannot be right; the message names it and what it should look like."""


@dataclass(frozen=True)
class Publication:
    """The settings of a published site.

    Attributes:
        address: where the site will stand, as a URL; it is kept with a slash at its end.
        repository: the sources on GitHub, as owner/name.
        branch: the branch or tag of the repository that the site is built from.

    Raises:
        PublicationError: a setting is not what it should be.
    """

    address: str | None = None
    repository: str | None = None
    branch: str = "main"

    def __post_init__(self) -> None:
        if self.address is not None:
            object.__setattr__(self, "address", _url(self.address))
        if self.repository is not None and not _REPOSITORY.fullmatch(self.repository):
            raise PublicationError(
                f"The repository {self.repository!r} is not owner/name. "
                "Give what follows github.com/ in its address, for example: --repository owner/name"
            )
        if not _BRANCH.fullmatch(self.branch) or ".." in self.branch or self.branch.endswith((".", ".lock")):
            raise PublicationError(
                f"{self.branch!r} cannot be the name of a branch or a tag. Give one that exists, for example: --branch main"
            )

    def sphinx_settings(self, extensions: list[str]) -> dict[str, object]:
        """Return what Sphinx must know of the address: nothing where there is none.

        Args:
            extensions: the extensions the book has anyway.
        """
        if self.address is None:
            return {}
        return {
            "extensions": [*extensions, "sphinx_sitemap", "notfound.extension"],
            "html_baseurl": self.address,
            "sitemap_url_scheme": "{link}",
            "sitemap_locales": [None],  # one language: no alternates
            "sitemap_excludes": ["search.html", f"{NOT_FOUND}.html"],
            "notfound_urls_prefix": urlsplit(self.address).path,
            "notfound_pagename": NOT_FOUND,
            "notfound_template": "404.html",
            "notfound_context": {"title": "Page not found"},
        }

    def write_files(self, site: Path) -> None:
        """Write what a host and a search engine look for beside the pages of a published site."""
        if self.address is None:
            return
        (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\n\nSitemap: {self.address}sitemap.xml\n")
        (site / ".nojekyll").touch()  # else GitHub Pages leaves out every folder whose name starts with _


def _url(address: str) -> str:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\"'<>?#@]", address):
        raise PublicationError(
            f"The address {address!r} is not where a site can stand. "
            "Give a URL without ? and #, for example: --address https://owner.github.io/name/"
        )
    return address.rstrip("/") + "/"

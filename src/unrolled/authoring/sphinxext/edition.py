"""Which edition of the course a page belongs to: a line in its footer, and the way to other editions where published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from unrolled import __date__, __version__
from unrolled.authoring.publish import site_of, write_list

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

SCRIPT = "versions.js"


def show(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template the edition: version, date of release, and where the list of all versions lies, if anywhere.

    A site built without an address has no such list, and its pages carry no script that looks for one.
    """
    address = app.config.html_baseurl
    context["edition"] = {"version": __version__, "date": __date__, "site": site_of(address) if address else None}
    if address:
        app.add_js_file(SCRIPT, defer="defer")


def list_itself(app: Sphinx, exception: Exception | None) -> None:
    """Write a list of no versions into a site with an address: its script asks for one, also before it is published."""
    if exception is None and app.config.html_baseurl:
        write_list(Path(app.outdir))


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("html-page-context", show)
    app.connect("build-finished", list_itself)

"""What a page says of itself in its head: a description, colours and, once it has an address, what others show of it."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from docutils import nodes

from unrolled.authoring.publication import NOT_FOUND

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DESCRIPTION_LENGTH = 200
CARDS = "_cards"
KINDS = {"lessons": "Lesson", "labs": "Lab", "data": "Data set", "appendix": "Reference", "teach": "For instructors"}


def describe_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the page its colours, a description made from its first paragraph, and where it has an address a card."""
    tags = [_colour(app, mode) for mode in ("light", "dark")]
    if pagename == NOT_FOUND:
        context["content_root"] = app.config.notfound_urls_prefix  # for scripts; the library mends links only
        context["pageurl"] = None  # it stands for other addresses, not for one of its own
    if doctree is not None:
        description = _first_paragraph(doctree)
        if description:
            tags.append(f'<meta name="description" content="{escape(description)}">')
        if app.config.html_baseurl:
            tags += _social(app, pagename, context["pageurl"], description)
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def _colour(app: Sphinx, mode: str) -> str:
    colour = app.config.html_theme_options[f"{mode}_css_variables"]["color-background-primary"]
    return f'<meta name="theme-color" media="(prefers-color-scheme: {mode})" content="{colour}">'


def _first_paragraph(doctree: nodes.document) -> str:
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            return _shortened(" ".join(paragraph.astext().split()))
    return ""


def _shortened(text: str) -> str:
    if len(text) <= DESCRIPTION_LENGTH:
        return text
    return text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"


def _social(app: Sphinx, pagename: str, url: str, description: str) -> list[str]:
    """Return the Open Graph tags of a page, and put its card into the site."""
    # Imported here: drawing loads matplotlib, and a book without an address draws nothing.
    from unrolled.authoring import cards

    label, title = _name(pagename, app.env.titles[pagename].astext())
    card = cards.Card(app.config.html_title, label, title, description)
    place = Path(CARDS, f"{pagename}.png")
    (app.outdir / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(cards.stored(card, Path(app.config.unrolled_card_cache)), app.outdir / place)
    tags = {
        "og:type": "website" if pagename == app.config.root_doc else "article",
        "og:site_name": app.config.html_title,
        "og:title": f"{title} · {label}",
        "og:description": description,
        "og:url": url,
        "og:image": urljoin(app.config.html_baseurl, place.as_posix()),
        "og:image:width": str(cards.WIDTH),
        "og:image:height": str(cards.HEIGHT),
        "og:image:alt": f"{title} · {label}. Below, a recurrent net drawn once with a loop and once step by step.",
    }
    written = [f'<meta property="{name}" content="{escape(text)}">' for name, text in tags.items()]
    return [*written, '<meta name="twitter:card" content="summary_large_image">']


def _name(pagename: str, title: str) -> tuple[str, str]:
    """Return what kind of page it is, with the number of a lesson or lab, and its title without that."""
    folder, _, slug = pagename.rpartition("/")
    label = KINDS.get(folder, "A course on recurrent neural networks")
    if folder in ("lessons", "labs"):
        label += f" {slug[:2]}"
        title = title.removeprefix(f"{label}: ")
    return label, title[:1].upper() + title[1:]


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.add_config_value("unrolled_card_cache", "", "")
    app.connect("html-page-context", describe_page)

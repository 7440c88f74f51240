"""Write slides as one HTML page that works without a script, and better with `slides.js`."""

from __future__ import annotations

import hashlib
import re
from html import escape
from pathlib import Path

from unrolled.authoring.slides.choice import Slide
from unrolled.authoring.slides.page import Page

# The lesson's own styles and scripts, but for the theme's: the colours of code, and what the course adds.
CODE_STYLE = "pygments.css"
STYLES = {"unrolled.css": "all", "print.css": "print", "slides.css": "all"}
SCRIPTS = ("scroll.js", "slides.js")
KEYS = "← → slides · N notes · D dark or light · F full screen · print for a handout"


def render(page: Page, slides: list[Slide], *, number: int, minutes: int, static: Path) -> str:
    """Return the page of a deck.

    Args:
        page: the lesson.
        slides: what to show, the title first.
        number: the lesson's.
        minutes: the lesson's.
        static: the site's folder of scripts and styles.
    """
    title = page.article.h1.get_text().strip()
    styles = [f'<link rel="stylesheet" href="../_static/{CODE_STYLE}">']
    styles += [
        f'<link rel="stylesheet" media="{media}" href="../_static/{name}?v={_checksum(static / name)}">'
        for name, media in STYLES.items()
    ]
    scripts = [f"../_static/{name}?v={_checksum(static / name)}" for name in SCRIPTS]
    icon = page.head.select_one("link[rel~=icon]")
    canonical = page.head.select_one("link[rel=canonical]")  # the lesson: a deck says nothing of its own
    colours = page.head.find("style")
    facts = f"Lesson {number:02d} · {minutes} minutes"
    body = "\n".join(_section(slide, place, page.address, facts) for place, slide in enumerate(slides, start=1))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{len(slides)} slides of lesson {number:02d}, {escape(title)}: for instructors, with notes.">
<title>{escape(title)} - slides - Unrolled</title>
{icon or ""}
{canonical or ""}
{"".join(styles)}
{colours or ""}
{"".join(f'<script defer src="{script}"></script>' for script in scripts)}
</head>
<body data-theme="auto">
<main><article class="deck">
{_linked(page.complete(body), page.address)}
</article></main>
<nav class="moves" aria-label="Slides" hidden>
<a href="{page.address}">Lesson</a>
<button type="button" data-key="n" aria-pressed="false">Notes</button>
<button type="button" data-key="PageUp" aria-label="Previous slide">←</button>
<p role="status"><span class="only-heard">Slide </span><span class="number">1</span> of {len(slides)}</p>
<button type="button" data-key="PageDown" aria-label="Next slide">→</button>
</nav>
</body>
</html>
"""


def _section(slide: Slide, place: int, lesson: str, facts: str) -> str:
    tag = "h1" if slide.kind == "title" else "h2"
    number, of = slide.part
    part = f' <span class="part">{number} of {of}</span>' if of > 1 else ""
    anchor = f' id="{slide.anchor}"' if slide.anchor and number == 1 else ""
    kicker = slide.kicker or (facts if slide.kind == "title" else "")
    head = f'<p class="kicker">{kicker}</p>\n' if kicker else ""
    pieces = [f'<p class="keys">{KEYS}</p>'] if slide.kind == "title" else []
    section = f' data-section="{slide.anchor}"' if slide.anchor else ""
    read = f'<p><a href="{lesson}{f"#{slide.anchor}" if slide.anchor else ""}">Read it in the lesson</a></p>'
    return f"""<section class="slide" id="{place}" data-kind="{slide.kind}"{section}>
<header>{head}<{tag}{anchor} tabindex="-1">{slide.title}{part}</{tag}></header>
<div class="body">
{chr(10).join(slide.pieces + pieces)}
</div>
<details class="notes"><summary>Notes</summary>
{chr(10).join(slide.notes)}
{read}
</details>
</section>"""


def _linked(body: str, lesson: str) -> str:
    """Let links to what the deck shows stay in the deck."""
    here = set(re.findall(r' id="([^"]+)"', body))
    return re.sub(
        rf'href="{re.escape(lesson)}#([^"]+)"(?!>Read it)',
        lambda link: f'href="#{link[1]}"' if link[1] in here else link[0],
        body,
    )


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]

"""The frame of the pages that grading writes: one file, no script, nothing fetched, nothing a learner wrote unescaped."""

import base64
import hashlib
import html
import os
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from unrolled.figures.style import PALETTE

MAX_MARKS = 4  # combining marks on one letter: no spelling needs more, and a tower of them covers the lines around it
_VISIBLE_AS_CODE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MORE = {"panel": ("#f5f7fa", "#1a1c20"), "link": ("#0a5fa8", "#6db8f2")}  # as in book/_config.yml


def text(value: object, limit: int = 300) -> str:
    """Return a string as HTML in which it can only be text.

    Markup is escaped. Control characters, those that turn the direction of writing and those that take no room are shown
    as their code point, so that a text cannot look like another. Line breaks stay.

    Args:
        value: anything; nothing about it is trusted.
        limit: characters kept; an ellipsis stands for the rest.
    """
    return html.escape(visible(value, limit))


def visible(value: object, limit: int = 300) -> str:
    """Return what `text` escapes: cut, and with nothing in it that cannot be seen."""
    whole = str(value)
    shown, marks = [], 0
    for character in whole[:limit].replace("\r\n", "\n"):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character in "\n\t":
            shown.append(character.replace("\t", "    "))
        elif category in _VISIBLE_AS_CODE or marks > MAX_MARKS:
            shown.append(f"[U+{ord(character):04X}]")
        else:
            shown.append(character)
    return "".join(shown) + ("…" if len(whole) > limit else "")


def name(learner: str) -> str:
    """Return a learner's id as HTML; its direction of writing does not reach its surroundings."""
    return f"<bdi>{text(learner, 80)}</bdi>" if learner.strip() else "<bdi>(no name)</bdi>"


def points(value: float) -> str:
    """Return points as a person writes them: 7.5, 8."""
    return f"{round(value, 2):g}"


def plural(count: int, noun: str) -> str:
    """Return "1 learner", "3 learners"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Sequence[int] = ()) -> str:
    """Return a table that scrolls by itself when the page is narrow; the first cell of a row names the row.

    Args:
        caption: what it shows, as plain text.
        head: the columns' names, as HTML.
        rows: cells, as HTML.
        numeric: columns set to the right.
    """

    def cell(column: int, content: str) -> str:
        tag = 'th scope="row"' if column == 0 else 'td class="number"' if column in numeric else "td"
        return f"<{tag}>{content}</{tag[:2]}>"

    columns = "".join(
        f'<th scope="col"{" class=number" if column in numeric else ""}>{content}</th>'
        for column, content in enumerate(head)
    )
    body = "\n".join(f"<tr>{''.join(cell(*numbered) for numbered in enumerate(row))}</tr>" for row in rows)
    return (
        f'<div class="scroll" role="region" aria-label="{html.escape(caption)}" tabindex="0"><table>'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{columns}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )


def render(title: str, body: str, *, drawing_style: str = "") -> str:
    """Return a whole page.

    Args:
        title: the page's title and first heading, as plain text.
        body: HTML whose headings begin at h2.
        drawing_style: CSS of the drawings in it. With it, elements may carry style attributes, as drawings do.
    """
    style = _style() + drawing_style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    source = f"style-src 'sha256-{digest}'"
    if drawing_style:
        source = f"style-src-elem 'sha256-{digest}'; style-src-attr 'unsafe-inline'"
    policy = f"default-src 'none'; {source}; base-uri 'none'; form-action 'none'"
    title = text(title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#content">Skip to the content</a>\n'
        f'<main id="content" tabindex="-1"><article>\n<h1>{title}</h1>\n{body}\n</article></main>\n</body>\n</html>\n'
    )


def write(path: Path, content: str) -> Path:
    """Write a page so that a reader finds the old one or the new one, never half of one; make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".page-", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp lets nobody else read
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def _style() -> str:
    colours = PALETTE | _MORE
    light, dark = (";".join(f"--{role}:{pair[mode]}" for role, pair in colours.items()) for mode in (0, 1))
    return f":root{{color-scheme:light dark;{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}{_LOOK}"


_LOOK = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.6;
  font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.2rem 1.2rem 4rem; }
main:focus { outline: none; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -999rem; padding: 0.4rem 0.8rem; background: var(--paper); }
.skip:focus { left: 0.5rem; top: 0.5rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 1rem 0 0.6rem; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; line-height: 1.3; margin: 2.4rem 0 0.6rem; overflow-wrap: anywhere; }
h3 { font-size: 1.1rem; margin: 1.6rem 0 0.4rem; overflow-wrap: anywhere; }
p, ul, ol, dl { max-width: 42rem; overflow-wrap: anywhere; }
ul, ol { padding-left: 1.3rem; }
a { color: var(--link); text-underline-offset: 0.18em; }
code { font-size: 0.9em; background: var(--panel); padding: 0.1em 0.3em; border-radius: 0.2rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.scroll { max-width: 100%; overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: 0.95rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.3rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid var(--grid); }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 8rem; max-width: 22rem; }
thead th { border-bottom: 2px solid var(--quiet); vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; }
td ul { margin: 0; padding-left: 1.1rem; min-width: 16rem; max-width: 30rem; }
.total { font-size: 1.15rem; }
.status { padding: 0.6rem 0.9rem; border-left: 4px solid var(--quiet); background: var(--panel); }
.status.passed { border-color: var(--green); }
.status.partial { border-color: var(--blue); border-left-style: dashed; }
.status.stopped { border-color: var(--orange); border-left-style: double; border-left-width: 6px; }
.checks { list-style: none; padding: 0; }
.checks li { padding: 0.5rem 0; border-bottom: 1px solid var(--grid); display: grid; gap: 0 0.8rem;
  grid-template-columns: minmax(5.4rem, auto) 1fr auto; }
.verdict { font-weight: 700; white-space: nowrap; }
.right .verdict { color: var(--green); }
.wrong .verdict { color: var(--orange); }
.worth { color: var(--quiet); white-space: nowrap; }
.hint { grid-column: 2 / -1; margin: 0.2rem 0 0; padding-left: 0.7rem; border-left: 2px solid var(--orange);
  white-space: pre-wrap; }
.unrolled-figure svg { min-width: 34rem; }
.unrolled-figure figcaption { color: var(--quiet); font-size: 0.92rem; margin-top: 0.4rem; }
.code { font-size: 0.85rem; line-height: 1.45; width: 100%; }
.code td, .code th { border: 0; padding: 0.05rem 0.5rem 0.05rem 0; }
.code thead th { padding-bottom: 0.3rem; }
.code pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 14rem;
  font-family: ui-monospace, "Cascadia Mono", "Liberation Mono", Menlo, monospace; }
.code .line { color: var(--quiet); text-align: right; font-weight: 400; min-width: 2.4rem; white-space: nowrap; }
.code mark { background: none; color: inherit; border-left: 3px solid var(--blue); padding-left: 0.4rem; display: block; }
.code .alone { border-left: 3px solid transparent; padding-left: 0.4rem; display: block; color: var(--quiet); }
@media (max-width: 30rem) {
  main { padding: 0.6rem 0.9rem 3rem; }
  h1 { font-size: 1.6rem; }
  .checks li { grid-template-columns: minmax(5.2rem, auto) 1fr; gap: 0 0.4rem; }
  .worth { grid-column: 2; }
  .code { font-size: 0.75rem; }
  .code pre { min-width: 8rem; }
  .code .line { min-width: 1.6rem; }
}
@media print {
  .skip { display: none; }
  .scroll, .unrolled-figure { overflow: visible; }
  tr, figure, .checks li { break-inside: avoid; }
}
"""

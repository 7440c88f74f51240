"""Turn the book's MyST into Markdown that every notebook program shows.

JupyterLab, Colab, VS Code and GitHub know CommonMark, `$mathematics$` and a little HTML, but no MyST. The book keeps
the MyST text; the notebooks get what this module makes of it. The subset is small on purpose: what is not listed
here is an error, so that no raw markup ever reaches a learner.
"""

import re
from collections.abc import Callable

from unrolled.authoring.source import AuthoringError

ADMONITIONS = {"note": "Note", "tip": "Tip", "warning": "Warning", "admonition": ""}
_FENCE = re.compile(r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[\w-]+)\}[ \t]*(?P<argument>.*)$")
_ROLE = re.compile(r"\{(?P<name>[\w:-]+)\}`(?P<body>[^`]+)`")
_BROKEN_ROLE = re.compile(r"\{(?:term|eq|doc|ref|cite(?::\w)?)\}(?:`[^`]*)?$")
_LABEL = re.compile(r"\$\$[ \t]*\((?P<label>[\w:-]+)\)[ \t]*$")
_OPTION = re.compile(r"^- \[(?P<mark>[ xX])\] (?P<text>.*)$")


def to_plain(text: str, where: str, *, cite: Callable[[str], str], tags: dict[str, str]) -> str:
    """Convert one Markdown cell.

    Args:
        text: MyST Markdown.
        where: file and cell, for the error message.
        cite: from a bibliography key to a Markdown link.
        tags: equation label to its printed number, e.g. {"eq:update": "1.2"}.

    Raises:
        AuthoringError: a directive or role that the notebooks cannot show.
    """
    lines, out = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        fence = _FENCE.match(line)
        if not fence:
            out.append(_inline(_tagged(line, tags), where, cite, tags))
            continue
        body = _body(lines, fence["fence"], where)
        inner = to_plain("\n".join(body), where, cite=cite, tags=tags)
        argument = _inline(fence["argument"], where, cite, tags)
        out += _directive(fence["name"], argument, inner, where)
    return "\n".join(out)


def equation_labels(text: str) -> list[str]:
    """Return the labels of the display equations in `text`, in order: each gets the next number of its lesson."""
    return [match["label"] for line in text.split("\n") if (match := _LABEL.search(line))]


def _body(lines: list[str], fence: str, where: str) -> list[str]:
    body: list[str] = []
    while lines:
        line = lines.pop(0)
        if line.rstrip() == fence:
            return body
        body.append(line)
    raise AuthoringError(f"{where}: a directive opened with {fence} is never closed.")


def _directive(name: str, argument: str, inner: str, where: str) -> list[str]:
    if name in ADMONITIONS:
        title = argument or ADMONITIONS[name]
        quoted = [f"> {line}".rstrip() for line in inner.strip().split("\n")]
        return [f"> **{title}**", ">", *quoted]
    if name == "question":
        return [f"**{argument}**", "", *_options(inner, where)]
    raise AuthoringError(
        f"{where}: notebooks cannot show the directive {{{name}}}. Use prose, a table or an admonition."
    )


def _options(inner: str, where: str) -> list[str]:
    """Each option of a question becomes a `<details>` that opens on its explanation."""
    out: list[str] = []
    for block in filter(None, re.split(r"(?m)^(?=- \[)", inner.strip())):
        first, *rest = block.split("\n")
        option = _OPTION.match(first)
        explanation = "\n".join(line.strip() for line in rest).strip()
        if not option or not explanation:
            raise AuthoringError(
                f"{where}: a question's option needs '- [ ] text' and an explanation below it: {first!r}"
            )
        verdict = "Not this." if option["mark"] == " " else "Right."
        out += [f"<details><summary>{option['text']}</summary>", "", f"{verdict} {explanation}", "", "</details>", ""]
    return out


def _tagged(line: str, tags: dict[str, str]) -> str:
    label = _LABEL.search(line)
    return line if not label else f"{line[: label.start()]}\\tag{{{tags[label['label']]}}}$$"


def _inline(line: str, where: str, cite: Callable[[str], str], tags: dict[str, str]) -> str:
    def replace(role: re.Match) -> str:
        name, body = role["name"], role["body"]
        titled = re.fullmatch(r"(?P<title>.+?)\s*<(?P<target>[^>]+)>", body)
        title, target = (titled["title"], titled["target"]) if titled else (body, body)
        if name == "term":
            return title
        if name == "eq":
            return f"({tags[body]})" if body in tags else _unknown(where, f"equation label {body}")
        if name in ("cite:p", "cite:t"):
            links = ", ".join(cite(key.strip()) for key in body.split(","))
            return f"({links})" if name == "cite:p" else links
        if name == "doc" and titled:
            return _page_link(title, target)
        return _unknown(where, f"role {{{name}}}`{body}`")

    if broken := _BROKEN_ROLE.search(line):
        raise AuthoringError(f"{where}: the role {broken[0]!r} goes on in the next line. Keep it in one line.")
    return _ROLE.sub(replace, line)


def _page_link(title: str, target: str) -> str:
    """Link to a lesson or lab lying beside this notebook; pages that exist in the book alone keep only their title."""
    for page, folder in (("/lessons/", "../notebooks/"), ("/labs/", "../labs/")):
        if target.startswith(page) and not target.endswith("/index"):
            return f"[{title}]({folder}{target.removeprefix(page)}.ipynb)"
    return title


def _unknown(where: str, what: str) -> str:
    raise AuthoringError(f"{where}: notebooks cannot show {what}. See the list in unrolled/authoring/plain.py.")

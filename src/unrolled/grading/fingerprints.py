"""What stays of an answer when names, comments and layout are taken away.

A fingerprint is a run of `RUN` tokens, as in Schleimer, Wilkerson and Aiken (2003, "Winnowing: local algorithms for
document fingerprinting", doi:10.1145/872757.872770). Answers are short, so every run is kept where they sample. Inside a
run a name stands for the place of its first appearance there, so that runs match if one can be had from the other by
renaming (Baker 1996, "Parameterized pattern matching", doi:10.1006/jcss.1996.0003), and a line put in between harms only
the runs across it.
"""

import builtins
import keyword
import re
from dataclasses import dataclass

RUN = 9  # tokens
MAX_TOKENS = 2000  # of one answer; a file may be large on purpose
_KEPT = set(keyword.kwlist) | set(dir(builtins))
_OPENING, _CLOSING = "([{", ")]}"
# One pattern for code that parses and code that does not. A string that nobody
# closed ends with its line or the file; the loops are possessive, so that no answer makes the search slow.
_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>[rbfuRBFU]{0,2}(?:\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\")? | '''(?:[^'\\]|\\.|'(?!''))*+(?:''')?
        | \"(?:[^\"\\\n]|\\.)*+\"? | '(?:[^'\\\n]|\\.)*+'?))
  | (?P<number>(?:\d|\.\d)[\w.]*)
  | (?P<name>[^\W\d]\w*)
  | (?P<space>\\\n|[^\S\n]+)
  | (?P<line>\n)
  | (?P<sign>\*\*=?|//=?|<<=?|>>=?|->|:=|[-+*/%@&|^=!<>]=|\S)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        text: as compared; for a name that may be changed freely, as written.
        free: whether it is such a name.
        line: where it stands, from 1.
    """

    text: str
    free: bool
    line: int


def tokens(source: str) -> list[Token]:
    """Return what an answer does, token by token; comments, docstrings, layout and the style of quotes are gone.

    Attributes after a dot, names of keyword arguments, builtins and constants are kept: they say what is done.
    """
    found, line = [], 1
    for match in _TOKEN.finditer(source):
        if match.lastgroup not in ("comment", "space"):
            found.append((match.lastgroup, match[0], line))
        line += match[0].count("\n")
        if len(found) >= MAX_TOKENS:
            break
    return _plain(_without_docstrings(found))


def runs(answer: list[Token]) -> list[tuple[str, ...]]:
    """Return the runs of an answer in order; run i covers tokens i to i + RUN - 1."""
    return [_canonical(answer[start : start + RUN]) for start in range(len(answer) - RUN + 1)]


def _canonical(window: list[Token]) -> tuple[str, ...]:
    places: dict[str, str] = {}
    # "\0" stands in no token: a constant cannot pass for a name.
    return tuple(places.setdefault(t.text, f"\0{len(places)}") if t.free else t.text for t in window)


def _without_docstrings(found: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Drop strings that are statements of their own, and then the ends of lines, which bind nothing any more."""
    kept, depth = [], 0
    for place, (kind, text, line) in enumerate(found):
        depth += (text in _OPENING) - (text in _CLOSING) if kind == "sign" else 0
        before = found[place - 1][0] if place else "line"
        after = found[place + 1][0] if place + 1 < len(found) else "line"
        if kind != "line" and not (kind == "string" and depth <= 0 and before == after == "line"):
            kept.append((kind, text, line))
    return kept


def _plain(found: list[tuple[str, str, int]]) -> list[Token]:
    result: list[Token] = []
    depth, header = 0, False  # header: inside the brackets of a def
    for place, (kind, text, line) in enumerate(found):
        before = found[place - 1][1] if place else ""
        after = found[place + 1][1] if place + 1 < len(found) else ""
        if text in _OPENING and kind == "sign":
            depth += 1
            header |= depth == 1 and place > 1 and found[place - 2][1] == "def"
        elif text in _CLOSING and kind == "sign":
            depth = max(0, depth - 1)
            header &= depth > 0
        if (kind == "sign" and text == ";") or (text == "," and after and after in _CLOSING):
            continue
        free = False
        if kind == "name":
            argument = depth > 0 and after == "=" and not header and before in ("(", ",")
            free = text not in _KEPT and before != "." and not argument
        elif kind == "string":
            text = _content(text)
        result.append(Token(text, free, line))
    return result


def _content(literal: str) -> str:
    """A string without its prefix and quotes, marked as one."""
    body = literal.lstrip("rbfuRBFU")
    quote = body[:3] if body[:3] in ('"""', "'''") else body[:1]
    return '"' + body[len(quote) :].removesuffix(quote)

"""Mathematics at build time: LaTeX in the source becomes MathML in the page.

`latex2mathml` does the conversion; browsers draw the result, so a page needs no script and works offline. The functions
here mend what the converter leaves to the dropped parts of MathML 3 (fonts, column alignment, named spaces), and refuse
what it would let through silently: an unknown command, a brace that is never closed, a fraction with one half.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import latex2mathml.converter
from docutils import nodes
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

CHILDREN_REQUIRED = {
    "mfrac": 2,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "msubsup": 3,
    "munder": 2,
    "mover": 2,
    "munderover": 3,
}
# Where each alphabet starts: A, a, 0, capital alpha, small alpha. MathML Core kept no `mathvariant` but "normal".
ALPHABETS = {
    "bold": (0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0x1D6C2),
    "italic": (None, None, None, None, None),  # a single letter in <mi> is italic by itself
    "bold-italic": (0x1D468, 0x1D482, 0x1D7CE, 0x1D71C, 0x1D736),
    "double-struck": (0x1D538, 0x1D552, 0x1D7D8, None, None),
    "sans-serif": (0x1D5A0, 0x1D5BA, 0x1D7E2, None, None),
    "monospace": (0x1D670, 0x1D68A, 0x1D7F6, None, None),
}
ALPHABET_STARTS = ("A", "a", "0", "Α", "α")
NAMED_SPACES = {
    "negativethinmathspace": "-0.167em",
    "negativemediummathspace": "-0.222em",
    "negativethickmathspace": "-0.278em",
}
THIN_SPACE = "0.167em"
LIMIT_NAMES = frozenset({"max", "min", "lim", "sup", "inf", "argmax", "argmin", "arg\u2009max", "arg\u2009min"})
WITH_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover"})
PRIMES = re.compile("[\u2032\u2033\u2034\u2057]+")
ROWS = frozenset({"math", "mrow", "mtd", "mstyle", "msqrt"})


class FormulaError(ValueError):
    """A formula that cannot be drawn; the message names the fault."""


def to_mathml(latex: str, *, display: bool = False) -> str:
    """Return `latex` as a `<math>` element, with the source kept in `alttext`."""
    source = " ".join(latex.split())
    _require_closed_braces(source)
    try:
        root = latex2mathml.converter.convert_to_element(_known_environments(source), display="block")
    except Exception as error:  # the converter raises many kinds, most without a message
        raise FormulaError(f"it does not parse ({type(error).__name__})") from error
    for element in root.iter():
        element.text = html.unescape(element.text) if element.text else element.text
    _require_complete(root)
    _mend(root)
    root.attrib = {"alttext": source}
    if display:
        root.set("display", "block")
    return ET.tostring(root, encoding="unicode")


def _require_closed_braces(latex: str) -> None:
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            raise FormulaError("a closing brace } has no opening one")
    if depth:
        raise FormulaError("an opening brace { is never closed")


def _known_environments(latex: str) -> str:
    """Rename `aligned` and `align`: the converter knows `align*`, and the equation's number is Sphinx's."""
    return re.sub(r"\\(begin|end)\{align(?:ed)?\}", r"\\\1{align*}", latex)


def _require_complete(root: ET.Element) -> None:
    for element in root.iter():
        text = element.text or ""
        if element.tag != "mtext" and text.startswith("\\") and len(text) > 1:
            raise FormulaError(f"the command {text} is not known")
        if element.tag == "mi" and text in ("&", "}", "{"):
            raise FormulaError(f"a stray {text} is outside any matrix or alignment")
        if element.get("linebreak") == "newline":
            raise FormulaError(r"a line break \\ is outside any environment: wrap the lines in \begin{aligned}")
        required = CHILDREN_REQUIRED.get(element.tag)
        if required is not None and len(element) != required:
            raise FormulaError(f"a part is missing: <{element.tag}> has {len(element)} of {required}")


def _mend(root: ET.Element) -> None:
    for element in root.iter():
        _mend_alphabet(element)
        _mend_space(element)
        _mend_table(element)
        _mend_accent(element)
        _mend_fence(element)
        _mend_limits(element)
        _mend_primes(element)
        _mend_scripts(element)
    for element in root.iter():
        if element.tag in ROWS:
            _join_upright_letters(element)
            _join_thousands(element)
            _space_functions(element)


def _mend_alphabet(element: ET.Element) -> None:
    variant = element.get("mathvariant")
    if variant in (None, "normal"):
        return
    starts = ALPHABETS.get(variant)
    if starts is None:
        raise FormulaError(f"the alphabet {variant} is not supported")
    del element.attrib["mathvariant"]
    element.text = "".join(_in_alphabet(letter, starts) for letter in element.text or "")


def _in_alphabet(letter: str, starts: tuple[int | None, ...]) -> str:
    for first, start, length in zip(ALPHABET_STARTS, starts, (26, 26, 10, 25, 25), strict=True):
        offset = ord(letter) - ord(first)
        if start is not None and 0 <= offset < length:
            return chr(start + offset)
    return letter


def _mend_space(element: ET.Element) -> None:
    width = element.get("width")
    if width in NAMED_SPACES:
        element.set("width", NAMED_SPACES[width])


def _mend_table(element: ET.Element) -> None:
    """Turn MathML 3's alignment attributes into classes that the stylesheet knows."""
    if element.tag == "mtable":
        spacing = [element.attrib.pop(name, None) for name in ("columnspacing", "rowspacing")]
        if any(spacing):
            element.set("class", "aligned")
    elif element.tag == "mtd":
        side = element.attrib.pop("columnalign", None)
        if side in ("left", "right"):
            element.set("class", side)


def _mend_accent(element: ET.Element) -> None:
    if element.tag != "mover" or element[1].tag != "mo":
        return
    accent = element[1]
    if accent.text in ("^", "¯", "~", "˙", "¨", "→"):
        element.set("accent", "true")
        if len("".join(element[0].itertext())) == 1:
            accent.set("stretchy", "false")
        elif accent.text == "^":
            accent.text = "\u0302"  # the one hat that fonts make in several widths


def _mend_fence(element: ET.Element) -> None:
    """Keep the bars of a norm at the size of the line unless `\\left` asked for more."""
    if element.tag == "mo" and element.text in ("‖", "|") and "stretchy" not in element.attrib:
        element.set("stretchy", "false")


def _mend_limits(element: ET.Element) -> None:
    """Set `\\max`, `\\operatorname*{...}` and their kind with the script below in displays, beside the name in text."""
    if element.tag in WITH_LIMITS and element[0].tag == "mo":
        base = element[0]
        if base.text in LIMIT_NAMES or base.get("movablelimits") == "true":
            element.tag = WITH_LIMITS[element.tag]
            base.set("movablelimits", "true")
    if element.tag == "mo" and element.text in LIMIT_NAMES or _is_word(element) and element.get("movablelimits"):
        element.attrib.update(lspace="0", rspace=THIN_SPACE)
    elif element.tag == "mo" and _is_word(element):
        element.tag = "mi"  # \operatorname: a name, not an operator between two operands


def _mend_primes(element: ET.Element) -> None:
    """Set a prime beside its letter: fonts draw it raised already, and raised twice it is lost."""
    if element.tag not in ("msup", "msubsup") or not PRIMES.fullmatch(element[-1].text or ""):
        return
    prime = element[-1]
    prime.tag, prime.attrib = "mo", {"lspace": "0", "rspace": "0"}
    letter = ET.Element("mrow")
    letter.extend([element[0], prime])
    if element.tag == "msup":
        element.tag, element[:] = "mrow", [*letter]
    else:
        element.tag, element[:] = "msub", [letter, element[1]]


def _mend_scripts(element: ET.Element) -> None:
    """Set operators in scripts without space, as TeX does: the index of h_{t-1} is one thing."""
    if element.tag in SCRIPTED:
        for script in element[1:]:
            for operator in script.iter("mo"):
                operator.attrib.update(lspace="0", rspace="0")


def _is_word(element: ET.Element) -> bool:
    text = (element.text or "").replace("\u2009", "")
    return len(text) > 1 and text.isalpha()


def _join_upright_letters(row: ET.Element) -> None:
    """`\\mathrm{softmax}` arrives as seven letters: make it one name."""
    position = 0
    while position + 1 < len(row):
        this, following = row[position], row[position + 1]
        if all(part.tag == "mi" and part.get("mathvariant") == "normal" for part in (this, following)):
            this.text = f"{this.text}{following.text}"
            row.remove(following)
        else:
            position += 1
    for name in row:
        if name.tag == "mi" and _is_word(name):
            name.attrib.pop("mathvariant", None)


def _join_thousands(row: ET.Element) -> None:
    """`1{,}461` is one number, not a pair."""
    for position in range(len(row) - 3, -1, -1):
        if position + 2 >= len(row):  # what stood behind has been joined to a number
            continue
        first, comma, last = row[position : position + 3]
        if first.tag == last.tag == "mn" and comma.tag == "mrow" and [part.text for part in comma] == [","]:
            first.text = f"{first.text},{last.text}"
            row.remove(comma)
            row.remove(last)


def _space_functions(row: ET.Element) -> None:
    """Put a thin space round a function's name as TeX does: `a tanh x`, but `tanh(x)`."""
    for position in range(len(row) - 1, -1, -1):
        if not _is_function(row[position]):
            continue
        following = row[position + 1] if position + 1 < len(row) else None
        if following is not None and _needs_space_before(following):
            row.insert(position + 1, ET.Element("mspace", width=THIN_SPACE))
        preceding = row[position - 1] if position else None
        if preceding is not None and _needs_space_after(preceding):
            row.insert(position, ET.Element("mspace", width=THIN_SPACE))


def _is_function(element: ET.Element) -> bool:
    while element.tag in SCRIPTED or (element.tag == "mrow" and len(element) == 1):
        element = element[0]
    return element.tag == "mi" and _is_word(element)


def _needs_space_before(element: ET.Element) -> bool:
    while len(element) and (element.tag == "mrow" or element.tag in SCRIPTED):
        element = element[0]
    return element.tag not in ("mo", "mspace")


def _needs_space_after(element: ET.Element) -> bool:
    while len(element) and element.tag == "mrow":
        element = element[-1]
    return element.tag not in ("mo", "mspace") or element.text in (")", "]", "}")


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    translator.body.append(_formula(node, display=False))
    raise nodes.SkipNode


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a display formula with its number."""
    # furo wraps the block and copies its ids to the wrapper: an id must be on the page once.
    ids = [] if node.parent["ids"] == node["ids"] else node["ids"]
    opening = translator.starttag(node, "div", CLASS="formula", ids=ids) if ids else '<div class="formula">'
    translator.body.append(opening)
    translator.body.append(_formula(node, display=True))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({node["number"]})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _formula(node: nodes.Element, *, display: bool) -> str:
    try:
        return to_mathml(node.astext(), display=display)
    except FormulaError as error:
        logger.warning("the formula %r cannot be drawn: %s", node.astext(), error, location=_located(node))
        return f"<code>{html.escape(node.astext())}</code>"


def _located(node: nodes.Element) -> nodes.Element:
    """The nearest element that knows its line."""
    while node.line is None and node.parent is not None:
        node = node.parent
    return node


def number_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Number equations by lesson, (1.1), and by lab, (L2.1), on the page and in every link to them."""
    numbered = re.match(r"(lessons|labs)/(\d+)_", app.env.docname)
    if not numbered:
        return
    prefix = ("" if numbered[1] == "lessons" else "L") + str(int(numbered[2]))
    equations = app.env.get_domain("math").equations  # type: ignore[attr-defined]
    for block in doctree.findall(nodes.math_block):
        if block["number"]:
            block["number"] = f"{prefix}.{block['number']}"
            equations[block["label"]] = (app.env.docname, block["number"])


def setup(app: Sphinx) -> None:
    """Register the renderer and the numbering."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("doctree-read", number_equations)

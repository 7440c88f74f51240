"""Link each term of the glossary where a lesson or lab first uses it; the definition's first sentence is its tooltip.

The sources need no marks for it. A `{term}` of an author is a link like the others, and counts as a use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docutils import nodes

from unrolled.authoring.sphinxext.question import QuestionNode

if TYPE_CHECKING:
    from sphinx.application import Sphinx

GLOSSARY = "appendix/glossary"
FOLDERS = ("lessons/", "labs/")
# Words that pages also use in another sense: degrees in Seattle, to stack sequences, an even tag. Only `{term}` links them.
EVERYDAY = {"leaf", "parity", "stack", "temperature"}
# What follows a term where it means something else: a unit of time, batch normalisation, "Training set it".
ELSEWHERE = {"unit": "of|to measure", "batch": "normalisation", "training set": "it"}
PLURALS = {"orthogonal matrix": "orthogonal matrices", "latch": "latch"}  # what latches is a net
# No prose, or links already, or a place where a link would be in the way of another click.
CLOSED = (
    nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw,
    nodes.table, nodes.citation, nodes.Invisible, QuestionNode,
)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Attributes:
        name: the word as the glossary has it.
        target: its id on the glossary's page.
        says: the first sentence of its definition; empty if there is a formula in it, which a tooltip cannot show.
    """

    name: str
    target: str
    says: str


def read_glossary(glossary: nodes.document) -> list[Term]:
    """Return the terms of the glossary's page."""
    terms = []
    for item in glossary.findall(nodes.definition_list_item):
        definition = item[-1]
        sentence = re.match(r".*?\.(?=\s|$)|.*", " ".join(definition.astext().split()))[0]
        says = "" if any(definition.findall(nodes.math)) else sentence
        terms += [Term(term.astext(), term["ids"][0], says) for term in item.findall(nodes.term)]
    return terms


def pattern(terms: list[Term]) -> re.Pattern[str]:
    """Return what finds the terms in prose, the longest first: as the glossary has them, capitalised, or in the plural."""
    forms = forms_of(terms)
    words = "|".join(_expression(form, forms[form].name) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def forms_of(terms: list[Term]) -> dict[str, Term]:
    """Return the terms by the forms in which prose has them."""
    forms = {}
    for term in terms:
        for form in (term.name, _plural(term.name)):
            forms[form] = forms[form[0].upper() + form[1:]] = term
    return forms


def link_first_uses(document: nodes.document, terms: list[Term], address: str) -> None:
    """Link the first use of each term in a page's prose.

    Args:
        document: the page, its references resolved; it is changed.
        terms: the terms to look for.
        address: of the glossary, seen from this page.
    """
    automatic = [term for term in terms if term.name not in EVERYDAY]
    forms, finds = forms_of(automatic), pattern(automatic)
    named = {f"{address}#{term.target}": term for term in terms}
    used: set[Term] = set()
    _join_lines(document)
    for node in list(document.findall(lambda node: isinstance(node, nodes.Text | nodes.reference))):
        if isinstance(node, nodes.reference):
            term = named.get(node.get("refuri", ""))
            if term:
                used.add(term)
                _dress(node, term)
        elif _is_prose(node):
            node.parent.replace(node, list(_linked(node, finds, forms, used, address)))


def link_terms(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Link the terms of one page as Sphinx writes it."""
    if app.builder.format == "html" and docname.startswith(FOLDERS) and GLOSSARY in app.env.found_docs:
        address = app.builder.get_relative_uri(docname, GLOSSARY)
        link_first_uses(document, read_glossary(app.env.get_doctree(GLOSSARY)), address)


def _expression(form: str, name: str) -> str:
    words = re.escape(form).replace(r"\ ", r"\s+")
    return words + (rf"(?!\s+(?:{ELSEWHERE[name]})\b)" if name in ELSEWHERE else "")


def _join_lines(document: nodes.document) -> None:
    """Make one text of the lines of a source, so that a term may go over the end of one."""
    for paragraph in document.findall(nodes.paragraph):
        for node in list(paragraph.findall(nodes.Text)):
            before = node.parent[node.parent.index(node) - 1] if node.parent.index(node) else None
            if isinstance(before, nodes.Text):
                parent = node.parent
                parent.remove(node)
                parent.replace(before, nodes.Text(before.astext() + node.astext()))


def _plural(name: str) -> str:
    if re.search(r"[^aeiou]y$", name):
        return PLURALS.get(name, f"{name[:-1]}ies")
    return PLURALS.get(name, name + ("es" if re.search(r"(?:s|x|ch|sh)$", name) else "s"))


def _is_prose(node: nodes.Text) -> bool:
    paragraph, parent = False, node.parent
    while parent is not None:
        if isinstance(parent, CLOSED) or "page-facts" in parent.get("classes", ()):
            return False
        paragraph = paragraph or isinstance(parent, nodes.paragraph)
        parent = parent.parent
    return paragraph


def _linked(
    text: nodes.Text, finds: re.Pattern[str], forms: dict[str, Term], used: set[Term], address: str
) -> list[nodes.Node]:
    parts, position, words = [], 0, text.astext()
    for match in finds.finditer(words):
        term = forms[" ".join(match[0].split())]
        if term not in used:
            used.add(term)
            link = nodes.reference("", match[0], refuri=f"{address}#{term.target}", internal=True)
            _dress(link, term)
            parts += [nodes.Text(words[position : match.start()]), link]
            position = match.end()
    return [part for part in [*parts, nodes.Text(words[position:])] if part.astext()]


def _dress(link: nodes.reference, term: Term) -> None:
    link["classes"].append("term")
    if term.says:
        link["reftitle"] = term.says


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("doctree-resolved", link_terms)

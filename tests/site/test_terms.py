"""Links to the glossary: the first use of a term on a page and no other, in prose and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from unrolled.authoring.sphinxext import terms
from unrolled.authoring.sphinxext.question import QuestionNode

NAMES = (
    "gate",
    "hidden state",
    "state",
    "LSTM",
    "unit",
    "latch",
    "temperature",
    "parity",
    "orthogonal matrix",
    "batch",
)
TERMS = [terms.Term(name, f"term-{name.replace(' ', '-')}", f"A {name} is so.") for name in NAMES]
ADDRESS = "../appendix/glossary.html"


def linked(text: str) -> list[str]:
    """Return the words that a page of `text` (reStructuredText) gets links on."""
    return words(page(text))


def page(text: str) -> nodes.document:
    """Return a page with its links."""
    document = publish_doctree(text, settings_overrides={"report_level": 5})
    terms.link_first_uses(document, TERMS, ADDRESS)
    return document


def words(document: nodes.document) -> list[str]:
    """Return the words of the links to terms."""
    return [link.astext() for link in document.findall(nodes.reference) if "term" in link["classes"]]


def test_first_use_is_linked_and_says_what_it_is() -> None:
    document = page("A gate opens.\n\nA gate shuts.")
    (link,) = document.findall(nodes.reference)
    assert (link["refuri"], link["reftitle"]) == (f"{ADDRESS}#term-gate", "A gate is so.")
    assert document.astext() == "A gate opens.\n\nA gate shuts."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gates and LSTMs hold a hidden state, a state.", ["Gates", "LSTMs", "hidden state", "state"]),
        ("The hidden\nstate, over the end of a line.", ["hidden\nstate"]),
        ("Orthogonal matrices only turn.", ["Orthogonal matrices"]),
        ("An lstm, an investigate, a gate-keeper, a pre-state.", []),
        ("The temperature and its parity, in units of time.", []),
        ("Batch normalisation, then a batch.", ["batch"]),
        ("A net that latches. A latch.", ["latch"]),
        ("A **gate**.", ["gate"]),
        ("See ``gate``, :math:`gate`, `gate <https://example.org>`_.", []),
        ("Gate\n====\n\nNothing here.\n\nThe unit\n--------\n\nNothing.", []),
        ("===== =====\ngate  state\n===== =====\n1     2\n===== =====", []),
    ],
)
def test_what_is_linked(text: str, expected: list[str]) -> None:
    assert linked(text) == expected


def test_a_link_of_the_author_is_the_first_use() -> None:
    document = page(f"A `gate <{ADDRESS}#term-gate>`_ opens, a gate shuts.")
    assert words(document) == ["gate"]
    assert next(iter(document.findall(nodes.reference)))["reftitle"] == "A gate is so."


def test_no_link_stands_in_a_question() -> None:
    document = publish_doctree("")
    document += QuestionNode("", nodes.paragraph("", "Which gate?"))
    terms.link_first_uses(document, TERMS, ADDRESS)
    assert words(document) == []


def test_the_first_sentence_is_the_tooltip_unless_it_has_a_formula() -> None:
    text = ".. glossary\n\ngate\n  A number, 1.5 say, that multiplies. It is computed.\n\nsigmoid\n  The curve :math:`1/2`. It rises."
    first, second = terms.read_glossary(_with_ids(publish_doctree(text)))
    assert (first.says, second.says) == ("A number, 1.5 say, that multiplies.", "")


def _with_ids(document: nodes.document) -> nodes.document:
    for term in document.findall(nodes.term):
        term["ids"] = [f"term-{term.astext()}"]
    return document


def test_every_lesson_and_lab_links_terms_and_none_twice_by_itself(site: Path) -> None:
    for folder in ("lessons", "labs"):
        for path in (site / folder).glob("[0-9][0-9]_*.html"):
            text = path.read_text(encoding="utf-8")
            links = re.findall(
                r'<a class="term reference internal" href="\.\./appendix/glossary\.html#(term-[^"]+)"([^>]*)>(.)', text
            )
            own = [target for target, _, first in links if first != "<"]  # an author's link has a span in it
            assert len(own) >= 4, path.name
            assert len(own) == len(set(own)), path.name


def test_every_explicit_or_automatic_link_is_in_an_article(site: Path) -> None:
    text = (site / "lessons" / "08_vanishing_and_exploding.html").read_text(encoding="utf-8")
    article = text[text.index("<article") : text.index("</article>")]
    assert text.count('class="term ') == article.count('class="term ') > 10
    assert not re.search(r"<(h[1-6]|summary|code|table|figcaption)\b[^>]*>(?:(?!</\1>).)*class=\"term ", article)

"""The `question` directive: a question whose every option explains itself.

The source is a list of options with task-list markers, each followed by its explanation::

    :::{question} With $a = 0.5$, how much does the day before yesterday weigh?
    - [ ] 0.5

      That is today's weight.
    - [x] 0.125

      Two factors of one half.
    :::

The page shows each option as a `<details>` that opens with a click, a tap or the keyboard, and needs no script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

RIGHT, WRONG = "[x] ", "[ ] "


class QuestionNode(nodes.General, nodes.Element):
    """A question and its options."""


class OptionNode(nodes.General, nodes.Element):
    """One option: a summary and an explanation."""


class SummaryNode(nodes.Part, nodes.TextElement):
    """The words of an option."""


class Question(SphinxDirective):
    """Read a question; refuse one that has not exactly one right option, or an option without explanation."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question's node."""
        body = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        if len(body) != 1 or not isinstance(body[0], nodes.bullet_list):
            self._refuse("the body is one list of options, each starting with `- [ ]` or `- [x]`, and nothing else")
        options = [self._option(item) for item in body[0]]
        if len(options) < 2:
            self._refuse("there are fewer than two options")
        right = sum(option["right"] for option in options)
        if right != 1:
            self._refuse(f"{right} options are marked [x]; exactly one must be")
        number = self.env.new_serialno("question") + 1
        group = QuestionNode("", *options, label_id=f"question-{number}-text")
        text, messages = self.state.inline_text(self.arguments[0], self.lineno)
        group.insert(0, nodes.paragraph("", "", *text, ids=[group["label_id"]], classes=["question-text"]))
        return [group, *messages]

    def _option(self, item: nodes.list_item) -> OptionNode:
        first = item[0] if len(item) else None
        words = first[0] if isinstance(first, nodes.paragraph) and len(first) else None
        if not isinstance(words, nodes.Text) or not words.startswith((RIGHT, WRONG)):
            self._refuse(f"an option does not start with `[ ]` or `[x]`: {item.astext()[:40]!r}")
        right = words.startswith(RIGHT)
        explanation = item[1:]
        if not explanation:
            self._refuse(f"the option {first.astext()[4:]!r} has no explanation (a paragraph after an empty line)")
        first.replace(words, nodes.Text(words[len(RIGHT) :]))
        verdict = nodes.strong("", "Right." if right else "Not this.")
        if isinstance(explanation[0], nodes.paragraph):
            explanation[0].insert(0, [verdict, nodes.Text(" ")])
        else:
            explanation.insert(0, nodes.paragraph("", "", verdict))
        summary = SummaryNode("", "", *first.children)
        return OptionNode("", summary, *explanation, right=right)

    def _refuse(self, reason: str) -> NoReturn:
        raise self.error(f"question {self.arguments[0]!r}: {reason}")


def visit_question(translator: HTML5Translator, node: QuestionNode) -> None:
    """Open the labelled group."""
    translator.body.append(f'<div class="question" role="group" aria-labelledby="{node["label_id"]}">\n')


def depart_question(translator: HTML5Translator, node: QuestionNode) -> None:
    """Close the group."""
    translator.body.append("</div>\n")


def visit_option(translator: HTML5Translator, node: OptionNode) -> None:
    """Open an option, folded."""
    translator.body.append(f'<details class="{"right" if node["right"] else "wrong"}">')


def depart_option(translator: HTML5Translator, node: OptionNode) -> None:
    """Close an option."""
    translator.body.append("</details>\n")


def visit_summary(translator: HTML5Translator, node: SummaryNode) -> None:
    """Open an option's words.

    MathML alone does not count as a name for what the keyboard reaches, so a word is said before it.
    """
    words = "".join(child.astext() for child in node.children if not isinstance(child, nodes.math))
    translator.body.append("<summary>" if words.strip() else '<summary><span class="only-heard">formula</span> ')


def depart_summary(translator: HTML5Translator, node: SummaryNode) -> None:
    """Close an option's words."""
    translator.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Register the directive and its HTML."""
    app.add_directive("question", Question)
    app.add_node(QuestionNode, html=(visit_question, depart_question))
    app.add_node(OptionNode, html=(visit_option, depart_option))
    app.add_node(SummaryNode, html=(visit_summary, depart_summary))

"""Each house rule rejects what it is there to reject."""

import pytest

from unrolled.authoring import lint
from unrolled.authoring.source import read, sources


@pytest.fixture
def page(root, tmp_path):
    """Return a function that reads a changed copy of lesson 01."""
    path = next(path for path in sources(root) if path.parent.name == "lessons")
    text = (root / path).read_text(encoding="utf-8")

    def changed(old, new):
        assert old in text
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text.replace(old, new), encoding="utf-8")
        return read(tmp_path, path)

    changed.file = tmp_path / path
    return changed


@pytest.mark.parametrize(
    ("rule", "old", "new", "words"),
    [
        (lint.parts, "## Where this breaks", "## Limits", "Where this breaks"),
        (lint.parts, "**You will be able to**", "Goals:", "You will be able to"),
        (lint.parts, "# Order is information", "Order is information", "title"),
        (lint.parts, ":::{question} ", ":::{note} ", "0 questions"),
        (lint.cell_length, "use_course_style()\n", "use_course_style()\n" + "x = 1\n" * 25, "lines of code"),
        (lint.alt_text, "alt=", "caption=", "alt text"),
        (lint.alt_text, "\nshow(\n    fig,", "\nplt.show(\n    ", "alt text"),
        (lint.alt_text, "Back to the ball.", "![](ball.png)", "ball.png"),
        (lint.code_style, "use_course_style()\n", "use_course_style()\nimport os\n", "os"),
        (lint.code_style, "use_course_style()\n", "undefined_name\n", "undefined_name"),
    ],
)
def test_rule_bites(page, rule, old, new, words):
    found = rule(page(old, new))
    assert any(words in sentence for sentence in found), found


def test_short_alt_text_is_refused(page):
    source = page("    alt=", "    alt='too short' if True else ")
    assert any("alt text" in sentence for sentence in lint.alt_text(source))


@pytest.mark.parametrize(("text", "word"), [("Simply put, a ball.", "simply"), ("It is Just a ball.", "just")])
def test_banned_words_bite_in_prose_and_not_in_code(text, word):
    assert any(f"'{word}'" in sentence for sentence in lint.banned_words(text, "page.md"))
    assert lint.banned_words(f"```\n{text}\n``` and `{word}`; an adjustment", "page.md") == []


def test_the_books_other_pages_are_held_to_the_rules_too(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text("# A powerful course\n\nTeh end.\n", encoding="utf-8")
    found = lint.lint(tmp_path)
    assert any("'powerful'" in sentence for sentence in found)
    assert any("Teh" in sentence for sentence in found)


def test_spelling_bites(page):
    page("Back to the ball.", "Back to teh ball.")
    assert any("teh" in sentence for sentence in lint.spelling({page.file: page.file}))

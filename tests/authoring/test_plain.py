"""MyST becomes Markdown that every notebook program shows."""

import pytest

from unrolled.authoring.plain import to_plain
from unrolled.authoring.source import AuthoringError


def plain(text):
    return to_plain(text, "page, cell", cite=lambda key: f"[{key}]", tags={"eq:a": "1.1"})


@pytest.mark.parametrize(
    ("myst", "expected"),
    [
        ("a {term}`window` here", "a window here"),
        ("{term}`features <feature>`", "features"),
        ("see {eq}`eq:a`", "see (1.1)"),
        ("{cite:p}`a,b`", "([a], [b])"),
        ("{cite:t}`a`", "[a]"),
        ("{doc}`lesson </lessons/01_x>`", "[lesson](../notebooks/01_x.ipynb)"),
        ("{doc}`lab </labs/02_y>`", "[lab](../labs/02_y.ipynb)"),
        ("{doc}`notation </appendix/notation>`", "notation"),
        ("$$x$$ (eq:a)", "$$x\\tag{1.1}$$"),
        ("$$\nx\n$$ (eq:a)", "$$\nx\n\\tag{1.1}$$"),
        (":::{note}\nMind this.\n:::", "> **Note**\n>\n> Mind this."),
        (":::{admonition} A title\nTwo\n\nparts\n:::", "> **A title**\n>\n> Two\n>\n> parts"),
        ("$W^{(1)}$ and `{code}`", "$W^{(1)}$ and `{code}`"),
    ],
)
def test_each_form(myst, expected):
    assert plain(myst) == expected


def test_a_question_opens_on_its_explanations():
    text = plain(":::{question} Which?\n- [ ] this\n\n  Too small.\n- [x] that\n\n  Because.\n:::")
    assert text.startswith("**Which?**")
    assert "<details><summary>this</summary>\n\nNot this. Too small.\n\n</details>" in text
    assert "<details><summary>that</summary>\n\nRight. Because.\n\n</details>" in text


@pytest.mark.parametrize(
    "myst",
    [
        "{ref}`x`",
        ":::{tab-set}\n:::",
        "{eq}`eq:none`",
        ":::{question} Q\n- [x] no explanation\n:::",
        "See {doc}`Lab\n03 </labs/03>`.",
        "See {term}\n`epoch`.",
    ],
)
def test_what_notebooks_cannot_show_is_an_error_that_names_the_place(myst):
    with pytest.raises(AuthoringError, match="page, cell"):
        plain(myst)

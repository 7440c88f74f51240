import textwrap

import pytest

LESSON = """\
---
unrolled: {kind: lesson, number: 7, minutes: 5, budget: 30, lab: labs/02_forward}
---

# A small lesson

Prose with {term}`hidden state` and a number.

$$ y = x^2 $$ (eq:square)

```{code-cell} ipython3
y = 3**2
print("y =", y)
```

## A second section

By {eq}`eq:square`, nine. See {doc}`lab 02 </labs/02_forward>` and {cite:p}`elman1990`.

```{code-cell} ipython3
y + 1
```
"""

BIBLIOGRAPHY = """\
@article{elman1990,
  author = {Elman, Jeffrey L.}, title = {Finding Structure in Time}, journal = {Cognitive Science},
  year = {1990}, doi = {10.1207/s15516709cog1402_1}
}
"""


@pytest.fixture
def course(tmp_path):
    """A course of one lesson, in a folder of its own."""
    lesson = tmp_path / "book" / "lessons" / "07_small.md"
    lesson.parent.mkdir(parents=True)
    lesson.write_text(textwrap.dedent(LESSON), encoding="utf-8")
    (tmp_path / "book" / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    return tmp_path

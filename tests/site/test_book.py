"""Staging and building: what a page is made of, when a build is skipped, and what a fault in a page says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from unrolled.authoring import book
from unrolled.authoring.source import read

ROOT = Path(__file__).resolve().parents[2]
FRONT = "---\nunrolled: {kind: lesson, number: 1, minutes: 45, budget: 60, lab: labs/02_forward}\n---\n\n"
GOOD = """\
# A title

The first paragraph.

$$
h_t = a
$$ (eq:one)

By {eq}`eq:one`.

## A section

```{code-cell} ipython3
1 + 1
```

:::{question} Which?
- [ ] this

  No.
- [x] that

  Yes.
:::
"""
PAGE = "book/lessons/01_small.md"


def small_course(root: Path, text: str) -> Path:
    """Make a course of one lesson around the book's real settings."""
    (root / "book" / "lessons").mkdir(parents=True)
    for name in ("_config.yml", "references.bib", "static", "templates"):
        original = ROOT / "book" / name
        (shutil.copytree if original.is_dir() else shutil.copyfile)(original, root / "book" / name)
    (root / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: lessons/01_small\n")
    (root / "book" / "index.md").write_text("# Front\n\nWelcome.\n")
    (root / PAGE).write_text(FRONT + text, encoding="utf-8")
    (root / "notebooks").mkdir()
    notebook = read(root, Path(PAGE)).notebook
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / "notebooks" / "01_small.ipynb")
    return root


def line_of(root: Path, words: str) -> int:
    """Return the number of the first line of the page that holds `words`."""
    lines = (root / PAGE).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def test_staged_page_has_its_facts_under_the_title(tmp_path: Path) -> None:
    staged = book.stage(small_course(tmp_path, GOOD))
    cells = nbformat.read(staged / "lessons" / "01_small.ipynb", as_version=4).cells
    openings = [cell.source.split("\n")[0] for cell in cells[:3]]
    assert openings == ["# A title", ":::{container} page-facts", "The first paragraph."]
    assert cells[1].source.split("\n")[1] == (
        "Lesson 01 · 45 minutes · runs in 60 s or less · "
        "{download}`download the notebook </downloads/notebooks/01_small.ipynb>` · "
        '<a href="../slides/01_small.html">slides</a>'
    )
    assert (staged / "downloads" / "notebooks" / "01_small.ipynb").read_bytes() == (
        tmp_path / "notebooks" / "01_small.ipynb"
    ).read_bytes()
    assert not (staged / "lessons" / "01_small.md").exists()


def test_staging_twice_makes_the_same_bytes(tmp_path: Path) -> None:
    root = small_course(tmp_path, GOOD)
    first = (book.stage(root) / "lessons" / "01_small.ipynb").read_bytes()
    assert (book.stage(root) / "lessons" / "01_small.ipynb").read_bytes() == first


DRAWING = """
```{code-cell} ipython3
:tags: [figure]
def draw():
    return 2
```

```{code-cell} ipython3
:tags: [figure]
draw()
```

```{code-cell} ipython3
:tags: [figure]
draw() + 1
```
"""


def test_cells_that_prepare_a_figure_stand_with_the_one_that_draws_it(tmp_path: Path) -> None:
    root = small_course(tmp_path, GOOD + DRAWING)
    notebook = nbformat.read(root / "notebooks" / "01_small.ipynb", as_version=4)
    hidden = notebook.cells[-3:]
    for cell in hidden:
        cell.metadata["tags"].append("hide-input")
    hidden[1].outputs = [nbformat.v4.new_output("stream", text="2")]
    nbformat.write(notebook, root / "notebooks" / "01_small.ipynb")
    staged = nbformat.read(book.stage(root) / "lessons" / "01_small.ipynb", as_version=4)
    assert [cell.source for cell in staged.cells[-2:]] == ["def draw():\n    return 2\n\n\ndraw()", "draw() + 1"]
    assert "hide-input" not in staged.cells[-3].metadata.get("tags", [])
    assert len(staged.metadata["source_map"]) == len(staged.cells)
    assert staged.metadata["source_map"][-2] < staged.metadata["source_map"][-1]


def test_page_missing_from_the_contents_is_named(tmp_path: Path) -> None:
    root = small_course(tmp_path, GOOD)
    (root / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    with pytest.raises(book.BookError, match=r"01_small\.md is not in book/_toc\.yml"):
        book.stage(root)


def test_build_is_skipped_until_something_changes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    root = small_course(tmp_path, GOOD)
    site = book.build(root)
    page = site / "lessons" / "01_small.html"
    assert site == root / "build" / "site"
    assert "(1.1)" in page.read_text(encoding="utf-8")
    assert "The first paragraph." in re.search(r'name="description" content="([^"]*)"', page.read_text("utf-8"))[1]
    written = page.stat().st_mtime_ns
    capsys.readouterr()
    book.build(root)
    assert "nothing changed" in capsys.readouterr().out
    assert page.stat().st_mtime_ns == written
    (root / "book" / "index.md").write_text("# Front\n\nChanged.\n")
    book.build(root)
    assert "Changed." in (site / "index.html").read_text(encoding="utf-8")


FAULTS = """\
# A title

The first paragraph, with $\\nosuchcommand$ in it.

$$
\\frac{a}
$$

## A section

```{code-cell} ipython3
1 + 1
```

Some text, and {doc}`/lessons/09_missing`, and {term}`unheard of`.

:::{question} None right?
- [ ] this

  No.
- [ ] that

  No.
:::

:::{question} One option?
- [x] this

  Yes.
:::

:::{question} No explanation?
- [x] this

  Yes.
- [ ] that
:::

:::{question} No mark?
- [x] this

  Yes.
- that

  No.
:::
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A course with faults, and what the build says of them."""
    root = small_course(tmp_path_factory.mktemp("faulty"), FAULTS)
    with pytest.raises(book.BookError) as raised:
        book.build(root)
    return root, str(raised.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("nosuchcommand", r"the command \nosuchcommand is not known"),
        ("frac", r"a part is missing"),
        ("09_missing", "09_missing"),
        ("unheard", "unheard of"),
        ("None right?", "0 options are marked [x]; exactly one must be"),
        ("One option?", "fewer than two options"),
        ("No explanation?", "has no explanation"),
        ("No mark?", "does not start with `[ ]` or `[x]`"),
    ],
)
def test_fault_is_named_with_file_and_line(faulty: tuple[Path, str], words: str, message: str) -> None:
    root, said = faulty
    (line,) = [line for line in said.splitlines() if message in line]
    file, number = re.match(r"\s*(\S+?):(\d+): ", line).groups()
    assert file == PAGE
    assert abs(int(number) - line_of(root, words)) <= 1


def test_faulty_build_leaves_no_site(faulty: tuple[Path, str]) -> None:
    root, _ = faulty
    assert not (root / "build" / "site").exists()

"""The front page: the map says of each page what the page says of itself, and the live figure is a lesson's own."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from unrolled.authoring import front
from unrolled.authoring.source import AuthoringError, read, sources

ROOT = Path(__file__).resolve().parents[2]
LESSON = """\
---
unrolled: {kind: lesson, number: 2, minutes: 45, budget: 60, lab: labs/02_forward}
---

# A title

See {doc}`09 </lessons/09_later>` another day.

**Before you start**: lessons {doc}`06 </lessons/06_earlier>` and {doc}`01
</lessons/01_first>`; {doc}`lab 02 </labs/02_forward>`. **Time**: 45 minutes; then {doc}`03 </lessons/03_next>`.
"""


def course(root: Path, *, index: str, output: str = "") -> Path:
    (root / "book" / "lessons").mkdir(parents=True)
    (root / "book" / "lessons" / "02_here.md").write_text(LESSON)
    (root / "book" / "_toc.yml").write_text("parts:\n- caption: Part I\n  chapters:\n  - file: lessons/02_here\n")
    (root / "book" / "index.md").write_text(index)
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", {"text/html": output})])
    (root / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), root / "notebooks" / "02_here.ipynb")
    return root


def test_prerequisites_are_those_before_you_start(tmp_path: Path) -> None:
    page = read(course(tmp_path, index=""), Path("book/lessons/02_here.md"))
    assert front.prerequisites(page) == [("lessons", "01_first"), ("lessons", "06_earlier"), ("labs", "02_forward")]


def test_a_card_says_time_and_what_comes_before(tmp_path: Path) -> None:
    made = front.course_map(course(tmp_path, index=""))
    assert "### Part I" in made
    assert "- {doc}`02 A title </lessons/02_here>`" in made
    assert "45 min · after {doc}`01 </lessons/01_first>`, {doc}`06 </lessons/06_earlier>`, {doc}`lab 02" in made


def test_the_map_holds_every_lesson_and_lab_of_the_course_once() -> None:
    made = front.course_map(ROOT)
    named = re.findall(r"^- \{doc\}`[^<]*<(/\w+/\w+)>`", made, re.MULTILINE)
    assert sorted(named) == sorted(f"/{path.relative_to('book').with_suffix('').as_posix()}" for path in sources(ROOT))


def test_no_page_comes_before_itself() -> None:
    for path in sources(ROOT):
        page = read(ROOT, path)
        ahead = [slug for folder, slug in front.prerequisites(page) if folder == "lessons" and page.kind == "lesson"]
        assert all(int(slug[:2]) < page.meta["number"] for slug in ahead), path


def test_the_live_figure_gets_a_caption_of_its_own(tmp_path: Path) -> None:
    figure = '<figure class="unrolled-figure unrolled-explorable">a<figcaption>old</figcaption></figure>'
    root = course(tmp_path, index="% the live figure of 02_here stands here: New words.\n", output=figure)
    front.stage(root, root / "book")
    text = (root / "book" / "index.md").read_text()
    assert "<figcaption>New words.</figcaption>" in text
    assert "old" not in text


def test_a_lesson_without_a_live_figure_is_named(tmp_path: Path) -> None:
    root = course(tmp_path, index="% the live figure of 02_here stands here: Words.\n")
    with pytest.raises(AuthoringError, match="02_here"):
        front.stage(root, root / "book")

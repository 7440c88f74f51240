"""Datasheets: a page for each set, from its description, its docstring and its content; and NOTICE."""

import re

import numpy as np
import pytest

from unrolled.authoring import datasheets
from unrolled.authoring.notice import notice
from unrolled.authoring.source import AuthoringError
from unrolled.data import names
from unrolled.data.making.rederive import sources


@pytest.fixture(scope="module")
def staged(tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("book")
    (folder / "appendix").mkdir()
    (folder / "appendix" / "data.md").write_text(f"# Data\n\n{datasheets.TABLE}\n", encoding="utf-8")
    datasheets.stage(root, folder)
    return folder


def test_every_set_has_a_page_and_a_row(staged):
    table = (staged / "appendix" / "data.md").read_text(encoding="utf-8")
    assert {path.stem for path in (staged / "data").glob("*.md")} == set(names())
    assert [name for name in names() if f"</data/{name}>" not in table] == []
    assert datasheets.TABLE not in table


def test_a_page_says_fields_split_lesson_and_source(staged):
    page = (staged / "data" / "seattle_weather.md").read_text(encoding="utf-8")
    assert "| `temp_max` | (1,461,) float64 | the day's maximum, °C. |" in page
    assert "| `test` | rows 1,096 to 1,460 | the days of 2015, as a slice. Use it once. |" in page
    assert "{doc}`/lessons/01_order_is_information`" in page
    assert "[npm `vega-datasets` 3.2.1](https://www.npmjs.com/package/vega-datasets/v/3.2.1)" in page
    assert page.count('role="img"') == 3
    assert "one line of 366 values, between -1.1 and 34.4" in page


def test_every_page_shows_three_samples_and_names_its_licence(staged):
    for source in sources():
        page = (staged / "data" / f"{source.name}.md").read_text(encoding="utf-8")
        samples = page.partition("## Three samples")[2].partition("\n## ")[0]
        shown = len(re.findall(r'role="img"|^:::\{image\}|^`````text', samples, re.MULTILINE))
        assert shown == 3, source.name
        assert source.licence in page


def test_an_appendix_without_a_place_for_the_table_is_named(tmp_path, root):
    (tmp_path / "appendix").mkdir()
    (tmp_path / "appendix" / "data.md").write_text("# Data\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"appendix/data.md lacks the line '% the table"):
        datasheets.stage(root, tmp_path)


def test_text_and_pictures_are_shown_as_such(tmp_path):
    (source,) = sources(["seattle_weather"])
    picture = np.zeros((4, 4, 3), np.uint8)

    class Module:
        @staticmethod
        def samples(_):
            return [("a verse", "In the beginning"), ("a square", picture), ("a curve", np.arange(3.0))]

    shown = datasheets._samples(source, Module, None, tmp_path)
    assert "A verse:\n\n`````text\nIn the beginning\n`````" in shown
    assert ":alt: a square" in shown
    assert (tmp_path / "seattle_weather-1.png").stat().st_size > 0


def test_notice_names_every_set_with_its_licence():
    text = notice()
    for source in sources():
        assert f"{source.name}{' *' if source.copyleft else ''}: {source.licence}\n" in text
        assert " ".join(source.attribution.split())[:40] in " ".join(text.split())

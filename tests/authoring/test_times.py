"""The table of times names every page once, with its own numbers, and adds them up."""

import re
from pathlib import Path

import pytest

from unrolled.authoring import times
from unrolled.authoring.source import AuthoringError, read, sources

ROOT = Path(__file__).resolve().parents[2]


def test_every_page_is_named_once_with_its_minutes():
    rows = re.findall(r"^\| \{doc\}`/([^`]+)` \| (\d+) ", times.table(ROOT), re.MULTILINE)
    expected = {
        path.relative_to("book").with_suffix("").as_posix(): read(ROOT, path).meta["minutes"] for path in sources(ROOT)
    }
    assert len(rows) == len(expected)
    assert {page: int(minutes) for page, minutes in rows} == expected


def test_a_part_is_the_sum_of_its_pages():
    part = times.table(ROOT).split("Part I · Memory, all")[0]
    minutes = [int(found) for found in re.findall(r"` \| (\d+) ", part)]
    assert f"| **Part I · Memory, all** | **{sum(minutes)}** |" in times.table(ROOT)


def test_an_appendix_without_the_line_is_named(tmp_path):
    (tmp_path / "appendix").mkdir()
    (tmp_path / "appendix" / "times.md").write_text("# Times\n")
    with pytest.raises(AuthoringError, match=r"times\.md"):
        times.stage(ROOT, tmp_path)

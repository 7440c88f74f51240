"""The checks of the site, shown pages broken on purpose: each must object."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import checks_site as checks
import pytest
from playwright.sync_api import Browser

CDN = '<script src="https://cdn.example.org/x.js"></script>'
LOAD = random.Random(0).randbytes(checks.PAGE_BUDGET).hex()
PIXEL = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
BREAKS = {
    "script from a CDN": ("</body>", f"{CDN}</body>", checks.foreign_requests),
    "script that fails": ("</body>", "<script>undefined.nothing</script></body>", checks.console_errors),
    "image without alt": ("</h1>", f"</h1>{PIXEL}", checks.nameless_pictures),
    "figure without name": ("</h1>", "</h1><figure><svg role='img'></svg></figure>", checks.nameless_pictures),
    "second h1": ("</h1>", "</h1><h1>Again</h1>", checks.wrong_head),
    "no description": ('name="description"', 'name="nothing"', checks.wrong_head),
    "wide block": ("</h1>", "</h1><div style='width: 900px'>wide</div>", checks.sideways),
    "pale text": ("</h1>", "</h1><p style='color: #bbb; background: #fff'>pale</p>", checks.accessibility),
    "image without size": (
        "</h1>",
        f"</h1>{PIXEL.replace('>', ' alt loading=lazy decoding=async>')}",
        checks.eager_images,
    ),
    "image that does not wait": (
        "</article>",
        f"{PIXEL.replace('>', ' alt width=1 height=1>')}</article>",
        checks.eager_images,
    ),
    "heavy page": ("</body>", f"<!--{LOAD}--></body>", checks.overweight),
}


@pytest.fixture
def copy(site: Path, tmp_path: Path) -> Path:
    """A copy of the site that a test may break."""
    return shutil.copytree(site, tmp_path / "site", ignore=shutil.ignore_patterns("_downloads"))


def _break(page: Path, old: str, new: str) -> None:
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", BREAKS)
def test_broken_page_is_rejected(copy: Path, browser: Browser, name: str) -> None:
    old, new, check = BREAKS[name]
    page = "appendix/bibliography.html"
    _break(copy / page, old, new)
    modes = ("light",) if check is checks.accessibility else ()
    with checks.served(copy) as address:
        assert check(checks.visit(browser, address, page, modes=modes)) != []


def test_the_front_page_must_be_lighter_than_others(copy: Path, browser: Browser) -> None:
    load = random.Random(0).randbytes(checks.FRONT_BUDGET * 2 // 3).hex()
    for page in ("index.html", "appendix/bibliography.html"):
        _break(copy / page, "</body>", f"<!--{load}--></body>")
    with checks.served(copy) as address:
        front, other = (
            checks.overweight(checks.visit(browser, address, page, modes=()))
            for page in ("index.html", "appendix/bibliography.html")
        )
    assert "index.html weighs" in front[0]
    assert other == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('href="../index.html"', 'href="../nowhere.html"'),
        ('href="../index.html"', 'href="../index.html#nowhere"'),
        ("</h1>", '</h1><p id="twice"></p><p id="twice"></p>'),
        ("</h1>", '</h1><svg><use xlink:href="#nowhere"/></svg>'),
    ],
)
def test_broken_link_is_rejected(copy: Path, old: str, new: str) -> None:
    _break(copy / "appendix" / "bibliography.html", old, new)
    assert any("bibliography.html" in fault for fault in checks.broken_links(copy))


def test_raw_markup_is_rejected(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>See $$h_t$$ and <code>$$</code></p>", encoding="utf-8")
    assert checks.raw_markup(page) == ["page.html shows '$$'"]
    page.write_text("<p>See <code>$$</code></p>", encoding="utf-8")
    assert checks.raw_markup(page) == []

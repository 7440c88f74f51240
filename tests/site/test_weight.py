"""What makes a heavy page light to open: scripts that wait, drawings that are laid out when they are near."""

import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, expect

from unrolled.authoring.sphinxext.joined import moved

HEIGHTS = "(what) => [...document.querySelectorAll(what)].map(box => box.getBoundingClientRect().height)"


def test_no_script_holds_up_a_page(site):
    for path in site.rglob("*.html"):
        scripts = re.findall(r"<script[^>]* src=[^>]*>", path.read_text(encoding="utf-8"))
        assert path.name == "search.html" or all("defer" in script for script in scripts), path
    assert "defer" in (site / "index.html").read_text(encoding="utf-8")


def test_a_page_asks_for_one_style_sheet_and_one_script(site):
    pages = 0
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if "furo-main-content" in text and path.name != "search.html":
            links = re.findall(r'<link [^>]*rel="stylesheet"[^>]*>', text)
            assert len([link for link in links if 'media="print"' not in link]) == 1, path
            assert len(re.findall(r"<script defer[^>]* src=", text)) == 1, path
            pages += 1
    assert pages > 60


def test_the_one_sheet_holds_all_others_in_their_order(site):
    link = re.search(r'_static/(page\.[0-9a-f]{8}\.css)"', (site / "index.html").read_text(encoding="utf-8"))
    style = (site / "_static" / link[1]).read_text(encoding="utf-8")
    names = ("pygments.css", "styles/furo.css", "copybutton.css", "styles/furo-extensions.css", "unrolled.css")
    sheets = [(site / "_static" / name).read_text(encoding="utf-8") for name in names]
    assert [sheet in style for sheet in sheets] == [True] * len(sheets)
    places = [style.index(sheet) for sheet in sheets]
    assert places == sorted(places)
    ledger = (site / "appendix" / "claims.html").read_text(encoding="utf-8")
    assert link[1] not in ledger  # it has a sheet more, so a file of its own


def test_addresses_in_a_moved_sheet_lead_where_they_did(tmp_path):
    (tmp_path / "sheet.css").write_text(
        'a{b:url(x.svg)}c{d:url("../e.png")}f{g:url(data:image/svg+xml;base64,AA)}h{i:url(https://a.b/c)}'
    )
    assert moved(tmp_path / "sheet.css", "styles/sheet.css") == (
        'a{b:url(styles/x.svg)}c{d:url("e.png")}f{g:url(data:image/svg+xml;base64,AA)}h{i:url(https://a.b/c)}'
    )


def test_every_drawing_of_a_lesson_says_its_shape(site):
    drawings = 0
    for page in (site / "lessons").glob("*.html"):
        for tag in re.findall(
            r'<figure class="unrolled-figure">\s*(?:<style>[^<]*</style>)?\s*(<svg[^>]*>)', page.read_text("utf-8")
        ):
            width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', tag).groups()
            assert f"aspect-ratio: {width} / {height}" in tag
            drawings += 1
    assert drawings > 20


def test_no_drawing_styles_the_whole_page(site):
    pages = [page.read_text("utf-8") for page in (site / "lessons").glob("*.html")]
    rules = [rule for page in pages for rule in re.findall(r"<style[^>]*>([^<]*)</style>", page)]
    assert rules
    assert not [rule for rule in rules if re.search(r"(^|[},])\s*\*\s*\{", rule)]


@pytest.mark.parametrize("what", [".unrolled-figure > svg", ".highlight-python pre"])
def test_what_is_not_laid_out_yet_takes_its_room(address: str, browser: Browser, what: str):
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.goto(urljoin(address, "lessons/10_lstm.html"))
    waiting = page.evaluate(HEIGHTS, what)
    assert page.evaluate(f"getComputedStyle(document.querySelector('{what}')).contentVisibility") == "auto"
    page.add_style_tag(content=f"{what} {{ content-visibility: visible !important; }}")
    assert page.evaluate(HEIGHTS, what) == waiting
    assert len(waiting) > 5
    page.close()


def test_a_wide_listing_far_down_is_reached_by_the_keyboard_once_it_is_near(address: str, browser: Browser):
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.goto(urljoin(address, "lessons/10_lstm.html"))
    listing = page.locator(".highlight pre", has_text="def run").first
    assert listing.get_attribute("tabindex") is None
    listing.scroll_into_view_if_needed()
    expect(listing).to_have_attribute("tabindex", "0")
    page.close()

"""What makes a heavy page light to open: scripts that wait, drawings that are laid out when they are near."""

import re
from urllib.parse import urljoin

from playwright.sync_api import Browser

HEIGHTS = (
    """() => [...document.querySelectorAll(".unrolled-figure > svg")].map(svg => svg.getBoundingClientRect().height)"""
)


def test_no_script_holds_up_a_page(site):
    for path in site.rglob("*.html"):
        scripts = re.findall(r"<script[^>]* src=[^>]*>", path.read_text(encoding="utf-8"))
        assert path.name == "search.html" or all("defer" in script for script in scripts), path
    assert "defer" in (site / "index.html").read_text(encoding="utf-8")


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


def test_a_drawing_that_is_not_laid_out_yet_takes_its_room(address: str, browser: Browser):
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.goto(urljoin(address, "lessons/10_lstm.html"))
    waiting = page.evaluate(HEIGHTS)
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.unrolled-figure > svg')).contentVisibility") == "auto"
    )
    page.add_style_tag(content=".unrolled-figure > svg { content-visibility: visible !important; }")
    assert page.evaluate(HEIGHTS) == waiting
    assert min(waiting) > 100
    page.close()

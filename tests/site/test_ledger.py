"""The ledger of claims in the browser: filters, their address, and links to the cells that measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

from unrolled.authoring import claims

ROOT = Path(__file__).resolve().parents[2]
LISTED = claims.read(ROOT / claims.CLAIMS)
PAGE = "appendix/claims.html"


@pytest.fixture
def ledger(address: str, browser: Browser) -> Iterator[Page]:
    """The ledger, open in the browser."""
    page = browser.new_page()
    page.goto(urljoin(address, PAGE))
    yield page
    page.close()


def _shown(page: Page) -> list[str]:
    return [
        entry.evaluate("h => h.firstChild.textContent").translate(str.maketrans("“”’", '""\''))  # as typed
        for entry in page.locator("article h3").all()
        if entry.is_visible()
    ]


def test_every_measured_number_leads_to_its_cell(site: Path) -> None:
    text = (site / PAGE).read_text(encoding="utf-8")
    links = re.findall(r'href="\.\./(lessons/\w+\.html)#(measured-[^"]+)"', text)
    assert len(links) == sum(len(claim.results) for claim in LISTED)
    for page, target in links:
        assert f'<span class="measured" id="{target}">' in (site / page).read_text(encoding="utf-8"), (page, target)


def test_all_claims_are_there_without_a_script(address: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(urljoin(address, PAGE))
    assert _shown(page) == [claim.claim for claim in LISTED]
    expect(page.locator("form.ledger-filter")).to_have_count(0)
    page.context.close()


def test_a_verdict_is_chosen_with_the_keyboard_and_stands_in_the_address(ledger: Page) -> None:
    ledger.get_by_label("Verdict").focus()
    ledger.keyboard.press("ArrowDown")
    wanted = [claim.claim for claim in LISTED if claim.verdict == "holds"]
    expect(ledger.get_by_role("status")).to_have_text(f"{len(wanted)} of {len(LISTED)} claims shown.")
    assert _shown(ledger) == wanted
    assert ledger.url.endswith("#verdict=holds")
    ledger.reload()
    assert _shown(ledger) == wanted
    ledger.get_by_role("button", name="Show all").focus()
    ledger.keyboard.press("Enter")
    expect(ledger.get_by_role("status")).to_have_text(f"{len(LISTED)} of {len(LISTED)} claims shown.")
    assert ledger.url.endswith(PAGE)


def test_a_lesson_and_words_narrow_the_list(ledger: Page) -> None:
    ledger.get_by_label("Tested in").select_option("08")
    in_lesson = [claim for claim in LISTED if claim.lesson.startswith("08")]
    assert _shown(ledger) == [claim.claim for claim in in_lesson]
    ledger.get_by_label("Words").fill("Vanish explode")
    assert _shown(ledger) == ["Gradients vanish below one and explode above one"]
    assert ledger.url.endswith("#in=08&words=Vanish+explode")
    ledger.get_by_label("Words").fill("nosuchword")
    expect(ledger.get_by_role("status")).to_have_text(f"0 of {len(LISTED)} claims shown.")


def test_a_part_of_the_course_is_chosen(ledger: Page) -> None:
    ledger.get_by_label("Tested in").select_option("part-ii-learning")
    assert _shown(ledger) == [claim.claim for claim in LISTED if "06" <= claim.lesson[:2] <= "09"]


def test_a_link_to_a_hidden_claim_shows_it(ledger: Page) -> None:
    ledger.get_by_label("Verdict").select_option("holds")
    hidden = ledger.locator("section#gates-cure-vanishing-gradients")
    expect(hidden).to_be_hidden()
    ledger.evaluate("location.hash = 'gates-cure-vanishing-gradients'")
    expect(hidden).to_be_in_viewport()


def test_the_script_is_small_and_only_here(site: Path) -> None:
    assert (site / "_static" / "ledger.js").stat().st_size < 4096
    script = (site / "_static" / "ledger.js").read_text(encoding="utf-8")
    (joined,) = [file.name for file in site.glob("_static/page.*.js") if script in file.read_text(encoding="utf-8")]
    pages = [page for page in site.rglob("*.html") if joined in page.read_text(encoding="utf-8")]
    assert [page.relative_to(site).as_posix() for page in pages] == [PAGE]

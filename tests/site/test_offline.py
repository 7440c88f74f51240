"""The site from a folder, without a server: what works there, and that the search says what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose errors, and whose requests beyond the disk, fail the test."""
    faults: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else faults.append(asked.url)
    )
    page.on(
        "requestfailed", lambda asked: None if asked.failure == "net::ERR_ABORTED" else faults.append(asked.url)
    )  # aborted: the page was left
    yield page
    page.wait_for_timeout(200)  # what fails late
    page.close()
    assert faults == []


def test_the_front_page_and_its_live_figure(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    figure = page.locator(".unrolled-explorable")
    expect(figure.locator("svg").first).to_be_visible()
    before = figure.inner_text()
    figure.get_by_role("button", name="Forward").focus()
    page.keyboard.press("Enter")
    assert figure.inner_text() != before


def test_a_lesson_its_figures_questions_and_progress(site: Path, page: Page) -> None:
    page.goto((site / "lessons" / "03_hidden_state_by_hand.html").as_uri())
    expect(page.locator(".unrolled-explorable svg").first).to_be_visible()
    page.locator(".question details.right summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("p.progress")).to_contain_text("1 of ")
    page.goto((site / "index.html").as_uri())
    expect(page.locator(".course-map li", has_text="hidden state by hand")).to_contain_text("1 of ")


def test_a_lab(site: Path, page: Page) -> None:
    page.goto((site / "labs" / "02_forward.html").as_uri())
    expect(page.locator("h1")).to_contain_text("Lab 02")
    assert page.evaluate("[...document.images].every(image => image.complete)")


def test_the_ledger_filters_and_keeps_its_address(site: Path, page: Page) -> None:
    page.goto((site / "appendix" / "claims.html").as_uri())
    page.get_by_label("Verdict").select_option("holds")
    assert page.url.endswith("#verdict=holds")
    page.reload()
    expect(page.get_by_label("Verdict")).to_have_value("holds")


def test_the_search_finds_pages_and_says_what_is_missing(site: Path, page: Page) -> None:
    page.goto((site / "search.html").as_uri() + "?q=vanishing+gradient")
    first = page.locator("ul.search > li").first
    expect(first).to_contain_text("Lesson 08")
    expect(page.get_by_role("status")).to_contain_text("found")
    expect(page.locator(".on-disk")).to_contain_text("results come without excerpts")
    expect(page.locator("p.context")).to_have_count(0)
    first.locator("a").click()
    expect(page.locator("h1")).to_contain_text("Vanishing")

"""The search: questions as a learner types them, and the pages that must be among the first three results."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urljoin

import pytest
from playwright.sync_api import Browser, Page, expect

QUESTIONS = {
    "vanishing gradient": {"lessons/08_vanishing_and_exploding"},
    "forget bias": {"lessons/10_lstm"},
    "teacher forcing": {"appendix/glossary"},
    "why does clipping help?": {"lessons/09_clipping_and_optimisers"},
    "beam search": {"appendix/glossary", "labs/08_attention_and_decoding"},
    "masking padded sequences": {"lessons/12_bidirectional_and_masks", "lessons/05_four_shapes"},
    "LSTM vs GRU": {"lessons/11_gru", "lessons/10_lstm"},
    "accessibility of grader threat model": {"teach/threat_model"},
    "BLEU": {"appendix/glossary", "lessons/22_captioning"},
    "mase": {"appendix/glossary", "labs/01_windows"},
}


@pytest.fixture(scope="module")
def search(address: str, browser: Browser) -> Iterator[Page]:
    """A page to search in."""
    page = browser.new_page()
    yield page
    page.close()


def found(page: Page, start: str, query: str) -> list[str]:
    """Search, and return the addresses of the results, best first."""
    page.goto(urljoin(start, f"search.html?q={quote(query)}"))
    expect(page.get_by_role("status")).not_to_be_empty()
    return [link.get_attribute("href") for link in page.locator("ul.search > li > a").all()]


@pytest.mark.parametrize("query", QUESTIONS)
def test_a_question_finds_its_pages(search: Page, address: str, query: str) -> None:
    first = {link.split(".html")[0] for link in found(search, address, query)[:3]}
    assert first >= QUESTIONS[query]


def test_words_that_no_page_has_find_nothing_and_say_so(search: Page, address: str) -> None:
    assert found(search, address, "xyzzy") == []
    expect(search.get_by_role("status")).to_contain_text("did not match any documents")


def test_a_number_finds_the_lab_or_lesson(search: Page, address: str) -> None:
    assert found(search, address, "lab 5")[0].startswith("labs/05_lstm.html")


def test_a_beginning_of_a_word_is_enough(search: Page, address: str) -> None:
    assert any(link.startswith("lessons/06_") for link in found(search, address, "backprop")[:5])


def test_a_result_says_which_lesson_and_shows_its_words(search: Page, address: str) -> None:
    found(search, address, "clipping")
    result = search.locator("ul.search > li", has_text="Lesson 09: Clipping and optimisers").first
    expect(result.locator("p.context")).to_contain_text("clip")


def test_a_word_of_the_glossary_comes_with_its_definition(search: Page, address: str) -> None:
    assert found(search, address, "BLEU")[0] == "appendix/glossary.html#term-BLEU"
    first = search.locator("ul.search > li").first
    expect(first.locator("a")).to_have_text("Reference: Glossary › BLEU")
    expect(first.locator("p.context")).to_contain_text("A score of translations")


def test_the_page_has_a_field_of_its_own(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(urljoin(address, "search.html"))
    page.get_by_label("Words or a question").fill("forget bias")
    page.keyboard.press("Enter")
    expect(page.locator("ul.search > li").first).to_be_visible()
    expect(page.get_by_label("Words or a question")).to_have_value("forget bias")
    expect(page.locator(".on-disk")).to_be_hidden()
    page.close()

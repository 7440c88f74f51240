"""Every page of the site, opened in a real browser, on a desktop and on a phone, in light and in dark mode."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import checks_site as checks
import pytest
from playwright.sync_api import Browser, expect

EVERY_PAGE = [
    checks.foreign_requests,
    checks.console_errors,
    checks.overweight,
    checks.wrong_head,
    checks.sideways,
    checks.nameless_pictures,
    checks.eager_images,
    checks.accessibility,
]


@pytest.mark.parametrize("check", EVERY_PAGE, ids=lambda check: check.__name__)
def test_every_page(visits: list[checks.Visit], check) -> None:  # noqa: ANN001 (one of EVERY_PAGE)
    problems = [problem for seen in visits for problem in check(seen)]
    assert not problems, "\n".join(problems)


def test_every_page_was_visited(visits: list[checks.Visit], site: Path) -> None:
    assert {seen.page for seen in visits} >= {"index.html", "search.html", "appendix/glossary.html", "teach/index.html"}
    assert all({*seen.violations} == {"desktop, light", "desktop, dark", "phone, dark"} for seen in visits)


def test_links_and_anchors_resolve(site: Path) -> None:
    problems = checks.broken_links(site)
    assert not problems, "\n".join(problems)


def test_mathematics_is_mathml(site: Path) -> None:
    assert checks.formulas(site / "appendix" / "notation.html") > 20
    for lesson in (site / "lessons").glob("*_*.html"):
        assert checks.formulas(lesson) > 0, lesson.name
    assert [fault for page in site.rglob("*.html") for fault in checks.raw_markup(page)] == []


def test_equation_links_show_the_number_on_the_equation(site: Path, address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(urljoin(address, "appendix/notation.html"))
    link = page.locator("a[href='#equation-eq-notation-update']:not(.headerlink)").first
    assert link.inner_text() == page.locator("#equation-eq-notation-update .eqno").inner_text().rstrip("#").strip()
    page.close()


@pytest.mark.parametrize("folder", ["lessons", "labs"])
def test_lesson_or_lab_offers_its_notebook(site: Path, address: str, browser: Browser, folder: str) -> None:
    pages = sorted((site / folder).glob("[0-9]*_*.html"))
    assert pages
    page = browser.new_page()
    for path in pages:
        page.goto(urljoin(address, path.relative_to(site).as_posix()))
        facts = page.locator(".page-facts")
        expect(facts).to_contain_text("minutes · ")
        if folder == "labs":
            expect(facts).to_contain_text(f"in a terminal: unrolled check labs/{path.stem}.ipynb")
        target = facts.locator("a[download]").get_attribute("href")
        assert (path.parent / target).resolve().name == f"{path.stem}.ipynb"
    page.close()


def test_question_opens_with_the_keyboard(site: Path, address: str, browser: Browser) -> None:
    lessons = sorted((site / "lessons").glob("*.html"))
    with_questions = [path for path in lessons if 'class="question"' in path.read_text(encoding="utf-8")]
    assert with_questions, "no lesson asks a question"
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(urljoin(address, with_questions[0].relative_to(site).as_posix()))
    option = page.locator(".question details").first
    explanation = option.locator("p").first
    expect(explanation).to_be_hidden()
    option.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(explanation).to_be_visible()
    assert explanation.inner_text().startswith(("Right. ", "Not this. "))
    page.close()


def test_answers_are_remembered_in_the_browser_until_the_reader_says_forget(
    site: Path, address: str, browser: Browser
) -> None:
    page = browser.new_page()
    lesson = urljoin(address, "lessons/03_hidden_state_by_hand.html")
    page.goto(lesson)
    expect(page.locator("p.progress")).to_be_empty()
    total = page.locator(".question").count()
    page.locator(".question details.wrong summary").first.click()
    expect(page.locator("p.progress")).to_be_empty()
    page.locator(".question details.right summary").first.click()
    expect(page.locator("p.progress")).to_contain_text(f"1 of {total} questions answered")
    page.reload()
    expect(page.locator("p.progress")).to_contain_text(f"1 of {total} questions answered")
    page.goto(urljoin(address, "index.html"))
    expect(page.locator(".course-map li", has_text="1 of")).to_have_count(1)
    expect(page.locator(".course-map li", has_text="1 of")).to_contain_text("hidden state by hand")
    page.get_by_role("button", name="Forget").click()
    expect(page.locator(".course-map li", has_text="1 of")).to_have_count(0)
    page.goto(lesson)
    expect(page.locator("p.progress")).to_be_empty()
    page.close()


def test_wide_formula_is_reached_with_the_keyboard(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 200, "height": 700})
    page.goto(urljoin(address, "appendix/notation.html"))
    wide = page.locator("#equation-eq-notation-update")
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth")
    assert wide.get_attribute("tabindex") == "0"
    page.set_viewport_size({"width": 1280, "height": 700})
    expect(wide).not_to_have_attribute("tabindex", "0")
    page.close()


def test_next_and_previous_name_the_lesson_and_are_rows_on_a_phone(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport=checks.SIZES["phone"])
    page.goto(urljoin(address, "lessons/09_clipping_and_optimisers.html"))
    following, before = page.locator(".related-pages .next-page"), page.locator(".related-pages .prev-page")
    expect(following).to_contain_text("Lesson 10: LSTM")
    expect(before).to_contain_text("Lesson 08: Vanishing")
    first, second = following.bounding_box(), before.bounding_box()
    assert first["y"] + first["height"] <= second["y"]
    assert min(first["height"], second["height"]) >= 44
    assert min(first["width"], second["width"]) > 300
    page.goto(urljoin(address, "labs/01_windows.html"))
    expect(page.locator(".related-pages .prev-page")).to_contain_text("Lesson ")
    expect(page.locator(".related-pages .next-page .title")).to_have_text(re.compile("^Lab 02: "))
    page.close()

"""`unrolled start` as a learner meets it: the start page, a lesson and a lab, opened and run in JupyterLab."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from unrolled.authoring import book

SECONDS = 1000  # playwright counts in milliseconds
LINE = re.compile(r"JupyterLab: (http://127\.0\.0\.1:\d+)/lab/tree/START\.md\?token=(\w+)")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """JupyterLab on a fresh copy of the course: its address and its token."""
    book.build(Path(__file__).resolve().parents[2])
    folder = tmp_path_factory.mktemp("learner")
    command = [sys.executable, "-m", "unrolled.cli", "start", "--no-browser", "--port", "8988"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        seen = []
        for line in server.stdout:
            seen.append(line)
            if found := LINE.match(line):
                yield found[1], found[2]
                break
        else:
            pytest.fail("unrolled start printed no address:\n" + "".join(seen))
        server.terminate()


@pytest.fixture(params=["light", "dark"])
def page(started: tuple[str, str], browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The start page in one mode; foreign requests and console errors fail the test."""
    address, token = started
    context = browser.new_context(color_scheme=request.param, viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    foreign, errors = [], []
    page.on(
        "request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:", "blob:", "ws:")) else None
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/lab/tree/START.md?token={token}&reset")
    yield page
    context.close()
    assert not foreign
    assert not errors


def open_from_start_page(page: Page, title: str) -> None:
    page.locator(".jp-RenderedMarkdown a", has_text=title).click(timeout=60 * SECONDS)
    expect(page.locator(".jp-NotebookPanel:visible .jp-Notebook-cell").first).to_be_visible(timeout=60 * SECONDS)


def run_all(page: Page) -> None:
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=60 * SECONDS)
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()


def test_lesson_opens_with_its_figures_in_the_reader_s_mode_and_runs(page: Page) -> None:
    open_from_start_page(page, "Order is information")
    figure = page.locator(".jp-NotebookPanel:visible .unrolled-figure").first
    expect(figure.locator("svg")).to_be_visible(timeout=30 * SECONDS)
    dark = page.evaluate("document.body.dataset.jpThemeLight") == "false"
    paper = figure.evaluate("element => getComputedStyle(element).getPropertyValue('--u-paper').trim()")
    assert dark == page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert paper == ("#131416" if dark else "#fdfdfe")
    run_all(page)
    expect(page.get_by_text("| Busy")).to_be_visible(timeout=10 * SECONDS)
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=60 * SECONDS)
    expect(page.locator(".jp-NotebookPanel:visible [data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)


def test_unsolved_lab_opens_and_its_checks_answer(page: Page) -> None:
    open_from_start_page(page, "Lab 02")
    run_all(page)
    verdict = page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output", has_text="Exercise 1 · rnn_step").first
    expect(verdict).to_contain_text("still to be written", timeout=60 * SECONDS)

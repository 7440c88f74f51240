"""The pages that grading writes, in a browser: accessible, inside their policy, on a desktop and on a phone, light and dark."""

import pytest
from checks_site import accessibility, console_errors, foreign_requests, served, sideways, visit, wrong_head

from graded_class import HOSTILE, graded_class
from unrolled.grading.feedback import Late, feedback_name, write_feedback
from unrolled.grading.overview import write_overview
from unrolled.grading.similarity import Pair, write_similarity


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    grades = graded_class(12)
    for grade in grades:
        write_feedback(folder, grade, late=Late("A day late.", 1), by_hand=[4])
    answer = "def f(x):\n" + "    y = [x]\n" * 30 + f"    # {HOSTILE}\n"
    lines = tuple((line, line) for line in range(1, 31))
    alike = write_similarity(
        folder / "alike.html", [Pair(HOSTILE, "bo", 2, 90, 1.0, (answer, answer), lines)], lab="02"
    )
    write_overview(folder / "class.html", grades, feedback=folder, similarity=alike)
    return folder


@pytest.mark.parametrize("name", ["class.html", "alike.html", feedback_name(HOSTILE)])
def test_a_page_of_the_grader_is_accessible_and_stays_inside_its_policy(browser, pages, name):
    with served(pages) as address:
        seen = visit(browser, address, name)
    problems = [fault for check in (accessibility, console_errors, foreign_requests, sideways) for fault in check(seen)]
    # A browser asks a server, never a file, for an icon; a page for one class needs no description for a search engine.
    problems += [fault for fault in wrong_head(seen) if "description" not in fault]
    assert [fault for fault in problems if "favicon" not in fault and "404" not in fault] == []

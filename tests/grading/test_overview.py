"""The teacher's page: numbers that can be checked by hand, for every kind of class."""

import re
from pathlib import Path
from urllib.parse import unquote

import matplotlib as mpl
import numpy as np
import pytest

from graded_class import HOSTILE, checks, grade, graded_class, result
from page_rules import read
from unrolled.grading.feedback import write_feedback
from unrolled.grading.items import check_items, count_hints, exercise_items
from unrolled.grading.overview import write_overview
from unrolled.grading.plots import MAX_BARS, points_plot, time_plot
from unrolled.grading.result import CRASHED, MALFORMED, PASSED, TIMEOUT, ExerciseResult


def row(content, name):
    """The cells of the table row that begins with this name."""
    found = re.search(rf'<tr><th scope="row">[^\n]*?{re.escape(name)}.*?</tr>', content)[0]
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", found)]


def small_class():
    """Four learners: exercise 1 right, half right, never ended, not there."""
    half = [True, True, False, False, False]
    return [
        grade("ann", [result(1, [True] * 5)]),
        grade("bea", [result(1, half, hints=["-", "-", "Bias 3 is off.", "U is transposed.", "Bias 7 is off."])]),
        grade("cem", [result(1, None, status=TIMEOUT)]),
        grade("dan", [], notes=("No notebook in the zip.",)),
    ]


def test_verdicts_are_counted_over_everybody():
    first, *_, last = check_items(small_class())
    assert (first.right, first.wrong, first.not_made) == (2, 0, 2)
    assert (last.right, last.wrong, last.not_made) == (1, 1, 2)
    assert last.hidden
    assert [item.name for item in check_items(small_class())] == [name for name, _, _ in checks(1)]


def test_the_page_says_what_was_counted(tmp_path):
    shown = read(write_overview(tmp_path / "class.html", small_class()))
    assert row(shown.raw, "the input term x W")[1:5] == ["1", "50%", "0", "2"]
    assert row(shown.raw, "the bias b, alone")[1:] == ["1", "25%", "1", "2", "1 × Bias 3 is off."]
    assert row(shown.raw, "ann")[1:] == ["3 of 3", "1 passed", ""]
    assert row(shown.raw, "cem")[1:3] == ["0 of 3", "1 timeout"]
    assert row(shown.raw, "dan")[1:] == ["0 of 0", "none graded", "No notebook in the zip."]
    assert row(shown.raw, "1: ")[1:] == ["3", "33%", "not known"], "(3 + 1 + 0 + 0) of 12"
    statuses = shown.text.split("What became of the answers", 1)[1]
    assert re.search(r"Passed\s*Partial\s*Timeout", statuses), "only what occurs, in the contract's order"


def test_hints_that_differ_in_numbers_alone_are_one_mistake():
    said = [
        "off by up to 0.34.",
        "off by up to 1e-05.",
        "U is transposed.",
        "off by up to 0.34.",
        "",
        "Stopped.\nat line: 3",
    ]
    assert count_hints(said) == [("off by up to 0.34.", 3), ("Stopped.", 1), ("U is transposed.", 1)]


def test_the_most_common_mistakes_come_first_and_the_rest_is_counted(tmp_path):
    said = ["A."] * 5 + ["B."] * 4 + ["C."] * 3 + ["D."] * 2 + ["E."]
    grades = [grade(f"l{n}", [result(1, [False] * 5, hints=[hint])]) for n, hint in enumerate(said)]
    shown = read(write_overview(tmp_path / "class.html", grades))
    assert row(shown.raw, "the bias b, alone")[-1] == "5 × A.4 × B.3 × C.3 × others"
    assert "for 5 learners, exercise 1: A." in shown.text


def points(*scores):
    """One learner with these points in exercises 1, 2, ..., each of 3."""
    return [ExerciseResult(place, f"f{place}", 3.0, float(score)) for place, score in enumerate(scores, 1)]


def test_discrimination_is_the_correlation_with_all_other_exercises():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 4, size=(25, 3))
    items = exercise_items([grade(f"l{n}", points(*row)) for n, row in enumerate(scores)])
    for place, item in enumerate(items):
        rest = scores.sum(axis=1) - scores[:, place]
        assert item.discrimination == pytest.approx(np.corrcoef(scores[:, place], rest)[0, 1])
        assert item.mean == pytest.approx(scores[:, place].mean() / 3)


@pytest.mark.parametrize(
    "scores",
    [
        [(0, 0), (3, 3)],  # two learners
        [(3, n % 4) for n in range(20)],  # an exercise that everybody solves
        [(n % 4,) for n in range(20)],  # one exercise: there is no rest
        [(n % 4, 0.3 if n % 2 else 0.1 + 0.2) for n in range(20)],  # rounding is no variation
    ],
)
def test_discrimination_that_says_nothing_is_not_given(scores):
    items = exercise_items([grade(f"l{n}", points(*one)) for n, one in enumerate(scores)])
    assert items[0].discrimination is None


def test_a_misleading_exercise_has_a_negative_discrimination(tmp_path):
    grades = [grade(f"l{n}", points(3 - n % 4, n % 4, n % 4)) for n in range(20)]
    shown = read(write_overview(tmp_path / "class.html", grades))
    assert row(shown.raw, "1: ")[-1] == "−1.00"
    assert "Below 0, read its text and checks again" in shown.text
    assert "by about 0.48" in shown.text, "1.96 / sqrt(17)"


@pytest.mark.parametrize("size", [1, 2, 60, 300])
def test_classes_of_every_size(tmp_path, size):
    shown = read(write_overview(tmp_path / "class.html", graded_class(size)))
    assert len(shown.svgs) == 3
    assert f"Lab 02: {size} submission" in shown.text
    assert shown.raw.count("<bdi>") == size
    assert len(shown.raw) < 60_000 + 400 * size + 40_000


def test_nobody_has_handed_in(tmp_path):
    shown = read(write_overview(tmp_path / "class.html", []))
    assert "Nobody has handed in anything yet." in shown.text


def test_everybody_has_the_same_points(tmp_path):
    shown = read(write_overview(tmp_path / "class.html", [grade(f"l{n}") for n in range(30)]))
    assert "Everybody passes every check." in shown.text
    assert row(shown.raw, "1: ")[-1] == "not known"
    assert "median 10 of 10" in shown.svgs[0]
    assert "30 with all points, 0 with none" in shown.svgs[0]


def test_nothing_could_be_read(tmp_path):
    grades = [grade(f"l{n}", [], notes=("Truncated.",)) for n in range(3)]
    shown = read(write_overview(tmp_path / "class.html", grades))
    assert "No check gave a verdict." in shown.text
    assert shown.text.count("Truncated.") == 3


def test_grades_of_two_labs_are_refused(tmp_path):
    with pytest.raises(ValueError, match="02, 03"):
        write_overview(tmp_path / "class.html", [grade(), grade(lab="03")])
    assert not list(tmp_path.iterdir())


def test_hostile_names_and_findings_are_text(tmp_path):
    plain, nasty = (
        read(
            write_overview(
                tmp_path / f"{place}.html",
                [
                    grade(
                        text,
                        [result(1, [False] * 5, hints=[text], suspicious=(text,))],
                        suspicious=(text,),
                        notes=(text,),
                    )
                ],
            )
        )
        for place, text in enumerate(("x", HOSTILE))
    )
    assert plain.seen == nasty.seen
    assert nasty.text.count(HOSTILE) >= 4


def test_suspicions_are_listed_and_the_list_ends(tmp_path):
    many = tuple(f"Cell {n} was dropped." for n in range(50))
    grades = [
        grade("ann", suspicious=("Sent twice.",)),
        grade("bea", [result(1, [True] * 5, suspicious=many)]),
        grade("cem"),
    ]
    shown = read(write_overview(tmp_path / "class.html", grades))
    assert row(shown.raw, "ann")[-1] == "Sent twice."
    assert row(shown.raw, "bea")[-1].startswith("Exercise 1: Cell 0 was dropped.Exercise 1: Cell 1")
    assert row(shown.raw, "bea")[-1].endswith("and 44 more")
    assert row(shown.raw, "cem")[-1] == ""
    assert "found in 2 files" in shown.text


def test_links_lead_to_the_pages_that_are_there(tmp_path):
    grades = graded_class(6)
    folder = tmp_path / "feed back#1"
    for one in grades[:-1]:
        write_feedback(folder, one)
    alike = tmp_path / "similarity.html"
    alike.touch()
    shown = read(write_overview(tmp_path / "pages" / "class.html", grades, feedback=folder, similarity=alike))
    links = [link for link in shown.links if not link.startswith("#")]
    assert len(links) == 6
    for link in links:
        assert (tmp_path / "pages" / Path(unquote(link))).is_file()
    assert "similarity.html" in links[0]


def heights(drawing):
    """The counts written over the bars."""
    return [int(count) for count in re.findall(r"<text[^>]*font-size: 9px[^>]*>(\d+)</text>", drawing)]


def test_the_points_plot_counts_everybody_once():
    assert heights(points_plot([0, 0.5, 0.5, 10, 10, 10], 10)) == [1, 2, 3]
    assert sum(heights(points_plot(list(np.arange(0, 100.5, 0.5)), 100))) == 201
    assert len(heights(points_plot(list(np.arange(0, 1000)), 1000))) <= MAX_BARS + 1


def test_the_time_plot_counts_everybody_once_and_names_the_slowest():
    drawing = time_plot([0.0, 0.2, 0.5, 0.7, 3.0, 9999.0])
    assert heights(drawing) == [2, 2, 1, 1]
    assert "the slowest 1e+04 s" not in drawing
    assert "the slowest 9999 s" in drawing


def test_drawings_change_nothing_for_who_calls(tmp_path):
    before = dict(mpl.rcParams)
    write_overview(tmp_path / "class.html", graded_class(3))
    assert dict(mpl.rcParams) == before


def test_same_grades_same_bytes(tmp_path):
    grades = graded_class(20)
    one = write_overview(tmp_path / "a.html", grades).read_bytes()
    assert write_overview(tmp_path / "b.html", reversed(grades)).read_bytes() == one


def test_statuses_are_those_of_the_contract():
    grades = [
        grade(f"l{n}", [ExerciseResult(1, "f", 1.0, status=s)])
        for n, s in enumerate((MALFORMED, PASSED, CRASHED, CRASHED))
    ]
    assert list(exercise_items(grades)[0].statuses.items()) == [(PASSED, 1), (CRASHED, 2), (MALFORMED, 1)]

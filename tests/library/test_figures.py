"""Figures speak, follow light and dark, and do not disturb each other on one page."""

import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import pytest

from unrolled.figures import show, use_course_style
from unrolled.figures.style import PALETTE

ALT = 'A line that rises from 0.053 to 1 & stays below "two"'


@pytest.fixture
def drawn(monkeypatch):
    """Return a function that draws a figure and gives the HTML that is shown."""
    shown = []
    monkeypatch.setattr("unrolled.figures.svg.display", lambda data, raw: shown.append(data["text/html"]))

    def draw(alt=ALT, **kwargs):
        use_course_style()
        fig, ax = plt.subplots()
        ax.plot([0.053, 1])
        ax.text(0, 0.5, "0.053")
        show(fig, alt=alt, **kwargs)
        return shown[-1]

    return draw


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_alt_text_is_the_accessible_name_unharmed(drawn):
    figure = ET.fromstring(drawn().replace("xlink:href", "href"))
    svg = figure.find("{http://www.w3.org/2000/svg}svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == ALT


def test_texts_in_the_figure_keep_their_digits(drawn):
    assert ">0.053<" in drawn()


def test_no_colour_of_the_palette_is_left_fixed(drawn):
    svg = drawn().split("</style>", 1)[1]
    for light, _ in PALETTE.values():
        assert light not in svg.lower()
    assert "var(--u-blue)" in svg
    assert not re.search(r"#(000000|ffffff)\b", svg)


def test_two_figures_share_no_ids_and_every_reference_resolves(drawn):
    ids = []
    for alt in (ALT, ALT + " again"):
        html = drawn(alt=alt)
        mine = re.findall(r' id="([^"]+)"', html)
        references = re.findall(r'(?:url\(#|href="#)([^)"]+)', html)
        assert references
        assert set(references) <= set(mine)
        ids += set(mine)
    assert len(ids) == len(set(ids))


def test_same_figure_same_bytes(drawn):
    assert drawn() == drawn()


def test_alt_text_that_says_nothing_is_refused(drawn):
    with pytest.raises(ValueError, match="too short"):
        drawn(alt="a plot")


@pytest.mark.parametrize("mode", [0, 1])
def test_contrast_is_wcag_aa(mode):
    """3:1 for lines (WCAG 1.4.11), 4.5:1 for text."""
    paper = luminance(PALETTE["paper"][mode])
    for role, colours in PALETTE.items():
        low, high = sorted((paper, luminance(colours[mode])))
        needed = {"grid": 1, "paper": 1, "ink": 7}.get(role, 4.5)
        assert (high + 0.05) / (low + 0.05) >= needed, role

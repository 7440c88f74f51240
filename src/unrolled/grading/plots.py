"""The drawings on the teacher's page: SVG in the course's style, each with a sentence that says what it shows."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from unrolled.figures.style import COLOURS, PALETTE, use_course_style
from unrolled.figures.svg import to_html
from unrolled.grading.items import CheckItem
from unrolled.grading.page import plural, points, visible

MAX_BARS = 24
# Borders of the times' bars, in seconds: each about twice the one before it.
_SECONDS = (0, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


def points_plot(earned: Sequence[float], possible: float) -> str:
    """Return bars of how many learners have how many points, as HTML.

    Args:
        earned: points of each learner, one or more.
        possible: what the lab offers.
    """
    width = next((width for width in (0.5, 1, 2, 5, 10) if possible / width < MAX_BARS), possible / MAX_BARS)
    bars = max(int(max(possible, *earned) / width + 1e-9), 0) + 1
    counts = np.bincount([max(0, int(value / width + 1e-9)) for value in earned], minlength=bars)
    low, median, high = np.quantile(earned, [0.25, 0.5, 0.75])
    alt = (
        f"Points of {plural(len(earned), 'learner')}: median {points(median)} of {points(possible)}, the middle half "
        f"from {points(low)} to {points(high)}; {sum(value >= possible for value in earned)} with all points, "
        f"{sum(value <= 0 for value in earned)} with none."
    )
    step = "" if width == 0.5 else f" (each bar: {points(width)} points from its number up)"
    with _styled():
        figure = Figure(figsize=(7, 2.8))
        axes = figure.subplots()
        _bars(axes, [points(place * width) for place in range(bars)], counts)
        axes.set(xlabel=f"points{step}", ylabel="learners")
        return to_html(figure, alt)


def time_plot(seconds: Sequence[float]) -> str:
    """Return bars of how many files took how long, as HTML; `seconds` has one value or more."""
    places = np.searchsorted(_SECONDS, seconds, side="right") - 1
    first, last = places.min(), places.max()
    borders = [*_SECONDS, math.inf]
    labels = [
        f"{borders[i]:g}-{borders[i + 1]:g}" if borders[i + 1] < math.inf else f"over {borders[i]:g}"
        for i in range(first, last + 1)
    ]
    alt = (
        f"Grading time of {plural(len(seconds), 'file')}: half took less than {_round(np.median(seconds))} s, the slowest "
        f"{_round(max(seconds))} s, all together {_round(sum(seconds))} s."
    )
    with _styled():
        figure = Figure(figsize=(7, 2.6))
        axes = figure.subplots()
        _bars(axes, labels, np.bincount(places - first, minlength=len(labels)))
        axes.set(xlabel="seconds a file", ylabel="files")
        return to_html(figure, alt)


def checks_plot(items: Sequence[CheckItem]) -> str:
    """Return one bar for each check, divided into learners right, wrong and without a verdict, as HTML."""
    worst = min(items, key=lambda item: item.right)
    alt = (
        f"Share of learners right, wrong and without a verdict in each of {plural(len(items), 'check')}. The fewest, "
        f"{worst.right} of {worst.learners}, are right in exercise {worst.exercise}, {visible(worst.name, 100)}."
    )
    parts = (
        ("right", [item.right for item in items], COLOURS[0], COLOURS[0], ""),
        # Hatched on paper, so that wrong and right differ in kind and not in hue alone.
        ("wrong", [item.wrong for item in items], COLOURS[1], PALETTE["paper"][0], "////"),
        ("no verdict", [item.not_made for item in items], PALETTE["quiet"][0], PALETTE["grid"][0], ""),
    )
    learners = items[0].learners
    with _styled():
        figure = Figure(figsize=(7.6, 0.9 + 0.3 * len(items)))
        axes = figure.subplots()
        start = np.zeros(len(items))
        for label, counts, edge, face, hatch in parts:
            axes.barh(range(len(items)), counts, left=start, label=label, color=face, edgecolor=edge, hatch=hatch)
            start += counts
        axes.set_yticks(
            range(len(items)), [f"{item.exercise}  {visible(item.name, 44)}" for item in items], parse_math=False
        )
        axes.invert_yaxis()
        axes.set(xlabel="learners", xlim=(0, learners))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside upper right", ncols=3)
        return to_html(figure, alt)


def without_style(drawing: str) -> tuple[str, str]:
    """Return a drawing without its style elements, and the CSS in them: a page needs that once.

    The drawing can be scrolled by keyboard too.
    """
    bare = _STYLE.sub("", drawing).replace("<figure ", '<figure tabindex="0" aria-label="Drawing" ', 1)
    return bare, "".join(_STYLE.findall(drawing))


def _round(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"


def _bars(axes: mpl.axes.Axes, labels: Sequence[str], counts: np.ndarray) -> None:
    axes.bar(range(len(labels)), counts, color=COLOURS[0], width=0.8)
    for place, count in enumerate(counts):
        if count:
            axes.annotate(str(count), (place, count), (0, 2), textcoords="offset points", ha="center", fontsize=9)
    every = -(-len(labels) // 12)
    axes.set_xticks(range(0, len(labels), every), labels[::every])
    # A few bars stand at the left of the axis and do not fill it.
    axes.set(xlim=(-0.6, max(len(labels), 8) - 0.4), ylim=(0, max(counts) * 1.15))
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="x", visible=False)


@contextmanager
def _styled() -> Iterator[None]:
    """The course's style for one drawing; whoever called keeps theirs."""
    with mpl.rc_context():
        use_course_style()
        yield

"""The picture that stands beside a link to a page, where people send each other links: title, kind, an unrolled net."""

import hashlib
import re
from dataclasses import astuple, dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyArrowPatch

from unrolled.figures.style import PALETTE

WIDTH, HEIGHT = 1200, 630
_MARGIN = 80
_INK, _QUIET, _PAPER, _BLUE, _ORANGE = (PALETTE[role][0] for role in ("ink", "quiet", "paper", "blue", "orange"))
_TITLE_SIZES = (64, 54, 46, 40)
_POINTS = 0.72  # in a pixel, at the 100 pixels to the inch of these figures


@dataclass(frozen=True)
class Card:
    """What a card says.

    Attributes:
        course: the name of the course.
        label: what kind of page it is, with its number.
        title: the page's title.
        line: what the page is about; whole sentences of it, as many as fit.
    """

    course: str
    label: str
    title: str
    line: str


def stored(card: Card, cache: Path) -> Path:
    """Return the card's picture; it is drawn only if `cache` has none of these words by this code."""
    digest = hashlib.sha256(repr((astuple(card), PALETTE)).encode() + Path(__file__).read_bytes()).hexdigest()
    file = cache / f"{digest[:32]}.png"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draw(card, file)
    return file


def draw(card: Card, file: Path) -> None:
    """Draw a card of 1200 by 630 pixels. A long title gets smaller letters; what still does not fit ends with dots."""
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=_PAPER)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()
    axes.add_artist(Circle((_MARGIN + 9, 93), 9, color=_ORANGE))
    pen = _Pen(axes)
    pen.write([card.label], 78, 28, _BLUE, left=_MARGIN + 32)
    rows = [pen.wrapped(card.title, size) for size in _TITLE_SIZES]
    title, size = next(
        ((row, size) for row, size in zip(rows, _TITLE_SIZES, strict=True) if len(row) <= 2), (rows[-1], 40)
    )
    end = pen.write(pen.shortened(title, 2, size), 138, size, _INK)
    line = next((part for part in _openings(card.line) if len(pen.wrapped(part, 26, "normal")) <= 2), card.line)
    pen.write(pen.shortened(pen.wrapped(line, 26, "normal"), 2, 26, "normal"), end + 16, 26, _QUIET, "normal")
    pen.write([card.course], 522, 36, _INK)
    _draw_net(axes, left=560, middle=500)
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})


def _openings(text: str) -> list[str]:
    """Return what the text says in whole sentences: in all of them, without the last, and so on."""
    sentences = [part for part in re.split(r"(?<=[.?!]) ", text) if not part.endswith("…")]
    return [" ".join(sentences[:count]) for count in range(len(sentences), 0, -1)]


class _Pen:
    """Writes rows of text that end before the right margin."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.renderer = FigureCanvasAgg(axes.figure).get_renderer()

    def write(
        self, rows: list[str], top: float, size: float, colour: str, weight: str = "bold", left: float = _MARGIN
    ) -> float:
        """Write the rows below `top` and return where they end."""
        step = size * 1.25
        for number, row in enumerate(rows):
            self.axes.text(
                left, top + number * step, row, font=_font(size, weight), color=colour, va="top", parse_math=False
            )
        return top + len(rows) * step

    def wrapped(self, text: str, size: float, weight: str = "bold") -> list[str]:
        """Break the text between words."""
        rows: list[str] = []
        for word in text.split():
            if rows and self._fits(f"{rows[-1]} {word}", size, weight):
                rows[-1] += f" {word}"
            else:
                rows.append(word)
        return rows

    def shortened(self, rows: list[str], most: int, size: float, weight: str = "bold") -> list[str]:
        """Keep so many rows, each as long as the card is wide; dots stand for the rest."""
        last = [f"{rows[most - 1]} …"] if len(rows) > most else rows[most - 1 : most]
        return [self._cut(row, size, weight) for row in rows[: most - 1] + last]

    def _cut(self, row: str, size: float, weight: str) -> str:
        while not self._fits(row, size, weight):
            row = row.rstrip("… ")[:-1].rstrip(" ,;:.") + " …"
        return row

    def _fits(self, row: str, size: float, weight: str) -> bool:
        width, _, _ = self.renderer.get_text_width_height_descent(row, _font(size, weight), ismath=False)
        return width <= WIDTH - 2 * _MARGIN


def _font(size: float, weight: str) -> FontProperties:
    return FontProperties(family="DejaVu Sans", size=size * _POINTS, weight=weight)  # matplotlib brings this font along


def _draw_net(axes: Axes, left: float, middle: float) -> None:
    """Draw a cell with its loop, and beside it the same cell once for each of four steps."""

    def arrow(start: tuple[float, float], end: tuple[float, float], colour: str, bend: float = 0) -> None:
        axes.add_artist(
            FancyArrowPatch(
                start, end, color=colour, linewidth=3, arrowstyle="-|>", mutation_scale=20, shrinkA=0, shrinkB=0,
                connectionstyle=f"arc3,rad={bend}",
            )
        )  # fmt: skip

    radius, gap, reach = 25, 112, 72
    for number in range(5):
        x = left + number * gap + (60 if number else 0)
        arrow((x, middle + reach), (x, middle + radius + 3), _QUIET)
        arrow((x, middle - radius - 3), (x, middle - reach), _ORANGE)
        axes.add_artist(Circle((x, middle), radius, facecolor=_PAPER, edgecolor=_BLUE, linewidth=4))
        if number == 0:
            arrow((x + 20, middle - 20), (x + 20, middle + 20), _BLUE, bend=-1.6)
            axes.text(x + 86, middle, "=", font=_font(40, "bold"), color=_QUIET, ha="center", va="center")
        elif number < 4:
            arrow((x + radius + 3, middle), (x + gap - radius - 3, middle), _BLUE)

"""The course's figure style.

Figures are drawn in a light palette and shown through CSS variables, so that one drawing serves light and dark pages
(see `svg.py`). The six hues are those of Okabe and Ito (2008, "Color Universal Design"), darkened for text-like
contrast on white and lightened for dark pages; line styles and markers change together with the hue, so that no
figure depends on colour alone.
"""

import matplotlib as mpl
from cycler import cycler

# role: (light page, dark page)
PALETTE = {
    "ink": ("#1c2430", "#e4e8ee"),
    "quiet": ("#5b6675", "#a3afbf"),
    "grid": ("#dde2e9", "#333c49"),
    "paper": ("#fdfdfe", "#131416"),
    "blue": ("#0a5fa8", "#6db8f2"),
    "orange": ("#b55a00", "#f0a44b"),
    "green": ("#08785a", "#4fcfa6"),
    "purple": ("#9a4a85", "#e29bcd"),
    "sky": ("#23778f", "#7ed0e6"),
    "gold": ("#856404", "#e3cb52"),
}
COLOURS = [PALETTE[hue][0] for hue in ("blue", "orange", "green", "purple", "sky", "gold")]
LINES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P"]


def use_course_style() -> None:
    """Set matplotlib's defaults for the rest of this notebook."""
    ink, quiet, grid, paper = (PALETTE[role][0] for role in ("ink", "quiet", "grid", "paper"))
    mpl.rcParams.update(
        {
            "figure.figsize": (7.0, 3.4),
            "figure.facecolor": paper,
            "figure.constrained_layout.use": True,
            "savefig.facecolor": paper,
            "axes.facecolor": paper,
            "axes.edgecolor": quiet,
            "axes.labelcolor": ink,
            "axes.titlecolor": ink,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.labelsize": 10.5,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINES) + cycler(marker=MARKERS),
            "grid.color": grid,
            "text.color": ink,
            "xtick.color": quiet,
            "ytick.color": quiet,
            "xtick.labelcolor": ink,
            "ytick.labelcolor": ink,
            "lines.linewidth": 1.8,
            "lines.markersize": 4.5,
            "legend.frameon": False,
            "font.family": "sans-serif",
            "font.size": 10.5,
            "svg.fonttype": "none",
            "svg.hashsalt": "unrolled",  # same figure, same bytes
            # A figure is shown once, by show(); the inline backend would print it a second time as a picture.
            "figure.max_open_warning": 0,
        }
    )

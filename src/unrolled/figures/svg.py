"""Show a matplotlib figure as inline SVG that follows the page's light or dark mode and speaks its alt text."""

import hashlib
import html
import io
import re
import warnings

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from unrolled.figures.style import PALETTE

_SANS = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif"


def show(figure: Figure, *, alt: str, caption: str = "") -> None:
    """Display `figure` and close it.

    Args:
        figure: a matplotlib figure drawn in the course's style.
        alt: what the figure shows, in words, for readers who cannot see it: the finding, not the chart type alone.
        caption: printed under the figure.

    Raises:
        ValueError: the alt text is too short to say anything.
    """
    if len(alt.split()) < 6:
        raise ValueError(f"alt text {alt!r} is too short: say in a sentence what a reader sees in this figure.")
    content = to_html(figure, alt, caption)
    plt.close(figure)
    display({"text/html": content, "text/plain": f"[Figure: {caption or alt}]"}, raw=True)


def to_html(figure: Figure, alt: str, caption: str = "") -> str:
    """Draw as SVG in a `<figure>` element: colours become CSS variables, ids unique on a page, text selectable."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # Text stays text in the SVG: the reader's fonts draw it, and need not be matplotlib's.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    name = "f" + hashlib.sha256((alt + caption).encode()).hexdigest()[:8]
    svg = buffer.getvalue()
    svg = _squeeze(svg[svg.index("<svg") :])
    svg = re.sub(r'(?<=[ "(:;])(id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    for role, (light, _) in PALETTE.items():
        # matplotlib writes colours into style declarations, where CSS variables work, and nowhere else.
        svg = re.sub(light, f"var(--u-{role})", svg, flags=re.IGNORECASE)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", rf"font: \g<1> {_SANS}", svg)
    head, rest = svg.split(">", 1)
    width = float(re.search(r' width="([\d.]+)pt"', head)[1]) * 4 / 3
    head = re.sub(r' (?:width|height)="[\d.]+pt"', "", head)
    svg = f'{head} role="img" aria-label="{html.escape(alt)}" style="max-width: {width:.0f}px">{rest}'
    note = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="unrolled-figure"><style>{_css()}</style>{svg}{note}</figure>'


def _css() -> str:
    """Variables for both modes; the selectors are those of the published book, JupyterLab and the reader's system."""
    light = ";".join(f"--u-{role}:{value}" for role, (value, _) in PALETTE.items())
    dark = ";".join(f"--u-{role}:{value}" for role, (_, value) in PALETTE.items())
    figure = ".unrolled-figure"
    return (
        f"{figure}{{{light};margin:1em 0;overflow-x:auto}}{figure} svg{{width:100%;height:auto;display:block}}"
        f"@media(prefers-color-scheme:dark){{"
        f"body:not([data-theme=light]):not([data-jp-theme-light=true]) {figure}{{{dark}}}}}"
        f"body[data-theme=dark] {figure},body[data-jp-theme-light=false] {figure}{{{dark}}}"
    )


def _squeeze(svg: str) -> str:
    """Drop what no reader sees: metadata, comments, line breaks, digits of positions below a hundredth of a point."""
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(?<=\d)\.(\d\d)\d+", r".\1", tag[0]), svg)
    return re.sub(r"\s*\n\s*", " ", svg)

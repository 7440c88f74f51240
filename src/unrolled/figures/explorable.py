"""Show a figure that the reader can move: SVG and a script in the page itself, no kernel, no request."""

import html
import json
from importlib import resources
from typing import Any

import numpy as np
from IPython.display import display

from unrolled.figures.explorables import prepare
from unrolled.figures.style import PALETTE
from unrolled.figures.svg import _css

_FILES = resources.files("unrolled.figures.explorables")


def explorable(name: str, *, alt: str, caption: str = "", **data: Any) -> None:
    """Display the explorable `name`.

    Where scripts do not run, the reader finds `alt` and a table of the data.

    Args:
        name: "unroll", "training-step", "truncation", "gradient-norms", "loss-cliff", "addressing",
            "gate-inspector" or "sentiment-inspector".
        alt: what a reader finds when moving it, in a sentence.
        caption: printed under it.
        data: what `explorables/__init__.py` asks for by that name: numbers, strings, lists and NumPy arrays.

    Raises:
        ValueError: the alt text is too short, there is no such explorable, or its data do not fit.
    """
    if len(alt.split()) < 6:
        raise ValueError(f"alt text {alt!r} is too short: say in a sentence what a reader finds in this explorable.")
    clean, title, table = prepare(name, data)
    content = to_html(name, clean, title, table, alt=alt, caption=caption)
    display({"text/html": content, "text/plain": f"[Explorable: {caption or alt}]"}, raw=True)


def to_html(name: str, data: dict, title: str, table: str, *, alt: str, caption: str) -> str:
    """Return a `<figure>` without ids: as often as it stands on a page, nothing clashes."""
    note = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure class="unrolled-figure unrolled-explorable"><style>{_style()}</style>'
        f'<div class="u-data" data-title="{html.escape(title)}"><p class="u-alt">{html.escape(alt)}</p>'
        f'<div class="u-table">{table}</div></div>{note}'
        f'<script type="application/json">{_json(data)}</script><script>{script(name)}</script></figure>'
    )


def script(name: str, ending: str = "start(document.currentScript, build);") -> str:
    """Return the runtime and the module `name` as one program that leaves nothing global."""
    return f'(() => {{"use strict";\n{_text("runtime.js")}{_text(f"{name}.js")}{ending}}})();'


def _text(file: str) -> str:
    return (_FILES / file).read_text(encoding="utf-8")


def _style() -> str:
    """The figures' variables, the look of controls in both modes, and what the explorables share."""
    ink = f"--u-ink:{PALETTE['ink'][1]}"
    return _css().replace(ink, f"color-scheme:dark;{ink}") + _text("style.css").replace("\n", "")


def _json(data: dict) -> str:
    """Write JSON that no HTML parser mistakes for markup."""
    text = json.dumps(data, default=_plain, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not data")

"""A page for each data set and the table of all of them, made from each set's SOURCE.md, docstring and content."""

import inspect
import re
import textwrap
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from unrolled import data
from unrolled.authoring.notice import NOTICE, notice
from unrolled.authoring.source import sources
from unrolled.authoring.staging import fill
from unrolled.data.making.rederive import FOLDER
from unrolled.data.making.rederive import sources as data_sources
from unrolled.data.making.source import SECTIONS, Source
from unrolled.figures.style import COLOURS, use_course_style
from unrolled.figures.svg import to_html

TABLE = "% the table of data sets stands here"
_PARTS = ("train", "validation", "test")
_NPM, _PYPI = "https://www.npmjs.com/package/{}/v/{}", "https://pypi.org/project/{}/{}/"
_DEBIAN = "https://packages.debian.org/bookworm/{}"


def stage(root: Path, staged: Path) -> None:
    """Write the datasheets into `staged/data/`, and the table of all of them and NOTICE into the appendix.

    Raises:
        AuthoringError: the appendix has no line for the table.
        DataError: a set's description or files have a fault.
    """
    folder = staged / "data"
    folder.mkdir()
    described = data_sources()
    for source in described:
        (folder / f"{source.name}.md").write_text(_page(source, _used_in(root, source.name), folder), encoding="utf-8")
    fill(staged / "appendix" / "data.md", TABLE, _table(described))
    (staged / "appendix" / NOTICE).write_text(notice(), encoding="utf-8")


def _table(described: list[Source]) -> str:
    rows = [
        f"| {{doc}}`{source.title} </data/{source.name}>` | `{source.name}` | {source.summary} "
        f"| {source.licence}{', copyleft' if source.copyleft else ''} | {_kilobytes(source):,} |"
        for source in described
    ]
    total = sum(_kilobytes(source) for source in described) / 1000
    return "\n".join(
        [
            f"{len(described)} sets, {total:.1f} MB together.",
            "",
            "| set | name for `load` | what it holds | licence | kB |",
            "|---|---|---|---|---:|",
            *rows,
        ]
    )


def _page(source: Source, used_in: list[str], folder: Path) -> str:
    loaded = data.load(source.name)
    sections = dict(zip(SECTIONS, re.split(r"^## .*\n", source.text, flags=re.MULTILINE)[1:], strict=True))
    facts = [
        f"| about | {source.title} |",
        "|---|---|",
        f"| name | `{source.name}` |",
        f"| made by | {source.made_by} |",
        f"| licence | {source.licence}{', copyleft' if source.copyleft else ''} |",
        f"| taken from | {', '.join(map(_package, source.packages)) or 'this project'} |",
        f"| size | {_kilobytes(source):,} kB |",
        f"| used in | {', '.join(used_in) or 'lessons to come'} |",
    ]
    parts = [
        f"# {source.title}",
        f"{source.summary[0].upper()}{source.summary[1:]}.",
        "\n".join(facts),
        f"## What it is\n\n{sections['What it is'].strip()}",
        _fields(source, loaded),
        _samples(source, import_module(f"unrolled.data.{source.name}"), loaded, folder),
        *(f"## {section}\n\n{sections[section].strip()}" for section in SECTIONS[1:]),
    ]
    return "\n\n".join(parts) + "\n"


def _package(package: Any) -> str:
    address = {"npm": _NPM, "PyPI": _PYPI, "Debian": _DEBIAN}[package.registry]
    return f"[{package.registry} `{package.name}` {package.version}]({address.format(package.name, package.version)})"


def _fields(source: Source, loaded: Any) -> str:
    """The fields as loaded: their shapes are read off the data, their meaning is the docstring's."""
    kind = type(loaded)
    meanings = _meanings(kind)
    rows = [
        f"| `{field.name}` | {_shape(getattr(loaded, field.name))} | {meanings[field.name]} |" for field in fields(kind)
    ]
    split = [
        f"| `{part}` | rows {chosen.start:,} to {chosen.stop - 1:,} | {meanings[part]} |"
        for part in _PARTS
        if isinstance(chosen := getattr(loaded, part, None), slice)
    ]
    return "\n".join(
        [
            "## In Python",
            "",
            "```python",
            "from unrolled.data import load",
            "",
            f'{source.name} = load("{source.name}")',
            "```",
            "",
            "| field | shape | what it holds |",
            "|---|---|---|",
            *rows,
            *split,
        ]
    )


def _meanings(kind: type) -> dict[str, str]:
    """The `Attributes:` part of a class's docstring, by name; `one, two: ...` describes both."""
    listed = inspect.getdoc(kind).partition("Attributes:\n")[2]
    entries = re.split(r"^ {4}(?=\S)", listed.partition("\n\n")[0] + "\n", flags=re.MULTILINE)[1:]
    meanings = {}
    for entry in entries:
        names, _, text = entry.partition(":")
        for name in names.split(","):
            # The page shows shape and type in a column of their own, read off the data.
            meaning = re.sub(r"^\(\d[^)]*\)(?: \w+)?[,.:] ", "", " ".join(text.split()))
            meanings[name.strip()] = meaning.replace("|", r"\|")
    return meanings


def _shape(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"({', '.join(f'{size:,}' for size in value.shape)}{',' if value.ndim == 1 else ''}) {value.dtype}"
    if isinstance(value, (list, tuple, dict)):
        return f"{type(value).__name__} of {len(value):,}"
    return type(value).__name__


def _samples(source: Source, module: Any, loaded: Any, folder: Path) -> str:
    shown = []
    for place, (label, value) in enumerate(module.samples(loaded)):
        if isinstance(value, str):
            lines = [wrapped for line in value.split("\n") for wrapped in textwrap.wrap(line, 78) or [""]]
            shown.append(f"{label[0].upper()}{label[1:]}:\n\n" + "\n".join(["`````text", *lines, "`````"]))
        elif value.dtype == np.uint8 and value.ndim >= 2:
            file = f"{source.name}-{place}.png"
            mpl.image.imsave(folder / file, value, cmap="gray", metadata={"Software": None})
            shown.append(f":::{{image}} {file}\n:alt: {label}\n:width: 128px\n:class: sample\n:::\n\n{label}")
        else:
            shown.append(_curve(label, value))
    return "## Three samples\n\n" + "\n\n".join(shown)


def _curve(label: str, value: np.ndarray) -> str:
    use_course_style()
    columns = value.reshape(len(value), -1)
    figure = Figure(figsize=(7.0, 2.2), layout="none")  # fitting 50 figures to their labels would double a build
    axes = figure.add_axes((0.1, 0.22, 0.88, 0.64))
    many = columns.shape[1] > len(COLOURS)
    for column in columns.T:
        style = {"color": COLOURS[0], "linestyle": "-", "linewidth": 0.8} if many else {}
        axes.plot(column, marker="", **style)
    axes.set_xlabel("step")
    axes.set_title(label)
    low, high = np.nanmin(columns), np.nanmax(columns)
    lines = "one line" if columns.shape[1] == 1 else f"{columns.shape[1]} lines"
    alt = f"{label}: {lines} of {len(columns):,} values, between {low:.4g} and {high:.4g}."
    return to_html(figure, alt)


def _kilobytes(source: Source) -> int:
    sums = (FOLDER / source.name / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return round(sum((FOLDER / source.name / line.split()[1]).stat().st_size for line in sums) / 1000)


def _used_in(root: Path, name: str) -> list[str]:
    loads = re.compile(rf'load\("{name}"\)')
    return [
        f"{{doc}}`/{path.relative_to('book').with_suffix('').as_posix()}`"
        for path in sources(root)
        if loads.search((root / path).read_text(encoding="utf-8"))
    ]

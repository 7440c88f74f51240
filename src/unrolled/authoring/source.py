"""Read the MyST sources under `book/` into notebooks with stable cell ids.

A source is a MyST Markdown notebook: prose, `{code-cell}` blocks, and a front matter with one key, `unrolled`.
Everything else in the repository that ends in `.ipynb` is generated from it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbformat import NotebookNode

from unrolled.course import CourseError

KINDS = {"lessons": "lesson", "labs": "lab"}
REQUIRED = {
    "lesson": {"kind": str, "number": int, "minutes": int, "budget": int, "lab": str},
    "lab": {"kind": str, "number": int, "minutes": int, "budget": int, "points": int, "lesson": str},
}
LAB_ROLES = ("answer", "check", "hidden")


class AuthoringError(CourseError):
    """A source or a generated file breaks a rule of the course; the message names the file and the mend."""


@dataclass(frozen=True)
class Source:
    """One lesson or lab as its author wrote it.

    Attributes:
        path: the source, relative to the root of the course.
        kind: "lesson" or "lab".
        meta: the `unrolled` part of the front matter.
        notebook: the cells in order, text still in MyST, ids set.
    """

    path: Path
    kind: str
    meta: dict
    notebook: NotebookNode

    @property
    def slug(self) -> str:
        """`01_order_is_information`, the name shared by all that is generated from this source."""
        return self.path.stem

    @property
    def address(self) -> str:
        """`lessons/01_order_is_information`, the name the book's table of contents and its links have for this page."""
        return address(self.path)


def sources(root: Path) -> list[Path]:
    """List the lesson and lab sources, relative to `root`, sorted."""
    return sorted(
        path.relative_to(root) for folder in KINDS for path in (root / "book" / folder).glob("[0-9][0-9]_*.md")
    )


def address(path: Path) -> str:
    """Return the book's name for a source: its path below `book/`, without suffix."""
    return path.relative_to("book").with_suffix("").as_posix()


def contents(root: Path) -> list[tuple[str, list[str]]]:
    """Return the parts of the table of contents: caption and the book's names of its pages, in order."""
    listed = yaml.safe_load((root / "book" / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    return [(part["caption"], [entry["file"] for entry in part["chapters"] if "file" in entry]) for part in listed]


def parts(root: Path) -> list[tuple[str, list[Source]]]:
    """Return the parts of the table of contents that hold lessons or labs: caption and pages, in order.

    Raises:
        AuthoringError: a page cannot be read.
    """
    pages = {address(path): path for path in sources(root)}
    listed = [
        (caption, [read(root, pages[name]) for name in names if name in pages]) for caption, names in contents(root)
    ]
    return [(caption, found) for caption, found in listed if found]


def read(root: Path, path: Path) -> Source:
    """Read one source.

    Raises:
        AuthoringError: the front matter lacks a key, or a cell's `lab` metadata is not understood.
    """
    kind = KINDS[path.parent.name]
    notebook = jupytext.reads((root / path).read_text(encoding="utf-8"), fmt="md:myst")
    meta = dict(notebook.metadata.get("unrolled", {}))
    for key, expected in REQUIRED[kind].items():
        if not isinstance(meta.get(key), expected):
            raise AuthoringError(
                f"{path}: front matter `unrolled: {{{key}: ...}}` is missing or not {expected.__name__}."
            )
    _set_ids(notebook, path)
    notebook.metadata = NotebookNode(unrolled=NotebookNode(meta))
    return Source(path, kind, meta, notebook)


def _set_ids(notebook: NotebookNode, path: Path) -> None:
    """Name each cell after its exercise, or after its section and its place in it: edits elsewhere leave it alone."""
    section, count, taken = "top", 0, set()
    for cell in notebook.cells:
        headings = re.findall(r"^#+ +(.+)", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else []
        if headings:
            section, count = slugify(headings[0]), 0
        lab = cell.metadata.get("lab")
        if lab is not None:
            if lab.get("role") not in LAB_ROLES or not isinstance(lab.get("exercise"), int):
                raise AuthoringError(
                    f"{path}: a cell says `lab: {dict(lab)}`; it needs a role ({', '.join(LAB_ROLES)}) and an exercise number."
                )
            cell.id = f"exercise-{lab['exercise']}-{lab['role']}"
        else:
            cell.id = f"{section}-{count}"
            count += 1
        if len(headings) > 1:
            section, count = slugify(headings[-1]), 1
        if cell.id in taken:
            raise AuthoringError(
                f"{path}: two cells would be called '{cell.id}'. Give their sections different titles."
            )
        taken.add(cell.id)


def slugify(title: str, *, longest: int = 48) -> str:
    """Return `title` as an id: lower case, digits and hyphens, without its formulas, at most `longest` characters."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\$[^$]*\$", "", title.lower())).strip("-")
    return words[:longest].rstrip("-") or "section"


def publish(root: Path, path: Path) -> NotebookNode:
    """Return the notebook the book prints: MyST text from the source, code and outputs from the generated notebook.

    Args:
        root: the course's folder.
        path: the source, relative to `root`.

    Raises:
        AuthoringError: the generated notebook is missing.
    """
    source = read(root, path)
    folder = "notebooks" if source.kind == "lesson" else "labs"
    generated = root / folder / f"{source.slug}.ipynb"
    if not generated.exists():
        raise AuthoringError(f"{generated.relative_to(root)} is missing. Make it: make sync")
    notebook = nbformat.read(generated, as_version=4)
    text = {cell.id: cell.source for cell in source.notebook.cells if cell.cell_type == "markdown"}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = text.get(cell.id, cell.source)
    return notebook

"""Read what a learner hands in, and say in one sentence what is wrong with it when it cannot be read.

Nothing of a submission is trusted but the source of its answer cells, so it is read as plain JSON and not as a notebook
that must be valid.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from unrolled.course import CourseError

MAX_BYTES = 20_000_000


class SubmissionError(CourseError):
    """A file that cannot be graded; the message says why and what to do."""


@dataclass(frozen=True)
class Submission:
    """The answers found in one file.

    Attributes:
        path: the file.
        answers: exercise number to the source of its answer cell; an exercise without one is missing here.
        notes: what had to be guessed or was left aside, one sentence each.
    """

    path: Path
    answers: dict[int, str]
    notes: list[str]


def master_for(root: Path, path: Path) -> NotebookNode:
    """Return the solved lab that `path` is a copy of, found by its metadata, or by the number its name begins with.

    Raises:
        SubmissionError: unreadable, or no such lab.
    """
    content = _read(path)
    meta = _dict(_dict(content.get("metadata")).get("unrolled"))
    number = meta.get("number") if meta.get("kind") == "lab" else None
    if not isinstance(number, int) and "kind" not in meta:
        named = re.match(r"(\d\d)", path.name)
        number = int(named[1]) if named else None
    found = [] if number is None else sorted((root / "solutions").glob(f"{number:02d}_*.ipynb"))
    if not found:
        labs = ", ".join(sorted(file.stem for file in (root / "solutions").glob("*.ipynb")))
        raise SubmissionError(
            f"{path} is not one of the course's labs ({labs}). Hand in the file you opened from labs/."
        )
    return nbformat.read(found[0], as_version=4)


def read_submission(path: Path, master: NotebookNode, functions: dict[int, str]) -> Submission:
    """Find the answers to the master's exercises in a learner's file.

    A cell is found by its id; if ids are lost, by its mark in the metadata; if that is lost too, by the function it
    defines.

    Args:
        path: the learner's file; it is never written.
        master: the solved lab.
        functions: exercise number to the name of the function it asks for.

    Raises:
        SubmissionError: the file is missing, too large, no notebook, or holds no answer to this lab.
    """
    cells = [cell for cell in _cells(_read(path), path) if cell.get("cell_type") == "code"]
    answers, notes = {}, []
    for number, function in functions.items():
        by_id = [cell for cell in cells if cell.get("id") == f"exercise-{number}-answer"]
        by_mark = [
            cell
            for cell in cells
            if _dict(_dict(cell.get("metadata")).get("lab")) == {"role": "answer", "exercise": number}
        ]
        by_name = [cell for cell in cells if re.search(rf"^def {function}\(", _source(cell), re.MULTILINE)]
        found = by_id or by_mark or by_name
        if not found:
            notes.append(
                f"Exercise {number}: no cell with {function} was found. Copy it back from labs/{_slug(master)}.ipynb."
            )
            continue
        if len(found) > 1:
            notes.append(f"Exercise {number}: {len(found)} cells claim to be its answer; the first was taken.")
        if not by_id:
            notes.append(
                f"Exercise {number}: its cell had lost its id and was found by {'its mark' if by_mark else function}."
            )
        answers[number] = _source(found[0])
        if fault := _syntax_error(answers[number]):
            notes.append(f"Exercise {number}: its cell is not Python yet: {fault}")
    if not answers:
        raise SubmissionError(
            f"{path} holds no answer to lab {_slug(master)}: none of its cells defines {', '.join(functions.values())}. "
            f"Is it another notebook? A fresh copy is labs/{_slug(master)}.ipynb."
        )
    return Submission(path, answers, notes)


def _syntax_error(source: str) -> str:
    """What Python says about a cell it cannot read, with the line; empty if it can (notebook magics are allowed)."""
    try:
        ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return ""


def _read(path: Path) -> dict:
    if path.is_dir():
        raise SubmissionError(f"{path} is a folder. Give the path of your lab, e.g. labs/02_forward.ipynb")
    if not path.is_file():
        raise SubmissionError(f"There is no file {path}. Give the path of your lab, e.g. labs/02_forward.ipynb")
    if path.stat().st_size > MAX_BYTES:
        raise SubmissionError(
            f"{path} is larger than {MAX_BYTES // 1_000_000} MB. Clear its outputs (Edit, Clear Outputs of All Cells), save, try again."
        )
    if path.stat().st_size == 0:
        raise SubmissionError(
            f"{path} is empty. A fresh copy is in labs/; your last good one may be in .ipynb_checkpoints."
        )
    mend = "Nothing was changed. Open it in JupyterLab and save it again, or take your last good copy from .ipynb_checkpoints."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise SubmissionError(f"{path} is not UTF-8 text, so it is no notebook. {mend}") from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated string")
        end = "it breaks off" if cut else "it is damaged"
        raise SubmissionError(f"{path} is not a whole notebook: {end} at line {error.lineno}. {mend}") from None
    except RecursionError:
        raise SubmissionError(f"{path} is nested too deeply to be a notebook. {mend}") from None
    if not isinstance(content, dict):
        raise SubmissionError(f"{path} is JSON, but no notebook. Hand in the file you opened from labs/.")
    return content


def _cells(content: dict, path: Path) -> list[dict]:
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError(
            f"{path} is JSON, but no notebook: it has no list of cells. Hand in the file you opened from labs/."
        )
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell: dict) -> str:
    source = cell.get("source", "")
    return "".join(line for line in source if isinstance(line, str)) if isinstance(source, list) else str(source)


def _dict(value: object) -> dict:
    return value if isinstance(value, dict) else {}


def _slug(master: NotebookNode) -> str:
    return Path(master.metadata["unrolled"]["source"]).stem

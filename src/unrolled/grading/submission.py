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
from nbformat import NotebookNode

from unrolled.course import CourseError

MAX_BYTES = 20_000_000
MAX_CELLS = 10_000
MAX_ANSWER = 100_000  # characters of one answer cell; right ones have hundreds


class SubmissionError(CourseError):
    """A file that cannot be graded; the message says why and what to do."""


@dataclass(frozen=True)
class Submission:
    """The answers found in one file.

    Attributes:
        answers: exercise number to the source of its answer cell; an exercise without one is missing here.
        notes: what had to be guessed or was left aside, one sentence each.
        suspicious: exercise number to what a teacher should look at; 0 for the file as a whole.
    """

    answers: dict[int, str]
    notes: list[str]
    suspicious: dict[int, list[str]]


def read_file(path: Path) -> bytes:
    """Return what a learner hands in, as it is.

    Raises:
        SubmissionError: there is no such file, or it is too large.
    """
    if path.is_dir():
        raise SubmissionError(f"{path} is a folder. Give the path of your lab, e.g. labs/02_forward.ipynb")
    if not path.is_file():
        raise SubmissionError(f"There is no file {path}. Give the path of your lab, e.g. labs/02_forward.ipynb")
    if path.stat().st_size > MAX_BYTES:
        raise SubmissionError(_too_large(path))
    return path.read_bytes()


def parse(content: bytes, name: str | Path) -> dict:
    """Return the JSON of a notebook; nothing in it is valid yet.

    Args:
        content: of the file.
        name: of the file, for the messages.

    Raises:
        SubmissionError: it is too large, empty, damaged or no notebook.
    """
    if len(content) > MAX_BYTES:
        raise SubmissionError(_too_large(name))
    if not content:
        raise SubmissionError(
            f"{name} is empty. A fresh copy is in labs/; your last good one may be in .ipynb_checkpoints."
        )
    mend = "Nothing was changed. Open it in JupyterLab and save it again, or take your last good copy from .ipynb_checkpoints."
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SubmissionError(f"{name} is not UTF-8 text, so it is no notebook. {mend}") from None
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated string")
        end = "it breaks off" if cut else "it is damaged"
        raise SubmissionError(f"{name} is not a whole notebook: {end} at line {error.lineno}. {mend}") from None
    except RecursionError:
        raise SubmissionError(f"{name} is nested too deeply to be a notebook. {mend}") from None
    except ValueError as error:  # a number with more digits than Python reads
        raise SubmissionError(f"{name} is not a whole notebook: {error}. {mend}") from None
    if not isinstance(notebook, dict):
        raise SubmissionError(f"{name} is JSON, but no notebook. Hand in the file you opened from labs/.")
    return notebook


def lab_number(notebook: dict, name: str) -> int | None:
    """Return which lab a notebook says it is, by its metadata, or by the number its name begins with; None for no lab."""
    meta = _dict(_dict(notebook.get("metadata")).get("unrolled"))
    if "kind" in meta:
        number = meta.get("number") if meta["kind"] == "lab" else None
        return number if type(number) is int else None
    named = re.match(r"(\d\d)", name)
    return int(named[1]) if named else None


def master_for(root: Path, number: int | None, name: str | Path) -> NotebookNode:
    """Return the solved lab.

    Raises:
        SubmissionError: there is no such lab.
    """
    found = [] if number is None else sorted((root / "solutions").glob(f"{number:02d}_*.ipynb"))
    if not found:
        labs = ", ".join(sorted(file.stem for file in (root / "solutions").glob("*.ipynb")))
        raise SubmissionError(
            f"{name} is not one of the course's labs ({labs}). Hand in the file you opened from labs/."
        )
    return nbformat.read(found[0], as_version=4)


def read_submission(notebook: dict, name: str | Path, master: NotebookNode, functions: dict[int, str]) -> Submission:
    """Find the answers to the master's exercises in a learner's notebook.

    A cell is found by its id; if ids are lost, by its mark in the metadata; if that is lost too, by the function it
    defines.

    Args:
        notebook: what `parse` read.
        name: of the file, for the messages.
        master: the solved lab.
        functions: exercise number to the name of the function it asks for.

    Raises:
        SubmissionError: it holds no answer to this lab.
    """
    cells = [cell for cell in _cells(notebook, name) if cell.get("cell_type") == "code"]
    answers, notes, used = {}, [], []
    for number, function in functions.items():
        by_id = [cell for cell in cells if cell.get("id") == f"exercise-{number}-answer"]
        by_mark = [cell for cell in cells if _mark(cell) == {"role": "answer", "exercise": number}]
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
        if len(_source(found[0])) > MAX_ANSWER:
            notes.append(
                f"Exercise {number}: its cell is longer than {MAX_ANSWER:,} characters, so it was left out. Shorten it."
            )
            continue
        answers[number] = _source(found[0])
        used.append(found[0])
        if fault := _syntax_error(answers[number]):
            notes.append(f"Exercise {number}: its cell is not Python yet: {fault}")
    if not answers:
        raise SubmissionError(
            f"{name} holds no answer to lab {_slug(master)}: none of its cells defines {', '.join(functions.values())}. "
            f"Is it another notebook? A fresh copy is labs/{_slug(master)}.ipynb."
        )
    return Submission(answers, notes, _suspicious(notebook, cells, used, master, answers))


# What a right answer to any lab has no use for, and an attempt on the grader often has.
_ODD_NAMES = re.compile(
    r"unrolled\s*\.\s*(?:checks|grading|room)|solutions?/|get_ipython|_getframe|gc\.get_|\bctypes\b|\binspect\b|os\._exit|/proc/"
    r"|\bsubprocess\b|\bsocket\b|\bpickle\b|__builtins__|\bbuiltins\b|\bpytest\b|nbval|sys\.modules|ast_transformers|set_trace"
)
_ODD_TAGS = {"raises-exception", "nbval-skip", "nbval-ignore-output"}


def _suspicious(
    notebook: dict, cells: list[dict], used: list[dict], master: NotebookNode, answers: dict[int, str]
) -> dict[int, list[str]]:
    """What a teacher should look at. None of it is run, and none of it costs points."""
    found: dict[int, list[str]] = {}
    kernel = _dict(_dict(notebook.get("metadata")).get("kernelspec")).get("name", "python3")
    if kernel not in ("python3", "python"):
        named = f" ({kernel[:60]!r})" if isinstance(kernel, str) else ""
        found[0] = [f"It asks for another kernel{named}; the course's was used."]
    for cell in master.cells:
        mark = cell.metadata.get("lab", {})
        if mark.get("role") != "check":
            continue
        its = [_source(other) for other in cells if other.get("id") == cell.id or _mark(other) == dict(mark)]
        state = (
            "deleted"
            if not its
            else "duplicated"
            if len(its) > 1
            else "edited"
            if its[0].strip() != cell.source.strip()
            else ""
        )
        if state:
            found.setdefault(mark["exercise"], []).append(f"Its check cell was {state}; the course's own was used.")
    for cell in used:
        number = next(number for number, source in answers.items() if source == _source(cell))
        tags = _list(_dict(cell.get("metadata")).get("tags"))
        odd = sorted(_ODD_TAGS & {tag.lower() for tag in tags if isinstance(tag, str)})
        if odd:
            found.setdefault(number, []).append(f"Its cell is tagged {', '.join(odd)}; tags were dropped.")
    for number, source in answers.items():
        if names := sorted({match.strip() for match in _ODD_NAMES.findall(source)}):
            found.setdefault(number, []).append(f"Its cell names {', '.join(names)}.")
    return found


_MAGIC = re.compile(r"^[ \t]*[%!?]|\?[ \t]*$|=[ \t]*[%!]", re.MULTILINE)


def _syntax_error(source: str) -> str:
    """What Python says about a cell it cannot read, with the line; empty if it can (notebook magics are allowed)."""
    if _MAGIC.search(source):
        return ""  # the room will tell: rewriting magics takes time that grows with the square of their number
    try:
        ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    except (ValueError, RecursionError, MemoryError):  # a null byte; nested too deeply
        return "Python's parser gives it up"
    return ""


def _too_large(name: str | Path) -> str:
    return f"{name} is larger than {MAX_BYTES // 1_000_000} MB. Clear its outputs (Edit, Clear Outputs of All Cells), save, try again."


def _cells(notebook: dict, path: str | Path) -> list[dict]:
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError(
            f"{path} is JSON, but no notebook: it has no list of cells. Hand in the file you opened from labs/."
        )
    if len(cells) > MAX_CELLS:
        raise SubmissionError(f"{path} has more than {MAX_CELLS:,} cells. Hand in the file you opened from labs/.")
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell: dict) -> str:
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.encode("utf-8", "replace").decode("utf-8")  # JSON can hold half of a character, no file can


def _dict(value: object) -> dict:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list:
    return value if isinstance(value, list) else []


def _mark(cell: dict) -> dict:
    return _dict(_dict(cell.get("metadata")).get("lab"))


def _slug(master: NotebookNode) -> str:
    return Path(master.metadata["unrolled"]["source"]).stem

"""Assemble what is run: the master's cells, with nothing of a learner but the source of the answer cells."""

import ast
import copy
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_notebook


def exercise_notebook(master: NotebookNode, exercise: int, answer: str) -> NotebookNode:
    """Return the notebook of one exercise: what stands before it, its answer, its checks.

    Answers of earlier exercises are left empty; which one is run is decided when it is known what passed.

    Args:
        master: the solved lab.
        exercise: its number.
        answer: the learner's source.
    """
    cells = []
    for original in master.cells:
        cell = copy.copy(original)  # what is changed below is replaced, and so the master keeps its own
        mark = cell.metadata.get("lab", {})
        if cell.cell_type != "code" or (mark and mark["exercise"] > exercise):
            continue
        if mark.get("role") in ("check", "hidden") and mark["exercise"] != exercise:
            continue
        if mark.get("role") == "answer":
            cell.source = answer if mark["exercise"] == exercise else ""
        elif not mark:
            cell.source = _without_checks(cell.source)
        cell.metadata = {"lab": mark} if mark else {}
        cell.outputs, cell.execution_count = [], None
        cells.append(cell)
        if mark.get("role") == "hidden" and mark["exercise"] == exercise:
            break
    return new_notebook(cells=cells)


def right_answers(master: NotebookNode) -> dict[int, str]:
    """Return the master's own answers, by exercise."""
    marks = [(cell.metadata.get("lab", {}), cell) for cell in master.cells]
    return {mark["exercise"]: cell.source for mark, cell in marks if mark.get("role") == "answer"}


def modules(master: NotebookNode) -> list[str]:
    """Return what the lab's own cells import before the last answer, in the order of the cells, without the checks."""
    last = max(place for place, cell in enumerate(master.cells) if cell.metadata.get("lab", {}).get("role") == "answer")
    names = [
        name
        for cell in master.cells[:last]
        if cell.cell_type == "code" and not cell.metadata.get("lab")
        for name in _imported(ast.parse(_without_checks(cell.source)))
    ]
    return list(dict.fromkeys(names))


def _without_checks(source: str) -> str:
    """Leave out the line that imports the checks: the room does not have them."""
    return "\n".join(line for line in source.split("\n") if not line.startswith("from unrolled.checks."))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module

"""From a lab's source to what a learner opens and what a teacher keeps.

Inside an answer cell, what stands between `# <answer>` and `# </answer>` is the solution: the stub loses it, the solved
lab loses only the two marks.
"""

import copy
import re

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from unrolled.authoring.source import AuthoringError, Source

_ANSWER = re.compile(r"^(?P<indent>[ ]*)# <answer>\n(?P<code>.*?)^[ ]*# </answer>[ ]*$\n?", re.MULTILINE | re.DOTALL)


def role(cell: NotebookNode) -> str:
    """Return "answer", "check", "hidden" or "" for a cell of a lab."""
    return cell.metadata.get("lab", {}).get("role", "")


def exercise(cell: NotebookNode) -> int:
    """Return the number of the exercise that an answer or check cell belongs to."""
    return cell.metadata["lab"]["exercise"]


def solved(source: Source) -> NotebookNode:
    """Return the lab with its answers, and a hidden check behind each visible one.

    Raises:
        AuthoringError: an exercise lacks an answer or a check, or an answer its two marks.
    """
    notebook = copy.deepcopy(source.notebook)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if role(cell) == "answer":
            cell.source = _replace(cell, source, lambda match: match["code"]).rstrip("\n")
        if role(cell) == "check":
            number = exercise(cell)
            hidden = new_code_cell(f"check({number}, hidden=True)", id=f"exercise-{number}-hidden")
            hidden.metadata["lab"] = {"role": "hidden", "exercise": number}
            cells.append(hidden)
    notebook.cells = cells
    found = {name: [exercise(cell) for cell in cells if role(cell) == name] for name in ("answer", "check")}
    if not found["answer"] or found["answer"] != found["check"]:
        raise AuthoringError(
            f"{source.path}: answers of exercises {found['answer']} and checks of exercises {found['check']} must be the same."
        )
    return notebook


def stub(source: Source, executed: NotebookNode) -> NotebookNode:
    """Return what a learner opens: answers emptied, hidden checks gone, the outputs of a right solution as expectation."""
    notebook = copy.deepcopy(executed)
    answers = {cell.id: cell for cell in source.notebook.cells if role(cell) == "answer"}
    notebook.cells = [cell for cell in notebook.cells if role(cell) != "hidden"]
    for cell in notebook.cells:
        if role(cell) == "answer":
            cell.source = _replace(answers[cell.id], source, _not_implemented(exercise(cell))).rstrip("\n")
            cell.outputs, cell.execution_count = [], None
    return notebook


def solution_banner(source: Source) -> NotebookNode:
    """A first cell that says what the solved notebook is, so that nobody hands it out by mistake."""
    return new_markdown_cell(
        f"*Solutions, with the hidden checks. Learners work in `labs/{source.slug}.ipynb`.*", id="solution-banner"
    )


def _replace(cell: NotebookNode, source: Source, replacement) -> str:  # noqa: ANN001 (what re.sub takes)
    text, count = _ANSWER.subn(replacement, cell.source + "\n")
    if count != 1:
        raise AuthoringError(
            f"{source.path}: {cell.id} needs one '# <answer>' line and one '# </answer>' line after it."
        )
    return text


def _not_implemented(number: int):  # noqa: ANN202
    return lambda match: f'{match["indent"]}raise NotImplementedError("Exercise {number}: write your code here")\n'

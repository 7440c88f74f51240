"""Where a result stands on the published page: an anchor before the output of each `measured(name, ...)`."""

import nbformat
from nbformat import NotebookNode

from unrolled.authoring.source import AuthoringError, slugify
from unrolled.evaluate.results import RESULT_MIME


def anchor(name: str) -> str:
    """Return the id of the result `name` on its page; it changes only with the name."""
    return f"measured-{slugify(name, longest=80)}"


def place(notebook: NotebookNode, where: str) -> None:
    """Put an anchor before each output that records a result.

    Args:
        notebook: a page to publish; it is changed.
        where: the page's name, for the error message.

    Raises:
        AuthoringError: two results of the page would get the same anchor.
    """
    named: dict[str, str] = {}
    for cell in notebook.cells:
        outputs = []
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(RESULT_MIME)
            if record:
                name, target = record["name"], anchor(record["name"])
                if target in named:
                    raise AuthoringError(
                        f"{where}: the results '{named[target]}' and '{name}' would both be linked as #{target}. "
                        "Give one of them another name."
                    )
                named[target] = name
                mark = {"text/html": f'<span class="measured" id="{target}"></span>'}
                outputs.append(nbformat.v4.new_output("display_data", mark))
            outputs.append(output)
        if "outputs" in cell:
            cell.outputs = outputs

"""Run a notebook from top to bottom, with progress, and keep only outputs that mean something to a reader."""

import os
import re
import time
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from tqdm import tqdm

from unrolled.authoring.source import AuthoringError

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "PYTHONHASHSEED": "0"}


def execute(notebook: NotebookNode, name: str, budget: int) -> float:
    """Fill in the outputs of `notebook`.

    Args:
        notebook: changed in place.
        name: shown in the progress bar and in errors.
        budget: seconds for the whole notebook.

    Returns:
        The seconds it took.

    Raises:
        AuthoringError: a cell failed, or the budget was overrun.
    """
    os.environ.update(QUIET)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    with tqdm(total=cells, desc=f"running {name}", unit="cell") as bar:
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=budget,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(Path.cwd())}},
            on_cell_executed=lambda **_: bar.update(),
        )
        started = time.monotonic()
        try:
            client.execute()
        except CellExecutionError as error:
            raise AuthoringError(f"{name}: a cell failed.\n{_ANSI.sub('', str(error))}") from None
        except CellTimeoutError:
            raise AuthoringError(f"{name}: a cell ran longer than the whole budget of {budget} s.") from None
    seconds = time.monotonic() - started
    if seconds > budget:
        raise AuthoringError(f"{name}: took {seconds:.0f} s; its budget is {budget} s.")
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        _settle(cell, count, name)
    return seconds


def _settle(cell: NotebookNode, count: int, name: str) -> None:
    """Drop what differs from run to run: progress bars and warnings on stderr, timestamps, counters of the front end."""
    cell.execution_count = count
    cell.metadata.pop("execution", None)
    cell.outputs = [out for out in cell.outputs if not (out.output_type == "stream" and out.name == "stderr")]
    for output in cell.outputs:
        output.pop("transient", None)
        if "execution_count" in output:
            output["execution_count"] = count
        if any(kind.startswith("image/") for kind in output.get("data", {})):
            raise AuthoringError(
                f'{name}, {cell.id}: a figure without alt text. End the cell with show(fig, alt="...").'
            )
        text = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        if " at 0x" in text:
            raise AuthoringError(
                f"{name}, {cell.id}: the output shows a memory address. End the cell with a value worth reading."
            )

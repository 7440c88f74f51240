"""`make test` goes red when a stored verdict is wrong, a notebook overruns its budget, or a cell hangs."""

import json
import subprocess
import sys

import nbformat
import pytest


@pytest.fixture
def validate(root, tmp_path):
    """Return a function that runs nbval over a changed copy of a notebook and gives the exit status and the output."""

    def run(notebook, change, *options):
        copy = tmp_path / notebook.name
        content = nbformat.read(notebook, as_version=4)
        change(content)
        nbformat.write(content, copy)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            str(root / "pyproject.toml"),
            "--rootdir",
            str(root),
            "-q",
            "-x",
            str(copy),
            *options,
        ]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        return done.returncode, done.stdout

    return run


def test_a_wrong_stored_verdict_is_found(root, validate):
    def lie(notebook):
        text = json.dumps(notebook.cells)
        assert "1 of 1 points" in text
        notebook.cells = nbformat.from_dict(json.loads(text.replace("1 of 1 points", "0 of 1 points")))

    status, output = validate(root / "solutions/02_forward.ipynb", lie)
    assert status == 1
    assert "hidden checks: 0 of 1" in output


def tiny(source):
    """A notebook of one cell, with a budget of 1 s and the stored output `1.234 | at most 2: holds`."""

    def change(notebook):
        output = nbformat.v4.new_output("stream", name="stdout", text="error: 1.234 (0.9 to 1.5) | at most 2: holds\n")
        cell = nbformat.v4.new_code_cell(
            source, outputs=[output], execution_count=1, metadata={"tags": ["nbval-check-output"]}
        )
        notebook.cells = [cell]
        notebook.metadata["unrolled"]["budget"] = 1

    return change


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("print('error: 1.301 (1.0 to 1.6) | at most 2: holds')", 0, "1 passed"),
        ("print('error: 1.234 (0.9 to 1.5) | at most 2: does not hold')", 1, "does not hold"),
        ("print('error: 1.234 (0.9 to 1.5) | at most 9: holds')", 1, "at most 9"),
        (
            "import time; time.sleep(3); print('error: 1.234 (0.9 to 1.5) | at most 2: holds')",
            1,
            "01_order_is_information.ipynb overran its budget",
        ),
    ],
)
def test_bands_and_budgets(root, validate, source, status, words):
    found, output = validate(root / "notebooks/01_order_is_information.ipynb", tiny(source))
    assert (found, words in output) == (status, True), output


def test_a_cell_that_hangs_is_red_even_if_it_swallows_the_interrupt(root, validate):
    source = "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('error: 1.234 (0.9 to 1.5) | at most 2: holds')"
    found, output = validate(root / "notebooks/01_order_is_information.ipynb", tiny(source), "--nbval-cell-timeout=1")
    assert found == 1, output

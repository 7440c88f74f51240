"""One source, same bytes; only what changed runs; what was edited by hand or is stale is named."""

import ast
import json

import nbformat
import pytest

from unrolled.authoring import sync as module
from unrolled.authoring.source import AuthoringError
from unrolled.authoring.sync import stale, sync

NOTEBOOK = "notebooks/07_small.ipynb"


@pytest.fixture
def made(course):
    sync(course)
    return course


@pytest.fixture
def runs(monkeypatch):
    """Count executions."""
    counted = []
    original = module.execute
    monkeypatch.setattr(module, "execute", lambda *args: counted.append(args[1]) or original(*args))
    return counted


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_outputs_are_stored_and_markdown_is_plain(made):
    notebook = nbformat.read(made / NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "{" not in text.replace("\\tag{7.1}", "")
    assert "$$ y = x^2 \\tag{7.1}$$" in text
    assert "By (7.1), nine" in text
    assert "[lab 02](../labs/02_forward.ipynb)" in text
    assert "([Elman 1990](https://doi.org/10.1207/s15516709cog1402_1))" in text
    assert [
        cell.outputs[0].get("text") or cell.outputs[0].data["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ] == ["y = 9\n", "10"]


def test_two_executions_give_the_same_bytes(made):
    before = (made / NOTEBOOK).read_bytes()
    sync(made, force=True)
    assert (made / NOTEBOOK).read_bytes() == before


def test_nothing_is_executed_or_written_twice(made, runs):
    assert sync(made) == []
    assert runs == []
    assert stale(made) == []


def test_prose_is_mended_without_executing(made, runs):
    edit(made / "book/lessons/07_small.md", "and a number", "and a digit")
    assert "07_small.md" in stale(made)[0]
    sync(made)
    assert runs == []
    assert "and a digit" in (made / NOTEBOOK).read_text(encoding="utf-8")
    assert stale(made) == []


def test_retitling_a_section_executes_nothing(made, runs):
    edit(made / "book/lessons/07_small.md", "A second section", "Another name")
    sync(made)
    assert runs == []
    assert "another-name-1" in (made / NOTEBOOK).read_text(encoding="utf-8")


def test_changed_code_is_stale_until_it_ran(made, runs):
    edit(made / "book/lessons/07_small.md", "3**2", "4**2")
    assert NOTEBOOK in stale(made)[0]
    sync(made)
    assert runs == [NOTEBOOK]
    assert "y = 16" in (made / NOTEBOOK).read_text(encoding="utf-8")


@pytest.mark.parametrize(("old", "new"), [("y = 9", "y = 8"), ("Prose with", "Prose without"), ("y = 3**2", "y = 9")])
def test_a_hand_edited_notebook_is_named(made, old, new):
    edit(made / NOTEBOOK, old, new)
    assert NOTEBOOK in stale(made)[0]


def test_a_missing_notebook_and_one_without_source_are_named(made):
    (made / NOTEBOOK).rename(made / "notebooks" / "08_stray.ipynb")
    found = stale(made)
    assert any(NOTEBOOK in sentence for sentence in found)
    assert any("08_stray.ipynb has no source" in sentence for sentence in found)


def test_an_edited_results_file_is_named(made):
    results = made / "notebooks" / "results.json"
    results.write_text(results.read_text(encoding="utf-8").replace("07_small", "07_large"), encoding="utf-8")
    assert "results.json" in stale(made)[0]


def test_a_changed_library_module_makes_its_users_stale(made, monkeypatch):
    from unrolled.authoring import inputs

    edit(made / "book/lessons/07_small.md", "y = 3**2", "from unrolled.evaluate import measured\n\ny = 3**2")
    sync(made)
    assert stale(made) == []
    package = made / "package"
    for path in (inputs._PACKAGE / "evaluate").glob("*.py"):
        copy = package / "evaluate" / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (package / "__init__.py").write_bytes((inputs._PACKAGE / "__init__.py").read_bytes())
    monkeypatch.setattr(inputs, "_PACKAGE", package)
    assert stale(made) == []
    edit(package / "evaluate/results.py", "does not hold", "fails")
    assert NOTEBOOK in stale(made)[0]


def test_an_explorable_s_own_script_is_part_of_what_its_notebook_depends_on():
    from unrolled.authoring.inputs import _explored

    def depends(code):
        return {path.name for path in _explored(ast.parse(code))}

    assert depends('explorable("unroll", alt="...")') == {"unroll.js", "runtime.js", "style.css"}
    assert depends("print(1)") == set()


def test_measured_results_land_in_the_results_file(made):
    edit(
        made / "book/lessons/07_small.md",
        "y = 3**2",
        'from unrolled.evaluate import measured\n\nmeasured("error", [1, 2, 3], baseline=9, at_most=4)\ny = 9',
    )
    sync(made)
    entry = json.loads((made / "notebooks/results.json").read_text(encoding="utf-8"))[0]
    assert entry["page"] == "07_small"
    assert entry["seconds"] > 0
    assert entry["results"][0] | {"cell": ""} == {
        "cell": "", "name": "error", "over": "seeds", "values": [1, 2, 3], "baseline": 9, "baseline_name": "baseline",
        "band": "at most 4", "unit": "", "holds": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("y + 1", "1 / 0", "ZeroDivisionError"),
        ("y + 1", "object()", "memory address"),
        ("y + 1", "import matplotlib.pyplot as plt\n\nplt.plot([1, 2]);", "figure without alt text"),
        ("budget: 30", "budget: 1", "budget of 1 s|budget is 1 s"),
        ("minutes: 5, ", "", "minutes"),
        ("{cite:p}`elman1990`", "{cite:p}`nobody2000`", "no reference 'nobody2000'"),
        ("{eq}`eq:square`", "{eq}`eq:cube`", "eq:cube"),
        ("Prose with", ":::{dropdown} Prose\nwith\n:::\n", "dropdown"),
        ("Prose with", ":::{note}\nProse with", "never closed"),
    ],
)
def test_a_source_that_breaks_a_rule_is_one_clear_error(course, old, new, words):
    edit(course / "book/lessons/07_small.md", old, new)
    if "budget" in words:
        edit(course / "book/lessons/07_small.md", "y + 1", "import time; time.sleep(2)")
    with pytest.raises(AuthoringError, match=words):
        sync(course)

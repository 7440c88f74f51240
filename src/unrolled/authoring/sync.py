"""Make every generated notebook from its source, executing only what changed; or say which ones are not as made.

`notebooks/` (lessons), `labs/` (stubs) and `solutions/` (solved labs) are generated, and so are `notebooks/results.json`
and `NOTICE`.
A notebook remembers the hash of what its outputs depend on and the hash of the outputs themselves, so a stale one, an
edited one and a right one can be told apart without running anything.
"""

import copy
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from unrolled.authoring import lab
from unrolled.authoring.bibliography import citation_links
from unrolled.authoring.execute import execute
from unrolled.authoring.inputs import inputs_hash
from unrolled.authoring.notice import NOTICE, notice
from unrolled.authoring.plain import equation_labels, to_plain
from unrolled.authoring.source import AuthoringError, Source, read, sources
from unrolled.evaluate.results import RESULT_MIME

RESULTS = Path("notebooks/results.json")
CHECKED = "nbval-check-output"
VARIES, FIGURE = "varies", "figure"
_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass
class Generated:
    """The files one source gives, by path relative to the root, and how long it ran if it was run."""

    files: dict[Path, NotebookNode]
    seconds: float | None = None
    problems: list[str] = field(default_factory=list)


def targets(source: Source) -> list[Path]:
    """The generated files of a source; the first is the one that is executed."""
    name = f"{source.slug}.ipynb"
    return [Path("notebooks", name)] if source.kind == "lesson" else [Path("solutions", name), Path("labs", name)]


def sync(root: Path, *, force: bool = False) -> list[Path]:
    """Bring every generated file up to date; return those that changed.

    Args:
        root: the course's folder.
        force: execute even what is up to date.

    Raises:
        AuthoringError: a source breaks a rule, or a cell failed.
    """
    changed, seconds = [], recorded_seconds(root)
    for path in sources(root):
        source = read(root, path)
        made = generate(root, source, run=True, force=force)
        if made.seconds is not None:
            seconds[source.slug] = round(made.seconds, 1)
        changed += [target for target, notebook in made.files.items() if _write(root / target, _to_text(notebook))]
    changed += [RESULTS] if _write(root / RESULTS, results_text(root, seconds)) else []
    changed += [NOTICE] if _write(root / NOTICE, notice()) else []
    return changed


def stale(root: Path) -> list[str]:
    """Say in a sentence each which generated files are not what their sources give. Nothing is executed or written."""
    problems, expected = [], set()
    for path in sources(root):
        source = read(root, path)
        made = generate(root, source, run=False)
        problems += made.problems
        expected |= set(targets(source))
        for target, notebook in made.files.items():
            if not (root / target).exists() or (root / target).read_bytes() != _to_text(notebook).encode():
                problems.append(f"{target} was edited by hand or is stale. Edit {path}, then: make sync")
    for folder in ("notebooks", "labs", "solutions"):
        for file in (root / folder).glob("*.ipynb"):
            if file.relative_to(root) not in expected:
                problems.append(f"{file.relative_to(root)} has no source under book/. Remove it, or write its source.")
    if not problems and (root / RESULTS).read_text(encoding="utf-8") != results_text(root, recorded_seconds(root)):
        problems.append(f"{RESULTS} was edited by hand or is stale. Run: make sync")
    if not (root / NOTICE).is_file() or (root / NOTICE).read_text(encoding="utf-8") != notice():
        problems.append(f"{NOTICE} is not what the data sets' SOURCE.md files give. Edit those, then: make sync")
    return problems


def generate(root: Path, source: Source, *, run: bool, force: bool = False) -> Generated:
    """Make the files of one source, with stored outputs where they are still valid.

    Args:
        root: the course's folder.
        source: what to generate from.
        run: execute when the stored outputs are not valid; otherwise report a problem.
        force: execute in any case.
    """
    first, *rest = targets(source)
    notebook = _skeleton(root, source)
    inputs = inputs_hash(notebook)
    stored = None if force else _stored(root / first, inputs)
    made = Generated({})
    if stored is not None:
        _copy_outputs(stored, notebook)
    elif run:
        made.seconds = execute(notebook, str(first), source.meta["budget"])
    else:
        made.problems.append(
            f"{first} is stale or was edited by hand: it does not hold what {source.path}, the library and the data give. Run: make sync"
        )
        return made
    hashes = {"source": source.path.as_posix(), "inputs": inputs, "outputs": _outputs_hash(notebook)}
    notebook.metadata = NotebookNode(_KERNEL | {"unrolled": dict(sorted((source.meta | hashes).items()))})
    made.files[first] = notebook
    for target in rest:
        learner = lab.stub(source, notebook)
        learner.cells = [cell for cell in learner.cells if cell.id != "solution-banner"]
        made.files[target] = learner
    return made


def _skeleton(root: Path, source: Source) -> NotebookNode:
    """The notebook to execute: plain Markdown, tags for nbval, no outputs."""
    notebook = lab.solved(source) if source.kind == "lab" else source.notebook
    labels = [
        label for cell in notebook.cells if cell.cell_type == "markdown" for label in equation_labels(cell.source)
    ]
    tags = {label: f"{source.meta['number']}.{place}" for place, label in enumerate(labels, start=1)}
    cells = copy.deepcopy(notebook.cells)
    for cell in cells:
        where = f"{source.path}, {cell.id}"
        if cell.cell_type == "markdown":
            cell.source = to_plain(cell.source, where, cite=citation_links(root, where), tags=tags)
        else:
            given = cell.metadata.get("tags", [])
            cell.metadata["tags"] = [VARIES] if VARIES in given else [CHECKED]
            if FIGURE in given:
                # Drawing code is not what is taught: folded in JupyterLab and in the book, one click away.
                cell.metadata["tags"].append("hide-input")
                cell.metadata["jupyter"] = {"source_hidden": True}
    if source.kind == "lab":
        cells.insert(0, lab.solution_banner(source))
    skeleton = nbformat.v4.new_notebook(cells=cells)
    skeleton.nbformat_minor = 5
    return skeleton


def _stored(path: Path, inputs: str) -> NotebookNode | None:
    """The generated notebook at `path` if its outputs belong to these inputs and were not touched."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        return None
    meta = notebook.metadata.get("unrolled", {})
    return notebook if meta.get("inputs") == inputs and meta.get("outputs") == _outputs_hash(notebook) else None


def _copy_outputs(stored: NotebookNode, notebook: NotebookNode) -> None:
    """By position among the code cells, not by id: retitling a section renames cells but runs nothing."""
    old = [cell for cell in stored.cells if cell.cell_type == "code"]
    new = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for before, cell in zip(old, new, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count


def _outputs_hash(notebook: NotebookNode) -> str:
    outputs = [[cell.execution_count, cell.outputs] for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


def results_text(root: Path, seconds: dict[str, float]) -> str:
    """The results file: what every lesson measured, and how long it ran."""
    entries = []
    for path in sources(root):
        source = read(root, path)
        file = root / targets(source)[0]
        notebook = nbformat.read(file, as_version=4)
        measured = [
            {"cell": cell.id} | dict(output.data[RESULT_MIME])
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            if RESULT_MIME in output.get("data", {})
        ]
        entries.append({"page": source.slug, "seconds": seconds.get(source.slug), "results": measured})
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


def recorded_seconds(root: Path) -> dict[str, float]:
    """How long each page took when it was last executed, by its slug."""
    try:
        entries = json.loads((root / RESULTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise AuthoringError(f"{RESULTS} is damaged. Get it back: git checkout -- {RESULTS}") from None
    return {entry["page"]: entry["seconds"] for entry in entries}


def _to_text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def _write(path: Path, text: str) -> bool:
    """Write only what differs, so that file times mean something; say whether it did."""
    content = text.encode()
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True

"""What a notebook's outputs depend on, as one hash: its code, the library modules it imports, the data it loads.

Prose is left out on purpose: mending a sentence executes nothing.
"""

import ast
import hashlib
from pathlib import Path

from nbformat import NotebookNode

import unrolled

_PACKAGE = Path(unrolled.__file__).parent


def inputs_hash(notebook: NotebookNode) -> str:
    """Return the sha256 over the code cells, the imported modules of `unrolled` and the data sets they load."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    digest = hashlib.sha256()
    for cell in code:
        digest.update(cell.encode() + b"\0")
    for path in sorted(_files_behind("\n".join(_python_only(cell) for cell in code))):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files_behind(code: str) -> set[Path]:
    """Follow `import unrolled...`, `load("set")` and `explorable("name")` from the cells through the library."""
    files: set[Path] = set()
    waiting = [code]
    while waiting:
        tree = ast.parse(waiting.pop())
        for path in _imported(tree) | _loaded(tree) | _explored(tree):
            if path not in files:
                files.add(path)
                if path.suffix == ".py":
                    waiting.append(path.read_text(encoding="utf-8"))
    return files


def _imported(tree: ast.AST) -> set[Path]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {path for name in names if name.split(".")[0] == "unrolled" for path in _module_files(name)}


def _module_files(name: str) -> list[Path]:
    """The module's file, and the `__init__.py` of every package on the way to it."""
    parts = name.split(".")[1:]
    steps = [_PACKAGE.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    return [path for step in steps for path in (step.with_suffix(".py"), step / "__init__.py") if path.is_file()]


def _loaded(tree: ast.AST) -> set[Path]:
    folders = [_PACKAGE / "data" / name for name in _named_by(tree, "load")]
    return {path for folder in folders for path in (folder / "SHA256SUMS", folder / "__init__.py") if path.is_file()}


def _explored(tree: ast.AST) -> set[Path]:
    """The script and style behind `explorable("name", ...)`: they stand in the notebook's output."""
    names = _named_by(tree, "explorable")
    files = (_PACKAGE / "figures" / "explorables").glob("*.*s")  # .js and .css
    return {path for path in files if names and path.stem in {*names, "runtime", "style"}}


def _named_by(tree: ast.AST, function: str) -> set[str]:
    """The first arguments of the calls to a function, where they are written out."""
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == function
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def _python_only(cell: str) -> str:
    """A cell without IPython's `%` and `!` lines, which `ast` cannot read."""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in cell.split("\n"))

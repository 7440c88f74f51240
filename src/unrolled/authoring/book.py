"""Build the published site: stage the pages from their sources, then let Jupyter Book write the HTML.

Nothing is executed here. Code and outputs come from the committed notebooks, so a build takes seconds.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

from unrolled import __date__, __version__, data
from unrolled.authoring import anchors, claims, datasheets, front, launch, slides, times
from unrolled.authoring.publication import Publication
from unrolled.authoring.redirects import redirects
from unrolled.authoring.source import address, publish, sources
from unrolled.authoring.sync import recorded_seconds
from unrolled.course import CourseError

INPUTS = ("book", "notebooks", "labs")
TOOLS = (
    "jupyter-book", "sphinx", "myst-nb", "furo", "latex2mathml", "sphinxcontrib-bibtex",
    "sphinx-sitemap", "sphinx-notfound-page", "sphinx-reredirects", "matplotlib", *launch.COLAB_LACKS,
)  # fmt: skip
NOTEBOOKS = {"lessons": "notebooks", "labs": "labs"}
DATASHEETS, LEDGER, TIMES = "data/*", "appendix/claims", "appendix/times"
GUIDE = "teach/index"
RECORDS = "application/vnd.unrolled."
AT_HOME = Publication()  # built for one's own disk
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class BookError(CourseError):
    """The site was not built; the message names the page and the fault."""


def build(root: Path, *, force: bool = False, publication: Publication = AT_HOME) -> Path:
    """Build the site into `build/site/` and return that folder.

    Args:
        root: the course's folder.
        force: build even if nothing changed since the last build.
        publication: where the site and its sources will be found, if they are published.

    Raises:
        BookError: a page has a fault; the site of the last good build stays.
        AuthoringError: a source cannot be read, or its generated notebook is missing.
    """
    with _alone(root / "build"):
        return _build(root, force, publication)


def _build(root: Path, force: bool, publication: Publication) -> Path:
    site, stamp = root / "build" / "site", root / "build" / "site.sha256"
    digest = _digest(root, publication)
    if not force and (site / "index.html").exists() and stamp.exists() and stamp.read_text() == digest:
        print(f"book: nothing changed, {_shown(site, root)} is up to date")
        return site
    started = time.perf_counter()
    staged = stage(root, publication)
    print(f"book: building {len(sources(root))} lessons and labs, and the pages around them ...")
    fresh = _empty(root / "build" / "site.new")
    settings = _settings(root, staged, publication)
    _run_jupyter_book(staged, fresh, settings, doctrees=_empty(root / "build" / "doctrees"))
    slides.build(root, fresh)
    publication.write_files(fresh)
    launch.write_copies(root, fresh, publication, NOTEBOOKS)
    shutil.rmtree(site, ignore_errors=True)
    fresh.rename(site)
    stamp.write_text(digest)
    print(f"book: {_shown(site / 'index.html', root)} written in {time.perf_counter() - started:.1f} s")
    return site


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one build at a time write into `folder`: tests in parallel all ask for the site.

    A transaction of SQLite is a lock that every system has, and that ends with its process.
    """
    folder.mkdir(exist_ok=True)
    lock = sqlite3.connect(folder / "site.lock", timeout=600, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        lock.close()


def stage(root: Path, publication: Publication = AT_HOME) -> Path:
    """Copy `book/` to `build/book/` with each lesson and lab replaced by the notebook to publish; return the copy.

    Where the table of contents asks for the datasheets, the ledger of claims or the table of times, they are made too; so
    are the list of decks, the course map and the live figure of the front page.

    Raises:
        BookError: a lesson or lab is missing from the table of contents.
        AuthoringError: a source cannot be read, or its generated notebook is missing.
    """
    staged = root / "build" / "book"
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(root / "book", staged)
    contents = (staged / "_toc.yml").read_text(encoding="utf-8")
    seconds = recorded_seconds(root)
    for source in sources(root):
        name = address(source)
        if name not in contents:
            raise BookError(f"{source.as_posix()} is not in book/_toc.yml: no reader finds it. Add '- file: {name}'.")
        page = staged / source.relative_to("book")
        notebook = publish(root, source)
        download = Path("downloads", NOTEBOOKS[source.parent.name], f"{source.stem}.ipynb")
        anchors.place(notebook, source.as_posix())
        _drop_records(notebook)
        elsewhere = launch.links(publication, source, download.relative_to("downloads"))
        _add_facts(notebook, download, seconds.get(source.stem), elsewhere)
        _map_lines(notebook, page.read_text(encoding="utf-8"))
        _join_drawing(notebook)
        page.unlink()
        nbformat.write(notebook, page.with_suffix(".ipynb"))
        (staged / download).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / download.relative_to("downloads"), staged / download)
    if DATASHEETS in contents:
        datasheets.stage(root, staged)
    if LEDGER in contents:
        claims.stage(root, staged)
    if TIMES in contents:
        times.stage(root, staged)
    if GUIDE in contents:
        slides.stage(root, staged)
    front.stage(root, staged)
    return staged


def _drop_records(notebook: NotebookNode) -> None:
    """Leave out the outputs' records for programs; what a reader sees of them is plain text beside the record."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in [kind for kind in output.get("data", {}) if kind.startswith(RECORDS)]:
                del output.data[kind]


def _add_facts(notebook: NotebookNode, download: Path, seconds: float | None, elsewhere: str) -> None:
    """Put quiet lines under the title: what this is, how long it takes, where to get or open the notebook."""
    meta = notebook.metadata["unrolled"]
    facts = [f"{meta['kind'].capitalize()} {meta['number']:02d}", f"{meta['minutes']} minutes"]
    if "points" in meta:
        facts.append(f"{meta['points']} points")
    facts += [
        f"ran in {seconds:.0f} s on 2 cores" if seconds else f"runs in {meta['budget']} s or less",
        f"{{download}}`download the notebook </{download.as_posix()}>`",
    ]
    if meta["kind"] == "lesson":
        facts.append(slides.link(Path(download).stem))
    lines = [" · ".join(facts)]
    if meta["kind"] == "lab":
        lines.append(f"Grade your copy in a terminal: `unrolled check {download.relative_to('downloads').as_posix()}`")
    if elsewhere:
        lines.append(elsewhere)
    paragraphs = "\n\n".join(lines)
    title, _, rest = notebook.cells[0].source.partition("\n")
    parts = {
        "page-title": title,
        "page-facts": f":::{{container}} page-facts\n{paragraphs}\n:::",
        "page-opening": rest.strip("\n"),
    }
    notebook.cells[:1] = [nbformat.v4.new_markdown_cell(text, id=name) for name, text in parts.items() if text]


def _map_lines(notebook: NotebookNode, source: str) -> None:
    """Tell Sphinx where each cell starts in the source, so that a warning names the line an author can mend."""
    starts, position = [], 0
    for cell in notebook.cells:
        found = source.find(cell.source, position)
        position = position if found < 0 else found
        starts.append(source.count("\n", 0, position))
    notebook.metadata["source_map"] = starts


def _join_drawing(notebook: NotebookNode) -> None:
    """Put the hidden cells that prepare a figure and the one that draws it behind one button."""
    cells, starts = notebook.cells, notebook.metadata["source_map"]
    for place in range(len(cells) - 1, 0, -1):
        first, second = cells[place - 1 : place + 1]
        if all("hide-input" in cell.metadata.get("tags", []) for cell in (first, second)) and not first.outputs:
            second.source = f"{first.source}\n\n\n{second.source}"
            starts[place] = starts[place - 1]
            del cells[place - 1], starts[place - 1]


def _settings(root: Path, staged: Path, publication: Publication) -> dict[str, object]:
    """Return what Sphinx is told beyond `_config.yml`: what depends on the pages, or on where they are published."""
    config = yaml.safe_load((staged / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    return {
        "redirects": redirects(root, staged),
        "unrolled_card_cache": str(root / "build" / "cards"),
        **publication.sphinx_settings(config["extensions"]),
    }


def _run_jupyter_book(staged: Path, output: Path, settings: dict[str, object], *, doctrees: Path) -> None:
    # Imported here: Sphinx takes a second to load, and an unchanged book needs none of it.
    from jupyter_book.sphinx import build_sphinx

    log = io.StringIO()
    with contextlib.redirect_stderr(log):
        result = build_sphinx(
            staged,
            output,
            noconfig=True,
            path_config=staged / "_config.yml",
            confoverrides={
                "external_toc_path": "_toc.yml",
                "nitpicky": True,
                "latex_individualpages": False,
                **settings,
            },
            doctreedir=doctrees,
            quiet=True,
            warningiserror=True,
            keep_going=True,
        )
    if result:
        raise BookError(_explain(log.getvalue(), staged))


def _explain(log: str, staged: Path) -> str:
    """Turn Sphinx' log into one message whose places are the author's files."""
    log = _COLOUR.sub("", log).replace(f"{staged}/", "book/")
    log = re.sub(r"(book/(?:lessons|labs)/\w+)\.ipynb", r"\1.md", log)
    faults = [
        re.sub(r"\b(?:WARNING|ERROR|CRITICAL|SEVERE): ", "", line)
        for line in log.splitlines()
        if re.search(r"\b(?:WARNING|ERROR|CRITICAL|SEVERE): ", line)
    ]
    listed = "\n".join(f"  {fault}" for fault in dict.fromkeys(faults)) or log.strip()
    return f"The book has faults and was not built:\n{listed}\nMend the pages named above and build again."


def _digest(root: Path, publication: Publication) -> str:
    """Hash all that the site is made of."""
    digest = hashlib.sha256("\n".join(f"{tool} {version(tool)}" for tool in TOOLS).encode())
    digest.update(repr(publication).encode())
    digest.update(f"unrolled {__version__} {__date__}\n".encode())
    files = [path for folder in INPUTS for path in (root / folder).rglob("*") if path.is_file()]
    files += Path(__file__).parent.rglob("*.py")
    files += [path for path in Path(data.__file__).parent.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in sorted(files):
        if ".ipynb_checkpoints" not in path.parts:
            digest.update(f"{path.name}\0{path.parent.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()

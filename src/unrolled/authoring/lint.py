"""Hold the sources to the house rules: the parts of a lesson, short cells, alt text, plain words, clean code.

Each rule is a function from a source to the sentences that say what breaks it, where, and what to do.
"""

import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from nbformat import NotebookNode

from unrolled.authoring.bibliography import unidentified
from unrolled.authoring.source import Source, read, sources
from unrolled.data.making.rederive import FOLDER
from unrolled.data.making.rederive import sources as data_sources

MAX_LINES = 25
ALT_WORDS = 8
# Words that sell, belittle or pad. Each has a plainer way to say it, or is better left out.
BANNED = (
    "simply", "obviously", "trivial", "trivially", "of course", "just", "easy", "easily", "powerful", "amazing",
    "cutting-edge", "state-of-the-art", "revolutionary", "game-changing", "leverage", "delve", "seamless", "in order to",
    "it is worth noting", "needless to say", "magic",
)  # fmt: skip
PARTS = {
    "lesson": (
        r"\*\*You will be able to\*\*", r"\*\*Before you start\*\*", r"\*\*Time\*\*", r"^## What we measured$",
        r"^## Where this breaks$", r"^## Take-aways$", r"^## Check yourself$", r"^## Further$",
    ),
    "lab": (r"\*\*You will be able to\*\*", r"\*\*Before you start\*\*", r"\*\*Time\*\*", r"\*\*Points\*\*", r"^## Exercise 1"),
}  # fmt: skip


def lint(root: Path) -> list[str]:
    """Return every breach of the house rules in the sources, and of those for prose in the book's other pages."""
    problems, notebooks = [], sources(root)
    for path in notebooks:
        source = read(root, path)
        for rule in (parts, cell_length, alt_text, code_style):
            problems += rule(source)
        problems += banned_words(_prose(source), path)
    pages = {path: path.relative_to(root) for path in sorted((root / "book").rglob("*.md"))}
    for file, page in pages.items():
        if page not in notebooks:
            problems += banned_words(file.read_text(encoding="utf-8"), page)
    for described in data_sources():
        file, page = FOLDER / described.name / "SOURCE.md", Path("data", described.name, "SOURCE.md")
        problems += banned_words(described.text, page)
        pages[file] = page
    for bibliography in (root / "book").glob("*.bib"):
        problems += unidentified(bibliography)
    problems += spelling(pages)
    return problems


def parts(source: Source) -> list[str]:
    """Every lesson and lab has the same parts; a lesson asks 3 to 5 questions."""
    text = _prose(source)
    missing = [pattern for pattern in PARTS[source.kind] if not re.search(pattern, text, re.MULTILINE)]
    problems = [f"{source.path}: the part {_readable(pattern)} is missing." for pattern in missing]
    questions = len(re.findall(r"^:{3,}\{question\}", text, re.MULTILINE))
    if source.kind == "lesson" and not 3 <= questions <= 5:
        problems.append(f"{source.path}: {questions} questions under 'Check yourself'; ask 3 to 5.")
    if not re.match(r"# \S", text):
        problems.append(f"{source.path}: the first line must be the title, '# ...'.")
    return problems


def cell_length(source: Source) -> list[str]:
    """A page shows code a reader can hold in mind."""
    return [
        f"{source.path}, {cell.id}: {lines} lines of code; at most {MAX_LINES}. Split the idea, or move plumbing to the library."
        for cell in _code(source)
        if (lines := len(cell.source.split("\n"))) > MAX_LINES
    ]


def alt_text(source: Source) -> list[str]:
    """A figure reaches the page through `show(figure, alt="...")` alone, and its alt text says something."""
    problems = []
    for cell in _code(source):
        tree = ast.parse(cell.source)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        figures = [call for call in calls if _name(call) in ("subplots", "figure", "subplot_mosaic")]
        shows = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "show"]
        alts = [
            keyword.value.value
            for call in shows
            for keyword in call.keywords
            if keyword.arg == "alt" and isinstance(keyword.value, ast.Constant)
        ]
        if len(figures) != len(shows) or len(alts) != len(shows):
            problems.append(
                f'{source.path}, {cell.id}: a figure without alt text. End the cell with show(fig, alt="...").'
            )
        for alt in alts:
            if len(alt.split()) < ALT_WORDS:
                problems.append(
                    f"{source.path}, {cell.id}: alt text {alt!r} says too little. State what the figure shows."
                )
    for image in re.findall(r"!\[\s*\]\(([^)]*)\)", _prose(source)):
        problems.append(f"{source.path}: the picture {image} has no alt text. Write ![what it shows]({image}).")
    return problems


def banned_words(prose: str, path: Path) -> list[str]:
    """No hype, no filler, nothing that tells a learner the hard is easy."""
    text = re.sub(r"```.*?```|`[^`]*`", "", prose, flags=re.DOTALL).lower()
    return [
        f"{path}: the word '{word}' is on the list of words to avoid. Cut it or say what you mean."
        for word in BANNED
        if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)
    ]


def code_style(source: Source) -> list[str]:
    """Ruff's rules hold for the code on the page as they do in the library."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.py")
        file.write_text("\n\n\n".join(cell.source for cell in _code(source)) + "\n", encoding="utf-8")
        rules = ["--isolated", "--select=E,F,W,I,B,UP,NPY", "--ignore=E402,I001,E303", "--line-length=88"]
        command = [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise", *rules, str(file)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.split(":", 3)[-1].strip() for line in (found.stdout + found.stderr).splitlines() if line.strip()]
    return [f"{source.path}: code cell: {line}" for line in lines]


def spelling(pages: dict[Path, Path]) -> list[str]:
    """Common misspellings, by codespell.

    Args:
        pages: each file, and the path by which its author knows it.
    """
    command = [sys.executable, "-m", "codespell_lib", *map(str, pages)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    hits = (re.match(r"(.*?):(\d+: .*)", line) for line in found.stdout.splitlines())
    return [f"{pages[Path(hit[1])]}: spelling: line {hit[2]}" for hit in hits if hit]


def _prose(source: Source) -> str:
    return "\n\n".join(cell.source for cell in source.notebook.cells if cell.cell_type == "markdown")


def _code(source: Source) -> list[NotebookNode]:
    return [cell for cell in source.notebook.cells if cell.cell_type == "code"]


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _readable(pattern: str) -> str:
    return repr(re.sub(r"[\\^$]", "", pattern))

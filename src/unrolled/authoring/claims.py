"""The ledger of claims: the claims and verdicts of `claims.yml` beside the numbers that the lessons recorded."""

import json
import re
from dataclasses import MISSING, dataclass, fields
from html import escape
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml
from mdit_py_plugins.anchors.index import slugify

from unrolled.authoring.anchors import anchor
from unrolled.authoring.source import AuthoringError, contents
from unrolled.authoring.staging import fill
from unrolled.authoring.sync import RESULTS

TABLE = "% the ledger of claims stands here"
CLAIMS = Path("book/appendix/claims.yml")
VERDICTS = ("holds", "holds with conditions", "does not hold here")
MAX_RESULTS = 2


@dataclass(frozen=True)
class Claim:
    """One entry of the ledger.

    Attributes:
        claim: what is said of recurrent networks.
        lesson: the page that tests it, such as 08_vanishing_and_exploding.
        verdict: one of `VERDICTS`.
        because: the reason for the verdict, in a sentence or two.
        results: names of at most two results of that page; none where a proof or an exact count decides.
        heading: the section of that page with the proof or count, where no result decides.
    """

    claim: str
    lesson: str
    verdict: str
    because: str
    results: list[str]
    heading: str = ""


def stage(root: Path, staged: Path) -> None:
    """Put the ledger into the staged appendix.

    Raises:
        AuthoringError: the appendix has no line for the ledger, or `ledger` finds a fault.
    """
    fill(staged / "appendix" / "claims.md", TABLE, ledger(root))


def ledger(root: Path) -> str:
    """Return a sentence that counts the verdicts, and the claims by part of the course, each beside its numbers.

    A claim's numbers link to the cell that measured them, or to the section that proves it.

    Raises:
        AuthoringError: a claim lacks a key, its verdict is none of the three, or a page, result or section it names is
            not there, or a result was recorded outside its band.
    """
    pages = {entry["page"]: entry for entry in json.loads((root / RESULTS).read_text(encoding="utf-8"))}
    listed = read(root / CLAIMS)
    entries = [(claim.lesson, _entry(claim, pages, root)) for claim in listed]
    lessons = {claim.lesson for claim in listed}
    counts = ", ".join(f"*{verdict}* {sum(claim.verdict == verdict for claim in listed)}" for verdict in VERDICTS)
    seconds = sum(pages[lesson]["seconds"] for lesson in lessons)
    blocks = [
        f"{len(listed)} claims so far: {counts}. To run the {len(lessons)} lessons that test them takes "
        f"{seconds:.0f} seconds on two cores, all training included."
    ]
    for caption, names in contents(root):
        tested = [entry for lesson, entry in entries if f"lessons/{lesson}" in names]
        blocks += [f"## {caption}", *tested] if tested else []
    return "\n\n".join(blocks)


def read(path: Path) -> list[Claim]:
    """Read the list of claims.

    Raises:
        AuthoringError: the file is no list of claims, or a verdict is none of the three.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise AuthoringError(f"{path.name} is not YAML: {error}") from None
    keys = {field.name for field in fields(Claim)}
    needed = {field.name for field in fields(Claim) if field.default is MISSING}
    claims = []
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or not needed <= set(entry) <= keys or not isinstance(entry["results"], list):
            raise AuthoringError(f"{path.name}: each claim needs {', '.join(sorted(needed))} (a list); got {entry!r}.")
        claim = Claim(**entry)
        if claim.verdict not in VERDICTS:
            raise AuthoringError(
                f"{path.name}, '{claim.claim}': the verdict '{claim.verdict}' is none of: {', '.join(VERDICTS)}."
            )
        if len(claim.results) > MAX_RESULTS:
            raise AuthoringError(f"{path.name}, '{claim.claim}': name at most {MAX_RESULTS} results.")
        claims.append(claim)
    return claims


def _entry(claim: Claim, pages: dict[str, Any], root: Path) -> str:
    if claim.lesson not in pages:
        raise AuthoringError(f"'{claim.claim}': no page '{claim.lesson}' in {RESULTS}; it has {', '.join(pages)}.")
    recorded = {result["name"]: result for result in pages[claim.lesson]["results"]}
    for name in claim.results:
        if name not in recorded:
            raise AuthoringError(
                f"'{claim.claim}': page {claim.lesson} has no result '{name}' in {RESULTS}. Give the name as `measured` has it."
            )
        if not recorded[name]["holds"]:
            raise AuthoringError(
                f"'{claim.claim}': the result '{name}' lies outside its band ({recorded[name]['band']}). Judge the claim anew."
            )
    measured = [_measured(recorded[name], claim.lesson) for name in claim.results] or [_proved(claim, root)]
    return "\n".join(
        [
            f"### {claim.claim}",
            "",
            f":::{{container}} claim {claim.verdict.replace(' ', '-')}",
            f"**{claim.verdict}**: {' '.join(claim.because.split())}",
            "",
            *(f"- {line}" for line in measured),
            "",
            f"Lesson {claim.lesson[:2]}: {{doc}}`/lessons/{claim.lesson}`",
            ":::",
        ]
    )


def _proved(claim: Claim, root: Path) -> str:
    """Return the words for a claim that no result decides, with a link to the section that does."""
    said = "by proof or exact count"
    if not claim.heading:
        return f"{said}, on the page"
    page = root / "book" / "lessons" / f"{claim.lesson}.md"
    if not re.search(rf"^##+ {re.escape(claim.heading)}$", page.read_text(encoding="utf-8"), re.MULTILINE):
        raise AuthoringError(f"'{claim.claim}': {page.name} has no section '{claim.heading}'. Give its title as it is.")
    return f"{said}: [{claim.heading}](/lessons/{claim.lesson}.ipynb#{slugify(claim.heading)})"


def _measured(result: dict[str, Any], lesson: str) -> str:
    """Return one result, linked to its cell: mean, spread and baseline, in the words and digits of the lesson's table."""
    values, unit = result["values"], f"\u00a0{result['unit']}" if result["unit"] else ""
    spread = f"{_short(min(values))} to {_short(max(values))} over {len(values)} {result['over']}"
    beside = (
        "" if result["baseline"] is None else f"; {_plain(result['baseline_name'])} {_short(result['baseline'])}{unit}"
    )
    # The anchor is part of a cell's output, which Sphinx does not read: a plain link.
    link = f'<a class="reference internal" href="../lessons/{lesson}.html#{anchor(result["name"])}">'
    return f"{link}{_plain(result['name'])}</a>: **{_short(fmean(values))}{unit}** ({spread}{beside})"


def _plain(text: str) -> str:
    """Return `text` so that neither HTML nor Markdown reads marks into it."""
    return re.sub(r"([\\`*_{}\[\]$|])", r"\\\1", escape(text, quote=False))


def _short(number: float) -> str:
    return f"{number:#.3g}".rstrip(".")

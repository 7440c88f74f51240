"""The ledger of claims: the claims and verdicts of `claims.yml` beside the numbers that the lessons recorded."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

from unrolled.authoring.source import AuthoringError
from unrolled.authoring.staging import fill
from unrolled.authoring.sync import RESULTS

TABLE = "% the table of claims stands here"
CLAIMS = Path("book/appendix/claims.yml")
VERDICTS = ("holds", "holds with conditions", "does not hold here")
MAX_RESULTS = 2


@dataclass(frozen=True)
class Claim:
    """One row of the ledger.

    Attributes:
        claim: what is said of recurrent networks.
        lesson: the page that tests it, such as 08_vanishing_and_exploding.
        verdict: one of `VERDICTS`.
        because: the reason for the verdict, in a sentence or two.
        results: names of at most two results of that page; none where a proof or an exact count decides.
    """

    claim: str
    lesson: str
    verdict: str
    because: str
    results: list[str]


def stage(root: Path, staged: Path) -> None:
    """Put the table of claims into the staged appendix.

    Raises:
        AuthoringError: the appendix has no line for the table, or `ledger` finds a fault.
    """
    fill(staged / "appendix" / "claims.md", TABLE, ledger(root / CLAIMS, root / RESULTS))


def ledger(claims: Path, results: Path) -> str:
    """Return a sentence that counts the verdicts, and the table: one row a claim, its numbers read from `results`.

    Raises:
        AuthoringError: a claim lacks a key, its verdict is none of the three, or a page or result it names is not
            recorded, or was recorded outside its band.
    """
    pages = {entry["page"]: entry for entry in json.loads(results.read_text(encoding="utf-8"))}
    listed = read(claims)
    rows = [_row(claim, pages) for claim in listed]
    lessons = {claim.lesson for claim in listed}
    counts = ", ".join(f"*{verdict}* {sum(claim.verdict == verdict for claim in listed)}" for verdict in VERDICTS)
    seconds = sum(pages[lesson]["seconds"] for lesson in lessons)
    return "\n".join(
        [
            f"{len(listed)} claims so far: {counts}. To run the {len(lessons)} lessons that test them takes "
            f"{seconds:.0f} seconds on two cores, all training included.",
            "",
            "| claim | verdict | measured | lesson |",
            "|---|---|---|---|",
            *rows,
        ]
    )


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
    claims = []
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict) or set(entry) != keys or not isinstance(entry["results"], list):
            raise AuthoringError(f"{path.name}: each claim needs {', '.join(sorted(keys))} (a list); got {entry!r}.")
        claim = Claim(**entry)
        if claim.verdict not in VERDICTS:
            raise AuthoringError(
                f"{path.name}, '{claim.claim}': the verdict '{claim.verdict}' is none of: {', '.join(VERDICTS)}."
            )
        if len(claim.results) > MAX_RESULTS:
            raise AuthoringError(f"{path.name}, '{claim.claim}': name at most {MAX_RESULTS} results.")
        claims.append(claim)
    return claims


def _row(claim: Claim, pages: dict[str, Any]) -> str:
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
    measured = "; ".join(_measured(recorded[name]) for name in claim.results) or "by proof or exact count, on the page"
    cells = (
        claim.claim,
        f"**{claim.verdict}**: {claim.because}",
        measured,
        f"{claim.lesson[:2]}, {{doc}}`/lessons/{claim.lesson}`",
    )
    return "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in cells) + " |"


def _measured(result: dict[str, Any]) -> str:
    """Return one result: mean, spread and baseline, in the words and digits of the lesson's own table."""
    values, unit = result["values"], f" {result['unit']}" if result["unit"] else ""
    spread = f"{_short(min(values))} to {_short(max(values))} over {len(values)} {result['over']}"
    beside = "" if result["baseline"] is None else f"; {result['baseline_name']} {_short(result['baseline'])}{unit}"
    return f"{result['name']}: {_short(fmean(values))}{unit} ({spread}{beside})"


def _short(number: float) -> str:
    return f"{number:#.3g}".rstrip(".")

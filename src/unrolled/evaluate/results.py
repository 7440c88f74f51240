"""Print a measured result with its spread, its baseline and a verdict; the build compares the verdict."""

import html
from collections.abc import Sequence

import numpy as np
from IPython.display import display

RESULT_MIME = "application/vnd.unrolled.result+json"
_records: list[dict] = []  # of this kernel, that is, of this notebook


def measured(
    name: str,
    values: Sequence[float],
    *,
    baseline: float | None = None,
    baseline_name: str = "baseline",
    at_least: float | None = None,
    at_most: float | None = None,
    unit: str = "",
    over: str = "seeds",
) -> None:
    """Print one result and record it for the book's ledger.

    The line ends in a verdict on a band: `... | at most 0.05: holds`. What stands before the bar may differ from one
    machine to the next, so the notebooks' check compares only what stands behind it.

    Args:
        name: what was measured, in words.
        values: one number per seed, or per stretch of the test time; three or more.
        baseline: the number to beat, measured on the same data.
        baseline_name: what the baseline is.
        at_least, at_most: the band that every seed must lie in.
        unit: printed behind the numbers.
        over: what the values differ in.

    Raises:
        ValueError: fewer than three values, a value that is not finite, or no band.
    """
    numbers = [float(value) for value in values]
    if len(numbers) < 3 or not np.isfinite(numbers).all():
        raise ValueError(
            f"{name}: a result needs three or more finite values, one for each of the {over}; got {numbers}."
        )
    if at_least is None and at_most is None:
        raise ValueError(f"{name}: say at_least or at_most, so that the result can fail.")
    low, high = min(numbers), max(numbers)
    holds = bool((at_least is None or low >= at_least) and (at_most is None or high <= at_most))
    band = " and ".join(
        f"{word} {limit:g}{unit}" for word, limit in (("at least", at_least), ("at most", at_most)) if limit is not None
    )
    beside = "" if baseline is None else f"; {baseline_name} {_short(baseline)}{unit}"
    spread = f"{len(numbers)} {over} {_short(low)} to {_short(high)}"
    verdict = "holds" if holds else "does not hold"
    text = f"{name}: {_short(np.mean(numbers))}{unit} ({spread}{beside}) | {band}: {verdict}"
    record = {
        "name": name,
        "over": over,
        "values": [float(f"{number:.6g}") for number in numbers],
        "baseline": None if baseline is None else float(f"{baseline:.6g}"),
        "baseline_name": None if baseline is None else baseline_name,
        "band": band,
        "unit": unit.strip(),
        "holds": holds,
    }
    _records.append(record)
    display({"text/plain": text, RESULT_MIME: record}, raw=True)


def summary() -> None:
    """Show all that this notebook has measured so far as one table."""
    head = "".join(
        f'<th scope="col">{title}</th>' for title in ("result", "mean", "spread", "baseline", "band", "verdict")
    )
    rows = "".join(_row(record) for record in _records)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    display({"text/html": table, "text/plain": f"[Table: {len(_records)} results]"}, raw=True)


def _row(record: dict) -> str:
    values, unit = record["values"], record["unit"]
    unit = f" {unit}" if unit else ""
    beside = (
        ""
        if record["baseline"] is None
        else f"{_short(record['baseline'])}{unit} ({html.escape(record['baseline_name'])})"
    )
    cells = (
        f"{_short(np.mean(values))}{unit}",
        f"{_short(min(values))} to {_short(max(values))}, {len(values)} {record['over']}",
        beside,
        record["band"],
        "holds" if record["holds"] else "does not hold",
    )
    return (
        f'<tr><th scope="row">{html.escape(record["name"])}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
    )


def _short(number: float) -> str:
    return f"{number:#.3g}"

"""Read the checks' verdicts while nbval runs an assembled lab, and write them to $UNROLLED_VERDICTS."""

import json
import os
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from unrolled.checks.framework import VERDICT_MIME

_verdicts: list[dict] = []


def pytest_collectstart(collector: pytest.Collector) -> None:
    """A warning on stderr costs no points."""
    if isinstance(collector, IPyNbFile):
        collector.skip_compare += ("stderr", "text/html", VERDICT_MIME)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):  # noqa: ANN201 (a pytest hook)
    """Keep what the check in this cell said, or that it said nothing."""
    try:
        return (yield)
    finally:
        lab = item.cell.metadata.get("lab", {}) if isinstance(item, IPyNbCell) else {}
        if lab.get("role") in ("check", "hidden"):
            _verdicts.append(_verdict(item, lab))


def pytest_sessionfinish() -> None:
    """Write all verdicts at once."""
    Path(os.environ["UNROLLED_VERDICTS"]).write_text(json.dumps(_verdicts), encoding="utf-8")


def _verdict(item: IPyNbCell, lab: dict) -> dict:
    sent = [out["data"][VERDICT_MIME] for out in item.test_outputs or [] if VERDICT_MIME in out.get("data", {})]
    if len(sent) == 1 and (sent[0]["exercise"], sent[0]["hidden"]) == (lab["exercise"], lab["role"] == "hidden"):
        return sent[0]
    if not item.parent.kernel.is_alive():
        why = "The notebook's process stopped before the check could answer. Does an answer end Python, or use up the memory?"
    elif item.parent.timed_out:
        why = "The check ran into the time limit. Does a loop never end, or is it very slow?"
    else:
        why = "The check gave no verdict: its cell was stopped, or something was printed in its place."
    silent = {"name": "the check's verdict", "points": 0.0, "right": False, "hint": why}
    return {"exercise": lab["exercise"], "hidden": lab["role"] == "hidden", "checks": [silent]}

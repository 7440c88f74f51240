"""What nbval lacks for the course's own notebooks: budgets, and no silence after a time-out.

Loaded for `make test` with `-p unrolled.authoring.pytest_plugin`.
"""

import os
import time
from collections import defaultdict

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from unrolled.authoring.execute import QUIET
from unrolled.checks.framework import VERDICT_MIME
from unrolled.evaluate.results import RESULT_MIME

# `make sync` holds a page to its budget. Tests run two pages at a time, on whatever else the machine does: here the budget
# stops a page that has become slow by a factor, not one that met a busy minute.
SLACK = 2.5

_spent: dict[str, float] = defaultdict(float)


def pytest_configure(config: pytest.Config) -> None:
    """Give the kernels the same quiet environment in which the stored outputs were made."""
    os.environ.update(QUIET)
    config.addinivalue_line("markers", "browser: needs Chromium")


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Figures and tables carry their meaning in text/plain; stderr holds progress bars; numbers stay out of verdicts."""
    if isinstance(collector, IPyNbFile):
        collector.skip_compare += ("stderr", "text/html", RESULT_MIME, VERDICT_MIME)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):  # noqa: ANN201 (a pytest hook)
    """Count the seconds of a notebook's cells against its budget; name the notebook that overran it."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    started = time.monotonic()
    try:
        outcome = yield
    finally:
        _spent[str(item.path)] += time.monotonic() - started
    if item.parent.timed_out:
        # nbval marks what follows as expected to fail; without this a notebook that hangs could leave a green build.
        raise TimeoutError(f"{item.path.name}: a cell ran into the time limit.")
    budget = nbformat.read(item.path, as_version=4).metadata.get("unrolled", {}).get("budget")
    if budget and _spent[str(item.path)] > SLACK * budget:
        raise TimeoutError(
            f"{item.path.name} overran its budget of {budget} s {SLACK} times: {_spent[str(item.path)]:.1f} s, reached in "
            f"{item.cell.id}."
        )
    return outcome

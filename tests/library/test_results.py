"""A measured result shows its band's verdict, and refuses to be no result."""

import numpy as np
import pytest

from unrolled.evaluate import measured, summary
from unrolled.evaluate.results import RESULT_MIME


@pytest.fixture
def shown(monkeypatch):
    """Collect what would be displayed."""
    displayed = []
    monkeypatch.setattr("unrolled.evaluate.results.display", lambda data, raw: displayed.append(data))
    monkeypatch.setattr("unrolled.evaluate.results._records", [])
    return displayed


@pytest.mark.parametrize(
    ("band", "verdict"),
    [
        ({"at_most": 0.3}, "at most 0.3 s: holds"),
        ({"at_most": np.float64(0.3)}, "at most 0.3 s: holds"),
        ({"at_most": 0.25}, "at most 0.25 s: does not hold"),
        ({"at_least": 0.1}, "at least 0.1 s: holds"),
        ({"at_least": 0.15}, "at least 0.15 s: does not hold"),
        ({"at_least": 0.05, "at_most": 0.5}, "at least 0.05 s and at most 0.5 s: holds"),
    ],
)
def test_every_seed_must_lie_in_the_band(shown, band, verdict):
    measured("time", [0.1, 0.2, 0.3], unit=" s", baseline=1.0, baseline_name="before", **band)
    text = shown[0]["text/plain"]
    assert text == f"time: 0.200 s (3 seeds 0.100 to 0.300; before 1.00 s) | {verdict}"
    assert shown[0][RESULT_MIME]["holds"] is verdict.endswith(": holds")


@pytest.mark.parametrize(
    ("values", "band", "words"),
    [
        ([1, 2], {"at_most": 3}, "three or more"),
        ([1, 2, float("nan")], {"at_most": 3}, "finite"),
        ([1, 2, 3], {}, "can fail"),
    ],
)
def test_what_is_no_result_is_refused(shown, values, band, words):
    with pytest.raises(ValueError, match=words):
        measured("time", values, **band)
    assert shown == []


def test_summary_lists_all_results_and_escapes_names(shown):
    measured("a < b", [1, 2, 3], at_most=3)
    measured("c", [1, 2, 3], at_most=2)
    summary()
    html = shown[-1]["text/html"]
    assert html.count('<th scope="row">') == 2
    assert "a &lt; b" in html
    assert "does not hold" in html

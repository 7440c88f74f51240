"""The ledger of claims: its rows are claims.yml, its numbers are results.json."""

import json
import shutil

import pytest
import yaml

from unrolled.authoring import claims
from unrolled.authoring.lint import banned_words
from unrolled.authoring.source import AuthoringError
from unrolled.authoring.sync import RESULTS


@pytest.fixture
def copy(tmp_path, root):
    """A copy of what the ledger is made from."""
    for path in (claims.CLAIMS, RESULTS):
        (tmp_path / path).parent.mkdir(parents=True)
        shutil.copyfile(root / path, tmp_path / path)
    return tmp_path


def _ledger(folder):
    return claims.ledger(folder / claims.CLAIMS, folder / RESULTS)


def _rows(table):
    return [line for line in table.split("\n") if line.startswith("|")][2:]


def _with(folder, **changed):
    """Change the first claim that names a result."""
    path = folder / claims.CLAIMS
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(claim for claim in listed if claim["results"]).update(changed)
    path.write_text(yaml.safe_dump(listed, allow_unicode=True), encoding="utf-8")


def test_every_claim_has_a_row_with_its_verdict_and_its_results(root):
    listed, rows = claims.read(root / claims.CLAIMS), _rows(_ledger(root))
    assert len(rows) == len(listed) >= 12
    for claim, row in zip(listed, rows, strict=True):
        assert row.startswith(f"| {claim.claim} | **{claim.verdict}**: ")
        assert row.endswith(f"{{doc}}`/lessons/{claim.lesson}` |")
        assert [name for name in claim.results if name not in row] == []
        assert row.count("|") == 5


def test_the_ledger_keeps_to_plain_words(root):
    assert banned_words(_ledger(root), claims.CLAIMS) == []


def test_the_claims_of_the_plan_for_parts_1_and_2_are_there(root):
    said = {claim.claim for claim in claims.read(root / claims.CLAIMS)}
    assert said >= {
        "A network without memory cannot use order; one with a loop can",
        "Plain recurrent nets have only short-term memory",
        "Gradients vanish below one and explode above one",
        "Clipping cures explosion and keeps training stable",
        "tanh or ReLU in the loop: it matters which",
        "Training recurrent nets is hard, slow and expensive",
    }


def test_the_numbers_are_those_of_the_results_file(copy):
    before = _rows(_ledger(copy))
    path = copy / RESULTS
    pages = json.loads(path.read_text(encoding="utf-8"))
    (page,) = (page for page in pages if page["page"] == "02_feedforward_and_recurrent")
    (result,) = (result for result in page["results"] if result["name"] == "recurrent: delay 200")
    result |= {"values": [0.7, 0.8, 0.75], "baseline": 0.333}
    path.write_text(json.dumps(pages), encoding="utf-8")
    new = [row for row in _rows(_ledger(copy)) if row not in before]
    assert len(new) == 1
    assert "recurrent: delay 200: 0.750 (0.700 to 0.800 over 3 seeds; chance 0.333)" in new[0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"results": ["a result of nobody"]}, "has no result 'a result of nobody'"),
        ({"lesson": "99_nowhere"}, "no page '99_nowhere'"),
        ({"verdict": "perhaps"}, "the verdict 'perhaps' is none of: holds, holds with conditions, does not hold here"),
        ({"results": ["a", "b", "c"]}, "at most 2 results"),
        ({"results": "a name without a list"}, "each claim needs because, claim, lesson, results, verdict"),
        ({"reason": "a key too many"}, "each claim needs because, claim, lesson, results, verdict"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(copy, changed, message):
    _with(copy, **changed)
    with pytest.raises(AuthoringError, match=message):
        _ledger(copy)


def test_a_result_outside_its_band_asks_for_a_new_verdict(copy):
    path = copy / RESULTS
    text = path.read_text(encoding="utf-8").replace('"holds": true', '"holds": false')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuthoringError, match="lies outside its band .* Judge the claim anew"):
        _ledger(copy)


def test_the_table_goes_into_the_page(tmp_path, root):
    page = tmp_path / "appendix" / "claims.md"
    page.parent.mkdir()
    page.write_text("# Claims\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"appendix/claims.md lacks the line '% the table"):
        claims.stage(root, tmp_path)
    shutil.copyfile(root / "book" / "appendix" / "claims.md", page)
    claims.stage(root, tmp_path)
    assert _ledger(root) in page.read_text(encoding="utf-8")

"""The ledger of claims: its rows are claims.yml, its numbers are results.json."""

import html
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from unrolled.authoring import claims
from unrolled.authoring.lint import banned_words
from unrolled.authoring.source import AuthoringError, contents
from unrolled.authoring.sync import RESULTS


@pytest.fixture
def copy(tmp_path, root):
    """A copy of what the ledger is made from."""
    for path in (claims.CLAIMS, RESULTS, Path("book/_toc.yml")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, tmp_path / path)
    shutil.copytree(root / "book" / "lessons", tmp_path / "book" / "lessons")
    return tmp_path


def _entries(ledger):
    """The claims of a ledger, each as its block of text."""
    return [block.split("\n## ")[0].strip() for block in ledger.split("\n### ")[1:]]


def _in_words(entry):
    """An entry without links and Markdown's marks."""
    return re.sub(r"<[^>]*>|[\\*]", "", html.unescape(entry)).replace("\u00a0", " ")


def _with(folder, **changed):
    """Change the first claim that names a result."""
    path = folder / claims.CLAIMS
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    next(claim for claim in listed if claim["results"]).update(changed)
    path.write_text(yaml.safe_dump(listed, allow_unicode=True), encoding="utf-8")


def test_every_claim_has_an_entry_with_its_verdict_and_its_results(root):
    listed, entries = claims.read(root / claims.CLAIMS), _entries(claims.ledger(root))
    assert len(entries) == len(listed) >= 12
    for claim, entry in zip(listed, map(_in_words, entries), strict=True):
        assert entry.startswith(f"{claim.claim}\n")
        assert f"\n{claim.verdict}: " in entry
        assert f"{{doc}}`/lessons/{claim.lesson}`" in entry
        assert [name for name in claim.results if f"- {name}: " not in entry] == []


def test_the_claims_stand_under_the_parts_of_the_course(root):
    headings = re.findall(r"^## (.+)$", claims.ledger(root), re.MULTILINE)
    assert headings == [caption for caption, _ in contents(root) if caption.startswith("Part")]


def test_a_number_links_to_the_cell_that_measured_it(root):
    (claim,) = (claim for claim in claims.read(root / claims.CLAIMS) if "recurrent: delay 200" in claim.results)
    (entry,) = (entry for entry in _entries(claims.ledger(root)) if entry.startswith(claim.claim))
    assert f'href="../lessons/{claim.lesson}.html#measured-recurrent-delay-200">recurrent: delay 200</a>' in entry


def test_a_claim_that_a_proof_decides_links_to_its_section(copy):
    assert "[One unit cannot do it](/lessons/03_hidden_state_by_hand.ipynb#one-unit-cannot-do-it)" in claims.ledger(
        copy
    )
    page = copy / "book" / "lessons" / "03_hidden_state_by_hand.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace("## One unit cannot", "## A unit cannot"), encoding="utf-8"
    )
    with pytest.raises(AuthoringError, match=r"03_hidden_state_by_hand.md has no section 'One unit cannot do it'"):
        claims.ledger(copy)


def test_marks_in_a_name_stay_letters():
    assert claims._plain("h_t for <h_{t-1}> *") == r"h\_t for &lt;h\_\{t-1\}&gt; \*"


def test_the_ledger_keeps_to_plain_words(root):
    assert banned_words(claims.ledger(root), claims.CLAIMS) == []


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
    before = _entries(claims.ledger(copy))
    path = copy / RESULTS
    pages = json.loads(path.read_text(encoding="utf-8"))
    (page,) = (page for page in pages if page["page"] == "02_feedforward_and_recurrent")
    (result,) = (result for result in page["results"] if result["name"] == "recurrent: delay 200")
    result |= {"values": [0.7, 0.8, 0.75], "baseline": 0.333}
    path.write_text(json.dumps(pages), encoding="utf-8")
    new = [entry for entry in _entries(claims.ledger(copy)) if entry not in before]
    assert len(new) == 1
    assert "recurrent: delay 200: 0.750 (0.700 to 0.800 over 3 seeds; chance 0.333)" in _in_words(new[0])


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
        claims.ledger(copy)


def test_a_result_outside_its_band_asks_for_a_new_verdict(copy):
    path = copy / RESULTS
    text = path.read_text(encoding="utf-8").replace('"holds": true', '"holds": false')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuthoringError, match="lies outside its band .* Judge the claim anew"):
        claims.ledger(copy)


def test_the_ledger_goes_into_the_page(tmp_path, root):
    page = tmp_path / "appendix" / "claims.md"
    page.parent.mkdir()
    page.write_text("# Claims\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"appendix/claims.md lacks the line '% the ledger"):
        claims.stage(root, tmp_path)
    shutil.copyfile(root / "book" / "appendix" / "claims.md", page)
    claims.stage(root, tmp_path)
    assert claims.ledger(root) in page.read_text(encoding="utf-8")

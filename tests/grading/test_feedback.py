"""The learner's page: everything said, nothing leaked, nothing a file can do to it."""

import re
import shlex
import unicodedata

import pytest

from graded_class import HOSTILE, checks, grade, result
from page_rules import Page, read
from unrolled.grading import page
from unrolled.grading.feedback import ADVICE, WORDS, Late, feedback_name, write_feedback
from unrolled.grading.result import (
    CRASHED,
    MALFORMED,
    MEMORY,
    MISSING,
    PARTIAL,
    STATUSES,
    TIMEOUT,
    CheckResult,
    ExerciseResult,
)


def one_wrong(*hints, **changes):
    """A grade with exercise 2 wrong in all checks but the first, for these reasons."""
    rights = [True] + [False] * (len(checks(2)) - 1)
    return grade(exercises=[result(2, rights, hints=["", *hints], **changes)])


def items(content):
    """The text of each check's line."""
    return [
        re.sub(r"<[^>]+>|\s+", " ", item)
        for item in re.findall(r'<li class="(?:right|wrong)">.*?</li>', content, re.DOTALL)
    ]


def test_points_stand_beside_what_is_possible_for_exercises_and_in_all(tmp_path):
    shown = read(write_feedback(tmp_path, one_wrong("No.", "No.", "No.")))
    assert "Lab 02: 0.5 of 3 points" in shown.text
    assert "partly right" in shown.text
    assert "0.5 of 3" in shown.text.split("Exercise 2", 1)[1]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_said_in_words_with_what_to_do(tmp_path, status):
    shown = read(write_feedback(tmp_path, grade(exercises=[ExerciseResult(1, "rnn_step", 3.0, status=status)])))
    assert WORDS[status].capitalize() in shown.text
    assert ADVICE[status] in shown.text
    assert len(set(ADVICE.values())) == len(set(WORDS.values())) == len(STATUSES)


def test_each_check_says_right_or_wrong_in_words(tmp_path):
    content = write_feedback(tmp_path, one_wrong("No.", "No.", "No.")).read_text(encoding="utf-8")
    assert ["✓ right" in item for item in items(content)] == [True, False, False, False]
    assert ["✗ wrong" in item for item in items(content)] == [False, True, True, True]


def test_a_reason_is_given_once(tmp_path):
    shown = read(write_feedback(tmp_path, one_wrong("First reason.", "Other reason.", "First reason.")))
    assert shown.text.count("First reason.") == shown.text.count("Other reason.") == 1
    assert shown.text.count("Same reason as above.") == 1
    assert shown.text.index("First reason.") < shown.text.index("Same reason as above.")


def test_hidden_checks_are_marked_as_such(tmp_path):
    found = items(write_feedback(tmp_path, one_wrong("No.", "No.", "No.")).read_text(encoding="utf-8"))
    assert ["hidden check" in item for item in found] == [hidden for _, _, hidden in checks(2)]
    assert any(hidden for _, _, hidden in checks(2))


def test_suspicions_are_not_for_the_learner(tmp_path):
    suspected = grade(
        exercises=[result(1, [True] * 5, suspicious=("Edited a check.",))], suspicious=("Sent by another.",)
    )
    shown = read(write_feedback(tmp_path, suspected))
    assert "Edited a check" not in shown.raw
    assert "Sent by another" not in shown.raw


def test_late_points_are_taken_off_and_explained(tmp_path):
    shown = read(write_feedback(tmp_path, grade(), late=Late("Handed in 2 days late; a day costs 10 %.", 2)))
    assert "Lab 02: 8 of 10 points" in shown.text
    assert "a day costs 10 %" in shown.text
    assert "−2" in shown.text


def test_an_exercise_marked_by_hand_speaks_of_criteria(tmp_path):
    criteria = (
        CheckResult("Names the state", 1.0, True, False),
        CheckResult("Says why", 3.0, False, False, "2 of 3 points. What earns them: a reason."),
    )
    marked = ExerciseResult(9, "explain", 4.0, 3.0, PARTIAL, criteria)
    later = ExerciseResult(10, "compare", 2.0, status=MISSING)
    shown = read(write_feedback(tmp_path, grade(exercises=[marked, later]), by_hand=[9, 10]))
    assert "Lab 02: 3 of 6 points" in shown.text
    assert "Marked by hand" in shown.text
    assert "2 of 3 points. What earns them" in shown.text
    assert "wrong" not in shown.text
    assert "Not marked yet" in shown.text
    assert ADVICE[MISSING] not in shown.text


def test_nothing_to_grade_says_why(tmp_path):
    shown = read(write_feedback(tmp_path, grade(exercises=[], file="", notes=("The zip holds no notebook.",))))
    assert "nothing to grade" in shown.text
    assert "The zip holds no notebook." in shown.text
    assert "unrolled check FILE --seed 12345" in shown.text


@pytest.mark.parametrize("file", ["my lab's $(rm -rf x).ipynb", "-x.ipynb", "02_forward.ipynb"])
def test_the_command_repeats_this_seed_and_survives_a_shell(tmp_path, file):
    shown = read(write_feedback(tmp_path, grade(file=file)))
    command = re.search(r"unrolled check .*--seed 12345", shown.text)[0]
    words = shlex.split(command)
    assert words[:2] == ["unrolled", "check"]
    assert words[2].removeprefix("./") == file
    assert not words[2].startswith("-")
    assert words[3:] == ["--seed", "12345"]


NASTY = [
    HOSTILE,
    '"><img src=x onerror=alert(1)>',
    "</article></main><h1>You passed</h1>",
    "<!-- <style>*{display:none}</style>",
    "javascript:alert(1)",
    "a\x00b\x1b[31m\x7f\u202egnp.exe\u2066\u200b\ufeff\ud800\U000e0041",
    "Z" + "\u0301" * 500,
    "x" * 1_000_000,
    "&lt;&amp;",
]


@pytest.mark.parametrize("nasty", NASTY)
def test_a_hostile_text_is_text_wherever_it_comes_from(tmp_path, nasty):
    plain = Page(write_feedback(tmp_path / "plain", everywhere("x")))
    shown = read(write_feedback(tmp_path, everywhere(nasty)))
    assert shown.seen == plain.seen, "the same elements, whatever the text"
    assert len(shown.raw) < 40_000
    invisible = [c for c in shown.text if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n"]
    assert invisible == []


def everywhere(text):
    rights = [False] * len(checks(2))
    exercises = [result(2, rights, hints=[text])]
    return grade(text, exercises, file=text, notes=(text,), suspicious=(text,))


def test_what_cannot_be_seen_is_shown():
    assert page.text("a\u202eb\x07<\u200b\n\tc") == "a[U+202E]b[U+0007]&lt;[U+200B]\n    c"
    assert page.text("abc", 2) == "ab…"
    assert page.text("Zoë e\u0301 \u05e9\u05b8\u05c1 أمل 山") == "Zoë e\u0301 \u05e9\u05b8\u05c1 أمل 山", (
        "names stay what they are"
    )
    assert page.text("e" + "\u0301" * 5).count("[U+0301]") == 1


IDS = [
    "ada", "Ada", "ADA", "ada ", "ada.", "", " ", "../ada", "..", "/etc/passwd", "C:\\ada", "con", "nul", "aux.html",
    "a" * 5000, "a" * 5001, "é", "e\u0301", "山田", "أمل", "\x00", "a\nb", "\ud800", "-x", "ada\u200b", "<b>", "ﬁ", "fi", "?", "*",
]  # fmt: skip


def test_file_names_are_safe_and_differ_where_case_does_not_count():
    names = [feedback_name(learner) for learner in IDS]
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{16}\.html", name) for name in names)
    assert len({unicodedata.normalize("NFKD", name).casefold() for name in names}) == len(IDS)
    assert max(map(len, names)) <= 64
    assert feedback_name("Ada Lovelace").startswith("ada-lovelace-")
    assert names == [feedback_name(learner) for learner in IDS]


def test_a_page_stays_in_its_folder_and_replaces_the_old_one(tmp_path):
    folder = tmp_path / "feedback"
    for learner in IDS:
        write_feedback(folder, grade(learner))
    again = write_feedback(folder, grade("ada", [result(1, [False] * 5)]))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(map(feedback_name, IDS))
    assert "0 of 3 points" in again.read_text(encoding="utf-8")


def test_a_page_follows_no_link_that_lies_in_its_place(tmp_path):
    target = tmp_path / "handed_in.ipynb"
    target.write_text("mine")
    folder = tmp_path / "feedback"
    folder.mkdir()
    (folder / feedback_name("ada")).symlink_to(target)
    assert not write_feedback(folder, grade()).is_symlink()
    assert target.read_text() == "mine"


@pytest.mark.parametrize("status", [TIMEOUT, CRASHED, MEMORY, MISSING, MALFORMED])
def test_an_answer_that_never_ended_does_not_look_like_one_that_passed(tmp_path, status):
    content = write_feedback(tmp_path, grade(exercises=[ExerciseResult(1, "f", 3.0, status=status)])).read_text()
    assert '<p class="status stopped">' in content
    assert 'class="right"' not in content

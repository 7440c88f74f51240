"""Prose, names and mail: counts, splits and traps as their descriptions state them."""

import re
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from unrolled.data import load
from unrolled.data.making.duplicates import near_duplicates, plain

WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")


def parts(data, rows):
    return [rows[part] for part in (data.train, data.validation, data.test)]


def words(texts):
    return [word.lower() for text in texts for word in WORD.findall(text)]


def count(phrase, texts):
    return sum(len(re.findall(rf"\b{phrase}\b", text, re.IGNORECASE)) for text in texts)


def unseen(train, test):
    """Return the share of the words in `test` that stand nowhere in `train`, and how many different ones."""
    known, asked = set(words(train)), words(test)
    new = [word for word in asked if word not in known]
    return len(new) / len(asked), len(set(new))


@pytest.fixture(scope="module")
def book():
    return load("moby_dick")


@pytest.fixture(scope="module")
def speeches():
    return load("speeches")


@pytest.fixture(scope="module")
def names():
    return load("first_names")


@pytest.fixture(scope="module")
def mail():
    return load("mail")


def test_the_book_is_whole_and_begins_as_known(book):
    assert sorted(book.number) == list(range(1, 137))
    assert len(book.chapters) == len(book.title) == 136
    assert sum(map(len, book.chapters)) == 1_183_853
    assert sum(len(chapter.split()) for chapter in book.chapters) == 207_724
    assert len(set("".join(book.chapters)) | {"\n"}) == 80
    assert book.title[0] == "Loomings."
    assert book.chapters[0].startswith("Call me Ishmael. Some years ago—never mind how long precisely—")
    assert book.chapters[book.number.tolist().index(136)].endswith("only found another orphan.")


def test_titles_over_two_lines_are_whole(book):
    titles = dict(zip(book.number.tolist(), book.title, strict=True))
    assert titles[73] == "Stubb and Flask Kill a Right Whale; and Then Have a Talk Over Him."
    assert titles[100] == "Leg and Arm. The Pequod, of Nantucket, Meets the Samuel Enderby, of London."
    assert not any(title in chapter[: len(title)] for title, chapter in zip(book.title, book.chapters, strict=True))


def test_paragraphs_are_tidy(book):
    paragraphs = [paragraph for chapter in book.chapters for paragraph in chapter.split("\n")]
    assert all(paragraph and paragraph == " ".join(paragraph.split()) for paragraph in paragraphs)
    assert not set("’‘“”*_") & set("".join(paragraphs))


def test_every_tenth_chapter_validates_or_tests(book):
    train, validation, test = parts(book, book.number)
    assert set(validation % 10) == {5}
    assert set(test % 10) == {0}
    assert not {0, 5} & set(train % 10)
    assert [len(" ".join(part).split()) for part in parts(book, book.chapters)] == [168_719, 22_814, 16_191]


def test_no_chapter_is_in_two_parts_and_two_questions_are(book):
    chapters = [set(map(plain, part)) for part in parts(book, book.chapters)]
    assert all(not one & other for one, other in combinations(chapters, 2))
    train, _, test = ([p for chapter in part for p in chapter.split("\n")] for part in parts(book, book.chapters))
    questions = [paragraph for paragraph in test if "the White Whale" in paragraph and len(paragraph) < 60]
    assert near_duplicates(questions, train).sum() == 2


def test_the_traps_of_the_book(book):
    expected = {"good morning": 1, "good night": 4, "happy birthday": 0, "thank you": 0, "thank ye": 5, "good": 216}
    expected |= {"sperm whale": 173, "(thou|thee|thy)": 511}
    assert {phrase: count(phrase, book.chapters) for phrase in expected} == expected
    assert Counter(words(book.chapters))["whale"] == 1023
    assert sum(len(re.findall(r"\bL\d", chapter)) for chapter in book.chapters) == 4
    share, different = unseen(*parts(book, book.chapters)[::2])
    assert (round(share, 3), different) == (0.042, 611)


def test_one_speech_a_year(speeches):
    assert speeches.year.tolist() == list(range(1982, 2022))
    assert sum(map(len, speeches.text)) == 1_350_504
    assert sum(len(text.split()) for text in speeches.text) == 232_965
    assert Counter(speeches.party) == {"Republican": 23, "Democratic": 17}
    assert "the state of our Union" in speeches.text[speeches.year.tolist().index(2011)]
    assert "tear down this wall" not in " ".join(speeches.text)  # Berlin, not Congress


def test_no_president_speaks_in_two_parts(speeches):
    speakers = [set(part) for part in parts(speeches, speeches.speaker)]
    assert speakers[1] == {"Barack Obama"}
    assert speakers[2] == {"Donald J Trump", "Joseph R Biden"}
    assert all(not one & other for one, other in combinations(speakers, 2))
    texts = [set(map(plain, part)) for part in parts(speeches, speeches.text)]
    assert all(not one & other for one, other in combinations(texts, 2))


def test_speeches_hold_what_was_said_only(speeches):
    text = "\n".join(speeches.text)
    assert not re.findall(r"applause\.?\)|laughter\.?\)|\(responding to|[\[\]]", text, re.IGNORECASE)
    assert not re.findall(r"THE (VICE )?PRESIDENT:|Audience members|The President\. M", text)
    assert not set("’‘“”`–*•\t") & set(text)
    assert not re.findall(r"  | [,;:?!]|[a-z][.?!:][A-Z]|--|- -", text)
    assert "low- and middle-income" in text


def test_the_traps_of_the_speeches(speeches):
    expected = {"thank you": 130, "good morning": 0, "happy birthday": 0, "good night": 2, "good evening": 1}
    assert {phrase: count(phrase, speeches.text) for phrase in expected} == expected
    said = words(speeches.text)
    after_good = Counter(word for before, word in zip(said, said[1:], strict=False) if before == "good")
    assert after_good.most_common(1) == [("jobs", 14)]
    assert count("good", speeches.text) == 266
    train, _, test = parts(speeches, speeches.text)
    assert [count("soviet", train), count("soviet", test)] == [55, 0]
    assert [count("(covid|pandemic)", train), count("(covid|pandemic)", test)] == [0, 15]
    assert round(unseen(train, test)[0], 3) == 0.051
    assert all(any("Thank you." in text for text in part) for part in parts(speeches, speeches.text))


def test_each_name_stands_once_with_its_list(names):
    assert len(names.names) == len(set(names.names)) == 8143
    assert np.bincount(names.label).tolist() == [4353, 3384, 406]
    assert all(re.fullmatch(r"[A-Z][a-z]+(-[A-Z][a-z]+)?", name) for name in names.names)
    assert (min(map(len, names.names)), max(map(len, names.names))) == (2, 15)
    label = {name: names.LABELS[code] for name, code in zip(names.names, names.label, strict=True)}
    assert [label[name] for name in ("Mary", "John", "Leslie", "Taylor")] == ["female", "male", "both", "male"]


def test_no_beginning_of_a_name_is_in_two_parts(names):
    beginnings = [{name[:3].lower() for name in part} for part in parts(names, names.names)]
    assert all(not one & other for one, other in combinations(beginnings, 2))
    train, validation, test = parts(names, names.names)
    assert not near_duplicates(test, train + validation).any()
    assert not near_duplicates(validation, train).any()


def test_the_traps_of_the_names(names):
    assert not {"Priya", "Lakshmi", "Wei", "Yuki", "Aisha", "Fatima", "Kwame"} & set(names.names)
    assert {"Jose", "Zsazsa", "Catherine", "Katherine"} <= set(names.names)
    last = np.array([name[-1] for name in names.names])
    assert [(last[names.label == code] == "a").sum() for code in (0, 1)] == [1631, 29]
    one = names.label < 2
    rule = np.where(np.isin(last, list("aeiy")), 0, 1)
    assert round((rule == names.label)[one].mean(), 2) == 0.78
    part_of = {name: number for number, part in enumerate(parts(names, names.names)) for name in part}
    assert part_of["Catherine"] != part_of["Katherine"]


def test_mails_and_their_groups(mail):
    assert np.bincount(mail.group).tolist() == [2437, 1354, 236, 428, 1195]
    assert (mail.spam == (mail.group >= 3)).all()
    assert [part.sum() for part in parts(mail, mail.spam)] == [1326, 147, 150]
    assert mail.counts.shape == (5650, len(mail.words)) == (5650, 1362)
    assert mail.counts.sum(axis=1).max() <= 200
    lengths = [len(events) for events in mail.events]
    assert (len(lengths), min(lengths), max(lengths)) == (5650, 4, 105)
    assert sum(length > 30 for length in lengths) == 12
    assert np.unique(np.concatenate(mail.events)).tolist() == list(range(len(mail.event_names))) == list(range(40))


def test_no_address_no_number_and_no_first_name_is_left_in_mail(mail, names):
    assert all(re.fullmatch(r"[a-z]+('[a-z]+)?", word) for word in mail.words)
    assert all(re.fullmatch(r"[a-z-]+(: (other|\w+/\w+))?", name) for name in mail.event_names)
    assert not {name.lower() for name in names.names} & set(mail.words)


def test_a_word_counted_stands_in_mails_of_both_kinds(mail):
    train = mail.counts[mail.train] > 0
    assert train.sum(axis=0).min() >= 30
    assert min(train[mail.spam[mail.train] == kind].sum(axis=0).min() for kind in (True, False)) >= 5


def test_the_month_and_two_fields_tell_the_label(mail):
    early = mail.month < np.datetime64("2002-07")
    assert (early.sum(), mail.spam[early].sum()) == (546, 545)
    october = mail.month == np.datetime64("2002-10")
    assert (october.sum(), mail.spam[october].sum()) == (725, 5)
    assert np.isnat(mail.month).sum() == 544
    answers = [mail.event_names.index(name) for name in ("in-reply-to", "references")]
    has = np.array([np.isin(events, answers).any() for events in mail.events])
    assert [has[~mail.spam].sum(), has[mail.spam].sum()] == [2113, 0]


def test_words_of_the_collectors_tell_the_label(mail):
    holds = mail.counts[:, [mail.words.index("re"), mail.words.index("linux")]] > 0
    assert [holds[mail.spam == kind].sum(axis=0).tolist() for kind in (False, True)] == [[2244, 680], [97, 34]]


def test_a_table_of_seen_orders_finds_most_spam(mail):
    orders = [tuple(events) for events in mail.events]
    normal = {order for order, spam in zip(orders[mail.train], mail.spam[mail.train], strict=True) if not spam}
    strange = np.array([order not in normal for order in orders[mail.test]])
    spam = mail.spam[mail.test]
    assert [(strange & spam).sum(), spam.sum(), (strange & ~spam).sum(), (~spam).sum()] == [143, 150, 69, 550]
    assert len(set(orders)) == 1519

"""The sets of short texts: tweets, word ratings, chats and package descriptions are what their pages say."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from unrolled.data import load, store
from unrolled.data.chats.profanity import digest, digests, phrases
from unrolled.data.making.duplicates import plain

FOLDER = Path(store.__file__).parent
PERSONAL = re.compile(r"\S@\S|https?:|www\.|\b\d{3}[\s.-]?\d{3}[\s.-]?\d{4}\b|\b\d{7}\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def tweets():
    return load("tweets")


@pytest.fixture(scope="module")
def words():
    return load("word_ratings")


@pytest.fixture(scope="module")
def chats():
    return load("chats")


@pytest.fixture(scope="module")
def packages():
    return load("descriptions")


def offensive_in(texts, folder, longest=4):
    listed = set(store.read_text(FOLDER / folder, "profanity_sha256.txt.xz").split())
    assert len(listed) > 1000
    found = set().union(*(phrases(text, longest) for text in texts))
    return {digest(phrase) for phrase in found} & listed


def contingency(labels, mask):
    return np.round(100 * np.bincount(labels[mask], minlength=3) / mask.sum()).tolist()


def macro_f1(true, guessed):
    hits = [((true == one) & (guessed == one)).sum() for one in range(3)]
    return np.mean([2 * hit / ((true == one).sum() + (guessed == one).sum()) for one, hit in enumerate(hits)])


def texts_in_two_parts(data, texts):
    train, validation, test = (
        {plain(text) for text in texts[part]} for part in (data.train, data.validation, data.test)
    )
    return train & validation | train & test | validation & test


def lexicon_sums(texts, words):
    value = dict(zip(words.word, words.rating, strict=True))
    tokens = [[token if token in value else token.strip('.,!?"') for token in text.lower().split()] for text in texts]
    known = [[value[token] for token in one if token in value] for one in tokens]
    return np.array([sum(one) for one in known]), sum(not one for one in known)


# Tweets


def test_tweets_have_the_promised_classes_and_sizes(tweets):
    assert len(tweets.text) == 3931
    counts = [np.bincount(tweets.label[p]).tolist() for p in (tweets.train, tweets.validation, tweets.test)]
    assert counts == [[634, 573, 1588], [126, 123, 326], [123, 123, 315]]
    assert (tweets.label == np.where(tweets.rating < -0.5, 0, np.where(tweets.rating > 0.5, 2, 1))).all()
    assert [tweets.rating.min(), tweets.rating.max()] == [-3.75, 3.55]
    assert [tweets.raters.min(), tweets.raters.max()] == [20, 99]
    assert [min(n := [len(text.split()) for text in tweets.text]), max(n)] == [1, 32]


def test_a_known_tweet_has_the_mean_of_its_marks_not_that_of_the_text_file(tweets):
    i = tweets.text.index("Yay. Another good phone interview.")
    assert tweets.rating[i] == pytest.approx(2.2626, abs=1e-4)  # the file of texts says 1.4433
    assert tweets.spread[i] == pytest.approx(0.9805, abs=1e-4)
    assert tweets.classes[tweets.label[i]] == "positive"


def test_tweets_parts_share_no_text_but_train_repeats_some(tweets):
    assert texts_in_two_parts(tweets, tweets.text) == set()
    assert len(tweets.text) - len(set(map(plain, tweets.text))) == 83


def test_tweets_name_no_handle_address_or_number_and_hold_no_listed_profanity(tweets):
    assert {handle for text in tweets.text for handle in re.findall(r"@\w+", text)} == {"@anonymous"}
    cleaned = [re.sub(r"http://url_removed|RT@anonymous|\S?@anonymous", "", text) for text in tweets.text]
    assert [text for text in cleaned if PERSONAL.search(text.replace("http: ...", ""))] == []
    assert offensive_in(tweets.text, "tweets") == set()


def test_tweets_traps_have_the_stated_numbers(tweets, words):
    assert tweets.negated.sum() == 631
    assert contingency(tweets.label, tweets.negated)[0] == 36
    assert contingency(tweets.label, ~tweets.negated)[0] == 20
    masked = np.array(["http://url_removed" in text for text in tweets.text])
    assert [masked.sum(), contingency(tweets.label, masked)[1], contingency(tweets.label, ~masked)[1]] == [663, 38, 17]
    distance = np.abs(np.abs(tweets.rating) - 0.5)
    assert (distance < 0.1).sum() == 343
    assert (distance < tweets.spread / np.sqrt(tweets.raters)).sum() == 473
    assert sum(text.endswith("...") for text in tweets.text) == 86
    assert sum(text.startswith("RT ") for text in tweets.text) == 77
    always = np.full(len(tweets.text), 2)
    assert macro_f1(tweets.label, always) == pytest.approx(0.24, abs=0.005)
    sums, unknown = lexicon_sums(tweets.text, words)
    guessed = np.where(sums < -0.5, 0, np.where(sums > 0.5, 2, 1))
    assert unknown == 241
    for part, expected in ((tweets.negated, 0.57), (~tweets.negated, 0.70)):
        assert macro_f1(tweets.label[part], guessed[part]) == pytest.approx(expected, abs=0.005)


def test_negation_is_told_from_words_that_look_like_it(tweets):
    found = dict(zip(tweets.text, tweets.negated, strict=True))
    assert found["I'm not about meeting. I'm about doings."]
    assert not found["Opal Divine's with the FSN crew."]
    knows = [
        text for text in tweets.text if re.search(r"\bknows?\b", text) and not re.search(r"n['’]?t\b|\bno", text, re.I)
    ]
    assert knows
    assert not any(found[text] for text in knows if not set(plain(text).split()) & set(tweets.negations))


# Words


def test_words_have_ten_marks_and_their_mean(words):
    assert len(words.word) == 7454
    assert words.ratings.shape == (7454, 10)
    assert [words.ratings.min(), words.ratings.max()] == [-4, 4]
    assert [(words.rating < 0).sum(), (words.rating > 0).sum()] == [4107, 3347]
    assert words.spread.max() <= 2.5
    known = dict(zip(words.word, words.rating, strict=True))
    assert [known[word] for word in ("okay", "great", "horrible")] == pytest.approx([0.9, 3.1, -2.5])


def test_words_traps_have_the_stated_numbers(words):
    twice = sorted(word for word, count in Counter(words.word).items() if count > 1)
    assert len(twice) == 14
    marks = {word: [r for w, r in zip(words.word, words.rating, strict=True) if w == word] for word in ("sob", "d:")}
    assert marks["sob"] == pytest.approx([-2.8, -1.0])
    assert marks["d:"] == pytest.approx([-2.9, 1.2])
    assert ((words.ratings.min(axis=1) < 0) & (words.ratings.max(axis=1) > 0)).sum() == 2018
    assert sum(not word.isalpha() for word in words.word) == 303
    assert offensive_in(words.word, "tweets") == set()


# Chats


def test_chats_have_the_promised_sizes(chats):
    assert [len(chats.chats[p]) for p in (chats.train, chats.validation, chats.test)] == [662, 96, 114]
    assert len(chats.prompt) == len(chats.chats) == 872
    turns = [turn for chat in chats.chats for turn in chat]
    assert [len(turns), sum(turn.count("\n") + 1 for turn in turns)] == [16401, 26500]
    lengths = [len(chat) for chat in chats.chats]
    assert [min(lengths), np.median(lengths), max(lengths)] == [6, 14, 103]
    assert all(turn.strip() and "\t" not in turn for turn in turns)
    assert [len(set(chats.prompt)), chats.prompt.count("")] == [33, 31]
    assert Counter(chats.prompt).most_common(1)[0] == ("If money were no object, how would you spend your time?", 44)


def test_chats_hold_no_listed_profanity(chats):
    assert offensive_in(["\n".join(chat) for chat in chats.chats], "chats") == set()
    assert offensive_in(chats.prompt, "chats") == set()


def test_the_check_for_profanity_sees_a_listed_phrase_in_a_sentence():
    entry = "two words"
    assert digests([entry]).split() == [digest(entry)]
    assert digest(entry) in {digest(phrase) for phrase in phrases("These (TWO) words!")}
    assert digest(entry) not in {digest(phrase) for phrase in phrases("words two")}


def test_chats_hold_no_address_number_name_or_secret(chats):
    turns = [turn for chat in chats.chats for turn in chat]
    assert [turn for turn in turns if PERSONAL.search(turn)] == []
    assert [turn for turn in turns if re.search(r"\bmy name\b|\binstagram\b|\bfacebook\b", turn, re.I)] == []
    assert [turn for turn in turns if re.search(r"\b(Mr|Mrs|Dr)\.? [A-Z]", turn)] == []
    assert [turn for turn in turns if re.search(r"\b(emma|adam|taylor|chris|john|claire)\b", turn, re.I)] == []
    assert not any("best friend doesn't know" in prompt for prompt in chats.prompt)


def test_no_conversation_stands_in_two_parts(chats):
    assert texts_in_two_parts(chats, ["\n".join(chat) for chat in chats.chats]) == set()


def test_chats_traps_have_the_stated_numbers(chats):
    seen = {plain(turn) for chat in chats.chats[chats.train] for turn in chat}
    replies = [plain(turn) for chat in chats.chats[chats.validation.start :] for turn in chat[1:]]
    assert [sum(reply in seen for reply in replies), len(replies)] == [200, 3570]
    turns = [turn for chat in chats.chats for turn in chat]
    words = [len(turn.split()) for turn in turns]
    assert [np.median(words), max(words)] == [11, 285]
    assert np.mean(["\n" in turn for turn in turns]) == pytest.approx(0.405, abs=0.001)
    assert np.mean(["?" in turn for turn in turns]) == pytest.approx(0.298, abs=0.001)
    place = re.compile(r"\b(byu|provo|mission|church)\b", re.IGNORECASE)
    assert sum(bool(place.search(" ".join(chat))) for chat in chats.chats) == 197


# Descriptions


def test_descriptions_have_the_promised_lengths(packages):
    assert len(packages.name) == len(packages.synopsis) == len(packages.description) == 3000
    assert all(25 <= len(text.split()) <= 100 for text in packages.description)
    assert all(3 <= len(text.split()) <= 12 for text in packages.synopsis)
    assert not any(re.search(r"[@{}\t\ufffd]", text) for text in packages.synopsis + packages.description)
    assert not any(name.startswith(("r-", "rust-")) for name in packages.name)
    i = packages.name.index("python-pywinrm")
    assert packages.synopsis[i] == "Python library for Windows Remote Management (WinRM)"


def test_descriptions_parts_share_neither_a_description_nor_a_synopsis(packages):
    assert texts_in_two_parts(packages, packages.description) == set()
    assert texts_in_two_parts(packages, packages.synopsis) == set()
    assert [len(set(map(plain, column))) for column in (packages.description, packages.synopsis)] == [3000, 2993]
    assert len(set(packages.name)) == 2998
    assert offensive_in(packages.description + packages.synopsis, "tweets", longest=1) == set()


def rouge_l(candidate, reference):
    row = [0] * (len(reference) + 1)
    for word in candidate:
        diagonal = 0
        for j, other in enumerate(reference, 1):
            diagonal, row[j] = row[j], diagonal + 1 if word == other else max(row[j], row[j - 1])
    return 2 * row[-1] / (len(candidate) + len(reference))


def test_descriptions_traps_have_the_stated_numbers(packages):
    short = [plain(text).split() for text in packages.synopsis]
    long = [plain(text).split() for text in packages.description]
    shared = [len(set(s) & set(t)) / len(set(s)) for s, t in zip(short, long, strict=True)]
    assert np.mean(shared) == pytest.approx(0.708, abs=0.001)
    assert shared.count(0) == 43
    assert sum(f" {' '.join(s)} " in f" {' '.join(t)} " for s, t in zip(short, long, strict=True)) == 420
    assert sum(t[:2] == ["this", "package"] for t in long) == 323
    follows = [re.match(r"\S+ is an? (.*)", text) for text in packages.description]
    assert sum(map(bool, follows)) == 1213
    assert Counter(name.partition("-")[0] for name in packages.name if "-" in name).most_common(3) == [
        ("python", 357),
        ("emacs", 241),
        ("perl", 182),
    ]
    known = {word for part in (short, long) for words in part[packages.train] for word in words}
    test = [word for words in short[packages.test] for word in words]
    assert np.mean([word not in known for word in test]) == pytest.approx(0.057, abs=0.001)
    for k, expected in ((12, 0.287), (6, 0.216)):
        scores = [rouge_l(t[:k], s) for t, s in zip(long[packages.test], short[packages.test], strict=True)]
        assert np.mean(scores) == pytest.approx(expected, abs=0.001)

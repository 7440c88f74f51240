"""Words, vocabularies, sub-words and padding: what goes in comes out, and what is lost is said."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.data.text import END, PADDING, START, UNKNOWN, Subwords, Vocabulary, pad, words

TEXTS = [
    "the cat sat on the mat, and the cat said: I don't know",
    "a dog and a cat are not the same: the dog's señor sat",
    "good morning, good night; how are you? I am not good",
]

# --- words


@pytest.mark.parametrize(
    ("text", "tokens"),  # the tokens with spaces between them
    [
        ("I don't know.", "I don't know ."),
        ("I don’t, it’s NOT", "I don't , it's NOT"),
        ("5 o'clock at 10:30, $3.50 or 1,000%", "5 o'clock at 10:30 , $ 3.50 or 1,000 %"),
        ("no way!!! wait... yes--no", "no way ! ! ! wait ... yes -- no"),
        ("a well-known 'quoted' word", "a well - known ' quoted ' word"),
        ("good:) bad :-( fun :D <3 ;-P =] :'( (: :)))", "good :) bad :-( fun :D <3 ;-P =] :'( (: :)))"),
        ("it is (so): yes", "it is ( so ) : yes"),
        ("see (note: x) 2:3 f=(x) a:[1] <30", "see ( note : x ) 2:3 f = ( x ) a : [ 1 ] < 30"),
        ("@anna #fun at https://x.org/a?b=c.", "@anna #fun at https://x.org/a?b=c ."),
        ("👍🏽👨\u200d👩\u200d👧❤️🇫🇷🇩🇪!", "👍🏽 👨\u200d👩\u200d👧 ❤️ 🇫🇷 🇩🇪 !"),
        ("Mañana, señor", "Mañana , señor"),
        ("  \n\t ", ""),
    ],
)
def test_words(text, tokens):
    assert words(text) == tokens.split()


@given(st.text() | st.text("ab1 .,:;()-'’<3=D@#/\n"))
def test_words_lose_white_space_only(text):
    straight = str.maketrans("’", "'")
    assert "".join(words(text)).translate(straight) == "".join(text.split()).translate(straight)
    assert all(word and not any(character.isspace() for character in word) for word in words(text))


def test_a_long_text_of_marks_takes_no_time():
    assert len(words(":-" * 50_000)) > 0
    assert len(words("http://" + ":" * 50_000)) > 0


# --- vocabulary


def test_the_most_frequent_tokens_come_first_and_ties_are_alphabetical():
    vocabulary = Vocabulary.of([["b", "a", "c"], ["d", "c", "a"]])
    assert vocabulary.tokens == ("a", "c", "b", "d")
    assert vocabulary.encode(["a", "c", "b", "d", "e"]) == [4, 5, 6, 7, UNKNOWN]
    assert len(vocabulary) == 8
    assert "a" in vocabulary
    assert "e" not in vocabulary


def test_the_order_of_the_texts_does_not_matter():
    assert Vocabulary.of(map(words, TEXTS)).tokens == Vocabulary.of(map(words, reversed(TEXTS))).tokens


def test_size_counts_all_ids():
    vocabulary = Vocabulary.of(map(words, TEXTS), size=10)
    assert len(vocabulary) == 10
    assert vocabulary.tokens == Vocabulary.of(map(words, TEXTS)).tokens[:6]
    assert len(Vocabulary.of(["ab"], size=100)) == 6


def test_a_string_is_its_characters():
    vocabulary = Vocabulary.of(["hello", "world"])
    assert vocabulary.tokens == ("l", "o", "d", "e", "h", "r", "w")
    assert "".join(vocabulary.decode(vocabulary.encode("hold"))) == "hold"


@given(st.lists(st.lists(st.text(min_size=1), max_size=8), min_size=1, max_size=8))
def test_what_was_in_the_texts_comes_back(texts):
    vocabulary = Vocabulary.of(texts)
    again = Vocabulary(vocabulary.tokens)
    for text in texts:
        assert vocabulary.decode(again.encode(text)) == text
    assert {id for text in texts for id in vocabulary.encode(text)} == set(range(4, len(vocabulary)))


def test_decode_skips_padding_and_starts_and_ends_at_the_first_end():
    vocabulary = Vocabulary(["a", "b"])
    assert vocabulary.decode([PADDING, START, 4, UNKNOWN, 5, END, 4, END]) == ["a", "<unknown>", "b"]
    assert vocabulary.decode(np.array([4, 5, 0, 0])) == ["a", "b"]
    assert (PADDING, UNKNOWN, START, END) == (0, 1, 2, 3)


def test_a_token_that_looks_reserved_is_a_token_like_others():
    vocabulary = Vocabulary(["<unknown>"])
    assert vocabulary.encode(["<unknown>", "x"]) == [4, UNKNOWN]


def test_a_vocabulary_refuses_in_one_sentence():
    with pytest.raises(ValueError, match="tokens holds 'a' twice"):
        Vocabulary(["a", "b", "a"])
    with pytest.raises(ValueError, match="size is 4; expected 5 or more"):
        Vocabulary.of(TEXTS, size=4)
    for id in (6, -1):
        with pytest.raises(ValueError, match="expected 0 to 5: there are 6 ids"):
            Vocabulary(["a", "b"]).decode([4, id])


# --- sub-words


@pytest.fixture(scope="module")
def subwords():
    return Subwords.train(TEXTS, 300)


@settings(deadline=None)
@given(st.text())
def test_subwords_lose_nothing(subwords, text):
    ids = subwords.encode(text)
    assert subwords.decode(ids) == text.replace("▁", " ")
    assert all(4 <= id < len(subwords) for id in ids)


def test_subwords_join_what_is_frequent(subwords):
    assert len(subwords) == 300
    assert "▁the" in subwords.pieces("the cat")
    assert "".join(subwords.pieces("the cat")) == "▁the▁cat"
    assert len(subwords.encode("the cat")) < len("the cat") < len(subwords.encode("日本語"))


def test_training_has_no_chance_in_it(subwords):
    assert Subwords.train(TEXTS, 300).model == subwords.model
    assert Subwords.train(iter(TEXTS), 300).model == subwords.model


def test_saved_bytes_make_the_same_subwords(subwords, tmp_path):
    (tmp_path / "subwords.model").write_bytes(subwords.model)
    again = Subwords((tmp_path / "subwords.model").read_bytes())
    assert again.encode(TEXTS[0]) == subwords.encode(TEXTS[0])


def test_subwords_decode_as_vocabularies_do(subwords):
    cat, dog = subwords.encode("cat"), subwords.encode("dog")
    assert subwords.decode([START, *cat, END, *dog]) == "cat"
    assert subwords.decode(np.array([*cat, PADDING, PADDING])) == "cat"
    with pytest.raises(ValueError, match="ids runs from 4 to 300; expected 0 to 299"):
        subwords.decode([4, 300])


def test_few_texts_give_fewer_pieces_than_asked_for():
    assert len(Subwords.train(["ab ab"], 1000)) < 300


def test_a_long_text_is_not_left_out():
    long = Subwords.train(["x", "qz " * 5000], 300)
    assert "▁qz" in long.pieces("qz")


def test_subwords_refuse_in_one_sentence(capfd):
    least = 4 + 256 + len(set("".join(TEXTS)))
    with pytest.raises(ValueError, match=f"size is 100; expected {least} or more"):
        Subwords.train(TEXTS, 100)
    assert len(Subwords.train(TEXTS, least)) == least
    assert len(Subwords.train(["abcabc"], 4 + 256 + 4)) == 264
    with pytest.raises(ValueError, match="expected 264 or more"):
        Subwords.train(["abcabc"], 263)
    for nothing in ([], [""], ["  "]):
        with pytest.raises(ValueError, match="texts holds no text"):
            Subwords.train(nothing, 300)
    for damaged in (b"", b"no model"):
        with pytest.raises(ValueError, match="bytes that are no sub-word model"):
            Subwords(damaged)
    assert capfd.readouterr().err == ""


def test_importing_costs_no_sentencepiece():
    code = (
        "import sys, unrolled.data.text, unrolled.data.synthetic\n"
        "assert not {'sentencepiece', 'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- padding


@given(
    st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=9), min_size=1, max_size=6).filter(any),
    st.integers(1, 12),
    st.sampled_from(["left", "right"]),
)
def test_padding_keeps_what_is_real_in_order_on_its_side(sequences, length, side):
    ids, mask = pad(sequences, length, side=side, cut=True)
    assert ids.shape == mask.shape == (len(sequences), length)
    assert (ids.dtype, mask.dtype) == (np.int32, bool)
    assert not ids[~mask].any()
    for row, real, sequence in zip(ids, mask, sequences, strict=True):
        kept = sequence[:length] if side == "right" else sequence[-length:]
        assert row[real].tolist() == kept
        steps = np.flatnonzero(real).tolist()
        begin = 0 if side == "right" else length - len(kept)
        assert steps == list(range(begin, begin + len(kept)))


def test_without_a_length_the_longest_decides_and_nothing_is_cut():
    ids, mask = pad([[5], [6, 7, 8], []])
    assert ids.tolist() == [[5, 0, 0], [6, 7, 8], [0, 0, 0]]
    assert mask.sum(axis=1).tolist() == [1, 3, 0]
    assert pad([np.array([5]), (6, 7)], side="left")[0].tolist() == [[0, 5], [6, 7]]


def test_padding_refuses_in_one_sentence():
    with pytest.raises(ValueError, match=r"sequences\[1\] has 3 ids, more than length = 2; say cut=True"):
        pad([[1], [1, 2, 3]], 2)
    with pytest.raises(ValueError, match="side is 'middle'"):
        pad([[1]], side="middle")
    with pytest.raises(ValueError, match="length is 0"):
        pad([[1]], 0)
    with pytest.raises(ValueError, match="sequences holds no id at all"):
        pad([[]])
    with pytest.raises(ValueError, match="sequences holds no id at all"):
        pad([], 3)
    for wrong in ([[1.5]], ["abc"], [1, 2]):
        with pytest.raises(TypeError, match=r"sequences\[0\] has shape .* expected \(length,\) and whole numbers"):
            pad(wrong)

"""Lab 11: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab11

ENCODE = """
def encode(texts, vocab, length):
    place = {word: i + 2 for i, word in enumerate(vocab)}
    ids = np.zeros((len(texts), length), int)
    for row, text in zip(ids, texts):
        found = [place.get(word, 1) for word in text.lower().split()][-length:]
        row[: len(found)] = found
    return ids
"""
F1 = """
def macro_f1(true, named, asked):
    true, named = true[asked], named[asked]
    scores = []
    for k in np.unique(true):
        hits = np.sum((true == k) & (named == k))
        scores.append(2 * hits / (np.sum(true == k) + np.sum(named == k)))
    return np.mean(scores)
"""
RIGHT = ENCODE + F1
judge = partial(lab_answers.judge, lab11.LAB)
changed = changer(RIGHT)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_points_add_up_to_ten():
    assert [lab11.LAB.points(n) for n in (1, 2, 3, 4)] == [2, 2, 3, 3]


@pytest.mark.parametrize("exercise", [1, 2])
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answer_passes_whatever_the_seed(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "lists": changed("    return ids\n", "    return ids.tolist()\n"),
    "search in the list": changed("place.get(word, 1)", "vocab.index(word) + 2 if word in vocab else 1"),
    "float32": changed("int)", "np.float32)"),
    "padded lists": changed(ENCODE, """
def encode(texts, vocab, length):
    rows = []
    for text in texts:
        row = [vocab.index(w) + 2 if w in vocab else 1 for w in text.lower().split()]
        rows.append((row[-length:] + [0] * length)[:length])
    return np.array(rows)
"""),
    "sklearn": changed(F1, """
def macro_f1(true, named, asked):
    from sklearn.metrics import f1_score
    there = np.unique(true[asked])
    return f1_score(true[asked], named[asked], labels=there, average="macro", zero_division=0)
"""),
    "precision and recall": changed("scores.append(2 * hits / (np.sum(true == k) + np.sum(named == k)))", "p, r = hits / max(np.sum(named == k), 1), hits / np.sum(true == k)\n        scores.append(2 * p * r / (p + r) if p + r else 0)"),
    "one row": changed("    return np.mean(scores)\n", "    return np.array([np.mean(scores)])\n"),
}  # fmt: skip


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_are_accepted(style):
    assert [hints(judge(exercise, STYLES[style])) for exercise in (1, 2)] == [[], []]


SCORE = "scores.append(2 * hits / (np.sum(true == k) + np.sum(named == k)))"
WRONG = {
    "first words": (1, "[-length:]", "[:length]", "Keep the last ones"),
    "padding left": (1, "row[: len(found)] = found", "row[length - len(found):] = found", "stands on the left"),
    "capitals": (1, "text.lower()", "text", "Write the text small"),
    "ids from 1": (1, "i + 2", "i + 1", "The ids start at 1"),
    "ids from 0": (1, "i + 2", "i", "The ids start at 0"),
    "ids from 3": (1, "i + 2", "i + 3", "The ids start at 3"),
    "unknown as padding": (1, "place.get(word, 1)", "place.get(word, 0)", "became 0, which is padding"),
    "unknown behind the vocabulary": (1, "place.get(word, 1)", "place.get(word, len(vocab) + 2)", "id behind the vocabulary"),
    "padded with 1": (1, "np.zeros(", "np.ones(", "The padding has the id 1"),
    "empty words": (1, ".split()", ".split(' ')", "An empty word is counted"),
    "unknown left out": (1, "place.get(word, 1) for word in text.lower().split()", "place[word] for word in text.lower().split() if word in place", "left out"),
    "transposed": (1, "    return ids\n", "    return ids.T\n", "transposed"),
    "no return": (1, "    return ids\n", "", "returns None"),
    "padded to the longest": (1, "    return ids\n", "    return ids[:, : max(len(t.split()) for t in texts)]\n", "shape"),
    "all texts": (2, "    true, named = true[asked], named[asked]\n", "", "score on all texts"),
    "the others": (2, "true[asked], named[asked]", "true[~asked], named[~asked]", "where asked is False"),
    "accuracy": (2, "    return np.mean(scores)", "    return np.mean(true == named)", "the accuracy"),
    "three classes always": (2, "    return np.mean(scores)", "    return np.sum(scores) / 3", "Leave it out of the mean"),
    "weighted": (2, "    return np.mean(scores)", "    return np.average(scores, weights=np.bincount(true)[np.unique(true)])", "weighted"),
    "recall": (2, SCORE, "scores.append(hits / np.sum(true == k))", "mean recall"),
    "precision": (2, SCORE, "scores.append(hits / max(np.sum(named == k), 1))", "mean precision"),
    "plain mean of both": (2, SCORE, "scores.append((hits / max(np.sum(named == k), 1) + hits / np.sum(true == k)) / 2)", "F1 is the harmonic one"),
    "overlap over union": (2, SCORE, "scores.append(hits / np.sum((true == k) | (named == k)))", "each counted once"),
    "never hit left out": (2, "    return np.mean(scores)", "    return np.mean([s for s in scores if s > 0] or [0.0])", "never hit is left out"),
    "added": (2, "    return np.mean(scores)", "    return np.sum(scores)", "added"),
    "half": (2, "2 * hits", "hits", "Half of it"),
    "three numbers": (2, "    return np.mean(scores)", "    return scores", "Return their mean"),
    "NaN": (2, "for k in np.unique(true):", "for k in range(3):", "NaN"),
}  # fmt: skip
# Wrong in one of the two shapes of a slice only: with all classes there, these are right.
SAME_IF_ALL_THERE = {"three classes always", "never hit left out", "NaN"}


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=None if fault in SAME_IF_ALL_THERE else True)
    assert not all(result.verdict.right for result in results)


# Exercise 3: models, each built anew by the lab's own helper.

HELPER = """
import keras
from keras import layers as L


def logits(batches, V):
    keras.utils.set_random_seed(0)
    model = build_model(V)
    return [np.asarray(model(ids)) for ids in batches]


def build_model(V):
"""
SEQUENTIAL = HELPER + "    return keras.Sequential([L.Embedding(V, 16, mask_zero=True), L.GRU(16), L.Dense(3)])\n"
FUNCTIONAL = """    ids = keras.Input((None,), dtype="int32")
    h = L.{layer}(L.Embedding(V, 8)(ids), mask=keras.ops.not_equal(ids, 0))
    return keras.Model(ids, L.Dense(3)(h))
"""
MODELS = {
    "sequential": SEQUENTIAL,
    "mask by hand": HELPER + FUNCTIONAL.format(layer="GRU(12)"),
    "LSTM": HELPER + FUNCTIONAL.format(layer="LSTM(12)"),
    "both directions": HELPER + FUNCTIONAL.format(layer="Bidirectional(L.GRU(8))"),
    "dropout": SEQUENTIAL.replace("L.GRU(16)", "L.Dropout(0.3), L.GRU(16, dropout=0.2), L.Dropout(0.3)"),
    "pooled states": HELPER + "    return keras.Sequential([L.Embedding(V, 16, mask_zero=True), L.GRU(16, return_sequences=True), L.GlobalAveragePooling1D(), L.Dense(3)])\n",
}  # fmt: skip
WRONG_MODELS = {
    "no mask": (SEQUENTIAL.replace(", mask_zero=True", ""), "needs a mask"),
    "mean over the padding": (HELPER + "    return keras.Sequential([L.Embedding(V, 16), L.GlobalAveragePooling1D(), L.Dense(3)])\n", "needs a mask"),
    "bag of words": (HELPER + "    return keras.Sequential([L.Embedding(V, 16, mask_zero=True), L.GlobalAveragePooling1D(), L.Dense(3)])\n", "bag of words"),
    "every step": (SEQUENTIAL.replace("L.GRU(16)", "L.GRU(16, return_sequences=True)"), "after every word"),
    "softmax": (SEQUENTIAL.replace("L.Dense(3)", "L.Dense(3, activation='softmax')"), "leave the softmax"),
    "one number": (SEQUENTIAL.replace("L.Dense(3)", "L.Dense(1)"), "(B, 3) is"),
    "no head": (SEQUENTIAL.replace(", L.Dense(3)", ""), "(B, 3) is"),
    "constant": (SEQUENTIAL.replace("L.Dense(3)", "L.Dense(3, kernel_initializer='zeros')"), "same for every text"),
    "nothing returned": (SEQUENTIAL.replace("return keras", "keras"), "stopped with TypeError"),
    "still to be written": (HELPER + "    raise NotImplementedError\n", "still to be written"),
}  # fmt: skip


@pytest.mark.parametrize("style", MODELS)
def test_right_models_are_accepted(style):
    assert hints(judge(3, MODELS[style])) == []


@pytest.mark.parametrize("fault", WRONG_MODELS)
def test_wrong_models_fail_with_the_hint_that_names_the_fault(fault):
    code, words = WRONG_MODELS[fault]
    found = hints(judge(3, code))
    assert any(words in hint for hint in found), found
    assert hints(judge(3, code, seed=99, hidden=True))


# Exercise 4: what is judged is what comes back, so most answers are made here without training.


def judged(answer, seed=5, N=700):
    """The hint for scores that `answer(texts, labels, new, true, turned)` makes; it may peek at the truth."""
    rng = np.random.default_rng(seed)
    own = lab11.language(rng)
    learn, held = lab11.sentences(rng, own, N), lab11.sentences(rng, own, 300)
    return lab11._judge(answer(learn[0], learn[1], *held), learn, held)


def one_hot(classes):
    return np.eye(3)[classes]


RNG = np.random.default_rng(0)
ANSWERS = {
    "a few wrong": (lambda t, y, new, true, turned: one_hot(np.where(RNG.random(300) < 0.03, 2 - true, true)), None),
    "probabilities in lists": (lambda t, y, new, true, turned: one_hot(true).tolist(), None),
    "the bag of words": (lambda t, y, new, true, turned: one_hot(lab11.by_bag(t, y, new)), "A bag of words has"),
    "the rule without turning": (lambda t, y, new, true, turned: one_hot(np.where(turned, 2 - true, true)), "turning word"),
    "always positive": (lambda t, y, new, true, turned: one_hot(np.full(300, 2)), "Every new text gets class 2"),
    "guessed": (lambda t, y, new, true, turned: RNG.normal(size=(300, 3)), "hardly more than guessing"),
    "upside down": (lambda t, y, new, true, turned: -one_hot(true), "Let the largest do it"),
    "columns moved": (lambda t, y, new, true, turned: one_hot((true + 1) % 3), "another order"),
    "classes": (lambda t, y, new, true, turned: true, "three scores for each text"),
    "of the texts to learn from": (lambda t, y, new, true, turned: one_hot(y), "for 300 new texts"),
    "NaN": (lambda t, y, new, true, turned: np.full((300, 3), np.nan), "NaN or infinity"),
    "nothing": (lambda t, y, new, true, turned: None, "returns None"),
    "half trained": (lambda t, y, new, true, turned: one_hot(np.where(RNG.random(300) < 0.2, 1, true)), "Train longer"),
}  # fmt: skip


@pytest.mark.parametrize("style", ANSWERS)
def test_what_comes_back_is_judged_and_its_fault_named(style):
    answer, words = ANSWERS[style]
    verdict = judged(answer)
    assert verdict.right == (words is None), verdict.hint
    assert words is None or words in verdict.hint, verdict.hint


TRAINED = SEQUENTIAL + ENCODE + """

def classify(texts, labels, new, epochs=12, rate=0.015):
    vocab = sorted({word for text in texts for word in text.lower().split()})
    length = max(len(text.split()) for text in [*texts, *new])
    model = build_model(len(vocab) + 2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    ids = encode(texts, vocab, length)
    model.fit(ids, labels, batch_size=32, epochs=epochs, verbose=0)
    return np.asarray(model(encode(new, vocab, length)))
"""  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_right_answer_learns_whatever_the_language(seed):
    assert hints(judge(4, TRAINED, seed=seed)) == []


def test_a_net_without_order_is_told_so():
    bag = TRAINED.replace("L.GRU(16)", "L.GlobalAveragePooling1D()")
    assert any("does is not learned" in hint for hint in hints(judge(4, bag, hidden=True)))


def test_a_vocabulary_of_the_new_texts_for_the_new_texts_is_caught():
    mixed = TRAINED.replace(
        "model(encode(new, vocab", "model(encode(new, sorted({w for t in new for w in t.split()})[::-1]"
    )
    assert hints(judge(4, mixed, hidden=True))


def test_what_keras_says_of_a_missing_row_stays_short_and_keeps_its_point():
    few = TRAINED.replace("len(vocab) + 2", "len(vocab)")
    (hint,) = hints(judge(4, few, hidden=True))
    assert "is not in [0, 21)" in hint
    assert "a list of 600, the first '" in hint
    assert "\x1b" not in hint
    assert len(hint) < 1500


def test_a_bag_of_words_stays_behind_and_the_language_has_all_classes():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        own = lab11.language(rng)
        learn, (new, true, turned) = lab11.sentences(rng, own, 600), lab11.sentences(rng, own, 300)
        assert lab11.f1(true, lab11.by_bag(*learn[:2], new), turned) < 0.8
        assert len(set(own)) == 21
        assert set(np.unique(true[turned])) == {0, 1, 2}


def test_the_page_s_examples_are_right():
    texts = ["Good", "it is no good"]
    assert lab11.encoded(texts, ["no", "good"], 3).tolist() == [[3, 0, 0], [1, 2, 3]]
    true, named, asked = np.array([0, 0, 2, 1]), np.array([0, 2, 2, 2]), np.array([True, True, True, False])
    assert lab11.f1(true, named, asked) == pytest.approx(2 / 3)


@pytest.mark.parametrize("exercise", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "body", ["return None", "raise NotImplementedError", "return 1 / 0", "return 'a'", "return args[0]"]
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in (*lab11.LAB.titles.values(), "logits"))
    results = judge(exercise, code)
    assert len(hints(results)) == len(results)

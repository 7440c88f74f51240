"""Checks of lab 11: texts to ids, macro F1 on a slice, a Keras net that padding does not move, and a language to learn.

The last exercise is judged outside the learner's kernel. Each check makes up a language from its seed, sends texts with
labels and new texts without, and keeps the new labels: in the grader's rooms they are nowhere to be read. What can be
known beforehand is the rule by which sentences are made, as the lab prints it; the words are new, so an answer has to
learn them from the texts it is sent. The `tweets` set lies in the package that a room holds, labels and all, and
therefore no check asks for tweets.
"""

from collections.abc import Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import Mistake, as_array, compare
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("11", {1: "encode", 2: "macro_f1", 3: "build_model", 4: "classify"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
ENOUGH = 0.9  # macro F1 that a net must reach on new sentences; right answers reach 0.97 and more
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def language(rng: np.random.Generator, n: int = 21) -> list[str]:
    """Invented words: 4 good, 4 bad, 12 that say nothing, the turning one."""
    made = {"".join(rng.choice(SYLLABLES, 2)) for _ in range(60)}
    return [str(word) for word in rng.permutation(sorted(made))[:n]]


def sentences(rng: np.random.Generator, own: list[str], N: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """N texts, their labels, and which hold the turning word: by the rule that the lab prints."""
    good, bad, other, turn = np.split(np.array(own), [4, 8, 20])
    labels, turned = rng.choice(3, N, p=[0.25, 0.2, 0.55]), rng.random(N) < 0.5
    texts = []
    for label, turns in zip(labels, turned, strict=True):
        text = list(rng.choice(other, rng.integers(2, 5)))
        core = [rng.choice(other if label == 1 else good if (label == 2) != turns else bad)]
        at = rng.integers(len(text) + 1)
        text[at:at] = [*turn, *core] if turns else core
        texts.append(" ".join(map(str, text)))
    return texts, labels, turned


# Exercise 1: encode(texts, vocab, length) -> ids (B, length)


def encoded(
    texts: list[str], vocab: list[str], length: int, *, first: int = 2, last: bool = True, left: bool = False,
    small: bool = True, unknown: int | None = 1, blank: str | None = None,
) -> np.ndarray:  # fmt: skip
    """The right encode; the keywords make wrong ones."""
    place = {word: i + first for i, word in enumerate(vocab)}
    ids = np.zeros((len(texts), length), int)
    for row, text in zip(ids, texts, strict=True):
        found = [place.get(word, unknown) for word in (text.lower() if small else text).split(blank)]
        found = [id for id in found if id is not None]
        found = (found[-length:] if last else found[:length]) if found else []
        row[length - len(found) if left else 0 : length if left else len(found)] = found
    return ids


def _compare_ids(got: Any, texts: list[str], vocab: list[str], length: int) -> Verdict:
    wrong: list[Mistake] = [
        (encoded(texts, vocab, length, last=False), "Of a text that is too long the first words stayed. Keep the last ones."),
        (encoded(texts, vocab, length, left=True), "The padding stands on the left. Fill up on the right."),
        (encoded(texts, vocab, length, small=False), "Upper case makes a word unknown. Write the text small first."),
        (encoded(texts, vocab, length, first=1), "The ids start at 1. The word at place i gets the id i + 2: 1 is for unknown words."),
        (encoded(texts, vocab, length, first=0), "The ids start at 0. The word at place i gets the id i + 2: 0 is padding, 1 unknown."),
        (encoded(texts, vocab, length, first=3), "The ids start at 3. The word at place i gets the id i + 2."),
        (encoded(texts, vocab, length, unknown=0), "An unknown word became 0, which is padding. It gets the id 1."),
        (encoded(texts, vocab, length, unknown=len(vocab) + 2), "An unknown word got an id behind the vocabulary. It gets the id 1."),
        (np.maximum(encoded(texts, vocab, length), 1), "The padding has the id 1, that of an unknown word. It gets the id 0."),
        (encoded(texts, vocab, length, blank=" "), "An empty word is counted: between two blanks, or in an empty text. Split at any run of blanks."),
        (encoded(texts, vocab, length, unknown=None), "Unknown words are left out. Each gets the id 1 and keeps its place."),
        (encoded(texts, vocab, length).T, "The array is transposed: one row for each text."),
    ]  # fmt: skip
    return compare(got, encoded(texts, vocab, length), name="ids", shape="(B, length)", mistakes=wrong)


def _texts(rng: np.random.Generator, own: list[str], lengths: list[int]) -> list[str]:
    """Texts of so many words, some of them in capitals, some not in `own`."""
    words = [*own, *(word.capitalize() for word in own), "xylo", "Quux"]
    return [" ".join(rng.choice(words, n)) for n in lengths]


@LAB.check(1, "short texts: padding, unknown words, capitals", points=0.5)
def short_texts(rng: np.random.Generator) -> Conversation:
    own = language(rng)
    texts = [*_texts(rng, own, [3, 5, 1]), f"{own[0].upper()} zzz {own[-1]}"]
    got = yield Call("encode", texts, own, 7)
    yield _compare_ids(got, texts, own, 7)


@LAB.check(1, "of a long text the last words stay", points=0.5)
def long_texts(rng: np.random.Generator) -> Conversation:
    own = language(rng)
    texts = _texts(rng, own, [9, 4, 12, 2])
    got = yield Call("encode", texts, own, 4)
    yield _compare_ids(got, texts, own, 4)


@LAB.check(1, "an empty text, one id, many blanks", points=1, hidden=True)
def odd_texts(rng: np.random.Generator) -> Conversation:
    own = language(rng)
    for texts, length in (
        (["", f"  {own[3]}   {own[5].upper()} "], 5),
        (_texts(rng, own, [6, 1, 3]), 1),
        (_texts(rng, own, [20, 8]), 11),
    ):
        got = yield Call("encode", texts, own, length)
        verdict = _compare_ids(got, texts, own, length)
        if not verdict.right:
            break
    yield verdict


# Exercise 2: macro_f1(true, named, asked) -> number


def f1_of_classes(true: np.ndarray, named: np.ndarray) -> np.ndarray:
    """F1 of classes 0, 1, 2; NaN for one that no text has."""
    hits = np.array([np.sum((true == k) & (named == k)) for k in range(3)])
    n, m = np.bincount(true, minlength=3)[:3], np.bincount(named, minlength=3)[:3]
    return np.where(n > 0, 2 * hits / np.maximum(n + m, 1), np.nan)


def f1(true: np.ndarray, named: np.ndarray, asked: np.ndarray) -> float:
    """The right macro_f1."""
    return float(np.nanmean(f1_of_classes(true[asked], named[asked])))


def _compare_f1(got: Any, true: np.ndarray, named: np.ndarray, asked: np.ndarray) -> Verdict:
    t, q = true[asked], named[asked]
    each, n, m = f1_of_classes(t, q), np.bincount(t, minlength=3), np.bincount(q, minlength=3)
    hits = np.array([np.sum((t == k) & (q == k)) for k in range(3)])
    recall, precision = hits[n > 0] / n[n > 0], (hits / np.maximum(m, 1))[n > 0]
    low, high = recall.mean(), precision.mean()
    wrong: list[Mistake] = [
        (f1(true, named, np.ones_like(asked)), "This is the score on all texts. Only those where asked is True count."),
        (f1(true, named, ~asked), "This is the score where asked is False."),
        (np.mean(t == q), "This is the share that is right, the accuracy. Every class must count the same."),
        (np.nanmean(each) * (n > 0).sum() / 3, "A class that no text of the slice has is counted as 0. Leave it out of the mean."),
        (np.nansum(each * n) / n.sum(), "The classes are weighted by how many texts they have. Take the plain mean."),
        (low, "This is the mean recall. F1 also divides by how often the class was named."),
        (high, "This is the mean precision. F1 also counts the texts of a class that were missed."),
        ((low + high) / 2, "This is the plain mean of precision and recall. F1 is the harmonic one."),
        (2 * low * high / max(low + high, 1e-12), "This is the F1 of the mean precision and recall. Take F1 of each class, then the mean."),
        (np.nanmean(np.where(each > 0, each, np.nan)) if np.nanmax(each) > 0 else 0.0, "A class that is there and never hit is left out. It counts 0."),
        (np.nanmean(each / (2 - each)), "The hits stand over the texts named or true, each counted once. F1 is 2 times the hits over named plus true."),
        (np.nansum(each), "The scores are added. Take their mean."),
        (np.nanmean(each) / 2, "Half of it: F1 is 2 times the hits over named plus true."),
    ]  # fmt: skip
    if isinstance(array := as_array(got, name="the score", shape="()"), Verdict):
        return array
    if array.ndim == 1 and array.size > 1 and array.size in (3, int((n > 0).sum())):
        return Verdict(False, f"The function returns {array.size} scores. Return their mean, one number.")
    if array.size == 1 and np.isnan(array).all():
        return Verdict(
            False, "The score is NaN: 0 divided by 0. A class without a hit has F1 = 0; one without a text is left out."
        )
    return compare(array.reshape(()) if array.size == 1 else array, np.array(f1(true, named, asked)), name="the score", shape="()", mistakes=wrong)  # fmt: skip


def _verdicts(rng: np.random.Generator, N: int, right: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True classes, named ones of which about so many are right, and a slice, different enough to tell mistakes apart."""
    true = np.concatenate([[0, 1, 2], rng.choice(3, N, p=[0.2, 0.2, 0.6])])
    named = np.where(rng.random(N + 3) < right, true, rng.choice(3, N + 3, p=[0.15, 0.25, 0.6]))
    asked = rng.random(N + 3) < 0.5
    asked[:3], named[:3] = True, true[:3]
    return true, named, asked


@LAB.check(2, "three classes, a slice of the texts", points=0.5)
def slice_of_texts(rng: np.random.Generator) -> Conversation:
    true, named, asked = _verdicts(rng, 60, 0.4)
    got = yield Call("macro_f1", true, named, asked)
    yield _compare_f1(got, true, named, asked)


@LAB.check(2, "a class that is never hit, and one that is not there", points=0.5)
def classes_missing(rng: np.random.Generator) -> Conversation:
    true, named, asked = _verdicts(rng, 40, 0.6)
    for k in (0, 1):
        never = np.where(named == k, 2, named)
        got = yield Call("macro_f1", true, never, asked)
        verdict = _compare_f1(got, true, never, asked)
        if verdict.right:
            there = asked & (true != k)
            got = yield Call("macro_f1", true, named, there)
            verdict = _compare_f1(got, true, named, there)
        if not verdict.right:
            break
    yield verdict


@LAB.check(2, "other sizes, all wrong, one text", points=1, hidden=True)
def f1_odd_sizes(rng: np.random.Generator) -> Conversation:
    one = np.array([2, 0]), np.array([2, 1]), np.array([True, False])
    wrong = np.array([0, 1, 2, 2]), np.array([1, 2, 0, 1]), np.array([True, True, True, False])
    for true, named, asked in (_verdicts(rng, 500, 0.5), _verdicts(rng, 25, 0.3), one, wrong):
        got = yield Call("macro_f1", true, named, asked)
        verdict = _compare_f1(got, true, named, asked)
        if not verdict.right:
            break
    yield verdict


# Exercise 3: build_model(V), asked through logits(batches, V)


def _rows(got: Any, batches: list[np.ndarray]) -> list[np.ndarray] | Verdict:
    """The logits of each batch, or what is wrong with their form."""
    if not isinstance(got, list | tuple) or len(got) != len(batches):
        return Verdict(
            False, "build_model does not return a model that answers. Return a Keras model, not what it computes."
        )
    found = []
    for one, ids in zip(got, batches, strict=True):
        array = as_array(one, name="logits", shape="(B, 3)")
        if isinstance(array, Verdict):
            return array
        if array.ndim == 3:
            return Verdict(
                False,
                f"The model returns {array.shape}, an answer after every word. Let the head read the last state alone.",
            )
        if array.shape != (len(ids), 3):
            return Verdict(
                False, f"The model returns {array.shape} for ids {ids.shape}; here (B, 3) is ({len(ids)}, 3)."
            )
        if not np.isfinite(array).all():
            return Verdict(False, "The logits hold NaN or infinity.")
        found.append(array)
    whole = np.concatenate(found)
    if (whole >= 0).all() and np.allclose(whole.sum(axis=1), 1, atol=1e-4):
        return Verdict(False, "These are probabilities. Return logits: leave the softmax to the loss.")
    if np.ptp(whole, axis=0).max() < 1e-6:
        return Verdict(False, "The answer is the same for every text.")
    return found


def _ids(rng: np.random.Generator, V: int, B: int, T: int) -> np.ndarray:
    """Texts of T different words, so that their order can be told."""
    return np.array([rng.permutation(np.arange(1, V))[:T] for _ in range(B)])


@LAB.check(3, "padding changes nothing", points=1)
def padding(rng: np.random.Generator) -> Conversation:
    ids = _ids(rng, 12, 4, 5)
    ids[1, 3:] = 0
    batches = [ids, np.pad(ids, ((0, 0), (0, 1))), np.pad(ids, ((0, 0), (0, 9)))]
    got = yield Call("logits", batches, 12)
    yield _padding_verdict(got, batches)


def _padding_verdict(got: Any, batches: list[np.ndarray]) -> Verdict:
    rows = _rows(got, batches)
    if isinstance(rows, Verdict):
        return rows
    moved = max(float(np.abs(row - rows[0]).max()) for row in rows[1:])
    if moved > 1e-4:
        return Verdict(
            False,
            f"Padding on the right moves the logits, by up to {moved:.2g}. It needs a mask: the state must stay where the id is 0.",
        )
    return Verdict(True)


@LAB.check(3, "words are read in order; the largest id has a row", points=1)
def order(rng: np.random.Generator) -> Conversation:
    ids = _ids(rng, 9, 6, 6)
    ids[0, 0] = 8
    batches = [ids, ids[:, ::-1].copy(), ids[:, [0, 2, 1, 3, 4, 5]], np.column_stack([ids[:, 1], ids[:, 1:]])]
    got = yield Call("logits", batches, 9)
    yield _order_verdict(got, batches)


def _order_verdict(got: Any, batches: list[np.ndarray]) -> Verdict:
    rows = _rows(got, batches)
    if isinstance(rows, Verdict):
        return rows
    if any(np.abs(row - rows[0]).max(axis=1).min() < 1e-7 for row in rows[1:3]):
        return Verdict(
            False,
            "Other orders of the same words get the same logits: this is a bag of words. Let a recurrent layer read the rows.",
        )
    if np.abs(rows[3] - rows[0]).max() < 1e-7:
        return Verdict(False, "The first word has no influence: the answer must depend on all words.")
    return Verdict(True)


@LAB.check(3, "one word, long texts, a text alone and in a batch", points=1, hidden=True)
def other_sizes(rng: np.random.Generator) -> Conversation:
    for V, B, T in ((30, 3, 1), (50, 5, 20)):
        ids = _ids(rng, V, B, T)
        ids[1:, T // 2 + 1 :] = 0
        batches = [ids, np.pad(ids, ((0, 0), (0, 7)))]
        got = yield Call("logits", [*batches, *(ids[b : b + 1] for b in range(B))], V)
        verdict = _padding_verdict(got[:2] if isinstance(got, list | tuple) else got, batches)
        if verdict.right:
            rows = _rows(got, [*batches, *(ids[b : b + 1] for b in range(B))])
            alone = rows if isinstance(rows, Verdict) else np.concatenate(rows[2:])
            if isinstance(alone, Verdict):
                verdict = alone
            elif np.abs(alone - rows[0]).max() > 1e-4:
                verdict = Verdict(
                    False, "A text gets other logits alone than in a batch. Nothing may be shared across the batch."
                )
        if verdict.right and T > 1:
            batches = [
                ids[:1],
                ids[:1, ::-1].copy(),
                ids[:1, [1, 0, *range(2, T)]],
                np.column_stack([ids[:1, 1], ids[:1, 1:]]),
            ]
            got = yield Call("logits", batches, V)
            verdict = _far_verdict(got, batches)
        if not verdict.right:
            break
    yield verdict


def _far_verdict(got: Any, batches: list[np.ndarray]) -> Verdict:
    """As for order, but twenty words are far: the first may have faded."""
    rows = _rows(got, batches)
    if isinstance(rows, Verdict):
        return rows
    if np.abs(rows[1] - rows[0]).max() < 1e-7:
        return Verdict(False, "The text read backwards gets the same logits: this is a bag of words.")
    return Verdict(True)


# Exercise 4: classify(texts, labels, new) -> scores (number of new texts, 3)


def by_bag(texts: list[str], labels: np.ndarray, new: list[str]) -> np.ndarray:
    """The classes a bag of words gives."""
    from sklearn.feature_extraction.text import CountVectorizer  # here: no other exercise waits for it
    from sklearn.linear_model import LogisticRegression

    counter = CountVectorizer(token_pattern=r"\S+").fit(texts)
    return LogisticRegression(max_iter=1000).fit(counter.transform(texts), labels).predict(counter.transform(new))


def _judge(got: Any, learn: tuple, held: tuple) -> Verdict:
    (texts, labels, _), (new, true, turned) = learn, held
    array = as_array(got, name="the scores", shape="(number of new texts, 3)")
    if isinstance(array, Verdict):
        return array
    if array.shape == (len(new),):
        return Verdict(False, f"The result has shape {array.shape}. Return three scores for each text, not its class.")
    if array.shape != (len(new), 3):
        return Verdict(False, f"The scores have shape {array.shape}; for {len(new)} new texts it is ({len(new)}, 3).")
    if not np.isfinite(array).all():
        return Verdict(False, "The scores hold NaN or infinity. A smaller rate may help.")
    named, everywhere = array.argmax(axis=1), np.ones(len(new), bool)
    score, slice_score = f1(true, named, everywhere), f1(true, named, turned)
    if score >= ENOUGH and slice_score >= ENOUGH:
        return Verdict(True)
    bag = f1(true, by_bag(texts, labels, new), turned)
    told = f"Macro F1 {score:.2f} on the new texts, {slice_score:.2f} where a word is turned; {ENOUGH} is asked for."
    if len(np.unique(named)) == 1:
        return Verdict(
            False,
            f"{told} Every new text gets class {named[0]}. Is the model trained, and asked with the same vocabulary?",
        )
    if f1(true, array.argmin(axis=1), everywhere) >= ENOUGH:
        return Verdict(False, "The smallest score names the class. Let the largest do it.")
    shifted = [f1(true, (named + k) % 3, everywhere) for k in (1, 2)]
    if max(shifted) >= ENOUGH:
        return Verdict(False, "The columns are in another order than the classes: column k is the score of class k.")
    ignored = f1(true, np.where(turned, 2 - named, named), everywhere) >= ENOUGH
    if ignored or (np.mean(named == true) > 0.6 and slice_score < bag + 0.1):
        return Verdict(
            False,
            f"{told} A bag of words has {bag:.2f} there: what the turning word does is not learned. Does the net read in order, and long enough?",
        )
    if score < 0.45:
        return Verdict(
            False,
            f"{told} That is hardly more than guessing. Is the model trained, with a loss that knows it gets logits? Is one vocabulary, made from the texts to learn from, used for both?",
        )
    return Verdict(False, f"{told} A bag of words has {bag:.2f} there. Train longer, or with another rate.")


def _learn(rng: np.random.Generator, N: int) -> Conversation:
    own = language(rng)
    learn, held = sentences(rng, own, N), sentences(rng, own, 300)
    got = yield Call("classify", learn[0], learn[1], held[0])
    yield _judge(got, learn, held)


@LAB.check(4, "a language it has never seen: macro F1 0.9 on new texts, and where a word is turned", points=2)
def invented(rng: np.random.Generator) -> Conversation:
    yield from _learn(rng, 700)


@LAB.check(4, "another language", points=1, hidden=True)
def another(rng: np.random.Generator) -> Conversation:
    yield from _learn(rng, 600)

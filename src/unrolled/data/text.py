"""From texts to numbers and back: words, vocabularies, sub-words, padding.

Four ids mean the same everywhere: 0 padding, 1 a token that is not in the vocabulary, 2 the start of a text, 3 its end.
Nothing here adds a start or an end by itself; `decode` reads up to the first end.
"""

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

PADDING, UNKNOWN, START, END = range(4)

_RESERVED = 4
_WORD = re.compile(
    r"""
      (?:https?://|www\.)\S*[\w/]                        # an address, without the full stop behind it
    | [@\#]\w+                                           # @name, #topic
    | [:;][-'^o*]?[)(]+(?!\w)                            # :) ;-( :))) also right behind a word
    | (?<!\w)[<>]?[:;=][-'^o*]?(?:[DPpOosS3]+(?!\w)|[)(\]\[}{|*/\\]+)  # :D >:( =) :/ but not the :3 of 2:3
    | (?<!\w)[)(][-'^o]?[:;=](?!\w)                      # (: but not the ): of (so):
    | </?3(?!\d) | \^_+\^ | -_+-                         # <3 ^_^ -_-
    | \d+(?:[.,:]\d+)+                                   # 3.14, 1,000, 10:30
    | \w+(?:['\u2019]\w+)*                               # words; don't and o'clock are one word each
    | \.{2,} | -{2,}                                     # ... and --
    | [\U0001F1E6-\U0001F1FF]{2}                         # a flag
    | \S(?:[\uFE0E\uFE0F\u20E3\U0001F3FB-\U0001F3FF]|\u200D\S)*  # any other mark; an emoji with what changes it
    """,
    re.VERBOSE,
)


def words(text: str) -> list[str]:
    """Return the words, numbers and marks of an English-like text, in order; nothing but white space is lost.

    What belongs together stays together: contractions (don't, so that a negation is seen), numbers with their points,
    emoticons and emoji, @names, #topics, addresses, "..." and "--". A word with a hyphen gives three. Other marks stand
    alone. Upper and lower case are kept; an apostrophe inside a word is always written '.
    """
    return [word.replace("\u2019", "'") if word[0].isalnum() else word for word in _WORD.findall(text)]


class Vocabulary:
    """Tokens with their ids: words, or characters, or tags.

    Attributes:
        tokens: the tokens in the order of their ids, from 4 on. `Vocabulary(tokens)` makes the same one again.
    """

    def __init__(self, tokens: Sequence[str]) -> None:
        """Give the tokens the ids 4, 5, 6 ...

        Raises:
            ValueError: a token stands twice.
        """
        self.tokens = tuple(tokens)
        self._ids = {token: id for id, token in enumerate(self.tokens, _RESERVED)}
        if len(self._ids) < len(self.tokens):
            twice = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise ValueError(f"tokens holds {twice!r} twice; expected each token once.")

    @classmethod
    def of(cls, texts: Iterable[Iterable[str]], size: int | None = None) -> "Vocabulary":
        """Return the vocabulary of the most frequent tokens; of equally frequent ones the first in the alphabet.

        Args:
            texts: the training texts, and only those, each as tokens: `map(words, texts)` gives a vocabulary of words.
                A plain string is the sequence of its characters, so `Vocabulary.of(texts)` gives one of characters.
            size: how many ids at most, the four reserved ones included; None keeps every token.

        Raises:
            ValueError: size leaves no room for a token.
        """
        if size is not None and size <= _RESERVED:
            raise ValueError(f"size is {size}; expected {_RESERVED + 1} or more: {_RESERVED} ids are reserved.")
        counts = Counter(itertools.chain.from_iterable(texts))
        ranked = sorted(counts, key=lambda token: (-counts[token], token))
        return cls(ranked if size is None else ranked[: size - _RESERVED])

    def __len__(self) -> int:
        """How many ids there are, the reserved ones included: V, the rows of an embedding."""
        return _RESERVED + len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the id of each token, 1 for one that is not in the vocabulary."""
        return [self._ids.get(token, UNKNOWN) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the tokens up to the first end, without padding and starts; an unknown one is "<unknown>".

        Raises:
            ValueError: an id lies outside the vocabulary.
        """
        return ["<unknown>" if id == UNKNOWN else self.tokens[id - _RESERVED] for id in _read(ids, len(self))]


class Subwords:
    """Parts of words: frequent words whole, rare ones in pieces, any text without a loss.

    Byte-pair encoding (Sennrich, Haddow and Birch 2016): begin with characters; join the two neighbours that most often
    stand side by side; repeat until there are `size` pieces. A character that the training texts lack is spelled in
    bytes. The work is done by SentencePiece (Kudo and Richardson 2018).

    Attributes:
        model: the trained model as bytes, to be written to a file. `Subwords(model)` makes the same one again.
    """

    def __init__(self, model: bytes) -> None:
        """Read what `model` of a trained one held.

        Raises:
            ValueError: the bytes are no such model.
        """
        from sentencepiece import SentencePieceProcessor  # here: importing unrolled.data must stay fast

        self.model = bytes(model)
        try:
            self._processor = SentencePieceProcessor(model_proto=self.model) if model else None
        except RuntimeError:
            self._processor = None
        if self._processor is None:
            raise ValueError(f"model holds {len(model)} bytes that are no sub-word model; train it or fetch it again.")

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> "Subwords":
        """Return the sub-words of the training texts; there is no chance in it.

        Args:
            texts: the training texts, and only those.
            size: how many ids at most: 4 reserved ones, 256 bytes, every character of the texts, and what was joined.

        Raises:
            ValueError: there is no text, or size leaves no room for the characters.
        """
        from sentencepiece import SentencePieceTrainer

        texts = list(texts)
        characters = set().union(*texts)
        if not characters - {" "}:
            raise ValueError("texts holds no text; expected strings to learn sub-words from.")
        least = _RESERVED + 256 + len(characters | {" "})
        if size < least:
            raise ValueError(
                f"size is {size}; expected {least} or more: 4 reserved, 256 bytes, and the texts' characters with a space."
            )
        model = io.BytesIO()
        SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            model_type="bpe",
            vocab_size=size,
            hard_vocab_limit=False,  # few texts may have fewer pieces to give
            pad_id=PADDING,
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            byte_fallback=True,
            character_coverage=1.0,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            max_sentence_length=2**30,  # longer texts would be left out in silence
            num_threads=1,
            minloglevel=2,
        )
        return cls(model.getvalue())

    def __len__(self) -> int:
        """How many ids there are, the reserved ones included: V, the rows of an embedding."""
        return self._processor.get_piece_size()

    def pieces(self, text: str) -> list[str]:
        """Return the pieces of a text, to be looked at; "▁" is a space, and one stands before the first word."""
        return self._processor.encode(text, out_type=str)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's pieces."""
        return self._processor.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text up to the first end, without padding and starts.

        `decode(encode(text))` is the text itself; only a "▁" in it becomes a space.

        Raises:
            ValueError: an id lies outside the vocabulary.
        """
        return self._processor.decode(_read(ids, len(self)))


def pad(
    sequences: Sequence[Sequence[int]],
    length: int | None = None,
    *,
    side: Literal["left", "right"] = "right",
    cut: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return sequences of ids as the rows of one array: (ids (B, T) int32, mask (B, T) bool), True at what is real.

    Args:
        sequences: B sequences of ids.
        length: T; None takes the longest sequence's.
        side: where the padding, id 0, stands.
        cut: shorten a sequence that is longer than `length`, on the side where padding would stand: with "right" its
            first `length` ids stay, with "left" its last. Without it, a longer sequence is an error.

    Raises:
        TypeError: a sequence holds something else than whole numbers.
        ValueError: side is neither, length is below 1, there is no id, or a sequence is longer than `length` and may
            not be cut.
    """
    if side not in ("left", "right"):
        raise ValueError(f"side is {side!r}; expected 'left' or 'right'.")
    if length is not None and (not isinstance(length, int | np.integer) or length < 1):
        raise ValueError(f"length is {length!r}; expected a whole number, 1 or more.")
    rows = [np.asarray(sequence) for sequence in sequences]
    for b, row in enumerate(rows):
        if row.ndim != 1 or (row.size and row.dtype.kind not in "iu"):
            raise TypeError(
                f"sequences[{b}] has shape {row.shape} and dtype {row.dtype}; expected (length,) and whole numbers."
            )
    lengths = np.array([row.size for row in rows])
    if not rows or not lengths.any():
        raise ValueError("sequences holds no id at all; expected one or more.")
    longest = int(lengths.max())
    T = longest if length is None else length
    if longest > T:
        if not cut:
            b = int(lengths.argmax())
            raise ValueError(f"sequences[{b}] has {longest} ids, more than length = {T}; say cut=True to shorten it.")
        rows = [row[:T] if side == "right" else row[-T:] for row in rows]
    t = np.arange(T) if side == "right" else np.arange(T)[::-1]
    mask = t < lengths[:, None]
    ids = np.full(mask.shape, PADDING, np.int32)
    ids[mask] = np.concatenate(rows)
    return ids, mask


def _read(ids: Iterable[int], size: int) -> list[int]:
    """Return the ids up to the first end, without padding and starts."""
    ids = [int(id) for id in ids]
    if ids and not (min(ids) >= 0 and max(ids) < size):
        raise ValueError(f"ids runs from {min(ids)} to {max(ids)}; expected 0 to {size - 1}: there are {size} ids.")
    return [id for id in itertools.takewhile(lambda id: id != END, ids) if id not in (PADDING, START)]

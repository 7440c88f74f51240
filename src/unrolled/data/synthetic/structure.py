"""Tasks whose answer follows from a rule: parity, counting, arithmetic, reversal, and tags told by the next word."""

from dataclasses import dataclass

import numpy as np

from unrolled.data.synthetic.task import Seed, Task, expect_counts, expect_sizes

# The characters of `reversal` and `expressions`: token i stands for ALPHABET[i], and 0, "_", is padding.
ALPHABET = "_0123456789+-*"


def parity(rng: Seed, B: int, T: int) -> Task:
    """Tell after every bit whether the ones so far are odd in number.

    Returns:
        X (B, T, 1) zeros and ones; y (B, T): the parity of the bits up to and with this one; y[:, -1] is that of the
        whole sequence. Baseline, accuracy: 1 / 2, also for one who saw every bit but one.

    Raises:
        ValueError: a size is no whole number of 1 or more.
    """
    expect_sizes(B=B, T=T)
    bits = np.random.default_rng(rng).integers(0, 2, (B, T), dtype=np.int32)
    y = np.bitwise_xor.accumulate(bits, axis=1)
    return Task(X=bits[..., None].astype(np.float32), y=y, baseline=1 / 2, baseline_name="chance")


@dataclass(frozen=True, kw_only=True)
class Counting(Task):
    """Strings a^n b^n, each step with the symbol that follows.

    Attributes:
        certain: (B, T) bool, True where the symbol that follows is bound to come: after the edge, and after every b.
            After an a it may be a or b, and nobody can know. A string is learned when all its certain steps are right.
    """

    certain: np.ndarray


def anbn(n: np.ndarray) -> Counting:
    """Foretell the next symbol of # a^n b^n #: that takes counting (after Gers and Schmidhuber 2001).

    Args:
        n: (B,) whole numbers of 1 or more, how many a and how many b each string has.

    Returns:
        X (B, T) tokens, T = 2 * max(n) + 1: 1 for a, 2 for b, 3 for the edge #, which opens the string, 0 for padding;
        y (B, T): the next token, the edge behind the last b; the mask is False at padding. Baseline, accuracy at the
        certain steps of one who says b after every b, and is wrong once a string: 1 - 1 / mean(n + 1). Whole strings
        right: none.

    Raises:
        ValueError: n holds something else than whole numbers of 1 or more, or nothing.
    """
    n = expect_counts("n", n)
    length, t = n[:, None], np.arange(2 * n.max() + 2)
    string = np.select([t == 0, t <= length, t <= 2 * length, t == 2 * length + 1], [3, 1, 2, 3], 0).astype(np.int32)
    mask = t[:-1] <= 2 * length
    X, y = string[:, :-1] * mask, string[:, 1:].copy()
    baseline = 1 - 1 / float((n + 1).mean())
    return Counting(X=X, y=y, mask=mask, certain=mask & (X != 1), baseline=baseline, baseline_name="b after every b")


@dataclass(frozen=True, kw_only=True)
class Expressions(Task):
    """Sums, differences and products of digits, modulo 10; X is in prefix order.

    Attributes:
        postfix: (B, T) int32, the same expressions in post-fix order, every operator behind its two operands, so that a
            tree can be computed from left to right with a stack.
        leaves: (B,) int32, how many digits the expression has.
        depth: (B,) int32, operators on the longest way from the root to a digit.
    """

    postfix: np.ndarray
    leaves: np.ndarray
    depth: np.ndarray


def expressions(rng: Seed, leaves: np.ndarray) -> Expressions:
    """Compute expressions such as - * 3 7 + 1 9, modulo 10 (after Hupkes, Veldhoen and Zuidema 2018).

    Every shape of a tree with so many leaves is equally likely, and so are the operators +, -, * and the digits 0 to 9.

    Args:
        rng: a generator or a seed.
        leaves: (B,) whole numbers of 1 or more, how many digits each expression has.

    Returns:
        X (B, T) tokens in prefix order, T = 2 * max(leaves) - 1, padded with 0 on the right; ALPHABET names the tokens.
        y (B,): the value, 0 to 9. The mask is False at padding, for `postfix` as for X. Baseline, accuracy of always
        naming the value that is likeliest for so many leaves: the mean of max(expression_values(leaves)).

    Raises:
        ValueError: leaves holds something else than whole numbers of 1 or more, or nothing.
    """
    leaves = expect_counts("leaves", leaves)
    rng = np.random.default_rng(rng)
    lengths = 2 * leaves[:, None] - 1
    mask = np.arange(lengths.max()) < lengths
    operator = np.zeros(mask.shape, bool)
    counts = np.unique(leaves)
    for count in counts:
        rows = leaves == count
        operator[rows, : 2 * count - 1] = _shapes(rng, int(rows.sum()), int(count))
    tokens = np.where(operator, rng.integers(11, 14, mask.shape), rng.integers(1, 11, mask.shape)) * mask
    X = tokens.astype(np.int32)
    y, size = _evaluate(X)
    B, T = X.shape
    t = np.arange(T)
    # A node lies as deep as there are nodes that began before it and have not come to their end. (Padding: none.)
    ends = np.arange(B)[:, None] * (T + 1) + t + size
    ended = np.bincount(ends.ravel(), minlength=B * (T + 1)).reshape(B, T + 1).cumsum(axis=1, dtype=np.int32)
    level = t.astype(np.int32) - ended[:, :T]
    # Behind a node's own subtree come, of all that began before it, only the operators above it.
    postfix = np.empty_like(X)
    np.put_along_axis(postfix, t + size - 1 - level, X, axis=1)
    likeliest = np.array([expression_values(int(count)).max() for count in counts])
    return Expressions(
        X=X,
        y=y,
        mask=mask,
        postfix=postfix,
        leaves=leaves.astype(np.int32),
        depth=level.max(axis=1),
        baseline=float(likeliest[np.searchsorted(counts, leaves)].mean()),
        baseline_name="the likeliest value",
    )


def expression_values(leaves: int) -> np.ndarray:
    """Return (10,), how likely each value of an expression with so many leaves is.

    Worked out from the halves: their shapes in Catalan's numbers, their values by counting all 100 pairs.

    Raises:
        ValueError: leaves is no whole number of 1 or more.
    """
    expect_sizes(leaves=leaves)
    shapes, values = [0, 1], [np.zeros(10), np.full(10, 0.1)]
    left, right = np.indices((10, 10))
    results = [(left + right) % 10, (left - right) % 10, (left * right) % 10]
    for count in range(2, leaves + 1):
        splits = [(k, shapes[k] * shapes[count - k]) for k in range(1, count)]
        shapes.append(sum(ways for _, ways in splits))
        pairs = sum(ways / shapes[count] * np.outer(values[k], values[count - k]) for k, ways in splits)
        values.append(sum(np.bincount(result.ravel(), pairs.ravel(), 10) for result in results) / 3)
    return values[leaves]


def _shapes(rng: np.random.Generator, B: int, leaves: int) -> np.ndarray:
    """Return (B, 2 * leaves - 1) bool: where the operators stand in the prefix order of random binary trees.

    Of all rotations of a row with one digit more than operators exactly one is a tree: the one that begins behind the
    first place where digits lead by most (the cycle lemma, Dvoretzky and Motzkin 1947). So every shape is
    equally likely.
    """
    T = 2 * leaves - 1
    operator = np.tile(np.arange(T) < leaves - 1, (B, 1))
    operator = rng.permuted(operator, axis=1)
    lowest = np.where(operator, 1, -1).cumsum(axis=1).argmin(axis=1)
    return np.take_along_axis(operator, (lowest[:, None] + 1 + np.arange(T)) % T, axis=1)


def _evaluate(prefix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (B,) of expressions in prefix order, and how many tokens each token's subtree has, (B, T)."""
    B, T = prefix.shape
    rows, size, value = np.arange(B), np.ones((B, T + 1), np.int32), np.zeros((B, T + 1), np.int32)
    value[:, :T] = prefix - 1
    for t in reversed(range(T)):
        operator = prefix[:, t] > 10
        left = value[:, min(t + 1, T)]
        other = np.minimum(t + 1 + size[:, t + 1], T)  # where the right operand begins; no matter at a digit
        right = value[rows, other]
        results = np.stack([left + right, left - right, left * right]) % 10
        value[operator, t] = results[prefix[operator, t] - 11, operator.nonzero()[0]]
        size[operator, t] += (size[:, t + 1] + size[rows, other])[operator]
    return value[:, 0].copy(), size[:, :T]


def reversal(rng: Seed, B: int, shortest: int, longest: int) -> Task:
    """Write a string of digits backwards (after Grefenstette et al. 2015).

    Args:
        rng: a generator or a seed.
        B: how many strings.
        shortest: digits of the shortest string; every length up to `longest` is equally likely.
        longest: digits of the longest; T.

    Returns:
        X (B, T) tokens, digit d as d + 1, padded with 0 on the right, as in ALPHABET; y (B, T): the digits backwards,
        padded alike; the mask is False at padding. Baseline, accuracy per digit: 1 / 10; of a whole string
        of n digits: 10 ** -n.

    Raises:
        ValueError: a size is no whole number of 1 or more, or the longest is shorter than the shortest.
    """
    expect_sizes(B=B, shortest=shortest, longest=longest)
    if longest < shortest:
        raise ValueError(f"longest is {longest}; expected shortest = {shortest} or more.")
    rng, t = np.random.default_rng(rng), np.arange(longest)
    lengths = rng.integers(shortest, longest + 1, (B, 1))
    mask = t < lengths
    X = rng.integers(1, 11, (B, longest), dtype=np.int32) * mask
    y = np.take_along_axis(X, np.where(mask, lengths - 1 - t, t), axis=1)
    return Task(X=X, y=y, mask=mask, baseline=1 / 10, baseline_name="chance")


def tags(rng: Seed, B: int, T: int, symbols: int = 10, ambiguous: int = 5) -> Task:
    """Tag every word, where only the next word tells the tag of some.

    A word that is not ambiguous has its own parity as its tag. An ambiguous one takes the parity of the word behind it.

    Returns:
        X (B, T) tokens 0 to symbols - 1, all equally likely, the last `ambiguous` of them ambiguous; y (B, T): the tag,
        0 or 1; the mask is False at the last step, which has no next. Baseline, accuracy:
        1 - ambiguous / symbols / 2. It is the Bayes ceiling of whoever reads from left to right: an ambiguous word's tag
        is then a coin.

    Raises:
        ValueError: a size is no whole number of 1 or more (T: 2), there are more ambiguous words than words, or
            `symbols` is odd.
    """
    expect_sizes(B=B, symbols=symbols)
    expect_sizes(2, T=T)
    expect_sizes(0, ambiguous=ambiguous)
    if symbols % 2 or ambiguous > symbols:
        raise ValueError(
            f"symbols is {symbols} and ambiguous {ambiguous}; expected an even number of symbols, so that both tags are "
            "equally likely, and no more ambiguous ones."
        )
    X = np.random.default_rng(rng).integers(0, symbols, (B, T), dtype=np.int32)
    y = X % 2
    told_by_next = X[:, :-1] >= symbols - ambiguous
    y[:, :-1] = np.where(told_by_next, y[:, 1:], y[:, :-1])
    mask = np.broadcast_to(np.arange(T) < T - 1, (B, T)).copy()
    baseline = 1 - ambiguous / symbols / 2
    return Task(X=X, y=y, mask=mask, baseline=baseline, baseline_name="best from left to right")

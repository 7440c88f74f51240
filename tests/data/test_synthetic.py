"""The made-up tasks: each against its definition in loops, each baseline against somebody who plays that strategy."""

import dataclasses
import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.data import synthetic
from unrolled.data.synthetic import ALPHABET

MANY = 20_000
TASKS = {
    "recall": lambda rng: synthetic.recall(rng, 50, 12, delay=9, symbols=5),
    "echo": lambda rng: synthetic.echo(rng, 50, 12, delay=4),
    "latch": lambda rng: synthetic.latch(rng, 50, 12),
    "temporal_order": lambda rng: synthetic.temporal_order(rng, 50, 40),
    "adding": lambda rng: synthetic.adding(rng, 50, 12),
    "copying": lambda rng: synthetic.copying(rng, 50, length=5, blanks=7),
    "key_value": lambda rng: synthetic.key_value(rng, 50, pairs=4),
    "parity": lambda rng: synthetic.parity(rng, 50, 12),
    "expressions": lambda rng: synthetic.expressions(rng, np.arange(1, 51) % 9 + 1),
    "reversal": lambda rng: synthetic.reversal(rng, 50, 3, 8),
    "tags": lambda rng: synthetic.tags(rng, 50, 12),
    "throws": lambda rng: synthetic.throws(rng, 50, 4),
    "lorenz": lambda rng: synthetic.lorenz(rng, 3, 20),
    "mackey_glass": lambda rng: synthetic.mackey_glass(rng, 3, 20),
}


def arrays(made):
    if isinstance(made, np.ndarray):
        return [made]
    return [value for value in vars(made).values() if isinstance(value, np.ndarray)]


def close_to(share, p, n):
    """Whether a share counted in n independent cases lies within 5 standard errors of p."""
    return abs(share - p) <= 5 * np.sqrt(p * (1 - p) / n) + 1e-12


@pytest.mark.parametrize("name", TASKS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name):
    first, again, other = (arrays(TASKS[name](seed)) for seed in (3, 3, 4))
    assert [a.tobytes() for a in first] == [a.tobytes() for a in again]
    assert first[0].tobytes() != other[0].tobytes()
    given_a_generator = arrays(TASKS[name](np.random.default_rng(3)))
    assert [a.tobytes() for a in first] == [a.tobytes() for a in given_a_generator]


@pytest.mark.parametrize("name", TASKS)
def test_arrays_are_float32_int32_or_bool_and_contiguous(name):
    made = arrays(TASKS[name](0))
    assert {str(a.dtype) for a in made} <= {"float32", "int32", "bool"}
    assert made[0].ndim == (3 if made[0].dtype == np.float32 else 2)


@pytest.mark.parametrize("name", TASKS)
def test_nothing_touches_numpys_global_state(name):
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    TASKS[name](0)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


B, T = 10_000, 100
LARGE = {
    "recall": lambda: synthetic.recall(0, B, T, 50),
    "echo": lambda: synthetic.echo(0, B, T, 5),
    "latch": lambda: synthetic.latch(0, B, T),
    "temporal_order": lambda: synthetic.temporal_order(0, B, T),
    "adding": lambda: synthetic.adding(0, B, T),
    "copying": lambda: synthetic.copying(0, B, 10, 79),
    "key_value": lambda: synthetic.key_value(0, B, 50, 64),
    "parity": lambda: synthetic.parity(0, B, T),
    "anbn": lambda: synthetic.anbn(np.random.default_rng(0).integers(1, 50, B)),
    "expressions": lambda: synthetic.expressions(0, np.full(B, 50)),
    "reversal": lambda: synthetic.reversal(0, B, 50, T),
    "tags": lambda: synthetic.tags(0, B, T),
    "throws": lambda: synthetic.throws(0, B, T),
}


@pytest.mark.parametrize("name", LARGE)
def test_ten_thousand_samples_of_a_hundred_steps_take_less_than_half_a_second(name):
    began = time.process_time()
    LARGE[name]()
    assert time.process_time() - began < 0.5


# --- memory


@given(st.integers(1, 30).flatmap(lambda T: st.tuples(st.just(T), st.integers(0, T - 1))), st.integers(0, 99))
def test_recall_shows_one_symbol_and_asks_for_it(sizes, seed):
    T, delay = sizes
    task = synthetic.recall(seed, 7, T, delay, symbols=3)
    for row, y in zip(task.X, task.y, strict=True):
        assert [(t, s) for t, s in enumerate(row) if s != 3] == [(T - 1 - delay, y)]
        assert 0 <= y < 3


@given(st.integers(1, 30).flatmap(lambda T: st.tuples(st.just(T), st.integers(0, T - 1))), st.integers(0, 99))
def test_echo_is_the_input_shifted(sizes, seed):
    T, delay = sizes
    task = synthetic.echo(seed, 3, T, delay)
    for b, t in itertools.product(range(3), range(T)):
        assert task.mask[b, t] == (t >= delay)
        if t >= delay:
            assert task.y[b, t] == task.X[b, t - delay, 0]
    assert set(task.X.ravel()) <= {0, 1}


def test_latch_is_a_sign_and_then_noise():
    task = synthetic.latch(0, MANY, 6, noise=0.3)
    assert (task.X[:, 0, 0] == np.where(task.y == 1, 1, -1)).all()
    noise = task.X[:, 1:].ravel()
    assert abs(noise.mean()) < 5 * 0.3 / np.sqrt(noise.size)
    assert abs(noise.std() - 0.3) < 5 * 0.3 / np.sqrt(2 * noise.size)
    last = np.corrcoef(task.X[:, -1, 0], task.y)[0, 1]
    assert abs(last) < 5 / np.sqrt(MANY)
    assert close_to(task.y.mean(), task.baseline, MANY)


@pytest.mark.parametrize("T", [10, 33, 100])
def test_temporal_order_marks_two_places_and_names_their_order(T):
    task = synthetic.temporal_order(0, 2000, T)
    for row, y in zip(task.X, task.y, strict=True):
        (i, j) = (t for t, s in enumerate(row) if s >= 4)
        assert T // 10 <= i < 2 * T // 10
        assert 5 * T // 10 <= j < 6 * T // 10
        assert y == {(4, 4): 0, (4, 5): 1, (5, 4): 2, (5, 5): 3}[row[i], row[j]]
    assert set(task.X.ravel()) == set(range(6))
    assert all(close_to((task.y == k).mean(), task.baseline, 2000) for k in range(4))


@pytest.mark.parametrize("T", [2, 7, 50])
def test_adding_marks_one_number_of_each_half(T):
    task = synthetic.adding(0, 500, T)
    assert task.y.shape == (500, 1)
    for row, y in zip(task.X, task.y, strict=True):
        i, j = (t for t in range(T) if row[t, 1] == 1)
        assert i < T // 2 <= j
        assert row[:, 1].sum() == 2
        assert y == row[i, 0] + row[j, 0]
    assert task.X.min() >= 0
    assert task.X.max() <= 1


def test_always_saying_one_has_the_error_that_adding_states():
    task = synthetic.adding(0, MANY, 10)
    squared = (task.y - 1) ** 2
    # The variance of the squared error: E[u^4] = 1/15 for the sum of two, less (1/6)^2.
    assert abs(squared.mean() - 1 / 6) < 5 * np.sqrt((1 / 15 - 1 / 36) / MANY)
    assert task.baseline == pytest.approx(0.1667, abs=1e-4)


@pytest.mark.parametrize(("length", "blanks"), [(1, 0), (3, 5), (10, 20)])
def test_copying_asks_for_the_string_at_the_end(length, blanks):
    task = synthetic.copying(0, 100, length, blanks, symbols=4)
    blank, delimiter = 4, 5
    for x, y in zip(task.X, task.y, strict=True):
        string = list(x[:length])
        assert max(string) < 4
        assert list(x) == string + [blank] * blanks + [delimiter] + [blank] * length
        assert list(y) == [blank] * (length + blanks + 1) + string


def test_knowing_when_to_copy_but_not_what_costs_what_copying_states():
    task = synthetic.copying(0, 2000, length=10, blanks=19, symbols=8)
    p = np.zeros((40, 10))
    p[:30, 8], p[30:, :8] = 1, 1 / 8
    nats = -np.log(p[np.arange(40), task.y]).mean()
    assert task.baseline == pytest.approx(nats) == pytest.approx(10 * np.log(8) / 40)


def test_key_value_asks_for_a_pair_that_was_shown():
    task = synthetic.key_value(0, MANY, pairs=6, keys=9, values=5)
    shown, asked = np.zeros(MANY, int), []
    for b, row in enumerate(task.X):
        pairs = dict(zip(row[0:-1:2].tolist(), row[1::2].tolist(), strict=True))
        assert len(pairs) == 6  # the keys differ
        assert max(pairs) < 9 <= min(pairs.values())
        assert max(pairs.values()) < 14
        assert pairs[row[-1]] == task.y[b] + 9
        shown[b] = row[1] - 9  # of those who name a value shown: the first
        asked.append(list(pairs).index(row[-1]))
    assert close_to((shown == task.y).mean(), task.baseline, MANY)
    assert task.baseline == pytest.approx(1 / 6 + 5 / 6 / 5)
    assert all(close_to(np.mean(np.array(asked) == k), 1 / 6, MANY) for k in range(6))


# --- structure


def test_parity_against_a_loop():
    task = synthetic.parity(0, 30, 20)
    for bits, y in zip(task.X[..., 0], task.y, strict=True):
        odd = 0
        for bit, parity in zip(bits, y, strict=True):
            odd = 1 - odd if bit else odd
            assert parity == odd


@given(st.integers(0, 99), st.integers(0, 14))
def test_one_bit_flips_every_parity_from_there_on(seed, place):
    task = synthetic.parity(seed, 1, 15)
    bits = task.X[0, :, 0].astype(int)
    bits[place] ^= 1
    flipped = np.cumsum(bits) % 2
    assert (flipped[:place] == task.y[0, :place]).all()
    assert (flipped[place:] != task.y[0, place:]).all()


def test_parity_is_even_odds_for_one_who_misses_a_bit():
    task = synthetic.parity(0, MANY, 8)
    seen = task.X[:, 1:, 0].sum(axis=1) % 2
    assert close_to((seen == task.y[:, -1]).mean(), task.baseline, MANY)


def test_anbn_against_strings():
    n = np.array([1, 4, 2])
    task = synthetic.anbn(n)
    for b, count in enumerate(n):
        text = "#" + "a" * count + "b" * count + "#"
        length = len(text) - 1
        assert "".join("_ab#"[i] for i in task.X[b]) == text[:-1].ljust(9, "_")
        assert "".join("_ab#"[i] for i in task.y[b]) == text[1:].ljust(9, "_")
        assert list(task.mask[b]) == [t < length for t in range(9)]
        assert list(task.certain[b]) == [t < length and text[t] != "a" for t in range(9)]


def test_certain_is_where_all_strings_that_begin_alike_go_on_alike():
    task = synthetic.anbn(np.arange(1, 13))
    nexts = {}
    for x, y, mask in zip(task.X, task.y, task.mask, strict=True):
        for t in range(mask.sum()):
            nexts.setdefault(tuple(x[: t + 1]), set()).add(y[t])
    for x, mask, certain in zip(task.X, task.mask, task.certain, strict=True):
        for t in range(mask.sum()):
            a_is_last_possible = x[:13].tolist() == [3] + 12 * [1] and t == 12  # no longer string is in the set
            assert certain[t] == (len(nexts[tuple(x[: t + 1])]) == 1) or a_is_last_possible


def test_b_after_every_b_is_wrong_once_a_string():
    task = synthetic.anbn(np.array([1, 5, 30, 7]))
    says = np.where(task.X == 3, 1, 2)
    right = (says == task.y)[task.certain]
    assert right.mean() == pytest.approx(task.baseline)
    assert (~right).sum() == 4


def infix(prefix):
    """Return (text, the rest, depth, how many digits) of the expression at the beginning of `prefix`."""
    symbol, rest = ALPHABET[prefix[0]], prefix[1:]
    if symbol.isdigit():
        return symbol, rest, 0, 1
    left, rest, deep, m = infix(rest)
    right, rest, deeper, n = infix(rest)
    return f"({left}{symbol}{right})", rest, 1 + max(deep, deeper), m + n


def run_postfix(tokens):
    stack = []
    for token in tokens:
        symbol = ALPHABET[token]
        if symbol.isdigit():
            stack.append(symbol)
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(f"({left}{symbol}{right})")
    (text,) = stack
    return text


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 999), st.lists(st.integers(1, 20), min_size=1, max_size=30))
def test_expressions_have_the_value_that_python_gives(seed, leaves):
    task = synthetic.expressions(seed, np.array(leaves))
    assert task.X.shape == task.postfix.shape == task.mask.shape == (len(leaves), 2 * max(leaves) - 1)
    for b, count in enumerate(leaves):
        assert task.mask[b].tolist() == [t < 2 * count - 1 for t in range(task.X.shape[1])]
        assert not task.X[b][~task.mask[b]].any()
        assert not task.postfix[b][~task.mask[b]].any()
        text, rest, depth, digits = infix(task.X[b][task.mask[b]].tolist())
        assert (rest, digits, depth) == ([], count, task.depth[b])
        assert eval(text) % 10 == task.y[b]
        assert run_postfix(task.postfix[b][task.mask[b]]) == text


def test_every_shape_of_a_tree_is_equally_likely():
    task = synthetic.expressions(0, np.full(MANY, 5))
    shapes, counts = np.unique(task.X > 10, axis=0, return_counts=True)
    assert len(shapes) == 14  # Catalan's number for 5 leaves
    assert all(close_to(count / MANY, 1 / 14, MANY) for count in counts)


@pytest.mark.parametrize("leaves", [1, 2, 7])
def test_values_of_expressions_are_as_likely_as_worked_out(leaves):
    task = synthetic.expressions(1, np.full(MANY, leaves))
    p = synthetic.expression_values(leaves)
    assert p.sum() == pytest.approx(1)
    assert all(close_to((task.y == value).mean(), p[value], MANY) for value in range(10))
    assert task.baseline == pytest.approx(p.max())


def test_values_of_two_digits_against_all_three_hundred():
    values = [eval(f"{i}{op}{j}") % 10 for i in range(10) for j in range(10) for op in "+-*"]
    np.testing.assert_allclose(synthetic.expression_values(2), np.bincount(values) / 300)


def shapes(leaves):
    """Every binary tree with so many leaves; a leaf is None."""
    if leaves == 1:
        return [None]
    return [pair for k in range(1, leaves) for pair in itertools.product(shapes(k), shapes(leaves - k))]


def spread(tree):
    """How likely each value of a tree of this shape is, by all digits and operators."""
    if tree is None:
        return np.full(10, 0.1)
    p = np.zeros(10)
    for (i, left), (j, right) in itertools.product(enumerate(spread(tree[0])), enumerate(spread(tree[1]))):
        for value in (i + j, i - j, i * j):
            p[value % 10] += left * right / 3
    return p


def test_values_of_four_digits_against_all_shapes():
    assert len(shapes(4)) == 5
    np.testing.assert_allclose(synthetic.expression_values(4), np.mean([spread(tree) for tree in shapes(4)], axis=0))


def test_the_baseline_of_mixed_lengths_is_the_mean_over_them():
    task = synthetic.expressions(0, np.array([1, 1, 2]))
    assert task.baseline == pytest.approx((0.1 + 0.1 + synthetic.expression_values(2).max()) / 3)


@given(st.integers(0, 99), st.integers(1, 9), st.integers(0, 9))
def test_reversal_twice_is_where_one_began(seed, shortest, more):
    task = synthetic.reversal(seed, 20, shortest, shortest + more)
    for x, y, mask in zip(task.X, task.y, task.mask, strict=True):
        n = mask.sum()
        assert shortest <= n <= shortest + more
        digits = "".join(ALPHABET[i] for i in x[:n])
        assert digits.isdigit()
        assert "".join(ALPHABET[i] for i in y[:n]) == digits[::-1]
        assert not x[n:].any()
        assert not y[n:].any()
        assert list(mask) == [t < n for t in range(len(mask))]


def test_a_guessed_digit_is_right_as_often_as_reversal_states():
    task = synthetic.reversal(0, MANY, 2, 4)
    assert close_to((task.y[task.mask] == 5).mean(), task.baseline, task.mask.sum())
    assert {2, 3, 4} == set(task.mask.sum(axis=1))


@pytest.mark.parametrize("ambiguous", [0, 3, 10])
def test_tags_against_a_loop_and_the_ceiling_of_one_direction(ambiguous):
    task = synthetic.tags(0, 2000, 12, symbols=10, ambiguous=ambiguous)
    for x, y in zip(task.X.tolist(), task.y.tolist(), strict=True):
        for t in range(11):
            assert y[t] == (x[t + 1] % 2 if x[t] >= 10 - ambiguous else x[t] % 2)
    assert not task.mask[:, -1].any()
    assert task.mask[:, :-1].all()
    # The best guess of a tag from all words so far, which are independent, is the best guess from this one.
    x, y = task.X[task.mask], task.y[task.mask]
    best = np.array([np.bincount(y[x == word]).argmax() for word in range(10)])
    n = task.mask.sum()
    # Guesses fitted to the cases they are judged on gain a little: half a standard error a word, at most.
    gain = 5 * np.sqrt(10 / n)
    assert task.baseline == 1 - ambiguous / 20
    assert abs((best[x] == y).mean() - task.baseline) < gain


# --- dynamics


def test_throws_are_those_of_lesson_01():
    n, frames, rng, noise = 100, 4, np.random.default_rng(5), 0.002
    t = np.arange(frames)[None, :, None]
    start, speed, pull = (rng.uniform(-s, s, (n, 1, 2)) for s in (1.0, 0.1, 0.02))
    seen = start + speed * t + pull * t**2 / 2 + rng.normal(0, noise, (n, frames, 2))
    task = synthetic.throws(5, 100, 3)
    np.testing.assert_allclose(task.X, seen[:, :3], atol=1e-6)
    np.testing.assert_allclose(task.y, seen[:, 3], atol=1e-6)


def test_three_frames_without_noise_tell_the_fourth():
    task = synthetic.throws(0, 50, 3, noise=0)
    x1, x2, x3 = task.X.transpose(1, 0, 2)
    np.testing.assert_allclose(3 * x3 - 3 * x2 + x1, task.y, atol=2e-6)


@pytest.mark.parametrize("T", [1, 3, 30])
def test_persistence_has_the_error_that_throws_state(T):
    task = synthetic.throws(0, MANY, T, noise=0)
    error = np.abs(task.y - task.X[:, -1])
    assert abs(error.mean() - task.baseline) < 5 * error.std() / np.sqrt(error.size)


def test_lorenz_stays_at_its_fixed_points():
    c = np.sqrt(8 / 3 * 27)
    fixed = np.array([[0, 0, 0], [c, c, 27], [-c, -c, 27]]).T
    np.testing.assert_allclose(synthetic.lorenz_slope(fixed), 0, atol=1e-12)
    states = synthetic.rk4(synthetic.lorenz_slope, fixed, 100, 0.01)
    np.testing.assert_allclose(states, np.broadcast_to(fixed, states.shape), atol=1e-9)


def test_runge_kutta_is_of_order_four():
    start, end = np.array([1.0, 2.0, 20.0]), 0.5
    last = {n: synthetic.rk4(synthetic.lorenz_slope, start, n + 1, end / n)[-1] for n in (50, 100, 200, 3200)}
    errors = [np.linalg.norm(last[n] - last[3200]) for n in (50, 100, 200)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.abs(orders - 4).max() < 0.1, orders


def test_runge_kutta_gives_the_exponential():
    states = synthetic.rk4(lambda x: -x, np.array([1.0]), 11, 0.1)
    np.testing.assert_allclose(states[:, 0], np.exp(-np.arange(11) / 10), atol=1e-6)


def test_lorenz_is_the_known_attractor():
    X = synthetic.lorenz(0, 200, 1000)
    assert X.shape == (200, 1000, 3)
    x, y, z = X.transpose(2, 0, 1)
    # 200 independent trajectories of 20 units; the mean of z over one varies by about 0.5 (23.55: Sparrow 1982).
    assert abs(z.mean() - 23.55) < 5 * z.mean(axis=1).std() / np.sqrt(200)
    assert abs(x.mean()) < 5 * x.mean(axis=1).std() / np.sqrt(200)
    assert np.abs(x).max() < 20
    assert 0 < z.min() < z.max() < 50
    assert ((x.min(axis=1) < -5) & (x.max(axis=1) > 5)).mean() > 0.95  # both wings


def test_each_step_of_lorenz_is_one_of_the_method():
    X = synthetic.lorenz(0, 4, 50, dt=0.01)
    for t in (0, 20, 48):
        ahead = synthetic.rk4(synthetic.lorenz_slope, X[:, t].T, 2, 0.01)[1].T
        np.testing.assert_allclose(ahead, X[:, t + 1], atol=1e-4)


def test_nearby_states_part_at_the_stated_rate():
    state = synthetic.lorenz(0, 300, 1).transpose(2, 1, 0)[:, 0].astype(float)
    near, size, dt = state.copy(), 1e-7, 0.01
    near[0] += size
    logs = []
    for _ in range(40):  # units of time; after each, the neighbour is put back to its first distance
        both = synthetic.rk4(synthetic.lorenz_slope, np.stack([state, near], axis=1), 101, dt)[-1]
        state, apart = both[:, 0], both[:, 1] - both[:, 0]
        distance = np.linalg.norm(apart, axis=0)
        logs.append(np.log(distance / size))
        near = state + apart * (size / distance)
    rates = np.mean(logs[5:], axis=0)  # the first units turn the difference into the direction that grows
    assert abs(rates.mean() - synthetic.LORENZ_LYAPUNOV) < 5 * rates.std() / np.sqrt(300) + 0.003


def test_mackey_glass_stays_where_growth_and_decay_are_equal():
    np.testing.assert_allclose(
        synthetic.mackey_glass_from(np.array([1.0, 0.0]), 200), [[1] * 200, [0] * 200], atol=1e-12
    )


@pytest.mark.parametrize("tau", [1, 17])
def test_mackey_glass_against_a_loop(tau):
    """Euler's method with small steps, one number at a time: it errs by about its step."""
    per_unit = 1000
    x = [0.6] * (tau * per_unit + 1)
    for _ in range(40 * per_unit):
        delayed = x[-1 - tau * per_unit]
        x.append(x[-1] + (0.2 * delayed / (1 + delayed**10) - 0.1 * x[-1]) / per_unit)
    ours = synthetic.mackey_glass_from(np.array([0.6]), 41, tau)[0]
    np.testing.assert_allclose(ours, x[tau * per_unit :: per_unit], atol=1e-3)


def test_mackey_glass_is_of_order_four():
    past = np.array([0.5, 0.9, 1.4])
    runs = {steps: synthetic.mackey_glass_from(past, 52, steps=steps) for steps in (1, 2, 4, 32)}
    errors = [np.abs(runs[steps] - runs[32]).max() for steps in (1, 2, 4)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.abs(orders - 4).max() < 0.1, orders
    assert errors[-1] < 1e-6


def test_mackey_glass_is_settled_and_never_the_same():
    X = synthetic.mackey_glass(0, 50, 500)
    assert X.shape == (50, 500, 1)
    assert 0.4 < X.min() < 0.5  # before it has settled it dips to 0.3
    assert 1.2 < X.max() < 1.4
    early, late = X[:, :250], X[:, 250:]
    assert abs(early.std() - late.std()) < 0.02
    assert np.abs(np.diff(X[:, :, 0], axis=0)).max(axis=1).min() > 0.01


def test_nearby_pasts_part_at_the_stated_rate():
    past = np.random.default_rng(0).uniform(0.5, 1.5, 300)
    x, near = (synthetic.mackey_glass_from(past + more, 2500) for more in (0, 1e-12))
    distance = np.abs(near - x).reshape(300, 50, 50).max(axis=2)[:, 10:]  # the largest of 50 units, after 500
    t = np.arange(40) * 50
    rates = np.polyfit(t, np.log(distance).T, 1)[0]
    assert abs(rates.mean() - synthetic.MACKEY_GLASS_LYAPUNOV) < 5 * rates.std() / np.sqrt(300) + 5e-5


# --- wrong sizes

REFUSED = [
    (lambda: synthetic.recall(0, 4, 10, 10), "delay is 10, but a sequence has T = 10 steps"),
    (lambda: synthetic.echo(0, 4, 10, 11), "delay is 11"),
    (lambda: synthetic.echo(0, 4, 10, -1), "delay is -1; expected a whole number, 0 or more"),
    (lambda: synthetic.parity(0, 4, 2.5), "T is 2.5; expected a whole number, 1 or more"),
    (lambda: synthetic.latch(0, 4, 10, noise=-1), "noise is -1"),
    (lambda: synthetic.throws(0, 4, 3, noise=float("nan")), "noise is nan"),
    (lambda: synthetic.temporal_order(0, 4, 9), "T is 9; expected a whole number, 10 or more"),
    (lambda: synthetic.adding(0, 4, 1), "T is 1; expected a whole number, 2 or more"),
    (lambda: synthetic.copying(0, 4, 3, -1), "blanks is -1"),
    (lambda: synthetic.key_value(0, 4, 9, keys=8), "pairs is 9, but there are 8 keys"),
    (lambda: synthetic.anbn(np.array([3, 0])), "the smallest of n is 0; expected 1 or more"),
    (lambda: synthetic.anbn([]), r"n has shape \(0,\) and dtype float64; expected \(B,\) and whole numbers"),
    (lambda: synthetic.expressions(0, 4), r"leaves has shape \(\) and dtype int64; expected \(B,\)"),
    (lambda: synthetic.expression_values(0), "leaves is 0"),
    (lambda: synthetic.reversal(0, 4, 5, 4), "longest is 4; expected shortest = 5 or more"),
    (lambda: synthetic.tags(0, 4, 5, symbols=9), "symbols is 9 and ambiguous 5; expected an even number"),
    (lambda: synthetic.tags(0, 4, 5, symbols=4, ambiguous=6), "ambiguous 6"),
    (lambda: synthetic.lorenz(0, 4, 5, dt=0.1), "dt is 0.1; expected a number above 0, at most 0.05"),
    (lambda: synthetic.mackey_glass(0, 4, 5, tau=0), "tau is 0"),
    (lambda: synthetic.mackey_glass_from(np.ones((2, 2)), 5), r"past has shape \(2, 2\)"),
]


@pytest.mark.parametrize(("wrong", "sentence"), REFUSED, ids=[sentence[:30] for _, sentence in REFUSED])
def test_a_wrong_size_is_one_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_task_cannot_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        synthetic.parity(0, 2, 3).y = None

"""Checks of lab 07: a tree net with nodes of one and of two children, by recursion, in post-fix batches, and backwards."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from unrolled.checks.compare import Mistake, as_array, compare
from unrolled.checks.framework import Call, Lab, Verdict

LAB = Lab("07", {1: "to_postfix", 2: "encode", 3: "batch_postfix", 4: "symbol_gradient"})
check = LAB.notebook_check

Conversation = Generator[Call | Verdict, Any, None]
Params = dict[str, np.ndarray]
Tree = int | tuple
TOKEN = {"~": 11, "+": 12, "*": 13}


def example(rng: np.random.Generator, H: int = 4) -> Params:
    """Random weights, so large that every fault shows and so small that nothing saturates."""
    scale = 0.8 / np.sqrt(H)
    return {
        "E": rng.uniform(-0.9, 0.9, (11, H)),
        "N": rng.normal(0, 1.3 * scale, (H, H)),
        "n": rng.uniform(-0.4, 0.4, H),
        "L": rng.normal(0, scale, (2, H, H)),
        "R": rng.normal(0, scale, (2, H, H)),
        "b": rng.uniform(-0.4, 0.4, (2, H)),
    }


def grown(rng: np.random.Generator, leaves: int, negated: float = 0.3) -> Tree:
    """A random tree; each node is negated with this probability."""
    if leaves == 1:
        tree: Tree = int(rng.integers(10))
    else:
        k = int(rng.integers(1, leaves))
        tree = ("+*"[rng.integers(2)], grown(rng, k, negated), grown(rng, leaves - k, negated))
    return ("~", tree) if rng.random() < negated else tree


def postfix(tree: Tree) -> list[int]:
    """The right to_postfix."""
    if not isinstance(tree, tuple):
        return [tree + 1]
    operator, *below = tree
    return [token for child in below for token in postfix(child)] + [TOKEN[operator]]


def padded(trees: list[Tree], extra: int = 0) -> np.ndarray:
    """The trees' tokens (B, N), padded on the right with 0."""
    rows = [postfix(tree) for tree in trees]
    N = max(map(len, rows)) + extra
    return np.array([row + [0] * (N - len(row)) for row in rows])


def one(p: Params, child: np.ndarray) -> np.ndarray:
    """The state of a node with one child."""
    return np.tanh(child @ p["N"] + p["n"])


def two(p: Params, o: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The state of a node with two children; o is 0 for + and 1 for *."""
    return np.tanh(left @ p["L"][o] + right @ p["R"][o] + p["b"][o])


def state(
    tree: Tree, p: Params, *, one: Callable = one, two: Callable = two, leaf: Callable = lambda p, d: p["E"][d + 1]
) -> np.ndarray:
    """The right encode, and with other parts a wrong one."""
    if not isinstance(tree, tuple):
        return leaf(p, tree)
    operator, *below = tree
    children = [state(child, p, one=one, two=two, leaf=leaf) for child in below]
    return one(p, *children) if operator == "~" else two(p, TOKEN[operator] - 12, *children)


def gradient(
    tree: Tree,
    g: np.ndarray,
    p: Params,
    *,
    slope: Callable = lambda h: 1 - h**2,
    turned: Callable = np.transpose,
    halves: tuple[str, str] = ("L", "R"),
    add: bool = True,
    shift: int = 1,
    at_leaf: Callable = lambda h, g: g,
    unary: bool = True,
    childs: bool = False,
    kept: slice = slice(None),
) -> np.ndarray:
    """The right symbol_gradient, (11, H), and with other parts a wrong one."""
    dE = np.zeros_like(p["E"])

    def down(tree: Tree, g: np.ndarray) -> None:
        if not isinstance(tree, tuple):
            h = at_leaf(p["E"][tree + 1], g)
            dE[tree + shift] = h + (dE[tree + shift] if add else 0)
            return
        operator, *below = tree

        def dz(child: Tree) -> np.ndarray:
            return g * slope(state(child if childs else tree, p))

        if operator == "~":
            down(below[0], dz(below[0]) @ turned(p["N"]) if unary else g)
        else:
            o = TOKEN[operator] - 12
            for half, child in list(zip(halves, below, strict=True))[kept]:
                down(child, dz(child) @ turned(p[half][o]))

    down(tree, g)
    return dE


# Exercise 1: to_postfix(tree) -> list of token numbers


def _orders(tree: Tree, order: str, shift: int = 1, numbers: dict[str, int] = TOKEN) -> list[int]:
    if not isinstance(tree, tuple):
        return [tree + shift]
    operator, *below = tree
    parts = [_orders(child, order, shift, numbers) for child in below]
    own = [numbers[operator]]
    if order == "prefix":
        return own + sum(parts, [])
    if order == "infix":
        return [*parts[0], *own, *parts[1]] if len(parts) == 2 else own + parts[0]
    if order == "unary first" and len(parts) == 1:
        return own + parts[0]
    if order == "no unary" and len(parts) == 1:
        return parts[0]
    return sum(parts[::-1] if order == "right first" else parts, []) + own


def _compare_postfix(got: Any, tree: Tree) -> Verdict:
    want = postfix(tree)
    nested = [t if isinstance(t, int) else None for t in got] if isinstance(got, list | tuple) else []
    if None in nested and any(isinstance(t, list) for t in got):
        return Verdict(
            False, "The list holds lists. Join the children's lists into one flat list: [*left, *right, token]."
        )
    if isinstance(got, list | tuple) and any(isinstance(t, str) for t in got):
        return Verdict(
            False, "The list holds text. Return token numbers: digit d is d + 1, and TOKEN has the operators."
        )
    if isinstance(got, tuple):
        got = list(got)
    bare = {"~": 10, "+": 11, "*": 12}
    mistakes: list[Mistake] = [
        (_orders(tree, "prefix"), "This is prefix order: the operator stands in front. In post-fix order it comes behind its operands."),
        (_orders(tree, "infix"), "This is the order of a formula, operators between their operands. In post-fix order they come behind both."),
        (_orders(tree, "right first"), "The right operand comes first. Left first, then right, then the operator."),
        (want[::-1], "The whole order is reversed. The operators are right behind their operands, the left operand first."),
        (_orders(tree, "unary first"), "The ~ stands in front of its operand. It comes behind it, as the other operators do."),
        (_orders(tree, "no unary"), "The ~ is missing. It is a token of its own, behind its operand."),
        (_orders(tree, "post", shift=0), "Digits are one too low: digit d is token d + 1, for 0 is padding."),
        (_orders(tree, "post", shift=0, numbers=bare), "All tokens are one too low: digit d is d + 1, for 0 is padding."),
        ([t for t in want if t < 11], "The operators are missing. Each comes behind its operands."),
    ]  # fmt: skip
    return compare(got, np.array(want), name="the list of tokens", shape="(N,)", mistakes=mistakes)


def _each(compare_one: Callable, cases: list) -> Conversation:
    """Ask for every case in turn, and end at the first that is wrong."""
    verdict = Verdict(True)
    for request, *about in cases:
        got = yield request
        verdict = compare_one(got, *about)
        if not verdict.right:
            break
    yield verdict


@LAB.check(1, "a digit, a node of one child, and of two", points=0.5)
def small_postfix(rng: np.random.Generator) -> Conversation:
    trees: list[Tree] = [4, ("~", 3), ("+", 2, 5), ("*", ("~", 0), 9)]
    yield from _each(_compare_postfix, [(Call("to_postfix", tree), tree) for tree in trees])


@LAB.check(1, "nested trees", points=0.5)
def nested_postfix(rng: np.random.Generator) -> Conversation:
    trees: list[Tree] = [("*", ("+", 3, 7), ("~", ("*", 1, 9))), *(grown(rng, n) for n in (5, 9))]
    yield from _each(_compare_postfix, [(Call("to_postfix", tree), tree) for tree in trees])


@LAB.check(1, "larger trees", points=1, hidden=True)
def large_postfix(rng: np.random.Generator) -> Conversation:
    trees: list[Tree] = [0, ("~", ("~", 9)), *(grown(rng, n) for n in (2, 3, 7, 12))]
    yield from _each(_compare_postfix, [(Call("to_postfix", tree), tree) for tree in trees])


# Exercise 2: encode(tree, params) -> (H,)

_SWAPPED = "The children have changed places: the left state goes through L, the right one through R."
_ONE_MATRIX = "Both children go through the same matrix. Then 1 + 2 and 2 + 1 are one state; give each side its own."


def _wrong_states() -> list[tuple[dict[str, Callable], str]]:
    """The parts that make encode wrong, each with its hint."""

    def with_two(z: Callable) -> dict[str, Callable]:
        return {"two": lambda p, o, left, right: np.tanh(z(p, o, left, right))}

    def z(p: Params, o: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return left @ p["L"][o] + right @ p["R"][o] + p["b"][o]

    return [
        (with_two(lambda p, o, left, right: z(p, o, right, left)), _SWAPPED),
        (with_two(lambda p, o, left, right: (left + right) @ p["L"][o] + p["b"][o]), _ONE_MATRIX),
        (with_two(lambda p, o, left, right: (left + right) @ p["R"][o] + p["b"][o]), _ONE_MATRIX),
        (with_two(lambda p, o, left, right: z(p, 1 - o, left, right)), "+ and * have changed places: + is number 0 and * number 1."),
        (with_two(lambda p, o, left, right: z(p, 0, left, right)), "Every operator uses the weights of +. The operator chooses: 0 for +, 1 for *."),
        (with_two(lambda p, o, left, right: z(p, o, left, right) - p["b"][o]), "The bias b of the operator is missing."),
        (with_two(lambda p, o, left, right: p["L"][o] @ left + p["R"][o] @ right + p["b"][o]), "L and R are on the wrong side. States are rows: left @ L."),
        (with_two(lambda p, o, left, right: left @ p["L"][o] + p["b"][o]), "The right child is missing."),
        (with_two(lambda p, o, left, right: right @ p["R"][o] + p["b"][o]), "The left child is missing."),
        ({"two": z}, "A node of two children lacks its tanh."),
        ({"one": lambda p, c: c @ p["N"] + p["n"]}, "A node of one child, ~, lacks its tanh."),
        ({"one": lambda p, c: np.tanh(c @ p["N"])}, "The bias n of ~ is missing."),
        ({"one": lambda p, c: np.tanh(p["N"] @ c + p["n"])}, "N is on the wrong side. States are rows: child @ N."),
        ({"one": lambda p, c: -c}, "~ changes the sign. The net has to learn what ~ means: its state is tanh(child @ N + n)."),
        ({"one": lambda p, c: c}, "~ is skipped. Its state is tanh(child @ N + n)."),
        ({"leaf": lambda p, d: p["E"][d]}, "The rows of E are one too low: digit d has the token d + 1, and row d + 1."),
        ({"leaf": lambda p, d: np.tanh(p["E"][d + 1])}, "A leaf goes through tanh. In this net its state is the row of E as it stands."),
    ]  # fmt: skip


def _compare_state(got: Any, tree: Tree, p: Params) -> Verdict:
    mistakes: list[Mistake] = [(state(tree, p, **parts), hint) for parts, hint in _wrong_states()]
    if isinstance(tree, tuple):
        mistakes.append((state(tree, p)[None], "The state has one axis too many. Return (H,), one row of H numbers."))
    return compare(got, state(tree, p), name="the state", shape="(H,)", mistakes=mistakes)


def _encodings(rng: np.random.Generator, trees: list[Tree], H: int = 4) -> Conversation:
    p = example(rng, H)
    yield from _each(lambda got, tree: _compare_state(got, tree, p), [(Call("encode", t, p), t) for t in trees])


@LAB.check(2, "a digit and a node of one child", points=0.5)
def leaf_and_one(rng: np.random.Generator) -> Conversation:
    yield from _encodings(rng, [0, 6, ("~", 2), ("~", ("~", 9))])


@LAB.check(2, "nodes of two children: swapping siblings matters", points=1)
def siblings(rng: np.random.Generator) -> Conversation:
    a, b = ("~", 3), ("+", 7, 1)
    yield from _encodings(rng, [("+", 1, 2), ("+", 2, 1), ("*", a, b), ("*", b, a), grown(rng, 6)])


@LAB.check(2, "other sizes and larger trees", points=1.5, hidden=True)
def large_encode(rng: np.random.Generator) -> Conversation:
    for H in (1, 3, 7):
        asked = _encodings(rng, [int(rng.integers(10)), ("~", 5), *(grown(rng, n) for n in (2, 5, 11))], H)
        request = next(asked)
        while isinstance(request, Call):
            request = asked.send((yield request))
        if not request.right:
            break
    yield request


# Exercise 3: batch_postfix(tokens, params) -> (B, H)


def _operand_left(row: np.ndarray, p: Params) -> np.ndarray:
    """The top of the stack in the end, if ~ reads its operand without taking it off."""
    stack: list[np.ndarray] = []
    for token in row[row > 0]:
        if token < 11:
            stack.append(p["E"][token])
        elif token == 11:
            stack.append(one(p, stack[-1]))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(two(p, token - 12, left, right))
    return stack[-1]


def _compare_batch(got: Any, trees: list[Tree], p: Params) -> Verdict:
    want = np.stack([state(tree, p) for tree in trees])
    tokens = padded(trees)
    ends = (tokens > 0).sum(axis=1) - 1
    mistakes: list[Mistake] = [
        (np.stack([state(tree, p, **parts) for tree in trees]), _BATCH_SWAPPED if hint is _SWAPPED else hint)
        for parts, hint in _wrong_states()
    ]
    if (ends < tokens.shape[1] - 1).any():
        filled = np.where((ends < tokens.shape[1] - 1)[:, None], p["E"][0], want)
        at_zero = np.where((ends < tokens.shape[1] - 1)[:, None], 0, want)
        mistakes += [
            (filled, "Trees that end early have the state of the padding. Token 0 does nothing: it is not pushed."),
            (at_zero, "Trees that end early come out as zeros. Their root is the one state left on their stack."),
        ]
    mistakes += [
        (np.stack([_operand_left(row, p) for row in tokens]), "~ leaves its operand on the stack. It replaces the top: take the operand off, put the result on."),
        (want[0], "This is one state. Return one for each tree, (B, H)."),
        (want[-1], "This is one state. Return one for each tree, (B, H)."),
        (want[::-1], "The trees are in reverse order."),
        (want.T, "The axes have changed places. Rows are trees: (B, H)."),
        (np.stack([p["E"][min(row[end], 10)] for row, end in zip(tokens, ends, strict=True)]), "This is a row of E for each tree's last token. The last token is an operator: take the state it makes."),
        (np.stack([p["E"][row[0]] for row in tokens]), "This is the first leaf of each tree. An operator puts its result back on the stack, in place of what it took off."),
    ]  # fmt: skip
    return compare(got, want, name="the array of states", shape="(B, H)", mistakes=mistakes)


_BATCH_SWAPPED = (
    "The operands have changed places: what lies on top of the stack was put on last, and is the right one."
)


def _batches(p: Params, batches: list[tuple[list[Tree], int]]) -> Conversation:
    cases = [(Call("batch_postfix", padded(trees, extra), p), trees) for trees, extra in batches]
    yield from _each(lambda got, trees: _compare_batch(got, trees, p), cases)


def _same_length(rng: np.random.Generator, B: int, leaves: int) -> list[Tree]:
    return [grown(rng, leaves, negated=0.0) for _ in range(B)]


@LAB.check(3, "trees of equal length: batch equals recursion", points=0.75)
def equal_lengths(rng: np.random.Generator) -> Conversation:
    singles: list[Tree] = [int(d) for d in rng.permutation(10)[:5]]
    yield from _batches(example(rng), [(singles, 0), (_same_length(rng, 3, 2), 0), (_same_length(rng, 4, 6), 0)])


@LAB.check(3, "trees of different lengths, padded, with ~", points=0.75)
def mixed_lengths(rng: np.random.Generator) -> Conversation:
    trees = [grown(rng, n) for n in (7, 1, 4, 2, 5)]
    yield from _batches(example(rng), [([("~", 3), ("+", 1, ("~", 2))], 0), (trees, 0), (trees, 2)])


@LAB.check(3, "one tree, many trees, other sizes", points=1.5, hidden=True)
def other_batches(rng: np.random.Generator) -> Conversation:
    many = [grown(rng, int(n)) for n in rng.integers(1, 14, 20)]
    yield from _batches(example(rng, 3), [([grown(rng, 5)], 0), (many, 1)])


# Exercise 4: symbol_gradient(tree, g, params) -> (11, H)


def _compare_gradient(got: Any, tree: Tree, g: np.ndarray, p: Params) -> Verdict:
    right = gradient(tree, g, p)
    counts = np.bincount([t for t in postfix(tree) if t < 11], minlength=11)[:, None]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"slope": np.ones_like}, "The slope of tanh is missing: at each node g is multiplied by 1 - h**2."),
        ({"slope": lambda h: 1 - np.tanh(h) ** 2}, "h is a tanh already. Its slope is 1 - h**2, with no further tanh."),
        ({"slope": lambda h: 1 - h}, "The square is missing: the slope of tanh is 1 - h**2."),
        ({"turned": lambda A: A}, "A matrix is not transposed. Forward is left @ L, so back is dz @ L.T."),
        ({"halves": ("R", "L")}, "The children have changed places: the left one's gradient comes back through L, the right one's through R."),
        ({"halves": ("L", "L")}, "Both children's gradients come back through L. The right one's comes through R."),
        ({"add": False}, "A digit that occurs again overwrites what was there. Shared rows collect a sum: dE[row] += g."),
        ({"shift": 0}, "The rows of dE are one too low: digit d has row d + 1."),
        ({"at_leaf": lambda h, g: g * (1 - h**2)}, "A leaf has no tanh here, so no slope: its row of E gets g as it arrives."),
        ({"childs": True}, "The slope is that of the children. It belongs to the node itself: g * (1 - h**2) with the h of the node."),
        ({"kept": slice(1, None)}, "The left child's gradient is lost. Add up what comes back from both children."),
        ({"kept": slice(1)}, "The right child's gradient is lost. Add up what comes back from both children."),
        ({"unary": False}, "~ is skipped on the way back. Through it the gradient is (g * (1 - h**2)) @ N.T."),
    ]  # fmt: skip
    mistakes: list[Mistake] = [(gradient(tree, g, p, **parts), hint) for parts, hint in wrong]
    mistakes += [
        (right / np.maximum(counts, 1), "Rows are averaged over the places where a digit stands. The derivative is the sum."),
        (counts * g, "Every leaf gets g as it was at the root. On the way down each node changes it."),
        (-right, "The sign is wrong. This is the gradient itself, not the step against it."),
        (right[1:], "Row 0, the padding, is missing. dE has the shape of E, with zeros where a symbol does not occur."),
        (right.sum(axis=0), "All rows are added up. Keep one row for each symbol."),
        (np.zeros_like(right), "All zeros. The gradient never reaches a leaf."),
    ]  # fmt: skip
    return compare(got, right, name="dE", shape="(11, H)", mistakes=mistakes)


def _gradients(rng: np.random.Generator, trees: list[Tree], H: int = 4) -> Conversation:
    p = example(rng, H)
    cases = []
    for tree in trees:
        g = rng.normal(size=H)
        cases.append((Call("symbol_gradient", tree, g, p), tree, g))
    yield from _each(lambda got, tree, g: _compare_gradient(got, tree, g, p), cases)


@LAB.check(4, "one node: a leaf, ~, two different digits", points=0.5)
def small_gradient(rng: np.random.Generator) -> Conversation:
    yield from _gradients(rng, [4, ("~", 4), ("+", 1, 8), ("*", 8, 1)])


@LAB.check(4, "a digit that occurs again, and the slope of the loss itself", points=0.5)
def numeric_gradient(rng: np.random.Generator) -> Conversation:
    p, tree = example(rng), ("*", ("~", ("+", 5, 2)), ("+", 2, ("*", 5, 5)))
    g = rng.normal(size=4)
    got = yield Call("symbol_gradient", tree, g, p)
    verdict = _compare_gradient(got, tree, g, p)
    if verdict.right:
        array = as_array(got, name="dE", shape="(11, H)")
        move = np.zeros_like(p["E"])
        move[6, 1] = 1e-6
        ahead, behind = (state(tree, p | {"E": p["E"] + sign * move}) @ g for sign in (1, -1))
        slope = (ahead - behind) / 2e-6
        if abs(slope - array[6, 1]) > 1e-4 * max(1, abs(slope)):
            verdict = Verdict(False, "dE is not the slope of the loss when a number of E is moved.")
    yield verdict


@LAB.check(4, "larger trees", points=1, hidden=True)
def large_gradient(rng: np.random.Generator) -> Conversation:
    yield from _gradients(rng, [0, *(grown(rng, n) for n in (2, 3, 8, 12))], H=3)

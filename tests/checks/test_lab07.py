"""Lab 07: right answers in many styles pass, wrong ones fail with the hint that names their fault."""

from functools import partial

import lab_answers
import numpy as np
import pytest
from lab_answers import changer, hints

from unrolled.checks import lab07

POSTFIX = """
TOKEN = {"~": 11, "+": 12, "*": 13}
def to_postfix(tree):
    if not isinstance(tree, tuple):
        return [tree + 1]
    operator, *children = tree
    tokens = [token for child in children for token in to_postfix(child)]
    return tokens + [TOKEN[operator]]
"""
ENCODE = """
def encode(tree, params):
    if not isinstance(tree, tuple):
        return params["E"][tree + 1]
    operator, *children = tree
    states = [encode(child, params) for child in children]
    if operator == "~":
        return np.tanh(states[0] @ params["N"] + params["n"])
    o = TOKEN[operator] - TOKEN["+"]
    left, right = states
    return np.tanh(left @ params["L"][o] + right @ params["R"][o] + params["b"][o])
"""
BATCH = """
def batch_postfix(tokens, params):
    B, N = tokens.shape
    stack = np.zeros((B, N + 1, params["E"].shape[1]))
    height = np.zeros(B, int)
    for token in tokens.T:
        rows = np.flatnonzero((token > 0) & (token < 11))
        stack[rows, height[rows]] = params["E"][token[rows]]
        height[rows] += 1
        rows = np.flatnonzero(token == TOKEN["~"])
        top = stack[rows, height[rows] - 1]
        stack[rows, height[rows] - 1] = np.tanh(top @ params["N"] + params["n"])
        for o in (0, 1):
            rows = np.flatnonzero(token == 12 + o)
            height[rows] -= 1
            lower, upper = stack[rows, height[rows] - 1], stack[rows, height[rows]]
            z = lower @ params["L"][o] + upper @ params["R"][o] + params["b"][o]
            stack[rows, height[rows] - 1] = np.tanh(z)
    return stack[:, 0]
"""
GRADIENT = """
def symbol_gradient(tree, g, params):
    dE = np.zeros_like(params["E"])
    if not isinstance(tree, tuple):
        dE[tree + 1] = g
        return dE
    dz = g * (1 - encode(tree, params) ** 2)
    operator, *children = tree
    if operator == "~":
        matrices = [params["N"]]
    else:
        o = TOKEN[operator] - TOKEN["+"]
        matrices = [params["L"][o], params["R"][o]]
    for child, matrix in zip(children, matrices):
        dE += symbol_gradient(child, dz @ matrix.T, params)
    return dE
"""
RIGHT = POSTFIX + ENCODE + BATCH + GRADIENT
# Wrong answers may index with -1 or overflow.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EXERCISES = (1, 2, 3, 4)
judge = partial(lab_answers.judge, lab07.LAB)
changed = changer(RIGHT)


def test_points_add_up_to_ten():
    assert [lab07.LAB.points(n) for n in EXERCISES] == [2, 3, 3, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_right_answers_pass(exercise, seed):
    assert hints(judge(exercise, RIGHT, seed=seed)) == []


STYLES = {
    "a walk with a list, and a flat loop over the rows": (
        (1, 3),
        """
def to_postfix(tree):
    out, todo = [], [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, tuple):
            out.append({"~": 11, "+": 12, "*": 13}[node[0]])
            todo += node[1:]
        else:
            out.append(node + 1)
    return np.array(out[::-1])
def batch_postfix(tokens, params):
    roots = []
    for row in tokens:
        stack = []
        for token in row:
            if token == 0:
                break
            if token < 11:
                stack.append(params["E"][token])
            elif token == 11:
                stack.append(np.tanh(stack.pop() @ params["N"] + params["n"]))
            else:
                r, l = stack.pop(), stack.pop()
                o = token - 12
                stack.append(np.tanh(l @ params["L"][o] + r @ params["R"][o] + params["b"][o]))
        roots.append(stack[0])
    return roots
""",
    ),
    "both children in one product, and a gradient by numbers": (
        (2, 4),
        """
def encode(tree, params):
    if isinstance(tree, int):
        return params["E"][1 + tree].copy()
    if len(tree) == 2:
        return np.tanh(np.dot(encode(tree[1], params), params["N"]) + params["n"])
    o = "+*".index(tree[0])
    both = np.concatenate([encode(child, params) for child in tree[1:]])
    return np.tanh(both @ np.concatenate([params["L"][o], params["R"][o]]) + params["b"][o])
def symbol_gradient(tree, g, params):
    dE = np.zeros_like(params["E"])
    for place in np.ndindex(*dE.shape):
        moved = []
        for move in (1e-5, -1e-5):
            E = params["E"].copy()
            E[place] += move
            moved.append(encode(tree, {**params, "E": E}) @ g)
        dE[place] = (moved[0] - moved[1]) / 2e-5
    return dE
""",
    ),
    "a dictionary of states by position": (
        (3,),
        """
def batch_postfix(tokens, params):
    H, done = params["E"].shape[1], []
    out = np.zeros((len(tokens), H))
    for b, row in enumerate(tokens):
        open_places, h = [], {}
        for t, s in enumerate(row):
            if 0 < s < 11:
                h[t] = params["E"][s]
            elif s == 11:
                h[t] = np.tanh(h[open_places.pop()] @ params["N"] + params["n"])
            elif s > 11:
                r = h[open_places.pop()]
                h[t] = np.tanh(h[open_places.pop()] @ params["L"][s - 12] + r @ params["R"][s - 12] + params["b"][s - 12])
            if s:
                open_places.append(t)
        out[b] = h[open_places[0]]
    return out
""",
    ),
    "an inner function that adds in place": (
        (4,),
        """
def symbol_gradient(tree, g, params):
    dE = 0 * params["E"]
    def down(node, g):
        if isinstance(node, int):
            dE[node + 1] += g
        elif node[0] == "~":
            down(node[1], params["N"] @ (g * (1 - encode(node, params) ** 2)))
        else:
            o, dz = "+*".index(node[0]), g * (1 - encode(node, params) ** 2)
            down(node[1], params["L"][o] @ dz)
            down(node[2], params["R"][o] @ dz)
    down(tree, g)
    return dE
""",
    ),
}


@pytest.mark.parametrize(("exercises", "code"), STYLES.values(), ids=STYLES)
def test_right_answers_in_other_styles_pass(exercises, code):
    for exercise in exercises:
        assert hints(judge(exercise, RIGHT + code)) == []


JOINED = "    return tokens + [TOKEN[operator]]\n"
CHILDREN = "tokens = [token for child in children for token in to_postfix(child)]"
LEAF = 'return params["E"][tree + 1]'
ONE = 'np.tanh(states[0] @ params["N"] + params["n"])'
TWO = 'np.tanh(left @ params["L"][o] + right @ params["R"][o] + params["b"][o])'
SIDES = "left, right = states"
PAIR = "lower, upper = stack[rows, height[rows] - 1], stack[rows, height[rows]]"
TOP = 'np.tanh(top @ params["N"] + params["n"])'
Z = 'lower @ params["L"][o] + upper @ params["R"][o] + params["b"][o]'
ROOT = "return stack[:, 0]\n"
UNPOPPED = """
def batch_postfix(tokens, params):
    roots = []
    for row in tokens:
        stack = []
        for token in row[row > 0]:
            if token < 11:
                stack.append(params["E"][token])
            elif token == 11:
                stack.append(np.tanh(stack[-1] @ params["N"] + params["n"]))
            else:
                r, l = stack.pop(), stack.pop()
                z = l @ params["L"][token - 12] + r @ params["R"][token - 12]
                stack.append(np.tanh(z + params["b"][token - 12]))
        roots.append(stack[-1])
    return np.array(roots)
"""
DZ = "dz = g * (1 - encode(tree, params) ** 2)"
BOTH = '[params["L"][o], params["R"][o]]'
SUM = "dE += symbol_gradient(child, dz @ matrix.T, params)"
END = "        dE[tree + 1] = g\n"
O_OF_ENCODE = 'o = TOKEN[operator] - TOKEN["+"]\n    left'

WRONG = {
    "prefix order": (1, JOINED, "    return [TOKEN[operator]] + tokens\n", "This is prefix order"),
    "infix": (1, JOINED, "    own = [TOKEN[operator]]\n    return own + tokens if len(children) == 1 else to_postfix(children[0]) + own + to_postfix(children[1])\n", "order of a formula"),
    "right first": (1, CHILDREN, CHILDREN.replace("in children", "in children[::-1]"), "right operand comes first"),
    "reversed": (1, JOINED, "    return [TOKEN[operator]] + to_postfix(children[-1])[::1] + (to_postfix(children[0]) if len(children) > 1 else [])\n", "order is reversed"),
    "unary in front": (1, JOINED, "    return [11] + tokens if operator == '~' else tokens + [TOKEN[operator]]\n", "The ~ stands in front"),
    "unary missing": (1, JOINED, "    return tokens if operator == '~' else tokens + [TOKEN[operator]]\n", "The ~ is missing"),
    "digits as they are": (1, "return [tree + 1]", "return [tree]", "Digits are one too low"),
    "all tokens one low": (1, JOINED, "    return [t for t in tokens] + [TOKEN[operator]]\ndef _low(f):\n    return lambda tree: [t - 1 for t in f(tree)]\n_first = to_postfix\nto_postfix = lambda tree: [t - 1 for t in _whole(tree)]\ndef _whole(tree):\n    return [tree + 1] if isinstance(tree, int) else sum((_whole(c) for c in tree[1:]), []) + [TOKEN[tree[0]]]\n", "one too low"),
    "operators missing": (1, JOINED, "    return tokens\n", "operators are missing"),
    "nested lists": (1, CHILDREN, "tokens = [to_postfix(child) for child in children]", "list holds lists"),
    "symbols as text": (1, JOINED, "    return tokens + [operator]\n", "holds text"),
    "siblings swapped": (2, SIDES, "right, left = states", "have changed places"),
    "one matrix": (2, TWO, TWO.replace('["R"]', '["L"]'), "the same matrix"),
    "operators exchanged": (2, O_OF_ENCODE, O_OF_ENCODE.replace('o = TOKEN[operator] - TOKEN["+"]', "o = int(operator == '+')"), "+ and * have changed places"),
    "always plus": (2, O_OF_ENCODE, O_OF_ENCODE.replace('o = TOKEN[operator] - TOKEN["+"]', "o = 0"), "weights of +"),
    "no bias": (2, TWO, TWO.replace(' + params["b"][o]', ""), "bias b"),
    "left matrices": (2, TWO, 'np.tanh(params["L"][o] @ left + params["R"][o] @ right + params["b"][o])', "wrong side"),
    "right child missing": (2, TWO, 'np.tanh(left @ params["L"][o] + params["b"][o])', "right child is missing"),
    "left child missing": (2, TWO, 'np.tanh(right @ params["R"][o] + params["b"][o])', "left child is missing"),
    "no tanh": (2, TWO, TWO.replace("np.tanh", ""), "two children lacks its tanh"),
    "unary without tanh": (2, ONE, ONE.replace("np.tanh", ""), "lacks its tanh"),
    "unary without bias": (2, ONE, 'np.tanh(states[0] @ params["N"])', "bias n"),
    "N on the left": (2, ONE, 'np.tanh(params["N"] @ states[0] + params["n"])', "N is on the wrong side"),
    "minus": (2, ONE, "-states[0]", "changes the sign"),
    "unary skipped": (2, ONE, "states[0]", "~ is skipped"),
    "row d": (2, LEAF, 'return params["E"][tree]', "rows of E are one too low"),
    "tanh at leaves": (2, LEAF, 'return np.tanh(params["E"][tree + 1])', "leaf goes through tanh"),
    "top is the left one": (3, PAIR, PAIR.replace("lower, upper", "upper, lower"), "put on last"),
    "state of the padding": (3, ROOT, "short = tokens[:, -1] == 0\n    return np.where(short[:, None], params['E'][0], stack[:, 0])\n", "state of the padding"),
    "zeros for short trees": (3, ROOT, "short = tokens[:, -1] == 0\n    return np.where(short[:, None], 0, stack[:, 0])\n", "come out as zeros"),
    "first tree alone": (3, ROOT, "return stack[0, 0]\n", "This is one state"),
    "reverse order": (3, ROOT, "return stack[::-1, 0]\n", "reverse order"),
    "transposed": (3, ROOT, "return stack[:, 0].T\n", "axes have changed places"),
    "unary skipped in the batch": (3, TOP, "top", "~ is skipped"),
    "no tanh in the batch": (3, "] = np.tanh(z)", "] = z", "two children lacks its tanh"),
    "one matrix in the batch": (3, Z, Z.replace('["R"]', '["L"]'), "the same matrix"),
    "bias missing in the batch": (3, Z, Z.replace(' + params["b"][o]', ""), "bias b"),
    "rows one low in the batch": (3, 'params["E"][token[rows]]', 'params["E"][token[rows] - 1]', "one too low"),
    "result not put back": (3, "stack[rows, height[rows] - 1] = np.tanh(z)", "pass", "first leaf"),
    "operand left on the stack": (3, ROOT, ROOT + UNPOPPED, "leaves its operand"),
    "no slope": (4, DZ, "dz = g", "slope of tanh is missing"),
    "tanh twice": (4, DZ, "dz = g * (1 - np.tanh(encode(tree, params)) ** 2)", "a tanh already"),
    "slope of the child": (4, SUM, "dE += symbol_gradient(child, (g * (1 - encode(child, params) ** 2)) @ matrix.T, params)", "slope is that of the children"),
    "left child lost": (4, SUM, SUM.replace("+=", "="), "left child's gradient is lost"),
    "right child lost": (4, SUM, SUM + "\n        break", "right child's gradient is lost"),
    "no square": (4, DZ, "dz = g * (1 - encode(tree, params))", "square is missing"),
    "not transposed": (4, SUM, SUM.replace("matrix.T", "matrix"), "not transposed"),
    "children exchanged": (4, BOTH, '[params["R"][o], params["L"][o]]', "have changed places"),
    "both through L": (4, BOTH, '[params["L"][o], params["L"][o]]', "come back through L"),
    "overwritten": (4, SUM, "new = symbol_gradient(child, dz @ matrix.T, params)\n        dE = np.where(new != 0, new, dE)", "overwrites"),
    "gradient rows one low": (4, END, "        dE[tree] = g\n", "rows of dE are one too low"),
    "slope at leaves": (4, END, "        dE[tree + 1] = g * (1 - params['E'][tree + 1] ** 2)\n", "A leaf has no tanh"),
    "sign": (4, END, "        dE[tree + 1] = -g\n", "sign is wrong"),
    "g everywhere": (4, SUM, "dE += symbol_gradient(child, g, params)", "g as it was at the root"),
    "nothing arrives": (4, SUM, "symbol_gradient(child, dz @ matrix.T, params)", "never reaches a leaf"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_wrong_answers_fail_with_the_hint_that_names_the_fault(fault):
    exercise, old, new, words = WRONG[fault]
    found = hints(judge(exercise, changed(old, new)))
    assert any(words in hint for hint in found), found


@pytest.mark.parametrize("fault", WRONG)
def test_every_wrong_answer_loses_points_under_fresh_checks_too(fault):
    exercise, old, new, _ = WRONG[fault]
    results = judge(exercise, changed(old, new), seed=99, hidden=True)
    assert not all(result.verdict.right for result in results)


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise NotImplementedError", "still to be written"),
        ("return missing_name", "NameError"),
        ("return 1 / 0", "ZeroDivisionError"),
        ("return 'J'", ""),
        ("return None", "returns None"),
        ("return (1, 2, 3, 4)", ""),
        ("return np.full((3, 3), np.nan)", ""),
        ("return [[1], [2, 3]]", ""),
        ("return {'W': None}", ""),
        ("return args[0]", ""),
        ("return np.zeros(4)", ""),
        ("return args[-1]['E'] if isinstance(args[-1], dict) else [1, 2]", ""),
    ],
)
def test_answers_that_are_no_answer_get_a_hint_and_no_traceback(exercise, body, words):
    code = "".join(f"def {name}(*args, **kwargs):\n    {body}\n" for name in lab07.LAB.titles.values())
    results = judge(exercise, code)
    found = hints(results)
    assert len(found) == len(results)
    assert words in found[0]


def test_the_gradient_is_the_slope():
    rng = np.random.default_rng(3)
    p, g = lab07.example(rng), rng.normal(size=4)
    for _ in range(5):
        tree = lab07.grown(rng, 6)
        dE = lab07.gradient(tree, g, p)
        for place in ((1, 0), (4, 2), (9, 3)):
            move = np.zeros_like(p["E"])
            move[place] = 1e-6
            ahead, behind = (lab07.state(tree, p | {"E": p["E"] + s * move}) @ g for s in (1, -1))
            assert dE[place] == pytest.approx((ahead - behind) / 2e-6, rel=1e-4, abs=1e-7)


def test_swapping_siblings_matters():
    p = lab07.example(np.random.default_rng(4))
    there, back = (lab07.state(tree, p) for tree in (("+", 1, 2), ("+", 2, 1)))
    assert np.abs(there - back).max() > 0.01


def test_the_page_s_examples_are_right():
    assert lab07.postfix(("*", ("~", 3), 9)) == [4, 11, 10, 13]
    p = {"E": np.zeros((11, 1)), "N": np.array([[2.0]]), "n": np.zeros(1)}
    p["E"][3] = 0.5
    assert lab07.state(("~", 2), p)[0] == pytest.approx(0.76, abs=0.005)
    assert lab07.gradient(("~", 2), np.ones(1), p)[3, 0] == pytest.approx(0.84, abs=0.005)

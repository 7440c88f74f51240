"""One call of each explorable, as a lesson makes it; shared by the tests of the library and of the site."""

import numpy as np

INPUTS = np.array([1, 0, 1, 1, 0, 1, 0, 1])
NET = {
    "W": np.array([[1.0, 1.0]]),
    "U": np.array([[1.0, 1.0], [-1.0, -1.0]]),
    "b": np.array([-0.5, -1.5]),
    "V": np.array([[1.0], [-1.0]]),
}


def parity_states(inputs):
    """The two units set by hand: at least one of input and parity so far, and both."""
    states, h = [], np.zeros(2)
    for x in inputs:
        h = (x * NET["W"][0] + h @ NET["U"] + NET["b"] > 0).astype(float)
        states.append(h)
    return np.array(states)


TITLES = """
Input | input sequence | (2, 5)
Input | embedding layer | (12, 8)
Input | word embedding | (2, 5, 8)
Input | positional encoding | (5, 8)
Input | embedded input to the cell | (2, 8)
Cell | hidden state | (2, 6)
Cell | W | (8, 6)
Cell | U | (6, 6)
Cell | b | (6,)
Cell | tanh | (2, 6)
Cell | ReLU, in its place | (2, 6)
Output | output layer | (6, 12)
Output | softmax | (2, 5, 12)
Output | predicted output | (2, 5, 12)
Loss | cross entropy | ()
Loss | mean squared error | ()
Backward | backpropagation through time | (2, 5, 6)
Backward | gradients of W, U, b | (8, 6), (6, 6), (6,)
Update | gradient descent |
Update | update of W and b | (8, 6), (6,)
Update | updated cell |
Update | output sequence | (2, 5)
"""
STEPS = [
    {
        "title": title,
        "text": f"What {title} does to its array is one sentence here. A second sentence says why it is needed.",
        "shape": shape,
        "target": "section-of-a-step" if place % 2 else "",
        "group": group,
    }
    for place, (group, title, shape) in enumerate(
        map(str.strip, line.split("|")) for line in TITLES.strip().split("\n")
    )
]

RHOS = np.linspace(0.5, 1.5, 11)
BACK = np.arange(1, 51)
DELAYS, KS = np.arange(0, 21, 2), np.array([1, 2, 4, 8, 16])
IN_REACH = DELAYS[:, None] < KS
SLOTS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]])

RNG = np.random.default_rng(4)
GATES = {
    "inputs": RNG.normal(size=(12, 2)),
    "W": RNG.normal(size=(2, 12)),
    "U": RNG.normal(size=(3, 12)) / 2,
    "b": np.repeat([0.0, 1, 0, 0], 3),
    "sums": np.where(np.arange(12)[:, None] == 0, [8, -8, 1, -8], [-8, 8, 1, -8]),
}

RNG = np.random.default_rng(7)
OPINION = {
    "tokens": ["not", "good", "bad", "film", "!", ":)"],
    "E": RNG.normal(size=(10, 3)),
    "W": RNG.normal(size=(4, 12)),
    "U": RNG.normal(size=(4, 12)) / 2,
    "b": RNG.normal(size=(2, 12)) / 4,
    "V": RNG.normal(size=(4, 3)),
    "c": np.array([0.1, -0.2, 0.3]),
    "marks": {"good": 1.9, "bad": -2.5, "zany": 1.3},
    "texts": ["Not a good film!", "a bad film", "zany :)"],
}

EXAMPLES = {
    "unroll": {
        "inputs": INPUTS,
        "states": parity_states(INPUTS),
        "outputs": parity_states(INPUTS) @ [1, -1],
        "activation": "step",
        "units": ["at least one", "both"],
        "output_words": ["even so far", "odd so far"],
        **NET,
    },
    "training-step": {"steps": STEPS, "back_to": 1},
    "truncation": {
        "delays": DELAYS,
        "ks": KS,
        "carried": np.where(IN_REACH, 0.98, 0.53),
        "reset": 0.5 + np.maximum(0, KS - DELAYS[:, None]) / KS * 0.48,
        "chance": 0.5,
        "range_carried": np.where(IN_REACH, 0.98, 0.53) + np.array([-0.013, 0.011])[:, None, None],
    },
    "gradient-norms": {
        "rhos": RHOS,
        "norms": {
            "linear": 1.7 * RHOS[:, None] ** BACK,
            "tanh": np.minimum(1, RHOS[:, None] ** 0.1) * 0.85**BACK,
            "relu": (0.7 * RHOS[:, None]) ** BACK,
        },
    },
    "loss-cliff": {"x0": 0.2, "T": 20, "target": -0.3},
    "addressing": {"M": SLOTS, "q": np.array([0.9, 1, 0.1]), "w_before": np.eye(6)[0]},
    "gate-inspector": GATES,
    "sentiment-inspector": OPINION,
}
ALT = "Moving it shows what <this> example & its numbers do, in more than six words"

"""From gradients to new parameters: clipping, gradient descent with momentum, Adam.

Parameters and gradients are dicts of arrays, or dicts of such dicts: {"cell": {...}, "head": {...}}.
"""

import math

import numpy as np

from unrolled.nn.check import ShapeError, expect
from unrolled.nn.tree import leaves


def global_norm(grads: dict) -> float:
    """Return the length of all gradients taken as one long vector."""
    # In float64: in float32 the square of 1e20 is already infinite.
    return math.sqrt(sum(float(np.square(g, dtype=np.float64).sum()) for _, g in leaves(grads)))


def clip_by_global_norm(grads: dict, limit: float) -> tuple[dict, float]:
    """Return (grads, norm): the gradients shortened to the length `limit` where they are longer, and their length before.

        g <- g limit / max(norm, limit)

    All by one factor, so that the direction stays (Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063).

    Raises:
        ValueError: the limit is not above 0.
    """
    if not limit > 0:
        raise ValueError(f"limit is {limit}; expected a number above 0.")
    norm = global_norm(grads)
    return (_scaled(grads, limit / norm), norm) if norm > limit else (grads, norm)


class SGD:
    """Gradient descent, with a momentum if asked (Polyak 1964, doi:10.1016/0041-5553(64)90137-5).

    m <- momentum m - rate g        theta <- theta + m
    """

    def __init__(self, rate: float, momentum: float = 0.0) -> None:
        self.rate, self.momentum = _positive(rate, "rate"), _share(momentum, "momentum")
        self._velocity: dict[str, np.ndarray] = {}

    def step(self, params: dict, grads: dict) -> None:
        """Move the parameters in place.

        Raises:
            ShapeError: a gradient is missing, has no parameter, or another shape.
        """
        for name, theta, g in _pairs(params, grads):
            if self.momentum == 0:
                theta -= self.rate * g
                continue
            m = self._velocity.setdefault(name, np.zeros_like(theta))
            m *= self.momentum
            m -= self.rate * g
            theta += m


class Adam:
    """Adam (Kingma and Ba 2015, arXiv:1412.6980), step by step as in Keras. At step t:

    m <- beta1 m + (1 - beta1) g        v <- beta2 v + (1 - beta2) g^2
    theta <- theta - rate sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
    """

    def __init__(self, rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-7) -> None:
        self.rate, self.epsilon = _positive(rate, "rate"), _positive(epsilon, "epsilon")
        self.beta1, self.beta2 = _share(beta1, "beta1"), _share(beta2, "beta2")
        self.t = 0
        self._state: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def step(self, params: dict, grads: dict) -> None:
        """Move the parameters in place.

        Raises:
            ShapeError: a gradient is missing, has no parameter, or another shape.
        """
        pairs = _pairs(params, grads)
        self.t += 1
        rate = self.rate * math.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)
        for name, theta, g in pairs:
            if name not in self._state:
                self._state[name] = (np.zeros_like(theta), np.zeros_like(theta), np.empty_like(theta))
            m, v, scratch = self._state[name]
            # m += (1 - beta1) (g - m) is the same mean in one rounding fewer; Keras writes it so as well.
            np.subtract(g, m, out=scratch)
            scratch *= 1 - self.beta1
            m += scratch
            np.multiply(g, g, out=scratch)
            scratch -= v
            scratch *= 1 - self.beta2
            v += scratch
            np.sqrt(v, out=scratch)
            scratch += self.epsilon
            np.divide(m, scratch, out=scratch)
            scratch *= rate
            theta -= scratch


def _scaled(grads: dict, factor: float) -> dict:
    return {k: _scaled(g, factor) if isinstance(g, dict) else g * g.dtype.type(factor) for k, g in grads.items()}


def _pairs(params: dict, grads: dict) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return (name, parameter, its gradient) for all; checked whole, so that no step is half taken."""
    thetas, gs = dict(leaves(params)), dict(leaves(grads))
    if thetas.keys() != gs.keys():
        lacking, surplus = sorted(thetas.keys() - gs.keys()), sorted(gs.keys() - thetas.keys())
        raise ShapeError(f"grads and params name different arrays: grads lacks {lacking} and has {surplus} too many.")
    for name, theta in thetas.items():
        expect(gs[name], f"grads[{name!r}]", theta.shape)
    return [(name, theta, gs[name]) for name, theta in thetas.items()]


def _positive(value: float, name: str) -> float:
    if not 0 < value < math.inf:
        raise ValueError(f"{name} is {value}; expected a number above 0.")
    return value


def _share(value: float, name: str) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{name} is {value}; expected a number from 0 to below 1.")
    return value

"""Train the long runs of lesson 16: digit strings written backwards, with attention and without, 3 seeds of each.

python train.py OUT.npz    # 9 processes of one thread; 3 minutes on 16 cores, NumPy alone
"""

import os
import sys
from multiprocessing import Pool
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from unrolled.data.synthetic import reversal
from unrolled.nn import gru
from unrolled.nn.layers import dense_backward, dense_forward, dense_init
from unrolled.nn.losses import softmax_cross_entropy
from unrolled.nn.optimise import Adam, clip_by_global_norm

Params = dict[str, dict[str, np.ndarray]]

# name: units, attention, batches of 64, learning rate (it falls to 0 in a straight line)
RUNS = {"without, 64": (64, False, 16000, 4e-3), "without, 128": (128, False, 8000, 3e-3), "with, 64": (64, True, 4000, 4e-3)}  # fmt: skip
KEPT = ("without, 64", "with, 64")  # whose weights are written too
ONE_HOT = np.eye(12, dtype=np.float32)  # 0 end and padding, 1 to 10 the digits, 11 start


def batch(rng: np.random.Generator, B: int, shortest: int, longest: int) -> tuple[np.ndarray, ...]:
    """Return source, real, previous, target, due, as lesson 16 has them."""
    task = reversal(rng, B, shortest, longest)
    target = np.pad(task.y, ((0, 0), (0, 1)))
    previous = np.pad(target[:, :-1], ((0, 0), (1, 0)), constant_values=11)
    return task.X, task.mask, previous, target, np.arange(longest + 1) <= task.mask.sum(axis=1)[:, None]


def init(rng: np.random.Generator, H: int, attention: bool) -> Params:
    """Return new parameters."""
    head = dense_init(rng, 2 * H if attention else H, 11)
    return {"encoder": gru.init(rng, 12, H), "decoder": gru.init(rng, 12, H), "head": head}


def forward(
    params: Params, source: np.ndarray, real: np.ndarray, previous: np.ndarray
) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return the logits and what the way back needs."""
    K, encoder = gru.forward(ONE_HOT[source], params["encoder"], None, real)
    Q, decoder = gru.forward(ONE_HOT[previous], params["decoder"], np.ascontiguousarray(K[:, -1]))
    weights, x = None, Q
    if len(params["head"]["V"]) > Q.shape[-1]:
        scores = np.where(real[:, None], Q @ K.transpose(0, 2, 1), -np.inf)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        x = np.concatenate([Q, weights @ K], axis=-1)
    logits, head = dense_forward(x, params["head"])
    return logits, (K, Q, weights, encoder, decoder, head)


def gradients(
    params: Params, source: np.ndarray, real: np.ndarray, previous: np.ndarray, target: np.ndarray, due: np.ndarray
) -> Params:
    """Return the gradients of the mean cross entropy."""
    logits, (K, Q, weights, encoder, decoder, head) = forward(params, source, real, previous)
    _, dlogits = softmax_cross_entropy(logits, target, due)
    dx, dhead = dense_backward(dlogits, head)
    H = Q.shape[-1]
    dQ, dK = dx[..., :H].copy(), np.zeros_like(K)
    if weights is not None:
        dcontext = dx[..., H:]
        dweights = dcontext @ K.transpose(0, 2, 1)
        dscores = weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True))
        dQ += dscores @ K
        dK = weights.transpose(0, 2, 1) @ dcontext + dscores.transpose(0, 2, 1) @ Q
    _, dh0, ddecoder = gru.backward(dQ, decoder)
    dK[:, -1] += dh0
    return {"encoder": gru.backward(dK, encoder)[-1], "decoder": ddecoder, "head": dhead}


def exact(params: Params, seed: int, shortest: int = 12, longest: int = 15, B: int = 1000) -> float:
    """Return the share of strings with every digit and the end right."""
    *inputs, target, due = batch(np.random.default_rng(seed), B, shortest, longest)
    return np.mean(((forward(params, *inputs)[0].argmax(axis=-1) == target) | ~due).all(axis=1))


def run(job: tuple[tuple[int, bool, int, float], int]) -> tuple[Params, list[float]]:
    """Train one net; return its parameters and its score after each 20th of the training."""
    (H, attention, steps, rate), seed = job
    rng = np.random.default_rng(seed)
    params, optimiser, curve = init(rng, H, attention), Adam(rate), []
    for step in range(steps):
        optimiser.rate = rate * (1 - step / steps)
        grads = gradients(params, *batch(rng, 64, 1, 15))
        optimiser.step(params, clip_by_global_norm(grads, 1.0)[0])
        if (step + 1) % (steps // 20) == 0:
            curve.append(exact(params, 5000 + seed))
    return params, curve


def main(out: str) -> None:
    """Train all and write one file: curves of all, and the weights of the nets of 64 units."""
    jobs = [(how, seed) for how in RUNS.values() for seed in range(3)]
    with Pool(len(jobs)) as pool:
        found = pool.map(run, jobs, chunksize=1)
    arrays = {}
    for n, name in enumerate(RUNS):
        three = found[3 * n : 3 * n + 3]
        arrays[f"exact/{name}"] = np.array([curve for _, curve in three], np.float32)
        if name in KEPT:
            for seed, (params, _) in enumerate(three):
                arrays |= {f"{name}/{seed}/{part}/{key}": a for part, own in params.items() for key, a in own.items()}
    np.savez(out, **arrays)
    for name in RUNS:
        print(name, arrays[f"exact/{name}"].round(3).tolist())


if __name__ == "__main__":
    main(sys.argv[1])

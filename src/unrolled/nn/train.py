"""A small training loop: epochs of shuffled batches, early stopping, and a halt at the first number that is none."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unrolled.nn.check import ShapeError
from unrolled.nn.optimise import SGD, Adam, clip_by_global_norm, global_norm
from unrolled.nn.threads import capped
from unrolled.nn.tree import leaves

Arrays = np.ndarray | tuple[np.ndarray, ...]
LossAndGrads = Callable[[dict, Arrays, Arrays], tuple[float, dict]]


class TrainingError(ArithmeticError):
    """Training met a loss or a gradient that is not a number; the message names the step and the likely cause."""


@dataclass
class History:
    """What a training did, one entry an epoch."""

    losses: list[float] = field(default_factory=list)  # mean training loss, taken while the parameters moved
    validation: list[float] = field(default_factory=list)  # validation loss after the epoch; empty without one
    norms: list[float] = field(default_factory=list)  # the largest gradient norm, before clipping
    seconds: list[float] = field(default_factory=list)
    best_epoch: int | None = None  # the epoch, from 0, of the lowest validation loss


def fit(
    loss_and_grads: LossAndGrads,
    params: dict,
    X: Arrays,
    y: Arrays,
    *,
    epochs: int,
    batch: int,
    optimiser: SGD | Adam,
    rng: np.random.Generator,
    clip: float | None = None,
    validation: tuple[Arrays, Arrays] | None = None,
    patience: int | None = None,
    progress: bool = True,
) -> History:
    """Train `params` in place and return how it went.

    Args:
        loss_and_grads: (params, X, y) of a batch -> (loss, grads), the loss a mean over the batch.
        params: a dict of arrays, or of dicts of arrays.
        X: (N, ...), or a tuple of such arrays, for example (X, mask): batches are taken from all of them alike.
        y: as X.
        epochs: how often each example is seen.
        batch: examples in a step; an epoch's last batch may be smaller.
        optimiser: SGD or Adam.
        rng: decides the order of the examples, drawn anew each epoch: the same seed gives the same training.
        clip: the length gradients are clipped to, or None.
        validation: (X, y) of examples not trained on; their loss is taken after every epoch.
        patience: stop after so many epochs without a lower validation loss, and put the parameters back to where it
            was lowest. Without a patience the last parameters stay.
        progress: show a progress bar.

    Raises:
        TrainingError: a loss, a gradient or a parameter is no longer a finite number.
        ShapeError: X and y differ in their number of examples, or hold none.
        ValueError: epochs, batch or patience is below 1, or there is a patience but no validation.
    """
    for name, value in (("epochs", epochs), ("batch", batch), ("patience", 1 if patience is None else patience)):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected 1 or more.")
    if patience is not None and validation is None:
        raise ValueError(f"patience is {patience}, but validation is None; early stopping needs validation=(X, y).")
    N = _examples(X, y, "X, y")
    if validation is not None:
        _examples(*validation, "validation")

    from tqdm import tqdm  # here: importing unrolled.nn must stay fast

    history, watch, best = History(), _Watch(loss_and_grads, params, clip), {}
    steps = epochs * -(-N // batch)
    with capped(), tqdm(total=steps, disable=not progress, unit="step") as bar, np.errstate(all="ignore"):
        for epoch in range(epochs):
            began, order, total, largest = time.perf_counter(), rng.permutation(N), 0.0, 0.0
            for start in range(0, N, batch):
                rows = order[start : start + batch]
                loss, grads, norm = watch.step(_take(X, rows), _take(y, rows))
                optimiser.step(params, grads)
                total, largest = total + loss * len(rows), max(largest, norm)
                bar.update()
            watch.after(epoch)
            history.losses.append(total / N)
            history.norms.append(largest)
            if validation is not None:
                history.validation.append(watch.validate(*validation, batch, epoch))
                if history.best_epoch is None or history.validation[-1] < history.validation[history.best_epoch]:
                    history.best_epoch = epoch
                    if patience is not None:
                        best = {name: array.copy() for name, array in leaves(params)}
            history.seconds.append(time.perf_counter() - began)
            bar.set_postfix(_last(history))
            if patience is not None and epoch - history.best_epoch >= patience:
                break
    if patience is not None:
        for name, array in leaves(params):
            array[...] = best[name]
    return history


class _Watch:
    """Takes the losses and gradients of a training, and stops it, with the reason, when one is not finite."""

    def __init__(self, loss_and_grads: LossAndGrads, params: dict, clip: float | None) -> None:
        self.loss_and_grads, self.params, self.clip = loss_and_grads, params, clip
        self.losses: list[float] = []
        self.norms: list[float] = []

    def step(self, X: Arrays, y: Arrays) -> tuple[float, dict, float]:
        """Return (loss, grads to step by, norm before clipping) of one batch."""
        loss, grads = self.loss_and_grads(self.params, X, y)
        norm = math.nan
        if math.isfinite(loss):  # else the gradients mean nothing
            if self.clip is None:
                norm = global_norm(grads)
            else:
                grads, norm = clip_by_global_norm(grads, self.clip)
        if not math.isfinite(norm):
            what = "the gradient norm" if math.isfinite(loss) else "the loss"
            value = norm if math.isfinite(loss) else loss
            cause = self._cause(X, y, exploding=math.isfinite(loss))
            raise TrainingError(f"training stopped at step {len(self.losses) + 1}: {what} is {value}. {cause}")
        self.losses.append(float(loss))
        self.norms.append(norm)
        return float(loss), grads, norm

    def after(self, epoch: int) -> None:
        """Check that the epoch's last update left numbers."""
        for name, array in leaves(self.params):
            if not np.isfinite(array).all():
                raise TrainingError(
                    f"training stopped at step {len(self.losses)}, the end of epoch {epoch + 1}: parameter {name} is no "
                    f"longer finite. {self._cause(None, None)}"
                )

    def validate(self, X: Arrays, y: Arrays, batch: int, epoch: int) -> float:
        """Return the mean loss over validation examples, in batches, as memory may not hold them all at once."""
        N, total = _examples(X, y, "validation"), 0.0
        for start in range(0, N, batch):
            rows = np.arange(start, min(start + batch, N))
            total += float(self.loss_and_grads(self.params, _take(X, rows), _take(y, rows))[0]) * len(rows)
        if not math.isfinite(total):
            raise TrainingError(
                f"training stopped at step {len(self.losses)}, the end of epoch {epoch + 1}: the validation loss is "
                f"{total / N}. {self._cause(X, y)}"
            )
        return total / N

    def _cause(self, X: Arrays | None, y: Arrays | None, *, exploding: bool = False) -> str:
        """Return the likely cause, the surest signs first."""
        for name, data in (("X", X), ("y", y)):
            for array in data if isinstance(data, tuple) else (data,):
                if array is not None and array.dtype.kind == "f" and not np.isfinite(array).all():
                    bad = np.count_nonzero(~np.isfinite(array))
                    return f"Likely cause: NaN in the data: {bad} of the {array.size} numbers of {name} are not finite."
        if not self.losses:
            for name, array in leaves(self.params):
                if not np.isfinite(array).all():
                    return f"Likely cause: the first parameters: {name} is not finite before any step was taken."
            return "Likely cause: loss_and_grads itself: data and first parameters are finite, and no step was taken."
        first, last, typical = self.losses[0], self.losses[-1], float(np.median(self.norms))
        spike = max(self.norms[-3:])
        seen = (
            f"loss {first:.3g} at step 1, {last:.3g} at step {len(self.losses)}; gradient norm {typical:.3g} at half "
        )
        seen += f"the steps or more, {spike:.3g} at last"
        # A rate too high drives the loss up step by step; one steep wall in a loss that went well is an explosion.
        diverged = abs(last) > 2 * abs(first) or self.clip is not None
        if exploding or (spike > 10 * typical and not diverged):
            if self.clip is None:
                return f"Likely cause: an exploding gradient ({seen}). Pass clip=1.0, or lower the learning rate."
            return (
                f"Likely cause: an exploding gradient ({seen}); its norm is beyond clipping. Lower the learning rate."
            )
        return f"Likely cause: the learning rate is too high ({seen}). Divide it by 10" + (
            "." if self.clip is not None else ", or pass clip=1.0."
        )


def _take(data: Arrays, rows: np.ndarray) -> Arrays:
    return tuple(array[rows] for array in data) if isinstance(data, tuple) else data[rows]


def _examples(X: Arrays, y: Arrays, name: str) -> int:
    """Return the number of examples, once all arrays agree on it."""
    arrays = [a for data in (X, y) for a in (data if isinstance(data, tuple) else (data,))]
    counts = [len(a) for a in arrays]
    if len(set(counts)) != 1 or counts[0] == 0:
        raise ShapeError(f"{name}: the arrays hold {counts} examples; expected the same number, 1 or more, in each.")
    return counts[0]


def _last(history: History) -> dict[str, Any]:
    shown = {"epoch": len(history.losses), "loss": f"{history.losses[-1]:.4g}"}
    return shown | ({"validation": f"{history.validation[-1]:.4g}"} if history.validation else {})

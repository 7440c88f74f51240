"""How fast is `unrolled.nn`? One epoch of training beside Keras and PyTorch, in one run, and beside the machine's own limit.

    pip install -e '.[bench]'
    python benchmarks/engine.py            # the tables of benchmarks/README.md
    python benchmarks/engine.py --quick    # one size, 512 sequences: minutes, not a result to quote
    python benchmarks/engine.py --profile  # where the time of our LSTM goes

The work: a recurrent cell, a dense head on its last state, mean squared error, Adam; float32. Every engine gets the same weights
and the same batches in the same order, and must report the same losses for the first three epochs. Each lives in its own process
(its thread pools and memory are its own) and runs one epoch when asked, so that the engines take turns: A B C A B C.
"""

import argparse
import contextlib
import linecache
import math
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7  # Adam's, as Keras has them
PAUSE = 0.3  # seconds between turns: thread pools spin for a while after their work
APART = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Job:
    """One row of the table: a cell and its sizes (input, state, steps, batch, sequences), and the threads every engine may use."""

    cell: str
    D: int
    H: int
    T: int
    B: int
    N: int = 4096
    threads: int = 2

    def batches(self) -> Iterator[slice]:
        """Yield the batches of one epoch, in order."""
        return (slice(start, start + self.B) for start in range(0, self.N, self.B))

    def __str__(self) -> str:
        return f"{self.cell} D={self.D} H={self.H} T={self.T} B={self.B} N={self.N}"


SIZES = [
    {"D": 32, "H": 64, "T": 50, "B": 64},
    {"D": 32, "H": 32, "T": 100, "B": 32},
    {"D": 32, "H": 128, "T": 30, "B": 128},
]


def data_and_weights(job: Job) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Make X (N, T, D), y (N, 1), and the weights in Keras' layout, which is the course's."""
    rng = np.random.default_rng(4)

    def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
        values = rng.standard_normal(shape, dtype=np.float32)
        values *= np.float32(scale)
        return values

    K = GATES[job.cell] * job.H
    X = normal(job.N, job.T, job.D)
    y = X[:, -4:].mean(axis=(1, 2), keepdims=True)[:, :, 0] * np.float32(5)
    weights = {
        "W": normal(job.D, K, scale=job.D**-0.5),
        "U": normal(job.H, K, scale=0.7 * job.H**-0.5),
        "b": normal(*((2, K) if job.cell == "GRU" else (K,)), scale=0.1),
        "V": normal(job.H, 1, scale=job.H**-0.5),
        "c": normal(1, scale=0.1),
    }
    return X, y, weights


# The engines. Each imports in `load`, before memory is counted, and in `train` runs an epoch whenever its turn comes.


class FinishedError(Exception):
    """No more turns."""


@dataclass
class Turns:
    """The gate before each epoch and the clock over it."""

    more: Callable[[], bool]
    report: Callable[[float, float], None]
    start: float = 0.0

    def wait(self) -> None:
        """Return when the next epoch should begin."""
        if not self.more():
            raise FinishedError
        self.start = time.perf_counter()

    def done(self, loss: float) -> None:
        """Report the epoch's seconds and mean loss."""
        self.report(time.perf_counter() - self.start, float(loss))


class Unrolled:
    """The course's engine, with whatever cap on BLAS threads it sets itself."""

    def load(self, job: Job) -> None:
        """Import."""
        from unrolled.nn import gru, layers, losses, lstm, optimise, rnn

        self.cell = {"SimpleRNN": rnn, "LSTM": lstm, "GRU": gru}[job.cell]
        self.layers, self.losses, self.optimise = layers, losses, optimise

    def train(self, job: Job, turns: Turns) -> None:
        """Train by hand: forward, loss, backward, step."""
        X, y, weights = data_and_weights(job)
        params = {"cell": {k: weights[k] for k in "WUb"}, "head": {k: weights[k] for k in "Vc"}}
        adam = self.optimise.Adam(RATE, BETA1, BETA2, EPSILON)
        while True:
            turns.wait()
            with engine_threads():
                losses = [self.step(X[batch], y[batch], params, adam) for batch in job.batches()]
            turns.done(np.mean(losses))

    def step(self, X: np.ndarray, y: np.ndarray, params: dict[str, Any], adam: Any) -> float:
        """One update from one batch."""
        hs, *_, cache = self.cell.forward(X, params["cell"])
        y_hat, head_cache = self.layers.dense_forward(hs[:, -1], params["head"])
        loss, dy_hat = self.losses.mse(y_hat, y)
        dh, head = self.layers.dense_backward(dy_hat, head_cache)
        dhs = np.zeros_like(hs)
        dhs[:, -1] = dh
        *_, cell = self.cell.backward(dhs, cache)
        adam.step(params, {"cell": cell, "head": head})
        return loss

    def versions(self, job: Job) -> str:
        """Name what ran."""
        return f"numpy {np.__version__}, at most {job.threads} BLAS threads"


class Keras:
    """Keras on TensorFlow, driven in one of its ways: `train_on_batch`, or `fit` with some steps per execution."""

    def __init__(self, jit: bool, way: str = "train_on_batch") -> None:
        self.jit, self.way = jit, way

    def load(self, job: Job) -> None:
        """Import, and bind TensorFlow's pools."""
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(job.threads)
        tf.config.threading.set_inter_op_parallelism_threads(job.threads)
        import keras

        self.keras, self.tf = keras, tf

    def train(self, job: Job, turns: Turns) -> None:
        """Train with the way chosen."""
        keras = self.keras
        X, y, weights = data_and_weights(job)
        cell = getattr(keras.layers, job.cell)(job.H)
        model = keras.Sequential([keras.Input((job.T, job.D)), cell, keras.layers.Dense(1)])
        model.set_weights([weights[k] for k in "WUbVc"])
        steps = int(self.way.removeprefix("fit:")) if self.way.startswith("fit:") else 1
        adam = keras.optimizers.Adam(RATE, BETA1, BETA2, EPSILON)
        model.compile(adam, "mse", jit_compile=self.jit, steps_per_execution=min(steps, job.N // job.B))
        if self.way == "train_on_batch":
            while True:
                turns.wait()
                losses = [model.train_on_batch(X[batch], y[batch]) for batch in job.batches()]
                turns.done(np.mean(losses))
        gate = keras.callbacks.LambdaCallback(  # one long fit: its set-up is not in the epochs
            on_epoch_begin=lambda epoch, logs: turns.wait(), on_epoch_end=lambda epoch, logs: turns.done(logs["loss"])
        )
        model.fit(X, y, batch_size=job.B, shuffle=False, epochs=10**6, verbose=0, callbacks=[gate])

    def versions(self, job: Job) -> str:
        """Name what ran."""
        threading = self.tf.config.threading
        threads = f"{threading.get_intra_op_parallelism_threads()} + {threading.get_inter_op_parallelism_threads()}"
        return f"keras {self.keras.__version__}, tensorflow {self.tf.__version__}, {threads} threads (intra + inter)"


class Torch:
    """PyTorch on the CPU: eager, its fused cells, its fused Adam."""

    def load(self, job: Job) -> None:
        """Import, and bind the pools."""
        import torch

        torch.set_num_threads(job.threads)
        torch.set_num_interop_threads(job.threads)
        self.torch = torch

    def train(self, job: Job, turns: Turns) -> None:
        """Train in the usual loop."""
        torch = self.torch
        X, y, weights = data_and_weights(job)
        X, y = torch.from_numpy(X), torch.from_numpy(y)
        cell = {"SimpleRNN": torch.nn.RNN, "LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}[job.cell](
            job.D, job.H, batch_first=True
        )
        head = torch.nn.Linear(job.H, 1)
        self.set_weights(cell, head, weights, job)
        params = [p for p in [*cell.parameters(), *head.parameters()] if p.requires_grad]
        adam = torch.optim.Adam(params, lr=RATE, betas=(BETA1, BETA2), fused=True)
        steps = 0
        while True:
            turns.wait()
            total = torch.zeros((), dtype=torch.float64)  # the sum must not round more than its parts
            for batch in job.batches():
                steps += 1
                # PyTorch adds epsilon to sqrt(v / (1 - beta2^t)), Keras and unrolled to sqrt(v): at step 1 that is 32 times as much
                adam.param_groups[0]["eps"] = EPSILON / math.sqrt(1 - BETA2**steps)
                adam.zero_grad()
                loss = torch.nn.functional.mse_loss(head(cell(X[batch])[0][:, -1]), y[batch])
                loss.backward()
                adam.step()
                total += loss.detach()
            turns.done(total.item() * job.B / job.N)

    def set_weights(self, cell: Any, head: Any, weights: dict[str, np.ndarray], job: Job) -> None:
        """Give PyTorch the same weights: transposed, GRU's gates as r, z, n, and one bias where the cell needs one."""
        torch, H = self.torch, job.H
        bias = np.atleast_2d(weights["b"])
        order = np.arange(GATES[job.cell] * H)
        if job.cell == "GRU":
            order = np.r_[H : 2 * H, 0:H, 2 * H : 3 * H]
        with torch.no_grad():
            cell.weight_ih_l0.copy_(torch.from_numpy(weights["W"].T[order]))
            cell.weight_hh_l0.copy_(torch.from_numpy(weights["U"].T[order]))
            cell.bias_ih_l0.copy_(torch.from_numpy(bias[0, order]))
            cell.bias_hh_l0.copy_(torch.from_numpy(bias[1, order]) if len(bias) > 1 else torch.zeros(len(order)))
            head.weight.copy_(torch.from_numpy(weights["V"].T))
            head.bias.copy_(torch.from_numpy(weights["c"]))
        cell.bias_hh_l0.requires_grad_(len(bias) > 1)  # two biases added would both step: twice the rate

    def versions(self, job: Job) -> str:
        """Name what ran."""
        return f"torch {self.torch.__version__}, {self.torch.get_num_threads()} threads"


def engine_threads() -> contextlib.AbstractContextManager:
    """Give the cap on BLAS threads that `unrolled.nn` sets while training, where it has one."""
    try:
        from unrolled.nn import threads
    except ImportError:
        return threadpool_limits(1, "blas")  # what its small products want
    return threads.capped()


# One process an engine


def bind(threads: int) -> None:
    """Keep this process, and the threads it will start, to so many cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def peak_memory(restart: bool = False) -> float:
    """Give the peak of this process in MB; where the system can (Linux), start counting again from what it holds now."""
    try:
        if restart:
            Path("/proc/self/clear_refs").write_text("5")
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def serve(engine: Any, job: Job, pipe: Connection) -> None:
    """Answer each request for an epoch with (seconds, loss); at the end send (growth of memory, its peak, versions)."""
    bind(job.threads)
    engine.load(job)
    before = peak_memory(restart=True)
    with contextlib.suppress(FinishedError):
        engine.train(job, Turns(pipe.recv, lambda seconds, loss: pipe.send((seconds, loss))))
    peak = peak_memory()
    pipe.send((peak - before, peak, engine.versions(job)))


class Worker:
    """The driver's end of one engine's process."""

    def __init__(self, engine: Any, job: Job) -> None:
        self.pipe, theirs = APART.Pipe()
        self.process = APART.Process(target=serve, args=(engine, job, theirs), daemon=True)
        self.process.start()
        theirs.close()  # so that its death is an EOFError here and not a wait without end

    def epoch(self) -> tuple[float, float]:
        """Run one epoch there: (seconds, loss)."""
        self.pipe.send(True)
        return self.pipe.recv()

    def close(self) -> tuple[float, float, str]:
        """End it: (growth of memory since its imports in MB, peak in MB, versions)."""
        self.pipe.send(False)
        answer = self.pipe.recv()
        self.process.join()
        return answer


def apart(function: Callable, *args: Any) -> Any:
    """Call the function in a process of its own."""
    with APART.Pool(1) as pool:
        return pool.apply(function, args)


def best_way(job: Job, jit: bool) -> tuple[str, dict[str, float]]:
    """Find the fastest way to drive Keras here: the best of two epochs each, after one to compile."""
    bind(job.threads)
    seconds = {}
    for way in ["train_on_batch", "fit:1", "fit:8", "fit:64"]:
        engine, times = Keras(jit, way), []
        engine.load(job)
        with contextlib.suppress(FinishedError):
            engine.train(job, Turns(lambda times=times: len(times) < 3, lambda s, loss, times=times: times.append(s)))
        seconds[way] = min(times[1:])
        engine.keras.backend.clear_session()
    return min(seconds, key=seconds.get), seconds


def measure(job: Job, epochs: int) -> dict[str, dict[str, Any]]:
    """Let the engines take turns; give each one's seconds, losses, memory and versions."""
    ways = {}
    for jit in (False, True):
        ways[jit], seconds = apart(best_way, job, jit)
        note(f"  keras jit_compile={jit}: " + ", ".join(f"{way} {s:.3f} s" for way, s in seconds.items()))
    engines = {
        "unrolled": Unrolled(),
        "keras": Keras(False, ways[False]),
        "keras jit": Keras(True, ways[True]),
        "torch": Torch(),
    }
    workers = {name: Worker(engine, job) for name, engine in engines.items()}
    turns = {name: [] for name in engines}
    for _ in range(1 + epochs):  # the first compiles and warms up
        for name, worker in workers.items():
            turns[name].append(worker.epoch())
            time.sleep(PAUSE)
    results = {}
    for name, worker in workers.items():
        growth, peak, versions = worker.close()
        seconds, losses = zip(*turns[name], strict=True)
        results[name] = {"seconds": seconds[1:], "loss": losses, "growth": growth, "peak": peak, "versions": versions}
    results["keras"]["way"], results["keras jit"]["way"] = ways[False], ways[True]
    same_work(job, {name: result["loss"] for name, result in results.items()})
    return results


# How far an engine's losses may be from unrolled's, relative, in any of the first three epochs. Measured on the nine rows of the tables:
#
#   rounding   unrolled beside itself in float64 1.3e-7; PyTorch 3.9e-7, and 1e-15 when both count in float64; Keras 4.6e-6 (6.6e-6
#              with --quick), because it computes Adam's factor sqrt(1 - beta2^t) / (1 - beta1^t) in float32: with that factor unrolled
#              in float64 is as far off, to 5e-7 (third size).
#   faults     put into PyTorch; the least of the rows (GRU at the second size: first epoch only). Epsilon added where PyTorch adds it
#              1.1e-5 (most 1.9e-3), epsilon doubled 1.6e-5, rate 1.0001 5e-5, beta2 .9991 7e-5, the head's bias not trained 1e-4, a
#              second bias that also steps 8e-4, b zero 4e-3. One weight zero: of b 7e-5, of U 1.4e-5 (8e-8 if only the first epoch
#              is looked at, hence three), of W 4.2e-6.
#
# In PyTorch each of these is found. In Keras, whose own 4e-6 is in the way, a fault below 1.5e-5 can pass.
LIMITS = {"keras": 1e-5, "keras jit": 1e-5, "torch": 2e-6}


def same_work(job: Job, losses: dict[str, Sequence[float]]) -> None:
    """Refuse to compare engines that did not do the same work."""
    ours = np.array(losses["unrolled"][:3])
    far = {name: float(np.abs(np.array(losses[name][:3]) / ours - 1).max()) for name in LIMITS}
    told = ", ".join(f"{name} {by:.1e} (limit {LIMITS[name]:.0e})" for name, by in far.items())
    note(f"  {job}: the losses of the first epochs are apart from unrolled's by {told}")
    if not all(by < LIMITS[name] for name, by in far.items()):
        raise SystemExit(
            f"{job}: the engines do not do the same work; losses apart from unrolled's by {told}: {losses}"
        )


# The floor: what the products alone must cost on this machine


def products(job: Job) -> list[tuple[int, tuple[int, int, int]]]:
    """List the products one epoch of training needs, as (times, (rows, inner, columns)); the head is left out, and so is dX."""
    D, H, T, B, K = job.D, job.H, job.T, job.B, GATES[job.cell] * job.H
    batches = job.N // B
    return [
        (batches, (B * T, D, K)),  # the input projection of all steps
        (batches * T, (B, H, K)),  # h U
        (batches * T, (B, K, H)),  # dz U^T
        (batches, (D, B * T, K)),  # dW
        (batches, (H, B * T, K)),  # dU
    ]


def floor(job: Job) -> dict[str, float]:
    """Measure the rate of products of these shapes, alone, with one thread or all, whichever is faster; and of numpy's tanh."""
    bind(job.threads)
    rng = np.random.default_rng(4)
    seconds = macs = 0
    for times, (rows, inner, columns) in products(job):
        a, b = (rng.standard_normal(shape, dtype=np.float32) for shape in ((rows, inner), (inner, columns)))
        out = np.empty((rows, columns), np.float32)
        best = float("inf")
        for threads in {1, job.threads}:
            with threadpool_limits(threads, "blas"):
                best = min(best, time_of(lambda a=a, b=b, out=out: np.matmul(a, b, out=out)))
        seconds += times * best
        macs += times * rows * inner * columns
    z = rng.standard_normal((job.B, GATES[job.cell] * job.H), dtype=np.float32)
    tanhs = job.N // job.B * job.T * (1 + (job.cell == "LSTM") / 4)  # every gate once, and LSTM's state
    return {"macs": macs, "seconds": seconds, "tanh": tanhs * time_of(lambda: np.tanh(z, out=z))}


def time_of(call: Callable[[], Any], budget: float = 0.3) -> float:
    """Give the median seconds of a call, repeated until the budget is spent."""
    call()
    times, end = [], time.perf_counter() + budget
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


# The profile: where the time of our LSTM goes, line by line


class LineClock:
    """Charge time to the line of `unrolled.nn` being run (its callees outside included), by Python's trace hook."""

    def __init__(self) -> None:
        self.seconds, self.hits, self.calls, self.line, self.since = Counter(), Counter(), Counter(), None, 0.0

    def __call__(self, frame: FrameType, event: str, arg: object) -> "LineClock | None":
        """Charge the time since the last event to its line, and start the next."""
        path = Path(frame.f_code.co_filename)
        if path.parent.name != "nn":
            return None
        now = time.perf_counter()
        if self.line is not None:
            self.seconds[self.line] += now - self.since
        function = (path, frame.f_code.co_name)
        if event == "call":
            self.calls[function] += 1
        self.line = None if event == "return" else (*function, frame.f_lineno)
        self.hits[self.line] += event == "line"
        self.since = time.perf_counter()
        return self

    def section(self, line: tuple[Path, str, int]) -> str:
        """Name what a line does, by its text and whether it runs once a call or once a step."""
        path, function, number = line
        text = linecache.getline(str(path), number)
        if path.stem == "optimise":
            return "Adam"
        where = "each step" if self.hits[line] > 2 * self.calls[path, function] else "once a batch"
        if any(word in text for word in ("@", "matmul", ".dot(", "einsum")):
            return f"products, {function}, {where}"
        if any(word in text for word in ("tanh", "sigmoid", "exp(")):
            return f"activations, {function}, {where}"
        if path.stem not in {"lstm", "gru", "rnn"}:
            return f"the rest of {path.name}"
        return f"the rest, {function}, {where}"


def profile(job: Job) -> str:
    """Train one epoch under the line clock and tell the sections and the slowest lines."""
    bind(job.threads)
    engine, clock, epochs, faults = Unrolled(), LineClock(), [], []
    engine.load(job)

    def more() -> bool:
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
        sys.settrace(clock if len(epochs) == 2 else None)
        return len(epochs) < 3

    with contextlib.suppress(FinishedError):
        engine.train(job, Turns(more, lambda seconds, loss: epochs.append(seconds)))
    total, sections = sum(clock.seconds.values()), Counter()
    for line, seconds in clock.seconds.items():
        sections[clock.section(line)] += seconds
    lines = [
        f"### {job}: {epochs[1]:.3f} s an epoch, {epochs[2]:.3f} s under the line clock",
        "",
        f"{(faults[2] - faults[1]) * job.B / job.N:.0f} page faults a batch: memory fetched anew and cleared, charged to who writes first",
        "",
        "| section | share |",
        "|---|---:|",
    ]
    lines += [
        f"| {name} | {seconds / total:.1%} |" for name, seconds in sections.most_common() if seconds > total / 200
    ]
    lines += ["", "| line | share | runs | µs each | |", "|---|---:|---:|---:|---|"]
    for line, seconds in clock.seconds.most_common(25):
        path, _, number = line
        text, hits = linecache.getline(str(path), number).strip().replace("|", "\\|"), max(clock.hits[line], 1)
        lines.append(
            f"| {path.name}:{number} | {seconds / total:.1%} | {hits} | {1e6 * seconds / hits:.1f} | `{text}` |"
        )
    return "\n".join(lines)


# The report


def note(text: str) -> None:
    """Tell how far the run is, beside the report."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """Name the machine and what ran on it."""
    with contextlib.suppress(OSError, StopIteration):
        cpuinfo = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name"))
        return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def seconds_cell(result: dict[str, Any]) -> str:
    """Write a median with its range."""
    return f"{statistics.median(result['seconds']):.3f} ({min(result['seconds']):.3f}-{max(result['seconds']):.3f})"


def report(rows: list[tuple[Job, dict[str, dict[str, Any]], dict[str, float]]]) -> str:
    """Write the tables in Markdown."""
    speed = [
        "| cell | sizes | unrolled, s | Keras plain, s | Keras jit, s | PyTorch, s | Keras / unrolled | unrolled / PyTorch |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    memory = ["| cell | sizes | unrolled, MB | Keras, MB | PyTorch, MB |", "|---|---|---:|---:|---:|"]
    limits = [
        "| cell | sizes | multiply-adds, G | products alone, s | G multiply-adds/s | share reached | tanh alone, s | share with tanh |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for job, results, least in rows:
        name = f"| {job.cell} | H={job.H} T={job.T} B={job.B} "
        median = {engine: statistics.median(result["seconds"]) for engine, result in results.items()}
        ours, keras = median["unrolled"], min(("keras", "keras jit"), key=median.get)
        ratios = f"{median[keras] / ours:.2f} | {ours / median['torch']:.2f} |"
        times = " | ".join(
            seconds_cell(result) + (f" {result['way']}" if "way" in result else "") for result in results.values()
        )
        speed.append(f"{name}| {times} | {ratios}")
        held = " | ".join(
            f"{results[engine]['growth']:.0f} ({results[engine]['peak']:.0f})"
            for engine in ("unrolled", keras, "torch")
        )
        memory.append(f"{name}| {held} |")
        limits.append(
            f"{name}| {least['macs'] / 1e9:.2f} | {least['seconds']:.3f} | {least['macs'] / least['seconds'] / 1e9:.1f} "
            f"| {least['seconds'] / ours:.0%} | {least['tanh']:.3f} | {(least['seconds'] + least['tanh']) / ours:.0%} |"
        )
    job, results, _ = rows[0]
    versions = "; ".join(dict.fromkeys(result["versions"] for result in results.values()))
    return "\n".join(
        [
            f"{machine()}; {versions}; every engine on the same {job.threads} cores; load at the end {os.getloadavg()[0]:.1f}. "
            f"N={job.N} sequences, D={job.D}, float32; seconds an epoch: median (least-most) of {len(results['unrolled']['seconds'])}, "
            "the engines taking turns, compilation and one epoch of warm-up left out. The better Keras counts.",
            "",
            *speed,
            "",
            "Peak memory of training: growth since the imports, the data included (the whole process in brackets).",
            "",
            *memory,
            "",
            "The floor: the multiply-adds of forward and backward at the rate of products of these shapes on this machine; then with "
            "NumPy's tanh of every gate.",
            "",
            *limits,
        ]
    )


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the first size, 512 sequences, 3 epochs")
    parser.add_argument("--profile", action="store_true", help="tell where the time of one cell goes instead")
    parser.add_argument("--cells", nargs="+", choices=GATES, help="only these (default: all; with --profile, LSTM)")
    parser.add_argument("--sizes", nargs="+", type=int, choices=[1, 2, 3], default=[1, 2, 3], help="only these sizes")
    parser.add_argument("--epochs", type=int, default=5, help="epochs timed (default 5)")
    parser.add_argument("--threads", type=int, default=2, help="cores and threads of every engine (default 2)")
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.epochs = options.sizes[:1], min(options.epochs, 3)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(options.threads)  # read by the engines' processes, not by this one
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    cells = options.cells or (["LSTM"] if options.profile else list(GATES))
    jobs = [Job(cell, **SIZES[size - 1], threads=options.threads) for size in options.sizes for cell in cells]
    if options.quick:
        jobs = [replace(job, N=512) for job in jobs]
    if options.profile:
        for job in jobs:
            print(apart(profile, job), end="\n\n")
        return
    rows = []
    for job in jobs:
        note(str(job))
        rows.append((job, measure(job, options.epochs), apart(floor, job)))
    print(report(rows))


if __name__ == "__main__":
    main()

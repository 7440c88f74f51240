"""Make a set from the text format `.ts`, in which timeseriesclassification.com publishes its archives."""

from itertools import groupby

import numpy as np

from unrolled.data.making.archive import Archive


def extract(archive: Archive, problem: str, held_out: int) -> dict[str, np.ndarray]:
    """Return one problem of the archive with a validation part: the last series of each class in its training part.

    The rows are the rest of the training part, then the validation part, then the archive's test part, each in the
    order of the archive's files. Series i is `values[start[i] : start[i] + length[i]]`; `start` follows from `length`.

    Args:
        archive: the package aeon.
        problem: the name of the problem.
        held_out: series of each class that go to validation.

    Returns:
        `values`, (steps, D) float32, all series one after the other; `length`, (N,) uint16; `label`, (N,) uint8, the
        class as its place in the archive's own order.
    """
    folder = f"aeon/datasets/data/{problem}/{problem}"
    (series, labels), (test, test_labels) = (read_ts(archive.read(f"{folder}_{part}.ts")) for part in ("TRAIN", "TEST"))
    by_class = groupby(sorted(range(len(labels)), key=lambda i: labels[i]), key=lambda i: labels[i])
    last = {i for _, rows in by_class for i in list(rows)[-held_out:]}
    order = [i for i in range(len(labels)) if i not in last] + sorted(last)
    rows = [series[i] for i in order] + test
    return {
        "values": np.concatenate(rows).astype(np.float32),
        "length": np.array([len(row) for row in rows], dtype=np.uint16),
        "label": np.array([labels[i] for i in order] + test_labels, dtype=np.uint8),
    }


def read_ts(content: bytes) -> tuple[list[np.ndarray], list[int]]:
    """Return the series of a file and their classes, in the file's order.

    A file begins with comments (`#`) and settings (`@`), of which `@classLabel true ...` names the classes. After
    `@data` each line is one series: channels parted by colons, their values by commas, and last the class.

    Returns:
        series, each (T, D) float64 with its own T; and for each the number of its class in `@classLabel`.
    """
    head, _, data = content.decode("utf-8").partition("@data")
    names = next(line.split()[2:] for line in head.splitlines() if line.startswith("@classLabel"))
    rows = [line.split(":") for line in data.split()]
    series = [np.array([channel.split(",") for channel in channels], dtype=float).T for *channels, _ in rows]
    return series, [names.index(name) for *_, name in rows]

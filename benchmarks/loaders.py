"""Load each data set in a process of its own: seconds, and the memory it adds at its peak.

python benchmarks/loaders.py            # all sets, a Markdown table
python benchmarks/loaders.py tweets oil # some
"""

import json
import subprocess
import sys
from statistics import median

from unrolled.data import names

SECONDS, MEGABYTES, RUNS = 0.5, 200, 5

# NumPy is imported before the clock starts: every notebook has it. The peak is read from the system, which sees
# what Python's own counters do not (decompression, NumPy's buffers).
LOAD = """
import json, resource, sys, time
import numpy, lzma, zipfile
from unrolled.data import load
unit = 1 if sys.platform == "darwin" else 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
kept = load(sys.argv[1])
seconds = time.perf_counter() - start
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, (after - before) * unit / 1e6]))
"""


def main() -> int:
    """Print the table; exit status 1 when a loader misses a bound."""
    late = []
    print(f"| set | seconds, median of {RUNS} | memory at its peak, MB |\n|---|---:|---:|")
    for name in sys.argv[1:] or names():
        runs = [_measure(name) for _ in range(RUNS)]
        seconds, megabytes = median(run[0] for run in runs), max(run[1] for run in runs)
        print(f"| {name} | {seconds:.3f} | {megabytes:.0f} |", flush=True)
        if seconds >= SECONDS or megabytes >= MEGABYTES:
            late.append(name)
    print(
        f"\nBound: {SECONDS} s and {MEGABYTES} MB. " + (f"Missed by: {', '.join(late)}." if late else "All within it.")
    )
    return 1 if late else 0


def _measure(name: str) -> list[float]:
    run = subprocess.run([sys.executable, "-c", LOAD, name], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


if __name__ == "__main__":
    sys.exit(main())

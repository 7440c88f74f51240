"""Grade the same submissions with Unrolled, nbgrader and otter: seconds each, alone and in bulk.

pip install -e '.[bench]'
python benchmarks/grading.py             # the comparison and the TensorFlow lab, about 8 minutes
python benchmarks/grading.py --class 300 # a class of 300 by `unrolled grade`, twice, with the grader's memory
python benchmarks/grading.py --bulk 40   # what a file costs in a class, beside the others; about 10 minutes
python benchmarks/grading.py --profile   # where our time goes

The lab is lab 02 with its four exercises. All three graders run the same checks (`unrolled.checks.lab02`): ours outside
the learner's process and in a sandbox, the others, which have neither, in test cells inside the learner's kernel.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).parents[1]
LAB = "02_forward"
# Files run as they would be in a terminal; a caching warm start is part of what is measured, so each is run once before.
ENVIRONMENT = os.environ | {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # nbgrader calls alembic by its name
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
KERAS = '''import keras
def rnn_forward(X, params, h0=None):
    """With Keras' own layer."""
    layer = keras.layers.SimpleRNN(len(params["b"]), return_sequences=True, dtype="float64")
    layer.build(X.shape)
    layer.set_weights([params["W"], params["U"], params["b"]])
    return layer(X, initial_state=None if h0 is None else np.array(h0)).numpy()

model = keras.Sequential([keras.layers.SimpleRNN(16), keras.layers.Dense(1)])
model.compile("adam", "mse")
rng = np.random.default_rng(0)
model.fit(rng.normal(size=(256, 20, 3)), rng.normal(size=(256, 1)), epochs=2, verbose=0)
'''


def answers(kind: str) -> dict[int, str]:
    """Return the answer cells of one kind of submission."""
    notebook = json.loads((ROOT / "solutions" / f"{LAB}.ipynb").read_text(encoding="utf-8"))
    right = {
        cell["metadata"]["lab"]["exercise"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["metadata"].get("lab", {}).get("role") == "answer"
    }
    if kind == "right":
        return right
    if kind == "partial":
        return right | {1: right[1].replace(' + params["b"]', "")}
    if kind == "keras":
        return right | {2: KERAS}
    return {}


def submission(kind: str) -> dict:
    """Return the notebook a learner of one kind hands in."""
    notebook = json.loads((ROOT / "labs" / f"{LAB}.ipynb").read_text(encoding="utf-8"))
    its = answers(kind)
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("lab", {})
        if mark.get("role") == "answer" and mark["exercise"] in its:
            cell["source"] = its[mark["exercise"]]
    return notebook


KINDS = ("right", "partial", "stub")


class Unrolled:
    """This grader, sandboxed."""

    name = "unrolled"

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder / "ours", count
        for number in range(count):
            its = self.folder / "class" / f"learner-{number:02d}"
            its.mkdir(parents=True)
            (its / f"{LAB}.ipynb").write_text(json.dumps(submission(KINDS[number % 3])))

    def alone(self) -> None:
        """Grade one file in a process of its own."""
        run("unrolled", "check", self.folder / "class" / "learner-00" / f"{LAB}.ipynb", allowed=(0, 1))

    def many(self, workers: int) -> None:
        """Grade all, with so many workers."""
        out = self.folder / "results"
        shutil.rmtree(out, ignore_errors=True)
        run("unrolled", "grade", self.folder / "class", "--lab", "02", "--out", out, "--workers", workers, "--unsafe")

    def totals(self) -> list[float]:
        """Points of each, in order."""
        grades = json.loads((self.folder / "results" / "grades.json").read_text(encoding="utf-8"))
        return [grade["points"] for grade in sorted(grades, key=lambda grade: grade["learner"])]


class Nbgrader:
    """nbgrader: its autograde command on a course of one assignment."""

    name = "nbgrader"

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder / "nbgrader", count
        self.folder.mkdir()
        (self.folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'rnn'\n")
        source = self._notebook(answers("right"))
        (self.folder / "source" / "lab").mkdir(parents=True)
        (self.folder / "source" / "lab" / f"{LAB}.ipynb").write_text(json.dumps(source))
        run("nbgrader", "generate_assignment", "lab", cwd=self.folder)
        for number in range(count):
            its = self.folder / "submitted" / f"learner-{number:02d}" / "lab"
            its.mkdir(parents=True)
            (its / f"{LAB}.ipynb").write_text(json.dumps(self._notebook(answers(KINDS[number % 3]))))

    @staticmethod
    def _notebook(its: dict[int, str]) -> dict:
        """The lab in nbgrader's form: each check cell is a locked test cell that asserts."""
        notebook = submission("stub")
        for cell in notebook["cells"]:
            mark = cell["metadata"].get("lab", {})
            number, role = mark.get("exercise"), mark.get("role")
            if role == "answer":
                cell["source"] = its.get(number, cell["source"])
                cell["metadata"] = {"nbgrader": _mark(f"answer{number}", solution=True)}
            elif role == "check":
                cell["source"] = (
                    f"from unrolled.checks.lab02 import LAB\n"
                    f"assert all(r.verdict.right for r in LAB.judge({number}, globals()))"
                )
                cell["metadata"] = {"nbgrader": _mark(f"test{number}", grade=True, points=2)}
            else:
                cell["metadata"] = {}
        # What follows the exercises is not graded, and nbgrader would run it.
        last = max(place for place, cell in enumerate(notebook["cells"]) if "nbgrader" in cell["metadata"])
        return notebook | {"cells": notebook["cells"][: last + 1]}

    def alone(self) -> None:
        """Grade one file in a process of its own."""
        run("nbgrader", "autograde", "lab", "--student=learner-00", "--force", cwd=self.folder)

    def many(self, workers: int) -> None:
        """Grade all; with two workers, two processes on half of the learners each."""
        patterns = ["*"] if workers == 1 else ["learner-?[02468]", "learner-?[13579]"]
        together(
            [("nbgrader", "autograde", "lab", f"--student={pattern}", "--force") for pattern in patterns], self.folder
        )

    def totals(self) -> list[float]:
        """Points of each, in order."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as book:
            return [book.find_submission("lab", f"learner-{number:02d}").score for number in range(self.count)]


def _mark(name: str, *, grade: bool = False, solution: bool = False, points: int | None = None) -> dict:
    mark = {"grade": grade, "solution": solution, "locked": grade, "grade_id": name, "schema_version": 3, "task": False}
    return mark | ({"points": points, "cell_type": "code"} if points else {})


class Otter:
    """otter-grader: `otter run`, which grades one notebook without a container."""

    name = "otter"

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder / "otter", count
        self.folder.mkdir()
        with zipfile.ZipFile(self.folder / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", json.dumps({"lang": "python", "show_stdout": False}))
            for number in answers("right"):
                # The blank line ends the doctest, whose value must be True.
                body = (
                    ">>> from unrolled.checks.lab02 import LAB\n"
                    f">>> all(r.verdict.right for r in LAB.judge({number}, globals()))\nTrue\n"
                )
                case = {"code": body, "hidden": True, "locked": False, "points": 2}
                suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
                archive.writestr(
                    f"tests/q{number}.py", f"OK_FORMAT = True\ntest = {{'name': 'q{number}', 'suites': [{suite!r}]}}\n"
                )
        for number in range(count):
            its = self.folder / f"learner-{number:02d}"
            its.mkdir()
            notebook = submission(KINDS[number % 3])
            last = max(i for i, cell in enumerate(notebook["cells"]) if cell["metadata"].get("lab"))
            kept = [c for c in notebook["cells"][: last + 1] if c["metadata"].get("lab", {}).get("role") != "check"]
            (its / f"{LAB}.ipynb").write_text(json.dumps(notebook | {"cells": kept}))

    def _command(self, number: int) -> tuple:
        its = self.folder / f"learner-{number:02d}"
        return "otter", "run", "-a", self.folder / "autograder.zip", "-o", its, "--no-logo", its / f"{LAB}.ipynb"

    def alone(self) -> None:
        """Grade one file in a process of its own."""
        run(*self._command(0), cwd=self.folder)

    def many(self, workers: int) -> None:
        """Grade all in one process, which spares otter its start; with two workers, in two."""
        code = (
            "import sys; from otter.run import main\n"
            "for its in sys.argv[3:]: main(f'{its}/{sys.argv[1]}.ipynb', autograder=sys.argv[2], output_dir=its, no_logo=True)"
        )
        names = [str(self.folder / f"learner-{number:02d}") for number in range(self.count)]
        parts = [names[start::workers] for start in range(workers)]
        together([("python", "-c", code, LAB, self.folder / "autograder.zip", *part) for part in parts], self.folder)

    def totals(self) -> list[float]:
        """Points of each, in order."""
        found = []
        for number in range(self.count):
            results = json.loads((self.folder / f"learner-{number:02d}" / "results.json").read_text())
            found.append(sum(test.get("score", 0) for test in results["tests"]))
        return found


def run(program: str, *arguments: object, cwd: Path | None = None, allowed: tuple[int, ...] = (0,)) -> None:
    """Run one of the graders' commands, from this environment."""
    done = subprocess.run(
        _command(program, arguments), cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode not in allowed:
        raise SystemExit(f"{program} {' '.join(map(str, arguments))} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def together(commands: list[tuple], cwd: Path) -> None:
    """Run several at the same time, and wait for all."""
    running = [
        subprocess.Popen(
            _command(c[0], c[1:]), cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for c in commands
    ]
    statuses = [process.wait() for process in running]
    if any(statuses):
        raise SystemExit(f"{commands[0][0]} failed.")


def _command(program: str, arguments: tuple) -> list[str]:
    here = Path(sys.executable).parent
    return [str(here / program), *map(str, arguments)]


def clock(work: Callable[[], None], times: int) -> list[float]:
    """Seconds of each run."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def compare(count: int, times: int) -> None:
    """Print the table of the three graders, which take turns."""
    with tempfile.TemporaryDirectory() as folder:
        graders = [kind(Path(folder), count) for kind in (Unrolled, Nbgrader, Otter)]
        for grader in graders:  # a warm-up, and the proof that all grade alike
            grader.alone()
            grader.many(1)
            proved(grader)
        seconds: dict[str, list[list[float]]] = {grader.name: [[], [], []] for grader in graders}
        for _ in range(times):
            for grader in graders:
                for row, work in enumerate((grader.alone, lambda: grader.many(1), lambda: grader.many(2))):  # noqa: B023
                    seconds[grader.name][row] += clock(work, 1)
    print(
        "| grader | one file, s | in bulk, one worker, s each | two workers, s each | nbgrader or otter / unrolled, two workers |"
    )
    print("|---|---:|---:|---:|---:|")
    ours = median(seconds["unrolled"][2])
    for name, (alone, one, two) in seconds.items():
        cells = [spread(alone), spread(one, count), spread(two, count)]
        print(f"| {name} | {' | '.join(cells)} | {median(two) / ours:.1f} |")
    print(
        f"\n{count} files: right, partly right and untouched in turns. Median of {times} (least-most); the commands' start is in it."
    )


def proved(grader: Unrolled | Nbgrader | Otter) -> None:
    """Stop unless right answers got everything and stubs nothing."""
    totals = grader.totals()
    highest = {"unrolled": 10, "nbgrader": 8, "otter": 8}[grader.name]
    if set(totals[::3]) != {highest} or any(totals[2::3]):
        raise SystemExit(f"{grader.name} graded wrongly: {totals}")
    print(f"{grader.name}: {totals}", file=sys.stderr)


def bulk(count: int) -> None:
    """Print what a file costs in a class of so many, where the start of a command weighs little; each grader once."""
    print(f"| grader | {count} files, one worker, s each | two workers, s each | of unrolled's, two workers |")
    print("|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        ours = 0.0
        for kind in (Unrolled, Nbgrader, Otter):
            grader = kind(Path(folder), count)
            grader.alone()  # a warm-up
            one, two = (clock(lambda: grader.many(workers), 1)[0] / count for workers in (1, 2))  # noqa: B023
            proved(grader)
            ours = ours or two
            print(f"| {grader.name} | {one:.2f} | {two:.2f} | {two / ours:.1f} |", flush=True)
    print(
        "\nRight, partly right and untouched files in turns; one run. Only unrolled runs learners' code in a sandbox, and each "
        "exercise in a kernel of its own."
    )


def spread(values: list[float], over: int = 1) -> str:
    """The median with the least and the most."""
    values = [value / over for value in values]
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def in_process(kind: str, times: int) -> Iterator[float]:
    """Seconds of one file after the other in this process, as a worker grades them; the first, a warm-up, is left out."""
    from unrolled.grading import engine, rooms
    from unrolled.grading.job import Job

    content = json.dumps(submission(kind)).encode()
    its = engine.master("02")
    if kind == "keras":  # as if the lab's own cells imported it, so that it is warm
        engine.master = lambda lab: engine.Master(its.notebook, its.lab, its.right, (*its.modules, "keras"))
    for turn in range(times + 1):
        start = time.perf_counter()
        grade = engine.grade_job(Job("02", "", "lab.ipynb", content, turn))
        if grade.points != grade.possible:
            raise SystemExit(f"A right answer got {grade.points}: {grade}")
        if turn:
            yield time.perf_counter() - start
    print(f"Room: {rooms.strongest()}", file=sys.stderr)
    engine.close()
    engine.master = lambda lab: its


def profile() -> None:
    """Print where the time of a file goes in a worker."""
    from unrolled.grading import engine, kernel, pytest_plugin
    from unrolled.room import ask  # noqa: F401

    spent: dict[str, float] = {}

    def timed(owner: object, name: str, label: str) -> None:
        inner = getattr(owner, name)

        def outer(*args: object, **kwargs: object) -> object:
            start = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                spent[label] = spent.get(label, 0) + time.perf_counter() - start

        setattr(owner, name, outer)

    timed(kernel.RoomKernel, "__init__", "opening the room, until its kernel answers")
    timed(kernel.RoomKernel, "stop", "closing it")
    timed(kernel.RoomKernel, "ask", "calls of the learner's functions")
    timed(pytest_plugin.LabCell, "run_before", "cells before the answer and the checks")
    timed(pytest_plugin.IPyNbCell, "runtest", "the answer")
    timed(engine, "_grade", "all")
    turns = 20
    for _ in in_process("right", turns):
        pass
    total = spent.pop("all") / (turns + 1)
    print("| part | ms a file |\n|---|---:|")
    for label, seconds in spent.items():
        print(f"| {label} | {1000 * seconds / (turns + 1):.0f} |")
    print(
        f"| pytest, nbval, reading the file, the checks' own arithmetic | {1000 * (total - sum(spent.values()) / (turns + 1)):.0f} |"
    )
    print(f"| all, four exercises in four rooms | {1000 * total:.0f} |")


HOSTILE = (
    "import os\nos._exit(0)",
    "from unrolled.checks.lab02 import LAB\ndef rnn_step(x, h, params):\n    return LAB",
    "import builtins\nbuiltins.print = builtins.len = None\ndef rnn_step(x, h, params):\n    raise SystemExit",
    "def rnn_step(x, h, params):\n    return bytearray(10**11)",
    "import subprocess\ndef rnn_step(x, h, params):\n    return subprocess.run(['cat', '/etc/shadow'])",
    "def rnn_step(x, h, params):\n    while True: pass",
)


def whole_class(count: int) -> None:
    """Grade a generated class twice with the command: the time, the memory of the process that leads, the same results.

    One file in twenty is broken off, one in fifty attacks the grader; the others are right, partly right and untouched.
    """
    with tempfile.TemporaryDirectory() as folder:
        ours = Unrolled(Path(folder), count)
        for number in range(count):
            file = ours.folder / "class" / f"learner-{number:02d}" / f"{LAB}.ipynb"
            if number % 20 == 7:
                file.write_text(file.read_text()[:5000])
            elif number % 50 == 11:
                notebook = submission("right")
                cell = next(cell for cell in notebook["cells"] if cell.get("id") == "exercise-1-answer")
                cell["source"] = HOSTILE[number // 50 % len(HOSTILE)]
                file.write_text(json.dumps(notebook))
        found = [_watched(ours.folder / "class", Path(folder) / f"results-{turn}") for turn in (1, 2)]
    (seconds, peaks, first), (again, _, second) = found
    print(
        f"{count} files of four exercises, two workers, reports included: {seconds:.1f} s, {seconds / count:.2f} s each; "
        f"the second time {again:.1f} s, results {'identical' if first == second else 'DIFFERENT'}."
    )
    quarter = max(len(peaks) // 4, 1)
    print(
        "Memory of the process that leads, MB: "
        + ", ".join(f"{max(peaks[i * quarter : (i + 1) * quarter] or [0]):.0f}" for i in range(4))
        + " in the four quarters of the run."
    )
    if first != second:
        raise SystemExit("The same class and the same seed gave other results.")


def _watched(handed: Path, out: Path) -> tuple[float, list[float], list[dict]]:
    """Grade a class; return the seconds, the memory in MB every fifth of a second, and the results without times."""
    start = time.perf_counter()
    command = ("grade", handed, "--lab", "02", "--out", out, "--workers", 2, "--seed", 5, "--unsafe")
    process = subprocess.Popen(_command("unrolled", command), env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    watched, peaks = psutil.Process(process.pid), []
    while process.poll() is None:
        try:
            peaks.append(watched.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.2)
    seconds = time.perf_counter() - start
    grades = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    for grade in grades:
        for exercise in grade["exercises"]:
            exercise.pop("seconds")
    return seconds, peaks, sorted(grades, key=lambda grade: grade["learner"])


def machine() -> None:
    """Print what this ran on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    names = [
        f"{name} {version(name)}" for name in ("unrolled", "nbgrader", "otter-grader", "nbval", "pytest", "ipykernel")
    ]
    print(f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; {', '.join(names)}; "
          f"load {os.getloadavg()[0]:.1f} at the end.\n")  # fmt: skip


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=6, help="files in bulk (default 6)")
    parser.add_argument("--times", type=int, default=3, help="runs of each (default 3)")
    parser.add_argument("--class", dest="size", type=int, help="only a class of so many")
    parser.add_argument("--bulk", type=int, help="only what a file costs in a class of so many, beside the others")
    parser.add_argument("--profile", action="store_true", help="only where our time goes")
    options = parser.parse_args()
    if options.profile:
        profile()
    elif options.size:
        whole_class(options.size)
    elif options.bulk:
        bulk(options.bulk)
    else:
        compare(options.count, options.times)
        for kind in ("right", "keras"):
            print(f"\nA worker that is warm, {kind} answers: {spread(list(in_process(kind, 10)))} s a file.")
    machine()


if __name__ == "__main__":
    main()

"""Look at this machine and say OK or FAIL for what the course needs, with the mend."""

import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
from packaging.requirements import Requirement

from unrolled import course, data
from unrolled.authoring.pdf import BROWSERS
from unrolled.grading import rooms

GIGABYTE = 1e9


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes:
        state: "OK", "FAIL", or "NOTE" for what only authors or teachers need.
        what: what was looked at, and what was seen.
        mend: what to do, when there is something to do.
    """

    state: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.state:<5}{self.what}" + (f"\n     {self.mend}" if self.mend else "")


def examine() -> Iterator[Finding]:
    """Yield the findings one by one, the quick ones first."""
    yield python_version(sys.version_info[:2])
    yield from packages(importlib.metadata.requires("unrolled") or [])
    yield course_files()
    yield memory(psutil.virtual_memory().total)
    yield from data_sets()
    yield kernel()
    yield sandbox()
    yield browser()


def python_version(version: tuple[int, int]) -> Finding:
    """The versions of Python that TensorFlow and the lock file cover."""
    name = f"Python {version[0]}.{version[1]}"
    if (3, 11) <= version <= (3, 13):
        return Finding("OK", name)
    return Finding(
        "FAIL",
        f"{name}: the course runs on 3.11, 3.12 and 3.13",
        "Install one of them, then: make start PYTHON=python3.12",
    )


def packages(requirements: list[str]) -> Iterator[Finding]:
    """Every package the course asks for, in the version it asks for."""
    wanted = [requirement for requirement in map(Requirement, requirements) if _applies(requirement)]
    bad = []
    for requirement in wanted:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            bad.append(f"{requirement.name} is not installed")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            bad.append(f"{requirement.name} is {version}, needed {requirement.specifier}")
    for problem in bad:
        yield Finding("FAIL", problem, "Make the environment anew: rm -r .venv, then make start")
    if not bad:
        yield Finding("OK", f"{len(wanted)} packages in the versions the course was tested with")


def memory(total: int) -> Finding:
    """Enough for JupyterLab, a TensorFlow kernel and a browser."""
    seen = f"{total / GIGABYTE:.0f} GB of memory"
    if total >= 4 * GIGABYTE:
        return Finding("OK", seen)
    return Finding(
        "FAIL", f"{seen}; TensorFlow lessons need 4 GB", "Close other programs; NumPy lessons and labs still run."
    )


def data_sets() -> Iterator[Finding]:
    """All vendored data against their checksums."""
    problems = [problem for name in data.names() for problem in data.verify(name)]
    for problem in problems:
        yield Finding("FAIL", problem)
    if not problems:
        yield Finding("OK", f"{len(data.names())} data sets, checksums right")


def kernel() -> Finding:
    """A notebook kernel starts and answers."""
    probe = (
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='python3')\n"
        "client.execute('1', reply=True, timeout=30); client.stop_channels(); manager.shutdown_kernel(now=True)"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=120, check=False)
    if run.returncode == 0:
        return Finding("OK", "a notebook kernel starts and answers")
    reason = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
    return Finding(
        "FAIL", f"no notebook kernel starts: {reason}", "Make the environment anew: rm -r .venv, then make start"
    )


def sandbox() -> Finding:
    """What strangers' code would be shut in when a class is graded; checking one's own work needs nothing of it."""
    kind = rooms.strongest()
    own = "checking your own work needs none"
    if kind == rooms.NAMESPACES:
        return Finding(
            "OK", "a sandbox for strangers' code: Linux namespaces, a kernel in a few hundredths of a second"
        )
    if kind == rooms.BUBBLEWRAP:
        return Finding("OK", "a sandbox for strangers' code: bubblewrap, a kernel in a second or two")
    if kind == rooms.LANDLOCK:
        return Finding(
            "NOTE",
            "a weaker sandbox for strangers' code: Landlock; namespaces are not allowed here",
            "sudo apt install bubblewrap; Ubuntu 24.04 and later also need an AppArmor profile that allows it namespaces",
        )
    if sys.platform == "linux":
        return Finding("NOTE", f"no sandbox: {own}", "sudo apt install bubblewrap")
    return Finding("NOTE", f"no sandbox on {platform.system()}: {own}; grade a class on Linux")


def browser() -> Finding:
    """Chromium, which only the tests of the published book and its PDFs need."""
    name = next(filter(shutil.which, BROWSERS), None)
    if name:
        return Finding("OK", f"{name}, for the tests of the book and for its PDFs")
    return Finding(
        "NOTE",
        "no Chromium: the book's browser tests are left out, and no PDF can be made",
        "sudo apt install chromium",
    )


def course_files() -> Finding:
    """The lessons and labs themselves."""
    try:
        return Finding("OK", f"the course's notebooks are in {course.root()}")
    except course.CourseError as error:
        return Finding("FAIL", str(error))


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})

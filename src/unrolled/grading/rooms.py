"""Rooms for learners' code, from outside: which kind this machine can make, and opening, watching and closing them."""

import contextlib
import functools
import itertools
import json
import os
import select
import shutil
import signal
import site
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import unrolled
from unrolled import course
from unrolled.course import CourseError
from unrolled.room import folders, sandbox
from unrolled.room.sandbox import BARE, BUBBLEWRAP, LANDLOCK, NAMESPACES, Limits

# The parts of the package that a room holds. Not checks and grading, which know the answers, nor nn, which the labs ask for.
HELD = ("__init__.py", "course.py", "room", "data", "evaluate", "figures")
START_SECONDS = 120  # for a cold import of TensorFlow on a slow disk


@dataclass(frozen=True)
class End:
    """How a room ended: the exit status (negative for a signal) and why it was killed, if it was."""

    status: int
    why: str = ""


@functools.cache
def strongest() -> str:
    """Return the strongest kind of room that works here, tried and not guessed."""
    if sandbox.namespaces_work():
        return NAMESPACES
    if _bubblewrap_works():
        return BUBBLEWRAP
    if sandbox.landlock_version():
        return LANDLOCK
    return BARE


def for_class(*, unsafe: bool) -> str:
    """Return the kind of room a class is graded in.

    Args:
        unsafe: grade even where strangers' code would not be shut in.

    Raises:
        CourseError: there is no sandbox here, or this is root, and `unsafe` is not set.
    """
    rung = strongest()
    if unsafe:
        return rung
    if rung == BARE:
        raise CourseError(
            "No sandbox works on this machine, so learners' code could read your files and the answers. Grade on Linux "
            "with bubblewrap (sudo apt install bubblewrap), in a container or a virtual machine made for it; "
            "unrolled doctor tells what is missing. If every file is trusted: --unsafe"
        )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        raise CourseError(
            "You are root. What escaped from a sandbox would own this machine. Grade as an ordinary user; "
            "in a container that has no other: --unsafe"
        )
    return rung


def _bubblewrap_works() -> bool:
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return False
    run = subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, check=False)
    return run.returncode == 0


def environment() -> dict[str, str]:
    """Return the environment of a room: nothing of the teacher's, one thread a library, no GPU."""
    kept = {key: os.environ[key] for key in ("LD_LIBRARY_PATH", "SYSTEMROOT", "COMSPEC") if key in os.environ}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def covered(modules: Sequence[str]) -> dict[Path, list[Path]]:
    """Return the folders that hold answers, each with the parts of it that a room may see.

    Args:
        modules: what the lab's own cells import.
    """
    package = Path(unrolled.__file__).parent
    held = [*HELD, *{module.split(".")[1] for module in modules if module.startswith("unrolled.nn")}]
    hidden = {package: [package / name for name in held if (package / name).exists()]}
    # An editable installation leaves a copy of the course among the libraries.
    copies = [Path(folder) / "unrolled" for folder in site.getsitepackages()]
    hidden |= {copy: [] for copy in copies if copy.is_dir() and not copy.samefile(package)}
    root = course.root()
    if root.is_relative_to(package.resolve()):
        return hidden  # an installed wheel: the course lies in the package and is covered with it
    # A course that lies inside Python's own folders would be visible with them.
    return hidden | {root / name: [] for name in ("solutions", "labs", "book", "tests") if (root / name).is_dir()}


class WarmRooms:
    """Rooms forked from one process that has imported what the lab needs (`unrolled.room.warm`)."""

    def __init__(self, modules: Sequence[str], rung: str, limits: Limits) -> None:
        self.rung = rung
        self._numbers = itertools.count(1)
        self._waiting = b""
        self._ends: dict[int, End] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "unrolled.room.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,  # a Ctrl-C is the grader's to handle
        )
        self._say(
            {
                "modules": list(modules),
                "rung": rung,
                "visible": [str(path) for path in sandbox.system_paths()],
                "covered": {str(folder): list(map(str, parts)) for folder, parts in covered(modules).items()},
                "limits": asdict(limits),
            }
        )
        self.folder = Path(self._hear("ready", True)["folder"])

    def open(self) -> tuple[int, Path]:
        """Make a room's folder; return the room's number and the folder."""
        number = next(self._numbers)
        self._say({"open": number})
        return number, Path(self._hear("opened", number)["folder"])

    def start(self, number: int) -> int:
        """Start the kernel that the connection file in the room's folder describes; return its process."""
        self._say({"start": number})
        return self._hear("started", number)["pid"]

    def end(self, number: int) -> End | None:
        """Return how a room ended, or None while it runs."""
        with contextlib.suppress(CourseError):  # it ends now
            while number not in self._ends and self._process.poll() is None and self._readable(0):
                self._read()
        if self._process.poll() is not None:
            return self._ends.get(number, End(-1, "the process that forks the rooms ended"))
        return self._ends.get(number)

    def kill(self, number: int) -> End:
        """Kill a room and everything in it, and wait until it is gone."""
        if number not in self._ends:
            with contextlib.suppress(CourseError):
                self._say({"kill": number})
        while (end := self.end(number)) is None:
            self._readable(0.05)
        return end

    def alive(self) -> bool:
        """Whether rooms can still be opened."""
        return self._process.poll() is None

    def close(self) -> None:
        """Kill all rooms and remove their folders."""
        with contextlib.suppress(OSError):  # it was killed, and the last line is still to be written
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        folders.remove(self.folder)  # in case it was killed: else it has done so
        self._process.stdout.close()

    def _say(self, message: dict) -> None:
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise CourseError("The process that makes the rooms ended. Try: unrolled doctor") from None

    def _hear(self, what: str, value: object) -> dict:
        """Read until the answer to a request; on the way, remember which rooms ended."""
        until = time.monotonic() + START_SECONDS
        while True:
            if not self._readable(max(0, until - time.monotonic())):
                raise CourseError("The process that makes the rooms does not answer. Try: unrolled doctor")
            for message in self._read():
                if message.get(what) == value:
                    return message

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def _read(self) -> list[dict]:
        data = os.read(self._process.stdout.fileno(), 65536)
        if not data:
            raise CourseError("The process that makes the rooms ended. Try: unrolled doctor")
        *lines, self._waiting = (self._waiting + data).split(b"\n")
        messages = [json.loads(line) for line in lines]
        for message in messages:
            if "ended" in message:
                self._ends[message["ended"]] = End(message["status"], message["why"])
        return messages


class SpawnedRooms:
    """Rooms that are processes of their own, the next one started ahead: for machines without fork, and for bubblewrap."""

    def __init__(self, modules: Sequence[str], rung: str, limits: Limits) -> None:
        self.rung = rung
        self.folder, self._lock = folders.make()
        self._modules, self._limits, self._hidden = modules, limits, covered(modules)
        self._processes: dict[int, subprocess.Popen] = {}
        self._ended: dict[int, End] = {}
        self._ahead = self._spawn(1)

    def open(self) -> tuple[int, Path]:
        """Return the number and the folder of the room that was started ahead."""
        return self._ahead, self._folder(self._ahead)

    def start(self, number: int) -> int:
        """Let the kernel serve that the connection file in the room's folder describes; return its process."""
        process = self._processes[number]
        with contextlib.suppress(OSError):  # it has ended already, which `end` tells
            process.stdin.write(b"\n")
            process.stdin.close()
        self._ahead = self._spawn(number + 1)
        return process.pid

    def _spawn(self, number: int) -> int:
        folder = self._folder(number)
        folder.mkdir(mode=0o700)
        command = [sys.executable, "-I", "-m", "unrolled.room.kernel", str(folder / "kernel.json")]
        command += [json.dumps(asdict(self._limits)), *self._modules]
        if self.rung == BUBBLEWRAP:
            command = [*self._bubblewrap(folder), *command]
        self._processes[number] = subprocess.Popen(
            command,
            cwd=folder,
            env=environment() | {"HOME": str(folder), "TMPDIR": str(folder), "USERPROFILE": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is the grader's to handle
        )
        return number

    def _folder(self, number: int) -> Path:
        return self.folder / f"room-{number}"

    def _bubblewrap(self, folder: Path) -> list[str]:
        command = ["bwrap", "--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
        size = ["--size", str(self._limits.disk)]
        command += ["--proc", "/proc", "--dev", "/dev", *size, "--tmpfs", "/dev/shm", *size, "--tmpfs", "/tmp"]
        for path in sorted(sandbox.system_paths(), key=lambda path: len(path.parts)):
            if path.is_symlink() and path.parent == Path("/"):
                command += ["--symlink", os.readlink(path), str(path)]
            else:
                command += ["--ro-bind", str(path), str(path)]
        for hidden, parts in self._hidden.items():
            command += ["--tmpfs", str(hidden)]
            for part in parts:
                command += ["--ro-bind", str(part), str(part)]
        command += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
        for top in ("/", "/dev", *map(str, self._hidden)):  # what bubblewrap made to put the others into
            command += ["--remount-ro", top]
        return [*command, "--"]

    def end(self, number: int) -> End | None:
        """Return how a room ended, or None while it runs."""
        status = self._processes[number].poll()
        return None if status is None else End(status)

    def kill(self, number: int) -> End:
        """Kill a room and everything in it, and wait until it is gone."""
        process = self._processes[number]
        if number in self._ended:
            return self._ended[number]  # its process's number may be another's by now
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        folders.remove(self._folder(number))
        self._ended[number] = End(process.returncode)
        return self._ended[number]

    def alive(self) -> bool:
        """Whether rooms can still be opened."""
        return True

    def close(self) -> None:
        """Kill all rooms and remove their folders."""
        for number in self._processes:
            self.kill(number)
        self._lock.close()
        folders.remove(self.folder)


Rooms = WarmRooms | SpawnedRooms


def make(modules: Sequence[str], rung: str, limits: Limits) -> Rooms:
    """Return rooms of one kind for a lab whose own cells import `modules`."""
    forks = rung in (NAMESPACES, LANDLOCK) or (rung == BARE and sys.platform == "linux")
    return (WarmRooms if forks else SpawnedRooms)(modules, rung, limits)

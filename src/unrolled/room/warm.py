"""A process that has imported what a lab needs, has run nothing, and forks a kernel in a room of its own when asked.

    python -I -m unrolled.room.warm

It reads one JSON object a line and writes one a line:

    {"modules": [...], "rung": ..., "visible": [...], "covered": {...}, "limits": {...}}   the first line
    {"ready": true, "folder": "/tmp/unrolled-room-..."}                                    when it has imported
    {"open": 3}                          make the folder of room 3        {"opened": 3, "folder": ...}
    {"start": 3}                         fork its kernel                  {"started": 3, "pid": 4711}
    {"kill": 3}                          kill it
                                         {"ended": 3, "status": -9, "why": "memory"}

When its input ends, however the grader ended, it kills what runs, removes its folder and goes. Forking is safe because
this process has one thread and has run none of the labs' libraries but a little NumPy (a fork after TensorFlow's first
operation would wait for ever).
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from unrolled.room import folders, kernel, sandbox

if TYPE_CHECKING:
    from unrolled.room.application import Application

FAULT = "fault.txt"  # in a room's folder, when it could not be made
STRAYS = 10.0  # seconds to stop what an ended room left running
WATCH = 0.1  # seconds between two looks at the memory of the rooms


class Warm:
    """The rooms that are open."""

    def __init__(self, first: dict, application: "Application") -> None:
        self.application = application
        self.rung = first["rung"]
        self.visible = [Path(path) for path in first["visible"]]
        self.covered = {Path(folder): [Path(part) for part in parts] for folder, parts in first["covered"].items()}
        self.limits = sandbox.Limits(**first["limits"])
        self.folder, self.lock = folders.make()
        (self.folder / "root").mkdir()
        self.running: dict[int, int] = {}  # process to room
        self.killed: dict[int, str] = {}  # process to why
        # With namespaces this goes to the process that waits outside, and the whole room goes with the one inside.
        self.end_by = signal.SIGTERM if self.rung == sandbox.NAMESPACES else signal.SIGKILL

    def open(self, room: int) -> None:
        """Make the folder of a room; the grader puts the connection file into it."""
        folder = self.folder / f"room-{room}"
        folder.mkdir(mode=0o700)
        say({"opened": room, "folder": str(folder)})

    def start(self, room: int) -> None:
        """Fork a kernel into its room."""
        process = os.fork()
        if process == 0:
            self._become_kernel(room)
        self.running[process] = room
        say({"started": room, "pid": process})

    def _become_kernel(self, room: int) -> None:
        try:
            sandbox.die_with_parent() if sys.platform == "linux" else None
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nothing, stream)
            os.closerange(3, 1024)
            folder = self.folder / f"room-{room}"
            seal = sandbox.enter(self.rung, sandbox.Room(folder, self.visible, self.covered, self.limits))
            os.environ["HOME"] = os.environ["TMPDIR"] = os.getcwd()
            tempfile.tempdir = None
            kernel.serve(self.application, folder / "kernel.json", seal)
        except BaseException:  # never back into the loop of the parent
            with contextlib.suppress(BaseException):
                (self.folder / f"room-{room}" / FAULT).write_text(traceback.format_exc())
        finally:
            os._exit(70)

    def kill(self, room: int, why: str = "") -> None:
        """Kill a room's kernel and everything it started."""
        for process, its in self.running.items():
            if its == room:
                self.killed.setdefault(process, why)
                os.kill(process, self.end_by)

    def reap(self) -> None:
        """Report the kernels that ended, and remove their folders."""
        while self.running:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            if process in self.running:
                room = self.running.pop(process)
                if self.rung != sandbox.NAMESPACES:  # where a namespace ends, nothing of it is left
                    _kill_strays(self.running)
                fault = self._fault(room)
                folders.remove(self.folder / f"room-{room}")
                say(
                    {"ended": room, "status": os.waitstatus_to_exitcode(status), "why": self.killed.pop(process, fault)}
                )

    def _fault(self, room: int) -> str:
        """Why a room could not be made, if that is so. Code in the room can write this file too: it is only ever shown."""
        try:
            with open(
                os.open(self.folder / f"room-{room}" / FAULT, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            ) as file:
                return file.read(2000)
        except (OSError, ValueError):
            return ""

    def watch(self) -> None:
        """Kill a room whose processes together use more memory than they may."""
        if not self.running or not Path("/proc/self/status").exists():
            return
        for process, room in self.running.items():
            used = 0
            for member in _descendants(process):
                used += _resident(member)
                if used > self.limits.memory:
                    self.kill(room, "memory")
                    break

    def close(self) -> None:
        """Kill what runs and leave nothing behind."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, self.end_by)
        for process in self.running:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
        _kill_strays(())
        folders.remove(self.folder)


def _descendants(process: int) -> Iterator[int]:
    """The processes that descend from one, itself included, without a look at all others of the machine where that is possible."""
    if not Path(f"/proc/{process}/task/{process}/children").exists():
        yield from _family({process}, _parents())
        return
    waiting = [process]
    while waiting:
        yield (parent := waiting.pop())
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for thread in os.listdir(f"/proc/{parent}/task"):
                waiting += map(int, _read(f"/proc/{parent}/task/{thread}/children").split())


def _read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, 1 << 16)
    finally:
        os.close(handle)


def _parents() -> list[tuple[int, int]]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError):
                stat = Path("/proc", entry, "stat").read_text()
                found.append((int(entry), int(stat.rpartition(")")[2].split()[1])))
    return found


def _kill_strays(running: Collection[int]) -> None:
    """Kill what an ended room left running, where it has no process namespace that ends with it.

    All are stopped before the first is killed: what forks faster than it can be killed cannot fork while it is stopped.
    """
    until, stopped = time.monotonic() + STRAYS, set()
    while time.monotonic() < until:
        strays = _family({os.getpid()}, _parents(), leaving=running) - {os.getpid()}
        for process in strays - stopped:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGSTOP)
        if strays <= stopped:  # nobody was born since the last look
            break
        stopped |= strays
    for process in stopped:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
    for _ in range(len(stopped)):  # they are ours now, or were already
        with contextlib.suppress(ChildProcessError):
            _reap_one(running)


def _reap_one(running: Collection[int]) -> None:
    """Wait for a child that is no running room; one of those that ends meanwhile is left for `reap`."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    if ended.si_pid in running:
        raise ChildProcessError
    os.waitpid(ended.si_pid, 0)


def _family(first: set[int], parents: list[tuple[int, int]], leaving: Collection[int] = ()) -> set[int]:
    """The processes that descend from some, these included, without those to leave out and theirs."""
    family, size = set(first), 0
    while len(family) > size:  # until no child is new
        size = len(family)
        family |= {child for child, parent in parents if parent in family and child not in leaving}
    return family


def _resident(process: int) -> int:
    """Bytes in memory of a process: its own, those it shares with its parent until one writes, and shared memory."""
    try:
        lines = _read(f"/proc/{process}/status").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith((b"RssAnon:", b"RssShmem:")))


def say(message: dict) -> None:
    """Write one line to the grader."""
    os.write(1, json.dumps(message).encode() + b"\n")


def main() -> None:
    """Read the first line, import, and serve until the input ends."""
    waiting = b""
    while b"\n" not in waiting:
        waiting += os.read(0, 65536) or sys.exit()
    line, _, waiting = waiting.partition(b"\n")
    first = json.loads(line)
    application = kernel.prepare(first["modules"])
    application.rehearse()
    gc.collect()
    gc.freeze()  # what is shared with the children stays untouched by their garbage collection
    warm = Warm(first, application)
    if sys.platform == "linux":
        sandbox.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader, which closes our input
    awake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    say({"ready": True, "folder": str(warm.folder)})
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    selector.register(awake, selectors.EVENT_READ)
    looked = time.monotonic()
    try:
        while True:
            ready = {key.fd for key, _ in selector.select(WATCH if warm.running else None)}
            if awake in ready:
                os.read(awake, 4096)
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    return
                *lines, waiting = (waiting + data).split(b"\n")
                for line in lines:
                    ((what, room),) = json.loads(line).items()
                    {"open": warm.open, "start": warm.start, "kill": warm.kill}[what](room)
            warm.reap()
            if time.monotonic() - looked > WATCH:
                warm.watch()
                looked = time.monotonic()
    finally:
        warm.close()


if __name__ == "__main__":
    main()

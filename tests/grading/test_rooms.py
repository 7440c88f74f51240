"""What a room holds and forbids, rung by rung: listed from inside it, by code that is as free as a learner's."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attacks
import psutil
import pytest

import unrolled
from unrolled.course import CourseError
from unrolled.grading import engine, rooms
from unrolled.grading.job import Job
from unrolled.grading.kernel import RoomEndedError, RoomKernel
from unrolled.grading.result import CRASHED, MEMORY, TIMEOUT
from unrolled.room import folders, sandbox
from unrolled.room.ask import Call, Failed
from unrolled.room.sandbox import BARE, BUBBLEWRAP, LANDLOCK, NAMESPACES, Limits, landlock_version, namespaces_work

MODULES = ["numpy", "unrolled.data"]
LIMITS = Limits(memory=400_000_000, processes=40)
SECRET = "a-teachers-secret-4711"
ROOT = os.name == "posix" and os.geteuid() == 0


def missing(rung: str) -> str:
    """Why this machine has no such rung; empty if it has."""
    if sys.platform != "linux":
        return "rooms are tried on Linux"
    if rung == NAMESPACES and not namespaces_work():
        return "this machine does not let a process make namespaces"
    if rung == BUBBLEWRAP and not rooms._bubblewrap_works():
        return "bubblewrap is not installed, or may not make namespaces"
    if rung == LANDLOCK and not landlock_version():
        return "this machine's kernel has no Landlock"
    return ""


def has(*rungs: str) -> list:
    """The rungs as parameters, those that this machine lacks skipped with the reason."""
    return [pytest.param(rung, marks=pytest.mark.skipif(bool(missing(rung)), reason=missing(rung))) for rung in rungs]


@pytest.fixture(scope="module")
def made() -> Iterator[Callable[[str], rooms.Rooms]]:
    """Return a function that makes the rooms of a rung, once."""
    kept: dict[str, rooms.Rooms] = {}
    os.environ["UNROLLED_TEST_SECRET"] = SECRET

    def make(rung: str) -> rooms.Rooms:
        if rung not in kept:
            kept[rung] = rooms.make(MODULES, rung, LIMITS)
        return kept[rung]

    yield make
    del os.environ["UNROLLED_TEST_SECRET"]
    for opened in kept.values():
        opened.close()
        assert not opened.folder.exists()


@pytest.fixture
def kernel(made) -> Iterator[Callable[..., RoomKernel]]:
    """Return a function that starts a kernel in a room of a rung; it is stopped at the end."""
    started = []

    def start(rung: str, seconds: float = 20, total: float = 60) -> RoomKernel:
        started.append(RoomKernel(made(rung), seconds, total))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def run(kernel: RoomKernel, source: str) -> None:
    """Run a cell."""
    kernel.await_reply(kernel.execute_cell_input(source, allow_stdin=False))


def tell(kernel: RoomKernel, source: str, *args: object) -> object:
    """Run a cell that defines `look`, call it and return what it returns."""
    run(kernel, source)
    told = kernel.ask(Call("look", *args))
    assert not isinstance(told, Failed), told.hint
    return told


LOOK_AT_FILES = """
import os
def look(names, tops):
    found = []
    for top in tops:
        for folder, folders, files in os.walk(top):
            if folder.startswith(('/proc', '/sys', '/dev')):
                folders.clear()
            found += [os.path.join(folder, f) for f in files if any(name in os.path.join(folder, f) for name in names)]
    return found
"""
READ = """
def look(paths):
    found = []
    for path in paths:
        try:
            with open(path, 'rb') as file:
                file.read(1)
            found.append(path)
        except OSError:
            pass
    return found
"""


def key_files() -> list[str]:
    """Where the answers, the judge and the teacher's own things lie."""
    package, root = Path(unrolled.__file__).parent, engine.course.root()
    found = [*package.glob("checks/*.py"), *package.glob("grading/*.py"), *package.glob("nn/*.py"), package / "cli.py"]
    found += [*root.glob("solutions/*.ipynb"), *root.glob("labs/*.ipynb"), *root.glob("book/labs/*.md")]
    found += [*root.glob("tests/checks/*.py"), root / "pyproject.toml", Path(__file__)]
    found += [Path(name) for name in ("/etc/passwd", "/etc/shadow", "/root/.bashrc", str(Path.home() / ".profile"))]
    assert len(found) > 20
    return [str(path) for path in found]


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK))
def test_the_key_cannot_be_read(kernel, rung):
    assert tell(kernel(rung), READ, key_files()) == []


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP))
def test_nothing_in_the_whole_file_system_is_called_like_the_key(kernel, rung):
    found = tell(
        kernel(rung),
        LOOK_AT_FILES,
        ["/unrolled/checks/", "/unrolled/grading/", "/solutions/0", "/02_forward", "/lab02"],
        ["/"],
    )
    assert found == []


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP))
def test_no_home_folder_and_no_folder_of_the_machine_is_there(kernel, rung):
    source = "import os\ndef look(tops):\n    return [os.path.join(t, n) for t in tops if os.path.isdir(t) for n in os.listdir(t)]"
    found = tell(kernel(rung), source, ["/home", "/root", "/var", "/run", "/mnt", "/srv", "/etc"])
    needed = list(sandbox.system_paths())  # Python itself may stand in a home folder
    assert [path for path in found if not any(need.is_relative_to(path) for need in needed)] == []


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE))
def test_the_environment_is_not_the_teachers(kernel, rung):
    seen = tell(kernel(rung), "import os\ndef look():\n    return dict(os.environ)")
    assert SECRET not in seen.values()
    assert seen.keys() <= rooms.environment().keys() | {
        "HOME",
        "TMPDIR",
        "USERPROFILE",
        "IPYTHONDIR",
        "PWD",
        "LC_CTYPE",
    } | {
        key
        for key in seen
        if key.startswith(
            ("MPL", "JPY", "CLICOLOR", "FORCE_COLOR", "TERM", "PAGER", "GIT_PAGER", "KERAS", "TF_", "KMP")
        )
    }


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP))
def test_no_other_process_is_seen(kernel, rung):
    seen = tell(
        kernel(rung), "import os\ndef look():\n    return [p for p in os.listdir('/proc') if p.isdigit()], os.getpid()"
    )
    assert len(seen[0]) <= 2  # the kernel, and bubblewrap's own first process
    assert seen[1] <= 2


@pytest.mark.parametrize("rung", has(NAMESPACES, LANDLOCK, BARE))
def test_a_signal_to_its_process_group_stays_inside(kernel, rung):
    assert tell(kernel(rung), "import os\ndef look():\n    return os.getpgrp() == os.getpid() == os.getsid(0)") is True


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK))
def test_the_judges_memory_and_environment_cannot_be_read(kernel, rung):
    paths = [
        f"/proc/{pid}/{name}"
        for pid in (os.getpid(), os.getppid())
        for name in ("environ", "mem", "maps", "fd/0", "cmdline")
    ]
    assert tell(kernel(rung), READ, paths) == []


@pytest.mark.parametrize("rung", has(NAMESPACES, LANDLOCK))
def test_no_open_file_of_the_process_that_forks_is_inherited(made, kernel, rung):
    source = """
import os
def look():
    links = [os.path.join('/proc/self/fd', name) for name in os.listdir('/proc/self/fd')]
    return [os.readlink(link) for link in links if os.path.islink(link)]
"""
    started = kernel(rung)
    warm = Path("/proc", str(made(rung)._process.pid), "fd")
    theirs = {os.readlink(link) for link in warm.iterdir()} - {"/dev/null", "anon_inode:[eventpoll]"}
    assert theirs & set(tell(started, source)) == set()


NETWORK = """
import socket
def look(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            s.settimeout(1)
            try:
                s.connect(('127.0.0.1', port))
                s.send(b'x')
            except OSError:
                pass
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect('\\0unrolled-test-' + str(port))
    except OSError:
        pass
    return True
"""


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK))
def test_the_network_of_the_machine_is_out_of_reach(kernel, rung):
    started = kernel(rung)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        abstract.bind(f"\0unrolled-test-{port}")
        abstract.listen()
        assert tell(started, NETWORK, port) is True
        reached = select.select([tcp, udp, abstract], [], [], 0.2)[0]
    allowed = []
    if rung == LANDLOCK:  # TCP since version 4, abstract sockets since version 6; UDP it does not know
        allowed = [udp] + [tcp] * (landlock_version() < 4) + [abstract] * (landlock_version() < 6)
    assert [way for way in reached if way not in allowed] == []


WRITE = """
import os
def look(tops):
    got = []
    for top in tops:
        try:
            with open(os.path.join(top, 'unrolled-test'), 'w') as file:
                file.write('x')
            got.append(top)
            os.remove(os.path.join(top, 'unrolled-test'))
        except OSError:
            pass
    return got
"""


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK))
def test_nothing_that_is_shared_can_be_written(made, kernel, rung):
    package = Path(unrolled.__file__).parent
    shared = ["/", "/usr", "/dev", sys.prefix, Path(pytest.__file__).parent, package, package / "room", Path.home()]
    shared += [made(rung).folder] if rung == LANDLOCK else []  # elsewhere this is a folder of the room's own /tmp
    started = kernel(rung)
    assert tell(started, WRITE, [str(path) for path in shared]) == []
    assert "/tmp" in tell(started, WRITE, ["/tmp"]) or rung == LANDLOCK


@pytest.mark.parametrize("rung", has(NAMESPACES))
def test_a_rooms_folder_outside_is_sealed_before_the_first_cell(made, kernel, rung):
    started = kernel(rung)
    folder = made(rung).folder / f"room-{started._room}"
    assert tell(started, WRITE, [str(folder)]) == []
    assert tell(started, "import os\ndef look():\n    return os.getcwd(), os.path.expanduser('~')") == ("/tmp", "/tmp")
    assert {file.name for file in folder.iterdir()} <= {"kernel.json", "k-1", "k-2", "k-3", "k-4", "k-5"}


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK))
def test_no_privilege_is_left(kernel, rung):
    source = """
def look():
    lines = open('/proc/self/status').read().splitlines()
    return dict(line.split(':', 1) for line in lines if line.startswith(('Cap', 'NoNewPrivs', 'Uid')))
"""
    status = tell(kernel(rung), source)
    assert [int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb")] == [0, 0, 0, 0]
    assert status["NoNewPrivs"].strip() == "1"
    assert rung != NAMESPACES or "0" not in status["Uid"].split()


@pytest.mark.parametrize("rung", has(NAMESPACES, LANDLOCK, BARE))
def test_what_was_run_before_the_fork_left_nothing_but_speed(kernel, rung):
    source = "import numpy as np\ndef look():\n    return [*globals()], list(In), len(Out), np.random.random()"
    (names, inputs, outputs, number), (*_, other) = (tell(kernel(rung), source) for _ in range(2))
    assert "rehearsed" not in names
    assert (inputs, outputs) == ([""], 0)
    assert number != other  # rooms forked from one process do not draw the same numbers


REFUSED = """
import ctypes, os, socket
def look():
    libc, got = ctypes.CDLL(None, use_errno=True), []
    pid = os.fork()
    if pid == 0:
        os._exit(libc.unshare(0x10000000) == 0)
    if os.waitpid(pid, 0)[1]:
        got.append('a user namespace, in which a tmpfs of any size can be mounted')
    try:
        os.close(os.memfd_create('x'))
        got.append('memory in files that no limit counts')
    except OSError:
        pass
    if libc.shmget(0, 4096, 0o1600) >= 0:
        got.append('shared memory segments that no limit counts')
    try:
        socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
        got.append('sockets to the host of a virtual machine')
    except OSError:
        pass
    return got
"""


@pytest.mark.parametrize("rung", has(NAMESPACES))
def test_system_calls_that_get_round_the_limits_are_refused(kernel, rung):
    assert tell(kernel(rung), REFUSED) == []


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP))
def test_nothing_goes_from_one_room_to_the_next(kernel, rung):
    leave = """
import os, ctypes
def look(text):
    for top in ('/tmp', '/dev/shm', os.path.expanduser('~'), os.getcwd()):
        try:
            with open(os.path.join(top, 'left'), 'w') as file:
                file.write(text)
        except OSError:
            pass
    return True
"""
    assert tell(kernel(rung), leave, "seen") is True
    find = """
import os
def look():
    tops = ('/tmp', '/dev/shm', os.path.expanduser('~'), os.getcwd())
    return [top for top in tops if os.path.exists(os.path.join(top, 'left'))]
"""
    assert tell(kernel(rung), find) == []


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE))
def test_calls_are_made_and_answered(kernel, rung):
    started = kernel(rung)
    run(started, "def double(x, *, by=2):\n    return [x * by]\n")
    assert started.ask(Call("double", 4)) == [8]
    assert started.ask(Call("double", 4, by=0.5)) == [2.0]
    assert started.ask(Call("nothing")).hint.startswith("nothing is not defined")


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE))
def test_time_ends_a_room(kernel, rung):
    started = kernel(rung, seconds=1.0)
    run(started, "def look():\n    while True: pass\n")
    with pytest.raises(RoomEndedError) as caught:
        started.ask(Call("look"))
    assert caught.value.status == TIMEOUT


@pytest.mark.parametrize("rung", has(NAMESPACES, LANDLOCK, BARE))
def test_memory_ends_a_room_also_over_many_processes(kernel, rung):
    started = kernel(rung)
    source = """
import os, time
def look():
    for _ in range(6):
        if os.fork() == 0:
            kept = bytearray(90_000_000)
            time.sleep(30)
            os._exit(0)
    time.sleep(30)
"""
    run(started, source)
    with pytest.raises(RoomEndedError) as caught:
        started.ask(Call("look"))
    assert caught.value.status == MEMORY


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE))
def test_one_process_cannot_have_more_memory_than_a_room(kernel, rung):
    started = kernel(rung)
    run(started, "def look():\n    return len(bytearray(900_000_000))")
    assert started.ask(Call("look")).error == "MemoryError"


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP))
def test_the_processes_are_bounded(kernel, rung):
    if ROOT and rung == BUBBLEWRAP:
        pytest.skip("bubblewrap started by root runs as root, whose processes the kernel does not count")
    source = """
import subprocess
def look():
    made = []
    try:
        for _ in range(100):
            made.append(subprocess.Popen(['/bin/sleep', '30']))
    except OSError:
        pass
    return len(made)
"""
    assert 10 < tell(kernel(rung), source) <= LIMITS.processes


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP))
def test_the_disk_is_bounded(kernel, rung):
    source = """
import os
def look():
    written = 0
    for number in range(8):
        for top in ('/tmp', '/dev/shm', '/', '/dev', os.getcwd()):
            if top.startswith('/tmp/'):
                continue  # a room's own folder, which only the strongest rung seals
            try:
                with open(f'{top}/{number}', 'xb') as file:
                    os.posix_fallocate(file.fileno(), 0, 30_000_000)
                    written += 30_000_000
            except OSError:
                pass
    return written
"""
    assert 0 < tell(kernel(rung), source) <= 2 * LIMITS.disk


@pytest.mark.parametrize("rung", has(NAMESPACES, LANDLOCK, BARE))
def test_what_a_room_starts_ends_with_it(made, kernel, rung):
    started = kernel(rung)
    source = """
import ctypes, os, signal, time
def look():
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in range(1, 32):
                    try:
                        signal.signal(number, signal.SIG_IGN)
                    except OSError:
                        pass
                time.sleep(60)
            os._exit(0)
        os.wait()
    return True
"""
    assert tell(started, source) is True
    warm = psutil.Process(made(rung)._process.pid)
    assert len(warm.children(recursive=True)) >= 3
    started.interrupt()
    deadline = time.monotonic() + 3
    while warm.children(recursive=True) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert warm.children(recursive=True) == []
    assert not (made(rung).folder / f"room-{started._room}").exists()


@pytest.mark.parametrize("rung", has(NAMESPACES, LANDLOCK, BARE))
def test_folders_that_nobody_may_enter_and_links_are_removed_and_not_followed(made, kernel, tmp_path, rung):
    (tmp_path / "kept").write_text("x")
    started = kernel(rung)
    source = """
import os
def look(outside):
    try:
        os.makedirs('shut/inner')
        os.symlink(outside, 'shut/inner/link')
        os.symlink(outside, 'link')
        os.mkfifo('pipe')
        os.chmod('shut/inner', 0)
        os.chmod('shut', 0)
    except OSError as error:
        return str(error)
    return True
"""
    tell(started, source, str(tmp_path))
    started.interrupt()
    assert [path.name for path in made(rung).folder.iterdir() if path.name not in ("root", "lock")] == []
    assert (tmp_path / "kept").read_text() == "x"


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE))
def test_a_room_that_ends_itself_is_told_from_one_that_was_ended(kernel, rung):
    started = kernel(rung)
    run(started, "import os\ndef look():\n    os._exit(3)\n")
    with pytest.raises(RoomEndedError, match="process ended") as caught:
        started.ask(Call("look"))
    assert caught.value.status == CRASHED


@pytest.mark.parametrize("rung", [NAMESPACES, LANDLOCK, BUBBLEWRAP])
def test_a_class_is_not_graded_by_root_unless_told(monkeypatch, rung):
    monkeypatch.setattr(rooms, "strongest", lambda: rung)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CourseError, match="You are root.*--unsafe"):
        rooms.for_class(unsafe=False)
    assert rooms.for_class(unsafe=True) == rung
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert rooms.for_class(unsafe=False) == rung


def test_a_class_is_not_graded_without_a_sandbox_unless_told(monkeypatch):
    monkeypatch.setattr(rooms, "strongest", lambda: BARE)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CourseError, match="No sandbox works.*--unsafe"):
        rooms.for_class(unsafe=False)
    assert rooms.for_class(unsafe=True) == BARE


GRADER = """
import json, sys
from unrolled.grading import engine
from unrolled.grading.job import Job
engine.master("02")
opened = engine._rooms(engine.master("02").modules)
print(opened._process.pid, opened.folder, flush=True)
while True:
    engine.grade_job(Job("02", "x", "02_forward.ipynb", sys.argv[1].encode(), 1))
"""


def survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run after a few seconds."""
    deadline = time.monotonic() + 5
    while (alive := [p for p in processes if runs(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def gone(folder: Path) -> bool:
    """Whether a folder is removed within a few seconds."""
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not folder.exists()


def runs(process: psutil.Process) -> bool:
    """Whether a process runs; one that has ended and that nobody asked about does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def submission(root: Path, first: str) -> str:
    """Lab 02 with a source for exercise 1 and nothing else."""
    notebook = json.loads((root / "labs" / "02_forward.ipynb").read_text(encoding="utf-8"))
    marks = [(cell, cell["metadata"].get("lab", {})) for cell in notebook["cells"]]
    notebook["cells"] = [dict(cell, source=first) for cell, mark in marks if mark == {"role": "answer", "exercise": 1}]
    return json.dumps(notebook)


@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.4, 1.0])
@pytest.mark.parametrize("who", ["grader", "forker"])
@pytest.mark.skipif(sys.platform != "linux", reason="rooms are tried on Linux")
def test_a_grader_that_is_killed_leaves_nothing(root, who, after):
    stubborn = (
        "import ctypes\nctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\nimport time\nfor _ in range(20): time.sleep(0.01)\n"
        + attacks.RIGHT[1]
    )
    command = [sys.executable, "-c", GRADER, submission(root, stubborn)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    forker, folder = process.stdout.readline().split()
    time.sleep(after)
    helpers = psutil.Process(process.pid).children(recursive=True)
    if who == "forker":
        os.kill(int(forker), signal.SIGKILL)
        assert gone(Path(folder))  # the grader notices, and removes what the other one cannot
        helpers += psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    process.stdout.close()
    assert survivors(helpers) == []
    assert gone(Path(folder))
    assert folder not in Path("/proc/self/mountinfo").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="rooms are tried on Linux")
def test_the_death_of_the_process_that_forks_is_noticed_and_the_next_file_is_graded(root):
    engine.close()  # of what other tests began
    job = Job("02", "x", "02_forward.ipynb", submission(root, attacks.RIGHT[1]).encode(), 1)
    assert engine.grade_job(job).points == 3
    (first,) = engine._open_rooms.values()
    os.kill(first._process.pid, signal.SIGKILL)
    first._process.wait()
    assert not first.alive()
    assert engine.grade_job(job).points == 3
    (second,) = engine._open_rooms.values()
    assert second is not first
    assert not first.folder.exists()
    engine.close()
    assert not second.folder.exists()
    assert engine._open_rooms == {}


@pytest.mark.parametrize("rung", has(NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE))
def test_closing_ends_all_rooms_and_removes_their_folders(rung):
    before = psutil.Process().children(recursive=True)
    opened = rooms.make(MODULES, rung, LIMITS)
    started = [RoomKernel(opened, 20, 60) for _ in range(2)]
    for each in started:
        run(each, "def look():\n    return 1")
        assert each.ask(Call("look")) == 1
    helpers = [p for p in psutil.Process().children(recursive=True) if p not in before]
    assert helpers
    opened.close()
    assert survivors(helpers) == []
    assert not opened.folder.exists()
    for each in started:
        each.kc.stop_channels()


@pytest.mark.parametrize("moment", ["open", "ask"])
@pytest.mark.skipif(sys.platform != "linux", reason="rooms are tried on Linux")
def test_a_learner_loses_nothing_when_the_process_that_forks_dies(root, monkeypatch, moment):
    """The file is not to blame: no grade is invented, and the next try gives what it is worth."""
    job = Job("02", "x", "02_forward.ipynb", submission(root, attacks.RIGHT[1]).encode(), 1)
    original = getattr(RoomKernel if moment == "ask" else rooms.WarmRooms, moment)

    def dies(self, *args):
        opened = self._rooms if moment == "ask" else self
        os.kill(opened._process.pid, signal.SIGKILL)
        opened._process.wait()
        return original(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(RoomKernel if moment == "ask" else rooms.WarmRooms, moment, dies)
        with pytest.raises(CourseError, match="the file is not to blame.*process that makes the rooms ended"):
            engine.grade_job(job)
    assert engine.grade_job(job).points == 3
    engine.close()


def test_what_a_killed_grader_left_is_swept_and_what_is_in_use_or_new_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(folders.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path))
    left, lock = folders.make()
    used, held = folders.make()
    new, released = folders.make()
    lock.close()
    released.close()
    for folder in (left, used):
        os.utime(folder, (0, 0))
    folders.sweep()
    assert not left.exists()
    assert used.exists()
    assert new.exists()
    held.close()

"""Shut a process in: Linux namespaces with an empty root, Landlock where there are none, and limits on everything.

A process enters a room after it was forked, so nothing has to be imported again. In the strongest room it sees a file
system that holds Python, its libraries and one folder of its own; no other process, no network; it has no privilege
left and cannot gain any. What is missing on a machine is told by `strongest`, and never passed over in silence.

Sources: the manual pages user_namespaces(7), pid_namespaces(7), mount_namespaces(7), pivot_root(2), capabilities(7),
and the kernel's Landlock documentation (docs.kernel.org/userspace-api/landlock.html).
"""

import contextlib
import ctypes
import functools
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform != "win32":
    import resource

NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE = "namespaces", "bubblewrap", "landlock", "limits only"

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 1, 24, 38, 36
_PR_SET_SECCOMP = 22
# Numbers of system calls that are the same on every architecture Python runs on.
_SYS_MOUNT_SETATTR, _SYS_LANDLOCK_CREATE, _SYS_LANDLOCK_ADD, _SYS_LANDLOCK_RESTRICT = 442, 444, 445, 446
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

# Who runs the code when the grader runs as root: nobody's numbers, one for each room.
_FIRST_ROOM_UID, _ROOM_UIDS = 61184, 4096
_DEVICES = ("null", "zero", "full", "random", "urandom")


class SandboxError(OSError):
    """The kernel refused a step; the message names the step."""


@dataclass(frozen=True)
class Limits:
    """What a room may use.

    Attributes:
        memory: bytes, all of its processes together.
        processes: processes and threads.
        disk: bytes it may write, counted as memory by the kernel.
        cpu: seconds of processor time of one process.
    """

    memory: int = 2_000_000_000
    processes: int = 128
    disk: int = 64_000_000
    cpu: int = 120


@dataclass(frozen=True)
class Room:
    """What a room holds.

    Attributes:
        folder: its own folder, seen at the same path inside; it can write to this one and /tmp.
        visible: files and folders it can read.
        covered: folders inside visible ones that are hidden, with the parts of each that stay visible.
    """

    folder: Path
    visible: Sequence[Path]
    covered: dict[Path, Sequence[Path]] = field(default_factory=dict)
    limits: Limits = Limits()


def system_paths() -> Iterator[Path]:
    """Yield what Python and its libraries need of a machine: programs and shared libraries, and no home folder."""
    wanted = ["/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/nix/store", "/etc/alternatives", "/etc/fonts"]
    wanted += ["/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/openssl.cnf", sys.prefix, sys.base_prefix]
    yield from (Path(path) for path in dict.fromkeys(wanted) if os.path.exists(path))


def die_with_parent(by: int = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal when the one that forked it ends, however that ends."""
    _libc("prctl", _PR_SET_PDEATHSIG, by, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of what children of this process leave behind, so that it can be found and ended."""
    _libc("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def enter(rung: str, room: Room) -> Callable[[], None]:
    """Shut this process in. With namespaces it forks; only the inner process returns, the outer one waits and exits.

    Args:
        rung: NAMESPACES, LANDLOCK or BARE.
        room: what it may see and use.

    Returns:
        What to call before strangers' code runs: it makes the room's folder read-only where that is possible, so that
        nothing but /tmp, which is bounded, can be filled, and nobody outside meets a link in it.

    Raises:
        SandboxError: the kernel refused.
    """
    seal = _enter_namespaces(room) if rung == NAMESPACES else lambda: None
    os.setsid()  # or "kill my process group" would reach out of the room, namespaces or not
    limit(room.limits)
    if rung in (NAMESPACES, LANDLOCK):
        _libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _refuse_calls()
    if rung == LANDLOCK:
        _enter_landlock(room)
    os.chdir("/tmp" if rung == NAMESPACES else room.folder)
    return seal


def _enter_namespaces(room: Room) -> Callable[[], None]:
    root = os.geteuid() == 0
    uid, gid = os.getuid(), os.getgid()
    stranger = _FIRST_ROOM_UID + os.getpid() % _ROOM_UIDS
    own = _CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET
    _libc("unshare", own if root else own | _CLONE_NEWUSER)
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")
    ours, theirs = socket.socketpair()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    inner = os.fork()  # the first process of the new process namespace
    if inner:
        theirs.close()
        _guard(inner, ours, room.folder)
    ours.close()
    die_with_parent()
    _new_root(room)
    if root:
        for path in (room.folder, *room.folder.iterdir()):
            os.chown(path, stranger, stranger)
        os.setgroups([])
        os.setresgid(stranger, stranger, stranger)
        os.setresuid(stranger, stranger, stranger)
    _drop_privileges()
    die_with_parent()  # a change of user clears it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])

    def seal() -> None:
        with theirs:
            theirs.sendall(b"seal")
            if not theirs.recv(1):
                raise SandboxError("the room's folder could not be made read-only")

    return seal


def _guard(inner: int, line: socket.socket, folder: Path) -> None:
    """Seal the folder when the process inside asks; kill it on SIGTERM; end as it ended.

    Only this process is killed from outside: what a room's code does to itself (prctl can take back `die_with_parent`)
    changes nothing here, and when this one has ended, all that ran in the room has.
    """
    signal.signal(signal.SIGTERM, lambda *_: os.kill(inner, signal.SIGKILL))
    die_with_parent(signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    with line, contextlib.suppress(OSError):
        if line.recv(4):
            _set_attributes(folder, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, recursive=False)
            line.sendall(b".")
    _, status = os.waitpid(inner, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _new_root(room: Room) -> None:
    """Make an empty root, put into it what the room may see, and forget the old one."""
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    new = room.folder.parent / "root"  # an empty folder, made by whoever made the room's
    _mount("tmpfs", new, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={room.limits.disk},mode=755")
    for name in ("tmp", "dev/shm"):  # first: what is visible may lie in them
        (new / name).mkdir(parents=True)
        _mount("tmpfs", new / name, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={room.limits.disk},mode=1777")
    links = [path for path in room.visible if path.is_symlink() and path.parent == Path("/")]
    for path in links:  # /bin and /lib are links into /usr on most systems
        os.symlink(os.readlink(path), _inside(new, path))
    # The outermost first, so that a folder inside another one is not covered by it.
    for path in sorted((path for path in room.visible if path not in links), key=lambda path: len(path.parts)):
        _show(path, new)
    for folder, parts in room.covered.items():
        target = _inside(new, folder)
        target.mkdir(parents=True, exist_ok=True)
        _mount("tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=1m,mode=755")
        for part in parts:
            _show(part, new)
        _set_attributes(target, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, recursive=False)
    for name in _DEVICES:
        _show(Path("/dev") / name, new, attributes=_ATTR_NOSUID)
    (new / "dev/pts").mkdir()  # a terminal for what a cell runs with "!"
    _mount("devpts", new / "dev/pts", "devpts", _MS_NOSUID | _MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    os.symlink("pts/ptmx", new / "dev/ptmx")
    _show(room.folder, new, attributes=_ATTR_NOSUID | _ATTR_NODEV)
    _proc(new)
    _set_attributes(new, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, recursive=False)
    os.chdir(new)
    _syscall(_SYS_PIVOT_ROOT[os.uname().machine], b".", b".")
    _libc("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _proc(new: Path) -> None:
    """Mount the room's own /proc; where a container forbids that, the two files that libraries read."""
    (new / "proc").mkdir()
    try:
        _mount("proc", new / "proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    except SandboxError:
        for name in ("cpuinfo", "meminfo"):
            _show(Path("/proc") / name, new)


def _show(path: Path, new: Path, attributes: int = _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV) -> None:
    target = _inside(new, path)
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(path, target, "", _MS_BIND | _MS_REC)
    _set_attributes(target, attributes, recursive=True)


def _inside(new: Path, path: Path) -> Path:
    return new / path.relative_to("/")


def _drop_privileges() -> None:
    """Give up every capability for good: no mount can be undone, no file of another user read."""
    last = (
        int(Path("/proc/sys/kernel/cap_last_cap").read_text()) if Path("/proc/sys/kernel/cap_last_cap").exists() else 40
    )
    for capability in range(last + 1):
        with contextlib.suppress(SandboxError):  # already dropped with the change of user
            _libc("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = struct.pack("=Ii", 0x20080522, 0)
    _libc("capset", header, bytes(24))
    _libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit(limits: Limits) -> None:
    """Limit what this process and those it starts may use, where the system knows such limits."""
    if sys.platform == "win32":
        return
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_NOFILE, 256),
    ):
        resource.setrlimit(kind, (value, value))
    if os.getuid() != 0 and Path("/proc/self/task").exists():
        # The kernel counts what the user runs, inside a user namespace that alone (since Linux 5.14), else all of it.
        processes = limits.processes + _threads(os.getuid())
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # if memory ends, this goes first


# What no notebook needs and what gets round the limits: memory that belongs to no process (memfd_create, shmget, msgget),
# namespaces of its own (unshare, setns; clone by its flag), other ways to make calls (io_uring_setup, bpf), keys and
# traces of the machine. Numbers of x86_64 and aarch64, from the kernel's tables of system calls.
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_REFUSED = (
    (319, 279), (447, 447), (29, 194), (68, 186), (272, 97), (308, 268), (425, 425), (321, 280), (248, 217), (250, 219),
    (298, 241), (101, 117), (310, 270), (311, 271), (323, 282),
)  # fmt: skip
_SOCKET, _CLONE, _CLONE3 = (41, 198), (56, 220), (435, 435)
_SOCKETS = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink: not the sockets to the host of a virtual machine


def _refuse_calls() -> None:
    """Have the kernel answer "not permitted" to system calls (seccomp), in this process and all it starts."""
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        return
    architecture, column = _ARCHITECTURES[machine]
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allowed, refused, unknown = 0x7FFF0000, 0x00050001, 0x00050026  # allow; EPERM; ENOSYS, after which libc tries clone

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    program = [step(load, 4), step(equal, architecture, 1, 0), step(answer, refused)]
    program += [step(load, 0), step(at_least, 0x40000000, 0, 1), step(answer, refused)]  # x86_64's second table
    for numbers in _REFUSED:
        program += [step(equal, numbers[column], 0, 1), step(answer, refused)]
    program += [step(equal, _CLONE3[column], 0, 1), step(answer, unknown)]
    program += [step(equal, _CLONE[column], 0, 4), step(load, 16), step(any_bit, _CLONE_NEWUSER, 0, 1)]
    program += [step(answer, refused), step(answer, allowed)]
    program += [step(equal, _SOCKET[column], 0, 3 + len(_SOCKETS)), step(load, 16)]
    program += [step(equal, kind, len(_SOCKETS) - place) for place, kind in enumerate(_SOCKETS)]
    program += [step(answer, refused), step(answer, allowed), step(answer, allowed)]
    code = ctypes.create_string_buffer(b"".join(program))
    head = struct.pack("HP", len(program), ctypes.addressof(code))
    _libc("prctl", _PR_SET_SECCOMP, 2, head, 0, 0)


def _threads(user: int) -> int:
    """How many threads a user runs, as far as this process can see."""
    count = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                count += len(os.listdir(f"/proc/{entry}/task")) if os.stat(f"/proc/{entry}").st_uid == user else 0
    return count


def _enter_landlock(room: Room) -> None:
    """Leave the file system where it is, and forbid what is not the room's; forbid TCP, signals and abstract sockets."""
    version = landlock_version()
    files = (1 << {1: 13, 2: 14}.get(version, 15)) - 1 | (1 << 15 if version >= 5 else 0)
    network, scoped = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    attributes = struct.pack("=QQQ", files, network, scoped)[: {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}.get(version, 24)]
    ruleset = _syscall(_SYS_LANDLOCK_CREATE, attributes, len(attributes), 0)
    read = 1 | 4 | 8  # execute, read a file, read a folder
    covered = set(room.covered)
    for path in [*room.visible, *(part for parts in room.covered.values() for part in parts)]:
        if any(folder.is_relative_to(path) for folder in covered):
            _allow_around(ruleset, path, covered, read)
        else:
            _allow(ruleset, path, read)
    for name in (*_DEVICES, "shm"):
        _allow(ruleset, Path("/dev") / name, files)
    for name in ("cpuinfo", "meminfo", "self"):
        _allow(ruleset, Path("/proc") / name, read)
    _allow(ruleset, room.folder, files)
    _drop_privileges()
    _syscall(_SYS_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _allow_around(ruleset: int, path: Path, covered: set[Path], access: int) -> None:
    """Allow a folder except what is covered in it: its other entries, one by one."""
    for entry in path.iterdir():
        if entry in covered:
            continue
        if any(folder.is_relative_to(entry) for folder in covered):
            _allow_around(ruleset, entry, covered, access)
        else:
            _allow(ruleset, entry, access)


def _allow(ruleset: int, path: Path, access: int) -> None:
    on_files = 1 | 2 | 4 | 1 << 14 | 1 << 15  # execute, write, read, truncate, ioctl: what a file can be allowed
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    rule = struct.pack("=Qi", access if path.is_dir() else access & on_files, handle)
    try:
        _syscall(_SYS_LANDLOCK_ADD, ruleset, 1, rule, 0)
    finally:
        os.close(handle)


def landlock_version() -> int:
    """Return the version of Landlock's interface, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    try:
        return _syscall(_SYS_LANDLOCK_CREATE, None, 0, 1)
    except SandboxError:
        return 0


def namespaces_work() -> bool:
    """Try it: make the namespaces and mount something in them, in a process of its own."""
    if sys.platform != "linux" or os.uname().machine not in _SYS_PIVOT_ROOT:
        return False
    child = os.fork()
    if child == 0:
        try:
            root = os.geteuid() == 0
            _libc("unshare", _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET | (0 if root else _CLONE_NEWUSER))
            _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
            _mount("tmpfs", "/tmp", "tmpfs", 0)
            _set_attributes(Path("/tmp"), _ATTR_RDONLY, recursive=True)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _mount(source: str | Path, target: str | Path, kind: str, flags: int, data: str = "") -> None:
    _libc("mount", os.fsencode(source), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), data.encode())


def _set_attributes(target: Path, attributes: int, *, recursive: bool) -> None:
    packed = struct.pack("=QQQQ", attributes, 0, 0, 0)
    _syscall(_SYS_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE if recursive else 0, packed, len(packed))


def _syscall(number: int, *arguments: object) -> int:
    return _libc("syscall", number, *arguments)


@functools.cache  # to open it makes a class, which takes longer than most calls
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _libc(name: str, *arguments: object) -> int:
    result = getattr(_library(), name)(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise SandboxError(code, f"{name}: {os.strerror(code)}", str(arguments[:2]))
    return result

"""Shut a process in: Linux namespaces with an empty root, Landlock where there are none, and limits on everything.

A process enters a room after it was forked, so nothing has to be imported again. In the strongest room it sees a file
system that holds Python, its libraries and one folder of its own; no other process, no network; it has no privilege
left and cannot gain any. What is missing on a machine is told by `strongest`, and never passed over in silence.

Sources: the manual pages user_namespaces(7), pid_namespaces(7), mount_namespaces(7), pivot_root(2), capabilities(7),
and the kernel's Landlock documentation (docs.kernel.org/userspace-api/landlock.html).
"""

import contextlib
import ctypes
import os
import signal
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform != "win32":
    import resource

NAMESPACES, BUBBLEWRAP, LANDLOCK, BARE = "namespaces", "bubblewrap", "landlock", "limits only"

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 1, 24, 38, 4
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
        folder: its own folder, the only one it can write to besides /tmp; seen at the same path inside.
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


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the one that forked it ends, however that ends."""
    _libc("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def enter(rung: str, room: Room) -> None:
    """Shut this process in. With namespaces it forks; only the inner process returns, the outer one waits and exits.

    Args:
        rung: NAMESPACES, LANDLOCK or BARE.
        room: what it may see and use.

    Raises:
        SandboxError: the kernel refused.
    """
    if rung == NAMESPACES:
        _enter_namespaces(room)
    limit(room.limits)
    if rung == LANDLOCK:
        _enter_landlock(room)
    os.chdir(room.folder)


def _enter_namespaces(room: Room) -> None:
    root = os.geteuid() == 0
    uid, gid = os.getuid(), os.getgid()
    stranger = _FIRST_ROOM_UID + os.getpid() % _ROOM_UIDS
    own = _CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET
    _libc("unshare", own if root else own | _CLONE_NEWUSER)
    if not root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")
    inner = os.fork()  # the first process of the new process namespace
    if inner:
        _wait_as(inner)
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


def _wait_as(inner: int) -> None:
    """Wait for the process inside and end as it ended; asked to end, kill it first, so that it is gone when we are."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(inner, signal.SIGKILL))
    _, status = os.waitpid(inner, 0)
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
        _mount("proc", new / "proc", "proc", _MS_NOSUID | _MS_NODEV | 8)
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
    if os.getuid() != 0:
        # Inside a user namespace the kernel counts its processes alone (since Linux 5.14).
        resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # if memory ends, this goes first


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
    _libc("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
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


def _libc(name: str, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    result = getattr(library, name)(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise SandboxError(code, f"{name}: {os.strerror(code)}", str(arguments[:2]))
    return result

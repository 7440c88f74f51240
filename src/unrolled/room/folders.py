"""Temporary folders that go with the process that made them, and those that did not because it was killed."""

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

PREFIX = "unrolled-room-"
FRESH = 60  # seconds
_LOCK = "lock"


def make() -> tuple[Path, IO]:
    """Make a folder; it is in use as long as the file that is returned with it is open."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = open(folder / _LOCK, "w")  # noqa: SIM115 (the caller closes it)
    if sys.platform != "win32":
        fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def sweep() -> None:
    """Remove what processes left behind that were killed with all their guards: folders of ours nobody holds the lock of."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            state = folder.lstat()
            # One that is made at this moment may have no lock yet.
            if stat.S_ISLNK(state.st_mode) or state.st_uid != os.geteuid() or time.time() - state.st_mtime < FRESH:
                continue
            with open(folder / _LOCK) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder, also one in which a room's code made folders that nobody may enter."""
    for top, names, _ in os.walk(folder):
        for name in names:
            if not os.path.islink(os.path.join(top, name)):
                with contextlib.suppress(OSError):
                    os.chmod(os.path.join(top, name), 0o700)
    shutil.rmtree(folder, ignore_errors=True)

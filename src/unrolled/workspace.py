"""The learner's own copy of the course, and the JupyterLab that opens it.

What a learner has touched is never overwritten: an updated lab is laid beside the edited one.
"""

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

from unrolled.course import CourseError

FOLDERS = ("notebooks", "labs")
RECORD = ".laid.json"
START = "START.md"
_JUPYTER_DEFAULTS = Path(__file__).parent / "jupyter_defaults"


def lay(course: Path, work: Path) -> list[str]:
    """Copy lessons and labs to `work`, keeping whatever is there.

    Args:
        course: the folder with `notebooks/` and `labs/`.
        work: the learner's folder; made when missing.

    Returns:
        One sentence for every file that was laid beside an edited one.
    """
    record, notes = _read_record(work), []
    contents = {
        path.relative_to(course).as_posix(): path.read_bytes()
        for folder in FOLDERS
        for path in sorted((course / folder).glob("*.ipynb"))
    }
    contents[START] = start_page(course).encode()
    for name, content in contents.items():
        target, now = work / name, _sha(content)
        theirs = _sha(target.read_bytes()) if target.exists() else None
        if theirs in (None, record.get(name), now):
            if theirs != now:
                _write(target, content)
            record[name] = now
        elif record.get(name) != now:
            beside = _free_name(target, content)
            _write(beside, content)
            record[name] = now
            notes.append(
                f"{name} has an update. Yours was kept as it is; the new one is {beside.relative_to(work).as_posix()}"
            )
    (work / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return notes


def start_page(course: Path) -> str:
    """The page JupyterLab opens on: what is here, and the way through it."""
    lines = [
        "# Unrolled",
        "",
        "Recurrent neural networks, one idea a page. Read a lesson, run it, then do the lab.",
        "",
        "This folder is your own copy. Edit what you like: an update never overwrites it.",
        "",
        "| | |",
        "|---|---|",
    ]
    for folder in FOLDERS:
        for path in sorted((course / folder).glob("*.ipynb")):
            meta = nbformat.read(path, as_version=4).metadata["unrolled"]
            kind = "Lesson" if meta["kind"] == "lesson" else "Lab"
            lines.append(
                f"| {kind} {meta['number']:02d} | [{_title(path)}]({folder}/{path.name}), {meta['minutes']} minutes |"
            )
    lines += [
        "",
        "A lab checks itself: run the cell below an exercise. For all points, hidden checks included, open a terminal",
        "(*File*, *New*, *Terminal*) and write",
        "",
        "    unrolled check labs/02_forward.ipynb",
        "",
        "Something does not work? `unrolled doctor` says what, and the mend.",
        "",
    ]
    return "\n".join(lines)


def serve_site(site: Path) -> str:
    """Serve the built book on this machine alone, in the background; return its address."""
    handler = partial(_QuietHandler, directory=str(site))
    server = ThreadingHTTPServer(("127.0.0.1", free_port(8898)), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def open_jupyterlab(work: Path, *, port: int | None, browser: bool) -> int:
    """Run JupyterLab on the start page until it is stopped; return its exit status."""
    port, token = free_port(port or 8888), secrets.token_hex(16)
    page = f"/lab/tree/{START}"
    environment = os.environ | {
        "JUPYTER_TOKEN": token,  # not on the command line, where every user of the machine could read it
        "JUPYTER_CONFIG_PATH": os.pathsep.join(
            filter(None, [str(_JUPYTER_DEFAULTS), os.environ.get("JUPYTER_CONFIG_PATH")])
        ),
        "JUPYTERLAB_WORKSPACES_DIR": str(work.resolve() / ".jupyterlab"),  # tabs of other projects stay out
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    command = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={work.resolve()}", "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--LabApp.default_url={page}", "--log-level=WARN",
    ]  # fmt: skip
    command += [] if browser else ["--no-browser"]
    # In a container the only user is often root; the server listens on this machine alone and asks for the token.
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    server = subprocess.Popen(command, env=environment)
    try:
        _wait_until_it_answers(server, port)
        print(f"JupyterLab: http://127.0.0.1:{port}{page}?token={token}\nStop it with Ctrl-C.", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0


def _wait_until_it_answers(server: subprocess.Popen, port: int) -> None:
    """An address is printed only when it works."""
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise CourseError(f"JupyterLab stopped with status {server.returncode}; its message is above. Try: unrolled doctor")


def free_port(first: int) -> int:
    """Return the first free port from `first` on."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {first} to {first + 99}")


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:  # a learner's terminal is not an access log
        pass


def _read_record(work: Path) -> dict[str, str]:
    """What was laid before. A lost or damaged record makes every differing file count as edited: the safe side."""
    work.mkdir(parents=True, exist_ok=True)
    try:
        record = json.loads((work / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if path.suffix == ".ipynb":
        # JupyterLab strips the figures of notebooks it does not trust; these are the course's own.
        NotebookNotary().sign(nbformat.reads(content.decode(), as_version=4))


def _free_name(target: Path, content: bytes) -> Path:
    """`02_forward.update.ipynb`, or with a number when a learner has already begun to edit that one."""
    for number in ["", *range(2, 1000)]:
        path = target.with_suffix(f".update{number}{target.suffix}")
        if not path.exists() or path.read_bytes() == content:
            return path
    raise OSError(f"{target.parent} holds a thousand updates of {target.name}; tidy it up first.")


def _title(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    titles = (line[2:] for cell in cells for line in cell.source.split("\n") if line.startswith("# "))
    return next(titles, path.stem)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

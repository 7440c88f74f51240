"""IPython's kernel, made in two steps: all that can be done before a fork, then what must be done after it.

A process that forks kernels makes one `Application` and prepares it. Each child opens sockets of its own and serves.
What no room uses is left out: the channels for control and heartbeats, the debugger, configuration and history from
files, the copying of file descriptors, and the threads that serve all these.
"""

import asyncio
import contextlib
import logging
import os
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import zmq
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import observe
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

from unrolled.room import ask

REHEARSALS = 12  # Python adapts a function's code to what it works on after eight calls


class Stream(OutStream):
    """What a cell prints to."""

    def flush(self) -> None:
        """Send what was printed and wait for the thread that sends it; not if nothing was."""
        with self._buffer_lock:
            printed = bool(self._buffers)
        if printed:
            super().flush()


class Profile(ProfileDir):
    """A folder that has a name and is not made: nothing is kept in it, and who forks has another home than a room."""

    @observe("location")
    def _location_changed(self, change: dict) -> None:
        pass


class Shell(ZMQInteractiveShell):
    """Runs cells."""

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """Wait for `Application.connect`: it is in the room's home."""


class Kernel(IPythonKernel):
    """Answers messages, all in the main thread."""

    shell_class = Shell
    msg_types = [*IPythonKernel.msg_types, "run_request", "ask_request"]
    _supports_kernel_subshells = False
    _execute_sleep = 0.0  # after each cell, for clients that do not wait for the end of its outputs

    def start(self) -> None:
        """Listen."""
        super().start()
        # A cell that awaits asks the thread of the shell's channel which thread started it.
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())

    async def run_request(self, stream: ZMQStream, ident: list[bytes], parent: dict) -> None:
        """Run cells that nobody looks at, one after the other, and say when they have ended."""
        for code in parent["content"]["cells"]:
            with contextlib.suppress(Exception):  # what a learner's code made of the shell; the next cell finds out
                await self.do_execute(code, silent=False)
        self.session.send(stream, "run_reply", {}, parent, ident=ident)

    async def ask_request(self, stream: ZMQStream, ident: list[bytes], parent: dict) -> None:
        """Make a call of a learner's function and send what came of it: a cell that does so takes five messages more."""
        self._forward_input(allow_stdin=False)
        try:
            content = ask.reply(parent["content"]["call"], self.shell.user_ns)
            self.session.send(stream, "ask_reply", content, parent, ident=ident)
        except BaseException as error:  # whatever a learner's code raises, the judge need not wait for the time limit
            self.session.send(stream, "ask_reply", {"fault": _text(error)}, parent, ident=ident)
        finally:
            self._restore_input()

    def _publish_status(self, status: str, channel: str, parent: dict | None = None) -> None:
        """Tell that a cell begins or has ended; of a call, and of cells that nobody looks at, the reply tells it."""
        if (parent or self.get_parent(channel)).get("msg_type") not in ("run_request", "ask_request"):
            super()._publish_status(status, channel, parent)


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # its text is a learner's code as well
        return "an error without a text"


class Application(IPKernelApp):
    """Makes the kernel."""

    def __init__(self) -> None:
        super().__init__(
            kernel_class=Kernel,
            outstream_class=f"{__name__}.Stream",
            capture_fd_output=False,
            config=Config(
                {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor", "xmode": "Minimal"}}
            ),
        )

    def prepare(self) -> None:
        """Do what can be done before a fork."""
        self.log.setLevel(logging.CRITICAL)  # nobody reads it, and a debugging message is made for each message
        self.init_crash_handler()
        self.init_pdb()
        self.profile_dir = Profile()
        self.kernel = Kernel.instance(parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir)
        self.init_path()
        self.init_shell()
        self.init_gui_pylab()
        self.init_extensions()
        self.init_code()

    def rehearse(self) -> None:
        """Run cells and calls of no meaning and forget them, for a process that forks kernels.

        What a kernel does for a cell then is as fast in each child as after many cells. And the child has its pages in
        common with this process, where its own first calls would have written to them. Without sockets every answer is
        dropped.
        """
        cell = {"code": "def rehearsed(x):\n    return x", "store_history": False, "allow_stdin": False}
        requests = [("execute_request", cell)]
        requests.append(
            ("ask_request", {"call": ask.to_request(ask.Call("rehearsed", {"x": [np.zeros(1), 1, 1.0, ()]}))})
        )
        names, loop = dict(self.shell.user_ns), asyncio.new_event_loop()
        for kind, content in requests * REHEARSALS:
            parts = self.session.serialize(self.session.msg(kind, content), ident=b"judge")
            loop.run_until_complete(self.kernel.dispatch_shell([zmq.Frame(part) for part in parts]))
        loop.close()
        self.shell.user_ns.clear()
        self.shell.user_ns.update(names)
        self.session.digest_history.clear()

    def connect(self, connection_file: Path) -> None:
        """Open the sockets that a connection file names, in the process that will serve them."""
        self.connection_file = str(connection_file)
        self.load_connection_file()
        self.session.pid, self.session.session = os.getpid(), str(uuid.uuid4())  # it refuses to send from a fork
        np.random.seed()  # noqa: NPY002 (rooms that are forked from one process draw other numbers)
        self.context = zmq.Context()
        self.shell_socket = self.context.socket(zmq.ROUTER)
        self.shell_port = self._bind_socket(self.shell_socket, self.shell_port)
        iopub = self.context.socket(zmq.XPUB)
        self.iopub_port = self._bind_socket(iopub, self.iopub_port)
        self.iopub_thread = IOPubThread(iopub, session=self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket
        self.init_io()
        self.init_signal()
        home = Path.home() / ".ipython"
        self.profile_dir.location = str(home / "profile_default")
        kernel, shell = self.kernel, self.shell
        shell.ipython_dir = str(home)
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = self.iopub_socket
        kernel.iopub_thread, kernel.iopub_socket = self.iopub_thread, self.iopub_socket
        kernel.shell_stream = ZMQStream(self.shell_socket)
        self.displayhook.get_execution_count = lambda: kernel.execution_count

    def _run_startup_files(self) -> None:
        """Run none: a room has none of its own, and what is installed beside the course must not change a grade."""

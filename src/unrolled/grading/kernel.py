"""A kernel in a room as nbval uses it: bounded in time, in output, and never believed."""

import functools
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import psutil
import zmq
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from unrolled.grading.provisioner import RoomSpecs
from unrolled.grading.result import CRASHED, MEMORY, TIMEOUT
from unrolled.grading.rooms import End, Rooms
from unrolled.room.ask import Call, Failed, from_reply, to_request
from unrolled.room.sandbox import NAMESPACES
from unrolled.room.wire import WireError

MESSAGE_BYTES = 32_000_000  # one message; an array of 16 MB as text is 22 MB
OUTPUT_BYTES = 64_000_000  # all messages of one kernel
GROWTH_BYTES = 1_000_000_000  # of this process while one kernel runs
WAIT = 0.2  # seconds between two looks at whether the kernel lives

_TOO_MUCH = f"It sent more than {OUTPUT_BYTES // 1_000_000} MB. Does a loop print or return too much?"
# What is read of a message: kind to key to type. A kernel sends it; code in it that took its sockets may not.
_NEEDED = {
    "status": {"execution_state": str},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "display_data": {"data": dict, "metadata": dict},
}


class RoomEndedError(Exception):
    """The room ended, or was ended, before it answered.

    Attributes:
        status: one of the statuses of an exercise.
    """

    def __init__(self, status: str, hint: str) -> None:
        super().__init__(hint)
        self.status, self.hint = status, hint


class RoomKernel(RunningKernel):
    """nbval's kernel, started in a room.

    Args:
        rooms: opens the room.
        seconds: for each cell or call.
        total: seconds for everything the kernel does.
    """

    def __init__(self, rooms: Rooms, seconds: float, total: float) -> None:
        self._rooms, self._seconds = rooms, seconds
        self._until = time.monotonic() + total
        self._bytes, self._before = 0, _resident()
        self._heard: deque[dict] = deque()  # what came on iopub while a reply was waited for
        self._room, folder = rooms.open()
        sockets = {} if sys.platform == "win32" else {"transport": "ipc", "ip": str(folder / "k")}
        self.km = KernelManager(
            kernel_name="room",
            kernel_spec_manager=RoomSpecs(),
            connection_file=str(folder / "kernel.json"),
            **sockets,
        )
        self.km.start_kernel(rooms=rooms, room=self._room)
        self.kc = self.km.client(context=_context())
        self.kc.start_channels(stdin=False, hb=False, control=False)
        self._await_welcome()

    def _await_welcome(self) -> None:
        """Wait until the kernel says that it hears us: what it sends from then on is not missed."""
        while not (
            self._poll(self.kc.iopub_channel) and self._receive(self.kc.iopub_channel)["msg_type"] == "iopub_welcome"
        ):
            self._check(self._until)

    def await_reply(self, msg_id: str, timeout: float | None = None) -> dict:
        """Wait for the reply to a request, reading the outputs on the way, and return it.

        Raises:
            RoomEndedError: the time was used up, the kernel ended, or it sent too much.
        """
        return self._await(msg_id, self._seconds)

    def _await(self, msg_id: str, seconds: float) -> dict:
        until = min(self._until, time.monotonic() + seconds)
        while True:
            self._check(until)
            if self._poll(self.kc.shell_channel, self.kc.iopub_channel):
                while self._poll(self.kc.iopub_channel, seconds=0) and time.monotonic() < until:
                    self._hear()
                if self._poll(self.kc.shell_channel, seconds=0):
                    message = self._receive(self.kc.shell_channel)
                    if message["parent_header"].get("msg_id") == msg_id:
                        return message

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        """Return the next output.

        Raises:
            RoomEndedError: as `await_reply`.
        """
        until = min(self._until, time.monotonic() + (timeout or self._seconds))
        while not self._heard:
            self._check(until)
            if self._poll(self.kc.iopub_channel):
                self._hear()
        return self._heard.popleft()

    def run(self, cells: Sequence[str]) -> None:
        """Run cells whose outputs nobody needs: one message and its reply for all, where each would take six.

        Raises:
            RoomEndedError: as `await_reply`; the time is that of as many cells.
        """
        request = self.kc.session.msg("run_request", {"cells": list(cells)})
        self.kc.shell_channel.send(request)
        self._await(request["header"]["msg_id"], len(cells) * self._seconds)

    def ask(self, call: Call) -> Any:
        """Have the room make a call of a learner's function; return its value or a `Failed`.

        Raises:
            RoomEndedError: as `await_reply`.
        """
        request = self.kc.session.msg("ask_request", {"call": to_request(call)})
        self.kc.shell_channel.send(request)
        match self.await_reply(request["header"]["msg_id"])["content"]:
            case {"fault": str(fault)}:
                pass
            case content:
                try:
                    return from_reply(content)
                except WireError:
                    fault = "what it sent cannot be read"
        return Failed(f"The call of {call.function} gave no answer: {fault}")

    def interrupt(self) -> None:
        """End the room: nothing in it is interrupted and believed afterwards."""
        self._rooms.kill(self._room)

    def stop(self) -> None:
        """End the room and close the channels."""
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)
        del self.km

    def _poll(self, *channels: Any, seconds: float = WAIT) -> bool:
        poller = zmq.Poller()
        for channel in channels:
            poller.register(channel.socket, zmq.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def _hear(self) -> None:
        """Keep an output that something is made of; what a cell prints and shows is not."""
        message = self._receive(self.kc.iopub_channel)
        if message["msg_type"] in ("status", "error"):
            self._heard.append(message)

    def _receive(self, channel: Any) -> dict:
        """Read one message; count its bytes before anything is made of them."""
        parts = channel.socket.recv_multipart(copy=False)
        self._bytes += sum(len(part.buffer) for part in parts)
        if self._bytes > OUTPUT_BYTES:
            self.interrupt()
            raise RoomEndedError(CRASHED, _TOO_MUCH)
        session = channel.session
        try:
            _, parts = session.feed_identities(parts, copy=False)
            message = session.deserialize(parts, copy=False)
        except Exception:  # libraries read what a stranger wrote; which errors they know is theirs to change
            message = None
        match message:
            case {"msg_type": str(kind), "parent_header": dict(), "content": dict(content)}:
                if all(isinstance(content.get(key), needed) for key, needed in _NEEDED.get(kind, {}).items()):
                    return message
        self.interrupt()
        raise RoomEndedError(CRASHED, "Its notebook's process sent what is no message.")

    def _check(self, until: float) -> None:
        """Raise if the kernel ended or its time is over."""
        if end := self._rooms.end(self._room):
            raise _why(end, self._rooms.rung)
        if time.monotonic() > until:
            self.interrupt()
            raise RoomEndedError(TIMEOUT, "It ran into the time limit. Does a loop never end, or is it very slow?")
        if _resident() - self._before > GROWTH_BYTES:  # a message of many parts is seen when its last part is here
            self.interrupt()
            raise RoomEndedError(CRASHED, _TOO_MUCH)


def _resident() -> int:
    """Bytes of memory that this process uses."""
    return psutil.Process().memory_info().rss


@functools.cache
def _context() -> zmq.Context:
    """Return this process's context; its sockets refuse messages that are too long before they are read."""
    context = zmq.Context()
    context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
    context.setsockopt(zmq.LINGER, 0)
    context.setsockopt(zmq.RECONNECT_IVL, 3)  # ms between two looks for a kernel that is starting
    return context


def _why(end: End, rung: str) -> RoomEndedError:
    # The first process of a namespace cannot be killed from inside: that was the machine, which ran out of memory.
    if end.why == "memory" or (end.status == -9 and rung == NAMESPACES):
        return RoomEndedError(
            MEMORY, "It used up the memory. Is an array far too large, or does a list grow without end?"
        )
    if end.status == 70 and end.why:
        return RoomEndedError(CRASHED, f"Its room could not be made: {end.why.strip().splitlines()[-1]}")
    return RoomEndedError(
        CRASHED, "Its notebook's process ended. Does an answer end Python (exit, os._exit) or crash it?"
    )

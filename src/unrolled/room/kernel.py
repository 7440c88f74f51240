"""Run an IPython kernel in this process: the last thing a room does before the learner's code."""

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unrolled.room import sandbox

if TYPE_CHECKING:
    from unrolled.room.application import Application

# What a kernel imports when it starts and when it runs its first cell, found by comparing sys.modules.
_NEEDED = (
    "ipykernel.debugger", "ipykernel.displayhook", "ipykernel.heartbeat", "ipykernel.iostream", "ipykernel.ipkernel",
    "ipykernel.kernelapp", "ipykernel.zmqshell", "pdb", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.display", "IPython.core.history",
    "IPython.core.logger", "IPython.core.oinspect", "IPython.core.profiledir", "IPython.extensions.storemagic",
    "IPython.utils.wildcard", "tornado.gen", "tornado.locks", "tornado.platform.asyncio", "tornado.queues",
    "pygments.formatters.terminal256", "faulthandler", "encodings.idna", "unrolled.room.ask", "numpy.random",
)  # fmt: skip


def prepare(modules: Sequence[str]) -> "Application":
    """Import what a kernel and a lab need, and make the kernel, so that a process forked from this one has it in a moment.

    Args:
        modules: what the lab's own cells import.
    """
    sys.modules["debugpy"] = None  # a room has no debugger; importing it takes longer than starting the kernel
    for module in (*_NEEDED, *modules):
        importlib.import_module(module)
    from unrolled.room.application import Application

    application = Application.instance()
    application.prepare()
    return application


def serve(application: "Application", connection_file: Path, seal: Callable[[], None] = lambda: None) -> None:
    """Serve the kernel that `connection_file` describes, until it is told to shut down.

    No history, no debugger, no subprocess for `%%bash` in the parent: what is not there need not be guarded.

    Args:
        application: what `prepare` returned, here or before the fork.
        connection_file: where to listen.
        seal: called when it listens, before it runs anything.
    """
    application.connect(connection_file)
    seal()
    application.start()


def main() -> None:
    """Be a room's kernel that is started ahead: import, wait for a line, serve. For machines that cannot fork.

    Arguments: the connection file, the limits as JSON, and what to import.
    """
    connection_file, limits, *modules = sys.argv[1:]
    application = prepare(modules)
    if sys.stdin.readline():  # nothing comes if the grader has ended
        sandbox.limit(sandbox.Limits(**json.loads(limits)))
        serve(application, Path(connection_file))


if __name__ == "__main__":
    main()

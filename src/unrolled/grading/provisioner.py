"""A kernel provisioner for jupyter_client: kernels are not spawned, a room is opened for them.

The kernel specification below names it, so `KernelManager` starts, watches and kills such a kernel as it does any other.
"""

import signal
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase

from unrolled.grading.rooms import End, Rooms

NAME = "unrolled-room"


class RoomSpecs(KernelSpecManager):
    """Knows the one kernel there is, whatever a notebook asks for."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification that names the provisioner."""
        return KernelSpec(
            display_name="Python in a room",
            language="python",
            argv=["python"],  # never run; the provisioner forks
            metadata={"kernel_provisioner": {"provisioner_name": NAME}},
        )


class RoomProvisioner(KernelProvisionerBase):
    """Starts a kernel in a room that is open, and ends it with the room."""

    rooms: Rooms | None = None
    room: int | None = None
    ended: End | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started in the room."""
        return self.room is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file into the room's folder; take the room from the arguments."""
        self.rooms, self._number = kwargs.pop("rooms"), kwargs.pop("room")
        self.parent.write_connection_file()
        self.connection_info = self.parent.get_connection_info()
        return await super().pre_launch(cmd=[NAME], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Start the kernel; return how to reach it."""
        self.pid = self.rooms.start(self._number)
        self.room = self._number
        return self.connection_info

    async def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        if self.ended is None and self.room is not None:
            self.ended = self.rooms.end(self.room)
        return None if self.ended is None else self.ended.status

    async def wait(self) -> int | None:
        """Return the exit status; `kill` has waited already."""
        self.room = None
        return await self.poll()

    async def send_signal(self, signum: int) -> None:
        """Kill on any signal but 0: nothing in a room is interrupted and believed afterwards."""
        if signum != 0:
            await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """Kill the room."""
        if self.room is not None and self.ended is None:
            self.ended = self.rooms.kill(self.room)

    async def terminate(self, restart: bool = False) -> None:
        """Kill the room."""
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing is left: the room's folder went with the room."""

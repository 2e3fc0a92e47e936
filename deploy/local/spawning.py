"""Starts programs for the supervisor: `python -m` ones by forking the nursery where there is one, all others directly."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.program import Program, gone, python, until, wrapped


@dataclass(frozen=True)
class Process:
    """A running process, leader of its group, and its return code to come."""

    pid: int
    ended: "asyncio.Future[int]"

    def signal(self, number: signal.Signals) -> None:
        """Send it to the process itself, if that still runs."""
        if not self.ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill_group(self) -> None:
        """End the process and whatever it has started and left."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


class Spawner:
    """Starts programs; with a nursery on Linux."""

    def __init__(self, log: Path, *, fork: bool = sys.platform == "linux") -> None:
        self.fork = fork
        self.log = log
        self._nursery: _Nursery | None = None
        self._starting = asyncio.Lock()

    async def warm_up(self) -> "_Nursery":
        """Begin to import what Python processes need, so that it goes on while the servers start."""
        async with self._starting:
            if self._nursery is not None and self._nursery.process.ended.done():
                await self.close()
            if self._nursery is None:
                self._nursery = await _Nursery.start(self.log)
        return self._nursery

    async def spawn(self, program: Program) -> Process:
        """Start the program in a process group of its own."""
        if self.fork and program.module:
            return await (await self.warm_up()).spawn(program)
        return await spawn_directly(program)

    async def close(self) -> None:
        """End the nursery, and with it what was forked there and still runs."""
        if self._nursery is not None:
            await self._nursery.close()
            self._nursery = None


async def spawn_directly(program: Program, *, keep: tuple[int, ...] = ()) -> Process:
    """Start it by fork and exec, its output going to the end of its log; `keep` are file descriptors it inherits."""
    with program.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *wrapped(program.argv, program.identity, program.death_signal),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            env=program.env,
            cwd=program.cwd,
            pass_fds=keep,
            start_new_session=True,
        )
    return Process(process.pid, asyncio.ensure_future(process.wait()))


class _Nursery:
    """Our end of the channel to `deploy.local.nursery`."""

    def __init__(self, process: Process, channel: socket.socket) -> None:
        self.process = process
        self._channel = channel
        self._asked = 0
        self._running: dict[int, int] = {}
        self._pids: dict[int, asyncio.Future[int]] = {}
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, log: Path) -> "_Nursery":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            program = Program(name="nursery", argv=python("deploy.local.nursery", str(theirs.fileno())), log=log)
            process = await spawn_directly(program, keep=(theirs.fileno(),))
        return cls(process, ours)

    async def spawn(self, program: Program) -> Process:
        loop = asyncio.get_running_loop()
        self._asked += 1
        number = self._asked
        pid = self._pids[number] = loop.create_future()
        ended = self._ends[number] = loop.create_future()
        module, *arguments = program.module
        request: dict[str, Any] = {
            "id": number,
            "name": program.name,
            "module": module,
            "arguments": arguments,
            "env": dict(environment(program)),
            "log": str(program.log),
            "death_signal": int(program.death_signal),
        }
        await loop.sock_sendall(self._channel, json.dumps(request).encode())
        return Process(await pid, ended)

    async def _listen(self) -> None:
        """Hear what became of the requests. When the nursery is gone, so are its children: the kernel saw to that."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while packet := await loop.sock_recv(self._channel, 4096):
                words = json.loads(packet)
                if "pid" in words:
                    self._running[words["id"]] = words["pid"]
                    _answer(self._pids.pop(words["id"]), words["pid"])
                else:
                    del self._running[words["id"]]
                    _answer(self._ends.pop(words["id"]), words["returncode"])
        for future in self._pids.values():
            if not future.done():
                future.set_exception(ChildProcessError("the process that forks the others ended"))
        for future in self._ends.values():
            _answer(future, -signal.SIGKILL)

    async def close(self) -> None:
        """End it, then hear what it has still said, and end what it has forked and nobody waited for."""
        self.process.signal(signal.SIGKILL)
        await self.process.ended
        await self._listener
        self._channel.close()
        for pid in self._running.values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        await asyncio.to_thread(until, lambda: all(map(gone, self._running.values())), 2.0)


def _answer(future: "asyncio.Future[int]", value: int) -> None:
    if not future.done():
        future.set_result(value)


def environment(program: Program) -> Mapping[str, str]:
    """The program's whole environment."""
    return os.environ if program.env is None else program.env

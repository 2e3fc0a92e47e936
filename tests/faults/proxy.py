"""A TCP proxy that can freeze (connections stay open and nothing comes through, as behind a router that has lost its memory),
cut its connections, or refuse new ones."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Proxy:
    """Runs in a thread. What is done to connections is done to those of now; those made afterwards work."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._open: dict[asyncio.Task[None], asyncio.Event] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def open(self) -> None:
        """Take connections, always on the same port; nothing happens if it does."""

        async def listen() -> None:
            if self._server is None:
                self._server = await asyncio.start_server(self._begin, "127.0.0.1", self.port)
                self.port = self._server.sockets[0].getsockname()[1]

        self._do(listen())

    def shut(self) -> None:
        """Refuse new connections."""

        async def close() -> None:
            if self._server is not None:
                self._server.close()
                self._server = None

        self._do(close())

    def freeze(self) -> int:
        """How many connections are half-open from now on."""

        async def close_gates() -> int:
            gates = [gate for gate in self._open.values() if gate.is_set()]
            for gate in gates:
                gate.clear()
            return len(gates)

        return self._do(close_gates())

    def cut(self) -> int:
        """How many connections are over."""

        async def cancel() -> int:
            tasks = list(self._open)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return len(tasks)

        return self._do(cancel())

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gate = asyncio.Event()
        gate.set()
        task = asyncio.ensure_future(self._serve(reader, writer, gate))
        self._open[task] = gate
        task.add_done_callback(self._open.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        ends = [writer]
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ends.append(back)
            await asyncio.gather(_pipe(reader, back, gate), _pipe(there, writer, gate))
        except OSError:
            return
        finally:
            for end in ends:
                end.transport.abort()

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
    with suppress(ConnectionError):
        while part := await reader.read(65536):
            await gate.wait()
            writer.write(part)
            await writer.drain()
    await gate.wait()
    writer.close()

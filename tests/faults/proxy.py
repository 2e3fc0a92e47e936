"""A TCP proxy that can freeze: connections stay open and nothing comes through, as behind a router that has lost its memory."""

import asyncio
import threading
from contextlib import suppress
from typing import Self


class Proxy:
    """Runs in a thread. `freeze` makes every connection of now half-open for good; those made afterwards work."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._gates: set[asyncio.Event] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def freeze(self) -> int:
        """How many connections are half-open from now on."""

        async def close_gates() -> int:
            frozen = len(self._gates)
            for gate in self._gates:
                gate.clear()
            self._gates.clear()
            return frozen

        return asyncio.run_coroutine_threadsafe(close_gates(), self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        gate = asyncio.Event()
        gate.set()
        self._gates.add(gate)
        try:
            await asyncio.gather(self._pipe(reader, back, gate), self._pipe(there, writer, gate))
        finally:
            self._gates.discard(gate)
            writer.close()
            back.close()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                await gate.wait()
                writer.write(part)
                await writer.drain()
        if gate.is_set():
            writer.close()

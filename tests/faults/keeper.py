"""Runs programs, and starts again at once whatever ends: what a supervisor is to the site, for tests that kill its processes."""

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from deploy.local.program import Program
from deploy.local.spawning import Process, Spawner

T = TypeVar("T")


@dataclass
class Running:
    """One program: change it, or whether it is wanted, and its next start heeds that."""

    program: Program
    process: Process | None = None
    wanted: bool = True
    starts: int = 0

    @property
    def lives(self) -> bool:
        return self.process is not None and not self.process.ended.done()


class Keeper:
    """`with Keeper(log) as keeper: keeper.keep(program)`. Processes are forked as `make run` forks them, which is soon done."""

    def __init__(self, log: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="keeper", daemon=True)
        self._spawner = Spawner(log)
        self._keeping: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def keep(self, program: Program) -> Running:
        """From now on it runs, as long as it is wanted."""
        running = Running(program)

        async def begin() -> None:
            self._keeping.add(asyncio.create_task(self._keep(running)))

        self._do(begin())
        return running

    async def _keep(self, running: Running) -> None:
        while True:
            if running.wanted:
                running.process = process = await self._spawner.spawn(running.program)
                running.starts += 1
                await asyncio.shield(process.ended)
                process.kill_group()
            await asyncio.sleep(0.1)

    async def _end(self) -> None:
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        await self._spawner.close()

    def _do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

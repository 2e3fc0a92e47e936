"""Starts programs, watches them, starts again what dies, and stops all in order."""

import asyncio
import signal
import time
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any

from deploy.local.console import Console
from deploy.local.logs import LogWatch, last_words
from deploy.local.program import NotReady, Program
from deploy.local.spawning import Process, Spawner

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
ALIVE = 1.0
"""Who has run for so many seconds is said to run again."""
STEADY = 60.0
"""Who has run for so many seconds begins with the first pause again."""


class Supervisor:
    """Keeps a set of programs running until told to stop. Programs started later are stopped earlier, group by group."""

    def __init__(self, console: Console, spawner: Spawner, logs: LogWatch) -> None:
        self.console = console
        self.spawner = spawner
        self.logs = logs
        self._groups: list[list[Program]] = []
        self._processes: dict[str, Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._errands: set[Process] = set()

    async def start(self, programs: Iterable[Program]) -> None:
        """Start a group at once and wait until all are ready. Raises NotReady for the first that does not become it."""
        group = list(programs)
        self._groups.append(group)
        await _together(self._begin(program) for program in group)

    async def _begin(self, program: Program) -> None:
        process = await self._start_once(program)
        self.logs.errors_of(program.name, program.log)
        if program.announcement:
            self.console.step(program.announcement)
        self._keepers[program.name] = asyncio.create_task(self._keep(program, process))

    async def _start_once(self, program: Program) -> Process:
        """Start it and wait until it is ready."""
        await asyncio.to_thread(program.before)
        process = self._processes[program.name] = await self.spawner.spawn(program)
        deadline = time.monotonic() + program.patience
        while not await asyncio.to_thread(program.ready):
            if process.ended.done():
                raise NotReady(
                    f"{program.name} ended ({said(process.ended.result())}): {last_words(program.log)} (see {program.log})"
                )
            if time.monotonic() > deadline:
                process.kill_group()
                raise NotReady(f"{program.name} was not ready in {program.patience:.0f} s: see {program.log}")
            await asyncio.sleep(0.02)
        return process

    async def _keep(self, program: Program, process: Process) -> None:
        """Start it again, with growing pauses, whenever it ends."""
        pause = FIRST_PAUSE
        started = time.monotonic()
        while True:
            code = await asyncio.shield(process.ended)
            process.kill_group()
            if time.monotonic() - started > STEADY:
                pause = FIRST_PAUSE
            self.console.trouble(program.name, f"ended ({said(code)}); starts again in {pause:g} s (see {program.log})")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            started = time.monotonic()
            try:
                process = await self._start_once(program)
            except (NotReady, OSError) as error:
                self.console.trouble(program.name, str(error))
                process = self._processes[program.name]
            else:
                if not await _ends_within(process, ALIVE):
                    self.console.trouble(program.name, "runs again")

    async def run(self, programs: Iterable[Program]) -> None:
        """Run programs that end by themselves, at once. Raises NotReady for the first that fails."""
        await _together(self._run_to_its_end(program) for program in programs)

    async def _run_to_its_end(self, program: Program) -> None:
        process = await self.spawner.spawn(program)
        self._errands.add(process)
        code = await asyncio.shield(process.ended)
        self._errands.discard(process)
        self.logs.look()
        if code != 0:
            raise NotReady(f"{program.name} failed ({said(code)}): {last_words(program.log)} (see {program.log})")

    def process(self, name: str) -> Process:
        """The process that is the program of this name right now."""
        return self._processes[name]

    async def stop(self) -> None:
        """Stop all, the last group first; each program gets its grace, then it and all it has started is ended."""
        for keeper in self._keepers.values():
            keeper.cancel()
        for process in self._errands:
            process.kill_group()
        await asyncio.gather(*(process.ended for process in self._errands))
        for group in reversed(self._groups):
            await asyncio.gather(*(self._stop_one(program) for program in group))
        await self.spawner.close()

    async def _stop_one(self, program: Program) -> None:
        process = self._processes.get(program.name)
        if process is None:
            return
        process.signal(program.stop_signal)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.ended), program.grace)
        process.kill_group()
        await process.ended

    def kill(self) -> None:
        """End everything now, without waiting: for somebody who presses Ctrl-C twice."""
        for process in (*self._processes.values(), *self._errands):
            process.kill_group()


async def _ends_within(process: Process, seconds: float) -> bool:
    done, _ = await asyncio.wait({process.ended}, timeout=seconds)
    return bool(done)


async def _together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run them at once; the first error ends the others and is raised by itself."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def said(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"

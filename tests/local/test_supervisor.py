"""The supervisor with small real processes, started directly and by the nursery."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from deploy.local import supervisor as module
from deploy.local.configuration import ROOT
from deploy.local.console import Console
from deploy.local.logs import ErrorFinder, LogWatch, error_in, last_words, new_log, progress_in
from deploy.local.program import NotReady, Program
from deploy.local.spawning import Spawner
from deploy.local.supervisor import Supervisor

FORKS = [False, True] if sys.platform == "linux" else [False]


class Lines(Console):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, text: str = "") -> None:
        self.lines.append(text)

    def about(self, words: str) -> list[str]:
        return [line for line in self.lines if words in line]


def supervised(folder: Path, work: Callable[[Supervisor, Lines], Awaitable[None]], *, fork: bool = False) -> Lines:
    """Do the work with a supervisor that is stopped afterwards, whatever happens."""
    lines = Lines()

    async def run() -> None:
        supervisor = Supervisor(lines, Spawner(folder / "nursery.log", fork=fork), LogWatch(lines))
        try:
            await asyncio.wait_for(work(supervisor, lines), 60)
        finally:
            await supervisor.stop()

    in_a_loop_of_its_own(run())
    return lines


def in_a_loop_of_its_own(work: Coroutine[Any, Any, Any]) -> None:
    """In a thread: this one may have a browser's loop running, from other tests."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def shell(folder: Path, name: str, script: str, **more: object) -> Program:
    return Program(name=name, argv=["/bin/sh", "-c", script], log=folder / f"{name}.log", cwd=folder, **more)  # type: ignore[arg-type]


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110 (what is waited for happens in other processes)
        await asyncio.sleep(0.01)


def heard(log: Path) -> int:
    """How many times a stand-in has said that it works."""
    return log.read_text().count("works") if log.exists() else 0


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)


@pytest.mark.parametrize("fork", FORKS)
def test_what_dies_is_started_again_and_that_is_said(tmp_path: Path, quick: None, fork: bool) -> None:
    worker = Program(
        name="catalog worker",
        argv=[sys.executable, "-m", "tests.local.standins.catalog", "worker"],
        log=tmp_path / "worker.log",
        cwd=ROOT,
    )

    async def work(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.start([worker])
        await until(lambda: heard(worker.log))
        first = supervisor.process("catalog worker").pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: heard(worker.log) == 2)
        assert supervisor.process("catalog worker").pid != first
        await until(lambda: lines.about("runs again"))

    lines = supervised(tmp_path, work, fork=fork)
    assert lines.about("catalog worker: ended (SIGKILL); starts again in 0.01 s")
    assert lines.about("catalog worker: runs again")


def test_the_pauses_grow(tmp_path: Path, quick: None) -> None:
    async def work(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.start([shell(tmp_path, "flaky", "exit 7")])
        await until(lambda: len(lines.about("starts again")) == 4)

    said = supervised(tmp_path, work).about("starts again")
    assert [line.partition("; ")[2].partition(" (")[0] for line in said[:4]] == [
        f"starts again in {pause} s" for pause in ("0.01", "0.02", "0.04", "0.08")
    ]
    assert "exit code 7" in said[0]


def test_programs_are_stopped_in_the_opposite_order_with_all_that_they_started(tmp_path: Path) -> None:
    script = 'trap "echo $0 >> order; exit" TERM; sleep 1000 & echo $! > $0.child; wait'
    names = ["server", "relay", "web", "gateway"]

    async def work(supervisor: Supervisor, lines: Lines) -> None:
        for name in names:
            program = Program(name=name, argv=["/bin/sh", "-c", script, name], log=tmp_path / f"{name}.log", cwd=tmp_path)
            await supervisor.start([program])
        await until(lambda: all((tmp_path / f"{name}.child").exists() for name in names))

    supervised(tmp_path, work)
    assert (tmp_path / "order").read_text().split() == names[::-1]
    children = [int((tmp_path / f"{name}.child").read_text()) for name in names]
    in_a_loop_of_its_own(until(lambda: not any(alive(child) for child in children)))


def test_who_does_not_stop_is_ended_after_its_grace(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.start([shell(tmp_path, "stubborn", 'trap "" TERM; echo up; while :; do sleep 1; done', grace=0.2)])
        await until(lambda: "up" in (tmp_path / "stubborn.log").read_text())

    supervised(tmp_path, work)


def test_one_that_never_becomes_ready_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    async def dies(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.start([shell(tmp_path, "broken", "echo disk is full; exit 1", ready=lambda: False)])

    async def hangs(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.start([shell(tmp_path, "slow", "sleep 1000", ready=lambda: False, patience=0.1)])

    with pytest.raises(NotReady, match=r"broken ended \(exit code 1\): disk is full"):
        supervised(tmp_path, dies)
    with pytest.raises(NotReady, match=r"slow was not ready in 0 s"):
        supervised(tmp_path, hangs)


def test_an_errand_that_fails_ends_the_others(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.run(
            [shell(tmp_path, "one", "echo no such table; exit 3"), shell(tmp_path, "two", "echo $$; exec sleep 1000")]
        )

    with pytest.raises(NotReady, match=r"one failed \(exit code 3\): no such table"):
        supervised(tmp_path, work)
    left = (tmp_path / "two.log").read_text()
    assert not left or not alive(int(left))


def test_all_survive_the_end_of_the_nursery(tmp_path: Path, quick: None) -> None:
    worker = Program(
        name="catalog worker",
        argv=[sys.executable, "-m", "tests.local.standins.catalog", "worker"],
        log=tmp_path / "worker.log",
        cwd=ROOT,
    )

    async def work(supervisor: Supervisor, lines: Lines) -> None:
        await supervisor.start([worker])
        await until(lambda: heard(worker.log))
        nursery = await supervisor.spawner.warm_up()
        nursery.process.signal(signal.SIGKILL)
        await until(lambda: lines.about("runs again"))

    if True in FORKS:
        lines = supervised(tmp_path, work, fork=True)
        assert lines.about("catalog worker: runs again")


def test_a_log_is_new_for_each_run_and_the_last_one_is_kept(tmp_path: Path) -> None:
    new_log(tmp_path, "catalog web").write_text("first")
    log = new_log(tmp_path, "catalog web")
    assert (log.read_text(), (tmp_path / "catalog-web.1.log").read_text()) == ("", "first")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            '{"event": "handler_failed", "level": "error", "exception": "Traceback\\n  x\\nKeyError: 1"}',
            "handler_failed: KeyError: 1",
        ),
        ('{"msg": "no upstreams available", "level": "error"}', "no upstreams available"),
        ('{"event": "errors_sampled", "level": "info"}', None),
        ("2026-11-22 12:00:00 UTC FATAL:  no space left on device", "2026-11-22 12:00:00 UTC FATAL:  no space left on device"),
        ("2026-11-22 12:00:00 UTC catalog FATAL:  terminating connection due to administrator command", None),
        ("Ready to accept connections", None),
        ("[1, 2]", None),
    ],
)
def test_errors_are_found_in_logs(line: str, error: str | None) -> None:
    assert error_in(line) == error


def test_a_traceback_is_told_by_its_last_line(tmp_path: Path) -> None:
    log = [
        "ready",
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    fatal()",
        "",
        "ModuleNotFoundError: No module named 'x'",
        "on",
    ]
    find = ErrorFinder()
    assert [error for line in log if (error := find(line))] == ["ModuleNotFoundError: No module named 'x'"]
    (tmp_path / "log").write_text('{"event": "stopped", "level": "info"}\n\n')
    assert last_words(tmp_path / "log") == "stopped"


def test_progress_is_what_is_no_log_line() -> None:
    assert [progress_in(line) for line in ("12 of 30", '{"event": "x"}', "  ")] == ["12 of 30", None, None]

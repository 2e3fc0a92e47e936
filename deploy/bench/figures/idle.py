"""What the whole platform takes when nobody does anything, and how long it takes to start: `make run`, as it is."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.bench.ground import Ground, wait_until
from deploy.bench.measure import Measured, Pair, pss_of
from deploy.bench.report import Result
from deploy.local.program import free_port

MEGABYTE = 1_000_000
MOST_MEGABYTES = 900
MOST_SECONDS = 15
SETTLE = 8.0
"""Seconds after the start in which nothing is asked."""


def measure(ground: Ground, repeats: int) -> Iterator[Result]:
    """Seconds of a warm start, and megabytes after it. The first start makes the data, and does not count."""
    data = ground.folder / "run"
    with _run(data):
        pass
    seconds, megabytes = [], []
    for _ in range(min(repeats, 2)):
        with _run(data) as (pid, took):
            seconds.append(took)
            time.sleep(SETTLE)
            megabytes.append(pss_of([pid]) / MEGABYTE)
    yield Result.of("memory of the whole platform, idle (PSS)", _limit(megabytes, MOST_MEGABYTES), "MB", 1.0, "lower")
    yield Result.of("warm start to ready", _limit(seconds, MOST_SECONDS), "s", 1.0, "lower")


@contextmanager
def _run(data: Path) -> Iterator[tuple[int, float]]:
    """The running site: the process that all others descend from, and the seconds until it said that it is ready."""
    data.mkdir(exist_ok=True)
    environment = os.environ | {"DATA": str(data), "PORT": str(free_port())}
    log = data / "said.log"
    started = time.monotonic()
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", "deploy.local"], env=environment, stdout=said, stderr=said)
    try:
        wait_until(lambda: "is ready" in log.read_text() or process.poll() is not None, within=300, every=0.02)
        if process.poll() is not None:
            raise RuntimeError(f"the site did not start: {log.read_text()[-2000:]}")
        yield process.pid, time.monotonic() - started
    finally:
        process.terminate()
        process.wait(60)


def _limit(measured: list[float], most: float) -> Pair:
    """Here the floor is the limit itself: these two are absolute."""
    return Pair([Measured(value) for value in measured], [Measured(most)] * len(measured))

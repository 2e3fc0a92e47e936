"""The ground that everything is measured on: embedded servers as in `make run`, and processes started on them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres import SERVICES, Postgres
from deploy.local.redis import Redis

DATABASES = (*SERVICES, "bare", "sayer", "hearer")


@dataclass
class Ground:
    """PostgreSQL (flushing to disk, as in production) and Redis, both on ports of their own."""

    folder: Path
    postgres: Postgres
    redis: Redis
    profiles: Path | None = None
    """Where py-spy is to draw what every process does; None: it is not to."""

    @property
    def servers(self) -> dict[str, int]:
        """The process ids of the two servers, for their CPU."""
        running = {"PostgreSQL": self.postgres.process, "Redis": self.redis.process}
        return {name: process.pid for name, process in running.items() if process is not None}

    def environment(self, database: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a process on this ground gets."""
        own = {"DATABASE_URL": self.postgres.url(database), "REDIS_URL": self.redis.url, "LOG_LEVEL": "WARNING"}
        return os.environ | own | dict(extra or {})

    @contextmanager
    def process(self, *arguments: str, database: str = "bare", extra: Mapping[str, str] | None = None) -> Iterator[int]:
        """Run ``python -m arguments`` for the length of the block; its process id. Its log is in the ground's folder."""
        name = "-".join(part.rpartition(".")[2] for part in arguments[:2])
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments], env=self.environment(database, extra), stdout=log, stderr=log
            )
            profiler = self._profile(process.pid, name) if self.profiles else None
            try:
                yield process.pid
            finally:
                _end(process)
                if profiler is not None:
                    profiler.wait(60)

    def _profile(self, pid: int, name: str) -> subprocess.Popen[bytes]:
        """Have a flame graph drawn of the process and its children until it ends."""
        file = Path(str(self.profiles)) / f"{name}-{pid}.svg"
        py_spy = str(Path(sys.executable).with_name("py-spy"))
        command = [py_spy, "record", "--pid", str(pid), "--subprocesses", "--nonblocking", "--rate", "50", "--output", str(file)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def ground(profiles: Path | None = None) -> Iterator[Ground]:
    """The servers, in a folder that is gone afterwards."""
    if profiles is not None:
        profiles.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="traffpunkt-bench-") as name:
        folder = Path(name)
        with Postgres(folder / "postgres", databases=DATABASES) as postgres, Redis(folder / "redis") as redis:
            yield Ground(folder, postgres, redis, profiles)


def wait_until(done: Callable[[], bool], *, within: float = 120, every: float = 0.005) -> None:
    """Poll; RuntimeError when it takes too long."""
    deadline = time.monotonic() + within
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not done within {within} s")
        time.sleep(every)

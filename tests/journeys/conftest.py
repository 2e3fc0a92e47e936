"""The whole site as `make run` starts it, empty but for its first administrator, and a real browser before it.

SITE=http://127.0.0.1:8000 takes one that runs already instead (in containers, say), whose first administrator is the same.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.bench.measure import family
from deploy.local.program import free_port
from tests.journeys.inbox import Inbox

ADMINISTRATOR = "siv.ahl@traffpunkt.example"


class Site:
    """A running site."""

    def __init__(self, address: str, data: Path, supervisor: int = 0) -> None:
        self.address = address
        self.supervisor = supervisor
        self.data = data
        self.inbox = Inbox(address)

    def processes(self, service: str) -> list[int]:
        """The site's own processes of a service: those that write its logs (they are forked, so their commands are alike)."""
        logs = [log for log in (self.data / "log").iterdir() if log.name.startswith(service)]
        return [
            pid
            for pid in family([self.supervisor])
            if any(Path(f"/proc/{pid}/fd/2").exists() and Path(f"/proc/{pid}/fd/2").samefile(log) for log in logs)
        ]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Started once; stopped as with Ctrl-C, after which no process of it may be left."""
    data = tmp_path_factory.mktemp("site")
    if running := os.environ.get("SITE"):
        yield Site(running, data)
        return
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_DATABASE_URL")}
    environment |= {"PORT": str(port), "DATA": str(data), "DEMO": "0", "CATALOG_ADMINISTRATOR_EMAIL": ADMINISTRATOR}
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if "Träffpunkt is ready" in line:
            break
    assert process.poll() is None, "".join(said)
    yield Site(f"http://127.0.0.1:{port}", data, process.pid)
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    assert process.wait(60) == 0, rest
    process.stdout.close()

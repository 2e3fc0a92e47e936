"""The real services on the ground: migrated, filled, and started by the commands that start them in production."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

from deploy.bench.filling import Facts, read_facts
from deploy.bench.ground import Ground, wait_until
from deploy.bench.smtp import Sink
from deploy.local.configuration import SERVICES
from deploy.local.program import answers_http, free_port
from shared.service import Service, use

# Limits protect against rushes; a benchmark is one.
_NO_LIMITS = {"REGISTRATION_FORM_RATE": "100000000/minute"}


@dataclass
class Site:
    """Four services with their data, and a mail server that counts."""

    ground: Ground
    facts: Facts
    smtp_port: int
    sink: Sink
    """The mail server, from outside."""
    databases: Mapping[str, str] = field(default_factory=dict)
    """Service -> another database than its own."""

    def environment(self, service: str, port: int = 0) -> dict[str, str]:
        """What a process of the service gets."""
        return {
            f"{service.upper()}_DATABASE_URL": self._database_url(service),
            "NOTIFICATIONS_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "NOTIFICATIONS_CONNECTIONS": "1",
            "PORT": str(port),
            **_NO_LIMITS,
        }

    def _database_url(self, service: str) -> str:
        return f"{self.ground.postgres.url(service).rpartition('/')[0]}/{self.databases.get(service, service)}"

    @contextmanager
    def running(self, service: str, role: str) -> Iterator[int]:
        """A relay or a worker for the length of the block; its process id. Whether it is ready, the first event tells."""
        with self.ground.process(f"services.{service}", role, extra=self.environment(service)) as pid:
            yield pid

    @contextmanager
    def web(self, service: str) -> Iterator[tuple[int, int]]:
        """A web that answers, for the length of the block; its process id and its port."""
        port = free_port()
        with self.ground.process(f"services.{service}", "web", extra=self.environment(service, port)) as pid:
            wait_until(answers_http(port, path="/static/none", statuses=(404,)), every=0.05)
            yield pid, port

    def use(self, service: Service) -> None:
        """Be a process of the service for a while, to do by its own actions what prepares a measurement."""
        os.environ.update(self.environment(service.name))
        use(service)


@contextmanager
def site(ground: Ground) -> Iterator[Site]:
    """The filled site, made once a ground; nothing of it runs yet but the mail server."""
    facts = ground.folder / "facts.json"
    if not facts.exists():
        for service in SERVICES:
            migrate(ground, service)
        environment = {f"{name.upper()}_DATABASE_URL": ground.postgres.url(name) for name in SERVICES}
        subprocess.run(
            [sys.executable, "-m", "deploy.bench.filling", str(facts)], env=os.environ | environment, check=True, timeout=300
        )
    with ExitStack() as stack:
        port = free_port()
        stack.enter_context(ground.process("deploy.bench.smtp", str(port)))
        wait_until(lambda: _listens(port))
        sink = stack.enter_context(closing(Sink(port)))
        yield Site(ground, read_facts(facts), port, sink)


def migrate(ground: Ground, service: str) -> None:
    """Make the service's tables."""
    environment = {f"{service.upper()}_DATABASE_URL": ground.postgres.url(service), "LOG_LEVEL": "WARNING"}
    subprocess.run(
        [sys.executable, "-m", f"services.{service}", "migrate"], env=os.environ | environment, check=True, timeout=120
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""The programs that make up the site, each with exactly the environment that it needs."""

import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.configuration import ROOT, SERVICES, Configuration, gateway
from deploy.local.logs import new_log
from deploy.local.program import Program, answers_http, free_port, python

NOT_HANDED_ON = {"PORT", "HOST", "DATA", "DEMO", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}


@dataclass
class Site:
    """What is known about the running servers, and how to start everything that stands on them."""

    configuration: Configuration
    keys: Mapping[str, str]
    database_urls: Mapping[str, str]
    redis_url: str
    smtp_url: str
    inbox_port: int | None
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken: set[int] = set()
        for name in (*SERVICES, "health"):
            while (port := free_port()) in taken:
                pass
            taken.add(port)
            self.ports[name] = port

    def migrations(self) -> list[Program]:
        """Bring each database to the newest version."""
        return [self._of_service(service, "migrate") for service in SERVICES]

    def demonstrations(self) -> list[Program]:
        """Load the demonstration; each waits by itself for the facts that it needs from others."""
        return [self._of_service(service, "demo") for service in SERVICES]

    def relays(self) -> list[Program]:
        """They publish the outbox and fire due work."""
        return [self._of_service(service, "relay") for service in SERVICES]

    def workers(self) -> list[Program]:
        """They handle events. Whether they do, their services' health tells."""
        return [self._of_service(service, "worker") for service in SERVICES]

    def webs(self) -> list[Program]:
        """They serve pages and APIs."""
        return [self._of_service(service, "web", ready_port=self.ports[service]) for service in SERVICES]

    def health(self) -> Program:
        """It asks all services how they are."""
        upstreams = " ".join(f"{service}=http://127.0.0.1:{self.ports[service]}" for service in SERVICES)
        return Program(
            name="health",
            argv=python("shared.health"),
            log=self.log("health"),
            env={**self._inherited(), "HEALTH_SERVICES": upstreams, "HOST": "127.0.0.1", "PORT": str(self.ports["health"])},
            cwd=ROOT,
            ready=answers_http(self.ports["health"]),
        )

    def gateway(self) -> Program:
        """Caddy, with the routes of production."""
        data = str(self.configuration.data / "gateway")
        addresses = {f"{service.upper()}_WEB": f"127.0.0.1:{self.ports[service]}" for service in SERVICES}
        if self.inbox_port is not None:
            addresses["INBOX_WEB"] = f"127.0.0.1:{self.inbox_port}"
        return Program(
            name="gateway",
            argv=[gateway(), "run", "--config", str(self.configuration.caddyfile), "--adapter", "caddyfile"],
            log=self.log("gateway"),
            env={
                **self._inherited(),
                **addresses,
                "HEALTH_WEB": f"127.0.0.1:{self.ports['health']}",
                "SITE_ADDRESS": f"http://:{self.configuration.port}",
                "SITE_BIND": self.configuration.host,
                "XDG_DATA_HOME": data,
                "XDG_CONFIG_HOME": data,
            },
            cwd=ROOT,
            ready=answers_http(self.configuration.port, path="/"),
        )

    def log(self, name: str) -> Path:
        """A new log for this run."""
        return new_log(self.configuration.data / "log", name)

    def _of_service(self, service: str, command: str, ready_port: int | None = None) -> Program:
        name = f"{service} {command}"
        return Program(
            name=name,
            argv=python(f"{self.configuration.services}.{service}", command),
            log=self.log(name),
            env=self._environment(service),
            cwd=ROOT,
            ready=(lambda: True) if ready_port is None else answers_http(ready_port),
            stop_signal=signal.SIGTERM,
        )

    def _environment(self, service: str) -> dict[str, str]:
        """What one service is told: nothing of the other services' secrets and databases."""
        others = tuple(f"{other.upper()}_" for other in SERVICES if other != service)
        environment = {
            **self._inherited(),
            **self.keys,
            "ENVIRONMENT": self.configuration.environ.get("ENVIRONMENT", "development"),
            "PUBLIC_URL": self.configuration.public_url,
            "REDIS_URL": self.redis_url,
            f"{service.upper()}_DATABASE_URL": self.database_urls[service],
            "NOTIFICATIONS_SMTP_URL": self.smtp_url,
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[service]),
        }
        return {name: value for name, value in environment.items() if not name.startswith(others)}

    def _inherited(self) -> dict[str, str]:
        return {name: value for name, value in self.configuration.environ.items() if name not in NOT_HANDED_ON}


def names(programs: Iterable[Program]) -> str:
    """For a line on the console."""
    return ", ".join(program.name for program in programs)

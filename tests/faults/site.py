"""The four services as they run in earnest, each process watched and started again when it ends, for tests that break things."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx2
from redis import Redis as RedisClient
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from deploy.local.postgres import Postgres
from deploy.local.program import Program, free_port, python
from deploy.local.redis import Redis
from shared.clock import now
from shared.database import make_sessions
from shared.messaging.waking import Waker
from shared.settings import DEVELOPMENT_PRIVATE_KEY
from shared.testing import Databases, until
from shared.web import Staff, sign_session
from tests.faults.keeper import Keeper, Running
from tests.faults.proxy import Proxy
from tests.faults.witness import TABLE
from tests.notifications.mailserver import MailServer
from tests.services import NAMES, SERVICES

KINDS = ("web", "worker", "relay")
ROOT = Path(__file__).parents[2]
REDELIVERY = 6
"""Seconds: shorter than in earnest, so that a test need not wait for a minute."""


@dataclass
class Site:
    """`with Site(...) as site`: everything runs. Whatever a test kills comes up again by itself, as under any supervisor."""

    folder: Path
    postgres: Postgres
    redis: Redis
    databases: Databases
    mails: MailServer
    redelivery: int = REDELIVERY
    proxy: Proxy = field(init=False)
    """Before Redis."""
    smtp: Proxy = field(init=False)
    """Before the mail server."""
    ports: dict[str, int] = field(default_factory=dict)
    _running: dict[tuple[str, str], Running] = field(default_factory=dict)
    _keeper: Keeper = field(init=False)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self.proxy = self._stack.enter_context(Proxy(self.redis.port))
        self.smtp = self._stack.enter_context(Proxy(self.mails.port))
        self._keeper = self._stack.enter_context(Keeper(self.folder / "nursery.log"))
        for service in SERVICES.values():
            with self.databases.engine(service).begin() as connection:  # migrated by now
                connection.execute(text(TABLE))
            self.ports[service.name] = free_port()
        for name in NAMES:
            for kind in KINDS:
                self._running[name, kind] = self._keeper.keep(self._program(name, kind))
        self.well(within=90)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # -- what runs ----------------------------------------------------------------------------------------------------------

    def pid(self, name: str, kind: str) -> int:
        """The process, which leads a group of its own."""
        process = self._running[name, kind].process
        assert process is not None
        return process.pid

    def send(self, what: signal.Signals, kind: str, *names: str) -> list[int]:
        """A signal to the whole groups of these services' processes of a kind (all four, if none is named)."""
        groups = [self.pid(name, kind) for name in names or NAMES if self._lives(name, kind)]
        for group in groups:
            self.signal(what, group)
        return groups

    def signal(self, what: signal.Signals, group: int) -> None:
        """To a whole group, if it is there still."""
        with suppress(ProcessLookupError):
            os.killpg(group, what)

    def kill(self, pid: int) -> None:
        """One process alone."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def restart(self, name: str, kind: str) -> None:
        """End it; it is started again as `replace` has said."""
        before = self.starts(name, kind)
        self.send(signal.SIGKILL, kind, name)
        until(lambda: self.starts(name, kind) > before, within=30)

    def add(self, name: str, kind: str, **env: str) -> None:
        """One more process of a kind."""
        number = sum(each[0] == name and each[1].startswith(kind) for each in self._running)
        usual = self._program(name, f"{kind} {number}")
        self._running[name, f"{kind} {number}"] = self._keeper.keep(replace(usual, env={**(usual.env or {}), **env}))

    def drop_added(self) -> None:
        """End those that were added."""
        for (name, kind), running in list(self._running.items()):
            if " " in kind:
                running.wanted = False
                self.send(signal.SIGKILL, kind, name)
                until(partial(self._gone, name, kind), within=10)
                del self._running[name, kind]

    def mend(self) -> None:
        """Everything runs as usual again, whatever a test has done and not undone."""
        self._mend_servers()
        self.drop_added()
        for (name, kind), running in self._running.items():
            self.send(signal.SIGCONT, kind, name)
            running.wanted = True
            usual = self._program(name, kind)
            if running.program != usual:
                running.program = usual
                self.restart(name, kind)

    def _mend_servers(self) -> None:
        """They run and take what they are given, and the ways to them are open."""
        for server in (self.postgres, self.redis):
            if server.process is None or server.process.poll() is not None:
                server.start()
            elif server is self.redis:
                self.signal(signal.SIGCONT, server.process.pid)
        for name, value in (("maxmemory", "0"), ("appendonly", "no")):
            self.wire.config_set(name, value)
        for way in (self.proxy, self.smtp):
            way.open()

    @contextmanager
    def amid_a_handler(self, name: str) -> Iterator[None]:
        """While a handler of a service has done its work and cannot conclude it: its witness is not let write."""
        waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'witness'::regclass)"
        with self.sessions(name).begin() as session:
            session.execute(text("LOCK TABLE witness IN SHARE MODE"))
            until(lambda: self.ask(name, waits), within=30)
            yield

    def take_down(self, name: str) -> None:
        """End all processes of a service, and do not start them again."""
        for kind in KINDS:
            self._running[name, kind].wanted = False
        for kind in KINDS:
            self.send(signal.SIGTERM, kind, name)
        until(lambda: all(not self._lives(name, kind) for kind in KINDS), within=30)

    def bring_up(self, name: str) -> None:
        for kind in KINDS:
            self._running[name, kind].wanted = True

    def replace(self, name: str, kind: str, argv: list[str] | None = None, env: Mapping[str, str] | None = None) -> None:
        """Start a process otherwise from its next start on; None: as usual."""
        usual = self._program(name, kind)
        self._running[name, kind].program = replace(usual, argv=argv or usual.argv, env={**(usual.env or {}), **(env or {})})

    def starts(self, name: str, kind: str) -> int:
        """How often a process has been started."""
        return self._running[name, kind].starts

    def well(self, *, within: float = 60) -> None:
        """Wait until every service's web says that its worker and its relay answer."""
        until(lambda: all(self.reasons(name) == [] for name in NAMES), within=within, every=0.2, saying=f"all well: {self.ill()}")

    def ill(self) -> dict[str, Any]:
        return {name: self.reasons(name) for name in NAMES}

    def reasons(self, name: str) -> Any:
        """What is wrong with a service, as its /healthz says."""
        try:
            with urllib.request.urlopen(f"{self.address(name)}/healthz", timeout=3) as answer:
                return json.load(answer)["reasons"]
        except urllib.error.HTTPError as error:
            with error:
                body = error.read()
            try:
                return json.loads(body).get("reasons", [error.code])
            except ValueError:
                return [error.code]
        except OSError as error:
            return [type(error).__name__]

    # -- ways in ------------------------------------------------------------------------------------------------------------

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def operator(self, name: str) -> httpx2.Client:
        """A browser in which somebody who operates the site is signed in at a service."""
        staff = Staff(uuid4(), "Drift", "drift@traffpunkt.example", frozenset({"operator"}))
        token = sign_session(DEVELOPMENT_PRIVATE_KEY, staff, now=now(), lifetime=timedelta(hours=1))
        headers = {"Sec-Fetch-Site": "same-origin"}
        return httpx2.Client(base_url=self.address(name), cookies={"session": token}, headers=headers, timeout=10)

    def read(self, name: str, path: str) -> str:
        """A page as an operator reads it, as text."""
        with self.operator(name) as browser:
            answer = browser.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(str(answer.text))

    def search(self, name: str, path: str, words: str) -> str:
        """What an operator finds on a page, as text."""
        with self.operator(name) as browser:
            answer = browser.post(f"{path}/sok", data={"sok": words}, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return unescape(str(answer.text))

    def sessions(self, name: str) -> sessionmaker[Session]:
        """Sessions on a service's database that wake its relay as its web does; never on an old connection, which may be dead."""
        engine = create_engine(self.databases.engine(SERVICES[name]).url, poolclass=NullPool)
        return make_sessions(engine, name, waker=Waker(self.redis.url))

    def ask(self, name: str, query: str, **values: Any) -> Any:
        """The only value of the only row that a service's database answers."""
        with self.sessions(name)() as session:
            return session.execute(text(query), values).scalar_one()

    @property
    def wire(self) -> RedisClient:
        """A way to Redis that is not through the proxy."""
        return RedisClient.from_url(self.redis.url, socket_timeout=5)

    def _gone(self, name: str, kind: str) -> bool:
        return not self._lives(name, kind)

    def _lives(self, name: str, kind: str) -> bool:
        return self._running[name, kind].lives

    def _program(self, name: str, kind: str) -> Program:
        what = kind.partition(" ")[0]
        command = python("tests.faults.witness", name, what) if what == "worker" else python(f"services.{name}", what)
        log = self.folder / f"{name}-{kind}.log"
        return Program(name=f"{name} {kind}", argv=command, log=log, env=self.environment(name), cwd=ROOT)

    def environment(self, name: str) -> dict[str, str]:
        """What a process of a service is told."""
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            f"{name.upper()}_DATABASE_URL": self.databases.url(SERVICES[name]),
            "REDIS_URL": self.redis.url.replace(f":{self.redis.port}/", f":{self.proxy.port}/"),
            "NOTIFICATIONS_SMTP_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "REGISTRATION_FORM_RATE": "100000/minute",
            "REDELIVERY_SECONDS": str(self.redelivery),
            "PORT": str(self.ports[name]),
            "LOG_LEVEL": "WARNING",
        }


@contextmanager
def a_site(folder: Path, *, redelivery: int = REDELIVERY) -> Iterator[Site]:
    """With servers of its own: they are broken, too."""
    with Postgres(folder / "postgres", fast=True) as postgres, Redis(folder / "redis", fast=True) as redis, MailServer() as mails:
        databases = Databases(postgres)
        with Site(folder, postgres, redis, databases, mails, redelivery) as site:
            yield site
        databases.close()


def pause(seconds: float) -> None:
    """Let a fault last. Not for waiting until something has happened: that is `until`."""
    time.sleep(seconds)

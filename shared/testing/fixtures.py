"""The fixtures that every test may ask for. A service's own conftest gives `service` (its SERVICE) and `app`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy.orm import Session, sessionmaker

from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from shared.service import Service, use
from shared.testing.databases import Databases, empty
from shared.testing.web import Client

PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server of this test run's own."""
    with Postgres(tmp_path_factory.mktemp("postgres"), fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis server of this test run's own. Tests may wipe it."""
    with Redis(Path(tmp_path_factory.mktemp("redis")), fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Iterator[Databases]:
    """Each service's database, migrated when first asked for."""
    every = Databases(postgres)
    yield every
    every.close()


@pytest.fixture
def sessions(service: Service, databases: Databases) -> Iterator[sessionmaker[Session]]:
    """Sessions on a database that forgets: commits are savepoints of one transaction, rolled back after the test."""
    use(service)
    with databases.rolled_back(service) as maker:
        yield maker


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One session on the forgetting database."""
    with sessions() as open_session:
        yield open_session


@pytest.fixture
def committing(service: Service, databases: Databases) -> Iterator[sessionmaker[Session]]:
    """Sessions that really commit, for threads and processes; the database is emptied after the test."""
    use(service)
    yield databases.sessions(service)
    empty(service, databases.engine(service))


@pytest.fixture
def client(app: FastAPI, sessions: sessionmaker[Session]) -> Iterator[Client]:
    """A browser-like client of the service's web, on the forgetting database; afterwards the web is as it was."""
    before = app.state.sessions, app.state.page_seconds
    yield Client(app, sessions)
    app.state.sessions, app.state.page_seconds = before


@pytest.fixture(scope="session", autouse=True)
def _environment() -> None:
    """Settings that a service cannot start without; nothing connects to these addresses. Logged errors are short and plain."""
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], PLAIN])
    for name in ("CATALOG", "REGISTRATION", "NOTIFICATIONS", "SURVEYS"):
        os.environ.setdefault(f"{name}_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

"""A process may be started before what it stands on: it waits, says for what, and can be stopped meanwhile."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, text

from deploy.local.postgres import Postgres
from services.surveys.service import SERVICE
from shared.database import make_engine
from shared.migrations import is_migrated, upgrade


@contextmanager
def process(command: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], Iterator[dict[str, Any]]]]:
    """`python -m services.surveys COMMAND`, and what it logs."""
    started = subprocess.Popen(
        [sys.executable, "-m", "services.surveys", command],
        env={**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    try:
        yield started, (json.loads(line) for line in started.stderr)
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()
        started.stderr.close()


@pytest.mark.parametrize("command", ["web", "migrate"])
def test_it_waits_for_the_database_and_can_be_stopped(command: str) -> None:
    with process(command, SURVEYS_DATABASE_URL="postgresql://surveys:hidden-password@127.0.0.1:1/surveys") as (running, log):
        said = next(log)
        assert said["event"] == "waiting_for_database"
        assert "Connection refused" in said["reason"]
        assert "hidden-password" not in json.dumps(said)
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 128 + signal.SIGTERM


@pytest.mark.parametrize("command", ["web", "relay"])
def test_it_waits_for_the_tables(command: str, empty_database: str) -> None:
    with process(command, SURVEYS_DATABASE_URL=empty_database) as (_, log):
        said = next(log)
        assert said["event"] == "waiting_for_migrations"
        assert "python -m services.surveys migrate" in said["reason"]


def test_a_worker_waits_for_redis(postgres: Postgres) -> None:
    database = make_engine(postgres.url("surveys"), application_name="test")
    upgrade(SERVICE, database)
    database.dispose()
    with process("worker", SURVEYS_DATABASE_URL=postgres.url("surveys")) as (_, log):
        assert next(line["event"] for line in log if line["event"].startswith("waiting")) == "waiting_for_redis"


def test_a_database_is_migrated_when_it_has_this_version_or_a_later_one(engine: Engine) -> None:
    assert not is_migrated(SERVICE, engine)
    upgrade(SERVICE, engine)
    assert is_migrated(SERVICE, engine)
    with engine.begin() as connection:
        first = connection.execute(text("SELECT min(version_num) FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = 'later' WHERE version_num = :first"), {"first": first})
    assert is_migrated(SERVICE, engine)
    upgrade(SERVICE, engine)  # what `migrate` of the version before does, on the way back to it
    assert is_migrated(SERVICE, engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version WHERE version_num = 'later'"))
    assert not is_migrated(SERVICE, engine)


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    """The address of a database of the service's role without tables."""
    admin = make_engine(postgres.admin_url(), application_name="test").execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE fresh OWNER surveys"))
        yield postgres.url("surveys").removesuffix("surveys") + "fresh"
        connection.execute(text("DROP DATABASE fresh WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(empty_database: str) -> Iterator[Engine]:
    made = make_engine(empty_database, application_name="test")
    yield made
    made.dispose()

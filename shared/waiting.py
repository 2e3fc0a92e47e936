"""Waiting for what a process stands on: a container may be started before its database, its broker, or its tables.

The log says once what is waited for and why, again every half minute, and when it has come.
"""

import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from shared.observability import log
from shared.service import Service

_log = log(__name__)

PAUSE = 0.5
REMINDER = 30.0


def wait_for_database(engine: Engine) -> None:
    """Until PostgreSQL lets us in."""

    def refusal() -> str:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as error:
            return _first_line(error.orig)
        return ""

    _wait("database", refusal)


def wait_for_tables(service: Service, engine: Engine) -> None:
    """Until `migrate` has brought the database to this version (or a later one has: an older process goes on beside it)."""
    from shared.migrations import is_migrated

    def refusal() -> str:
        try:
            migrated = is_migrated(service, engine)
        except OperationalError as error:
            return _first_line(error.orig)
        return "" if migrated else f"the database lacks them; `python -m services.{service.name} migrate` brings them"

    _wait("migrations", refusal)


def wait_for_redis(url: str) -> None:
    """Until Redis lets us in."""
    client: Redis = Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)

    def refusal() -> str:
        try:
            client.ping()
        except RedisError as error:
            return _first_line(error)
        return ""

    _wait("redis", refusal)
    client.close()


def _wait(what: str, refusal: Callable[[], str]) -> None:
    started = time.monotonic()
    say_at = started
    while reason := refusal():
        if time.monotonic() >= say_at:
            _log.warning(f"waiting_for_{what}", reason=reason, seconds=round(time.monotonic() - started))
            say_at += REMINDER
        time.sleep(PAUSE)
    if say_at > started:
        _log.info(f"waited_for_{what}", seconds=round(time.monotonic() - started, 1))


def _first_line(error: object) -> str:
    """Servers say hosts, roles and reasons in it, never passwords."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

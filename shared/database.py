"""PostgreSQL: engine, sessions, declarative base, ids. The only SQL dialect; there is no second code path."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import psycopg
import uuid_utils.compat
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import Escaping, ExecStatus, TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, DateTime, Engine, MetaData, Text, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

# A connection that hangs must not hold a lock: the server ends it. Found in the messaging trials (reliability, 3.6).
_TIMEOUTS = (
    "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s -c transaction_timeout=60s"
    " -c timezone=UTC"
)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and in order of time, so that indexes grow at their end."""
    return uuid_utils.compat.uuid7()


def new_metadata() -> MetaData:
    """One service's tables, with constraint names that migrations can rely on."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


KERNEL = new_metadata()
"""The kernel's own tables, the same in every service's database; made by shared/migrations."""


class Base:
    """What every service's models have in common: how Python types become columns.

    A service has a registry of its own, since two may well have a class of the same name:

        class Base(shared.database.Base, DeclarativeBase):
            metadata = new_metadata()
    """

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


def make_engine(url: str, *, application_name: str, pool_size: int = 5) -> Engine:
    """An engine with time-outs on every connection. `url` may be plain ``postgresql://``; psycopg 3 is the driver.

    Raises nothing by itself: it connects at first use.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("the database must be PostgreSQL: postgresql://role:password@host:port/database")
    return create_engine(
        f"postgresql+psycopg://{rest}",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_use_lifo=True,  # few connections are busy, and know their statements, rather than all a little
        pool_pre_ping=False,
        hide_parameters=True,  # an error's text ends up in logs, and parameters may be somebody's name or answer
        connect_args={
            "application_name": application_name,
            "connect_timeout": 3,
            "options": _TIMEOUTS,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )


def make_sessions(engine: Engine, service: str, *, waker: Any = None) -> sessionmaker[Session]:
    """Sessions that know whose they are: `record` reads ``session.info["service"]``, and a commit wakes the relay by `waker`."""
    return sessionmaker(engine, expire_on_commit=False, info={"service": service, "waker": waker})


@contextmanager
def at_once(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session in which each statement is its own transaction, and committed when it is answered."""
    with sessions() as session:
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


class Asked(NamedTuple):
    """A statement with its values, as psycopg writes them: `%(name)s`."""

    statement: str
    values: Mapping[str, Any]


def ask(session: Session, *those: Asked) -> list[list[Any]]:
    """The rows that each of the statements answers, in the session's transaction.

    They are sent together and done in order, each seeing what was committed when it began: one wait for the database instead of
    one each. For what every request of a rush pays for; it goes past SQLAlchemy's compilation, and raises what SQLAlchemy does.
    """
    connection, driver = _connection(session)
    try:
        if len(those) == 1:  # a pipeline of one costs more than it saves
            return [_rows(driver.cursor(row_factory=namedtuple_row).execute(*those[0]))]
        with driver.pipeline():
            cursors = [driver.cursor(row_factory=namedtuple_row).execute(*each) for each in those]
        if not driver.autocommit:
            driver.pgconn.exec_(b"")  # psycopg ends with a Flush, which stops PostgreSQL's clock for idle transactions: start it
        return [_rows(cursor) for cursor in cursors]
    except psycopg.Error as error:
        raise _as_sqlalchemys(error, connection, driver) from error


class Call(NamedTuple):
    """A query of the database's functions, with one value in it: ``%b``, as text."""

    query: str
    value: bytes


def call(session: Session, *those: Call, commit: bool = False) -> list[list[bytes | None]]:
    """Of each query the first column of its rows, as text, in the session's transaction.

    All go in one message, with a BEGIN in front if it is the first, and a COMMIT behind if asked for: one wait for the database
    in all, and what the last of them lock is locked no longer than that. After a commit the session is to commit next, and finds
    nothing left to do; one that lives within somebody else's transaction leaves that open. It speaks libpq, since psycopg's
    cursors take twice the time. Raises what SQLAlchemy does.
    """
    connection, driver = _connection(session)
    pgconn = driver.pgconn
    said = [each.query.encode() % Escaping(pgconn).escape_literal(each.value) for each in those]
    if pgconn.transaction_status != TransactionStatus.INTRANS:
        said.insert(0, b"BEGIN")
    if commit and not connection.in_nested_transaction():
        said.append(b"COMMIT")
    try:
        pgconn.send_query(b"; ".join(said))
        results = driver.wait(generators.execute(pgconn))
        if results[-1].status == ExecStatus.FATAL_ERROR:
            raise error_from_result(results[-1])
    except psycopg.Error as error:
        raise _as_sqlalchemys(error, connection, driver) from error
    answers = [result for result in results if result.status == ExecStatus.TUPLES_OK]
    return [[answer.get_value(n, 0) for n in range(answer.ntuples)] for answer in answers]


def _connection(session: Session) -> tuple[Connection, psycopg.Connection[Any]]:
    """The session's, as SQLAlchemy and psycopg know it."""
    connection = session.connection()
    return connection, connection.connection.driver_connection  # type: ignore[return-value]


def _as_sqlalchemys(error: psycopg.Error, connection: Connection, driver: psycopg.Connection[Any]) -> DBAPIError:
    """The error that SQLAlchemy would raise, after what it would do."""
    if driver.broken:
        connection.invalidate(error)
        connection.engine.dispose()  # the other connections were broken by the same
    return DBAPIError.instance(  # type: ignore[return-value]
        None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=driver.broken
    )


def _rows(cursor: psycopg.Cursor[Any]) -> list[Any]:
    return cursor.fetchall() if cursor.description else []

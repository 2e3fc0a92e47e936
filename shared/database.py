"""PostgreSQL: engine, sessions, declarative base, ids. The only SQL dialect; there is no second code path."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import DateTime, Engine, MetaData, Text, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, sessionmaker

# A connection that hangs must not hold a lock: the server ends it. Found in the messaging trials (reliability, 3.6).
_TIMEOUTS = "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"


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

"""One migrated database a service, made once; each test works in a transaction that is rolled back, or empties it after."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from deploy.local.postgres import Postgres
from shared.database import KERNEL, make_engine, make_sessions
from shared.migrations import upgrade
from shared.service import Service


class Databases:
    """The engines of a test run, by service."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._engines: dict[str, Engine] = {}

    def url(self, service: Service) -> str:
        """What the service gets as its DATABASE_URL."""
        return self._postgres.url(service.name)

    def engine(self, service: Service) -> Engine:
        """Connected to the service's own database, with the service's own role, and migrated."""
        if service.name not in self._engines:
            engine = make_engine(self.url(service), application_name=f"{service.name} tests", pool_size=30)
            upgrade(service, engine)
            self._engines[service.name] = engine
        return self._engines[service.name]

    def sessions(self, service: Service) -> sessionmaker[Session]:
        """Sessions that really commit: for tests of concurrency and of processes. Call `empty` afterwards."""
        return make_sessions(self.engine(service), service.name)

    @contextmanager
    def rolled_back(self, service: Service) -> Iterator[sessionmaker[Session]]:
        """Sessions on one connection whose commits are savepoints; nothing stays after the block."""
        with self.engine(service).connect() as connection:
            transaction = connection.begin()
            yield sessionmaker(
                bind=connection, expire_on_commit=False, info={"service": service.name}, join_transaction_mode="create_savepoint"
            )
            transaction.rollback()

    def close(self) -> None:
        """Close every connection."""
        for engine in self._engines.values():
            engine.dispose()


def empty(service: Service, engine: Engine) -> None:
    """Delete every row of the service and of its kernel, but for the stream's."""
    tables = [*KERNEL.tables, *service.metadata.tables]
    names = ", ".join(f'"{name}"' for name in tables if name != "stream")
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))

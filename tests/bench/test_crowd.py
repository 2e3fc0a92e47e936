"""The crowd is written without indexes, and has them all again."""

import psycopg

from deploy.bench.crowd import without_indexes
from services.registration.service import SERVICE
from shared.testing import Databases


def test_indexes_are_the_same_after_and_few_in_between(databases: Databases) -> None:
    databases.engine(SERVICE)
    with psycopg.connect(databases.url(SERVICE)) as connection:
        before = indexes(connection)
        with without_indexes(connection):
            between = indexes(connection)
        assert indexes(connection) == before
        connection.rollback()
    assert between < before
    assert not [index for index in between if index[0] == "ix_seat_queue"]


def indexes(connection: psycopg.Connection) -> set[tuple[str, ...]]:
    """Names and definitions, and those of constraints."""
    return {
        *connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"),
        *connection.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"),
    }

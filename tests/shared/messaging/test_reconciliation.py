"""A database restored from an older backup is found out, said, and mended: nothing lost, nothing doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from shared.database import KERNEL
from shared.messaging.comparing import runs
from shared.messaging.reconciling import verify_now
from shared.testing import until
from tests.shared.messaging.conftest import Pair
from tests.shared.messaging.pair import SERVICES


@contextmanager
def goes_back(engine: Engine, service: str) -> Iterator[None]:
    """The service's data are, after the block, what they were before it: an older backup was restored."""
    tables = [name for name in (*KERNEL.tables, *SERVICES[service].metadata.tables) if name != "process"]
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS backup CASCADE; CREATE SCHEMA backup"))
        for table in tables:
            connection.execute(text(f"CREATE TABLE backup.{table} AS TABLE {table}"))
    yield
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
        for table in tables:
            connection.execute(text(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE backup.{table}"))


@pytest.fixture(autouse=True)
def _settled(running: Pair) -> None:
    running.settled()


def noted(pair: Pair, service: str, action: str) -> int:
    with pair.databases.sessions(SERVICES[service])() as session:
        query = text("SELECT count(*) FROM audit WHERE action = :action")
        return int(session.execute(query, {"action": action}).scalar_one())


def test_a_listener_that_went_back_is_told_again_when_it_says_so(running: Pair) -> None:
    engine = running.databases.engine(SERVICES["ear"])
    running.say(1, 2, sentence="told")
    until(lambda: running.heard("told") == [1, 2])
    running.settled()
    with goes_back(engine, "ear"):
        running.say(3, 4, sentence="told")
        running.say(1, sentence="new")
        until(lambda: running.heard("told") == [1, 2, 3, 4])
        running.settled()
    assert (running.heard("told"), running.heard("new")) == ([1, 2], [])

    running.run("ear", "restored")
    until(lambda: running.heard("told") == [1, 2, 3, 4], within=20)
    until(lambda: running.heard("new") == [1])
    with running.ear() as session:
        row = session.execute(text("SELECT * FROM comparison WHERE peer = 'mouth' AND role = 'hearing'")).one()
    assert row.missing >= 3


def test_a_listener_that_went_back_and_says_nothing_asks_for_the_gap(running: Pair) -> None:
    engine = running.databases.engine(SERVICES["ear"])
    running.say(1, sentence="gap")
    until(lambda: running.heard("gap") == [1])
    running.settled()
    with goes_back(engine, "ear"):
        running.say(2, 3, sentence="gap")
        until(lambda: running.heard("gap") == [1, 2, 3])
        running.settled()
    running.say(4, sentence="gap")
    until(lambda: running.states("gap") == ["done", "waiting"])
    a_minute_passes(running)
    until(lambda: running.heard("gap") == [1, 2, 3, 4], within=20)


def test_a_gap_that_nobody_can_fill_any_more_is_noted_and_passed(running: Pair) -> None:
    running.say(1, 2, 3, sentence="lost")
    until(lambda: running.heard("lost") == [1, 2, 3])
    running.settled()
    with goes_back(running.databases.engine(SERVICES["ear"]), "ear"):
        running.say(4, 5, sentence="lost")
        until(lambda: running.heard("lost") == [1, 2, 3, 4, 5])
        running.settled()
    with running.mouth.begin() as session:
        session.execute(text("DELETE FROM outbox WHERE key = 'sentence:lost'"))
    running.say(6, sentence="lost")
    until(lambda: running.states("lost")[-1:] == ["waiting"])
    a_minute_passes(running)
    until(lambda: running.heard("lost") == [1, 2, 3, 6], within=20)
    assert noted(running, "ear", "events.gone") == 1


def test_a_teller_that_went_back_numbers_anew_when_a_number_comes_twice(running: Pair) -> None:
    engine = running.databases.engine(SERVICES["mouth"])
    running.say(1, 2, sentence="twice")
    until(lambda: running.heard("twice") == [1, 2])
    running.settled()
    before = noted(running, "mouth", "stream.new")
    with goes_back(engine, "mouth"):
        running.say(3, 4, sentence="twice")
        until(lambda: running.heard("twice") == [1, 2, 3, 4])
        running.settled()
    running.say(13, 14, 15, sentence="twice")
    until(lambda: sorted(running.heard("twice")) == [1, 2, 3, 4, 13, 14, 15], within=30)
    running.settled()
    assert running.heard("twice")[:4] == [1, 2, 3, 4]
    assert noted(running, "mouth", "stream.new") == before + 1
    running.say(16, 17, sentence="twice")
    until(lambda: running.heard("twice")[-2:] == [16, 17])


def test_a_teller_that_went_back_and_is_silent_is_found_by_comparing_books(running: Pair) -> None:
    engine = running.databases.engine(SERVICES["mouth"])
    running.say(1, sentence="silent")
    until(lambda: running.heard("silent") == [1])
    running.settled()
    before = noted(running, "mouth", "stream.new")
    with goes_back(engine, "mouth"):
        running.say(2, sentence="silent")
        until(lambda: running.heard("silent") == [1, 2])
        running.settled()
    with running.mouth.begin() as session:
        verify_now(session)
    until(lambda: noted(running, "mouth", "stream.new") == before + 1, within=20)
    with running.mouth() as session:
        row = session.execute(text("SELECT * FROM comparison WHERE peer = 'ear' AND role = 'saying'")).one()
    assert row.beyond == 1


def test_books_that_agree_are_left_alone(running: Pair) -> None:
    running.say(1, 2, 3, sentence="agreed")
    until(lambda: running.heard("agreed") == [1, 2, 3])
    running.settled()
    before = noted(running, "mouth", "stream.new")
    with running.mouth.begin() as session:
        session.execute(text("DELETE FROM comparison"))
        verify_now(session)

    def compared() -> bool:
        with running.mouth() as session:
            row = session.execute(text("SELECT * FROM comparison WHERE peer = 'ear'")).one_or_none()
            return row is not None and (row.missing, row.beyond) == (0, 0)

    until(compared, within=20)
    assert noted(running, "mouth", "stream.new") == before


def test_books_are_compared_though_the_listeners_connections_were_cut(running: Pair) -> None:
    running.say(1, sentence="cut")
    until(lambda: running.heard("cut") == [1])
    running.settled()
    with running.mouth.begin() as session:
        session.execute(text("DELETE FROM comparison"))
    with running.ear.begin() as session:
        session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ear worker'"))
    with running.mouth.begin() as session:
        verify_now(session)

    def answered() -> bool:
        with running.mouth() as session:
            return (
                session.execute(text("SELECT FROM comparison WHERE peer = 'ear' AND role = 'saying'")).one_or_none() is not None
            )

    until(answered, within=20)


def a_minute_passes(pair: Pair) -> None:
    with pair.ear.begin() as session:
        session.execute(text("UPDATE inbox SET received_at = received_at - interval '1 minute' WHERE state = 'waiting'"))
        session.execute(text("UPDATE inbox_key SET asked_at = asked_at - interval '1 minute'"))


@given(st.sets(st.integers(1, 40)))
def test_runs_are_the_numbers_in_unbroken_pieces(numbers: set[int]) -> None:
    found = runs(sorted(numbers))
    assert {number for first, last in found for number in range(first, last + 1)} == numbers
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found))

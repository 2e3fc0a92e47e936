"""Several statements in one wait for the database."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared import database
from shared.database import Asked, ask, make_engine, make_sessions
from shared.service import Service
from shared.testing import Databases, until
from tests.services import SERVICES


@pytest.fixture
def service() -> Service:
    return SERVICES["catalog"]


def test_statements_sent_together_are_done_in_their_turn(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE turn (number int UNIQUE)"))
    insert = "INSERT INTO turn VALUES (%(number)s)"
    nothing, [row] = ask(session, Asked(insert, {"number": 1}), Asked("SELECT number FROM turn", {}))
    assert (nothing, row.number) == ([], 1)
    with pytest.raises(IntegrityError):
        ask(session, Asked(insert, {"number": 1}), Asked("SELECT number FROM turn", {}))


def test_who_falls_silent_after_some_is_ended_and_holds_no_lock(
    service: Service, databases: Databases, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = database._TIMEOUTS.replace("idle_in_transaction_session_timeout=10s", "idle_in_transaction_session_timeout=300ms")
    monkeypatch.setattr(database, "_TIMEOUTS", soon)
    engine = make_engine(databases.url(service), application_name="frozen")
    with make_sessions(engine, service.name)() as frozen:
        [[[pid]]] = ask(frozen, Asked("SELECT pg_backend_pid()", {}))
        gone = text("SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = :pid)")

        def is_gone() -> bool:
            session.execute(text("SELECT pg_stat_clear_snapshot()"))
            return bool(session.scalar(gone, {"pid": pid}))

        until(is_gone)
        frozen.invalidate()
    engine.dispose()

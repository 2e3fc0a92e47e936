"""An event is said if and only if its transaction commits, with all that was done for it, in one message with the COMMIT."""

from datetime import UTC, datetime
from typing import Literal, get_args
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from shared.messaging import record, schedule
from shared.messaging.failures import is_away
from tests.shared.messaging.pair import Said

LATER = datetime(2100, 1, 1, tzinfo=UTC)
Step = Literal["do", "savepoint", "release", "undo"]


def say(session: Session, number: int = 1, *, sentence: str = "a") -> None:
    record(session, Said(sentence=sentence, number=number), key=f"sentence:{sentence}")


def said(mouth: sessionmaker[Session], sentence: str = "a") -> list[tuple[int, int]]:
    """Place in its order and number of each event of the sentence."""
    with mouth() as session:
        query = text("SELECT key_seq, CAST(payload ->> 'number' AS int) FROM outbox WHERE key = :key ORDER BY id")
        return [(seq, number) for seq, number in session.execute(query, {"key": f"sentence:{sentence}"})]


def done(mouth: sessionmaker[Session], sentence: str) -> list[int]:
    with mouth() as session:
        query = text("SELECT CAST(payload ->> 'number' AS int) AS n FROM due WHERE payload ->> 'sentence' = :sentence ORDER BY n")
        return list(session.scalars(query, {"sentence": sentence}))


@given(steps=st.lists(st.sampled_from(get_args(Step)), max_size=12), commits=st.booleans())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_shares_the_fate_of_what_was_done_beside_it(mouth: sessionmaker[Session], steps: list[Step], *, commits: bool) -> None:
    """Whatever savepoints are set, released and undone in between."""
    sentence, savepoints = uuid4().hex, list[SessionTransaction]()
    with mouth() as session:
        for number, step in enumerate(steps):
            if step == "do":
                say(session, number, sentence=sentence)
                schedule(session, Said(sentence=sentence, number=number), key=f"{sentence}:{number}", at=LATER)
            elif step == "savepoint":
                savepoints.append(session.begin_nested())
            elif savepoints:
                savepoint = savepoints.pop()
                savepoint.commit() if step == "release" else savepoint.rollback()
        if commits:
            session.commit()
        else:
            session.rollback()
            session.commit()
    assert said(mouth, sentence) == list(enumerate(done(mouth, sentence), start=1))


def test_it_is_a_transaction_though_nothing_else_is_done(mouth: sessionmaker[Session]) -> None:
    with mouth() as session:
        say(session, 1)
        assert session.in_transaction()
        session.commit()
        say(session, 2)
    assert said(mouth) == [(1, 1)]


def test_nobody_waits_for_its_key_before_the_commit(mouth: sessionmaker[Session]) -> None:
    with mouth() as one, mouth() as other:
        say(one, 1)
        one.flush()
        say(other, 2)
        other.commit()
        one.commit()
    assert said(mouth) == [(1, 2), (2, 1)]


def test_whatever_it_carries_arrives(mouth: sessionmaker[Session]) -> None:
    word = """'; ROLLBACK; -- \\' \\\\ %s %b %(key)s $1 :name {} "å" 𝄞 \n"""
    with mouth.begin() as session:
        record(session, Said(sentence=word, number=1), key=word)
    with mouth() as session:
        assert session.execute(text("SELECT key, payload ->> 'sentence' FROM outbox")).all() == [(word, word)]


@pytest.mark.parametrize("what", ["event", "commit"])
def test_nothing_is_left_when_one_of_both_is_refused(mouth: sessionmaker[Session], what: str) -> None:
    """The commit by a constraint that PostgreSQL looks at last."""
    refusal = {
        "commit": "CREATE TEMP TABLE last (n int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO last VALUES (1), (1)",
        "event": "ALTER TABLE outbox ADD CONSTRAINT nothing CHECK (name <> 'test.said')",
    }
    with mouth() as session:
        session.execute(text(refusal[what]))
        say(session)
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        say(session, 2)
        session.commit()
    assert said(mouth) == [(1, 2)]


def test_a_connection_that_is_cut_before_the_commit_is_said_like_any_other(mouth: sessionmaker[Session]) -> None:
    with mouth() as session:
        say(session)
        backend = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with mouth() as operator:
            operator.execute(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
        with pytest.raises(DBAPIError) as raised:
            session.commit()
        assert is_away(raised.value)
    with mouth.begin() as session:
        say(session, 2)
    assert said(mouth) == [(1, 2)]

"""What the relay may send, by the dates in the outbox."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.database import ask
from shared.messaging import delivery, record
from shared.messaging.streams import new_stream
from shared.service import Service
from shared.testing import Databases
from tests.shared.messaging.pair import SERVICES, Said


@pytest.fixture
def service(pair_databases: Databases) -> Service:
    return SERVICES["mouth"]


@pytest.fixture
def sessions(sessions: sessionmaker[Session]) -> sessionmaker[Session]:
    """One event has been said to the ear."""
    with sessions.begin() as session:
        record(session, Said(sentence="a", number=1, order=""), key="a")
    return sessions


def claim(session: Session, subscriber: str) -> list[Any]:
    [rows] = ask(session, delivery.claiming([subscriber]))
    return rows


@pytest.mark.parametrize("sent", [False, True], ids=["not sent yet", "sent"])
def test_what_a_clock_that_was_set_back_has_put_off_is_sent_again(sessions: sessionmaker[Session], *, sent: bool) -> None:
    with sessions.begin() as session:
        if sent:
            ask(session, delivery.sent(claim(session, "ear")))
        session.execute(
            text("UPDATE outbox SET next_at = next_at + :hours, sent_at = sent_at + :hours"), {"hours": timedelta(hours=3)}
        )
        assert not claim(session, "ear")
        assert delivery.send_misdated_again(session) == 1
        assert len(claim(session, "ear")) == 1


def test_what_is_claimed_is_nobody_elses_until_its_lease_ends_or_it_is_given_back(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        claimed = claim(session, "ear")
        assert (len(claimed), len(claim(session, "ear"))) == (1, 0)
        ask(session, delivery.give_back(claimed))
        assert len(claim(session, "ear")) == 1
        session.execute(text("UPDATE outbox SET next_at = next_at - :lease"), {"lease": delivery.LEASE})
        assert [(row.id, row.sends) for row in claim(session, "ear")] == [(claimed[0].id, 0)]


def test_what_got_a_new_number_while_it_was_published_is_sent_under_it(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        claimed = claim(session, "ear")
        new_stream(session, "restored")
        ask(session, delivery.sent(claimed))
        [again] = claim(session, "ear")
        assert (again.id, again.sends) == (claimed[0].id, 0)
        assert again.stream != claimed[0].stream

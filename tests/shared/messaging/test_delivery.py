"""What the relay may send, by the dates in the outbox."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging import delivery, record
from shared.service import Service
from shared.testing import Databases
from tests.shared.messaging.pair import SERVICES, Said


@pytest.fixture
def service(pair_databases: Databases) -> Service:
    return SERVICES["mouth"]


@pytest.mark.parametrize("sent", [False, True], ids=["not sent yet", "sent"])
def test_what_a_clock_that_was_set_back_has_put_off_is_sent_again(sessions: sessionmaker[Session], *, sent: bool) -> None:
    with sessions.begin() as session:
        record(session, Said(sentence="a", number=1, order=""), key="a")
        if sent:
            delivery.sent(session, delivery.claim(session, "ear"))
        session.execute(
            text("UPDATE outbox SET next_at = next_at + :hours, sent_at = sent_at + :hours"), {"hours": timedelta(hours=3)}
        )
        assert not delivery.claim(session, "ear")
        assert delivery.send_misdated_again(session) == 1
        assert len(delivery.claim(session, "ear")) == 1

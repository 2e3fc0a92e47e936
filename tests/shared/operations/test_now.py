"""How things stand now: what came in and went out, the page that keeps itself up to date, and what it costs."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from deploy.local.redis import Redis
from shared.messaging.doing import doing_key
from shared.operations.health import check_health
from shared.operations.state import connect, read_state
from shared.service import Service
from shared.testing import Client, signed_in

NOWHERE = connect("redis://127.0.0.1:1/0")
LIVE = {"HX-Request": "true"}


def hear(session: Session, state: str, **ago: str) -> None:
    """An event that was received and handled so long ago."""
    session.execute(
        text("""INSERT INTO inbox (source, stream, key, key_seq, event_id, name, payload, correlation, occurred_at, state,
                received_at, handled_at)
                VALUES ('surveys', :id, :id, 1, :id, 'results.published', '{}', :id, now(), :state,
                now() - CAST(:received AS interval), now() - CAST(:handled AS interval))"""),
        {"id": uuid4(), "state": state, "received": "0", "handled": None} | ago,
    )


def test_what_came_in_and_what_was_handled_in_the_last_minute(service: Service, session: Session) -> None:
    hear(session, "done", received="10 seconds", handled="9 seconds")
    hear(session, "done", received="5 minutes", handled="9 seconds")
    hear(session, "done", received="5 minutes", handled="5 minutes")
    hear(session, "failed", received="10 seconds")
    hear(session, "waiting", received="5 minutes")
    for number in range(3):
        session.execute(
            text("""INSERT INTO due (key, name, payload, due_at, correlation, state)
                    VALUES (:key, 'offer.expired', '{}', now() + interval '1 day', gen_random_uuid(), 'scheduled')"""),
            {"key": str(number)},
        )
    state = read_state(session, service, NOWHERE)
    assert (state.received, state.handled, state.failed, state.waiting, state.scheduled) == (2, 2, 1, 1, 3)


def test_a_service_that_has_done_nothing_has_noughts(service: Service, session: Session) -> None:
    state = read_state(session, service, NOWHERE)
    assert (state.received, state.handled, state.delivered, state.scheduled) == (0, 0, 0, 0)


def test_a_page_asks_for_its_changing_part_alone(client: Client) -> None:
    signed_in(client, "operator")
    whole, part = client.get("/drift/catalog").text, client.get("/drift/catalog", headers=LIVE).text
    assert 'hx-get="/drift/catalog"' in whole
    assert "<html" in whole
    assert "<html" not in part
    assert "Köer i Redis" in part


@pytest.mark.parametrize(
    ("address", "statements"),
    [("/drift/catalog/panel", 5), ("/drift/catalog", 5), ("/drift/catalog/logg", 3), ("/drift/catalog/fel", 3)],
)
def test_a_page_costs_the_same_however_much_there_is(client: Client, session: Session, address: str, statements: int) -> None:
    signed_in(client, "operator")
    counts: list[Any] = []
    for _ in range(3):
        hear(session, "failed")
        session.execute(text("INSERT INTO audit (id, actor, action, target) VALUES (gen_random_uuid(), 'a', 'retry', 'all')"))
        session.commit()
        with client.counting():
            assert client.get(address).status_code == 200
        counts.append(client.statements)
    assert counts == [statements] * 3


def test_a_worker_with_full_hands_is_alive_though_it_comes_to_no_canary(session: Session, redis: Redis) -> None:
    session.execute(
        text("""
        INSERT INTO process (name, kind, seen_at)
        VALUES ('catalog@a:1', 'worker', now() - interval '5 minutes'), ('catalog-relay', 'relay', now())
    """)
    )
    broker = connect(redis.url)
    assert check_health(session, broker).reasons == ["no worker answers"]
    broker.set(doing_key("catalog@a:1"), "[]", ex=30)
    assert check_health(session, broker).well
    broker.delete(doing_key("catalog@a:1"))

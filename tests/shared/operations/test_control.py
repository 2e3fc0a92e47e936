"""Stopping the line keeps rows where they are; starting it sends them in order; all is noted with its reason."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import ask
from shared.errors import NotFound
from shared.events.catalog import OrganisationChanged
from shared.messaging import delivery, record
from shared.operations.control import AlreadySo, drain, start_queue, start_stream, stop_queue, stop_stream
from shared.operations.state import connect, read_state
from shared.operations.verdict import problems
from shared.service import Service
from shared.testing import Client, signed_in


def say(session: Session) -> None:
    event = OrganisationChanged(organisation_id=uuid4(), title="Region Halland", kind="region", status="active")
    record(session, event, key=f"organisation:{event.organisation_id}")
    session.commit()


def claim(session: Session, subscriber: str) -> list[Any]:
    [rows] = ask(session, delivery.claiming([subscriber]))
    return rows


def test_a_stopped_stream_waits_and_the_others_go_on(service: Service, session: Session) -> None:
    say(session)
    stop_stream(session, service, "registration", actor="drift", reason="Registret rättas")
    say(session)

    assert claim(session, "registration") == []
    assert len(claim(session, "notifications")) == 2
    with pytest.raises(AlreadySo):
        stop_stream(session, service, "registration", actor="drift", reason="Igen")
    with pytest.raises(NotFound):
        stop_stream(session, service, "nobody", actor="drift", reason="Finns inte")

    start_stream(session, service, "registration", actor="drift")
    assert [row.key_seq for row in claim(session, "registration")] == [1, 1]
    acts = session.execute(text("SELECT action, target, reason FROM audit ORDER BY id")).all()
    assert acts == [("stream.stop", "registration", "Registret rättas"), ("stream.start", "registration", "")]


def test_the_console_says_what_is_stopped_and_why(service: Service, session: Session) -> None:
    stop_stream(session, service, "registration", actor="drift", reason="Registret rättas")
    state = read_state(session, service, connect("redis://127.0.0.1:1/0"))
    [stopped] = [outgoing for outgoing in state.outgoing if outgoing.halted_at]
    assert (stopped.subscriber, stopped.reason, stopped.unsent) == ("registration", "Registret rättas", 0)
    assert any("registration" in problem.what and "Registret rättas." in problem.do for problem in problems(state))
    assert {outgoing.subscriber for outgoing in state.outgoing} == {"catalog", "notifications", "registration", "surveys"}


def test_a_stopped_queue_is_said_with_why_and_all_is_noted(service: Service, session: Session) -> None:
    stop_queue(session, service, "catalog", actor="drift", reason="Registret rättas")
    state = read_state(session, service, connect("redis://127.0.0.1:1/0"))
    assert (state.queues[0].name, state.queues[0].reason) == ("catalog", "Registret rättas")
    assert not any(outgoing.halted_at for outgoing in state.outgoing)
    assert any("Kön catalog är pausad" in problem.what and "Registret rättas." in problem.do for problem in problems(state))
    with pytest.raises(AlreadySo):
        stop_queue(session, service, "catalog", actor="drift", reason="Igen")

    start_queue(session, service, "catalog", actor="drift")
    assert read_state(session, service, connect("redis://127.0.0.1:1/0")).queues[0].halted_at is None
    with pytest.raises(AlreadySo):
        start_queue(session, service, "catalog", actor="drift")
    with pytest.raises(NotFound):
        stop_queue(session, service, "surveys", actor="drift", reason="Inte min")
    with pytest.raises(NotFound):
        start_queue(session, service, "surveys", actor="drift")
    acts = session.execute(text("SELECT action, target, reason FROM audit ORDER BY id")).all()
    assert acts == [("queue.stop", "catalog", "Registret rättas"), ("queue.start", "catalog", "")]


def test_a_worker_is_drained_once(session: Session) -> None:
    session.execute(text("INSERT INTO process (name, kind) VALUES ('catalog@x:1', 'worker'), ('relay@x:2', 'relay')"))
    drain(session, "catalog@x:1", actor="drift")
    assert session.execute(text("SELECT leaving FROM process WHERE kind = 'worker'")).scalar_one()
    for name in ("catalog@x:1", "relay@x:2", "nobody"):
        with pytest.raises(AlreadySo):
            drain(session, name, actor="drift")


def test_an_operator_stops_and_starts_a_stream_in_the_browser(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    session.execute(text("INSERT INTO process (name, kind) VALUES ('catalog@x:1', 'worker')"))
    session.commit()
    assert "Varför pausas det?" in client.get("/drift/catalog/stopp/strom/surveys").text
    assert client.post("/drift/catalog/stopp/strom/surveys", data={"reason": ""}).status_code == 422
    assert client.post("/drift/catalog/stopp/strom/surveys", data={"reason": "Prov"}).status_code == 303
    assert "Prov" in client.get("/drift/catalog").text
    assert client.post("/drift/catalog/start/strom/surveys").status_code == 303
    assert client.post("/drift/catalog/start/strom/surveys").status_code == 409
    assert "Pausa kön catalog" in client.get("/drift/catalog/stopp/ko/catalog").text
    assert client.post("/drift/catalog/stopp/ko/catalog", data={"reason": "Underhåll"}).status_code == 303
    assert "Kön catalog är pausad" in client.get("/drift/catalog").text
    assert client.post("/drift/catalog/start/ko/catalog").status_code == 303
    assert client.post("/drift/catalog/tom", data={"worker": "catalog@x:1"}).status_code == 303
    assert "Gör klart" in client.get("/drift/catalog").text
    assert client.get("/drift/catalog/stopp/slag/invitation").status_code == 200
    assert client.post("/drift/catalog/stopp/slag/invitation", data={"reason": "Prov"}).status_code == 404


@pytest.mark.parametrize("address", ["stopp/strom/surveys", "start/strom/surveys", "stopp/ko/catalog", "start/ko/catalog", "tom"])
def test_only_operators_may_act(client: Client, address: str) -> None:
    signed_in(client, "organiser")
    assert client.post(f"/drift/catalog/{address}", data={"reason": "x", "worker": "x"}).status_code == 403

"""An alarm is told once when something has begun to be wrong, and once when it is over."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.events.operations import AlarmChanged
from shared.operations import alarms
from shared.operations.alarms import Limits, conditions, tell_webhook, update
from shared.operations.attendant import Attendant
from shared.operations.hooks import Figure, Overdue
from shared.operations.state import Outgoing, Queue
from shared.service import Service
from shared.testing import recorded
from tests.shared.operations.test_verdict import NOW, WELL

LIMITS = Limits(old=timedelta(minutes=2), rows=100)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"queues": [Queue("catalog", None)]}, "redis_away"),
        ({"processes": [WELL.processes[1]]}, "no_worker"),
        ({"processes": [WELL.processes[0]]}, "no_relay"),
        ({"dead": 2}, "parked"),
        ({"outgoing": [Outgoing("surveys", 0, 4, timedelta(minutes=5))]}, "old"),
        ({"queues": [Queue("catalog", 3, 0, timedelta(minutes=3))]}, "old"),
        ({"outgoing": [Outgoing("surveys", 60, 60, timedelta(seconds=5))]}, "outbox"),
        ({"figures": [Figure("mail_server_away", "Mejlen", 1, "danger")]}, "figure:mail_server_away"),
    ],
)
def test_what_is_an_alarm(changes: dict[str, Any], what: str) -> None:
    assert list(conditions(replace(WELL, **changes), {}, LIMITS)) == [what]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"failed": 5},
        {"outgoing": [Outgoing("surveys", 4, 0, timedelta(hours=5), NOW, "Pausad med flit")]},
        {"figures": [Figure("mail_failed", "Misslyckade", 3, "warning"), Figure("mail_server_away", "Mejlen", 0, "danger")]},
    ],
)
def test_what_is_none(changes: dict[str, Any]) -> None:
    assert conditions(replace(WELL, **changes), {"due": []}, LIMITS) == {}


def test_what_is_late_is_an_alarm() -> None:
    late = {"confirmation": [Overdue(uuid4(), NOW)]}
    assert conditions(WELL, late, LIMITS) == {"late:confirmation": {"count": 1, "since": NOW.isoformat()}}


def tell(session: Session, service: Service, holding: dict[str, Any], certain: set[str] | None = None) -> int:
    return update(session, service, WELL, holding, set(holding) if certain is None else certain)


def test_an_incident_is_told_once_and_its_end_once(service: Service, session: Session) -> None:
    parked: dict[str, Any] = {"parked": {"count": 2}}
    assert tell(session, service, parked, certain=set()) == 0  # only a moment's matter so far
    assert tell(session, service, parked) == 1
    assert tell(session, service, {"parked": {"count": 3}}) == 0
    assert tell(session, service, {}) == 0  # it may come back at once
    session.execute(text("UPDATE incident SET seen_at = now() - interval '2 minutes'"))
    assert tell(session, service, {}) == 1
    assert tell(session, service, {}) == 0

    raised, over = recorded(session, AlarmChanged, subscriber="notifications")
    assert (raised.service, raised.state, raised.over_at) == ("catalog", "raised", None)
    assert raised.sv.title == "Händelser har parkerats efter för många försök: 2."
    assert (over.incident_id, over.state) == (raised.incident_id, "over")
    assert over.over_at is not None


class Hook:
    """An address that takes what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.status = 200
        hook = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if hook.status == 200:
                    hook.told.append(body)
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def hook(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    hook = Hook()
    monkeypatch.setattr(service.settings, "alarm_webhook", hook.url)
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


def test_the_webhook_is_told_once_of_each_turn_and_again_when_it_failed(
    service: Service, sessions: sessionmaker[Session], session: Session, hook: Hook
) -> None:
    tell(session, service, {"no_worker": {}})
    session.commit()
    hook.status = 500
    tell_webhook(sessions, service)
    hook.status = 200
    for _ in range(2):
        tell_webhook(sessions, service)
    session.execute(text("UPDATE incident SET seen_at = now() - interval '2 minutes'"))
    tell(session, service, {})
    session.commit()
    for _ in range(2):
        tell_webhook(sessions, service)
    assert [(each["service"], each["state"], each["sv"]["title"]) for each in hook.told] == [
        ("catalog", "raised", "Ingen arbetare svarar."),
        ("catalog", "over", "Ingen arbetare svarar."),
    ]


def test_an_attendant_takes_its_turn_alone_and_tells_what_lasts(
    service: Service, sessions: sessionmaker[Session], session: Session
) -> None:
    one, other = Attendant(service, sessions), Attendant(service, sessions)
    assert one.turn(NOW)
    assert not other.turn(NOW)
    assert recorded(session, AlarmChanged) == []
    session.execute(text("UPDATE process SET seen_at = now() - interval '10 seconds'"))
    session.commit()
    assert one.turn(NOW)
    whats = {row.what for row in session.execute(text("SELECT what FROM incident"))}
    assert whats == {"no_worker", "no_relay", "redis_away"}
    assert len(recorded(session, AlarmChanged)) == 3
    assert session.execute(text("SELECT count(*) FROM sample")).scalar_one() == 1
    assert [each.closed_at for each in alarms.recent_incidents(session, service)] == [None] * 3

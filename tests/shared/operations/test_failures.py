"""Failed handlings are seen, tried again and discarded by rows, and each act is noted."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.clock import now
from shared.database import Asked, ask, new_id
from shared.events.catalog import OrganisationChanged
from shared.messaging import ledger
from shared.messaging.envelope import Envelope, Key
from shared.messaging.inbox import Inbox
from shared.operations.failures import Choice, discard, list_failures, list_groups, masked, retry
from shared.testing import Client, signed_in

STREAM = uuid4()


class Ear:
    """An inbox whose handler fails while it is told to."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.heard: list[str] = []
        self.broken = True
        self.inbox = Inbox("catalog", sessions, {OrganisationChanged: [self._hear]})

    def _hear(self, session: Session, event: OrganisationChanged) -> None:
        if event.title == "Region Gotland":
            raise KeyError("gotland")
        if event.title == "Region Dalarna":
            ask(session, Asked("SELECT 1 / %(members)s", {"members": 0}))
        if self.broken and event.title == "Region Halland":
            raise RuntimeError("the register is closed")
        self.heard.append(event.title)

    def take(self, seq: int, title: str, key: str = "organisation:1") -> UUID:
        event = OrganisationChanged(organisation_id=uuid4(), title=title, kind="region", status="active")
        envelope = Envelope(
            n=seq, id=new_id(), source="registration", stream=STREAM, key=key, seq=seq, name=event.name, at=now(),
            correlation=new_id(), data=event.model_dump(mode="json"),
        )  # fmt: skip
        assert self.inbox.receive([envelope]) == [envelope]
        return envelope.id


@pytest.fixture
def ear(sessions: sessionmaker[Session]) -> Ear:
    return Ear(sessions)


def states(session: Session) -> list[str]:
    return list(session.execute(text("SELECT state FROM inbox ORDER BY key_seq")).scalars())


def test_a_failure_is_shown_with_what_happened_and_without_personal_data(ear: Ear, session: Session) -> None:
    event_id = ear.take(1, "Region Halland")
    ear.take(2, "Region Skåne")

    [failure] = list_failures(session, limit=10)
    assert (failure.event_id, failure.state, failure.attempts, failure.behind) == (event_id, "failed", 1, 1)
    assert failure.error == "RuntimeError: the register is closed"
    assert "_hear" in failure.traceback
    assert "Halland" not in failure.arguments
    assert '"status": "active"' in failure.arguments


def test_trying_again_handles_the_event_and_those_behind_it_in_order(ear: Ear, session: Session) -> None:
    event_id = ear.take(1, "Region Halland")
    ear.take(2, "Region Skåne")
    ear.broken = False

    assert retry(session, Choice(events=[event_id]), actor="drift", reason="Rättat") == 1
    session.commit()
    ear.inbox.retry("registration", STREAM, "organisation:1", 1)

    assert ear.heard == ["Region Halland", "Region Skåne"]
    assert states(session) == ["done", "done"]
    lines = session.execute(text("SELECT actor, action, target, reason FROM audit")).all()
    assert lines == [("drift", "retry", str(event_id), "Rättat")]


def test_one_that_is_being_tried_again_stays_in_the_list_and_may_be_tried_again(ear: Ear, session: Session) -> None:
    """Its handler may be slow, or its process gone: whoever looks then must not read that nothing is wrong."""
    event_id = ear.take(1, "Region Halland")
    session.execute(text("UPDATE inbox SET state = 'begun', begun_at = now(), next_at = now() + interval '20 seconds'"))
    session.commit()
    assert [failure.event_id for failure in list_failures(session, limit=10)] == [event_id]
    [group] = list_groups(session)
    ear.broken = False
    assert retry(session, Choice(group=group.id), actor="drift", reason="Rättat") == 1
    session.commit()
    ear.inbox.retry("registration", STREAM, "organisation:1", 1)
    assert states(session) == ["done"]


def test_discarding_lets_those_behind_it_go_on(ear: Ear, session: Session) -> None:
    event_id = ear.take(1, "Region Halland")
    ear.take(2, "Region Skåne")

    discard(session, Choice(events=[event_id]), actor="drift", reason="Dubblett i registret")
    session.commit()
    ear.inbox.retry("registration", STREAM, "organisation:1", 2)

    assert ear.heard == ["Region Skåne"]
    assert states(session) == ["discarded", "done"]
    assert session.execute(text("SELECT action, reason FROM audit")).all() == [("discard", "Dubblett i registret")]


@pytest.mark.parametrize("passed", [False, True])
def test_one_that_is_discarded_while_it_is_tried_again_stays_discarded(ear: Ear, session: Session, *, passed: bool) -> None:
    """Whoever was about to try it leaves it alone, and whoever had just failed does not bring it back."""
    event_id = ear.take(1, "Region Halland")
    ear.broken = False
    session.execute(text("UPDATE inbox SET state = 'begun', passed = :passed"), {"passed": passed})
    session.commit()
    key = Key("registration", STREAM, "organisation:1")
    begun = ledger.envelope_of(ledger.find(session, key, 1))

    assert discard(session, Choice(events=[event_id]), actor="drift", reason="Dubblett i registret") == 1
    session.commit()
    ear.inbox.kept._attempt(key, begun)
    ear.inbox.kept.fail(begun, RuntimeError("the register is closed"), counted=True)

    assert (ear.heard, states(session)) == ([], ["discarded"])


@pytest.mark.parametrize("act", ["igen", "kasta"])
def test_acting_on_what_has_succeeded_meanwhile_says_so_and_is_not_in_the_log(
    client: Client, ear: Ear, session: Session, act: str
) -> None:
    event_id = ear.take(1, "Region Halland")
    signed_in(client, "operator")
    ear.broken = False
    ear.inbox.retry("registration", STREAM, "organisation:1", 1)

    for form in ({"only": str(event_id)}, {"only": str(event_id), "reason": "Rättat"}):
        answer = client.post(f"/drift/catalog/fel/{act}", data=form)
        assert answer.headers["location"] == "/drift/catalog/fel"
        assert "Inget fel är kvar" in client.get("/drift/catalog/fel").text
    assert states(session) == ["done"]
    assert session.execute(text("SELECT count(*) FROM audit")).scalar_one() == 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("asa.lind@region.example", "…"),
        ("Åsa Lind", "…"),
        ("lind", "lind"),
        ("0198c0de-0000-7000-8000-000000000000", "0198c0de-0000-7000-8000-000000000000"),
        ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"),
        ({"a": ["Åsa", 3, None, True]}, {"a": ["…", 3, None, True]}),
    ],
)
def test_masking_hides_every_text_that_may_be_personal(value: Any, shown: Any) -> None:
    assert masked(value) == shown


def test_failures_are_grouped_by_error_and_place(ear: Ear, session: Session) -> None:
    first = ear.take(1, "Region Halland")
    ear.take(1, "Region Halland", key="organisation:2")
    ear.take(1, "Region Gotland", key="organisation:3")

    one, other = sorted(list_groups(session), key=lambda group: group.number)
    assert (one.number, other.number) == (1, 2)
    assert one.place.startswith("KeyError · tests/shared/operations/test_failures.py · ")
    assert other.place == "RuntimeError · tests/shared/operations/test_failures.py · _hear"
    assert (other.names, other.error) == (["organisation.changed"], "RuntimeError: the register is closed")
    assert other.first_at <= other.last_at

    assert {failure.event_id for failure in list_failures(session, Choice(group=other.id), limit=9)} >= {first}
    assert retry(session, Choice(group=other.id), actor="drift", reason="Rättat") == 2
    assert discard(session, Choice(group=one.id), actor="drift", reason="Finns inte") == 1
    assert [group.id for group in list_groups(session)] == [other.id]


def test_a_statement_that_fails_is_grouped_by_who_asked_it(ear: Ear, session: Session) -> None:
    ear.take(1, "Region Dalarna")
    [group] = list_groups(session)
    assert group.place == "DivisionByZero · tests/shared/operations/test_failures.py · _hear"
    [failure] = list_failures(session, limit=10)
    assert "SELECT 1 / %(members)s" in failure.traceback
    assert "^" not in failure.traceback


def test_an_operator_retries_a_selection_and_discards_with_a_reason(client: Client, ear: Ear, session: Session) -> None:
    event_id = ear.take(1, "Region Halland")
    ear.take(1, "Region Halland", key="organisation:2")
    staff = signed_in(client, "operator")

    page = client.get("/drift/catalog/fel").text
    assert "the register is closed" in page
    [group] = list_groups(session)
    assert client.get(f"/drift/catalog/fel/{group.id}").text.count("<article") == 2
    chosen = {"event": [str(event_id)], "group": group.id}
    assert "Försök 1 händelse igen" in client.post("/drift/catalog/fel/igen", data=chosen).text
    answer = client.post("/drift/catalog/fel/igen", data={**chosen, "reason": "Registret är öppet"})
    assert answer.headers["location"] == "/drift/catalog/fel"

    nothing = client.post("/drift/catalog/fel/kasta", data={"group": group.id})
    assert nothing.headers["location"] == f"/drift/catalog/fel/{group.id}"
    assert "Kasta 2 händelser" in client.post("/drift/catalog/fel/kasta", data={"group": group.id, "all": "1"}).text
    refused = client.post("/drift/catalog/fel/kasta", data={"only": str(event_id), "reason": " "})
    assert refused.status_code == 422
    assert states(session) == ["failed", "failed"]
    done = client.post("/drift/catalog/fel/kasta", data={"group": group.id, "all": "1", "reason": "Dubblett"})
    assert done.status_code == 303
    session.expire_all()
    assert states(session) == ["discarded", "discarded"]
    assert "Inga fel" in client.get("/drift/catalog/fel").text
    assert client.get(f"/drift/catalog/fel/{group.id}").headers["location"] == "/drift/catalog/fel"
    lines = session.execute(text("SELECT actor, action, reason, detail->>'events' AS events FROM audit ORDER BY id")).all()
    assert lines == [(str(staff.staff_id), "retry", "Registret är öppet", "1"), (str(staff.staff_id), "discard", "Dubblett", "2")]


def test_messages_that_were_put_aside_are_shown_without_what_they_hold(client: Client, session: Session) -> None:
    session.execute(
        text("INSERT INTO aside (digest, queue, reason, size, body) VALUES ('x', 'catalog', 'not JSON', 9, 'asa.lind@x')")
    )
    session.commit()
    signed_in(client, "operator")
    page = client.get("/drift/catalog/fel").text
    assert "not JSON" in page
    assert "asa.lind" not in page


@pytest.mark.parametrize("address", ["/drift", "/drift/catalog", "/drift/catalog/panel", "/drift/catalog/fel"])
def test_only_operators_and_administrators_see_the_console(client: Client, address: str) -> None:
    assert client.get(address).headers["location"].startswith("/logga-in")
    signed_in(client, "organiser")
    assert client.get(address).status_code == 403
    signed_in(client, "administrator")
    assert client.get(address).status_code == 200


def test_a_panel_costs_the_same_whatever_it_shows(client: Client, ear: Ear) -> None:
    signed_in(client, "operator")
    counts = []
    for seq in (1, 2, 3):
        ear.take(seq, "Region Halland")
        with client.counting():
            client.get("/drift/catalog")
        counts.append(client.statements)
    assert counts == [5, 5, 5]  # the staff state, then outbox, inbox, due and processes


def test_health_names_what_does_not_answer(client: Client, session: Session) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reasons"]) == (
        503,
        ["no worker answers", "no relay answers", "redis does not answer"],
    )
    session.execute(text("INSERT INTO process (name, kind) VALUES ('w', 'worker'), ('r', 'relay')"))
    session.commit()
    assert client.get("/healthz").json()["reasons"] == ["redis does not answer"]

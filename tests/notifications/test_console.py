"""Why somebody got no mail stands in notifications' part of the timeline: the mail, its reason, every attempt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.actions import ledger
from services.notifications.console import HOOKS, figures
from services.notifications.models import Mailing, MessageAttempt, Pause, Suppression
from services.notifications.service import SERVICE
from shared.clock import now
from shared.events.registration import Person
from shared.observability import correlated
from shared.operations.expectations import overdue
from shared.operations.hooks import Clues, Step
from shared.operations.timeline import find, trace
from shared.testing import Client, signed_in
from tests.notifications import cast

BO = Person(person_id=cast.ident("bo"), full_name="Bo Ek", email="Bo.Ek@lansstyrelsen.example")


def whats(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.what, step.detail) for step in steps]


def test_an_address_leads_to_its_own_mails_with_their_reasons_and_attempts(session: Session) -> None:
    with correlated() as one_request:
        cast.hear(session, cast.received(), cast.received(person=BO))
    session.execute(text("UPDATE message SET state = 'failed', reason = 'no_such_address' WHERE recipient_key LIKE 'bo.%'"))
    message_id = session.scalar(text("SELECT id FROM message WHERE recipient_key LIKE 'bo.%'"))
    session.add(MessageAttempt(message_id=message_id, n=1, phase="rcpt", code=550, response="5.1.1 unknown", duration_ms=12))
    session.add(Suppression(address_key="bo.ek@lansstyrelsen.example", reason="bounced"))
    session.flush()

    found = find(session, SERVICE, Clues(address="bo.ek@lansstyrelsen.example"))
    steps = trace(session, SERVICE, found)

    assert {BO.person_id, one_request, cast.received(person=BO).registration_id} <= found.ids
    assert ("Mejl: Bekräftelse av anmälan", "Misslyckades: Adressen finns inte") in whats(steps)
    assert ("Försök 1 att skicka bekräftelse av anmälan", "550 5.1.1 unknown, 12 ms") in whats(steps)
    assert [step.what for step in steps].count("Mejl: Bekräftelse av anmälan") == 1  # Åsa's is her own affair
    assert "Adressen får inga fler mejl" in [step.what for step in steps]


def test_a_correlation_leads_to_every_mail_that_it_caused(session: Session) -> None:
    with correlated() as one_request:
        cast.hear(session, cast.received(), cast.received(person=BO))

    steps = trace(session, SERVICE, find(session, SERVICE, Clues(ids=frozenset([one_request]))))

    assert [step.what for step in steps] == ["Mejl: Bekräftelse av anmälan"] * 2
    assert {step.correlation for step in steps} == {one_request}


def test_a_registration_leads_to_the_mails_of_its_person(session: Session) -> None:
    cast.hear(session, cast.received(), cast.received(person=BO))

    found = find(session, SERVICE, Clues(ids=frozenset([cast.received(person=BO).registration_id])))

    assert BO.person_id in found.ids
    assert cast.ASA.person_id not in found.ids


def test_nobody_is_found_by_an_address_that_is_nobodys(session: Session) -> None:
    cast.hear(session, cast.received())
    assert HOOKS.follow is not None
    assert HOOKS.follow(session, Clues(address="nobody@x.example")).ids == frozenset()


def test_the_part_costs_the_same_however_many_mails_it_shows(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    counts = []
    for revision in (1, 2, 3):
        cast.hear(session, cast.received(revision=revision))
        session.commit()
        with client.counting():
            page = client.get(f"/drift/notifications/spar?id={cast.received().registration_id}", headers={"HX-Request": "true"})
        assert page.text.count("data-at") == revision
        counts.append(client.statements)
    assert len(set(counts)) == 1


def test_a_kind_of_mail_can_be_stopped_and_started(client: Client, session: Session) -> None:
    staff = signed_in(client, "operator")
    cast.hear(session, cast.received())
    session.commit()
    assert ledger.count_due(session, "transactional", at_most=9) == 1

    answer = client.post("/drift/notifications/stopp/slag/confirmation", data={"reason": "Fel i texten"})
    assert answer.status_code == 303
    assert ledger.count_due(session, "transactional", at_most=9) == 0
    page = client.get("/drift/notifications").text
    assert "Fel i texten" in page
    assert "Mejl i kö" in page

    assert client.post("/drift/notifications/start/slag/confirmation").status_code == 303
    assert ledger.count_due(session, "transactional", at_most=9) == 1
    acts = session.execute(text("SELECT actor, action, target, reason FROM audit WHERE action LIKE 'switch%' ORDER BY id")).all()
    actor = str(staff.staff_id)
    assert acts == [
        (actor, "switch.stop", "confirmation", "Fel i texten"),
        (actor, "switch.start", "confirmation", ""),
    ]
    assert client.post("/drift/notifications/stopp/slag/nonsense", data={"reason": "x"}).status_code == 404


def test_the_panel_counts_mail_by_state_in_one_statement(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    cast.hear(session, cast.received())
    session.commit()
    with client.counting():
        client.get("/drift/notifications/panel")
    assert client.statements == 10  # the staff state, four of the kernel, the mails, and four for what is late


def late(session: Session) -> list[str]:
    """The expectations of which something is late."""
    return [name for name, overdue_ones in overdue(session, SERVICE, now()).items() if overdue_ones]


def test_a_registration_without_confirmation_is_found_after_two_minutes(session: Session) -> None:
    cast.hear(session, cast.received())
    assert late(session) == []
    session.execute(text("UPDATE message SET queued_at = queued_at - interval '3 minutes'"))
    assert late(session) == ["confirmation"]
    session.execute(text("UPDATE message SET state = 'sent', sent_at = now()"))
    assert late(session) == []


def test_so_is_one_that_was_heard_and_not_understood(session: Session) -> None:
    statement = text("""
        INSERT INTO inbox (source, stream, key, key_seq, event_id, name, payload, correlation, occurred_at, state, received_at)
        VALUES ('registration', :id, :id, 1, :id, :name, '{}', :id, now(), 'failed', now() - CAST(:ago AS interval))
    """)
    session.execute(statement, {"id": uuid4(), "name": "registration.received", "ago": "1 minute"})
    session.execute(statement, {"id": uuid4(), "name": "organisation.changed", "ago": "1 hour"})
    assert late(session) == []
    session.execute(statement, {"id": uuid4(), "name": "registration.received", "ago": "3 minutes"})
    assert late(session) == ["confirmation"]
    session.execute(text("UPDATE inbox SET state = 'done'"))
    assert late(session) == []


def test_a_mailing_can_be_stopped_and_started_in_the_console(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    mailing = Mailing(
        project_id=uuid4(), subject="Välkommen", body="", language="sv", state="sending", created_by=uuid4(), created_by_name="K"
    )
    session.add(mailing)
    session.commit()
    assert "Utskick: Välkommen" in client.get("/drift/notifications").text
    address = f"slag/mailing:{mailing.id}"
    assert client.post(f"/drift/notifications/stopp/{address}", data={"reason": "Fel lista"}).status_code == 303
    assert session.get_one(Mailing, mailing.id, populate_existing=True).state == "paused"
    assert client.post(f"/drift/notifications/start/{address}").status_code == 303
    assert session.get_one(Mailing, mailing.id, populate_existing=True).state == "sending"
    acts = session.execute(text("SELECT action, target, reason FROM audit ORDER BY id")).all()
    assert acts == [("switch.stop", f"mailing:{mailing.id}", "Fel lista"), ("switch.start", f"mailing:{mailing.id}", "")]
    for nobody in (uuid4(), "nonsense"):
        assert client.post(f"/drift/notifications/stopp/slag/mailing:{nobody}", data={"reason": "x"}).status_code == 404


def test_many_rejections_and_a_mail_that_cannot_be_written_are_alarms(session: Session) -> None:
    def wrong() -> set[str]:
        return {figure.name for figure in figures(session) if figure.level == "danger" and figure.value}

    for number in range(5):
        cast.hear(session, cast.received(person=Person(person_id=uuid4(), full_name="Bo", email=f"bo.{number}@x.example")))
    session.execute(text("UPDATE message SET state = 'failed', reason = 'policy' WHERE recipient NOT LIKE 'bo.4%'"))
    assert wrong() == set()
    session.execute(text("UPDATE message SET state = 'failed', reason = 'policy'"))
    assert wrong() == {"mail_rejected"}
    session.execute(text("UPDATE message SET state = 'queued', reason = 'broken'"))
    assert wrong() == {"mail_broken"}


def test_a_mail_server_is_away_until_it_answers_also_between_two_tries(session: Session) -> None:
    def away(*, since: int, until: int) -> int:
        """Seconds from now."""
        session.execute(text("DELETE FROM pause"))
        dates = {"since": timedelta(seconds=since), "until": timedelta(seconds=until)}
        session.execute(text("INSERT INTO pause (scope, since, until) VALUES ('server', now() + :since, now() + :until)"), dates)
        return next(figure.value for figure in figures(session) if figure.name == "mail_server_away")

    assert away(since=-30, until=30) == 0, "not worth an alarm yet"
    assert away(since=-90, until=30) == 1
    assert away(since=-90, until=-5) == 1, "its pause is over, and it has not been asked yet"
    assert away(since=-900, until=-90) == 0


@pytest.mark.parametrize(
    ("reason", "told"),
    [("server_away: connection refused", "svarar inte"), ("server_refuses_us: 535 5.7.8 not you", "släpper inte in oss")],
)
def test_a_mail_server_that_does_not_let_us_in_is_not_called_silent(session: Session, reason: str, told: str) -> None:
    session.add(Pause(scope="server", since=now() - timedelta(minutes=2), until=now() + timedelta(minutes=2), reason=reason))
    session.flush()
    [figure] = [figure for figure in figures(session) if figure.name == "mail_server_away"]
    assert told in figure.text

"""Those who look after the site get a mail when something is wrong, and one when it is over."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.notifications.console import late_confirmations, late_mails
from services.notifications.mail.compose import write
from services.notifications.mail.facts import load_facts
from services.notifications.mail.letters import Site, write_letter
from services.notifications.models import Message
from services.notifications.settings import settings
from shared.clock import now
from shared.events.operations import AlarmChanged, Words
from tests.notifications import cast


def alarm(**changes: Any) -> AlarmChanged:
    facts: dict[str, Any] = {
        "incident_id": cast.ident("incident"),
        "service": "registration",
        "state": "raised",
        "sv": Words(title="Ingen arbetare svarar.", advice="Starta om processen registration-worker."),
        "en": Words(title="No worker answers.", advice="Restart the process registration-worker."),
        "since": cast.NOW,
    }
    return AlarmChanged(**facts | changes)


def test_each_address_gets_one_mail_a_turn(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "alarm_addresses", "drift@x.example, jour@x.example")
    over = alarm(state="over", over_at=cast.NOW + timedelta(minutes=11))
    cast.hear(session, alarm(), alarm(), over)
    mails = session.scalars(select(Message).where(Message.kind == "alarm").order_by(Message.created_at, Message.id)).all()
    assert [mail.recipient for mail in mails] == ["drift@x.example", "jour@x.example"] * 2

    site = Site("https://traffpunkt.example", settings().sender)
    first, last = (
        write("alarm", "sv", write_letter(mail, load_facts(session, [mail]), site, now()), site) for mail in (mails[0], mails[-1])
    )
    assert first.subject == "Larm i registration: Ingen arbetare svarar."
    assert "Starta om processen registration-worker." in first.text
    assert "https://traffpunkt.example/drift/registration" in first.html
    assert last.subject == "Över i registration: Ingen arbetare svarar."
    assert "Starta om" not in last.text


def test_without_addresses_nothing_is_sent(session: Session) -> None:
    cast.hear(session, alarm())
    assert session.scalars(select(Message)).all() == []


def test_a_registration_without_confirmation_after_two_minutes_is_late(session: Session) -> None:
    cast.hear(session, cast.received(), cast.invited_to_survey())
    [mail] = session.scalars(select(Message).where(Message.kind == "confirmation"))
    later = now() + timedelta(minutes=3)
    assert [each.id for each in late_confirmations(session, later, 9)] == [mail.correlation]
    assert late_confirmations(session, now() + timedelta(minutes=1), 9) == []
    assert late_mails(session, later, 9) == []
    assert len(late_mails(session, now() + timedelta(minutes=11), 9)) == 1
    session.execute(text("INSERT INTO pause (scope, until) VALUES ('kind:confirmation', now() + interval '1 day')"))
    assert late_confirmations(session, later, 9) == []

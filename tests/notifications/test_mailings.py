"""A mailing's life: who gets it, that it goes out once to each, that it can be paused, and that its end is said."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions.contacts import create_list, delete_list, import_contacts
from services.notifications.actions.mailings import (
    UNCOMPLETED,
    MailingText,
    audience,
    complete_mailings,
    create_mailing,
    launch_mailing,
    pause_mailing,
    resume_mailing,
)
from services.notifications.actions.messages import send_again
from services.notifications.actions.unsubscribing import unsubscribe
from services.notifications.errors import (
    ListInUse,
    MailingIsSent,
    MailingNotPaused,
    MailingNotSending,
    NobodyToWriteTo,
    NotResendable,
    RecipientsChanged,
)
from services.notifications.models import Contact, ContactList, Mailing, Message, Recipient, Suppression
from shared.clock import now
from shared.events.notifications import MailingCompleted
from shared.testing import recorded
from tests.notifications.cast import NOW, PROJECT, activity, hear, ident, project, received
from tests.notifications.mailserver import MailServer
from tests.notifications.test_sending import MakeSender, senders

__all__ = ["senders"]
KARIN = ident("karin")


def draft(session: Session, *lists: str, activity_name: str | None = "workshop") -> Mailing:
    hear(session, project(), activity(starts_at=now().replace(year=now().year + 1)))
    chosen = []
    for n, pasted in enumerate(lists):
        contacts = create_list(session, f"Lista {n}")
        import_contacts(session, contacts.id, pasted)
        chosen.append(contacts.id)
    words = MailingText(
        PROJECT, ident(activity_name) if activity_name else None, "{aktivitet}: välkommen {namn}", "Hej {namn}!", "sv"
    )
    return create_mailing(session, words, chosen, by=KARIN, by_name="Karin Ek")


def launch(session: Session, mailing: Mailing) -> int:
    return launch_mailing(session, mailing, expected=audience(session, mailing).count, by=KARIN, now=NOW)


def test_whom_it_goes_to(session: Session) -> None:
    everybody = "asa.lind@region-gavleborg.example\nolle@x.example\neva@x.example\ndead@x.example"
    mailing = draft(session, everybody, "OLLE@x.example\nnils@x.example")
    unsubscribe(session, "eva@x.example")
    session.add(Suppression(address_key="dead@x.example", reason="bounced"))
    hear(session, received())
    found = audience(session, mailing)
    assert sorted(contact.address for contact in found.contacts) == ["nils@x.example", "olle@x.example"]
    assert (found.doubles, found.unsubscribed, found.bounced, found.registered) == (1, 1, 1, 1)


def test_at_launch_the_recipients_are_frozen(session: Session) -> None:
    mailing = draft(session, "Åsa <asa@x.example>; Region Skåne\nolle@x.example")
    assert launch(session, mailing) == 2
    contact_list = session.scalars(select(ContactList)).one()
    import_contacts(session, contact_list.id, "sen@x.example")
    session.execute(update(Contact).values(name="Någon annan"))
    delete_list(session, contact_list)
    session.flush()
    recipients = session.scalars(select(Recipient).order_by(Recipient.sort_key)).all()
    assert [(r.name, r.address, r.organisation) for r in recipients] == [
        ("", "olle@x.example", ""),
        ("Åsa", "asa@x.example", "Region Skåne"),
    ]
    assert session.scalar(select(func.count()).where(Message.mailing_id == mailing.id, Message.lane == "bulk")) == 2
    for change in (lambda: launch(session, mailing), mailing.require_draft):
        with pytest.raises(MailingIsSent):
            change()


def test_an_address_is_there_once(session: Session) -> None:
    launch(session, draft(session, "asa@x.example", "ASA@x.example"))
    one = session.scalars(select(Recipient)).one()
    session.add(Recipient(mailing_id=one.mailing_id, name="", sort_key="", address="Asa@X.example", key_hash=b"x"))
    with pytest.raises(Exception, match="uq_mailing_recipient"):
        session.flush()


def test_as_many_as_were_shown_or_none(session: Session) -> None:
    mailing = draft(session, "asa@x.example")
    with pytest.raises(RecipientsChanged, match="nu är det 1 mottagare"):
        launch_mailing(session, mailing, expected=2, by=KARIN, now=NOW)
    assert mailing.state == "draft"
    with pytest.raises(NobodyToWriteTo):
        launch_mailing(session, draft(session), expected=0, by=KARIN, now=NOW)


def test_a_list_of_a_draft_stays(session: Session) -> None:
    draft(session, "asa@x.example")
    with pytest.raises(ListInUse):
        delete_list(session, session.scalars(select(ContactList)).one())


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


class TestSending:
    def test_every_recipient_gets_their_own(
        self, committing: sessionmaker[Session], senders: MakeSender, server: MailServer
    ) -> None:
        server.answer("fel@x.example", "550 5.1.1 no such user")
        with committing.begin() as session:
            mailing = draft(session, "\n".join(f"P{n} <p{n}@x.example>" for n in range(30)) + "\nfel@x.example")
            launch(session, mailing)
        assert _uncompleted(committing) is False
        sender = senders(server.url)
        assert sender.send_due("transactional", seconds=5) == 0, "mailings have a lane of their own"
        assert sender.send_due("bulk", seconds=20) == 31
        assert sorted(server.recipients) == sorted(f"p{n}@x.example" for n in range(30))
        assert len({mail["Subject"] for mail in server.mails}) == 30
        assert len({mail["List-Unsubscribe"] for mail in server.mails}) == 30
        keys = {mail.get_body(("plain",)).get_content().partition("inbjudan=")[2].split()[0] for mail in server.mails}  # type: ignore[union-attr]
        assert len(keys) == 30
        assert _uncompleted(committing) is True
        with committing.begin() as session:
            assert complete_mailings(session, now=NOW) == 1
            assert complete_mailings(session, now=NOW) == 0
            [said] = recorded(session, MailingCompleted)
        assert (said.recipients, said.sent, said.failed) == (31, 30, 1)
        assert said.subject == "Hinder, målkonflikter – och innovativa lösningar: välkommen …"
        assert _uncompleted(committing) is False

    def test_a_paused_mailing_begins_no_mail(
        self, committing: sessionmaker[Session], senders: MakeSender, server: MailServer
    ) -> None:
        with committing.begin() as session:
            mailing = draft(session, "a@x.example\nb@x.example")
            launch(session, mailing)
            with pytest.raises(MailingNotPaused):
                resume_mailing(session, mailing, by=KARIN)
            pause_mailing(session, mailing, by=KARIN)
            with pytest.raises(MailingNotSending):
                pause_mailing(session, mailing, by=KARIN)
        sender = senders(server.url)
        assert sender.send_due("bulk", seconds=5) == 0
        with committing.begin() as session:
            assert complete_mailings(session, now=NOW) == 0
            resume_mailing(session, session.scalars(select(Mailing)).one(), by=KARIN)
        assert sender.send_due("bulk", seconds=5) == 2

    def test_a_pause_takes_hold_within_a_claimed_batch(
        self, committing: sessionmaker[Session], senders: MakeSender, server: MailServer
    ) -> None:
        with committing.begin() as session:
            mailing = draft(session, "\n".join(f"p{n}@x.example" for n in range(10)))
            launch(session, mailing)
        sender = senders(server.url)
        hand_over, seen = sender._hand_over, []

        def and_pause(*args: object) -> object:
            concluded = hand_over(*args)  # type: ignore[arg-type]
            seen.append(concluded)
            if len(seen) == 3:
                with committing.begin() as session:
                    pause_mailing(session, session.get_one(Mailing, mailing.id), by=KARIN)
            return concluded

        sender._hand_over = and_pause  # type: ignore[method-assign,assignment]
        sender.send_due("bulk", seconds=5)
        assert len(server.mails) == 3
        with committing() as session:
            states = dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())
        assert states == {"sent": 3, "queued": 7}


def _uncompleted(sessions: sessionmaker[Session]) -> bool:
    with sessions() as session:
        return bool(session.execute(text(f"SELECT {UNCOMPLETED}")).scalar_one())


def test_what_failed_can_be_sent_again_with_a_reason(session: Session) -> None:
    hear(session, received())
    message = session.scalars(select(Message)).one()
    with pytest.raises(NotResendable):
        send_again(session, message.id, by=KARIN, reason="x", now=NOW)
    message.state, message.attempts = "failed", 4
    session.add(Suppression(address_key=str(message.recipient), reason="bounced"))
    session.flush()
    send_again(session, message.id, by=KARIN, reason="adressen fungerar igen", now=NOW)
    assert (message.state, message.attempts, message.queued_at) == ("queued", 0, NOW)
    assert session.scalars(select(Suppression)).all() == []
    row = session.execute(text("SELECT actor, action, target, reason FROM audit")).one()
    assert tuple(row) == (str(KARIN), "message.send_again", f"message:{message.id}", "adressen fungerar igen")

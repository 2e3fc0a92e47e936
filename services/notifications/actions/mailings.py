"""Mailings: write, try, launch, pause, complete."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.actions.messages import Draft, message_values, note, queue_message
from services.notifications.errors import NobodyToWriteTo, RecipientsChanged
from services.notifications.models import (
    OPEN,
    Activity,
    Contact,
    Mailing,
    MailingList,
    Message,
    Project,
    Recipient,
    Registration,
    Suppression,
)
from services.notifications.rules.placeholders import headline
from shared.database import new_id
from shared.errors import NotFound
from shared.events.notifications import MailingCompleted
from shared.i18n import sort_key
from shared.messaging import record
from shared.messaging.waking import wake_after_commit
from shared.secrets import hash_token, new_token, seal

UNCOMPLETED = """EXISTS (SELECT 1 FROM mailing WHERE mailing.state = 'sending' AND NOT EXISTS (
    SELECT 1 FROM message WHERE message.mailing_id = mailing.id AND message.state IN ('queued', 'inflight', 'retry')))"""
"""SQL: a mailing is done, but nobody has said so yet."""


@dataclass(frozen=True)
class MailingText:
    """What an organiser writes: about what, in which language, which words."""

    project_id: UUID
    activity_id: UUID | None
    subject: str
    body: str
    language: str


@dataclass(frozen=True)
class Audience:
    """Whom a draft would go to, and whom not, and why not."""

    contacts: Sequence[Contact]
    doubles: int
    """Contacts that are on more than one of the lists: they get one mail."""
    unsubscribed: int
    bounced: int
    registered: int

    @property
    def count(self) -> int:
        return len(self.contacts)


def create_mailing(session: Session, text: MailingText, lists: Iterable[UUID], *, by: UUID, by_name: str) -> Mailing:
    """A draft."""
    mailing = Mailing(**asdict(text), created_by=by, created_by_name=by_name)
    session.add(mailing)
    session.flush()
    choose_lists(session, mailing, lists)
    return mailing


def change_mailing(session: Session, mailing: Mailing, text: MailingText, lists: Iterable[UUID]) -> None:
    """Rewrite a draft. Raises `MailingIsSent`."""
    mailing.require_draft()
    for name, value in asdict(text).items():
        setattr(mailing, name, value)
    choose_lists(session, mailing, lists)


def choose_lists(session: Session, mailing: Mailing, lists: Iterable[UUID]) -> None:
    """The lists that it is to go to."""
    session.execute(delete(MailingList).where(MailingList.mailing_id == mailing.id))
    rows = [{"mailing_id": mailing.id, "list_id": list_id} for list_id in dict.fromkeys(lists)]
    if rows:
        session.execute(insert(MailingList), rows)


def delete_mailing(session: Session, mailing: Mailing) -> None:
    """A draft that is not wanted. Raises `MailingIsSent`."""
    mailing.require_draft()
    session.delete(mailing)


def find_mailing(session: Session, mailing_id: UUID, *, for_change: bool = False) -> Mailing:
    """Raises `NotFound`. `for_change` holds others off until the transaction ends."""
    mailing = session.get(Mailing, mailing_id, with_for_update=for_change or None)
    if mailing is None:
        raise NotFound
    return mailing


def audience(session: Session, mailing: Mailing) -> Audience:
    """Whom it would go to now: the contacts of its lists, each address once, without those who are registered or want no more."""
    rows = session.scalars(
        select(Contact)
        .join(MailingList, MailingList.list_id == Contact.list_id)
        .where(MailingList.mailing_id == mailing.id)
        .order_by(Contact.sort_key, Contact.id)
    ).all()
    by_address: dict[str, Contact] = {}
    for contact in rows:
        by_address.setdefault(contact.address_key, contact)
    suppressed = dict(
        session.execute(
            select(Suppression.address_key, func.min(Suppression.reason))
            .where(Suppression.address_key.in_(by_address))
            .group_by(Suppression.address_key)
        ).all()
    )
    registered = set(
        session.scalars(
            select(func.lower(Registration.email)).where(
                Registration.project_id == mailing.project_id, func.lower(Registration.email).in_(by_address)
            )
        )
    )
    wanted = [c for key, c in by_address.items() if key not in suppressed and key not in registered]
    return Audience(
        contacts=wanted,
        doubles=len(rows) - len(by_address),
        unsubscribed=sum(reason == "unsubscribed" for reason in suppressed.values()),
        bounced=sum(reason == "bounced" for reason in suppressed.values()),
        registered=len(registered - suppressed.keys()),
    )


def launch_mailing(session: Session, mailing: Mailing, *, expected: int, by: UUID, now: datetime) -> int:
    """Freeze the recipients and queue a mail to each; how many. `expected` is the number that the organiser was shown.

    Raises `MailingIsSent`, `NobodyToWriteTo`, `RecipientsChanged`.
    """
    mailing.require_draft()
    contacts = audience(session, mailing).contacts
    if not contacts:
        raise NobodyToWriteTo
    if len(contacts) != expected:
        raise RecipientsChanged(count=len(contacts))
    mailing.launch(now=now)
    recipients, messages = [], []
    for contact in contacts:
        recipient_id, key = new_id(), new_token()
        recipients.append(
            {
                "id": recipient_id,
                "mailing_id": mailing.id,
                "name": contact.name,
                "sort_key": sort_key(contact.name or contact.address),
                "address": contact.address,
                "organisation": contact.organisation,
                "key_hash": hash_token(key),
            }
        )
        draft = Draft(
            kind="invitation",
            dedupe_key=f"invitation:{mailing.id}:{recipient_id}",
            recipient=contact.address,
            language=mailing.language,
            context={"recipient": str(recipient_id), "key": seal(key)},
        )
        messages.append(message_values(draft, lane="bulk", mailing_id=mailing.id))
    session.execute(insert(Recipient), recipients)
    session.execute(insert(Message), messages)
    note(session, by, "mailing.launch", f"mailing:{mailing.id}", detail={"recipients": len(contacts)})
    wake_after_commit(session)
    return len(contacts)


def send_test(session: Session, mailing: Mailing, *, name: str, address: str, language: str) -> None:
    """The draft as a mail to the organiser: as often as they ask."""
    queue_message(
        session,
        Draft(
            kind="invitation_test",
            dedupe_key=f"invitation-test:{mailing.id}:{new_id()}",
            recipient=address,
            language=language,
            context={"mailing": str(mailing.id), "name": name},
        ),
    )


def pause_mailing(session: Session, mailing: Mailing, *, by: UUID) -> None:
    """No further mail of it is begun. Raises `MailingNotSending`."""
    hold_mailing(session, mailing)
    note(session, by, "mailing.pause", f"mailing:{mailing.id}")


def resume_mailing(session: Session, mailing: Mailing, *, by: UUID) -> None:
    """It goes on where it stopped. Raises `MailingNotPaused`."""
    let_go_mailing(session, mailing)
    note(session, by, "mailing.resume", f"mailing:{mailing.id}")


def hold_mailing(session: Session, mailing: Mailing) -> None:
    """Pause it; the caller notes who. Raises `MailingNotSending`."""
    mailing.pause()
    session.execute(update(Message).where(Message.mailing_id == mailing.id, Message.state.in_(OPEN)).values(paused=True))


def let_go_mailing(session: Session, mailing: Mailing) -> None:
    """Resume it; the caller notes who. Raises `MailingNotPaused`."""
    mailing.resume()
    session.execute(update(Message).where(Message.mailing_id == mailing.id, Message.paused).values(paused=False))
    wake_after_commit(session)


def complete_mailings(session: Session, *, now: datetime) -> int:
    """Say of those whose every mail is settled that they are; how many there were."""
    still_open = select(Message.id).where(Message.mailing_id == Mailing.id, Message.state.in_(OPEN)).exists()
    done = session.scalars(select(Mailing).where(Mailing.state == "sending", ~still_open).with_for_update(skip_locked=True)).all()
    for mailing in done:
        mailing.complete(now=now)
        counts = dict(
            session.execute(
                select(Message.state, func.count()).where(Message.mailing_id == mailing.id).group_by(Message.state)
            ).all()
        )
        record(
            session,
            MailingCompleted(
                mailing_id=mailing.id,
                project_id=mailing.project_id,
                subject=_headline(session, mailing),
                recipients=sum(counts.values()),
                sent=counts.get("sent", 0),
                failed=counts.get("failed", 0),
                completed_at=now,
            ),
            key=f"mailing:{mailing.id}",
        )
    return len(done)


def _headline(session: Session, mailing: Mailing) -> str:
    project = session.get(Project, mailing.project_id)
    activity = session.get(Activity, mailing.activity_id) if mailing.activity_id else None
    return headline(mailing.subject, project.title if project else "", activity.title if activity else "")

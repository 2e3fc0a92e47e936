"""Queueing mails: once each, however often their cause arrives, and in order where order matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.errors import NotResendable
from services.notifications.models import Message, Suppression
from services.notifications.settings import settings
from shared.database import Asked, ask, new_id
from shared.errors import NotFound
from shared.messaging.tables import audit
from shared.messaging.waking import look_after_commit, wake_after_commit
from shared.observability import correlation_id

Lane = Literal["transactional", "bulk"]

MAIL, BULK = "notifications.mail", "notifications.mail.bulk"
"""The queues on which the tasks that send stand: mails to single persons, and mailings."""

PRIORITIES = {"sign_in": 0, "alarm": 5, "invitation_test": 5, "offered": 10, "survey": 50, "invitation": 100}
"""Lower leaves earlier; what is not here is 20."""


@dataclass(frozen=True)
class Draft:
    """A mail to be. `dedupe_key` says what causes it; `recipient` may be unknown as long as `person_id` is known."""

    kind: str
    dedupe_key: str
    language: str
    context: Mapping[str, Any]
    recipient: str | None = None
    person_id: UUID | None = None
    order_key: str | None = None
    useful_until: datetime | None = None


def queue_message(session: Session, draft: Draft, *, after: Sequence[Asked] = ()) -> bool:
    """Have `draft` sent, once; whether it was new. `after`: what is done before, and sent to the database together with it."""
    values = message_values(draft)
    values |= {"context": orjson.dumps(values["context"]).decode()}
    # One after the other, in the order of their transactions: who comes second waits for the first to commit.
    *_, queued = ask(session, *after, Asked(_LOCK, {"key": draft.order_key}), Asked(_QUEUE, values))
    if not queued:
        return False
    look_after_commit(session, MAIL)
    return True


def message_values(draft: Draft, *, lane: Lane = "transactional", mailing_id: UUID | None = None) -> dict[str, Any]:
    """A row of the ledger for `draft`."""
    message_id = new_id()
    return {
        "id": message_id,
        "dedupe_key": draft.dedupe_key,
        "message_id": f"<{message_id}@{settings().sender.domain}>",
        "kind": draft.kind,
        "lane": lane,
        "priority": PRIORITIES.get(draft.kind, 20),
        "recipient": draft.recipient,
        "person_id": draft.person_id,
        "mailing_id": mailing_id,
        "language": "en" if draft.language == "en" else "sv",
        "context": dict(draft.context),
        "order_key": draft.order_key,
        "order_no": 0,
        "useful_until": draft.useful_until,
        "correlation": correlation_id(),
    }


# Past SQLAlchemy's compilation: every mail pays for them. (What has no key locks nothing.)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s::text, 7))"
_QUEUE = """
    INSERT INTO message (id, dedupe_key, message_id, kind, lane, priority, recipient, person_id, mailing_id, language, context,
        order_key, order_no, useful_until, correlation)
    VALUES (%(id)s, %(dedupe_key)s, %(message_id)s, %(kind)s, %(lane)s, %(priority)s, %(recipient)s, %(person_id)s,
        %(mailing_id)s, %(language)s, %(context)s::jsonb, %(order_key)s::text,
        (SELECT coalesce(max(order_no), 0) + 1 FROM message WHERE order_key = %(order_key)s::text),
        %(useful_until)s::timestamptz, %(correlation)s)
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING id
"""
_WAKE = text("""
    UPDATE message SET next_at = now() WHERE state = 'queued' AND reason = 'waiting_for_facts' AND next_at > now()
""")


def wake_waiting(session: Session) -> None:
    """Facts have arrived: the mails that wait for some look again."""
    if session.execute(_WAKE).rowcount:  # type: ignore[attr-defined]
        look_after_commit(session, MAIL)


def send_again(session: Session, message_id: UUID, *, by: UUID, reason: str, now: datetime) -> Message:
    """Try a mail again that failed or was held back, and no longer hold its address for dead. Raises `NotResendable`, `NotFound`.

    Its facts are judged anew when it leaves: what is of no use is held back again.
    """
    message = session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if message is None:
        raise NotFound
    if message.state not in {"failed", "withheld"}:
        raise NotResendable
    message.state, message.reason, message.next_at, message.queued_at, message.attempts = "queued", "", now, now, 0
    if message.recipient:
        session.execute(
            delete(Suppression).where(Suppression.address_key == message.recipient.lower(), Suppression.reason == "bounced")
        )
    note(session, by, "message.send_again", f"message:{message_id}", reason=reason)
    wake_after_commit(session)
    return message


def note(
    session: Session, by: UUID, action: str, target: str, *, detail: Mapping[str, Any] | None = None, reason: str = ""
) -> None:
    """Who did or read what: the audit log."""
    session.execute(
        insert(audit).values(id=new_id(), actor=str(by), action=action, target=target, detail=dict(detail or {}), reason=reason)
    )

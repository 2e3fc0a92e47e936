"""Wanting no more invitations, and wanting them again."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.errors import UnknownUnsubscribeLink
from services.notifications.mail.letters.others import recipient_of
from services.notifications.models import Recipient, Suppression

UNSUBSCRIBED = "unsubscribed"


def address_of(session: Session, token: str) -> str:
    """The address that a link was sent to. Raises `UnknownUnsubscribeLink`."""
    recipient_id = recipient_of(token)
    address = session.scalar(select(Recipient.address).where(Recipient.id == recipient_id)) if recipient_id else None
    if address is None:
        raise UnknownUnsubscribeLink
    return address


def is_unsubscribed(session: Session, address: str) -> bool:
    """Whether no invitations go there."""
    query = select(Suppression).where(Suppression.address_key == address.lower(), Suppression.reason == UNSUBSCRIBED)
    return session.scalar(query) is not None


def unsubscribe(session: Session, address: str, *, message_id: UUID | None = None) -> None:
    """No invitation goes to this address any more; mails about its own registrations still do. Twice is once."""
    statement = insert(Suppression).values(address_key=address.lower(), reason=UNSUBSCRIBED, message_id=message_id)
    session.execute(statement.on_conflict_do_nothing())


def subscribe_again(session: Session, address: str) -> None:
    """Invitations are welcome again."""
    session.execute(delete(Suppression).where(Suppression.address_key == address.lower(), Suppression.reason == UNSUBSCRIBED))

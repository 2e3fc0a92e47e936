"""Writing what is queued, without sending it."""

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.mail.compose import Written, compose
from services.notifications.mail.facts import load_facts
from services.notifications.mail.letters import Site, write_letter
from services.notifications.models import Message
from services.notifications.settings import settings
from tests.notifications.cast import NOW, SITE


def queued(session: Session, kind: str = "") -> Message:
    """The one mail of `kind`."""
    query = select(Message).where(Message.kind == kind) if kind else select(Message)
    return session.scalars(query).one()


def written(session: Session, kind: str = "", *, now: datetime = NOW) -> tuple[EmailMessage, Written]:
    """The mail as a receiver parses it, and its parts. Raises what the letter raises: `Withhold`, `NotYet`."""
    message = queued(session, kind)
    site = Site(SITE, settings().sender)
    letter = write_letter(message, load_facts(session, [message]), site, now)
    outgoing, parts = compose(message, letter, site, at=now)
    parsed: Any = email.message_from_bytes(outgoing.data, policy=email.policy.default)
    return parsed, parts


def part(mail: EmailMessage, content_type: str) -> EmailMessage:
    """The first part of this type."""
    found: Any = next(p for p in mail.walk() if p.get_content_type() == content_type)
    return found  # type: ignore[no-any-return]


def lines(of: EmailMessage) -> list[str]:
    """What a reader sees, however its lines end."""
    text: str = of.get_content()
    return text.splitlines()

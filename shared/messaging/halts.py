"""Stopping a line until a person says so. To a subscriber: what is said to it waits in the outbox, and so does due work if that
is the service itself. From the inbox: what is heard is kept and acknowledged, and waits to be handled.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.messaging.waking import wake_after_commit

INBOX = "inbox"
"""The line from the own inbox to the handlers, among those to subscribers, none of which has this name."""

_HALT = text("""
    INSERT INTO halt (subscriber, actor, reason) VALUES (:subscriber, :actor, :reason) ON CONFLICT (subscriber) DO NOTHING
    RETURNING subscriber
""")
_RESUME = text("DELETE FROM halt WHERE subscriber = :subscriber RETURNING subscriber")


def halt(session: Session, line: str, *, actor: str, reason: str) -> bool:
    """Send nothing more to a subscriber (what is on the wire still arrives), or handle nothing more from `INBOX` (what is in hand
    is finished). False if it was halted already.
    """
    values = {"subscriber": line, "actor": actor, "reason": reason}
    return session.execute(_HALT, values).one_or_none() is not None


def resume(session: Session, line: str) -> bool:
    """Send, or handle, what has waited, in order. False if it was not halted."""
    wake_after_commit(session)
    return session.execute(_RESUME, {"subscriber": line}).one_or_none() is not None

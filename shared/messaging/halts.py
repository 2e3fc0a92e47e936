"""Stopping the line: nothing more is sent to a subscriber until a person says so. What is said meanwhile waits in the outbox."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.messaging.outbox import wake_after_commit

_HALT = text("""
    INSERT INTO halt (subscriber, actor, reason) VALUES (:subscriber, :actor, :reason) ON CONFLICT (subscriber) DO NOTHING
    RETURNING subscriber
""")
_RESUME = text("DELETE FROM halt WHERE subscriber = :subscriber RETURNING subscriber")


def halt(session: Session, subscriber: str, *, actor: str, reason: str) -> bool:
    """Send nothing more to `subscriber`; what is on the wire still arrives. False if it was halted already."""
    values = {"subscriber": subscriber, "actor": actor, "reason": reason}
    return session.execute(_HALT, values).one_or_none() is not None


def resume(session: Session, subscriber: str) -> bool:
    """Send what has waited, in order. False if it was not halted."""
    wake_after_commit(session)
    return session.execute(_RESUME, {"subscriber": subscriber}).one_or_none() is not None

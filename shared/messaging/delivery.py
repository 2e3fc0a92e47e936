"""The outbox from the relay's side, in SQL: what is to be sent, what has been, what must go again. Decides nothing more.

Rows are chosen by their state, never by a cursor: sequences commit out of order. Many relays may do this at once.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

WINDOW = 2000
"""Unacknowledged events a subscriber at the most: bounds Redis' memory and the cost of a wipe."""
CLAIM = 500

_CLAIM = text("""
    WITH sent AS MATERIALIZED (
        SELECT count(*) AS number FROM outbox WHERE subscriber = :subscriber AND acked_at IS NULL AND next_at > now())
    SELECT id, stream, event_id, subscriber, key, key_seq, name, payload, correlation, causation, occurred_at, sends,
        (SELECT number FROM sent) AS under_way
    FROM outbox WHERE subscriber = :subscriber AND acked_at IS NULL AND next_at <= now()
    AND NOT EXISTS (SELECT 1 FROM halt WHERE halt.subscriber = :subscriber)
    ORDER BY id LIMIT LEAST(:claim, GREATEST(0, :window - (SELECT number FROM sent)))
    FOR UPDATE OF outbox SKIP LOCKED
""")
UNHURRIED = "(SELECT set_config('synchronous_commit', 'off', true)) AS unhurried"
"""Joined to a statement, its transaction does not wait for the disk: for what costs no more than a resending when it is lost."""

_SENT = text(f"""
    UPDATE outbox SET sent_at = now(), sends = sends + 1,
        next_at = now() + interval '1 minute' * LEAST(power(2, sends), 15)
    FROM {UNHURRIED} WHERE id = ANY(:ids)
""")  # noqa: S608 (a constant)
_AGAIN = """
    UPDATE outbox SET next_at = now() WHERE id IN (
        SELECT id FROM outbox WHERE acked_at IS NULL AND next_at > now() AND {which}
        ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING id
"""
_ALL_AGAIN = text(_AGAIN.format(which="true"))
_SUBSCRIBER_AGAIN = text(_AGAIN.format(which="subscriber = :subscriber"))
# The clock may have been set back: whatever is to wait longer than anything ever waits, does not.
_MISDATED_AGAIN = text(_AGAIN.format(which="next_at > now() + interval '16 minutes'"))
_MISDATED_HEARD = text("""
    UPDATE inbox SET next_at = now() WHERE state IN ('waiting', 'begun') AND next_at > now() + interval '1 minute'
""")
SILENT = text("""
    SELECT COALESCE(jsonb_object_agg(subscriber, long), '{}') AS silent
    FROM unnest(CAST(:subscribers AS text[])) AS subscriber, LATERAL (
        SELECT min(sent_at) < now() - interval '4 seconds' AS long FROM outbox
        WHERE outbox.subscriber = subscriber.subscriber AND acked_at IS NULL AND next_at > now()
        AND sent_at < now() - interval '1 second' HAVING count(*) > 0) AS unacknowledged
""")
"""The subscribers that have not acknowledged for a second something that they were sent, and whether that is long ago."""


def claim(session: Session, subscriber: str) -> Sequence[Row[Any]]:
    """What may be sent to a subscriber now, oldest first; nobody else sends it before this transaction ends.

    `under_way` says of how many before it the subscriber has not said yet that it has them.
    """
    return session.execute(_CLAIM, {"subscriber": subscriber, "claim": CLAIM, "window": WINDOW}).all()


def sent(session: Session, rows: Sequence[Row[Any]]) -> None:
    """Publish, then write that it was: a crash in between sends again, which is harmless.

    It is sent again after a minute, then after two, four … fifteen, if nothing else tells that it has been lost.
    """
    session.execute(_SENT, {"ids": [row.id for row in rows]})


def send_again(session: Session, subscriber: str | None = None) -> int:
    """Have everything sent again that is not acknowledged, or all that one subscriber has not; how many events."""
    if subscriber is None:
        return len(session.execute(_ALL_AGAIN).all())
    return len(session.execute(_SUBSCRIBER_AGAIN, {"subscriber": subscriber}).all())


def send_misdated_again(session: Session) -> int:
    """Have sent again, and looked at again, what a jump of the clock has put off; how many events are sent."""
    session.execute(_MISDATED_HEARD)
    return len(session.execute(_MISDATED_AGAIN).all())


def envelope_of(row: Row[Any], source: str) -> dict[str, Any]:
    """The JSON of an `Envelope`, made without Pydantic: it is ours, and there are many."""
    return {
        "n": row.id,
        "id": str(row.event_id),
        "source": source,
        "stream": str(row.stream),
        "key": row.key,
        "seq": row.key_seq,
        "name": row.name,
        "at": row.occurred_at.isoformat(),
        "correlation": str(row.correlation),
        "causation": str(row.causation) if row.causation else None,
        "sends": row.sends + 1,
        "data": row.payload,
    }

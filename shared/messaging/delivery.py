"""The outbox from the relay's side, in SQL: what is to be sent, what has been, what must go again. Decides nothing more.

Rows are chosen by their state, never by a cursor: sequences commit out of order. Many relays may do this at once.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import Asked

WINDOW = 2000
"""Unacknowledged events a subscriber at the most: bounds Redis' memory and the cost of a wipe."""
CLAIM = 500

UNHURRIED = "(SELECT set_config('synchronous_commit', 'off', true)) AS unhurried"
"""Joined to a statement, its transaction does not wait for the disk: for what costs no more than a resending when it is lost."""

FEW = 3
"""A subscriber that has so many events to acknowledge is busy: what is said to it meanwhile goes in one message, since a message
costs more than an event. Events that come one by one are not delayed (as Nagle does with small packets, RFC 896)."""

LEASE = timedelta(seconds=2)
"""How long what a relay has claimed is its own to send: the next one takes it from a relay that was killed."""
LENT = timedelta(seconds=1)
"""The same for a lone event, which is handed to a relay when it is recorded."""

_CLAIM = f"""
    UPDATE outbox SET next_at = now() + %(lease)s FROM {UNHURRIED}, (
        SELECT ready.id, sent.number
        FROM unnest(%(subscribers)s::text[]) AS line (subscriber), LATERAL (
            SELECT count(*) AS number FROM outbox
            WHERE outbox.subscriber = line.subscriber AND acked_at IS NULL AND next_at > now()
        ) AS sent, LATERAL (
            SELECT id FROM outbox WHERE outbox.subscriber = line.subscriber AND acked_at IS NULL AND next_at <= now()
            ORDER BY id LIMIT LEAST(%(claim)s, GREATEST(0, %(window)s - sent.number)) FOR UPDATE SKIP LOCKED
        ) AS ready
        WHERE NOT EXISTS (SELECT 1 FROM halt WHERE halt.subscriber = line.subscriber)
    ) AS due
    WHERE outbox.id = due.id
    RETURNING outbox.id, stream, event_id, subscriber, key, key_seq, name, payload, correlation, causation, occurred_at, sends,
        due.number AS under_way
"""  # noqa: S608 (a constant)
# Rows are locked in order, so that an acknowledgement and a relay cannot wait for each other. What has got a new number
# meanwhile was sent under its old one.
_CLAIMED = f"""
    FROM {UNHURRIED}
    WHERE id IN (SELECT id FROM outbox WHERE id = ANY(%(ids)s) AND stream = ANY(%(streams)s) ORDER BY id FOR UPDATE)
"""  # noqa: S608 (a constant)
_SENT = f"""
    UPDATE outbox SET sent_at = now(), sends = sends + 1,
        next_at = now() + interval '1 minute' * LEAST(power(2, sends), 15) {_CLAIMED}
"""  # noqa: S608 (a constant)
_GIVE_BACK = f"UPDATE outbox SET next_at = now() {_CLAIMED}"  # noqa: S608 (a constant)
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


def claiming(subscribers: Sequence[str]) -> Asked:
    """Claims what may be sent to each subscriber now, oldest first; in no order. Nobody else sends it within `LEASE`.

    `under_way` says of how many others the subscriber has not said yet that it has them. Nothing is locked while it is sent.
    """
    return Asked(_CLAIM, {"subscribers": list(subscribers), "claim": CLAIM, "window": WINDOW, "lease": LEASE})


def sent(rows: Sequence[Any]) -> Asked:
    """Writes that they were published: after it, since a crash in between sends again, which is harmless.

    They are sent again after a minute, then after two, four … fifteen, if nothing else tells that they have been lost.
    """
    return Asked(_SENT, _claimed(rows))


def give_back(rows: Sequence[Any]) -> Asked:
    """What was claimed could not be sent: it may be tried again at once."""
    return Asked(_GIVE_BACK, _claimed(rows))


def _claimed(rows: Sequence[Any]) -> dict[str, Any]:
    return {"ids": [row.id for row in rows], "streams": list({row.stream for row in rows})}


def send_again(session: Session, subscriber: str | None = None) -> int:
    """Have everything sent again that is not acknowledged, or all that one subscriber has not; how many events."""
    if subscriber is None:
        return len(session.execute(_ALL_AGAIN).all())
    return len(session.execute(_SUBSCRIBER_AGAIN, {"subscriber": subscriber}).all())


def send_misdated_again(session: Session) -> int:
    """Have sent again, and looked at again, what a jump of the clock has put off; how many events are sent."""
    session.execute(_MISDATED_HEARD)
    return len(session.execute(_MISDATED_AGAIN).all())


def envelope_of(row: Any, source: str) -> dict[str, Any]:
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

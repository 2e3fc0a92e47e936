"""Later work: a row with a unique key, fired by the relay as an event to the service itself. No beat, no ETA.

Written with its cause and computed anew when its cause changes; firing happens in the transaction that records it.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events import Event
from shared.messaging.outbox import record_own
from shared.observability import correlated, correlation_id

_SCHEDULE = text("""
    INSERT INTO due (key, name, payload, due_at, useful_until, correlation)
    VALUES (:key, :name, CAST(:payload AS jsonb), :at, :useful_until, :correlation)
    ON CONFLICT (key) DO UPDATE SET name = EXCLUDED.name, payload = EXCLUDED.payload, due_at = EXCLUDED.due_at,
        useful_until = EXCLUDED.useful_until, correlation = EXCLUDED.correlation, state = 'scheduled', fired_at = NULL
    WHERE due.state <> 'fired' OR due.due_at <> EXCLUDED.due_at
""")
_CANCEL = text("UPDATE due SET state = 'cancelled' WHERE key = :key AND state = 'scheduled'")
_CLAIM = text("""
    SELECT key, name, payload::text AS payload, correlation, useful_until < now() AS too_late
    FROM due WHERE state = 'scheduled' AND due_at <= now() ORDER BY due_at LIMIT 200 FOR UPDATE SKIP LOCKED
""")
_SETTLE = text("UPDATE due SET state = :state, fired_at = now() WHERE key = :key")


def schedule(session: Session, event: Event, *, key: str, at: datetime, useful_until: datetime | None = None) -> None:
    """Have `event` handled by this service at `at`. The same `key` moves it; what has fired is not fired again for the same time.

    Later than `useful_until` it is not fired but marked missed, and shown in the console.
    """
    session.execute(
        _SCHEDULE,
        {
            "key": key,
            "name": event.name,
            "payload": event.model_dump_json(),
            "at": at,
            "useful_until": useful_until,
            "correlation": correlation_id(),
        },
    )


def cancel_due(session: Session, key: str) -> None:
    """Nothing will happen for `key`, if it has not already."""
    session.execute(_CANCEL, {"key": key})


def fire_due(session: Session) -> int:
    """Record what is due; how many rows were settled. The caller commits. Safe for any number of relays at once."""
    rows = session.execute(_CLAIM).all()
    for row in rows:
        if not row.too_late:
            with correlated(row.correlation):
                record_own(session, row.name, row.payload, key=f"due:{row.key}")
        session.execute(_SETTLE, {"state": "missed" if row.too_late else "fired", "key": row.key})
    return len(rows)

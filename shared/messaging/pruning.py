"""What is settled is kept for a while, to be looked at, and then deleted, a thousand rows at a time.

Watermarks are never pruned: that an event has been heard is known for ever.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

_OLD = {
    "outbox": "acked_at < now() - interval '7 days'",
    "inbox": "state = 'done' AND handled_at < now() - interval '30 days'",
    "due": "state <> 'scheduled' AND due_at < now() - interval '30 days'",
    "aside": "last_at < now() - interval '30 days'",
    "process": "seen_at < now() - interval '1 day'",
    "sample": "at < now() - interval '49 hours'",
    "incident": "closed_at < now() - interval '90 days'",
}
_DELETE = [
    text(f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {old} LIMIT 1000)")  # noqa: S608 (constants)
    for table, old in _OLD.items()
]


def prune(sessions: sessionmaker[Session]) -> None:
    """Delete the oldest of what nobody needs any more."""
    for statement in _DELETE:
        with sessions.begin() as session:
            session.execute(statement)

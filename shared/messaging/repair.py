"""What a person may do about events that are kept with an error: have them tried again now, or give them up.

By rows only, so that it cannot race with what is on the wire. Who did it and why is the caller's to write down.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.messaging import ledger
from shared.messaging.envelope import Key
from shared.messaging.waking import wake_after_commit

FAILED = "(state IN ('failed', 'dead') OR state = 'begun' AND error IS NOT NULL)"
"""Kept with an error, one that is being tried once more in this moment among them."""
_RETRY = text(f"""
    UPDATE inbox SET state = 'failed', attempts = 0, deaths = 0, next_at = now()
    WHERE {FAILED} AND (CAST(:events AS uuid[]) IS NULL OR event_id = ANY(:events))
    RETURNING event_id
""")  # noqa: S608 (a constant)
_WHERE = text(f"SELECT source, stream, key, key_seq FROM inbox WHERE event_id = :event_id AND {FAILED}")  # noqa: S608
_DISCARD = text(f"""
    UPDATE inbox SET state = 'discarded', handled_at = now(), next_at = NULL
    WHERE event_id = :event_id AND {FAILED}
    RETURNING key_seq
""")  # noqa: S608
_SUCCESSOR = text("""
    UPDATE inbox SET next_at = now() WHERE source = :source AND stream = :stream AND key = :key AND key_seq = :seq
""")


def retry_now(session: Session, events: Sequence[UUID] | None) -> int:
    """Have kept events (None: all that have failed) handled at once, their attempts counted anew; how many there are."""
    tried = len(session.execute(_RETRY, {"events": None if events is None else list(events)}).all())
    wake_after_commit(session)
    return tried


def discard(session: Session, event_id: UUID) -> bool:
    """Give an event up: it has no effect here, and those behind it go on. False if it is not kept with an error (any more).

    It waits for an attempt that is being made. Raises DBAPIError when that takes too long.
    """
    found = session.execute(_WHERE, {"event_id": event_id}).first()
    if found is None:
        return False
    key = Key(found.source, found.stream, found.key)
    mark = ledger.lock(session, [key])[key]
    if session.execute(_DISCARD, {"event_id": event_id}).one_or_none() is None:
        return False
    if found.key_seq == mark.last_seq + 1:
        ledger.move(session, key, found.key_seq)
        session.execute(_SUCCESSOR, key._asdict() | {"seq": found.key_seq + 1})
    wake_after_commit(session)
    return True

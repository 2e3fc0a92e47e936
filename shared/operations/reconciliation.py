"""What was said and what was heard: numbers, watermarks, holes, the last comparison of both sides' books, and Redis' wipes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from shared.messaging.reconciling import verify_now
from shared.messaging.waking import wake_after_commit
from shared.operations.audit import note

_STREAM = text("SELECT id, started_at, compared_at FROM stream")
_SAID = text("""
    SELECT subscriber AS peer, count(*) AS keys, sum(last_seq)::bigint AS events,
        (SELECT count(*) FROM outbox WHERE outbox.subscriber = k.subscriber AND acked_at IS NULL) AS unacknowledged
    FROM outbox_key AS k GROUP BY subscriber ORDER BY subscriber
""")
_HEARD = text("""
    SELECT source AS peer, stream, count(*) AS keys, sum(last_seq)::bigint AS events, count(*) FILTER (WHERE held) AS held
    FROM inbox_key GROUP BY source, stream ORDER BY source, stream
""")
_COMPARISONS = text("SELECT peer, role, at, keys, missing, beyond FROM comparison")
_HAPPENED = text("""
    SELECT at, action, target, detail FROM audit WHERE action IN ('redis.wiped', 'stream.new', 'events.gone', 'stream.verify')
    ORDER BY at DESC LIMIT 20
""")
_HEALED = text("""
    SELECT (SELECT max(acked_at) FROM outbox WHERE acked_at > :at AND occurred_at <= :at) AS healed_at,
        EXISTS (SELECT 1 FROM outbox WHERE acked_at IS NULL AND occurred_at <= :at) AS still
""")


@dataclass(frozen=True)
class Wipe:
    """Redis was found empty, and what was on its way was sent again."""

    at: datetime
    events: int
    healed_at: datetime | None
    """When the last of them was acknowledged; None: not all are."""


@dataclass(frozen=True)
class Books:
    """Both sides of a service's messaging."""

    stream: UUID
    started_at: datetime
    compared_at: datetime | None
    said: Sequence[Row[Any]]
    heard: Sequence[Row[Any]]
    compared: dict[tuple[str, str], Row[Any]]
    """(peer, "saying" or "hearing") -> what the last comparison found."""
    wipe: Wipe | None
    happened: Sequence[Row[Any]]


def read_books(session: Session) -> Books:
    """Counts every key: for a page that is asked for, not for a panel."""
    stream = session.execute(_STREAM).one()
    happened = session.execute(_HAPPENED).all()
    return Books(
        stream=stream.id,
        started_at=stream.started_at,
        compared_at=stream.compared_at,
        said=session.execute(_SAID).all(),
        heard=session.execute(_HEARD).all(),
        compared={(row.peer, row.role): row for row in session.execute(_COMPARISONS)},
        wipe=_wipe(session, next((row for row in happened if row.action == "redis.wiped"), None)),
        happened=happened,
    )


def verify(session: Session, actor: str) -> None:
    """Have the relay compare our books with every listener's at once; what differs is mended and shown."""
    verify_now(session)
    wake_after_commit(session)
    note(session, actor, "stream.verify", "all", {})


def _wipe(session: Session, row: Row[Any] | None) -> Wipe | None:
    if row is None:
        return None
    healed = session.execute(_HEALED, {"at": row.at}).one()
    return Wipe(row.at, row.detail.get("events", 0), None if healed.still else healed.healed_at)

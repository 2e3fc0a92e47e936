"""The teller's books: what it has numbered, and how it mends them after its database was restored from an older backup.

Numbers are given per stream, and a restored database would give some of them a second time. A new stream numbers anew what is
not acknowledged; a listener that has heard an event under its old number knows it by its id.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import new_id
from shared.messaging.waking import wake_after_commit
from shared.observability import log

_log = log(__name__)

PAGE = 500
Span = tuple[str, int, int]
"""A key's numbers from, to."""

_NOBODY_RECORDS = text("LOCK TABLE outbox_key IN EXCLUSIVE MODE")
_NEW_ID = text(
    "UPDATE stream SET id = :new, started_at = now(), compared_at = NULL"
    " WHERE CAST(:old AS uuid) IS NULL OR id = :old RETURNING id"
)
_FORGET_NUMBERS = text("DELETE FROM outbox_key")
_RENUMBER = text("""
    UPDATE outbox SET stream = :new, key_seq = numbered.seq, next_at = now(), sends = 0
    FROM (
        SELECT id, row_number() OVER (PARTITION BY subscriber, key ORDER BY id) AS seq FROM outbox WHERE acked_at IS NULL
    ) AS numbered WHERE outbox.id = numbered.id
""")
_REMEMBER_NUMBERS = text("""
    INSERT INTO outbox_key (subscriber, key, last_seq)
    SELECT subscriber, key, max(key_seq) FROM outbox WHERE stream = :new GROUP BY subscriber, key
""")
_NOTE = text("""
    INSERT INTO audit (id, actor, action, target, detail, reason)
    VALUES (:id, 'messaging', 'stream.new', :new, jsonb_build_object('renumbered', CAST(:renumbered AS integer)), :reason)
""")
_CURRENT = text("SELECT id FROM stream")
_REOPEN = text("""
    WITH span AS (
        SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[]))
            AS span (key, first, last)
    ), again AS (
        UPDATE outbox SET acked_at = NULL, next_at = now() FROM span
        WHERE outbox.stream = :stream AND outbox.subscriber = :subscriber
          AND outbox.key = span.key AND outbox.key_seq BETWEEN span.first AND span.last
        RETURNING outbox.key, outbox.key_seq
    )
    SELECT span.key, span.first, span.last, count(again.key_seq) AS found, min(again.key_seq) AS from_seq
    FROM span LEFT JOIN again ON again.key = span.key AND again.key_seq BETWEEN span.first AND span.last
    GROUP BY span.key, span.first, span.last
""")
_PAGE_OF_BOOKS = text("""
    SELECT key, last_seq, COALESCE((
        SELECT min(key_seq) - 1 FROM outbox, stream WHERE outbox.stream = stream.id AND outbox.subscriber = outbox_key.subscriber
        AND outbox.key = outbox_key.key AND acked_at IS NULL), last_seq) AS known
    FROM outbox_key WHERE subscriber = :subscriber AND key > :after ORDER BY key LIMIT :page
""")
_NUMBERED = text("SELECT key, last_seq FROM outbox_key WHERE subscriber = :subscriber AND key = ANY(:keys)")


def current_stream(session: Session) -> UUID:
    """The life that this database is in."""
    return UUID(str(session.execute(_CURRENT).scalar_one()))


def new_stream(session: Session, reason: str, *, instead_of: UUID | None = None) -> UUID | None:
    """Number anew all that is not acknowledged, and all that comes. None if `instead_of` is not the current stream any more."""
    session.execute(_NOBODY_RECORDS)
    new = new_id()
    if session.execute(_NEW_ID, {"new": new, "old": instead_of}).one_or_none() is None:
        return None
    session.execute(_FORGET_NUMBERS)
    renumbered = session.execute(_RENUMBER, {"new": new}).rowcount  # type: ignore[attr-defined]
    session.execute(_REMEMBER_NUMBERS, {"new": new})
    session.execute(_NOTE, {"id": new_id(), "new": str(new), "renumbered": renumbered, "reason": reason})
    _log.error("new_stream", stream=str(new), renumbered=renumbered, reason=reason)
    wake_after_commit(session)
    return new


def send_missing(session: Session, subscriber: str, stream: UUID, spans: Sequence[Span]) -> list[Span]:
    """Have sent again what a subscriber says it has not got, acknowledged or not. Returns what is not here (any more)."""
    values = {"keys": [s[0] for s in spans], "firsts": [s[1] for s in spans], "lasts": [s[2] for s in spans]}
    rows = session.execute(_REOPEN, values | {"stream": stream, "subscriber": subscriber}).all()
    wake_after_commit(session)
    # What is left of a span is its end: rows are deleted oldest first.
    return [
        (row.key, row.first, row.last if not row.found else row.from_seq - 1) for row in rows if row.found <= row.last - row.first
    ]


def books(session: Session, subscriber: str) -> Iterator[list[tuple[str, int, int]]]:
    """Pages of what has been said to a subscriber: key, how far it is acknowledged, how far it is numbered."""
    after = ""
    while rows := session.execute(_PAGE_OF_BOOKS, {"subscriber": subscriber, "after": after, "page": PAGE}).all():
        yield [(row.key, row.known, row.last_seq) for row in rows]
        after = rows[-1].key


def really_beyond(session: Session, subscriber: str, heard: Sequence[tuple[str, int]]) -> int:
    """How many of these keys a subscriber has truly heard more of than has ever been said: others may have moved meanwhile."""
    rows = session.execute(_NUMBERED, {"subscriber": subscriber, "keys": [key for key, _ in heard]})
    said = {row.key: row.last_seq for row in rows}
    return sum(last > said.get(key, 0) for key, last in heard)

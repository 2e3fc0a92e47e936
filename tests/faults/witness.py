"""A witness in every worker: each event that is handled is written down in the transaction of its effects, in order.

``python -m tests.faults.witness SERVICE worker`` is a service's worker with it; `account` compares what was seen and said.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.envelope import Envelope
from shared.messaging.handling import Handling

TABLE = """
    CREATE TABLE IF NOT EXISTS witness (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text, stream uuid, key text, seq bigint, event_id uuid)
"""
_WRITE = text("INSERT INTO witness (source, stream, key, seq, event_id) VALUES (:source, :stream, :key, :seq, :id)")
_FAR = text("""
    SELECT (SELECT COALESCE(max(id), 0) FROM outbox) AS said, (SELECT COALESCE(max(n), 0) FROM witness) AS seen,
        ARRAY(SELECT event_id FROM inbox WHERE state NOT IN ('done', 'discarded')) AS kept
""")
_SAID = text("SELECT subscriber, event_id FROM outbox WHERE acked_at IS NOT NULL AND id > :said")
_SEEN = text("SELECT event_id FROM witness")
_WRONG = text("""
    SELECT count(*) FILTER (WHERE time > 1) AS doubled, count(*) FILTER (WHERE seq <= before) AS misplaced FROM (
        SELECT n, seq, lag(seq) OVER (PARTITION BY source, stream, key ORDER BY n) AS before,
            row_number() OVER (PARTITION BY event_id ORDER BY n) AS time
        FROM witness) AS step
    WHERE n > :seen
""")


Sessions = Callable[[str], sessionmaker[Session]]
"""On the database of the service of a name."""


@dataclass(frozen=True)
class Mark:
    """How far a service had come: what it has said and handled by then is not counted again."""

    said: int = 0
    seen: int = 0
    kept: tuple[UUID, ...] = ()
    """Heard, and not settled."""


def mark(name: str, sessions: Sessions) -> Mark:
    """How far a service has come."""
    with sessions(name)() as session:
        row = session.execute(_FAR).one()
    return Mark(row.said, row.seen, tuple(row.kept))


@dataclass(frozen=True)
class Account:
    """What became of events."""

    events: int
    lost: int
    """Acknowledged, and without effect."""
    doubled: int
    misplaced: int
    """Handled after one that follows it."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.misplaced)


def account(sessions: Sessions, since: Mapping[str, Mark]) -> Account:
    """Of these services together, since their marks; everything is acknowledged and settled when this is asked."""
    said: dict[str, set[UUID]] = {name: set() for name in since}
    seen: dict[str, set[UUID]] = {}
    doubled = misplaced = 0
    for name, before in since.items():
        with sessions(name)() as session:
            for row in session.execute(_SAID, {"said": before.said}):
                said[row.subscriber].add(row.event_id)
            seen[name] = set(session.execute(_SEEN).scalars())
            wrong = session.execute(_WRONG, {"seen": before.seen}).one()
        doubled += wrong.doubled
        misplaced += wrong.misplaced
    lost = sum(len(said[name] - seen[name]) for name in since)
    return Account(events=sum(map(len, said.values())), lost=lost, doubled=doubled, misplaced=misplaced)


def bear_witness() -> None:
    """Have this process write down what it handles."""
    handle = Handling.handle

    def handle_and_tell(self: Handling, session: Session, envelope: Envelope) -> None:
        handle(self, session, envelope)
        values = {**envelope.place._asdict(), "seq": envelope.seq, "id": envelope.id}
        session.execute(_WRITE, values)

    place: Any = Handling
    place.handle = handle_and_tell


if __name__ == "__main__":
    from shared.commands import main

    bear_witness()
    main(import_module(f"services.{sys.argv.pop(1)}.service").SERVICE)

"""A witness in every worker: each event that is handled is written down in the transaction of its effects, in order.

``python -m tests.faults.witness SERVICE worker`` is a service's worker with it; `account` compares what was seen and said.
"""

import sys
from collections import Counter
from collections.abc import Callable
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
_SAID = text("SELECT subscriber, event_id FROM outbox WHERE acked_at IS NOT NULL")
_SEEN = text("SELECT event_id FROM witness")
_MISPLACED = text("""
    SELECT count(*) FROM (SELECT seq, lag(seq) OVER (PARTITION BY source, stream, key ORDER BY n) AS before FROM witness) AS step
    WHERE seq <= before
""")


@dataclass(frozen=True)
class Account:
    """What became of all events since the site was started."""

    events: int
    lost: int
    """Acknowledged, and without effect."""
    doubled: int
    misplaced: int
    """Handled after one that follows it."""


def account(names: tuple[str, ...], sessions: Callable[[str], sessionmaker[Session]]) -> Account:
    """Of all services together; everything is acknowledged and settled when this is asked."""
    said: dict[str, set[UUID]] = {name: set() for name in names}
    seen: dict[str, Counter[UUID]] = {}
    misplaced = 0
    for name in names:
        with sessions(name)() as session:
            for row in session.execute(_SAID):
                said[row.subscriber].add(row.event_id)
            seen[name] = Counter(session.execute(_SEEN).scalars())
            misplaced += session.execute(_MISPLACED).scalar_one()
    return Account(
        events=sum(map(len, said.values())),
        lost=sum(len(said[name] - seen[name].keys()) for name in names),
        doubled=sum(count - 1 for name in names for count in seen[name].values()),
        misplaced=misplaced,
    )


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

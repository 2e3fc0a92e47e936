"""What a test's actions have said."""

from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events import Event

E = TypeVar("E", bound=Event)


def recorded(session: Session, kind: type[E], *, subscriber: str | None = None) -> list[E]:
    """The events of `kind` in the outbox, in order, each once (or as one `subscriber` gets them)."""
    rows = session.execute(
        text("""
            SELECT DISTINCT ON (min(id) OVER (PARTITION BY event_id)) payload FROM outbox
            WHERE name = :name AND (CAST(:subscriber AS text) IS NULL OR subscriber = :subscriber)
            ORDER BY min(id) OVER (PARTITION BY event_id)
        """),
        {"name": kind.name, "subscriber": subscriber},
    )
    return [kind.model_validate(row.payload) for row in rows]

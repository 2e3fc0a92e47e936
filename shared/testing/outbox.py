"""What a test's actions have said."""

from typing import TypeVar

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events import Event

E = TypeVar("E", bound=Event)


def recorded(session: Session, kind: type[E], *, subscriber: str | None = None) -> list[E]:
    """The events of `kind` in the outbox or on their way to it, in order, each once (or as one `subscriber` gets them)."""
    rows = session.scalars(
        text("""
            SELECT DISTINCT ON (min(id) OVER (PARTITION BY event_id)) payload FROM outbox
            WHERE name = :name AND (CAST(:subscriber AS text) IS NULL OR subscriber = :subscriber)
            ORDER BY min(id) OVER (PARTITION BY event_id)
        """),
        {"name": kind.name, "subscriber": subscriber},
    ).all()
    noted = [
        orjson.loads(orjson.dumps(said["payload"]))
        for said, _ in session.info.get("recorded", ())
        if said["name"] == kind.name and subscriber in (None, *said["subscribers"])
    ]
    return [kind.model_validate(payload) for payload in (*rows, *noted)]

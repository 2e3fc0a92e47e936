"""Failed handlings, grouped by error and place: list them, try again or discard one, a selection or a group.

All by rows; each act stands in the audit log with its reason.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.messaging import repair
from shared.operations.audit import note

MOST = 1000
"""Events that one act concerns: what is more is said, and takes another."""

_GROUPS = text(f"""
    SELECT md5(coalesce(place, '')) AS id, coalesce(place, '') AS place, count(*) AS number,
        count(*) FILTER (WHERE state = 'dead') AS parked, min(received_at) AS first_at, max(received_at) AS last_at,
        array_agg(DISTINCT name) AS names, (array_agg(error ORDER BY received_at DESC))[1] AS error
    FROM inbox WHERE {repair.FAILED} GROUP BY place ORDER BY max(received_at) DESC LIMIT 100
""")  # noqa: S608 (constants)
_CHOSEN = f"""
    {repair.FAILED} AND (CAST(:group AS text) = '' OR md5(coalesce(place, '')) = :group)
    AND (CAST(:events AS uuid[]) IS NULL OR event_id = ANY(:events))
"""
_COUNT = text(f"SELECT count(*) FROM inbox WHERE {_CHOSEN}")  # noqa: S608 (constants)
_IDS = text(f"SELECT event_id FROM inbox WHERE {_CHOSEN} ORDER BY received_at LIMIT :most")  # noqa: S608
_LIST = text(f"""
    SELECT event_id, source, name, key, state, attempts, next_at, received_at, correlation, error, traceback, payload,
        (SELECT count(*) FROM inbox AS behind
         WHERE (behind.source, behind.stream, behind.key) = (inbox.source, inbox.stream, inbox.key)
         AND behind.state = 'waiting') AS behind
    FROM inbox WHERE {_CHOSEN} ORDER BY received_at DESC LIMIT :limit OFFSET :offset
""")  # noqa: S608
_ASIDE = text("""
    SELECT queue, reason, size, times, first_at, last_at FROM aside ORDER BY last_at DESC LIMIT 20
""")


@dataclass(frozen=True)
class Choice:
    """Which failures an act or a list is about: all, a group's, or some by their ids."""

    group: str = ""
    events: Sequence[UUID] | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {"group": self.group, "events": None if self.events is None else list(self.events)}

    def __str__(self) -> str:
        """For the audit log."""
        return f"group:{self.group}" if self.group else "all" if self.events is None else ",".join(map(str, self.events))[:400]


@dataclass(frozen=True)
class Group:
    """Failures with the same class of error in the same function of ours: most likely one cause."""

    id: str
    place: str
    number: int
    parked: int
    first_at: datetime
    last_at: datetime
    names: list[str]
    error: str
    """The latest."""


@dataclass(frozen=True)
class Failure:
    """One event that a handler could not take."""

    event_id: UUID
    source: str
    name: str
    key: str
    state: str
    attempts: int
    next_at: datetime | None
    received_at: datetime
    correlation: UUID
    error: str
    traceback: str
    arguments: str
    """The event's fields as JSON, personal data masked."""
    behind: int
    """Later events of the same key that wait for this one."""


def list_groups(session: Session) -> list[Group]:
    """Those with the newest failure first."""
    return [
        Group(row.id, row.place, row.number, row.parked, row.first_at, row.last_at, row.names, row.error or "")
        for row in session.execute(_GROUPS)
    ]


def count_failures(session: Session, choice: Choice = Choice()) -> int:
    """How many there are."""
    return int(session.execute(_COUNT, choice.values).scalar_one())


def list_failures(session: Session, choice: Choice = Choice(), *, limit: int, offset: int = 0) -> list[Failure]:
    """Newest first."""
    return [
        Failure(
            event_id=row.event_id,
            source=row.source,
            name=row.name,
            key=row.key,
            state=row.state,
            attempts=row.attempts,
            next_at=row.next_at,
            received_at=row.received_at,
            correlation=row.correlation,
            error=row.error or "",
            traceback=row.traceback or "",
            arguments=orjson.dumps(masked(row.payload), option=orjson.OPT_INDENT_2).decode(),
            behind=row.behind,
        )
        for row in session.execute(_LIST, choice.values | {"limit": limit, "offset": offset})
    ]


def list_aside(session: Session) -> Sequence[Any]:
    """Messages that were no events of ours, the latest first: what they hold may be anything, so only their outside is shown."""
    return session.execute(_ASIDE).all()


def retry(session: Session, choice: Choice, *, actor: str, reason: str) -> int:
    """Have these handled again at once, their attempts counted anew; how many there were."""
    events = session.scalars(_IDS, choice.values | {"most": MOST}).all()
    tried = repair.retry_now(session, events) if events else 0
    if tried:
        note(session, actor, "retry", str(choice), {"events": tried}, reason)
    return tried


def discard(session: Session, choice: Choice, *, actor: str, reason: str) -> int:
    """Give these up: they will have no effect here, and those that waited behind them go on; how many there were."""
    events = session.scalars(_IDS, choice.values | {"most": MOST}).all()
    given_up = sum(repair.discard(session, event_id) for event_id in events)
    if given_up:
        note(session, actor, "discard", str(choice), {"events": given_up}, reason)
    return given_up


_HARMLESS = re.compile(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[\d:.+Z-]+|[a-z_]{1,20}")


def masked(value: Any) -> Any:
    """The same structure with every text hidden but ids, moments and single lower-case words (states, kinds, languages)."""
    if isinstance(value, dict):
        return {name: masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    if isinstance(value, str) and value and not _HARMLESS.fullmatch(value):
        return "…"
    return value

"""What should have happened and has not: each service's own expectations, and that due work is done when it is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.operations.hooks import Overdue
from shared.service import Service

MOST = 20
"""Of each expectation."""

_DUE = text("""
    SELECT correlation, due_at FROM due WHERE state = 'scheduled' AND due_at < CAST(:now AS timestamptz) - interval '2 minutes'
    ORDER BY due_at LIMIT :most
""")
_UNSETTLED = text("""
    SELECT correlation, received_at FROM inbox
    WHERE state IN ('waiting', 'begun', 'failed', 'dead') AND name = :name AND received_at < :before
    AND NOT EXISTS (SELECT 1 FROM halt WHERE halt.subscriber = :service)
    ORDER BY received_at LIMIT :most
""")


def overdue(session: Session, service: Service, now: datetime) -> dict[str, Sequence[Overdue]]:
    """Name of the expectation -> what is late, the oldest first; a statement each."""
    return {each.name: each.overdue(session, now, MOST) for each in service.hooks.expectations}


def late_work(session: Session, now: datetime, most: int) -> list[Overdue]:
    """Due work that nobody has fired. For a service's expectations."""
    rows: Sequence[Any] = session.execute(_DUE, {"now": now, "most": most}).all()
    return [Overdue(row.correlation, row.due_at) for row in rows]


def unsettled(session: Session, service: str, name: str, before: datetime, most: int) -> list[Overdue]:
    """Events of a name that were heard and not understood, unless a person has stopped the service. For its expectations."""
    rows = session.execute(_UNSETTLED, {"service": service, "name": name, "before": before, "most": most})
    return [Overdue(row.correlation, row.received_at) for row in rows]


def by_expectation(service: Service, late: Mapping[str, Sequence[Overdue]]) -> list[tuple[str, Sequence[Overdue]]]:
    """(What is missing, in Swedish; what is late), those apart of which nothing is."""
    return [(each.text, late[each.name]) for each in service.hooks.expectations if late.get(each.name)]

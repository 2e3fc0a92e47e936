"""What became of something: the service's own part of a timeline, from its outbox, inbox and due work and what it adds itself.

Who looks somebody up is written down in the same transaction; the address itself is not.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from shared.events import SUBSCRIPTIONS
from shared.i18n import _, duration
from shared.operations.audit import note
from shared.operations.hooks import Clues, Level, Step
from shared.service import Service

MOST = 200
"""Steps of each kind: what is older is left out."""
MOST_IDS = 60
"""More than fit in an address."""
_NOUNS = ("registration", "person", "activity", "project", "organisation", "survey", "mailing", "staff")
"""What keys of events are called: "registration:<id>"."""

# Found by their indices: the first by correlation, the second by key (PostgreSQL 18 skips over the few sources and streams).
_OUTBOX = text("""
    SELECT subscriber, key, name, correlation, occurred_at, sent_at, sends, acked_at FROM outbox
    WHERE id IN (
        SELECT id FROM outbox WHERE correlation = ANY(:ids)
        UNION SELECT id FROM outbox
        WHERE stream IN (SELECT id FROM stream) AND subscriber = ANY(:services) AND key = ANY(:keys))
    ORDER BY occurred_at DESC LIMIT :most
""")
_INBOX = text("""
    SELECT source, key, name, correlation, state, attempts, error, received_at, handled_at, occurred_at,
        md5(coalesce(place, '')) AS failure
    FROM inbox
    WHERE correlation = ANY(:ids) OR source = ANY(:services) AND key = ANY(:keys)
    ORDER BY received_at DESC LIMIT :most
""")
_DUE = text("""
    SELECT key, name, correlation, state, due_at, fired_at FROM due WHERE correlation = ANY(:ids) OR key = ANY(:keys)
    ORDER BY due_at DESC LIMIT :most
""")
_SERVICES = sorted({"catalog", *(name for names in SUBSCRIPTIONS.values() for name in names)})


def find(session: Session, service: Service, clues: Clues) -> Clues:
    """The clues, with all that this service knows to belong to them."""
    return service.hooks.follow(session, clues) if service.hooks.follow else clues


def trace(session: Session, service: Service, clues: Clues) -> list[Step]:
    """The service's part, in order of time. `clues` are those that `find` answered."""
    keys = sorted(clues.keys | {f"{noun}:{each}" for noun in _NOUNS for each in clues.ids})
    values = {"ids": sorted(clues.ids), "keys": keys, "services": _SERVICES, "most": MOST}
    steps = [
        *(_said(row) for row in session.execute(_OUTBOX, values)),
        *(_heard(row, service.name) for row in session.execute(_INBOX, values)),
        *(_planned(row) for row in session.execute(_DUE, values)),
        *(service.hooks.steps(session, clues) if service.hooks.steps else ()),
    ]
    return sorted(steps, key=lambda step: step.at)


def note_reading(session: Session, actor: UUID, asked: Clues, found: Clues) -> None:
    """Write down who looked what up: ids, and of an address only its hash."""
    hashed = hashlib.sha256(asked.address.encode()).hexdigest()[:16] if asked.address else ""
    ids = [str(each) for each in sorted(found.ids)[:MOST_IDS]]
    note(session, str(actor), "timeline.read", f"address:{hashed}" if hashed else "ids", {"ids": ids})


def _said(row: Row[Any]) -> Step:
    what = _("{event} sades till {subscriber}").format(event=row.name, subscriber=row.subscriber)
    level: Level = "warning"
    if row.acked_at:
        detail, level = _("kvitterades efter {time}").format(time=_span(row.occurred_at, row.acked_at)), "success"
    elif row.sent_at:
        detail = _("skickad {count} gånger, inte kvitterad").format(count=row.sends)
    else:
        detail = _("inte skickad än")
    return Step(row.occurred_at, what, f"{row.key}, {detail}", level, row.correlation, stuck=not row.acked_at)


def _heard(row: Row[Any], service: str) -> Step:
    what = _("{event} från {source}").format(event=row.name, source=row.source)
    if row.state == "done":
        how = _("hanterades {time} efter att det hände").format(time=_span(row.occurred_at, row.handled_at))
        tries = _(", efter {count} försök").format(count=row.attempts) if row.attempts > 1 else ""
        return Step(row.handled_at, what, f"{row.key}, {how}{tries}", "success", row.correlation)
    failed = row.state in {"failed", "dead"}
    link = f"/drift/{service}/fel/{row.failure}" if failed else ""
    level = _LEVELS.get(row.state, "neutral")
    return Step(row.received_at, what, f"{row.key}, {_state(row)}", level, row.correlation, link, stuck=failed)


_LEVELS: dict[str, Level] = {"failed": "warning", "dead": "danger", "waiting": "info", "begun": "info"}


def _state(row: Row[Any]) -> str:
    match row.state:
        case "failed":
            return _("misslyckades {count} gånger och görs om: {error}").format(count=row.attempts, error=row.error)
        case "dead":
            return _("parkerad efter {count} försök: {error}").format(count=row.attempts, error=row.error)
        case "discarded":
            return _("kastades av driften: {error}").format(error=row.error)
        case "begun":
            return _("hanteras just nu")
        case _:
            return _("väntar på en tidigare händelse med samma nyckel")


def _planned(row: Row[Any]) -> Step:
    states: dict[str, tuple[str, Level]] = {
        "scheduled": (_("planerat"), "info"),
        "fired": (_("utfört"), "success"),
        "missed": (_("missat: det hann bli för sent"), "danger"),
    }
    state, level = states.get(row.state, (_("avbokat"), "neutral"))
    return Step(
        row.due_at,
        _("{event} planerades till nu").format(event=row.name),
        f"{row.key}, {state}",
        level,
        row.correlation,
        stuck=row.state == "missed",
    )


def _span(start: datetime, end: datetime) -> str:
    """Milliseconds as long as they say something."""
    span = max(end - start, timedelta())
    return f"{round(span.total_seconds() * 1000)} ms" if span < timedelta(seconds=2) else duration(span)

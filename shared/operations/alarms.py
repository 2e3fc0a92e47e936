"""Alarms: told once when something begins to be wrong, and once when it is over, by mail and to a webhook.

Which conditions hold is a pure function of the state; what is open stands in `incident`. The mail goes as an event to
notifications; the webhook is called by whoever watches, so that an alarm about workers, Redis or mail does not depend on them.
"""

import urllib.request
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session, sessionmaker

from shared.database import new_id
from shared.events.operations import AlarmChanged, Words
from shared.i18n import N_, _, duration, in_language
from shared.messaging import record
from shared.observability import correlated, log
from shared.operations.hooks import Figure, Hooks, Overdue
from shared.operations.state import State
from shared.service import Service
from shared.settings import KernelSettings

_log = log(__name__)

CALM = timedelta(minutes=1)
"""How long something must be well before it is called over: what comes and goes is one incident."""
PATIENCE = 5.0
"""Seconds for the webhook to answer in."""

_OPEN = text("""
    INSERT INTO incident (id, what, detail) VALUES (:id, :what, CAST(:detail AS jsonb))
    ON CONFLICT (what) WHERE closed_at IS NULL DO UPDATE SET seen_at = now(), detail = EXCLUDED.detail
    RETURNING id, what, detail, opened_at, closed_at, xmax = 0 AS is_new
""")
_CLOSE = text("""
    UPDATE incident SET closed_at = now(), untold = true
    WHERE closed_at IS NULL AND what <> ALL(:whats) AND seen_at < now() - :calm
    RETURNING id, what, detail, opened_at, closed_at
""")
_UNTOLD = text("""
    SELECT id, what, detail, opened_at, closed_at FROM incident
    WHERE untold AND opened_at > now() - interval '1 day' ORDER BY opened_at LIMIT 20
""")
_TOLD = text("UPDATE incident SET untold = false WHERE id = :id AND closed_at IS NOT DISTINCT FROM :closed_at")
_RECENT = text("""
    SELECT id, what, detail, opened_at, closed_at FROM incident WHERE opened_at > now() - interval '7 days'
    ORDER BY opened_at DESC LIMIT 50
""")


@dataclass(frozen=True)
class Limits:
    """From when on something is an alarm."""

    old: timedelta
    rows: int

    @classmethod
    def of(cls, settings: KernelSettings) -> "Limits":
        """As the environment says."""
        return cls(timedelta(seconds=settings.alarm_old_seconds), settings.alarm_outbox_rows)


@dataclass(frozen=True)
class Incident:
    """Something that was, or is, wrong."""

    title: str
    opened_at: datetime
    closed_at: datetime | None


Conditions = Mapping[str, Mapping[str, Any]]
"""What is wrong -> what to say of it."""


def conditions(state: State, late: Mapping[str, Sequence[Overdue]], limits: Limits) -> dict[str, dict[str, Any]]:
    """All that is wrong enough to tell people who are not looking."""
    return dict(_conditions(state, late, limits))


def _conditions(state: State, late: Mapping[str, Sequence[Overdue]], limits: Limits) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("worker", "relay"):
        if not state.alive(kind):
            yield f"no_{kind}", {}
    if not state.redis_answers:
        yield "redis_away", {}
    if state.dead:
        yield "parked", {"count": state.dead}
    oldest = max([state.oldest_pending, *(queue.oldest for queue in state.queues if queue.oldest)])
    if oldest > limits.old and state.alive("worker"):  # without one nothing is heard, nor that others have heard
        yield "old", {"seconds": round(oldest.total_seconds())}
    pending = sum(outgoing.unsent + outgoing.unacknowledged for outgoing in state.outgoing)
    if pending > limits.rows:
        yield "outbox", {"count": pending}
    for figure in state.figures:
        if figure.level == "danger" and figure.value:
            yield f"figure:{figure.name}", {"count": figure.value}
    for name, overdue in late.items():
        if overdue:
            yield f"late:{name}", {"count": len(overdue), "since": overdue[0].since.isoformat()}


_WORDS = {
    "no_worker": (
        N_("Ingen arbetare svarar."),
        N_("Starta om processen {service}-worker. Det som väntar tas om hand när den är igång."),
    ),
    "no_relay": (
        N_("Ingen utskickare (relay) svarar."),
        N_("Starta om processen {service}-relay. Det som väntar skickas när den är igång."),
    ),
    "redis_away": (
        N_("Redis svarar inte."),
        N_("Starta om Redis. Ingenting har gått förlorat: det som väntar skickas när Redis är tillbaka."),
    ),
    "parked": (
        N_("Händelser har parkerats efter för många försök: {count}."),
        N_("Läs felet, rätta orsaken och försök igen från listan över fel."),
    ),
    "old": (
        N_("En händelse har väntat i {time}."),
        N_("Se i driften vilken tjänst som inte tar emot, och att dess arbetare svarar."),
    ),
    "outbox": (
        N_("Utkorgen växer: {count} händelser väntar."),
        N_("Se i driften vilken tjänst som inte tar emot. Starta fler arbetare om de inte hinner med."),
    ),
}


def words(what: str, detail: Mapping[str, Any], service: str, texts: Mapping[str, tuple[str, str]]) -> Words:
    """What is wrong and what to do, in the language of the moment. `texts` are those of the service's own (see `texts_of`)."""
    facts = {
        "service": service,
        "count": detail.get("count", 0),
        "time": duration(timedelta(seconds=detail.get("seconds", 0))),
    }
    if what in _WORDS:
        title, advice = (_(sentence).format(**facts) for sentence in _WORDS[what])
        return Words(title=title, advice=advice)
    title, advice = texts.get(what, (what, ""))
    return Words(title=f"{_(title)}: {facts['count']}.", advice=_(advice) if advice else "")


def texts_of(hooks: Hooks, figures: Sequence[Figure]) -> dict[str, tuple[str, str]]:
    """What a service's own conditions are called, and what to do about each."""
    follow = N_("Följ ett av dem i driften för att se var det stannade.")
    return {
        **{f"figure:{figure.name}": (figure.text, figure.advice) for figure in figures},
        **{f"late:{expectation.name}": (expectation.text, follow) for expectation in hooks.expectations},
    }


def update(session: Session, service: Service, state: State, holding: Conditions, certain: Container[str]) -> int:
    """Open what is new and `certain` (not a moment's matter), close what has been well for a while; how many changed.

    Each change is told once: as an event to notifications here, and to the webhook by `tell_webhook`.
    """
    texts = texts_of(service.hooks, state.figures)
    changed: list[tuple[Row[Any], Literal["raised", "over"]]] = []
    for what, detail in sorted(holding.items()):
        if what not in certain:
            continue
        row = session.execute(_OPEN, {"id": new_id(), "what": what, "detail": orjson.dumps(detail).decode()}).one()
        if row.is_new:
            changed.append((row, "raised"))
    closed = session.execute(_CLOSE, {"whats": sorted(holding), "calm": CALM})
    changed += [(row, "over") for row in closed]
    for row, turn in changed:
        with correlated():
            record(session, _event(row, turn, service, texts), key=f"incident:{row.id}")
        _log.warning("alarm", what=row.what, state=turn)
    return len(changed)


def tell_webhook(sessions: sessionmaker[Session], service: Service) -> None:
    """Tell of every incident whose last state has not been taken yet; what fails is tried again at the next turn."""
    url = service.settings.alarm_webhook
    if not url:
        return
    with sessions() as session:
        rows = session.execute(_UNTOLD).all()
        texts = _texts(session, service) if rows else {}
    for row in rows:
        event = _event(row, "over" if row.closed_at else "raised", service, texts)
        body = orjson.dumps({**event.model_dump(mode="json"), "console": f"{service.settings.public_url}/drift/{service.name}"})
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310 (settings say where)
                pass
        except (OSError, ValueError) as error:
            _log.warning("webhook_failed", error=type(error).__name__)
            return
        with sessions.begin() as session:
            session.execute(_TOLD, {"id": row.id, "closed_at": row.closed_at})


def recent_incidents(session: Session, service: Service) -> list[Incident]:
    """Those of the last week, the newest first."""
    texts = _texts(session, service)
    return [
        Incident(words(row.what, row.detail, service.name, texts).title, row.opened_at, row.closed_at)
        for row in session.execute(_RECENT)
    ]


def _texts(session: Session, service: Service) -> dict[str, tuple[str, str]]:
    return texts_of(service.hooks, service.hooks.figures(session) if service.hooks.figures else ())


def _event(
    row: Row[Any], turn: Literal["raised", "over"], service: Service, texts: Mapping[str, tuple[str, str]]
) -> AlarmChanged:
    said = {}
    for language in ("sv", "en"):
        with in_language(language):
            said[language] = words(row.what, row.detail, service.name, texts)
    return AlarmChanged(
        incident_id=UUID(str(row.id)),
        service=service.name,
        state=turn,
        sv=said["sv"],
        en=said["en"],
        since=row.opened_at,
        over_at=row.closed_at,
    )

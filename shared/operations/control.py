"""Stop the line and start it again: a subscriber's stream, the queue, whatever a service can stop itself, a worker. All noted."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.errors import DomainError, NotFound
from shared.messaging import halts
from shared.operations.audit import note
from shared.operations.hooks import Switch
from shared.operations.state import subscribers_of
from shared.service import Service

_DRAIN = text("UPDATE process SET leaving = true WHERE name = :name AND kind = 'worker' AND NOT leaving RETURNING name")


class AlreadySo(DomainError):
    """Det är redan gjort, av dig eller någon annan. Ladda om sidan för att se hur det är nu."""


def stop_stream(session: Session, service: Service, subscriber: str, *, actor: str, reason: str) -> None:
    """Send nothing more to a subscriber: its events wait in the outbox. Raises `NotFound`, `AlreadySo`."""
    if subscriber not in subscribers_of(service.name):
        raise NotFound
    if not halts.halt(session, subscriber, actor=actor, reason=reason):
        raise AlreadySo
    note(session, actor, "stream.stop", subscriber, {}, reason)


def start_stream(session: Session, service: Service, subscriber: str, *, actor: str) -> None:
    """Send what has waited, in order. Raises `NotFound`, `AlreadySo`."""
    if subscriber not in subscribers_of(service.name):
        raise NotFound
    if not halts.resume(session, subscriber):
        raise AlreadySo
    note(session, actor, "stream.start", subscriber, {})


def stop_queue(session: Session, service: Service, queue: str, *, actor: str, reason: str) -> None:
    """Handle nothing more of what is heard: it is kept and waits. Raises `NotFound`, `AlreadySo`."""
    if queue != service.queue:
        raise NotFound
    if not halts.halt(session, halts.INBOX, actor=actor, reason=reason):
        raise AlreadySo
    note(session, actor, "queue.stop", queue, {}, reason)


def start_queue(session: Session, service: Service, queue: str, *, actor: str) -> None:
    """Handle what has waited, in order. Raises `NotFound`, `AlreadySo`."""
    if queue != service.queue:
        raise NotFound
    if not halts.resume(session, halts.INBOX):
        raise AlreadySo
    note(session, actor, "queue.start", queue, {})


def switches(session: Session, service: Service) -> list[Switch]:
    """What the service can stop itself."""
    return list(service.hooks.switches.every(session)) if service.hooks.switches else []


def stop_switch(session: Session, service: Service, name: str, *, actor: str, reason: str) -> None:
    """Stop one of them. Raises `NotFound`."""
    if service.hooks.switches is None:
        raise NotFound
    service.hooks.switches.stop(session, name, reason)
    note(session, actor, "switch.stop", name, {}, reason)


def start_switch(session: Session, service: Service, name: str, *, actor: str) -> None:
    """Start it again. Raises `NotFound`."""
    if service.hooks.switches is None:
        raise NotFound
    service.hooks.switches.start(session, name)
    note(session, actor, "switch.start", name, {})


def drain(session: Session, worker: str, *, actor: str) -> None:
    """Have a worker finish what it has in hand and end; its supervisor starts a new one. It reads this within ten seconds.

    Raises `AlreadySo`.
    """
    if session.execute(_DRAIN, {"name": worker}).one_or_none() is None:
        raise AlreadySo
    note(session, actor, "worker.drain", worker, {})

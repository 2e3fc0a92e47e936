"""What registration says of a registration: always with all its seats, so that a reader needs nothing else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from services.registration.models import Organisation, Registration, Seat
from shared.events.registration import ChangeReason, Person, RegistrationChanged, RegistrationReceived, SeatFact
from shared.messaging import record

_MODES: dict[str, Literal["on_site", "online"]] = {"on_site": "on_site", "online": "online"}


@dataclass(frozen=True)
class Change:
    """Why a registration changed, and which of its seats."""

    reason: ChangeReason
    seats: Collection[UUID]


def key_of(registration_id: UUID) -> str:
    """The aggregate whose events stay in order."""
    return f"registration:{registration_id}"


def lock_registrations(session: Session, ids: Iterable[UUID]) -> dict[UUID, Registration]:
    """Registrations with person and seats, freshly read and locked in ascending order (after the offerings, never before)."""
    session.flush()
    query = (
        select(Registration)
        .where(Registration.id.in_(set(ids)))
        .order_by(Registration.id)
        .with_for_update(of=Registration, key_share=True)
        .options(joinedload(Registration.person, innerjoin=True), selectinload(Registration.seats))
        .execution_options(populate_existing=True)
    )
    return {registration.id: registration for registration in session.scalars(query)}


def tell_changes(session: Session, changes: Mapping[UUID, Change], now: datetime) -> None:
    """Record one event per changed registration, each with its next revision."""
    registrations = lock_registrations(session, changes)
    titles = _titles(session, registrations.values())
    places = queue_places(session, [seat for registration in registrations.values() for seat in registration.seats])
    for registration_id, registration in registrations.items():
        registration.revision += 1
        change = changes[registration_id]
        event = RegistrationChanged(
            registration_id=registration.id,
            revision=registration.revision,
            reason=change.reason,
            project_id=registration.project_id,
            person=person_fact(registration),
            organisation_id=registration.organisation_id,
            organisation=titles.get(registration.organisation_id, ""),
            language=registration.language,
            sealed_link=registration.sealed_link,
            seats=seat_facts(registration.seats, places),
            changed_seats=tuple(sorted(change.seats)),
            changed_at=now,
        )
        record(session, event, key=key_of(registration.id))


def tell_received_again(session: Session, registration: Registration, invitation: str | None, now: datetime) -> None:
    """Record that another form was received for a registration that is there (and locked), with its next revision."""
    session.flush()
    registration.revision += 1
    registration.confirmed_at = now
    event = RegistrationReceived(
        registration_id=registration.id,
        revision=registration.revision,
        project_id=registration.project_id,
        person=person_fact(registration),
        organisation_id=registration.organisation_id,
        organisation=_titles(session, [registration]).get(registration.organisation_id, ""),
        language=registration.language,
        sealed_link=registration.sealed_link,
        seats=seat_facts(registration.seats, queue_places(session, registration.seats)),
        invitation=invitation,
        received_at=now,
    )
    record(session, event, key=key_of(registration.id))


def person_fact(registration: Registration) -> Person:
    """Who it is for, by the name given in this registration."""
    return Person(person_id=registration.person_id, full_name=registration.full_name, email=registration.person.email)


def seat_facts(seats: Iterable[Seat], places: Mapping[UUID, int]) -> tuple[SeatFact, ...]:
    """All seats as others see them."""
    return tuple(
        SeatFact(
            seat_id=seat.id,
            activity_id=seat.activity_id,
            state=seat.state,
            mode=_MODES[seat.mode],
            queue_place=places.get(seat.id),
            offer_expires_at=seat.offer_expires_at,
        )
        for seat in seats
    )


def queue_places(session: Session, seats: Iterable[Seat]) -> dict[UUID, int]:
    """The place in the queue of each of `seats` that waits: 1 is next in order of time. No query if none waits."""
    waiting = [seat.id for seat in seats if seat.state == "waiting"]
    if not waiting:
        return {}
    other = aliased(Seat)
    ahead = (
        select(func.count())
        .where(
            other.activity_id == Seat.activity_id,
            other.state == "waiting",
            tuple_(other.since, other.id) <= tuple_(Seat.since, Seat.id),
        )
        .scalar_subquery()
    )
    return dict(session.execute(select(Seat.id, ahead).where(Seat.id.in_(waiting))).all())


def _titles(session: Session, registrations: Iterable[Registration]) -> dict[UUID, str]:
    ids = {registration.organisation_id for registration in registrations}
    return {
        row.id: row.title for row in session.execute(select(Organisation.id, Organisation.title).where(Organisation.id.in_(ids)))
    }

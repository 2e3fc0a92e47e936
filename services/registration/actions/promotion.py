"""Offering freed seats to those who wait, and giving up what nobody answered."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registration.actions.ledger import Moves, queue_of, shares_of, what_is_left
from services.registration.actions.telling import Change
from services.registration.due import OfferLapsed
from services.registration.models import Offering, Seat
from services.registration.rules.queue import offers
from services.registration.rules.working_hours import offer_ends
from shared.messaging import schedule


def offer_freed_seats(
    session: Session, freed: Mapping[UUID, UUID | None], offerings: Mapping[UUID, Offering], *, now: datetime, offer_hours: float
) -> dict[UUID, Change]:
    """Offer what is free in the activities of `freed` (and which organisation freed it) to the next in line (product rule 2).

    The offerings must be locked. The answer says which registrations were offered what, for `tell_changes`. Nothing is offered
    once an activity has begun.
    """
    changes: dict[UUID, Change] = {}
    for activity_id, freed_by in freed.items():
        offering = offerings[activity_id]
        if now >= offering.starts_at:
            continue
        for seat in _offer(session, offering, freed_by, now=now, offer_hours=offer_hours):
            already = changes.get(seat.registration_id)
            changes[seat.registration_id] = Change("offered", [*(already.seats if already else ()), seat.id])
    return changes


def _offer(session: Session, offering: Offering, freed_by: UUID | None, *, now: datetime, offer_hours: float) -> list[Seat]:
    queue = queue_of(session, offering.id)
    if not queue:
        return []
    left = what_is_left(session, [offering], None)[offering.id].room.left
    chosen = [waiting.seat_id for waiting in offers(queue, shares_of(session, offering, queue), left=left, freed_by=freed_by)]
    if not chosen:
        return []
    until = offer_ends(now, hours=offer_hours, starts_at=offering.starts_at)
    seats = list(session.scalars(select(Seat).where(Seat.id.in_(chosen)).execution_options(populate_existing=True)))
    moves = Moves()
    for seat in seats:
        seat.offer(until, now)
        moves.add(seat, before="waiting")
        schedule(session, OfferLapsed(seat_id=seat.id, expires_at=until), key=seat.offer_key, at=until)
    session.flush()
    moves.write(session)
    return seats

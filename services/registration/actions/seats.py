"""What happens to seats after the form: cancelled, an offer accepted, declined, lapsed. A freed seat goes to the next in line."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registration.actions.ledger import Moves, lock_offerings
from services.registration.actions.needs import erase_unused_needs
from services.registration.actions.promotion import offer_freed_seats
from services.registration.actions.telling import Change, tell_changes
from services.registration.errors import ActivityHasBegun, NothingToCancel, OfferIsOver
from services.registration.models import Offering, Seat
from shared.events.registration import ChangeReason
from shared.messaging import cancel_due

_HOLDS_ROOM = ("confirmed", "offered")


def cancel_seats(
    session: Session, seat_ids: Collection[UUID], *, reason: ChangeReason, now: datetime, offer_hours: float
) -> list[Seat]:
    """Cancel seats of one registration, or leave their queues; what is free now is offered to the next.

    Seats that are cancelled already are passed over. Raises `NothingToCancel` if none is left, `ActivityHasBegun`.
    """
    seats, offerings = _lock(session, seat_ids)
    seats = [seat for seat in seats if seat.is_active]
    if not seats:
        raise NothingToCancel
    for seat in seats:
        if now >= offerings[seat.activity_id].starts_at:
            raise ActivityHasBegun(activity=offerings[seat.activity_id].title)
    _change(session, seats, offerings, lambda seat: seat.cancel(now), reason=reason, now=now, offer_hours=offer_hours)
    erase_unused_needs(session, seats[0].registration_id)
    return seats


def accept_offer(session: Session, seat_id: UUID, *, now: datetime, offer_hours: float) -> Seat:
    """Take the offered seat. Raises `OfferIsOver`."""
    seats, offerings = _lock(session, [seat_id])
    if not seats:
        raise OfferIsOver
    _change(session, seats, offerings, lambda seat: seat.accept(now), reason="offer_accepted", now=now, offer_hours=offer_hours)
    return seats[0]


def decline_offer(session: Session, seat_id: UUID, *, now: datetime, offer_hours: float) -> Seat:
    """Give the offered seat to the next. Raises `OfferIsOver`."""
    seats, offerings = _lock(session, [seat_id])
    if not seats:
        raise OfferIsOver
    _change(session, seats, offerings, lambda seat: seat.decline(now), reason="offer_declined", now=now, offer_hours=offer_hours)
    return seats[0]


def end_offer(session: Session, seat_id: UUID, expires_at: datetime, *, now: datetime, offer_hours: float) -> None:
    """The time of an offer is over: give the seat to the next. Nothing if it was answered, or has another time by now."""
    seats, offerings = _lock(session, [seat_id])
    if not seats or seats[0].state != "offered" or seats[0].offer_expires_at != expires_at:
        return
    _change(session, seats, offerings, lambda seat: seat.expire(now), reason="offer_expired", now=now, offer_hours=offer_hours)


def _lock(session: Session, seat_ids: Collection[UUID]) -> tuple[list[Seat], dict[UUID, Offering]]:
    """The seats, freshly read after their offerings are locked."""
    activity_ids = session.scalars(select(Seat.activity_id).where(Seat.id.in_(seat_ids))).all()
    offerings = lock_offerings(session, activity_ids)
    query = select(Seat).where(Seat.id.in_(seat_ids)).order_by(Seat.id).execution_options(populate_existing=True)
    return list(session.scalars(query)), offerings


def _change(
    session: Session,
    seats: Sequence[Seat],
    offerings: dict[UUID, Offering],
    act: Callable[[Seat], None],
    *,
    reason: ChangeReason,
    now: datetime,
    offer_hours: float,
) -> None:
    """Change the locked seats of one registration, count, offer what they free, and tell everybody concerned."""
    moves, freed = Moves(), dict[UUID, UUID | None]()
    for seat in seats:
        before = seat.state
        act(seat)
        moves.add(seat, before)
        if before == "offered":
            cancel_due(session, seat.offer_key)
        if seat.takes_room and before in _HOLDS_ROOM and seat.state != "confirmed":
            freed[seat.activity_id] = seat.organisation_id
    session.flush()
    moves.write(session)
    offered = offer_freed_seats(session, freed, offerings, now=now, offer_hours=offer_hours)
    own = {seats[0].registration_id: Change(reason, [seat.id for seat in seats])}
    tell_changes(session, offered | own, now)

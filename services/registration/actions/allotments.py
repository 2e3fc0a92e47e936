"""An organisation's own seats in an activity, where staff give it others than the activity's usual."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.actions.ledger import keep_limits, lock_offerings
from services.registration.actions.offerings import offer_again
from services.registration.errors import NoSuchActivity
from services.registration.models import allotment


def allot(
    session: Session,
    activity_id: UUID,
    organisation_id: UUID,
    *,
    max_seats: int | None,
    guaranteed: int,
    now: datetime,
    offer_hours: float,
) -> None:
    """Let the organisation have at most so many seats (None: no limit), and be first for its own freed ones up to `guaranteed`.

    Nobody loses a seat by it; seats that it opens are offered to those who wait. Raises `NoSuchActivity`.
    """
    facts = {"max_seats": max_seats, "guaranteed": guaranteed}
    statement = insert(allotment).values(activity_id=activity_id, organisation_id=organisation_id, **facts)
    offering = lock_offerings(session, [activity_id]).get(activity_id)
    if offering is None:
        raise NoSuchActivity
    session.execute(statement.on_conflict_do_update(index_elements=["activity_id", "organisation_id"], set_=facts))
    keep_limits(session, offering)
    offer_again(session, activity_id, now=now, offer_hours=offer_hours)


def withdraw_allotment(session: Session, activity_id: UUID, organisation_id: UUID, *, now: datetime, offer_hours: float) -> None:
    """Let the organisation have the activity's usual seats again. Raises `NoSuchActivity`."""
    offering = lock_offerings(session, [activity_id]).get(activity_id)
    if offering is None:
        raise NoSuchActivity
    own = (allotment.c.activity_id == activity_id) & (allotment.c.organisation_id == organisation_id)
    session.execute(delete(allotment).where(own))
    keep_limits(session, offering)
    offer_again(session, activity_id, now=now, offer_hours=offer_hours)

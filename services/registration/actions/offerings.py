"""Keeping up with the catalogue's projects and activities."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.actions.ledger import keep_limits, lock_offerings
from services.registration.actions.promotion import offer_freed_seats
from services.registration.actions.telling import tell_changes
from services.registration.due import NeedsOutlived
from services.registration.models import Offering, Project
from shared.events.catalog import ActivityReleased, ProjectPublished
from shared.messaging import schedule


def keep_project(session: Session, event: ProjectPublished) -> None:
    """Know the project's public facts, by the highest revision."""
    facts = {
        "slug": event.slug,
        "title": event.title,
        "purpose": event.purpose,
        "organiser": event.organiser,
        "revision": event.revision,
    }
    statement = insert(Project).values(id=event.project_id, **facts)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Project.id], set_=facts, where=Project.revision < statement.excluded.revision
        )
    )


def keep_offering(session: Session, event: ActivityReleased, *, now: datetime, offer_hours: float, needs_days: int) -> None:
    """Know what may be booked, by the highest revision. Seats that a revision adds are offered to those who wait."""
    _know_project(session, event)
    offering = lock_offerings(session, [event.activity_id]).get(event.activity_id)
    if offering is not None and offering.revision >= event.revision:
        return
    if offering is None:
        offering = Offering(id=event.activity_id)
        session.add(offering)
    for name in _FACTS:
        setattr(offering, name, getattr(event, name))
    session.flush()
    keep_limits(session, offering)
    schedule(
        session,
        NeedsOutlived(activity_id=offering.id),
        key=f"needs:{offering.id}",
        at=offering.ends_at + timedelta(days=needs_days),
    )
    offered = offer_freed_seats(session, {offering.id: None}, {offering.id: offering}, now=now, offer_hours=offer_hours)
    tell_changes(session, offered, now)


def offer_again(session: Session, activity_id: UUID, *, now: datetime, offer_hours: float) -> None:
    """Offer what is free after limits have changed. The offering must be locked."""
    offerings = lock_offerings(session, [activity_id])
    tell_changes(session, offer_freed_seats(session, {activity_id: None}, offerings, now=now, offer_hours=offer_hours), now)


def _know_project(session: Session, event: ActivityReleased) -> None:
    """The activity may arrive before its project: what it says of the project will do until then."""
    facts = {"id": event.project_id, "slug": event.project_slug, "title": event.project_title}
    statement = insert(Project).values(**facts, purpose="", organiser="", revision=0)
    session.execute(statement.on_conflict_do_nothing(index_elements=[Project.id]))


_FACTS = (
    "revision", "project_id", "kind", "title", "theme", "number", "mode", "starts_at", "ends_at", "timezone", "place", "join_url",
    "host_organisation_id", "host", "choice_group_id", "choice_group_title", "choice_group_single", "capacity",
    "seats_per_organisation", "waiting_list", "opens_at", "last_day",
)  # fmt: skip

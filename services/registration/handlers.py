"""What registration does when something has happened."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.actions import offerings, seats
from services.registration.actions.needs import erase_outlived_needs
from services.registration.actions.offerings import keep_project
from services.registration.actions.organisations import keep_organisation
from services.registration.due import NeedsOutlived, OfferLapsed
from services.registration.models import StaffOrganisation
from services.registration.settings import current
from shared.clock import now
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished, StaffChanged
from shared.service import Handlers
from shared.staff import keep_staff_state


def keep_offering(session: Session, event: ActivityReleased) -> None:
    """Know what may be booked, and offer the seats that a revision adds."""
    settings = current()
    offerings.keep_offering(session, event, now=now(), offer_hours=settings.offer_hours, needs_days=settings.needs_days)


def keep_staff_organisation(session: Session, event: StaffChanged) -> None:
    """Know whose activities a host may see."""
    facts = {"organisation_id": event.organisation_id}
    statement = insert(StaffOrganisation).values(staff_id=event.staff_id, **facts)
    session.execute(statement.on_conflict_do_update(index_elements=[StaffOrganisation.staff_id], set_=facts))


def end_offer(session: Session, event: OfferLapsed) -> None:
    """Give a seat that nobody answered for to the next in line."""
    seats.end_offer(session, event.seat_id, event.expires_at, now=now(), offer_hours=current().offer_hours)


def erase_needs(session: Session, event: NeedsOutlived) -> None:
    """Erase the diets and needs that have no use any more."""
    erase_outlived_needs(session, event.activity_id, now=now(), needs_days=current().needs_days)


HANDLERS: Handlers = {
    OrganisationChanged: [keep_organisation],
    ProjectPublished: [keep_project],
    ActivityReleased: [keep_offering],
    StaffChanged: [keep_staff_state, keep_staff_organisation],
    OfferLapsed: [end_offer],
    NeedsOutlived: [erase_needs],
}

"""What staff may see: organisers everything, hosts the activities of their own organisation."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.registration import queries
from services.registration.models import Offering
from shared.errors import Forbidden
from shared.web import Staff


def activity_for(session: Session, staff: Staff, activity_id: UUID) -> Offering:
    """The activity, if this member of staff may see who comes. Raises `NoSuchActivity`, `Forbidden`."""
    offering = queries.offering_by_id(session, activity_id)
    if not staff.may("organiser"):
        own = queries.organisation_of_staff(session, staff.staff_id)
        if own is None or own != offering.host_organisation_id:
            raise Forbidden
    return offering


def host_limit(session: Session, staff: Staff) -> UUID | None:
    """The organisation whose activities are all that this member of staff may see; None: no limit. Raises `Forbidden`."""
    if staff.may("organiser"):
        return None
    own = queries.organisation_of_staff(session, staff.staff_id)
    if own is None:
        raise Forbidden
    return own

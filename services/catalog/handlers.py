"""What the catalogue does when it hears from the other services."""

from sqlalchemy.orm import Session

from services.catalog.actions.organisations import keep_proposed
from services.catalog.actions.participations import keep_attendance, keep_mailing, keep_results
from shared.events.notifications import MailingCompleted
from shared.events.registration import AttendanceClosed, OrganisationProposed
from shared.events.surveys import ResultsPublished
from shared.service import Handlers


def keep_proposed_organisation(session: Session, event: OrganisationProposed) -> None:
    """Somebody's organisation is missing in the register: it waits there for staff."""
    keep_proposed(session, event.organisation_id, event.title)


HANDLERS: Handlers = {
    OrganisationProposed: [keep_proposed_organisation],
    AttendanceClosed: [keep_attendance],
    MailingCompleted: [keep_mailing],
    ResultsPublished: [keep_results],
}

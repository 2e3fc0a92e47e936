"""What notifications does when something has happened elsewhere."""

from datetime import timedelta
from typing import Literal

from sqlalchemy.orm import Session

from services.notifications.actions.facts import (
    keep_activity,
    keep_organisation,
    keep_project,
    keeping_answered_invitation,
    keeping_registration,
)
from services.notifications.actions.messages import MAIL, Draft, queue_message
from services.notifications.models import Person
from services.notifications.settings import settings
from shared.clock import now
from shared.database import Asked
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished, SignInRequested, StaffChanged
from shared.events.operations import AlarmChanged
from shared.events.registration import ChangeReason, RegistrationChanged, RegistrationReceived
from shared.events.surveys import SurveyInvited
from shared.messaging.waking import look_after_commit
from shared.service import Handlers
from shared.staff import keep_staff_state

KINDS: dict[ChangeReason, Literal["cancelled", "offered", "accepted", "declined", "expired"]] = {
    "cancelled_by_person": "cancelled",
    "cancelled_by_staff": "cancelled",
    "offered": "offered",
    "offer_accepted": "accepted",
    "offer_declined": "declined",
    "offer_expired": "expired",
}
"""The reason of a change -> the kind of mail that tells of it."""


def confirm_registration(session: Session, event: RegistrationReceived) -> None:
    """Keep the registration, and confirm it: one mail for all seats."""
    _keep_and_tell(
        session,
        Draft(
            kind="confirmation",
            dedupe_key=f"confirm:{event.registration_id}:{event.revision}",
            recipient=event.person.email,
            person_id=event.person.person_id,
            language=event.language,
            order_key=_order(event),
            context={"registration": str(event.registration_id), "revision": event.revision},
        ),
        keeping_registration(event, at=event.received_at),
        *keeping_answered_invitation(event),
    )


def tell_of_change(session: Session, event: RegistrationChanged) -> None:
    """Keep what has changed, and tell the person."""
    kind = KINDS[event.reason]
    expiries = [seat.offer_expires_at for seat in event.seats if seat.seat_id in event.changed_seats and seat.offer_expires_at]
    _keep_and_tell(
        session,
        Draft(
            kind=kind,
            dedupe_key=f"changed:{event.registration_id}:{event.revision}",
            recipient=event.person.email,
            person_id=event.person.person_id,
            language=event.language,
            order_key=_order(event),
            useful_until=max(expiries) if kind == "offered" and expiries else None,
            context={
                "registration": str(event.registration_id),
                "revision": event.revision,
                "reason": event.reason,
                "seats": [str(seat) for seat in event.changed_seats],
            },
        ),
        keeping_registration(event, at=event.changed_at),
    )


def send_sign_in_link(session: Session, event: SignInRequested) -> None:
    """The link, before anything else; never when it no longer opens."""
    queue_message(
        session,
        Draft(
            kind="sign_in",
            dedupe_key=f"sign-in:{event.staff_id}:{event.expires_at.isoformat()}",
            recipient=event.email,
            language=event.language,
            useful_until=event.expires_at,
            context={"name": event.person_name, "link": event.sealed_link},
        ),
    )


def ask_to_answer(session: Session, event: SurveyInvited) -> None:
    """The survey's link to somebody who was there. Where to write to is looked up when the mail leaves."""
    person = session.get(Person, event.person_id)
    queue_message(
        session,
        Draft(
            kind="survey",
            dedupe_key=f"survey:{event.survey_id}:{event.person_id}",
            recipient=person.email if person else None,
            person_id=event.person_id,
            language=person.language if person else "sv",
            useful_until=event.closes_at,
            context={"activity": str(event.activity_id), "title": event.title, "link": event.sealed_link},
        ),
    )


def tell_operators(session: Session, event: AlarmChanged) -> None:
    """A mail to those who look after the site: when something begins to be wrong, and when it is over."""
    for address in settings().alarm_recipients:
        queue_message(
            session,
            Draft(
                kind="alarm",
                dedupe_key=f"alarm:{event.incident_id}:{event.state}:{address.lower()}",
                recipient=address,
                language="sv",
                order_key=f"alarm:{event.incident_id}:{address.lower()}",
                useful_until=now() + timedelta(days=1),
                context=event.model_dump(mode="json"),
            ),
        )


def _keep_and_tell(session: Session, draft: Draft, *keeping: Asked) -> None:
    """Also where the mail is not new, others may have waited for what is kept."""
    queue_message(session, draft, after=keeping)
    look_after_commit(session, MAIL)


def _order(event: RegistrationReceived | RegistrationChanged) -> str:
    """Mails about the same calendar entries leave one after the other: a CANCEL never overtakes its REQUEST."""
    return f"person:{event.person.person_id}:{event.project_id}"


HANDLERS: Handlers = {
    OrganisationChanged: [keep_organisation],
    ProjectPublished: [keep_project],
    ActivityReleased: [keep_activity],
    StaffChanged: [keep_staff_state],
    SignInRequested: [send_sign_in_link],
    RegistrationReceived: [confirm_registration],
    RegistrationChanged: [tell_of_change],
    SurveyInvited: [ask_to_answer],
    AlarmChanged: [tell_operators],
}

"""What registration publishes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.base import Event, Part

SeatState = Literal["confirmed", "waiting", "offered", "declined", "cancelled", "expired"]
ChangeReason = Literal[
    "cancelled_by_person", "cancelled_by_staff", "offered", "offer_accepted", "offer_declined", "offer_expired"
]


class Person(Part):
    """Who a registration is for, as notifications needs it."""

    person_id: UUID
    full_name: str
    email: str


class SeatFact(Part):
    seat_id: UUID
    activity_id: UUID
    state: SeatState
    mode: Literal["on_site", "online"]
    queue_place: int | None = None
    """1 is next; only for waiting seats, as it was when this was published."""
    offer_expires_at: datetime | None = None


class OrganisationProposed(Event, name="organisation.proposed"):
    """Somebody registered for an organisation that is not in the register. Key: the organisation."""

    organisation_id: UUID
    title: str


class RegistrationReceived(Event, name="registration.received"):
    """A form was accepted: its seats are confirmed or waiting. Key: the registration."""

    registration_id: UUID
    revision: int
    project_id: UUID
    person: Person
    organisation_id: UUID
    organisation: str
    language: str
    """"sv" or "en": the language the form was read in."""
    sealed_link: str
    """The personal page's address, sealed."""
    seats: tuple[SeatFact, ...]
    invitation: str | None = None
    """SHA-256, in hex, of the recipient's own key in the link of the invitation that brought them; only the mail has the key."""
    received_at: datetime


class RegistrationChanged(Event, name="registration.changed"):
    """One or more seats of a registration changed state. Carries all its seats. Key: the registration."""

    registration_id: UUID
    revision: int
    reason: ChangeReason
    project_id: UUID
    person: Person
    organisation_id: UUID
    organisation: str
    language: str
    sealed_link: str
    seats: tuple[SeatFact, ...]
    changed_seats: tuple[UUID, ...]
    """The seats that this change concerns."""
    changed_at: datetime


class Attendee(Part):
    person_id: UUID
    organisation_id: UUID
    """Whom the person represented at the time."""
    state: Literal["present", "excused", "absent"]


class AttendanceClosed(Event, name="attendance.closed"):
    """An activity's attendance was closed (again, after a correction: a higher revision replaces). Key: the activity."""

    activity_id: UUID
    project_id: UUID
    revision: int
    attendees: tuple[Attendee, ...]
    closed_at: datetime

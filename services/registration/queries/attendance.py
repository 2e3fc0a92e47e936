"""Who has a seat in an activity, and what was marked of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.registration.models import (
    ATTENDANCE,
    Attendance,
    AttendanceSheet,
    Organisation,
    Person,
    Registration,
    Seat,
)


@dataclass(frozen=True)
class Marked:
    """One confirmed seat, and what was said of it: present, excused, absent, or nothing yet."""

    seat_id: UUID
    name: str
    organisation: str
    mode: str
    state: str


def marked_seats(session: Session, activity_id: UUID) -> list[Marked]:
    """Everybody with a seat, by name, with their mark."""
    query = (
        select(
            Seat.id, Registration.full_name, func.coalesce(Organisation.title, ""), Seat.mode, func.coalesce(Attendance.state, "")
        )
        .join(Registration, Seat.registration_id == Registration.id)
        .outerjoin(Organisation, Organisation.id == Seat.organisation_id)
        .outerjoin(Attendance, Attendance.seat_id == Seat.id)
        .where(Seat.activity_id == activity_id, Seat.state == "confirmed")
        .order_by(Registration.name_key, Seat.id)
    )
    return [Marked(*row) for row in session.execute(query)]


def marks_counted(marked: Sequence[Marked]) -> dict[str, int]:
    """How many are present, excused, absent, and "" for those of whom nothing is said yet."""
    return {state: sum(row.state == state for row in marked) for state in (*ATTENDANCE, "")}


def sheet_of(session: Session, activity_id: UUID) -> AttendanceSheet | None:
    """The activity's attendance as a whole, if anybody has begun it."""
    return session.get(AttendanceSheet, activity_id)


def confirmed_seat(session: Session, activity_id: UUID, email: str) -> UUID | None:
    """The confirmed seat of whoever has this address."""
    query = select(Seat.id).join(Person, Person.id == Seat.person_id).where(Person.email_key == email.lower())
    return session.scalar(query.where(Seat.activity_id == activity_id, Seat.state == "confirmed"))

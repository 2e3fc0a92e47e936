"""Taking attendance: marks, closing the sheet, opening it again to correct."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.registration.errors import ActivityNotOver, NoSuchActivity, SheetIsClosed
from services.registration.models import Attendance, AttendanceSheet, Offering, Seat
from shared.events.registration import AttendanceClosed, Attendee
from shared.messaging import record

State = Literal["present", "excused", "absent"]

_MARK = text("""
    INSERT INTO attendance (seat_id, activity_id, state, marked_by, marked_at)
    SELECT seat.id, seat.activity_id, marked.state, :staff_id, :now
    FROM unnest(CAST(:seats AS uuid[]), CAST(:states AS text[])) AS marked (seat_id, state)
    JOIN seat ON seat.id = marked.seat_id AND seat.activity_id = :activity_id AND seat.state = 'confirmed'
    ON CONFLICT (seat_id) DO UPDATE SET state = EXCLUDED.state, marked_by = EXCLUDED.marked_by, marked_at = EXCLUDED.marked_at
    WHERE attendance.state <> EXCLUDED.state
""")
_MARK_REST = text("""
    INSERT INTO attendance (seat_id, activity_id, state, marked_by, marked_at)
    SELECT id, activity_id, 'present', :staff_id, :now FROM seat WHERE activity_id = :activity_id AND state = 'confirmed'
    ON CONFLICT (seat_id) DO NOTHING
""")


def mark(session: Session, activity_id: UUID, marks: Mapping[UUID, State], *, staff_id: UUID, now: datetime) -> None:
    """Say of confirmed seats who was there. Seats of other activities are passed over. Raises `SheetIsClosed`."""
    _open_sheet(session, activity_id)
    session.execute(
        _MARK,
        {"seats": list(marks), "states": list(marks.values()), "activity_id": activity_id, "staff_id": staff_id, "now": now},
    )


def mark_rest_present(session: Session, activity_id: UUID, *, staff_id: UUID, now: datetime) -> None:
    """Everybody of whom nothing is said yet was there; what was said stays. Raises `SheetIsClosed`."""
    _open_sheet(session, activity_id)
    session.execute(_MARK_REST, {"activity_id": activity_id, "staff_id": staff_id, "now": now})


def close_attendance(session: Session, activity_id: UUID, *, staff_id: UUID, now: datetime) -> AttendanceClosed:
    """Say who was there, to all. Whoever has no mark was absent. Raises `ActivityNotOver`, `SheetIsClosed`, `NoSuchActivity`."""
    offering = session.get(Offering, activity_id)
    if offering is None:
        raise NoSuchActivity
    if now < offering.starts_at:
        raise ActivityNotOver
    sheet = _open_sheet(session, activity_id)
    rows = session.execute(
        select(Seat.person_id, Seat.organisation_id, Attendance.state)
        .outerjoin(Attendance, Attendance.seat_id == Seat.id)
        .where(Seat.activity_id == activity_id, Seat.state == "confirmed")
        .order_by(Seat.person_id)
    )
    sheet.revision += 1
    sheet.closed_at, sheet.closed_by = now, staff_id
    event = AttendanceClosed(
        activity_id=activity_id,
        project_id=offering.project_id,
        revision=sheet.revision,
        attendees=tuple(
            Attendee(person_id=row.person_id, organisation_id=row.organisation_id, state=cast("State", row.state or "absent"))
            for row in rows
        ),
        closed_at=now,
    )
    record(session, event, key=f"activity:{activity_id}")
    return event


def reopen_attendance(session: Session, activity_id: UUID) -> None:
    """Let marks be corrected; what was said stands until it is closed again."""
    sheet = _sheet(session, activity_id)
    sheet.closed_at = sheet.closed_by = None


def _open_sheet(session: Session, activity_id: UUID) -> AttendanceSheet:
    sheet = _sheet(session, activity_id)
    if sheet.is_closed:
        raise SheetIsClosed
    return sheet


def _sheet(session: Session, activity_id: UUID) -> AttendanceSheet:
    """The activity's sheet, locked: marks and closing do not pass each other."""
    session.execute(
        text("INSERT INTO attendance_sheet (activity_id, revision) VALUES (:id, 0) ON CONFLICT DO NOTHING"), {"id": activity_id}
    )
    query = select(AttendanceSheet).where(AttendanceSheet.activity_id == activity_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()

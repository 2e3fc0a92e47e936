"""What registration tells the operations console: whose registrations an address has, and what became of their seats."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from services.registration.models import Attendance, AttendanceSheet, Offering, Person, Project, Registration, Seat
from shared.i18n import N_, _
from shared.operations.expectations import late_work
from shared.operations.hooks import Clues, Expectation, Hooks, Level, Overdue, Step

_CORRELATIONS = text("""
    SELECT DISTINCT correlation FROM outbox
    WHERE stream IN (SELECT id FROM stream) AND subscriber = 'notifications' AND key = ANY(:keys)
""")
_UNTOLD = text("""
    SELECT correlation, occurred_at FROM outbox
    WHERE subscriber = 'notifications' AND acked_at IS NULL AND name = 'registration.received' AND occurred_at < :before
    AND NOT EXISTS (SELECT 1 FROM halt WHERE halt.subscriber = 'notifications')
    ORDER BY occurred_at LIMIT :most
""")
_STATES: dict[str, tuple[str, Level]] = {
    "confirmed": (N_("Platsen är bekräftad"), "success"),
    "waiting": (N_("Platsen står i kö"), "info"),
    "offered": (N_("Platsen är erbjuden"), "info"),
    "declined": (N_("Erbjudandet avböjdes"), "neutral"),
    "cancelled": (N_("Platsen är avbokad"), "neutral"),
    "expired": (N_("Erbjudandet gick ut"), "warning"),
}
_MARKS = {"present": N_("Var där"), "excused": N_("Hade förhinder"), "absent": N_("Uteblev")}


def follow(session: Session, clues: Clues) -> Clues:
    """The registrations and the person of an address or an id, and the correlations of all that was said of them."""
    registrations = _registrations(session, clues)
    if not registrations:
        return clues
    keys = [f"registration:{registration.id}" for registration in registrations]
    return clues.and_also(
        [
            *(registration.id for registration in registrations),
            *(registration.person_id for registration in registrations),
            *session.scalars(_CORRELATIONS, {"keys": keys}),
        ],
        [seat.offer_key for registration in registrations for seat in registration.seats],
    )


def steps(session: Session, clues: Clues) -> Sequence[Step]:
    """Registrations with their seats and attendance; of an activity, when its attendance was closed."""
    registrations = _registrations(session, clues)
    seats = [seat for registration in registrations for seat in registration.seats]
    marks = session.scalars(select(Attendance).where(Attendance.seat_id.in_([seat.id for seat in seats])))
    titles = {seat.id: seat.offering.title for seat in seats}
    return [
        *_of_registrations(session, registrations),
        *(_of_seat(seat) for seat in seats),
        *(Step(mark.marked_at, _(_MARKS[mark.state]), titles[mark.seat_id], "success") for mark in marks),
        *_of_activities(session, clues.ids | {seat.activity_id for seat in seats}),
    ]


def _registrations(session: Session, clues: Clues) -> Sequence[Registration]:
    whose = [Registration.id.in_(clues.ids), Registration.person_id.in_(clues.ids)]
    if clues.address:
        whose.append(Registration.person_id.in_(select(Person.id).where(Person.email_key == clues.address)))
    query = select(Registration).where(or_(*whose)).order_by(Registration.created_at.desc()).limit(50)
    return session.scalars(query.options(selectinload(Registration.seats).options(joinedload(Seat.offering)))).all()


def _of_registrations(session: Session, registrations: Sequence[Registration]) -> list[Step]:
    wanted = {registration.project_id for registration in registrations}
    titles = {row.id: row.title for row in session.execute(select(Project.id, Project.title).where(Project.id.in_(wanted)))}
    return [
        Step(each.created_at, _("Anmälan togs emot"), f"{titles.get(each.project_id, '')} ({each.id})", "success")
        for each in registrations
    ]


def _of_seat(seat: Seat) -> Step:
    what, level = _STATES[seat.state]
    return Step(seat.changed_at, _(what), seat.offering.title, level)


def _of_activities(session: Session, ids: frozenset[UUID] | set[UUID]) -> list[Step]:
    query = select(AttendanceSheet, Offering.title).outerjoin(Offering, Offering.id == AttendanceSheet.activity_id)
    closed = session.execute(query.where(AttendanceSheet.activity_id.in_(ids), AttendanceSheet.closed_at.is_not(None)))
    return [
        Step(sheet.closed_at, _("Närvaron stängdes"), f"{title or sheet.activity_id}", "success")
        for sheet, title in closed
        if sheet.closed_at is not None
    ]


def untold(session: Session, at: datetime, most: int) -> list[Overdue]:
    """A registration that notifications has not acknowledged after two minutes, unless a person has stopped the stream."""
    rows = session.execute(_UNTOLD, {"before": at - timedelta(minutes=2), "most": most})
    return [Overdue(row.correlation, row.occurred_at) for row in rows]


HOOKS = Hooks(
    follow=follow,
    steps=steps,
    expectations=[
        Expectation("told", N_("Anmälningar som utskick inte har hört om efter två minuter"), untold),
        Expectation("due", N_("Planerat arbete som inte har gjorts i tid"), late_work),
    ],
)

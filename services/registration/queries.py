"""Reads that pages share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.registration.actions.organisations import Known, naming, the_one_named
from services.registration.errors import LinkIsWrong, NoSuchActivity, NoSuchProject
from services.registration.models import (
    ATTENDANCE,
    Attendance,
    AttendanceSheet,
    Offering,
    Organisation,
    Person,
    Project,
    Receipt,
    Registration,
    Seat,
    StaffOrganisation,
    allotment,
)
from shared.database import Asked, ask
from shared.secrets import hash_token

MOST_SUGGESTIONS = 600
"""So many organisations are written into a page for its search; from more, they are asked for while typing."""


# Made once: every form asks them.
_BY_SLUG = select(Project).where(Project.slug == bindparam("slug")).order_by(Project.revision.desc(), Project.id.desc()).limit(1)
_COMING = (
    select(Offering)
    .where(Offering.project_id == bindparam("project_id"), Offering.starts_at > bindparam("now"))
    .order_by(Offering.starts_at, Offering.number, Offering.title)
)


def project_by_slug(session: Session, slug: str) -> Project:
    """The published project at an address. Raises `NoSuchProject`."""
    project = session.scalar(_BY_SLUG, {"slug": slug})
    if project is None:
        raise NoSuchProject
    return project


def coming_offerings(session: Session, project_id: UUID, now: datetime) -> list[Offering]:
    """What the project offers that has not begun, in order of time."""
    return list(session.scalars(_COMING, {"project_id": project_id, "now": now}))


_CHOSEN = """
    SELECT project.id AS project_id, offering.id, offering.kind, offering.number, offering.theme, offering.title, offering.mode,
           offering.starts_at, offering.ends_at, choice_group_id, choice_group_title, choice_group_single
    FROM (SELECT id FROM project WHERE slug = %(slug)s ORDER BY revision DESC, id DESC LIMIT 1) AS project
    LEFT JOIN offering ON offering.project_id = project.id AND offering.id = ANY(%(activities)s::uuid[])
        AND offering.starts_at > %(now)s
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An activity that a form names: enough to check the choice, without loading all that the page shows."""

    id: UUID
    kind: str
    number: int | None
    theme: str
    title: str
    mode: str
    starts_at: datetime
    ends_at: datetime
    choice_group_id: UUID | None
    choice_group_title: str
    choice_group_single: bool


def what_a_form_names(
    session: Session, slug: str, activity_ids: Sequence[UUID], organisation: str, now: datetime
) -> tuple[UUID, dict[UUID, Chosen], Known | None]:
    """The project at an address, those of the activities that it offers and that have not begun, and the organisation.

    Raises `NoSuchProject`.
    """
    choosing = Asked(_CHOSEN, {"slug": slug, "activities": activity_ids, "now": now})
    rows, named = ask(session, choosing, naming(organisation))
    if not rows:
        raise NoSuchProject
    chosen = {row.id: Chosen(*row[1:]) for row in rows if row.id is not None}
    return rows[0].project_id, chosen, the_one_named(organisation, named)


def offerings_of_project(session: Session, project_id: UUID) -> list[Offering]:
    """Everything that the project offers or has offered, in order of time."""
    query = select(Offering).where(Offering.project_id == project_id)
    return list(session.scalars(query.order_by(Offering.starts_at, Offering.number, Offering.title)))


def offerings_for_staff(session: Session, *, host: UUID | None, now: datetime) -> list[Offering]:
    """Activities to work with: coming ones, and those of the last three months; of one host, or all."""
    query = select(Offering).where(Offering.ends_at > now - timedelta(days=90))
    if host is not None:
        query = query.where(Offering.host_organisation_id == host)
    return list(session.scalars(query.order_by(Offering.starts_at, Offering.number, Offering.title)))


def projects_of(session: Session, offerings: Sequence[Offering]) -> list[Project]:
    """The projects of activities, in the order in which these come."""
    order = {offering.project_id: place for place, offering in reversed(list(enumerate(offerings)))}
    projects = session.scalars(select(Project).where(Project.id.in_(order)))
    return sorted(projects, key=lambda project: order[project.id])


def offering_by_id(session: Session, activity_id: UUID) -> Offering:
    """An activity. Raises `NoSuchActivity`."""
    offering = session.get(Offering, activity_id)
    if offering is None:
        raise NoSuchActivity
    return offering


def names_to_pick(session: Session, *, most: int = MOST_SUGGESTIONS, like: str = "") -> Sequence[str]:
    """Titles of the register's organisations, in alphabetical order, for the search in a form."""
    query = select(Organisation.title).where(Organisation.status == "active").order_by(Organisation.sort_key).limit(most)
    if like:
        query = query.where(Organisation.sort_key.contains(like, autoescape=True))
    return session.scalars(query).all()


def receipt_by_key(session: Session, key: str) -> Receipt | None:
    """What a sent form led to."""
    return session.get(Receipt, hash_token(key))


def registration_by_token(session: Session, token: str) -> Registration:
    """The registration that a personal link opens, with person, seats and their activities. Raises `LinkIsWrong`."""
    registration = session.scalars(_whole().where(Registration.token_hash == hash_token(token))).one_or_none()
    if registration is None:
        raise LinkIsWrong
    return registration


def registration_by_id(session: Session, registration_id: UUID) -> Registration | None:
    """A registration for staff, with person, seats and their activities."""
    return session.scalars(_whole().where(Registration.id == registration_id)).one_or_none()


def _whole() -> Select[Registration]:
    return select(Registration).options(
        joinedload(Registration.person, innerjoin=True),
        selectinload(Registration.seats).joinedload(Seat.offering, innerjoin=True),
    )


def organisation_of_staff(session: Session, staff_id: UUID) -> UUID | None:
    """The organisation of a member of staff, as the catalogue says."""
    return session.scalar(select(StaffOrganisation.organisation_id).where(StaffOrganisation.staff_id == staff_id))


def allotments_of(session: Session, activity_id: UUID) -> Sequence[Row[tuple[UUID, str, int | None, int]]]:
    """Organisations with own seats in an activity: id, title, most, guaranteed."""
    query = (
        select(Organisation.id, Organisation.title, allotment.c.max_seats, allotment.c.guaranteed)
        .join(allotment, allotment.c.organisation_id == Organisation.id)
        .where(allotment.c.activity_id == activity_id)
        .order_by(Organisation.sort_key)
    )
    return session.execute(query).all()


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


@dataclass(frozen=True)
class Listed:
    """One row of a list of seats."""

    seat: Seat
    registration: Registration
    email: str
    organisation: str


@dataclass(frozen=True)
class Search:
    """What a list is narrowed to."""

    text: str = ""
    state: str = ""
    organisation_id: UUID | None = None
    activity_id: UUID | None = None
    project_id: UUID | None = None


def seats_like(session: Session, search: Search, *, limit: int | None = None, offset: int = 0) -> list[Listed]:
    """Seats in order of activity, state and name."""
    query = (
        select(Seat, Registration, Person.email, func.coalesce(Organisation.title, ""))
        .join(Registration, Seat.registration_id == Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Organisation, Organisation.id == Seat.organisation_id)
        .join(Offering, Offering.id == Seat.activity_id)
        .where(*_conditions(search))
        .options(joinedload(Seat.offering, innerjoin=True))
        .order_by(Offering.starts_at, Offering.id, Registration.name_key, Seat.id)
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in session.execute(query)]


def how_many_seats_like(session: Session, search: Search) -> int:
    """How many rows `seats_like` has in all."""
    query = (
        select(func.count())
        .select_from(Seat)
        .join(Registration, Seat.registration_id == Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Organisation, Organisation.id == Seat.organisation_id)
        .join(Offering, Offering.id == Seat.activity_id)
        .where(*_conditions(search))
    )
    return session.scalar(query) or 0


def counts_by_state(session: Session, activity_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many seats of each activity are in each state."""
    query = select(Seat.activity_id, Seat.state, func.count()).where(Seat.activity_id.in_(activity_ids))
    counts: dict[UUID, dict[str, int]] = {activity_id: {} for activity_id in activity_ids}
    for activity_id, state, count in session.execute(query.group_by(Seat.activity_id, Seat.state)):
        counts[activity_id][state] = count
    return counts


def organisations_in(session: Session, search: Search) -> Sequence[tuple[UUID, str]]:
    """The organisations that the seats of a list represent, for its filter."""
    of_list = _conditions(Search(activity_id=search.activity_id, project_id=search.project_id))
    has_seat = exists().where(and_(Seat.organisation_id == Organisation.id, Offering.id == Seat.activity_id, *of_list))
    rows = session.execute(select(Organisation.id, Organisation.title).where(has_seat).order_by(Organisation.sort_key))
    return [(row.id, row.title) for row in rows]


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.activity_id:
        found.append(Seat.activity_id == search.activity_id)
    if search.project_id:
        found.append(Offering.project_id == search.project_id)
    if search.state:
        found.append(Seat.state == search.state)
    if search.organisation_id:
        found.append(Seat.organisation_id == search.organisation_id)
    return found + [_names(word) for word in search.text.split()[:5]]


def _names(word: str) -> ColumnElement[bool]:
    """Whether the word stands in the person's name or address, or in the organisation's name."""
    return or_(
        Registration.full_name.icontains(word, autoescape=True),
        Person.email.icontains(word, autoescape=True),
        Organisation.title.icontains(word, autoescape=True),
    )

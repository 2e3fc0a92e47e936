"""Lists of seats, narrowed by a search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from services.registration.models import Offering, Organisation, Person, Registration, Seat

Narrowed = TypeVar("Narrowed", bound=Select[*tuple[Any, ...]])


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
        _narrowed(select(Seat, Registration, Person.email, func.coalesce(Organisation.title, "")), search)
        .options(joinedload(Seat.offering, innerjoin=True))
        .order_by(Offering.starts_at, Offering.id, Registration.name_key, Seat.id)
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in session.execute(query)]


def how_many_seats_like(session: Session, search: Search) -> int:
    """How many rows `seats_like` has in all."""
    return session.scalar(_narrowed(select(func.count()).select_from(Seat), search)) or 0


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


def _narrowed(of_seats: Narrowed, search: Search) -> Narrowed:
    """The same of those seats that the search finds."""
    return (
        of_seats.join(Registration, Seat.registration_id == Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Organisation, Organisation.id == Seat.organisation_id)
        .join(Offering, Offering.id == Seat.activity_id)
        .where(*_conditions(search))
    )


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

"""What the mails of a batch tell of, as it is now, asked for all of them together: one wait for the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from services.notifications.models import (
    Activity,
    CalendarCopy,
    Mailing,
    Message,
    Person,
    Project,
    Recipient,
    Registration,
    Seat,
)
from services.notifications.models.base import Base
from services.notifications.models.copies import columns, copy_of
from shared.database import Asked, ask

T = TypeVar("T", bound=Base)


@dataclass(frozen=True)
class Facts:
    """Copies of rows, by what they are looked up by. What is not here has not arrived (yet)."""

    registrations: Mapping[UUID, Registration]
    activities: Mapping[UUID, Activity]
    projects: Mapping[UUID, Project]
    """Of the mailings: a registration's mails need none."""
    people: Mapping[UUID, Person]
    calendar: Mapping[tuple[UUID, UUID], CalendarCopy]
    mailings: Mapping[UUID, Mailing]
    recipients: Mapping[UUID, Recipient]
    suppressed: frozenset[tuple[str, str]]
    """(address in lower case, reason)."""


def _rows_of(kind: type[Base], where: str) -> str:
    return f"SELECT {columns(kind)} FROM {kind.__table__} WHERE {where}"  # noqa: S608 (constants)


# Past SQLAlchemy's compilation: every mail that leaves by itself pays for all of them.
_REGISTRATIONS = _rows_of(Registration, "id = ANY(%(registrations)s)")
_SEATS = _rows_of(Seat, "registration_id = ANY(%(registrations)s) ORDER BY place_in_form")
_ACTIVITIES = _rows_of(
    Activity,
    """id IN (SELECT unnest(%(activities)s::uuid[])
        UNION SELECT activity_id FROM seat WHERE registration_id = ANY(%(registrations)s)
        UNION SELECT activity_id FROM mailing WHERE id = ANY(%(mailings)s))""",
)
_CALENDAR = _rows_of(
    CalendarCopy,
    """(person_id, activity_id) IN (SELECT registration.person_id, seat.activity_id
        FROM registration JOIN seat ON seat.registration_id = registration.id WHERE registration.id = ANY(%(registrations)s))""",
)
_PEOPLE = _rows_of(Person, "id = ANY(%(people)s)")
_MAILINGS = _rows_of(Mailing, "id = ANY(%(mailings)s)")
_PROJECTS = _rows_of(Project, "id IN (SELECT project_id FROM mailing WHERE id = ANY(%(mailings)s))")
_RECIPIENTS = _rows_of(Recipient, "id = ANY(%(recipients)s)")
_SUPPRESSED = """
    SELECT address_key, reason FROM suppression WHERE address_key IN (
        SELECT lower(unnest(%(addresses)s::text[]))
        UNION SELECT lower(email) FROM person WHERE id = ANY(%(people)s)
        UNION SELECT lower(email) FROM registration WHERE id = ANY(%(registrations)s))
"""


def load_facts(session: Session, messages: Sequence[Message]) -> Facts:
    """All that the letters of `messages` may need. The session knows nothing of the rows: they are copies."""
    values: dict[str, list[Any]] = {
        "registrations": _ids(messages, "registration"),
        "activities": _ids(messages, "activity"),
        "mailings": list({m.mailing_id for m in messages if m.mailing_id}.union(_ids(messages, "mailing"))),
        "people": list({m.person_id for m in messages if m.person_id}),
        "recipients": _ids(messages, "recipient"),
        "addresses": list({m.recipient for m in messages if m.recipient}),
    }
    of_registrations, of_mailings = values["registrations"], values["mailings"]
    statements: tuple[tuple[str, Sequence[Any]], ...] = (
        (_REGISTRATIONS, of_registrations),
        (_SEATS, of_registrations),
        (_ACTIVITIES, [*of_registrations, *of_mailings, *values["activities"]]),
        (_CALENDAR, of_registrations),
        (_PEOPLE, values["people"]),
        (_MAILINGS, of_mailings),
        (_PROJECTS, of_mailings),
        (_RECIPIENTS, values["recipients"]),
        (_SUPPRESSED, messages),
    )
    answers = iter(ask(session, *(Asked(statement, values) for statement, needed in statements if needed)))
    registrations, seats, activities, calendar, people, mailings, projects, recipients, suppressed = (
        next(answers) if needed else [] for _, needed in statements
    )
    return Facts(
        registrations=_with_seats(registrations, seats),
        activities=_by_id(Activity, activities),
        projects=_by_id(Project, projects),
        people=_by_id(Person, people),
        calendar={(row.person_id, row.activity_id): copy_of(CalendarCopy, row) for row in calendar},
        mailings=_by_id(Mailing, mailings),
        recipients=_by_id(Recipient, recipients),
        suppressed=frozenset((row.address_key, row.reason) for row in suppressed),
    )


def _with_seats(registrations: Iterable[Any], seats: Iterable[Any]) -> dict[UUID, Registration]:
    theirs = defaultdict(list)
    for row in seats:
        theirs[row.registration_id].append(copy_of(Seat, row))
    found = _by_id(Registration, registrations)
    for key, registration in found.items():
        set_committed_value(registration, "seats", theirs[key])
    return found


def _ids(messages: Iterable[Message], name: str) -> list[UUID]:
    return list({UUID(m.context[name]) for m in messages if m.context.get(name)})


def _by_id(kind: type[T], rows: Iterable[Any]) -> dict[UUID, T]:
    return {row.id: copy_of(kind, row) for row in rows}

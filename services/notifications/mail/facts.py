"""What the mails of a batch tell of, as it is now, in a handful of queries for all of them together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from services.notifications.models import (
    Activity,
    CalendarCopy,
    Mailing,
    Message,
    Person,
    Project,
    Recipient,
    Registration,
    Suppression,
)

T = TypeVar("T", Registration, Activity, Project, Person, Mailing, Recipient)


@dataclass(frozen=True)
class Facts:
    """Copies of rows, by what they are looked up by. What is not here has not arrived (yet)."""

    registrations: Mapping[UUID, Registration]
    activities: Mapping[UUID, Activity]
    projects: Mapping[UUID, Project]
    people: Mapping[UUID, Person]
    calendar: Mapping[tuple[UUID, UUID], CalendarCopy]
    mailings: Mapping[UUID, Mailing]
    recipients: Mapping[UUID, Recipient]
    suppressed: frozenset[tuple[str, str]]
    """(address in lower case, reason)."""


def load_facts(session: Session, messages: Sequence[Message]) -> Facts:
    """All that the letters of `messages` may need."""
    registrations = _by_id(session, Registration, _ids(messages, "registration"))
    people = _by_id(session, Person, {m.person_id for m in messages if m.person_id})
    recipients = _by_id(session, Recipient, _ids(messages, "recipient"))
    mailings = _by_id(session, Mailing, {m.mailing_id for m in messages if m.mailing_id} | _ids(messages, "mailing"))
    activity_ids = {seat.activity_id for registration in registrations.values() for seat in registration.seats}
    activity_ids |= _ids(messages, "activity") | {m.activity_id for m in mailings.values() if m.activity_id}
    projects = _by_id(
        session, Project, {m.project_id for m in mailings.values()} | {r.project_id for r in registrations.values()}
    )
    return Facts(
        registrations=registrations,
        activities=_by_id(session, Activity, activity_ids),
        projects=projects,
        people=people,
        calendar=_calendar(session, registrations.values()),
        mailings=mailings,
        recipients=recipients,
        suppressed=_suppressed(session, messages, people.values(), registrations.values()),
    )


def _calendar(session: Session, registrations: Iterable[Registration]) -> dict[tuple[UUID, UUID], CalendarCopy]:
    pairs = {(r.person_id, seat.activity_id) for r in registrations for seat in r.seats}
    if not pairs:
        return {}
    query = select(CalendarCopy).where(tuple_(CalendarCopy.person_id, CalendarCopy.activity_id).in_(pairs))
    return {(copy.person_id, copy.activity_id): copy for copy in session.scalars(query)}


def _suppressed(
    session: Session, messages: Iterable[Message], people: Iterable[Person], registrations: Iterable[Registration]
) -> frozenset[tuple[str, str]]:
    keys = {m.recipient.lower() for m in messages if m.recipient}
    keys |= {person.email.lower() for person in people} | {r.email.lower() for r in registrations}
    query = select(Suppression.address_key, Suppression.reason).where(Suppression.address_key.in_(keys))
    return frozenset((row.address_key, row.reason) for row in session.execute(query))


def _ids(messages: Iterable[Message], name: str) -> set[UUID]:
    return {UUID(m.context[name]) for m in messages if m.context.get(name)}


def _by_id(session: Session, kind: type[T], ids: set[UUID]) -> dict[UUID, T]:
    if not ids:
        return {}
    return {row.id: row for row in session.scalars(select(kind).where(kind.id.in_(ids)))}

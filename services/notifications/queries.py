"""Reads for pages: each a query or two, whatever the length of the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from services.notifications.models import (
    OPEN,
    Activity,
    Contact,
    ContactList,
    Mailing,
    MailingList,
    Message,
    MessageAttempt,
    Pause,
    Person,
    Project,
    Recipient,
    RejectedLine,
)
from services.notifications.rules.placeholders import headline
from shared.errors import NotFound


@dataclass(frozen=True)
class Progress:
    """How far a mailing has come."""

    counts: Mapping[str, int]
    """State -> mails."""
    registered: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        return sum(count for state, count in self.counts.items() if state not in OPEN)

    @property
    def sent(self) -> int:
        return self.counts.get("sent", 0)


def mailings(session: Session) -> Sequence[Any]:
    """The newest two hundred mailings, each with what it is about and how it went; the newest first."""
    counts = (
        select(
            Message.mailing_id,
            func.count().label("recipients"),
            func.count().filter(Message.state == "sent").label("sent"),
            func.count().filter(Message.state.in_(("failed", "withheld"))).label("not_sent"),
        )
        .where(Message.mailing_id.is_not(None))
        .group_by(Message.mailing_id)
        .subquery()
    )
    registered = (
        select(Recipient.mailing_id, func.count(Recipient.registered_at).label("registered"))
        .group_by(Recipient.mailing_id)
        .subquery()
    )
    query = (
        select(
            Mailing.id,
            Mailing.subject,
            Mailing.state,
            Mailing.created_at,
            Mailing.launched_at,
            Mailing.created_by_name,
            Project.title.label("project"),
            Activity.title.label("activity"),
            func.coalesce(counts.c.recipients, 0).label("recipients"),
            func.coalesce(counts.c.sent, 0).label("sent"),
            func.coalesce(counts.c.not_sent, 0).label("not_sent"),
            func.coalesce(registered.c.registered, 0).label("registered"),
        )
        .outerjoin(Project, Project.id == Mailing.project_id)
        .outerjoin(Activity, Activity.id == Mailing.activity_id)
        .outerjoin(counts, counts.c.mailing_id == Mailing.id)
        .outerjoin(registered, registered.c.mailing_id == Mailing.id)
        .order_by(Mailing.created_at.desc())
        .limit(200)
    )
    return session.execute(query).all()


def lists_with_counts(session: Session) -> Sequence[Any]:
    """(ContactList, contacts, rejected lines), in alphabetical order."""
    contacts = select(func.count()).where(Contact.list_id == ContactList.id).scalar_subquery()
    rejected = select(func.count()).where(RejectedLine.list_id == ContactList.id).scalar_subquery()
    return session.execute(select(ContactList, contacts, rejected).order_by(ContactList.sort_key)).all()


def contacts_of(session: Session, list_id: UUID, *, limit: int, offset: int) -> Sequence[Contact]:
    """A page of a list, by name."""
    query = select(Contact).where(Contact.list_id == list_id).order_by(Contact.sort_key, Contact.id)
    return session.scalars(query.limit(limit).offset(offset)).all()


def count_contacts(session: Session, list_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Contact.list_id == list_id)) or 0


def rejected_lines(session: Session, list_id: UUID) -> Sequence[RejectedLine]:
    """In the order in which they were pasted."""
    query = select(RejectedLine).where(RejectedLine.list_id == list_id)
    return session.scalars(query.order_by(RejectedLine.id)).all()


def chosen_lists(session: Session, mailing_id: UUID) -> Sequence[ContactList]:
    """The lists that a draft is to go to."""
    query = (
        select(ContactList).join(MailingList, MailingList.list_id == ContactList.id).where(MailingList.mailing_id == mailing_id)
    )
    return session.scalars(query.order_by(ContactList.sort_key)).all()


def subjects(session: Session, *, now: datetime) -> Sequence[tuple[Project, Sequence[Activity]]]:
    """What one may invite to: published projects, each with its activities that can still be registered for."""
    coming = select(Activity).where(Activity.last_day > now).order_by(Activity.starts_at)
    by_project: dict[UUID, list[Activity]] = {}
    for activity in session.scalars(coming):
        by_project.setdefault(activity.project_id, []).append(activity)
    every = session.scalars(select(Project).order_by(Project.title)).all()
    return sorted(((project, by_project.get(project.id, [])) for project in every), key=lambda pair: (not pair[1], pair[0].title))


def progress_of(session: Session, mailing_id: UUID) -> Progress:
    """Counts by state, and how many have registered."""
    counts = session.execute(select(Message.state, func.count()).where(Message.mailing_id == mailing_id).group_by(Message.state))
    registered = session.scalar(select(func.count(Recipient.registered_at)).where(Recipient.mailing_id == mailing_id)) or 0
    return Progress(dict(counts.all()), registered)


def recipients_of(session: Session, mailing_id: UUID, *, limit: int, offset: int) -> Sequence[tuple[Recipient, Message]]:
    """A page of a mailing's recipients with their mails: what failed first, then by name."""
    troubled = case((Message.state == "failed", 0), (Message.state == "retry", 1), (Message.state == "withheld", 2), else_=3)
    query = (
        select(Recipient, Message)
        .join(Message, Message.dedupe_key == func.concat("invitation:", Recipient.mailing_id, ":", Recipient.id))
        .where(Recipient.mailing_id == mailing_id)
        .order_by(troubled, Recipient.sort_key, Recipient.id)
    )
    return session.execute(query.limit(limit).offset(offset)).all()


def search_messages(search: str, state: str, kind: str) -> Select[Message]:
    """Mails to an address that begins so, or to a person whose name holds it; the newest first."""
    query = select(Message)
    if words := search.strip().lower():
        people = select(Person.id).where(func.lower(Person.full_name).contains(words, autoescape=True))
        query = query.where(or_(Message.recipient_key.startswith(words, autoescape=True), Message.person_id.in_(people)))
    if state:
        query = query.where(Message.state == state)
    if kind:
        query = query.where(Message.kind == kind)
    return query


def count_messages(session: Session, query: Select[Message]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def page_of_messages(
    session: Session, query: Select[Message], *, limit: int, offset: int
) -> Sequence[tuple[Message, str | None]]:
    """(mail, the person's name if we know it)."""
    named = query.add_columns(Person.full_name).outerjoin(Person, Person.id == Message.person_id)
    return session.execute(named.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit).offset(offset)).all()


def message_with_attempts(session: Session, message_id: UUID) -> tuple[Message, Sequence[MessageAttempt], Person | None]:
    """Raises `NotFound`."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound
    attempts = session.scalars(
        select(MessageAttempt).where(MessageAttempt.message_id == message_id).order_by(MessageAttempt.n)
    ).all()
    return message, attempts, session.get(Person, message.person_id) if message.person_id else None


def server_pause(session: Session, *, now: datetime) -> Pause | None:
    """The mail server is away: since when, and until when we leave it alone."""
    return session.scalar(select(Pause).where(Pause.scope == "server", Pause.until > now))


def subject_of(project: Project | None, activity: Activity | None, mailing: Mailing) -> str:
    """A mailing's subject as its name."""
    return headline(mailing.subject, project.title if project else "", activity.title if activity else "")


def names(session: Session, mailing: Mailing) -> tuple[Project | None, Activity | None]:
    """What a mailing is about, as far as it is known."""
    project = session.get(Project, mailing.project_id)
    return project, session.get(Activity, mailing.activity_id) if mailing.activity_id else None

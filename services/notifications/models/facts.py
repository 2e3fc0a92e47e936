"""Copies of what other services say: what mails tell of. They arrive in any order, so nothing here refers to anything by key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.notifications.models.base import Base


class Organisation(Base):
    """An organisation of the register."""

    __tablename__ = "organisation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    status: Mapped[str]
    merged_into: Mapped[UUID | None]


class Project(Base):
    """A published learning project."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    slug: Mapped[str]
    title: Mapped[str]
    organiser: Mapped[str]
    purpose: Mapped[str]


class Activity(Base):
    """A released activity, with all that a mail and a calendar entry need."""

    __tablename__ = "activity"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    project_id: Mapped[UUID] = mapped_column(index=True)
    project_slug: Mapped[str]
    project_title: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    theme: Mapped[str]
    number: Mapped[int | None] = mapped_column(SmallInteger)
    mode: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str]
    place: Mapped[str]
    join_url: Mapped[str]
    host: Mapped[str]
    choice_group_title: Mapped[str]
    last_day: Mapped[datetime]
    calendar_uid: Mapped[str]
    calendar_sequence: Mapped[int]


class Person(Base):
    """Somebody who has registered: where and in which language to write to them."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str]
    email: Mapped[str]
    language: Mapped[str]
    known_at: Mapped[datetime]


class Registration(Base):
    """A registration as it is now."""

    __tablename__ = "registration"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    project_id: Mapped[UUID]
    person_id: Mapped[UUID]
    full_name: Mapped[str]
    email: Mapped[str]
    organisation_id: Mapped[UUID]
    organisation: Mapped[str]
    language: Mapped[str]
    sealed_link: Mapped[str]

    seats: Mapped[list["Seat"]] = relationship(
        primaryjoin="foreign(Seat.registration_id) == Registration.id",
        order_by="Seat.place_in_form",
        viewonly=True,
        lazy="selectin",
    )

    __table_args__ = (Index("ix_registration_person_id", "person_id"),)


class Seat(Base):
    """One person, one activity."""

    __tablename__ = "seat"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    registration_id: Mapped[UUID] = mapped_column(index=True)
    activity_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str]
    mode: Mapped[str]
    queue_place: Mapped[int | None]
    offer_expires_at: Mapped[datetime | None]
    place_in_form: Mapped[int] = mapped_column(SmallInteger)


class CalendarCopy(Base):
    """What we last put into a person's calendar for an activity: what the next entry must follow on from (RFC 5546)."""

    __tablename__ = "calendar_copy"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    uid: Mapped[str]
    method: Mapped[str]
    sequence: Mapped[int]
    fingerprint: Mapped[str]
    message_id: Mapped[UUID]
    at: Mapped[datetime]

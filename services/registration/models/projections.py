"""What registration keeps of the catalogue's facts: projects, activities as offerings, the organisation register, staff.

Written by handlers only, from events that arrive in any order between projects, activities and organisations: no foreign keys
between these tables.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.base import Base, one_of
from services.registration.rules.seats import Window
from shared.events.catalog import ActivityKind, Mode, OrganisationStatus


class Project(Base):
    """A published project, as the form shows it."""

    __tablename__ = "project"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    purpose: Mapped[str]
    organiser: Mapped[str]
    revision: Mapped[int] = mapped_column(comment="0: known only from its activities so far")


class Offering(Base):
    """An activity as something that may be booked. Its row is the lock that all changes of its seats take, in order of id."""

    __tablename__ = "offering"
    __table_args__ = (one_of("mode", "on_site", "online", "hybrid"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="the activity's id")
    revision: Mapped[int]
    project_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[ActivityKind] = mapped_column(Text)
    title: Mapped[str]
    theme: Mapped[str]
    number: Mapped[int | None]
    mode: Mapped[Mode] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str]
    place: Mapped[str]
    join_url: Mapped[str] = mapped_column(comment="shown only to those who have a seat")
    host_organisation_id: Mapped[UUID | None] = mapped_column(index=True)
    host: Mapped[str]
    choice_group_id: Mapped[UUID | None]
    choice_group_title: Mapped[str]
    choice_group_single: Mapped[bool]
    capacity: Mapped[int | None]
    seats_per_organisation: Mapped[int | None]
    waiting_list: Mapped[bool]
    opens_at: Mapped[datetime | None]
    last_day: Mapped[datetime]

    @property
    def window(self) -> Window:
        """When it takes registrations."""
        return Window(last_day=self.last_day, starts_at=self.starts_at, opens_at=self.opens_at)


class Organisation(Base):
    """An organisation of the register, or one that somebody has proposed here."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("status", "active", "pending", "merged"),
        Index("ix_organisation_active", "sort_key", postgresql_where=text("status = 'active'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]
    status: Mapped[OrganisationStatus] = mapped_column(Text)
    merged_into: Mapped[UUID | None]
    sort_key: Mapped[str]


class OrganisationName(Base):
    """What an organisation is called: its title and its aliases, as keys to look up by. Two may share an alias."""

    __tablename__ = "organisation_name"

    key: Mapped[str] = mapped_column(primary_key=True, comment="shared.i18n.sort_key of the name")
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class StaffOrganisation(Base):
    """Which organisation a member of staff belongs to: a host sees the activities that it hosts."""

    __tablename__ = "staff_organisation"

    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID | None]

"""What is known of other services' facts, from their events."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Uuid

from services.surveys.models.base import Base
from shared.i18n import N_, _

KINDS = {
    "workshop": N_("Workshop"),
    "study_visit": N_("Studiebesök"),
    "meeting": N_("Möte"),
    "seminar": N_("Seminarium"),
}


class Project(Base):
    """A published learning project. Revision 0: known only by an activity of its own so far."""

    __tablename__ = "projects"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    slug: Mapped[str]
    title: Mapped[str]
    sort_key: Mapped[str]


class Activity(Base):
    """A released activity, in its newest revision."""

    __tablename__ = "activities"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id), index=True)
    kind: Mapped[str]
    number: Mapped[int | None]
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str]

    project: Mapped[Project] = relationship(lazy="raise")

    @property
    def heading(self) -> str:
        """How people speak of it: "Workshop 2: Hinder och lösningar", or its title alone."""
        return f"{_(KINDS[self.kind])} {self.number}: {self.title}" if self.number and self.kind in KINDS else self.title


class KeptAttendance(Base):
    """A closed attendance that has not led to invitations yet: its activity is not known here, or its survey is switched off.

    It is removed when the invitations are made: who was present is no longer than needed in here.
    """

    __tablename__ = "kept_attendances"

    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]
    closed_at: Mapped[datetime]
    present: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))

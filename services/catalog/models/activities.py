"""Activities: what happens at a time and a place, with a host; their programme; and groups of parallel ones to choose from."""

from datetime import datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.catalog.models.base import Base, one_of, primary_key
from services.catalog.models.organisations import Organisation
from services.catalog.rules.window import Window, window
from shared.events.catalog import ActivityKind, ActivityReleased, Mode, ProgrammeEntry

if TYPE_CHECKING:
    from services.catalog.models.projects import Project

KINDS = ("workshop", "study_visit", "meeting", "seminar")
MODES = ("on_site", "online", "hybrid")


class ProgrammeItem(Base):
    """A point on the day's programme."""

    __tablename__ = "programme_item"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    starts: Mapped[time] = mapped_column(comment="on the clocks of the activity's own time zone")
    title: Mapped[str]
    speaker: Mapped[str]


class ChoiceGroup(Base):
    """Parallel activities of a project: choose one, or several."""

    __tablename__ = "choice_group"

    id: Mapped[UUID] = primary_key()
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    single: Mapped[bool] = mapped_column(comment="true: choose one; false: one or several")


class Activity(Base):
    """A workshop, study visit, meeting or seminar. Draft until released; a released time and place stand."""

    __tablename__ = "activity"
    __table_args__ = (
        one_of("kind", *KINDS),
        one_of("mode", *MODES),
        one_of("status", "draft", "released"),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint("capacity > 0 AND seats_per_organisation > 0", name="seats"),
        CheckConstraint("(status = 'draft') = (revision = 0)", name="released_has_revision"),
        CheckConstraint("least(speakers_women, speakers_men, speakers_other, speakers_not_stated) >= 0", name="speakers"),
        Index("ix_activity_coming", "ends_at", postgresql_where="status = 'released'"),
        Index("ix_activity_region", "region_code", "starts_at", postgresql_where="status = 'released'"),
    )

    id: Mapped[UUID] = primary_key()
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ActivityKind] = mapped_column(Text)
    number: Mapped[int | None]
    theme: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(comment="Markdown")
    mode: Mapped[Mode] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str] = mapped_column(default="Europe/Stockholm")
    venue: Mapped[str]
    address: Mapped[str]
    town: Mapped[str]
    join_url: Mapped[str] = mapped_column(comment="only for those who have a seat: never on a public page")
    host_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(comment="the county where it takes place; none for what is online only")
    capacity: Mapped[int | None]
    seats_per_organisation: Mapped[int | None]
    waiting_list: Mapped[bool]
    opens_at: Mapped[datetime | None]
    last_day: Mapped[datetime] = mapped_column(comment="the moment after which registration is closed")
    choice_group_id: Mapped[UUID | None] = mapped_column(ForeignKey("choice_group.id", ondelete="SET NULL"), index=True)
    speakers_women: Mapped[int] = mapped_column(default=0)
    speakers_men: Mapped[int] = mapped_column(default=0)
    speakers_other: Mapped[int] = mapped_column(default=0)
    speakers_not_stated: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="draft")
    revision: Mapped[int] = mapped_column(default=0, comment="how many times its facts were released")
    version: Mapped[int] = mapped_column(default=1, comment="how many times it was saved: two people editing notice each other")
    calendar_uid: Mapped[str] = mapped_column(unique=True)
    calendar_sequence: Mapped[int] = mapped_column(default=0, comment="RFC 5545: only grows, and only when time or place changes")

    project: Mapped["Project"] = relationship("services.catalog.models.projects.Project", back_populates="activities")
    host: Mapped[Organisation | None] = relationship()
    choice_group: Mapped[ChoiceGroup | None] = relationship()
    programme: Mapped[list[ProgrammeItem]] = relationship(cascade="all, delete-orphan", order_by=ProgrammeItem.position)

    @property
    def is_released(self) -> bool:
        return self.status == "released"

    @property
    def place(self) -> str:
        """Venue, address and town on one line; empty for what is online only."""
        return ", ".join(part for part in (self.venue, self.address, self.town) if part) if self.mode != "online" else ""

    def window(self, now: datetime) -> Window:
        """Whether one can register at `now`."""
        return window(now, opens_at=self.opens_at, last_day=self.last_day, ends_at=self.ends_at)

    def snapshot(self) -> ActivityReleased:
        """All that the other services need, as it stands."""
        group = self.choice_group
        return ActivityReleased(
            activity_id=self.id,
            revision=self.revision,
            project_id=self.project_id,
            project_slug=self.project.slug,
            project_title=self.project.title,
            kind=self.kind,
            title=self.title,
            theme=self.theme,
            number=self.number,
            mode=self.mode,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            timezone=self.timezone,
            place=self.place,
            join_url=self.join_url,
            host_organisation_id=self.host_id,
            host=self.host.title if self.host else "",
            region_code=self.region_code,
            choice_group_id=group.id if group else None,
            choice_group_title=group.title if group else "",
            choice_group_single=group.single if group else False,
            capacity=self.capacity,
            seats_per_organisation=self.seats_per_organisation,
            waiting_list=self.waiting_list,
            opens_at=self.opens_at,
            last_day=self.last_day,
            programme=tuple(
                ProgrammeEntry(starts=f"{item.starts:%H:%M}", title=item.title, speaker=item.speaker) for item in self.programme
            ),
            calendar_uid=self.calendar_uid,
            calendar_sequence=self.calendar_sequence,
        )

"""Learning projects: why, for whom, what is expected of them, and who leads them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.catalog.models.activities import Activity, ChoiceGroup
from services.catalog.models.base import Base, Placed, one_of, primary_key
from services.catalog.models.organisations import Organisation
from services.catalog.models.staff import StaffMember
from shared.events.catalog import ProjectPublished

KINDS = ("learning_project", "learning_lab", "network", "seminar_series", "development_project")


class ExpectedOutcome(Placed, Base):
    """What the project is expected to lead to; measured by temperature measurements."""

    __tablename__ = "expected_outcome"

    id: Mapped[UUID] = primary_key()
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]


class ProjectOrganiser(Placed, Base):
    """An organisation that runs the project."""

    __tablename__ = "project_organiser"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)

    organisation: Mapped[Organisation] = relationship()


class ProjectLeader(Placed, Base):
    """Who leads the project: an organisation, and a person's name if the person wants it shown."""

    __tablename__ = "project_leader"

    id: Mapped[UUID] = primary_key()
    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    person: Mapped[str]

    organisation: Mapped[Organisation] = relationship()


class FocusArea(Placed, Base):
    """What a region works with in a programme (insatsområde), or a regional project within itself."""

    __tablename__ = "focus_area"
    __table_args__ = (CheckConstraint("num_nonnulls(region_code, project_id) <= 1", name="of_one"),)

    id: Mapped[UUID] = primary_key()
    title: Mapped[str]
    programme: Mapped[str]
    region_code: Mapped[str | None] = mapped_column(index=True, comment="none, and no project: every region works with it")
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)


class Project(Base):
    """A learning project. Draft → published → finished (with its final report)."""

    __tablename__ = "project"
    __table_args__ = (
        one_of("kind", *KINDS),
        one_of("status", "draft", "published", "finished"),
        CheckConstraint("(status = 'draft') = (revision = 0)", name="published_has_revision"),
        Index("ix_project_finished", "finished_at", postgresql_where="status = 'finished'"),
    )

    id: Mapped[UUID] = primary_key()
    kind: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True, comment="in its address; stands still once published")
    title: Mapped[str]
    sort_key: Mapped[str]
    purpose: Mapped[str] = mapped_column(comment="Markdown, as the three below")
    audience: Mapped[str]
    obligations: Mapped[str]
    continuation: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft", index=True)
    revision: Mapped[int] = mapped_column(default=0, comment="how many times its public facts were published")
    version: Mapped[int] = mapped_column(default=1, comment="how many times it was saved: two people editing notice each other")
    responsible_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    responsible: Mapped[StaffMember | None] = relationship()
    outcomes: Mapped[list[ExpectedOutcome]] = relationship(cascade="all, delete-orphan", order_by=ExpectedOutcome.position)
    organisers: Mapped[list[ProjectOrganiser]] = relationship(cascade="all, delete-orphan", order_by=ProjectOrganiser.position)
    leaders: Mapped[list[ProjectLeader]] = relationship(cascade="all, delete-orphan", order_by=ProjectLeader.position)
    focus_areas: Mapped[list[FocusArea]] = relationship(cascade="all, delete-orphan", order_by=FocusArea.position)
    choice_groups: Mapped[list[ChoiceGroup]] = relationship(cascade="all, delete-orphan", order_by=ChoiceGroup.title)
    activities: Mapped[list[Activity]] = relationship(
        back_populates="project", cascade="all, delete-orphan", order_by=[Activity.starts_at, Activity.id]
    )

    @property
    def is_public(self) -> bool:
        return self.status != "draft"

    @property
    def organiser_names(self) -> str:
        """Those who run it, as people read them: "Reglab och Tillväxtverket"."""
        names = [organiser.organisation.title for organiser in self.organisers]
        return " och ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)

    def snapshot(self) -> ProjectPublished:
        """What the other services need, as it stands."""
        return ProjectPublished(
            project_id=self.id,
            slug=self.slug,
            title=self.title,
            kind=self.kind,
            purpose=self.purpose,
            organiser=self.organiser_names,
            revision=self.revision,
        )

"""What became of a project: who took part, without saying who; what was answered; and the report, frozen.

These rows come from other services' events, in any order: they hold no foreign keys, and may stand here before (or without) the
project and the activity that they are about.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base


class Attendance(Base):
    """An activity's attendance was closed: how many were there. Replaced by a higher revision."""

    __tablename__ = "attendance"

    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    revision: Mapped[int]
    present: Mapped[int]
    excused: Mapped[int]
    absent: Mapped[int]
    closed_at: Mapped[datetime]


class Participation(Base):
    """Somebody was present at an activity, and represented an organisation at the time."""

    __tablename__ = "participation"

    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    pseudonym: Mapped[bytes] = mapped_column(
        LargeBinary,
        primary_key=True,
        comment="HMAC-SHA-256 of the person by the project's salt: tells people apart, not who",
    )
    project_id: Mapped[UUID] = mapped_column(index=True)
    organisation_id: Mapped[UUID]


class ProjectSalt(Base):
    """What ties pseudonyms to people. Thrown away when the report is published: the counts stay, nobody can be followed."""

    __tablename__ = "project_salt"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)


class SurveyResult(Base):
    """A survey's results, as the surveys service published them."""

    __tablename__ = "survey_result"

    survey_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    activity_id: Mapped[UUID]
    title: Mapped[str]
    invited: Mapped[int]
    answered: Mapped[int]
    questions: Mapped[list[Any]]
    closed_at: Mapped[datetime]


class Mailing(Base):
    """A mailing of the project has been sent in full."""

    __tablename__ = "mailing"

    mailing_id: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID] = mapped_column(index=True)
    subject: Mapped[str]
    recipients: Mapped[int]
    sent: Mapped[int]
    failed: Mapped[int]
    completed_at: Mapped[datetime]


class FinalReport(Base):
    """The project's figures as they were when the report was published. Never changed after."""

    __tablename__ = "final_report"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"), primary_key=True)
    figures: Mapped[dict[str, Any]]
    sentence: Mapped[str]
    sentence_en: Mapped[str]
    surveys: Mapped[list[Any]] = mapped_column(comment="the results as they were published, one per survey")
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

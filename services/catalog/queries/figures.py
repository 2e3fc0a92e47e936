"""A project's figures and survey results, from what the events said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.models import Activity, Attendance, FinalReport, Mailing, Organisation, Participation, SurveyResult
from services.catalog.rules.details import Speakers
from services.catalog.rules.figures import Figures, Held, Presence, compute
from shared.events.surveys import QuestionResult


@dataclass(frozen=True)
class Results:
    """One survey's results, as a page shows them: from the event, or from a frozen report."""

    title: str
    activity_id: UUID
    invited: int
    answered: int
    questions: tuple[QuestionResult, ...]
    closed_at: datetime

    @classmethod
    def thawed(cls, frozen: dict[str, Any]) -> "Results":
        """What `frozen` made a JSON value of."""
        return cls(
            title=frozen["title"],
            activity_id=UUID(frozen["activity_id"]),
            invited=frozen["invited"],
            answered=frozen["answered"],
            questions=tuple(QuestionResult.model_validate(question) for question in frozen["questions"]),
            closed_at=datetime.fromisoformat(frozen["closed_at"]),
        )

    def frozen(self) -> dict[str, Any]:
        """A JSON value, for the report."""
        return {
            "title": self.title,
            "activity_id": str(self.activity_id),
            "invited": self.invited,
            "answered": self.answered,
            "questions": [question.model_dump(mode="json") for question in self.questions],
            "closed_at": self.closed_at.isoformat(),
        }


def project_figures(session: Session, project_id: UUID) -> Figures:
    """The figures as they are now. Three statements."""
    columns = (Participation.activity_id, Participation.pseudonym, Participation.organisation_id)
    present = session.execute(select(*columns).where(Participation.project_id == project_id)).all()
    activities = session.scalars(select(Activity).where(Activity.project_id == project_id)).all()
    merged = session.execute(
        select(Organisation.id, Organisation.merged_into_id).where(Organisation.merged_into_id.is_not(None))
    ).all()
    return compute(
        (Presence(row.activity_id, row.pseudonym, row.organisation_id) for row in present),
        (
            Held(
                activity.id,
                activity.kind,
                activity.mode,
                activity.region_code,
                Speakers(activity.speakers_women, activity.speakers_men, activity.speakers_other, activity.speakers_not_stated),
            )
            for activity in activities
        ),
        {row.id: row.merged_into_id for row in merged if row.merged_into_id},
    )


def frozen_figures(report: FinalReport) -> Figures:
    """The figures of a published report."""
    stored = dict(report.figures)
    stored["speakers"] = Speakers(**stored["speakers"])
    stored["regions_visited"] = tuple(stored["regions_visited"])
    return Figures(**stored)


def survey_results(session: Session, project_id: UUID) -> list[Results]:
    """What the project's surveys have said so far, in the order in which they were closed."""
    rows = session.scalars(
        select(SurveyResult).where(SurveyResult.project_id == project_id).order_by(SurveyResult.closed_at, SurveyResult.survey_id)
    )
    return [
        Results(
            title=row.title,
            activity_id=row.activity_id,
            invited=row.invited,
            answered=row.answered,
            questions=tuple(QuestionResult.model_validate(question) for question in row.questions),
            closed_at=row.closed_at,
        )
        for row in rows
    ]


def attendances(session: Session, project_id: UUID) -> dict[UUID, Attendance]:
    """The closed attendances of a project, by activity."""
    rows = session.scalars(select(Attendance).where(Attendance.project_id == project_id))
    return {row.activity_id: row for row in rows}


def mailings(session: Session, project_id: UUID) -> Sequence[Mailing]:
    """The project's mailings that are done, the newest first."""
    return session.scalars(
        select(Mailing).where(Mailing.project_id == project_id).order_by(Mailing.completed_at.desc(), Mailing.mailing_id)
    ).all()

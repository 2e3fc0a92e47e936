"""Reads that the staff's pages show."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from services.surveys.errors import NoSuchSurvey
from services.surveys.models import Activity, Invitation, KeptAttendance, Project, Question, Response, Result, Slip, Survey
from services.surveys.rules.results import response_rate


@dataclass(frozen=True)
class Turnout:
    """A survey, and how many of the invited have answered: all that anybody sees before it is closed."""

    survey: Survey
    invited: int
    answered: int

    @property
    def rate(self) -> float:
        return response_rate(self.answered, self.invited)


def count_projects(session: Session, slug: str | None) -> int:
    """How many projects there are to list."""
    return session.scalar(select(func.count()).select_from(Project).where(*_called(slug))) or 0


def surveys_by_project(session: Session, slug: str | None, *, limit: int, offset: int) -> list[tuple[Project, list[Turnout]]]:
    """Projects in alphabetical order with the surveys of their activities in order of time."""
    shown = select(Project.id).where(*_called(slug)).order_by(Project.sort_key, Project.id).limit(limit).offset(offset)
    query = _turnouts().where(Project.id.in_(shown)).order_by(Project.sort_key, Project.id, Activity.starts_at, Activity.number)
    grouped: dict[UUID, tuple[Project, list[Turnout]]] = {}
    for row in session.execute(query):
        project = row[0].activity.project
        grouped.setdefault(project.id, (project, []))[1].append(Turnout(*row))
    return list(grouped.values())


def turnout(session: Session, survey_id: UUID) -> Turnout:
    """One survey with its questions. Raises `NoSuchSurvey`."""
    row = session.execute(_turnouts().where(Survey.id == survey_id).options(selectinload(Survey.questions))).one_or_none()
    if row is None:
        raise NoSuchSurvey
    return Turnout(*row)


def waiting_to_be_invited(session: Session, activity_id: UUID) -> int | None:
    """How many were present at an activity whose survey has been held back; None when the attendance is not closed."""
    return session.scalar(select(func.cardinality(KeptAttendance.present)).where(KeptAttendance.activity_id == activity_id))


def result_of(session: Session, survey_id: UUID) -> Result | None:
    """What may be shown; None for a survey that is not closed, or that too few have answered."""
    return session.get(Result, survey_id)


def texts(session: Session, questions: Sequence[Question]) -> dict[UUID, list[str]]:
    """What people wrote, question by question, in a new random order each time: no person's texts stand together."""
    asked = [question for question in questions if question.kind == "text"]
    if not asked:
        return {}
    answers = session.scalars(select(Response.answers).where(Response.survey_id == asked[0].survey_id)).all()
    written = {question.id: [given[str(question.id)] for given in answers if str(question.id) in given] for question in asked}
    for each in written.values():
        secrets.SystemRandom().shuffle(each)
    return written


def _called(slug: str | None) -> list[ColumnElement[bool]]:
    has_survey = select(Survey.id).join(Survey.activity).where(Activity.project_id == Project.id).exists()
    return [has_survey] if slug is None else [has_survey, Project.slug == slug]


def _turnouts() -> Select[Survey, int, int]:
    invited = select(func.count()).where(Invitation.survey_id == Survey.id).scalar_subquery()
    answered = select(func.count()).where(Slip.survey_id == Survey.id, Slip.spent).scalar_subquery()
    return (
        select(Survey, invited, answered)
        .join(Survey.activity)
        .join(Activity.project)
        .options(contains_eager(Survey.activity).contains_eager(Activity.project))
    )

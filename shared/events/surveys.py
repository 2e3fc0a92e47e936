"""What surveys publishes."""

from datetime import datetime
from uuid import UUID

from shared.events.base import Event, Part


class SurveyInvited(Event, name="survey.invited"):
    """A person who was present is asked to answer a survey. Key: the person."""

    survey_id: UUID
    person_id: UUID
    """Notifications knows the address and the language; surveys never does."""
    activity_id: UUID
    project_id: UUID
    title: str
    activity_title: str
    sealed_link: str
    closes_at: datetime


class AnswerCount(Part):
    label: str
    label_en: str = ""
    count: int | None
    """None: hidden, since fewer than the threshold answered so."""


class QuestionResult(Part):
    text: str
    text_en: str = ""
    kind: str
    """scale, single, multi or text (text answers are never published)."""
    answered: int
    mean: float | None = None
    counts: tuple[AnswerCount, ...] = ()


class ResultsPublished(Event, name="results.published"):
    """A survey was closed with at least as many answers as its threshold; these are its results. Key: the survey."""

    survey_id: UUID
    activity_id: UUID
    project_id: UUID
    title: str
    invited: int
    answered: int
    questions: tuple[QuestionResult, ...]
    closed_at: datetime

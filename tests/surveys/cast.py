"""A project with a workshop, those who were there, and what they answer: what the tests are about."""

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from services.surveys.actions.answering import answer
from services.surveys.actions.drafts import change_settings
from services.surveys.handlers import HANDLERS
from services.surveys.models import Mode, Question, Survey
from shared.events import Event
from shared.events.catalog import ActivityReleased, ProjectPublished
from shared.events.registration import AttendanceClosed, Attendee
from shared.events.surveys import SurveyInvited
from shared.secrets import unseal
from shared.testing import recorded

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
ORGANISATION = uuid4()


def handle(session: Session, *events: Event) -> None:
    """Have the service hear `events`, in this order."""
    for event in events:
        for react in HANDLERS[type(event)]:
            react(session, event)
        session.flush()


def released(**changes: Any) -> ActivityReleased:
    facts: dict[str, Any] = {
        "activity_id": uuid4(),
        "revision": 1,
        "project_id": uuid4(),
        "project_slug": "gron-omstallning",
        "project_title": "Grön omställning",
        "kind": "workshop",
        "number": 1,
        "title": "Vad menar vi?",
        "mode": "on_site",
        "starts_at": NOW - timedelta(hours=6),
        "ends_at": NOW - timedelta(hours=1),
        "last_day": NOW - timedelta(days=14),
        "calendar_uid": "workshop-1@traffpunkt.example",
    }
    return ActivityReleased(**facts | changes)


def published(activity: ActivityReleased, **changes: Any) -> ProjectPublished:
    facts: dict[str, Any] = {
        "project_id": activity.project_id,
        "slug": activity.project_slug,
        "title": activity.project_title,
        "kind": "learning_project",
        "purpose": "Lära",
        "organiser": "Reglab",
        "revision": 1,
    }
    return ProjectPublished(**facts | changes)


def attended(
    activity: ActivityReleased, present: Sequence[UUID], *, absent: Sequence[UUID] = (), **changes: Any
) -> AttendanceClosed:
    attendees = [Attendee(person_id=person, organisation_id=ORGANISATION, state="present") for person in present]
    attendees += [Attendee(person_id=person, organisation_id=ORGANISATION, state="absent") for person in absent]
    facts: dict[str, Any] = {
        "activity_id": activity.activity_id,
        "project_id": activity.project_id,
        "revision": 1,
        "attendees": tuple(attendees),
        "closed_at": NOW,
    }
    return AttendanceClosed(**facts | changes)


def people(number: int) -> list[UUID]:
    return [uuid4() for _ in range(number)]


def draft_survey(session: Session, activity: ActivityReleased | None = None) -> Survey:
    """The survey of an activity that has not been held yet."""
    activity = activity or released()
    handle(session, activity)
    return survey_of(session, activity)


def open_survey(session: Session, present: Sequence[UUID], mode: Mode = "tracked", *, threshold: int = 5) -> Survey:
    """A survey that has been sent to `present`."""
    activity = released()
    survey = draft_survey(session, activity)
    change_settings(session, survey.id, mode=mode, threshold=threshold, open_days=14)
    handle(session, attended(activity, present))
    return survey_of(session, activity)


def survey_of(session: Session, activity: ActivityReleased) -> Survey:
    return session.scalars(
        select(Survey)
        .where(Survey.activity_id == activity.activity_id)
        .options(selectinload(Survey.questions))
        .execution_options(populate_existing=True)
    ).one()


def tokens(session: Session) -> dict[UUID, str]:
    """What stands in each person's link."""
    invited = recorded(session, SurveyInvited, subscriber="notifications")
    return {event.person_id: unseal(event.sealed_link).rsplit("/", 1)[1] for event in invited}


def full_answer(questions: Sequence[Question], grade: int = 4, words: str = "") -> dict[str, Any]:
    """An answer to every question."""
    values: dict[str, Any] = {"scale": grade, "single": 0, "multi": [0, 1], "text": words}
    return {str(question.id): values[question.kind] for question in questions if values[question.kind] != ""}


def answer_all(session: Session, survey: Survey, grades: Sequence[int], words: Sequence[str] = ()) -> None:
    """One answer for each of `grades`, by so many of the invited."""
    for number, (grade, token) in enumerate(zip(grades, tokens(session).values(), strict=False)):
        text = words[number] if number < len(words) else ""
        answer(session, token, full_answer(survey.questions, grade, text), now=NOW)


def form_of(questions: Sequence[Question], grade: int = 4, words: str = "") -> dict[str, Any]:
    """What a browser posts for `full_answer`."""
    values: dict[str, Any] = {"scale": str(grade), "single": "0", "multi": ["0", "1"], "text": words}
    return {f"fraga_{question.position}": values[question.kind] for question in questions}


def text_of(page: str) -> str:
    """What a person reads of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())

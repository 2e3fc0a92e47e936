"""The demonstration's answers: those who were present at the finished project's activities answer, about two in three of them.

They answer as people do, by the link in their mail, through the normal action. Seeded: it is the same every time.
"""

import random
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload, selectinload, sessionmaker

from services.surveys.actions.answering import answer
from services.surveys.actions.closing import close_survey
from services.surveys.models import Activity, Project, Question, Survey
from shared.clock import now
from shared.secrets import unseal

FINISHED = "naringslivets-grona-omstallning"
ACTIVITIES = 16
RATE = 0.65
PATIENCE = 60.0
"""Seconds to wait for the other services' facts."""

_GRADES = {1: 1, 2: 3, 3: 14, 4: 46, 5: 36}
_CHOICES = {
    3: [62, 27, 11],
    5: [24, 40, 26, 4, 6],
}
_WRITTEN = [
    "Mer tid för samtal i små grupper.",
    "Exemplen från andra regioner var det bästa. Fortsätt så!",
    "Skicka gärna ut materialet i förväg.",
    "Bra upplägg, men dagen blev lite lång.",
    "Fler företag på plats hade gett en annan diskussion.",
    "Det skulle vara värdefullt med en uppföljning om ett halvår.",
    "Tydligare koppling mellan presentationerna och gruppövningen.",
    "Jag tog med mig två nya kontakter och en metod att pröva hemma.",
    "Kortare resor, eller fler digitala träffar.",
]


def load(sessions: sessionmaker[Session]) -> None:
    """Wait until the finished project's surveys are sent, answer them, and close them. Does nothing the second time."""
    deadline = time.monotonic() + PATIENCE
    done: set[UUID] = set()
    while len(done) < ACTIVITIES and time.monotonic() < deadline:
        with sessions() as session:
            ready = _sent(session)
        for survey_id, state in ready:
            if survey_id not in done:
                if state == "open":
                    with sessions.begin() as session:
                        _answer_and_close(session, survey_id)
                done.add(survey_id)
        if len(done) < ACTIVITIES:
            time.sleep(0.1)
    if len(done) < ACTIVITIES:
        print(f"surveys: only {len(done)} of {ACTIVITIES} surveys were sent within {PATIENCE:.0f} s", flush=True)
    else:
        print(f"surveys: {len(done)} surveys answered and closed", flush=True)


def _sent(session: Session) -> list[tuple[UUID, str]]:
    query = (
        select(Survey.id, Survey.state)
        .join(Survey.activity)
        .join(Activity.project)
        .where(Project.slug == FINISHED, Survey.state != "draft")
        .order_by(Activity.starts_at)
    )
    return [(row.id, row.state) for row in session.execute(query)]


def _answer_and_close(session: Session, survey_id: UUID) -> None:
    survey = session.scalars(
        select(Survey).where(Survey.id == survey_id).options(selectinload(Survey.questions), joinedload(Survey.activity))
    ).one()
    closing = min(now(), survey.activity.ends_at + timedelta(days=15))
    chance = random.Random(f"{survey.activity.title} {survey.activity.starts_at:%m-%d}")  # noqa: S311 (a demonstration)
    mood = chance.uniform(-0.4, 0.4)
    links = _links(session, survey_id)
    for link in chance.sample(links, round(len(links) * RATE)):
        token = link.rsplit("/", 1)[1]
        answer(session, token, _answers(survey.questions, chance, mood), now=closing)
    close_survey(session, survey_id, now=closing)


def _links(session: Session, survey_id: UUID) -> list[str]:
    """What stands in the mails: read where they were said, since nothing else in here knows the tokens."""
    query = text(
        "SELECT payload ->> 'sealed_link' FROM outbox WHERE name = 'survey.invited' AND payload ->> 'survey_id' = :survey"
    )
    return [unseal(sealed) for sealed in session.scalars(query, {"survey": str(survey_id)})]


def _answers(questions: list[Question], chance: random.Random, mood: float) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for question in questions:
        value = _value(question, chance, mood)
        if value not in (None, []):
            given[str(question.id)] = value
    return given


def _value(question: Question, chance: random.Random, mood: float) -> Any:
    match question.kind:
        case "scale":
            grade = chance.choices(list(_GRADES), list(_GRADES.values()))[0]
            return min(5, max(1, round(grade + mood)))
        case "single":
            options = len(question.options)
            return chance.choices(range(options), _CHOICES.get(options, [1] * options))[0]
        case "multi":
            return [number for number, _ in enumerate(question.options) if chance.random() < 0.6 - 0.08 * number]
        case "text":
            return chance.choice(_WRITTEN) if chance.random() < 0.3 else None

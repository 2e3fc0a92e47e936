"""Answering, once, so that nobody can tell who answered what. How the tables keep that is told in `models/ballots.py`."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session, contains_eager, selectinload

from services.surveys.errors import AlreadyAnswered, NoSuchLink
from services.surveys.models import Activity, Ballot, Slip, Survey
from services.surveys.models.survey import guard_open
from shared.secrets import hash_token, seal, unseal

_BLOCK = 2048
"""Sealed answers come in multiples of so many characters: the length of one must not be that of somebody's text."""

# Made once: every answer asks them.
_BEHIND = (
    select(Survey, Slip.spent)
    .join(Slip, Slip.survey_id == Survey.id)
    .join(Survey.activity)
    .join(Activity.project)
    .where(Slip.token_hash == bindparam("token_hash"))
    .options(contains_eager(Survey.activity).contains_eager(Activity.project), selectinload(Survey.questions))
)
_HOLD = (
    select(Survey.id, Survey.state, Survey.closes_at)
    .join(Slip, Slip.survey_id == Survey.id)
    .where(Slip.token_hash == bindparam("token_hash"))
    .with_for_update(read=True, of=Survey)
)
_SPEND = (
    update(Slip.__table__)  # type: ignore[arg-type]
    .where(Slip.token_hash == bindparam("slip"), Slip.spent.is_(False))
    .values(spent=True)
    .returning(Slip.__table__.c.survey_id)
)
_PUT_IN = insert(Ballot.__table__)  # type: ignore[arg-type]

Answers = Mapping[str, Any]
"""By the question's id, as in `models.ballots.Response`; questions without an answer are not in here."""


def survey_behind(session: Session, token: str, *, now: datetime) -> Survey:
    """The survey that the link leads to, ready to be answered. Changes nothing.

    Raises `NoSuchLink`, `AlreadyAnswered`, `SurveyClosed`.
    """
    found = session.execute(_BEHIND, {"token_hash": hash_token(token)}).one_or_none()
    if found is None:
        raise NoSuchLink
    survey, spent = found
    if spent:
        raise AlreadyAnswered
    survey.guard_open(now)
    return survey


def answer(session: Session, token: str, answers: Answers, *, now: datetime) -> None:
    """Spend the slip and put the sealed answers in the box. Of any number at the same time, one does; the others are told.

    Raises `NoSuchLink`, `AlreadyAnswered`, `SurveyClosed`.
    """
    token_hash = hash_token(token)
    # The box is not emptied while somebody is putting an answer in it: closing waits for this lock, and this for closing.
    survey = session.execute(_HOLD, {"token_hash": token_hash}).one_or_none()
    if survey is None:
        raise NoSuchLink
    guard_open(survey.state, survey.closes_at, now)
    if session.execute(_SPEND, {"slip": token_hash}).one_or_none() is None:
        raise AlreadyAnswered
    session.execute(_PUT_IN, {"survey_id": survey.id, "sealed": _seal(answers)})


def empty_box(session: Session, survey_id: UUID) -> list[dict[str, Any]]:
    """The answers of a survey that has just been closed, shuffled. The box holds none of them any more."""
    sealed = list(session.scalars(delete(Ballot).where(Ballot.survey_id == survey_id).returning(Ballot.sealed)))
    secrets.SystemRandom().shuffle(sealed)
    return [json.loads(unseal(each)) for each in sealed]


def _seal(answers: Answers) -> str:
    text = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
    length = len(text.encode())
    return seal(text + " " * (-length % _BLOCK), dated=False)

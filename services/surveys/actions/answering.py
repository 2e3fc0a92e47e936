"""Answering, once, so that nobody can tell who answered what. How the tables keep that is told in `models/ballots.py`."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from services.surveys.errors import AlreadyAnswered, NoSuchLink
from services.surveys.models import Activity, Ballot, Slip, Survey
from services.surveys.models.survey import guard_open
from shared.database import Asked, ask
from shared.secrets import hash_token, seal, unseal

_BLOCK = 2048
"""Sealed answers come in multiples of so many characters: the length of one must not be that of somebody's text."""

# Made once: whoever opens a link asks it.
_BEHIND = (
    select(Survey, Slip.spent)
    .join(Slip, Slip.survey_id == Survey.id)
    .join(Survey.activity)
    .join(Activity.project)
    .where(Slip.token_hash == bindparam("token_hash"))
    .options(contains_eager(Survey.activity).contains_eager(Activity.project), selectinload(Survey.questions))
)
_QUESTIONS = """
    SELECT question.id, question.position, question.kind, jsonb_array_length(question.options) AS alternatives,
           question.required, survey.state, survey.closes_at, slip.spent
    FROM slips AS slip JOIN surveys AS survey ON survey.id = slip.survey_id
    JOIN questions AS question ON question.survey_id = survey.id
    WHERE slip.token_hash = %(token_hash)s ORDER BY question.position
"""
# The box is not emptied while somebody is putting an answer in it: closing waits for this lock, and this for closing.
_PUT_IN = """
    WITH held AS (
        SELECT survey.id FROM slips AS slip JOIN surveys AS survey ON survey.id = slip.survey_id
        WHERE slip.token_hash = %(token_hash)s AND survey.state = 'open' AND survey.closes_at > %(now)s
        FOR SHARE OF survey
    ), spent AS (
        UPDATE slips SET spent = true FROM held WHERE token_hash = %(token_hash)s AND NOT spent RETURNING survey_id
    )
    INSERT INTO ballots (id, survey_id, sealed) SELECT %(id)s, survey_id, %(sealed)s FROM spent RETURNING survey_id
"""

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


def questions_behind(session: Session, token: str, *, now: datetime) -> list[Any]:
    """What an answer to the survey behind the link is read by, and no more: id, position, kind, alternatives, required.

    Raises as `survey_behind`.
    """
    [rows] = ask(session, Asked(_QUESTIONS, {"token_hash": hash_token(token)}))
    if not rows:
        raise NoSuchLink
    if rows[0].spent:
        raise AlreadyAnswered
    guard_open(rows[0].state, rows[0].closes_at, now)
    return rows


def answer(session: Session, token: str, answers: Answers, *, now: datetime) -> None:
    """Spend the slip and put the sealed answers in the box. Of any number at the same time, one does; the others are told.

    Raises `NoSuchLink`, `AlreadyAnswered`, `SurveyClosed`.
    """
    values = {"token_hash": hash_token(token), "now": now, "id": uuid4(), "sealed": _seal(answers)}
    [put_in] = ask(session, Asked(_PUT_IN, values))
    if not put_in:
        questions_behind(session, token, now=now)
        raise AlreadyAnswered


def empty_box(session: Session, survey_id: UUID) -> list[dict[str, Any]]:
    """The answers of a survey that has just been closed, shuffled. The box holds none of them any more."""
    sealed = list(session.scalars(delete(Ballot).where(Ballot.survey_id == survey_id).returning(Ballot.sealed)))
    secrets.SystemRandom().shuffle(sealed)
    return [json.loads(unseal(each)) for each in sealed]


def _seal(answers: Answers) -> str:
    text = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
    length = len(text.encode())
    return seal(text + " " * (-length % _BLOCK), dated=False)

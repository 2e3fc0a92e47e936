"""Closing a survey: the box is emptied, what may be shown is compiled, and the catalogue is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.surveys.actions.answering import empty_box
from services.surveys.actions.inviting import lay_slips_anew
from services.surveys.due import closing_key
from services.surveys.errors import NoSuchSurvey
from services.surveys.models import Activity, Invitation, Question, Response, Result, Survey
from services.surveys.rules.questions import Words
from services.surveys.rules.results import GRADES, Compiled, compile_choices, compile_scale
from shared.events.surveys import AnswerCount, QuestionResult, ResultsPublished
from shared.i18n import SWEDISH, in_language
from shared.messaging import cancel_due, record


def close_survey(session: Session, survey_id: UUID, *, now: datetime) -> Survey:
    """Take no more answers. If enough have answered, keep their answers apart from them and publish what may be shown.

    Answers too few to be shown are deleted unread. Raises `NoSuchSurvey`, `NotOpen`.
    """
    survey = session.scalar(
        select(Survey)
        .where(Survey.id == survey_id)
        .options(selectinload(Survey.questions), joinedload(Survey.activity).joinedload(Activity.project))
        .with_for_update(of=Survey)
        .execution_options(populate_existing=True)
    )
    if survey is None:
        raise NoSuchSurvey
    survey.close(now)
    cancel_due(session, closing_key(survey.id))
    lay_slips_anew(session, survey)
    responses = empty_box(session, survey.id)
    if len(responses) >= survey.threshold:
        session.execute(insert(Response), [{"survey_id": survey.id, "answers": answers} for answers in responses])
        _publish(session, survey, responses, now)
    session.flush()
    return survey


def compile_results(questions: Sequence[Question], responses: Sequence[dict[str, Any]], threshold: int) -> list[QuestionResult]:
    """What may be shown, question by question. Texts are never published; only how many wrote one is."""
    return [_result(question, responses, threshold) for question in questions]


def _publish(session: Session, survey: Survey, responses: Sequence[dict[str, Any]], now: datetime) -> None:
    questions = compile_results(survey.questions, responses, survey.threshold)
    invited = session.scalar(select(func.count()).where(Invitation.survey_id == survey.id)) or 0
    session.add(
        Result(
            survey_id=survey.id,
            invited=invited,
            answered=len(responses),
            questions=[question.model_dump(mode="json") for question in questions],
        )
    )
    with in_language(SWEDISH):
        title = survey.activity.heading
    published = ResultsPublished(
        survey_id=survey.id,
        activity_id=survey.activity_id,
        project_id=survey.activity.project_id,
        title=title,
        invited=invited,
        answered=len(responses),
        questions=tuple(questions),
        closed_at=now,
    )
    record(session, published, key=f"survey:{survey.id}")


def _result(question: Question, responses: Sequence[dict[str, Any]], threshold: int) -> QuestionResult:
    given = [answers[str(question.id)] for answers in responses if str(question.id) in answers]
    match question.kind:
        case "scale":
            return _shown(question, compile_scale(given, threshold), _grades(question))
        case "single":
            compiled = compile_choices([{option} for option in given], len(question.options), threshold)
            return _shown(question, compiled, question.option_words)
        case "multi":
            return _shown(question, compile_choices(given, len(question.options), threshold), question.option_words)
        case "text":
            return _shown(question, Compiled(len(given)), [])


def _grades(question: Question) -> list[Words]:
    """A scale's alternatives: the numbers, with words at the two ends."""
    low, high = question.option_words
    ends = {GRADES[0]: low, GRADES[-1]: high}
    grades = []
    for grade in GRADES:
        words = ends.get(grade, Words(""))
        grades.append(Words(f"{grade} – {words.sv}" if words.sv else str(grade), f"{grade} – {words.en}" if words.en else ""))
    return grades


def _shown(question: Question, compiled: Compiled, labels: Sequence[Words]) -> QuestionResult:
    return QuestionResult(
        text=question.text_sv,
        text_en=question.text_en,
        kind=question.kind,
        answered=compiled.answered,
        mean=compiled.mean,
        counts=tuple(
            AnswerCount(label=label.sv, label_en=label.en, count=count)
            for label, count in zip(labels, compiled.counts, strict=True)
        ),
    )

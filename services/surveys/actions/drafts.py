"""Writing a survey before it is sent: its questions, its order, its promise of anonymity."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from services.surveys.errors import NoSuchQuestion, NoSuchSurvey
from services.surveys.models import Activity, Mode, Question, Survey
from services.surveys.rules.questions import Draft, standard_evaluation
from shared.database import new_id


def draft_evaluation(session: Session, activity: Activity) -> None:
    """Make the activity's evaluation with the standard questions, unless it has one: what somebody has written stays."""
    survey_id = session.execute(
        insert(Survey)
        .values(id=new_id(), activity_id=activity.id, purpose="evaluation")
        .on_conflict_do_nothing(index_elements=["activity_id", "purpose"])
        .returning(Survey.id)
    ).scalar_one_or_none()
    if survey_id is not None:
        _write(session, survey_id, standard_evaluation(activity.kind))


def survey_to_edit(session: Session, survey_id: UUID) -> Survey:
    """The survey with its questions, locked until the transaction ends. Raises `NoSuchSurvey`, `AlreadySent`."""
    survey = session.scalar(
        select(Survey)
        .where(Survey.id == survey_id)
        .options(selectinload(Survey.questions), joinedload(Survey.activity).joinedload(Activity.project))
        .with_for_update(of=Survey)
    )
    if survey is None:
        raise NoSuchSurvey
    survey.guard_draft()
    return survey


def question_of(survey: Survey, question_id: UUID) -> Question:
    """Raises `NoSuchQuestion`."""
    found = next((question for question in survey.questions if question.id == question_id), None)
    if found is None:
        raise NoSuchQuestion
    return found


def add_question(session: Session, survey_id: UUID, draft: Draft) -> Question:
    """Ask `draft` last. Raises `AlreadySent`."""
    survey = survey_to_edit(session, survey_id)
    question = Question.of(draft, len(survey.questions) + 1)
    survey.questions.append(question)
    session.flush()
    return question


def change_question(session: Session, survey_id: UUID, question_id: UUID, draft: Draft) -> None:
    """Ask with other words. Raises `AlreadySent`, `NoSuchQuestion`."""
    question_of(survey_to_edit(session, survey_id), question_id).rewrite(draft)


def move_question(session: Session, survey_id: UUID, question_id: UUID, steps: int) -> int:
    """Ask the question `steps` later (earlier when negative), at most first or last; its new place. Raises `AlreadySent`."""
    survey = survey_to_edit(session, survey_id)
    question = question_of(survey, question_id)
    order = [each for each in survey.questions if each is not question]
    place = min(max(question.position - 1 + steps, 0), len(order))
    order.insert(place, question)
    _number(order)
    return place + 1


def remove_question(session: Session, survey_id: UUID, question_id: UUID) -> None:
    """Do not ask it. Raises `AlreadySent`, `NoSuchQuestion`."""
    survey = survey_to_edit(session, survey_id)
    survey.questions.remove(question_of(survey, question_id))
    _number(survey.questions)


def restore_standard_questions(session: Session, survey_id: UUID) -> None:
    """Start again from the standard questions. Raises `AlreadySent`."""
    survey = survey_to_edit(session, survey_id)
    survey.questions.clear()
    session.flush()
    _write(session, survey.id, standard_evaluation(survey.activity.kind))


def change_settings(session: Session, survey_id: UUID, *, mode: Mode, threshold: int, open_days: int) -> None:
    """Decide anonymity, the least number of answers, and the days to answer. Raises `AlreadySent`."""
    survey = survey_to_edit(session, survey_id)
    survey.mode, survey.threshold, survey.open_days = mode, threshold, open_days


def _write(session: Session, survey_id: UUID, drafts: Sequence[Draft]) -> None:
    for position, draft in enumerate(drafts, 1):
        question = Question.of(draft, position)
        question.survey_id = survey_id
        session.add(question)
    session.flush()


def _number(questions: Sequence[Question]) -> None:
    for position, question in enumerate(questions, 1):
        question.position = position

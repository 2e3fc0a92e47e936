"""Changing a survey until it is sent, and not after."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.surveys.actions.drafts import (
    add_question,
    change_question,
    change_settings,
    move_question,
    remove_question,
    restore_standard_questions,
)
from services.surveys.actions.inviting import send_now, switch
from services.surveys.errors import AlreadySent, NoSuchQuestion, NoSuchSurvey, NothingToAsk
from services.surveys.models import Survey
from services.surveys.rules.questions import Draft, Words
from shared.events.surveys import SurveyInvited
from shared.testing import recorded
from tests.surveys.cast import NOW, attended, draft_survey, handle, open_survey, people, released, survey_of

SITE = "http://127.0.0.1:8000"
NEW = Draft("single", Words("Kommer du igen?", "Will you come again?"), (Words("Ja"), Words("Nej")))


def order(survey: Survey) -> list[str]:
    assert [question.position for question in survey.questions] == list(range(1, len(survey.questions) + 1))
    return [question.text_sv for question in survey.questions]


def test_a_question_is_added_last(session: Session) -> None:
    survey = draft_survey(session)
    question = add_question(session, survey.id, NEW)

    assert question.position == 7
    assert order(survey)[-1] == "Kommer du igen?"


@pytest.mark.parametrize(
    ("which", "steps", "expected"), [(0, 1, "bacdef"), (2, -1, "acbdef"), (0, -1, "abcdef"), (5, 1, "abcdef"), (4, -9, "eabcdf")]
)
def test_a_question_is_moved(session: Session, which: int, steps: int, expected: str) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    names = dict(zip("abcdef", [question.id for question in survey.questions], strict=True))

    move_question(session, survey.id, survey.questions[which].id, steps)
    session.flush()

    assert [question.id for question in survey_of(session, activity).questions] == [names[letter] for letter in expected]


def test_removing_leaves_no_gap(session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    removed = survey.questions[1]
    remove_question(session, survey.id, removed.id)
    session.flush()

    after = survey_of(session, activity)
    assert removed.text_sv not in order(after)
    assert len(after.questions) == 5


def test_the_standard_questions_can_be_brought_back(session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    before = order(survey)
    remove_question(session, survey.id, survey.questions[0].id)
    add_question(session, survey.id, NEW)

    restore_standard_questions(session, survey.id)

    assert order(survey_of(session, activity)) == before


def test_nothing_can_be_changed_after_sending(session: Session) -> None:
    survey = open_survey(session, people(1))
    question = survey.questions[0].id
    changes: list[Callable[[], object]] = [
        lambda: add_question(session, survey.id, NEW),
        lambda: change_question(session, survey.id, question, NEW),
        lambda: move_question(session, survey.id, question, 1),
        lambda: remove_question(session, survey.id, question),
        lambda: restore_standard_questions(session, survey.id),
        lambda: change_settings(session, survey.id, mode="strict", threshold=5, open_days=14),
        lambda: switch(session, survey.id, off=True),
        lambda: send_now(session, survey.id, site=SITE, now=NOW),
    ]
    for change in changes:
        with pytest.raises(AlreadySent):
            change()


def test_the_database_refuses_another_anonymity_once_sent(session: Session) -> None:
    survey = open_survey(session, people(1))

    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE surveys SET mode = 'strict' WHERE id = :id"), {"id": survey.id})


def test_the_database_refuses_a_person_on_a_strict_slip(session: Session) -> None:
    survey = open_survey(session, people(1), "strict")

    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE slips SET person_id = :person WHERE survey_id = :id"), {"id": survey.id, "person": uuid4()})


def test_the_database_refuses_a_threshold_below_five(session: Session) -> None:
    survey = draft_survey(session)

    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE surveys SET threshold = 4 WHERE id = :id"), {"id": survey.id})


def test_what_is_not_there_is_said(session: Session) -> None:
    survey = draft_survey(session)
    with pytest.raises(NoSuchSurvey):
        add_question(session, uuid4(), NEW)
    with pytest.raises(NoSuchSurvey):
        switch(session, uuid4(), off=True)
    with pytest.raises(NoSuchQuestion):
        change_question(session, survey.id, uuid4(), NEW)


def test_a_survey_that_was_held_back_can_be_sent_later(session: Session) -> None:
    activity, present = released(), people(2)
    survey = draft_survey(session, activity)
    switch(session, survey.id, off=True)
    handle(session, attended(activity, present))

    assert send_now(session, survey.id, site=SITE, now=NOW) == 2

    assert survey_of(session, activity).state == "open"
    assert {event.person_id for event in recorded(session, SurveyInvited)} == set(present)


def test_sending_without_an_attendance_only_switches_on(session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    switch(session, survey.id, off=True)

    assert send_now(session, survey.id, site=SITE, now=NOW) == 0
    assert survey_of(session, activity).switched_off is False


def test_an_empty_survey_cannot_be_sent(session: Session) -> None:
    survey = draft_survey(session)
    for question in list(survey.questions):
        remove_question(session, survey.id, question.id)

    with pytest.raises(NothingToAsk):
        send_now(session, survey.id, site=SITE, now=NOW)

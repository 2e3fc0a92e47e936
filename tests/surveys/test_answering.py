"""Answering once, closing, and what is then published."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from services.surveys.actions.answering import answer, survey_behind
from services.surveys.actions.closing import close_survey
from services.surveys.errors import AlreadyAnswered, NoSuchLink, NoSuchSurvey, NotOpen, SurveyClosed
from services.surveys.models import Ballot, Response, Result, Slip
from services.surveys.queries import texts, turnout
from shared.events.surveys import ResultsPublished
from shared.messaging.tables import due
from shared.testing import recorded
from tests.surveys.cast import NOW, answer_all, full_answer, open_survey, people, tokens


def test_a_link_answers_once(session: Session) -> None:
    survey = open_survey(session, people(2))
    token = next(iter(tokens(session).values()))

    answer(session, token, full_answer(survey.questions), now=NOW)
    with pytest.raises(AlreadyAnswered):
        answer(session, token, full_answer(survey.questions), now=NOW)
    with pytest.raises(AlreadyAnswered):
        survey_behind(session, token, now=NOW)

    assert session.scalar(select(func.count()).select_from(Ballot)) == 1
    found = turnout(session, survey.id)
    assert (found.invited, found.answered, found.rate) == (2, 1, 0.5)


def test_looking_at_the_form_changes_nothing(session: Session) -> None:
    open_survey(session, people(1))
    (token,) = tokens(session).values()

    assert survey_behind(session, token, now=NOW) is survey_behind(session, token, now=NOW)
    assert session.scalar(select(func.count()).where(Slip.spent)) == 0


def test_an_unknown_link_leads_nowhere(session: Session) -> None:
    with pytest.raises(NoSuchLink):
        survey_behind(session, "hittad-på", now=NOW)
    with pytest.raises(NoSuchLink):
        answer(session, "hittad-på", {}, now=NOW)


def test_after_its_time_a_survey_takes_no_answers_even_before_it_is_closed(session: Session) -> None:
    survey = open_survey(session, people(1))
    (token,) = tokens(session).values()
    assert survey.closes_at is not None

    assert survey_behind(session, token, now=survey.closes_at - timedelta(seconds=1))
    with pytest.raises(SurveyClosed):
        survey_behind(session, token, now=survey.closes_at)
    with pytest.raises(SurveyClosed):
        answer(session, token, {}, now=survey.closes_at)


def test_of_many_answers_at_once_by_one_link_one_is_taken(committing: sessionmaker[Session]) -> None:
    with committing.begin() as session:
        survey = open_survey(session, people(3))
        token = next(iter(tokens(session).values()))
        given = full_answer(survey.questions)
    together = Barrier(8)

    def try_once(_: int) -> bool:
        with committing() as session:
            together.wait()
            try:
                answer(session, token, given, now=NOW)
            except AlreadyAnswered:
                return False
            session.commit()
            return True

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(try_once, range(8))) == [False] * 7 + [True]
    with committing() as session:
        assert session.scalar(select(func.count()).select_from(Ballot)) == 1


def test_no_answer_is_lost_when_the_survey_closes_while_people_answer(committing: sessionmaker[Session]) -> None:
    with committing.begin() as session:
        survey = open_survey(session, people(20))
        links = list(tokens(session).values())
        given = full_answer(survey.questions)
        answer_all(session, survey, [4] * 6)
    together = Barrier(15)

    def try_to_answer(token: str) -> bool:
        with committing() as session:
            together.wait()
            try:
                answer(session, token, given, now=NOW)
            except SurveyClosed:
                return False
            session.commit()
            return True

    def close(_: int) -> bool:
        with committing() as session:
            together.wait()
            close_survey(session, survey.id, now=NOW)
            session.commit()
            return True

    with ThreadPoolExecutor(15) as threads:
        closing = threads.submit(close, 0)
        taken = list(threads.map(try_to_answer, links[6:]))
        assert closing.result()
    with committing() as session:
        result = session.get_one(Result, survey.id)
        assert result.answered == 6 + sum(taken)
        assert session.scalar(select(func.count()).where(Slip.spent)) == result.answered
        assert session.scalar(select(func.count()).select_from(Ballot)) == 0


def test_closing_publishes_what_may_be_shown(session: Session) -> None:
    survey = open_survey(session, people(14))
    answer_all(session, survey, [5] * 6 + [4] * 4 + [1], ["Bra!", "Mer tid"])

    close_survey(session, survey.id, now=NOW)

    (event,) = recorded(session, ResultsPublished)
    assert (event.survey_id, event.activity_id, event.invited, event.answered, event.closed_at) == (
        survey.id,
        survey.activity_id,
        14,
        11,
        NOW,
    )
    assert event.title == "Workshop 1: Vad menar vi?"
    overall, _useful, most, outcome, recommend, free = event.questions
    assert (overall.kind, overall.answered, overall.mean) == ("scale", 11, 4.3)
    assert [count.count for count in overall.counts] == [None] * 5
    assert next((count.label, count.label_en) for count in overall.counts) == ("1 – Mycket dåligt", "1 – Very poor")
    assert [count.label for count in overall.counts][1:4] == ["2", "3", "4"]
    assert [(count.label, count.count) for count in outcome.counts] == [
        ("Helt", 11),
        ("Till stor del", 0),
        ("Delvis", 0),
        ("Inte alls", 0),
        ("Vet inte", 0),
    ]
    assert [count.count for count in most.counts] == [11, 11, 0, 0, 0]
    assert [count.count for count in recommend.counts] == [11, 0, 0]
    assert (free.kind, free.answered, free.counts) == ("text", 2, ())
    assert "Bra!" not in event.model_dump_json()


def test_the_page_shows_what_was_published(session: Session) -> None:
    survey = open_survey(session, people(6))
    answer_all(session, survey, [4] * 6)
    close_survey(session, survey.id, now=NOW)

    (event,) = recorded(session, ResultsPublished)
    result = session.get_one(Result, survey.id)
    assert result.questions == [question.model_dump(mode="json") for question in event.questions]
    assert (result.invited, result.answered) == (6, 6)


def test_written_answers_are_shuffled_for_each_reader(session: Session) -> None:
    survey = open_survey(session, people(12))
    words = [f"Ord {number}" for number in range(12)]
    answer_all(session, survey, [4] * 12, words)
    close_survey(session, survey.id, now=NOW)
    free = survey.questions[-1]

    readings = [texts(session, survey.questions)[free.id] for _ in range(5)]

    assert all(sorted(reading) == sorted(words) for reading in readings)
    assert len({tuple(reading) for reading in readings}) > 1


@pytest.mark.parametrize(("threshold", "answers", "shown"), [(5, 4, False), (5, 5, True), (8, 7, False), (8, 8, True)])
def test_too_few_answers_are_deleted_unread(session: Session, threshold: int, answers: int, shown: bool) -> None:
    survey = open_survey(session, people(10), threshold=threshold)
    answer_all(session, survey, [3] * answers, ["Hemligt"] * answers)

    close_survey(session, survey.id, now=NOW)

    assert survey.state == "closed"
    assert (session.get(Result, survey.id) is not None) is shown
    assert bool(recorded(session, ResultsPublished)) is shown
    assert session.scalar(select(func.count()).select_from(Ballot)) == 0
    assert session.scalar(select(func.count()).select_from(Response)) == (answers if shown else 0)


def test_closing_early_cancels_the_closing_to_come(session: Session) -> None:
    survey = open_survey(session, people(1))
    close_survey(session, survey.id, now=NOW)

    assert session.execute(select(due.c.state)).scalars().all() == ["cancelled"]
    with pytest.raises(NotOpen):
        close_survey(session, survey.id, now=NOW)
    with pytest.raises(NoSuchSurvey):
        close_survey(session, uuid4(), now=NOW)

"""What the surveys do when they hear of projects, activities and closed attendances, in whatever order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from services.surveys.actions.drafts import change_question, remove_question
from services.surveys.actions.inviting import switch
from services.surveys.due import ClosingTimeReached, closing_key
from services.surveys.models import Activity, Invitation, KeptAttendance, Project, Slip, Survey
from services.surveys.rules.closing import closing_time
from services.surveys.rules.questions import Draft, Words
from shared.events import Event
from shared.events.surveys import SurveyInvited
from shared.i18n import STOCKHOLM
from shared.messaging.tables import due
from shared.secrets import hash_token
from shared.testing import recorded
from tests.surveys.cast import NOW, attended, draft_survey, handle, open_survey, people, published, released, survey_of, tokens


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.surveys.handlers.now", lambda: NOW)


def test_an_activity_gets_a_draft_with_the_standard_questions(session: Session) -> None:
    survey = draft_survey(session)

    assert (survey.state, survey.mode, survey.threshold, survey.open_days) == ("draft", "tracked", 5, 14)
    assert [question.kind for question in survey.questions] == ["scale", "scale", "multi", "single", "single", "text"]
    assert [words.sv for words in survey.questions[3].option_words] == [
        "Helt",
        "Till stor del",
        "Delvis",
        "Inte alls",
        "Vet inte",
    ]
    assert all(question.text_en and all(words.en for words in question.option_words) for question in survey.questions)


@pytest.mark.parametrize(
    ("kind", "word"),
    [("workshop", "workshoppen"), ("study_visit", "studiebesöket"), ("meeting", "mötet"), ("seminar", "seminariet")],
)
def test_the_questions_speak_of_the_kind_of_activity(session: Session, kind: str, word: str) -> None:
    survey = draft_survey(session, released(kind=kind))

    assert word in survey.questions[0].text_sv


def test_a_new_revision_of_the_activity_leaves_what_was_written(session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    change_question(
        session, survey.id, survey.questions[0].id, Draft("scale", Words("Hur var det?"), tuple(survey.questions[0].option_words))
    )
    remove_question(session, survey.id, survey.questions[1].id)

    handle(session, activity.model_copy(update={"revision": 2, "title": "Vad menar vi egentligen?"}))

    after = survey_of(session, activity)
    assert after.id == survey.id
    assert [question.text_sv for question in after.questions][:2] == ["Hur var det?", "Vad gav dig mest?"]
    assert session.get_one(Activity, activity.activity_id, populate_existing=True).title == "Vad menar vi egentligen?"


def test_an_older_revision_changes_nothing(session: Session) -> None:
    activity = released(revision=2, title="Ny")
    handle(session, activity, activity.model_copy(update={"revision": 1, "title": "Gammal"}))
    handle(session, published(activity, revision=2, title="Ny"), published(activity, revision=1, title="Gammal"))

    assert session.get_one(Activity, activity.activity_id).title == "Ny"
    assert session.get_one(Project, activity.project_id).title == "Ny"


def test_closing_the_attendance_invites_those_present(session: Session) -> None:
    activity, present, absent = released(), people(3), people(2)
    handle(session, activity, attended(activity, present, absent=absent))

    survey = survey_of(session, activity)
    assert (survey.state, survey.closes_at) == ("open", datetime(2026, 12, 5, tzinfo=STOCKHOLM))
    invited = recorded(session, SurveyInvited)
    assert [event.person_id for event in invited] == present
    assert {(event.survey_id, event.activity_id, event.project_id) for event in invited} == {
        (survey.id, activity.activity_id, activity.project_id)
    }
    assert invited[0].title == "Utvärdering av Workshop 1: Vad menar vi?"
    assert session.get(KeptAttendance, activity.activity_id) is None


def test_each_link_is_its_own_and_kept_only_as_a_hash(session: Session) -> None:
    survey = open_survey(session, people(3))

    given = tokens(session)
    slips = session.scalars(select(Slip).where(Slip.survey_id == survey.id)).all()
    assert {slip.token_hash for slip in slips} == {hash_token(token) for token in given.values()}
    assert {slip.person_id for slip in slips} == set(given)


def test_closing_is_scheduled_for_the_last_midnight(session: Session) -> None:
    survey = open_survey(session, people(1))

    row = session.execute(select(due).where(due.c.key == closing_key(survey.id))).one()
    assert (row.due_at, row.state) == (survey.closes_at, "scheduled")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_any_order_of_streams_leads_to_the_same(session: Session, order: Sequence[int]) -> None:
    activity, present = released(), people(2)
    events: list[Event] = [published(activity), activity, attended(activity, present)]

    handle(session, *(events[number] for number in order))

    assert {event.person_id for event in recorded(session, SurveyInvited)} == set(present)
    assert survey_of(session, activity).state == "open"
    assert session.get_one(Project, activity.project_id).title == "Grön omställning"


def test_an_attendance_that_arrives_first_is_kept_for_the_activity(session: Session) -> None:
    activity, present = released(), people(2)
    handle(session, attended(activity, present[:1]), attended(activity, present, revision=2))
    assert recorded(session, SurveyInvited) == []

    handle(session, activity)
    assert {event.person_id for event in recorded(session, SurveyInvited)} == set(present)


def test_a_corrected_attendance_invites_only_who_is_new(session: Session) -> None:
    activity, first, late = released(), people(2), people(1)
    handle(session, activity, attended(activity, first))
    closes_at = survey_of(session, activity).closes_at

    handle(session, attended(activity, [*first, *late], revision=2, closed_at=NOW + timedelta(days=3)))

    assert [event.person_id for event in recorded(session, SurveyInvited)] == [*first, *late]
    assert survey_of(session, activity).closes_at == closes_at


def test_an_older_attendance_invites_nobody(session: Session) -> None:
    activity, right, wrong = released(), people(1), people(1)
    handle(session, activity, attended(activity, right, revision=2), attended(activity, wrong))

    assert [event.person_id for event in recorded(session, SurveyInvited)] == right


def test_without_anybody_present_the_survey_stays_a_draft(session: Session) -> None:
    activity, late = released(), people(1)
    handle(session, activity, attended(activity, [], absent=people(2)))
    assert survey_of(session, activity).state == "draft"

    handle(session, attended(activity, late, revision=2))
    assert survey_of(session, activity).state == "open"


def test_a_switched_off_survey_is_not_sent(session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    switch(session, survey.id, off=True)

    handle(session, attended(activity, people(2)))

    assert survey_of(session, activity).state == "draft"
    assert recorded(session, SurveyInvited) == []
    assert session.get(KeptAttendance, activity.activity_id) is not None


def test_a_survey_without_questions_is_not_sent(session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    for question in list(survey.questions):
        remove_question(session, survey.id, question.id)

    handle(session, attended(activity, people(2)))

    assert survey_of(session, activity).state == "draft"


def test_the_time_to_answer_ends_the_survey(session: Session) -> None:
    survey = open_survey(session, people(2))
    assert survey.closes_at is not None

    handle(session, ClosingTimeReached(survey_id=survey.id, closes_at=survey.closes_at - timedelta(days=1)))
    assert survey.state == "open"
    handle(session, ClosingTimeReached(survey_id=survey.id, closes_at=survey.closes_at))
    assert (survey.state, survey.closed_at) == ("closed", NOW)
    handle(session, ClosingTimeReached(survey_id=survey.id, closes_at=survey.closes_at))
    handle(session, ClosingTimeReached(survey_id=uuid4(), closes_at=survey.closes_at))


def test_nobody_is_invited_to_a_closed_survey(session: Session) -> None:
    activity, late = released(), people(1)
    handle(session, activity, attended(activity, people(1)))
    survey = survey_of(session, activity)
    assert survey.closes_at is not None
    handle(session, ClosingTimeReached(survey_id=survey.id, closes_at=survey.closes_at))

    handle(session, attended(activity, late, revision=2))

    assert late[0] not in {event.person_id for event in recorded(session, SurveyInvited)}
    assert session.get(KeptAttendance, activity.activity_id) is None


@pytest.mark.parametrize(
    ("closed_at", "now", "closes_at"),
    [
        (
            datetime(2026, 3, 20, 16, tzinfo=STOCKHOLM),
            datetime(2026, 3, 20, 16, tzinfo=STOCKHOLM),
            datetime(2026, 4, 4, tzinfo=STOCKHOLM),
        ),
        (
            datetime(2026, 3, 1, 16, tzinfo=STOCKHOLM),
            datetime(2026, 3, 20, 23, 59, tzinfo=STOCKHOLM),
            datetime(2026, 4, 4, tzinfo=STOCKHOLM),
        ),
        (
            datetime(2026, 10, 20, 16, tzinfo=STOCKHOLM),
            datetime(2026, 10, 20, 16, tzinfo=STOCKHOLM),
            datetime(2026, 11, 4, tzinfo=STOCKHOLM),
        ),
    ],
)
def test_a_survey_closes_at_midnight_in_stockholm_also_over_summer_time(
    closed_at: datetime, now: datetime, closes_at: datetime
) -> None:
    assert closing_time(closed_at, now, 14) == closes_at


def test_activity_and_attendance_at_the_same_moment_are_not_missed(committing: sessionmaker[Session]) -> None:
    """Two workers, each with one of the events, neither of which sees what the other has not committed."""
    activity, present = released(), people(2)
    with committing() as one, committing() as other:
        handle(one, activity)  # has looked for an attendance in vain, and has not committed
        other.execute(select(func.set_config("lock_timeout", "200ms", True)))
        with pytest.raises(Exception, match="lock timeout"):
            handle(other, attended(activity, present))
        other.rollback()
        one.commit()
        handle(other, attended(activity, present))
        other.commit()
    with committing() as session:
        assert session.scalar(select(func.count()).select_from(Invitation)) == 2
        assert session.scalars(select(Survey.state)).one() == "open"


def test_the_clock_of_the_handlers_is_the_real_one(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        survey = open_survey(session, people(1))
    assert survey.closes_at == datetime(2027, 1, 4, tzinfo=STOCKHOLM)

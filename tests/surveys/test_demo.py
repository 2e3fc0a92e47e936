"""The demonstration's answers."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from services.surveys import demo
from services.surveys.models import Ballot, Response, Result, Survey
from shared.events.surveys import ResultsPublished
from shared.testing import recorded
from tests.surveys.cast import NOW, attended, handle, people, released


@pytest.fixture
def held(committing: sessionmaker[Session]) -> None:
    """The finished project's sixteen activities, each with its attendance, and one of another project."""
    with committing.begin() as session:
        project = released(project_slug=demo.FINISHED).project_id
        for number in range(demo.ACTIVITIES):
            ends = NOW - timedelta(days=300 - 10 * number)
            activity = released(project_id=project, project_slug=demo.FINISHED, starts_at=ends - timedelta(hours=6), ends_at=ends)
            handle(session, activity, attended(activity, people(20 if number < 4 else 12), closed_at=ends))
        other = released(project_slug="annat")
        handle(session, other, attended(other, people(9)))


@pytest.mark.usefixtures("held")
def test_about_two_in_three_answer_and_the_surveys_are_closed(
    committing: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    demo.load(committing)

    assert capsys.readouterr().out == "surveys: 16 surveys answered and closed\n"
    with committing() as session:
        results = session.scalars(select(Result)).all()
        assert sorted(result.answered for result in results) == [8] * 12 + [13] * 4
        assert sorted(result.invited for result in results) == [12] * 12 + [20] * 4
        assert len(recorded(session, ResultsPublished)) == 16
        assert session.scalar(select(func.count()).where(Survey.state == "open")) == 1, "another project's survey is left alone"
        assert session.scalar(select(func.count()).select_from(Ballot)) == 0
        assert session.scalar(select(func.count()).select_from(Response)) == 12 * 8 + 4 * 13


@pytest.mark.usefixtures("held")
def test_a_second_load_changes_nothing(committing: sessionmaker[Session]) -> None:
    demo.load(committing)
    with committing() as session:
        before = [(result.survey_id, result.questions) for result in session.scalars(select(Result).order_by(Result.survey_id))]

    demo.load(committing)

    with committing() as session:
        assert [(r.survey_id, r.questions) for r in session.scalars(select(Result).order_by(Result.survey_id))] == before
        assert len(recorded(session, ResultsPublished)) == 16


def test_without_the_other_services_facts_it_says_so(
    committing: sessionmaker[Session], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "PATIENCE", 0.3)
    demo.load(committing)

    assert capsys.readouterr().out == "surveys: only 0 of 16 surveys were sent within 0 s\n"

"""The demonstration: loaded once, published through the actions, and at last the report that the real project had."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from services.catalog import demo
from services.catalog.demo.register import demo_id
from services.catalog.models import Activity, FinalReport, FocusArea, Organisation, Project, Proposal, StaffMember
from services.catalog.queries.figures import frozen_figures
from services.catalog.rules.details import Speakers
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished, StaffChanged
from shared.testing import recorded
from tests.catalog.cast import TODAY
from tests.catalog.simulated import attend_and_answer

FINISHED = demo_id("project", "naringslivets-grona-omstallning")


@pytest.fixture
def loaded(sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> sessionmaker[Session]:
    monkeypatch.setattr(demo, "PATIENCE", 0.0)
    demo.load(sessions)
    return sessions


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_all_that_was_promised_is_there(loaded: sessionmaker[Session], session: Session) -> None:
    assert (count(session, Project), count(session, Activity), count(session, Proposal), count(session, StaffMember)) == (
        3,
        21,
        15,
        4,
    )
    assert count(session, Organisation) >= 40
    regions = select(Organisation.region_code).where(Organisation.kind == "region")
    assert len(set(session.scalars(regions))) == 21
    assert set(session.scalars(select(FocusArea.region_code).where(FocusArea.project_id.is_(None)))) == {
        *session.scalars(regions),
        None,
    }
    assert len(recorded(session, OrganisationChanged)) == count(session, Organisation)
    assert (len(recorded(session, ProjectPublished)), len(recorded(session, StaffChanged))) == (3, 4)


def test_the_projects_are_where_they_should_be_in_time(loaded: sessionmaker[Session], session: Session) -> None:
    told = recorded(session, ActivityReleased)
    finished = [event for event in told if event.project_id == FINISHED]
    assert len(finished) == 16
    assert sum(event.kind == "study_visit" for event in finished) == 12
    assert all(event.ends_at < TODAY for event in finished)
    grouped = [event for event in finished if event.choice_group_id]
    assert len(grouped) == 4
    assert len({event.starts_at.isocalendar()[:2] for event in grouped}) == 1
    assert {event.region_code for event in finished if event.mode == "on_site"} == {"25", "17", "12", "13", "05", "21", "01"}

    lab = [event for event in told if event.project_slug == "larlabb-hallbar-utveckling"]
    assert [event.number for event in lab] == [1, 2]
    assert all(event.opens_at is None and event.last_day > TODAY and event.seats_per_organisation == 2 for event in lab)
    [meeting] = [event for event in told if event.project_slug == "omstallning-vastmanland" and event.number == 1]
    assert (meeting.kind, meeting.capacity, meeting.activity_id) == (
        "meeting",
        30,
        demo_id("activity", "omstallning-vastmanland/traffpunkt-hallbarhet-1"),
    )
    assert meeting.last_day > TODAY


def test_a_second_run_does_nothing(loaded: sessionmaker[Session], session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    before = session.scalar(text("SELECT count(*) FROM outbox"))
    demo.load(loaded)
    assert session.scalar(text("SELECT count(*) FROM outbox")) == before
    assert "0 of 16 attendances have arrived" in capsys.readouterr().out


def test_the_report_says_what_the_real_one_said(
    loaded: sessionmaker[Session], session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    attend_and_answer(session, FINISHED)
    session.commit()
    demo.load(loaded)
    session.expire_all()
    report = session.get_one(FinalReport, FINISHED)
    assert report.sentence == "130 unika deltagare från 33 organisationer har deltagit 278 gånger."
    figures = frozen_figures(report)
    assert figures.speakers == Speakers(women=48, men=36)
    assert (figures.speakers_in_all, len(figures.regions_visited), figures.study_visits) == (84, 7, 12)
    assert report.sentence in capsys.readouterr().out
    demo.load(loaded)
    assert "the final report is published already" in capsys.readouterr().out

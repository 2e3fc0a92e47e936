"""From attendance and surveys to the final report: once each, in any order, the newest revision, frozen when published."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from services.catalog.actions.organisations import merge_organisation
from services.catalog.actions.reports import publish_report
from services.catalog.errors import AlreadyPublished, NothingToReport, ProjectIsDraft
from services.catalog.handlers import HANDLERS
from services.catalog.models import Attendance, Mailing, Participation, ProjectSalt, SurveyResult
from services.catalog.queries.figures import Results, frozen_figures, project_figures, survey_results
from services.catalog.rules.details import Speakers
from shared.events import Event
from shared.events.notifications import MailingCompleted
from shared.events.registration import AttendanceClosed, Attendee
from shared.testing import until
from tests.catalog.cast import KARIN, TODAY, Cast, details, over

ANNA, BO, CIA = (uuid4() for _ in range(3))


def handle(session: Session, event: Event) -> None:
    for reaction in HANDLERS[type(event)]:
        reaction(session, event)


def counts(session: Session, project_id: UUID) -> tuple[int, int, int]:
    found = project_figures(session, project_id)
    return found.unique_participants, found.organisations, found.participations


def test_people_are_counted_once_and_participations_each_time(session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", over(20), over(10))
    first, second = project.activities
    cast.attended(first, (ANNA, cast.reglab.id), (BO, cast.skane.id), excused=2)
    cast.attended(second, (ANNA, cast.gavleborg.id))
    assert counts(session, project.id) == (2, 3, 3)
    kept = session.get_one(Attendance, first.id)
    assert (kept.present, kept.excused, kept.absent) == (2, 2, 0)


def test_what_is_kept_does_not_say_who(session: Session, cast: Cast) -> None:
    one, other = cast.published("Ett", over()), cast.published("Två", over())
    for project in (one, other):
        cast.attended(project.activities[0], (ANNA, cast.reglab.id))
    rows = session.scalars(select(Participation)).all()
    assert len({row.pseudonym for row in rows}) == 2  # the same person, two projects
    assert all(ANNA.bytes not in row.pseudonym for row in rows)


def test_a_higher_revision_replaces_and_a_lower_changes_nothing(session: Session, cast: Cast) -> None:
    [activity] = cast.published("Projekt", over()).activities
    cast.attended(activity, (ANNA, cast.reglab.id), (BO, cast.reglab.id), revision=2)
    cast.attended(activity, (CIA, cast.reglab.id), revision=1)
    cast.attended(activity, (CIA, cast.reglab.id), revision=2)
    assert counts(session, activity.project_id) == (2, 1, 2)
    cast.attended(activity, (CIA, cast.skane.id), revision=3)
    assert counts(session, activity.project_id) == (1, 1, 1)
    assert session.get_one(Attendance, activity.id).revision == 3


def test_an_attendance_may_come_before_all_that_it_is_about(session: Session) -> None:
    person = Attendee(person_id=ANNA, organisation_id=uuid4(), state="present")
    event = AttendanceClosed(activity_id=uuid4(), project_id=uuid4(), revision=1, attendees=(person,), closed_at=TODAY)
    handle(session, event)
    handle(session, event)
    assert counts(session, event.project_id) == (1, 1, 1)


def test_results_and_mailings_are_kept_once(session: Session, cast: Cast) -> None:
    mailing = MailingCompleted(
        mailing_id=uuid4(), project_id=uuid4(), subject="Välkommen", recipients=3, sent=2, failed=1, completed_at=TODAY
    )
    handle(session, mailing)
    handle(session, mailing.model_copy(update={"sent": 3, "failed": 0}))
    kept = session.scalars(select(Mailing)).one()
    assert (kept.recipients, kept.sent, kept.failed) == (3, 3, 0)

    [activity] = cast.published("Projekt", over()).activities
    cast.answered(activity, mean=4.5)
    [result] = survey_results(session, activity.project_id)
    assert (result.invited, result.answered, result.questions[0].mean) == (20, 10, 4.5)
    assert result.questions[0].counts[1].count is None
    assert Results.thawed(result.frozen()) == result
    assert session.scalar(select(func.count()).select_from(SurveyResult)) == 1


def test_organisations_that_merge_count_as_one(session: Session, cast: Cast) -> None:
    [activity] = cast.published("Projekt", over()).activities
    cast.attended(activity, (ANNA, cast.reglab.id), (BO, cast.skane.id))
    assert counts(session, activity.project_id) == (2, 2, 2)
    merge_organisation(session, cast.skane, cast.gavleborg)
    merge_organisation(session, cast.gavleborg, cast.reglab)
    session.flush()
    assert counts(session, activity.project_id) == (2, 1, 2)


def test_speakers_and_regions_come_from_what_was_held(session: Session, cast: Cast) -> None:
    project = cast.published(
        "Projekt",
        over(20, kind="study_visit", speakers=Speakers(2, 1)),
        over(10, region_code="12", speakers=Speakers(1, 1, 1, 1)),
        over(5, mode="online", region_code="01", speakers=Speakers(1)),
        {"speakers": Speakers(9, 9)},
    )
    for activity in project.activities[:3]:
        cast.attended(activity, (ANNA, cast.reglab.id))
    found = project_figures(session, project.id)
    assert (found.study_visits, found.regions_visited, found.speakers) == (1, ("12", "21"), Speakers(4, 2, 1, 1))


def test_the_report_freezes_the_figures(session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", over(20), over(10))
    first, second = project.activities
    cast.attended(first, (ANNA, cast.reglab.id), (BO, cast.skane.id))
    cast.answered(first)
    report = publish_report(session, project, published_by=KARIN, now=TODAY)
    assert report.sentence == "2 unika deltagare från 2 organisationer har deltagit 2 gånger."
    assert report.sentence_en == "2 unique participants from 2 organisations have taken part 2 times."
    assert frozen_figures(report) == project_figures(session, project.id)
    assert [Results.thawed(survey).answered for survey in report.surveys] == [10]
    assert (project.status, project.finished_at) == ("finished", TODAY)

    cast.attended(first, (ANNA, cast.reglab.id), revision=2)
    cast.attended(second, (CIA, cast.reglab.id))
    session.expire_all()
    assert counts(session, project.id) == (2, 2, 2)
    assert frozen_figures(report).participations == 2
    with pytest.raises(AlreadyPublished):
        publish_report(session, project, published_by=KARIN, now=TODAY)


def test_with_the_report_the_way_back_to_people_is_gone(session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", over())
    cast.attended(project.activities[0], (ANNA, cast.reglab.id))
    assert session.get_one(ProjectSalt, project.id).salt is not None
    publish_report(session, project, published_by=None, now=TODAY)
    session.expire_all()
    assert session.get_one(ProjectSalt, project.id).salt is None
    assert session.scalar(select(func.count()).select_from(Participation)) == 1


def test_there_is_nothing_to_report_before_anybody_came(session: Session, cast: Cast) -> None:
    project = cast.published("Projekt", over())
    with pytest.raises(NothingToReport):
        publish_report(session, project, published_by=None, now=TODAY)
    with pytest.raises(ProjectIsDraft):
        publish_report(session, cast.project("Utkast"), published_by=None, now=TODAY)


def test_a_report_and_an_attendance_at_once_end_in_one_order_or_the_other(committing: sessionmaker[Session]) -> None:
    """An attendance that is being kept is waited for; one that comes later is not counted: never half of it."""
    from threading import Thread

    with committing.begin() as session:
        cast = Cast(session)
        project = cast.published("Projekt", over(20), over(10))
        first, second = project.activities
        cast.attended(first, (ANNA, cast.reglab.id))
    reported: list[int] = []

    def report() -> None:
        with committing.begin() as other:
            found = publish_report(other, other.get_one(type(project), project.id), published_by=None, now=TODAY)
            reported.append(found.figures["participations"])

    with committing() as session:
        cast.session = session
        cast.attended(second, (BO, cast.reglab.id))
        thread = Thread(target=report)
        thread.start()
        waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"

        def waits() -> bool:
            with committing() as watching:  # a transaction each: within one, PostgreSQL shows the same activity for ever
                return bool(watching.scalar(text(waiting)))

        until(waits)
        session.commit()
        thread.join(10)
    assert reported == [2]


def test_the_figures_take_three_statements_however_many_people(session: Session, cast: Cast) -> None:
    from sqlalchemy import event

    project = cast.published("Projekt", over(20), over(10))
    for activity in project.activities:
        cast.attended(activity, *((uuid4(), cast.reglab.id) for _ in range(50)))
    session.flush()
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _k, statement, *_: sent.append(statement))
    assert counts(session, project.id)[0] == 100
    assert len(sent) == 3


def test_details_of_an_activity_that_is_over_can_still_be_completed(session: Session, cast: Cast) -> None:
    from services.catalog.actions.activities import change_activity

    [activity] = cast.published("Projekt", over()).activities
    plan = details(**over(), speakers=Speakers(3, 2))
    change_activity(session, activity, plan, version=1)
    cast.attended(activity, (ANNA, cast.reglab.id))
    assert project_figures(session, activity.project_id).speakers == Speakers(3, 2)
    assert activity.ends_at < TODAY + timedelta(days=1)

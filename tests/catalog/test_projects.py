"""Projects and activities: planned, published as one, changed after, and what stands."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.catalog.actions.activities import (
    change_activity,
    change_choice_group,
    delete_activity,
    plan_activity,
    release_activity,
)
from services.catalog.actions.projects import change_project, delete_project, publish_project
from services.catalog.errors import (
    AlreadyPublished,
    CannotBePublished,
    ChangedMeanwhile,
    ProjectIsDraft,
    ProjectIsFinished,
    PublishedStays,
    SlugTaken,
    TimeAndPlaceStand,
)
from services.catalog.models import Activity
from services.catalog.rules.details import Leader, ProjectDetails
from shared.events.catalog import ActivityReleased, ProgrammeEntry, ProjectPublished
from shared.testing import recorded
from tests.catalog.cast import TODAY, Cast, details

WORDS = ProjectDetails(
    kind="network", title="Nytt namn", purpose="Ny", audience="Alla", outcomes=("Vi har prövat framsyn.", "Nytt")
)


def test_a_draft_is_told_to_nobody(session: Session, cast: Cast) -> None:
    project = cast.project()
    cast.activity(project)
    change_project(session, project, WORDS, version=1)
    assert (project.status, project.revision, project.version) == ("draft", 0, 2)
    assert recorded(session, ProjectPublished) == []
    assert recorded(session, ActivityReleased) == []


def test_publishing_tells_of_the_project_and_all_its_activities(session: Session, cast: Cast) -> None:
    project = cast.project()
    group = cast.group(project)
    workshop = cast.activity(project)
    visit = cast.activity(
        project, "Onsala rymdobservatorium", kind="study_visit", number=None, theme="Återbruk", choice_group_id=group.id
    )
    session.expire(project)
    publish_project(session, project, now=TODAY)

    assert recorded(session, ProjectPublished) == [
        ProjectPublished(
            project_id=project.id,
            slug="larlabb-hallbar-utveckling",
            title="Lärlabb: Hållbar utveckling",
            kind="learning_lab",
            purpose="Vi lär oss om **hållbar** utveckling.",
            organiser="Reglab",
            revision=1,
        )
    ]
    told = {event.activity_id: event for event in recorded(session, ActivityReleased)}
    assert told.keys() == {workshop.id, visit.id}
    event = told[visit.id]
    assert (event.revision, event.project_slug, event.kind, event.theme) == (1, project.slug, "study_visit", "Återbruk")
    assert (event.place, event.host, event.region_code) == ("Konserthuset, Gävle", "Region Gävleborg", "21")
    assert (event.capacity, event.seats_per_organisation, event.waiting_list) == (40, 2, True)
    assert (event.choice_group_id, event.choice_group_title, event.choice_group_single) == (group.id, group.title, False)
    assert event.programme == (
        ProgrammeEntry(starts="09:30", title="Kaffe och registrering"),
        ProgrammeEntry(starts="10:00", title="Framsyn 2030", speaker="Kim Ek"),
    )
    assert (event.calendar_uid, event.calendar_sequence) == (f"{visit.id}@traffpunkt", 0)
    assert (project.status, project.published_at) == ("published", TODAY)


def test_a_project_that_lacks_something_is_not_published_and_says_what(session: Session, cast: Cast) -> None:
    project = cast.project(purpose="", organisers=())
    with pytest.raises(
        CannotBePublished, match="skriv varför projektet finns, ange minst en arrangör, lägg till minst en aktivitet"
    ):
        publish_project(session, project, now=TODAY)
    assert recorded(session, ProjectPublished) == []


def test_a_project_is_published_once(session: Session, cast: Cast) -> None:
    with pytest.raises(AlreadyPublished):
        publish_project(session, cast.published(), now=TODAY)


def test_what_is_changed_after_publishing_is_told_under_a_new_revision(session: Session, cast: Cast) -> None:
    project = cast.published()
    change_project(session, project, replace(WORDS, slug="annan-adress"), version=1)
    told = recorded(session, ProjectPublished)
    assert [(event.revision, event.title) for event in told] == [(1, "Lärlabb: Hållbar utveckling"), (2, "Nytt namn")]
    assert project.slug == "larlabb-hallbar-utveckling"


def test_an_outcome_that_stays_keeps_its_id(session: Session, cast: Cast) -> None:
    project = cast.project()
    before = {outcome.text: outcome.id for outcome in project.outcomes}
    change_project(session, project, WORDS, version=1)
    session.flush()
    session.expire_all()
    assert [outcome.text for outcome in project.outcomes] == ["Vi har prövat framsyn.", "Nytt"]
    assert project.outcomes[0].id == before["Vi har prövat framsyn."]


def test_organisers_and_leaders_change_places(session: Session, cast: Cast) -> None:
    project = cast.project(organisers=(cast.reglab.id, cast.skane.id))
    leaders = (Leader(cast.reglab.id), Leader(cast.skane.id, "Kim Ek"))
    change_project(session, project, replace(WORDS, organisers=(cast.skane.id, cast.reglab.id), leaders=leaders), version=1)
    session.flush()
    session.expire_all()
    assert project.organiser_names == "Region Skåne och Reglab"
    assert [(leader.organisation.title, leader.person) for leader in project.leaders] == [
        ("Reglab", ""),
        ("Region Skåne", "Kim Ek"),
    ]


def test_two_who_write_at_once_notice_each_other(session: Session, cast: Cast) -> None:
    project = cast.project()
    change_project(session, project, WORDS, version=1)
    with pytest.raises(ChangedMeanwhile):
        change_project(session, project, WORDS, version=1)
    activity = cast.activity(project)
    change_activity(session, activity, details(title="En"), version=1)
    with pytest.raises(ChangedMeanwhile):
        change_activity(session, activity, details(title="Två"), version=1)


def test_addresses_are_made_of_titles_and_never_shared(session: Session, cast: Cast) -> None:
    assert [cast.project("Grön omställning").slug for _again in range(3)] == [
        "gron-omstallning",
        "gron-omstallning-2",
        "gron-omstallning-3",
    ]
    with pytest.raises(SlugTaken, match="gron-omstallning-2 används redan"):
        cast.project("Annat", slug="gron-omstallning-2")


def test_a_draft_can_be_thrown_away_but_nothing_public(session: Session, cast: Cast) -> None:
    draft, public = cast.project("Utkast"), cast.published()
    cast.activity(draft)
    delete_project(session, draft)
    session.flush()
    assert session.scalar(select(func.count()).select_from(Activity)) == 1
    with pytest.raises(PublishedStays):
        delete_project(session, public)
    with pytest.raises(PublishedStays):
        delete_activity(session, public.activities[0])


def test_a_released_activitys_words_and_seats_are_changed_and_told(session: Session, cast: Cast) -> None:
    activity = cast.published().activities[0]
    sooner = activity.last_day - timedelta(days=1)
    changed = replace(
        details("Nytt", host_id=cast.skane.id), capacity=50, seats_per_organisation=3, last_day=sooner, programme=()
    )
    changed = replace(changed, starts_at=activity.starts_at, ends_at=activity.ends_at)
    change_activity(session, activity, changed, version=1)
    event = recorded(session, ActivityReleased)[-1]
    assert (event.revision, event.title, event.capacity, event.seats_per_organisation) == (2, "Nytt", 50, 3)
    assert (event.last_day, event.programme, event.host, event.calendar_sequence) == (sooner, (), "Region Skåne", 0)


def test_a_released_time_and_place_stand(session: Session, cast: Cast) -> None:
    activity = cast.published().activities[0]
    for moved in (details(town="Luleå"), details(starts_at=activity.starts_at + timedelta(days=1)), details(mode="online")):
        with pytest.raises(TimeAndPlaceStand, match="lägg till en ny aktivitet"):
            change_activity(session, activity, moved, version=1)
    assert len(recorded(session, ActivityReleased)) == 1


def test_a_later_activity_is_released_by_itself(session: Session, cast: Cast) -> None:
    project = cast.published()
    later = cast.activity(project, "Workshop två", number=2)
    assert len(recorded(session, ActivityReleased)) == 1
    release_activity(session, later)
    assert [event.title for event in recorded(session, ActivityReleased)] == ["När perspektiven möts", "Workshop två"]
    with pytest.raises(AlreadyPublished):
        release_activity(session, later)
    with pytest.raises(ProjectIsDraft):
        release_activity(session, cast.activity(cast.project("Utkast")))


def test_a_finished_projects_activities_stand(session: Session, cast: Cast) -> None:
    project = cast.published()
    draft = cast.activity(project, "Sent")
    project.status, project.finished_at = "finished", TODAY
    for attempt in (
        lambda: plan_activity(session, project, details()),
        lambda: change_activity(session, project.activities[0], details(), version=1),
        lambda: release_activity(session, draft),
    ):
        with pytest.raises(ProjectIsFinished):
            attempt()


def test_a_changed_choice_group_is_told_by_its_released_activities(session: Session, cast: Cast) -> None:
    project = cast.project()
    group = cast.group(project)
    cast.activity(project, "I gruppen", choice_group_id=group.id)
    cast.activity(project, "Utanför")
    session.expire(project)
    publish_project(session, project, now=TODAY)
    cast.activity(project, "Utkast i gruppen", choice_group_id=group.id)
    session.expire(project)
    change_choice_group(session, project, group, title="Välj ett", single=True)
    told = [event for event in recorded(session, ActivityReleased) if event.revision == 2]
    assert [(event.title, event.choice_group_title, event.choice_group_single) for event in told] == [
        ("I gruppen", "Välj ett", True)
    ]


def test_a_programme_is_replaced_line_by_line(session: Session, cast: Cast) -> None:
    activity = cast.activity(cast.project())
    for programme in (details().programme[:1], details().programme[::-1], ()):
        change_activity(session, activity, replace(details(), programme=programme), version=activity.version)
        session.expire_all()
        assert [(item.starts, item.title, item.speaker) for item in activity.programme] == [
            (point.starts, point.title, point.speaker) for point in programme
        ]


def test_the_database_itself_refuses_what_cannot_be(session: Session, cast: Cast) -> None:
    project = cast.project()
    with pytest.raises(IntegrityError, match="ck_activity_seats"):
        cast.activity(project, capacity=0)
    session.rollback()
    cast = Cast(session)
    project = cast.project()
    project.kind = "party"
    with pytest.raises(IntegrityError, match="ck_project_kind"):
        session.flush()

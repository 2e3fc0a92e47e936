"""Reactions to what other services and this one's own clock say."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.surveys.actions.closing import close_survey
from services.surveys.actions.drafts import draft_evaluation
from services.surveys.actions.inviting import invite_present, keep_attendance
from services.surveys.due import ClosingTimeReached
from services.surveys.models import Activity, Project, Survey
from shared.clock import now
from shared.events.catalog import ActivityReleased, ProjectPublished, StaffChanged
from shared.events.registration import AttendanceClosed
from shared.i18n import sort_key
from shared.service import Handlers, current_settings
from shared.staff import keep_staff_state


def keep_project(session: Session, event: ProjectPublished) -> None:
    """Know the project by its newest title."""
    facts = {"revision": event.revision, "slug": event.slug, "title": event.title, "sort_key": sort_key(event.title)}
    session.execute(
        insert(Project)
        .values(id=event.project_id, **facts)
        .on_conflict_do_update(index_elements=["id"], set_=facts, where=Project.revision < event.revision)
    )


def keep_activity(session: Session, event: ActivityReleased) -> None:
    """Know the activity in its newest revision, and its project by it if nothing else has been heard of that."""
    session.execute(
        insert(Project)
        .values(
            id=event.project_id,
            revision=0,
            slug=event.project_slug,
            title=event.project_title,
            sort_key=sort_key(event.project_title),
        )
        .on_conflict_do_nothing()
    )
    known = ("revision", "project_id", "kind", "number", "title", "starts_at", "ends_at", "timezone")
    facts = {name: getattr(event, name) for name in known}
    session.execute(
        insert(Activity)
        .values(id=event.activity_id, **facts)
        .on_conflict_do_update(index_elements=["id"], set_=facts, where=Activity.revision < event.revision)
    )


def prepare_evaluation(session: Session, event: ActivityReleased) -> None:
    """Have a draft of the activity's evaluation to change; send it at once if those present are known already."""
    draft_evaluation(session, session.get_one(Activity, event.activity_id))
    invite_present(session, event.activity_id, site=current_settings().public_url, now=now())


def send_evaluation(session: Session, event: AttendanceClosed) -> None:
    """Ask those who were present; after a correction, those who were not asked before. Waits for the activity if need be."""
    keep_attendance(session, event)
    invite_present(session, event.activity_id, site=current_settings().public_url, now=now())


def close_in_time(session: Session, event: ClosingTimeReached) -> None:
    """Close the survey, unless somebody has closed it already or its time was moved."""
    survey = session.get(Survey, event.survey_id, with_for_update=True)
    if survey is not None and survey.state == "open" and survey.closes_at == event.closes_at:
        close_survey(session, survey.id, now=now())


HANDLERS: Handlers = {
    ProjectPublished: [keep_project],
    ActivityReleased: [keep_activity, prepare_evaluation],
    AttendanceClosed: [send_evaluation],
    StaffChanged: [keep_staff_state],
    ClosingTimeReached: [close_in_time],
}

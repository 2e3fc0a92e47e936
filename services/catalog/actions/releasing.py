"""What the other services are told of projects and activities: a full snapshot, under a new revision, each time."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.models import Activity, Project, ProjectOrganiser
from shared.messaging import record


def announce_project(session: Session, project: Project) -> None:
    """The project's public facts, as a new revision."""
    project.revision += 1
    session.flush()
    record(session, project.snapshot(), key=f"project:{project.id}")


def announce_activity(session: Session, activity: Activity) -> None:
    """The activity's facts, as a new revision."""
    activity.status = "released"
    activity.revision += 1
    session.flush()
    record(session, activity.snapshot(), key=f"activity:{activity.id}")


def announce_names(session: Session, organisations: Collection[UUID]) -> None:
    """An organisation has a new name: what is published and names it is told anew."""
    projects = select(Project).where(
        Project.status != "draft", Project.organisers.any(ProjectOrganiser.organisation_id.in_(organisations))
    )
    for project in session.scalars(projects.order_by(Project.id).with_for_update()):
        announce_project(session, project)
    activities = select(Activity).where(Activity.status == "released", Activity.host_id.in_(organisations))
    for activity in session.scalars(activities.order_by(Activity.id).with_for_update()):
        announce_activity(session, activity)

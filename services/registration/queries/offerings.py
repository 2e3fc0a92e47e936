"""What is offered, and by whom: projects and activities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from services.registration.actions.organisations import Known, naming, the_one_named
from services.registration.errors import NoSuchActivity, NoSuchProject
from services.registration.models import (
    Offering,
    Organisation,
    Project,
    allotment,
)
from shared.database import Asked, ask

# Made once: every form asks them.
_BY_SLUG = select(Project).where(Project.slug == bindparam("slug")).order_by(Project.revision.desc(), Project.id.desc()).limit(1)
_COMING = (
    select(Offering)
    .where(Offering.project_id == bindparam("project_id"), Offering.starts_at > bindparam("now"))
    .order_by(Offering.starts_at, Offering.number, Offering.title)
)


def project_by_slug(session: Session, slug: str) -> Project:
    """The published project at an address. Raises `NoSuchProject`."""
    project = session.scalar(_BY_SLUG, {"slug": slug})
    if project is None:
        raise NoSuchProject
    return project


def coming_offerings(session: Session, project_id: UUID, now: datetime) -> list[Offering]:
    """What the project offers that has not begun, in order of time."""
    return list(session.scalars(_COMING, {"project_id": project_id, "now": now}))


_CHOSEN = """
    SELECT project.id AS project_id, offering.id, offering.kind, offering.number, offering.theme, offering.title, offering.mode,
           offering.starts_at, offering.ends_at, choice_group_id, choice_group_title, choice_group_single
    FROM (SELECT id FROM project WHERE slug = %(slug)s ORDER BY revision DESC, id DESC LIMIT 1) AS project
    LEFT JOIN offering ON offering.project_id = project.id AND offering.id = ANY(%(activities)s::uuid[])
        AND offering.starts_at > %(now)s
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An activity that a form names: enough to check the choice, without loading all that the page shows."""

    id: UUID
    kind: str
    number: int | None
    theme: str
    title: str
    mode: str
    starts_at: datetime
    ends_at: datetime
    choice_group_id: UUID | None
    choice_group_title: str
    choice_group_single: bool


def what_a_form_names(
    session: Session, slug: str, activity_ids: Sequence[UUID], organisation: str, now: datetime
) -> tuple[UUID, dict[UUID, Chosen], Known | None]:
    """The project at an address, those of the activities that it offers and that have not begun, and the organisation.

    Raises `NoSuchProject`.
    """
    choosing = Asked(_CHOSEN, {"slug": slug, "activities": activity_ids, "now": now})
    rows, named = ask(session, choosing, naming(organisation))
    if not rows:
        raise NoSuchProject
    chosen = {row.id: Chosen(*row[1:]) for row in rows if row.id is not None}
    return rows[0].project_id, chosen, the_one_named(organisation, named)


def offerings_of_project(session: Session, project_id: UUID) -> list[Offering]:
    """Everything that the project offers or has offered, in order of time."""
    query = select(Offering).where(Offering.project_id == project_id)
    return list(session.scalars(query.order_by(Offering.starts_at, Offering.number, Offering.title)))


def offerings_for_staff(session: Session, *, host: UUID | None, now: datetime) -> list[Offering]:
    """Activities to work with: coming ones, and those of the last three months; of one host, or all."""
    query = select(Offering).where(Offering.ends_at > now - timedelta(days=90))
    if host is not None:
        query = query.where(Offering.host_organisation_id == host)
    return list(session.scalars(query.order_by(Offering.starts_at, Offering.number, Offering.title)))


def projects_of(session: Session, offerings: Sequence[Offering]) -> list[Project]:
    """The projects of activities, in the order in which these come."""
    order = {offering.project_id: place for place, offering in reversed(list(enumerate(offerings)))}
    projects = session.scalars(select(Project).where(Project.id.in_(order)))
    return sorted(projects, key=lambda project: order[project.id])


def offering_by_id(session: Session, activity_id: UUID) -> Offering:
    """An activity. Raises `NoSuchActivity`."""
    offering = session.get(Offering, activity_id)
    if offering is None:
        raise NoSuchActivity
    return offering


def allotments_of(session: Session, activity_id: UUID) -> Sequence[Row[tuple[UUID, str, int | None, int]]]:
    """Organisations with own seats in an activity: id, title, most, guaranteed."""
    query = (
        select(Organisation.id, Organisation.title, allotment.c.max_seats, allotment.c.guaranteed)
        .join(allotment, allotment.c.organisation_id == Organisation.id)
        .where(allotment.c.activity_id == activity_id)
        .order_by(Organisation.sort_key)
    )
    return session.execute(query).all()

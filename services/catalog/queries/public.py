"""What visitors see: published projects and released activities only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Select, bindparam, func, literal_column, or_, select, true, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from services.catalog.models import (
    Activity,
    FinalReport,
    FocusArea,
    Organisation,
    Project,
    ProjectLeader,
    ProjectOrganiser,
    Proposal,
)
from shared.errors import NotFound

T = TypeVar("T")

# Constants stand in the statements: then PostgreSQL uses the indexes that are only for these, and plans once for all.
_RELEASED = Activity.status == literal_column("'released'")
_PUBLIC = Project.status != literal_column("'draft'")
_GOING_ON = Project.status == literal_column("'published'")
_FINISHED = Project.status == literal_column("'finished'")
_NOW = bindparam("now", type_=DateTime(timezone=True))
"""For statements that are put together once: that takes longer than what PostgreSQL does for them."""


@dataclass(frozen=True)
class Listed:
    """A project in a list."""

    project: Project
    activities: int
    next_at: datetime | None
    report: FinalReport | None


def coming_activities(session: Session, now: datetime, limit: int | None = None) -> Sequence[Activity]:
    """What is to come, the nearest first."""
    return session.scalars(_coming().limit(limit), {"now": now}).all()


def calendar(session: Session, now: datetime, *, past: bool, region: str, kind: str, project: str) -> Sequence[Activity]:
    """Activities that have not ended, the nearest first, or those that have, the latest first; all that the visitor asks for."""
    found = _released()
    if region:
        found = found.where(Activity.region_code == region)
    if kind:
        found = found.where(Activity.kind == kind)
    if project:
        found = found.where(Project.slug == project)
    if past:
        return session.scalars(found.where(Activity.ends_at < now).order_by(Activity.starts_at.desc(), Activity.id)).all()
    return session.scalars(found.where(Activity.ends_at >= now).order_by(Activity.starts_at, Activity.id)).all()


def activities_in_region(session: Session, code: str) -> Sequence[Activity]:
    """All that takes place in the region, or has taken place, in order of time."""
    return session.scalars(_released().where(Activity.region_code == code).order_by(Activity.starts_at, Activity.id)).all()


def public_projects(session: Session, now: datetime, *, finished: int | None = None) -> list[Listed]:
    """Public projects: those that go on by what comes next, then the finished, the latest first. Two statements.

    `finished`: at most so many of these.
    """
    return [Listed(*row) for row in session.execute(_projects(finished), {"now": now})]


@cache
def _projects(finished: int | None) -> Select[*tuple[Any, ...]]:
    times = (
        select(func.count().label("activities"), func.min(Activity.starts_at).filter(Activity.ends_at >= _NOW).label("next_at"))
        .where(Activity.project_id == Project.id, _RELEASED)
        .lateral("times")
    )
    found = (
        select(Project, times.c.activities, times.c.next_at, FinalReport)
        .select_from(Project)
        .join(times, true())
        .outerjoin(FinalReport, FinalReport.project_id == Project.id)
        .options(_organisers())
        .order_by(Project.finished_at.desc().nulls_first(), times.c.next_at.nulls_last(), Project.sort_key)
    )
    if finished is None:
        return found.where(_PUBLIC)
    going_on = select(Project.id).where(_GOING_ON)
    latest = select(Project.id).where(_FINISHED).order_by(Project.finished_at.desc(), Project.sort_key)
    return found.where(Project.id.in_(union_all(going_on, latest.limit(literal_column(str(finished))))))


def public_project(session: Session, slug: str) -> Project:
    """A published project with all that its page shows. Raises `NotFound`."""
    return _found(session.scalars(select(Project).where(Project.slug == slug, _PUBLIC).options(*whole_project())).one_or_none())


def public_activity(session: Session, activity_id: UUID) -> Activity:
    """A released activity with all that its page shows. Raises `NotFound`."""
    return _found(session.scalars(_released().where(Activity.id == activity_id).options(*whole_activity())).one_or_none())


def whole_project() -> Sequence[ORMOption]:
    """Loads what a project's page shows, in a handful of statements however much there is."""
    return (
        _organisers(),
        selectinload(Project.outcomes),
        selectinload(Project.leaders).joinedload(ProjectLeader.organisation),
        selectinload(Project.focus_areas),
        selectinload(Project.activities).options(joinedload(Activity.host), joinedload(Activity.choice_group)),
    )


def whole_activity() -> Sequence[ORMOption]:
    """Loads what an activity's page shows."""
    return (selectinload(Activity.programme), joinedload(Activity.choice_group))


def parallel_activities(session: Session, activity: Activity) -> Sequence[Activity]:
    """The others of its choice group."""
    if activity.choice_group_id is None:
        return []
    group = _released().where(Activity.choice_group_id == activity.choice_group_id, Activity.id != activity.id)
    return session.scalars(group.order_by(Activity.starts_at, Activity.id)).all()


def regions(session: Session) -> Sequence[Organisation]:
    """The regions of the register that have a county code, in alphabetical order."""
    return session.scalars(
        select(Organisation)
        .where(Organisation.kind == "region", Organisation.status == "active", Organisation.region_code.is_not(None))
        .order_by(Organisation.sort_key)
    ).all()


def region(session: Session, code: str) -> Organisation:
    """The region with this county code. Raises `NotFound`."""
    found = select(Organisation).where(
        Organisation.kind == "region", Organisation.status == "active", Organisation.region_code == code
    )
    return _found(session.scalars(found).one_or_none())


def focus_areas(session: Session, code: str | None = None) -> Sequence[FocusArea]:
    """The focus areas of every region, or of one; those that all regions share among them."""
    found = select(FocusArea).where(FocusArea.project_id.is_(None))
    if code is not None:
        found = found.where(or_(FocusArea.region_code == code, FocusArea.region_code.is_(None)))
    return session.scalars(found.order_by(FocusArea.region_code, FocusArea.position)).all()


def hosted_by_region(session: Session) -> dict[str, int]:
    """County code → how many released activities take place there."""
    rows = session.execute(select(Activity.region_code, func.count()).where(_RELEASED).group_by(Activity.region_code))
    return {code: count for code, count in rows if code}


def proposals(session: Session) -> Sequence[Proposal]:
    """All proposals, the latest occasion first."""
    found = select(Proposal).options(joinedload(Proposal.proposer))
    return session.scalars(found.order_by(Proposal.handed_in_on.desc(), Proposal.occasion, Proposal.sort_key)).all()


def final_report(session: Session, project_id: UUID) -> FinalReport | None:
    """The published report, if there is one."""
    return session.get(FinalReport, project_id)


@cache
def _coming() -> Select[Activity]:
    return _released().where(Activity.ends_at >= _NOW).order_by(Activity.starts_at, Activity.id)


@cache
def _released() -> Select[Activity]:
    """Released activities of public projects, with project and host in the same statement."""
    return (
        select(Activity)
        .join(Activity.project)
        .where(_RELEASED, _PUBLIC)
        .options(contains_eager(Activity.project), joinedload(Activity.host))
    )


def _organisers() -> ORMOption:
    return selectinload(Project.organisers).joinedload(ProjectOrganiser.organisation)


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row

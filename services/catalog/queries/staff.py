"""What staff see on their own pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.catalog.models import Activity, Feedback, Organisation, Project, StaffMember
from services.catalog.queries.public import whole_activity, whole_project
from shared.errors import NotFound

T = TypeVar("T")


def all_projects(session: Session) -> Sequence[Project]:
    """Every project with its activities, those that go on first."""
    found = select(Project).options(selectinload(Project.activities), joinedload(Project.responsible))
    return session.scalars(found.order_by(Project.finished_at.desc().nulls_first(), Project.created_at.desc())).all()


def hosted_activities(session: Session, staff_id: UUID, now: datetime) -> Sequence[Activity]:
    """What the organisation of a member of staff hosts and has not ended."""
    found = (
        select(Activity)
        .join(StaffMember, StaffMember.organisation_id == Activity.host_id)
        .where(StaffMember.id == staff_id, Activity.status == "released", Activity.ends_at >= now)
        .options(joinedload(Activity.project))
    )
    return session.scalars(found.order_by(Activity.starts_at)).all()


@dataclass(frozen=True)
class Waiting:
    """How much waits for somebody of the staff."""

    organisations: int
    feedback: int


def waiting(session: Session) -> Waiting:
    """Organisations to accept and messages to answer, in one statement."""
    organisations = select(func.count()).select_from(Organisation).where(Organisation.status == "pending").scalar_subquery()
    messages = select(func.count()).select_from(Feedback).where(Feedback.handled_at.is_(None)).scalar_subquery()
    row = session.execute(select(organisations, messages)).one()
    return Waiting(*row)


def project(session: Session, project_id: UUID, *, lock: bool = False) -> Project:
    """A project with all that its pages show, whatever its status. `lock` holds it for the transaction. Raises `NotFound`."""
    if lock:
        session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    found = select(Project).where(Project.id == project_id)
    options = (*whole_project(), joinedload(Project.responsible), selectinload(Project.choice_groups))
    return _found(session.scalars(found.options(*options)).one_or_none())


def project_with_activities(session: Session, project_id: UUID) -> Project:
    """A project with its activities only. Raises `NotFound`."""
    found = select(Project).where(Project.id == project_id)
    return _found(session.scalars(found.options(selectinload(Project.activities))).one_or_none())


def activity(session: Session, activity_id: UUID, *, lock: bool = False) -> Activity:
    """An activity with all that its pages show, whatever its status. `lock` holds it for the transaction. Raises `NotFound`."""
    if lock:
        session.execute(select(Activity.id).where(Activity.id == activity_id).with_for_update())
    found = select(Activity).where(Activity.id == activity_id)
    options = (joinedload(Activity.host), joinedload(Activity.project).selectinload(Project.choice_groups), *whole_activity())
    return _found(session.scalars(found.options(*options)).one_or_none())


def everybody(session: Session) -> Sequence[StaffMember]:
    """All staff, those who may sign in first."""
    found = select(StaffMember).options(joinedload(StaffMember.organisation))
    return session.scalars(found.order_by(StaffMember.active.desc(), StaffMember.sort_key, StaffMember.email)).all()


def known(session: Session, staff_id: UUID) -> UUID | None:
    """The id, if the catalogue has that member of staff."""
    return session.scalar(select(StaffMember.id).where(StaffMember.id == staff_id))


def member(session: Session, staff_id: UUID, *, lock: bool = False) -> StaffMember:
    """One of the staff. `lock` holds the row for the transaction. Raises `NotFound`."""
    if lock:
        session.execute(select(StaffMember.id).where(StaffMember.id == staff_id).with_for_update())
    return _found(session.get(StaffMember, staff_id, options=[joinedload(StaffMember.organisation)]))


def organisation(session: Session, organisation_id: UUID, *, lock: bool = False) -> Organisation:
    """One of the register, whatever its status. `lock` holds the row for the transaction. Raises `NotFound`."""
    if lock:
        session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    return _found(session.get(Organisation, organisation_id, options=[selectinload(Organisation.aliases)]))


def merged_into(session: Session, organisation: Organisation | None) -> Organisation | None:
    """What a merged organisation has become."""
    return session.get(Organisation, organisation.merged_into_id) if organisation and organisation.merged_into_id else None


def waiting_feedback(session: Session) -> Sequence[Feedback]:
    """What visitors wrote and nobody has seen to, the oldest first."""
    return session.scalars(select(Feedback).where(Feedback.handled_at.is_(None)).order_by(Feedback.created_at, Feedback.id)).all()


def feedback(session: Session, feedback_id: UUID) -> Feedback:
    """One message. Raises `NotFound`."""
    return _found(session.get(Feedback, feedback_id))


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row

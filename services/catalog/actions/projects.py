"""Projects: planned, changed, published with their activities."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.actions.releasing import announce_activity, announce_project
from services.catalog.errors import AlreadyPublished, CannotBePublished, ChangedMeanwhile, PublishedStays, SlugTaken
from services.catalog.models import ExpectedOutcome, FocusArea, Project, ProjectLeader, ProjectOrganiser
from services.catalog.models.base import Placed
from services.catalog.rules.addresses import LONGEST_SLUG, slugify
from services.catalog.rules.details import ProjectDetails
from services.catalog.rules.planning import Lack, what_lacks
from shared.database import new_id
from shared.i18n import _, sort_key


def plan_project(
    session: Session, details: ProjectDetails, *, responsible_id: UUID | None, now: datetime, project_id: UUID | None = None
) -> Project:
    """A new draft, which nobody outside the staff sees. Raises `SlugTaken` if another project has the wanted address."""
    project = Project(
        id=project_id or new_id(),
        slug=_free_slug(session, details, but=None),
        responsible_id=responsible_id,
        created_at=now,
        status="draft",
        revision=0,
        version=1,
    )
    _write(project, details)
    session.add(project)
    session.flush()
    return project


def change_project(session: Session, project: Project, details: ProjectDetails, *, version: int) -> None:
    """What staff wrote, in place of what stood. A published project is announced anew, under the address it has.

    `version` is what the writer had before them; raises `ChangedMeanwhile` when somebody else has saved since, and `SlugTaken`.
    """
    if version != project.version:
        raise ChangedMeanwhile
    if not project.is_public:
        project.slug = _free_slug(session, details, but=project)
    _write(project, details)
    project.version += 1
    if project.is_public:
        announce_project(session, project)


def publish_project(session: Session, project: Project, *, now: datetime) -> None:
    """Make the project public and release its activities, as one change. Raises `AlreadyPublished`, `CannotBePublished`."""
    if project.is_public:
        raise AlreadyPublished
    lacks = lacks_of(project)
    if lacks:
        raise CannotBePublished(lacks=", ".join(_(lack.message).rstrip(".").lower() for lack in lacks))
    project.status = "published"
    project.published_at = now
    announce_project(session, project)
    for activity in project.activities:
        announce_activity(session, activity)


def lacks_of(project: Project) -> list[Lack]:
    """What must be there before the project can be published."""
    return what_lacks(
        purpose=project.purpose, audience=project.audience, organisers=project.organisers, activities=len(project.activities)
    )


def delete_project(session: Session, project: Project) -> None:
    """Throw a draft away, with its activities. Raises `PublishedStays`."""
    if project.is_public:
        raise PublishedStays
    session.delete(project)


def _write(project: Project, details: ProjectDetails) -> None:
    project.kind = details.kind
    project.title = details.title
    project.sort_key = sort_key(details.title)
    project.purpose = details.purpose
    project.audience = details.audience
    project.obligations = details.obligations
    project.continuation = details.continuation
    _write_lists(project, details)


def _write_lists(project: Project, details: ProjectDetails) -> None:
    """The lists, keeping the rows whose content stands: an expected outcome's id means something to those who measure it."""
    outcomes = {outcome.text: outcome for outcome in project.outcomes}
    project.outcomes = [outcomes.get(text) or ExpectedOutcome(text=text) for text in details.outcomes]
    areas = {area.title: area for area in project.focus_areas}
    project.focus_areas = [areas.get(title) or FocusArea(title=title, programme="") for title in details.focus_areas]
    organisers = {organiser.organisation_id: organiser for organiser in project.organisers}
    project.organisers = [organisers.get(found) or ProjectOrganiser(organisation_id=found) for found in details.organisers]
    leaders = {(leader.organisation_id, leader.person): leader for leader in project.leaders}
    project.leaders = [
        leaders.get((leader.organisation_id, leader.person))
        or ProjectLeader(organisation_id=leader.organisation_id, person=leader.person)
        for leader in details.leaders
    ]
    _number(project.outcomes)
    _number(project.focus_areas)
    _number(project.organisers)
    _number(project.leaders)


def _number(rows: Iterable[Placed]) -> None:
    for position, row in enumerate(rows):
        row.position = position


def _free_slug(session: Session, details: ProjectDetails, *, but: Project | None) -> str:
    """The address asked for, or one made of the title, with a number if another project has it."""
    wanted = details.slug or slugify(details.title)
    others = select(Project.slug).where(Project.slug.startswith(wanted, autoescape=True))
    taken = set(session.scalars(others.where(Project.id != but.id) if but else others))
    if wanted not in taken:
        return wanted
    if details.slug:
        raise SlugTaken(slug=details.slug)
    numbered = (f"{wanted[: LONGEST_SLUG - 4]}-{number}" for number in range(2, 1000))
    return next(slug for slug in numbered if slug not in taken)

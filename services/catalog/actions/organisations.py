"""The register of organisations: added, proposed, accepted, renamed, merged."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.catalog.actions.releasing import announce_names
from services.catalog.actions.staff import change_staff
from services.catalog.errors import CannotMerge, OrganisationTaken, RegionTaken
from services.catalog.models import (
    Activity,
    Organisation,
    OrganisationAlias,
    ProjectLeader,
    ProjectOrganiser,
    Proposal,
    StaffMember,
)
from shared.database import new_id
from shared.i18n import sort_key
from shared.messaging import record


def add_organisation(
    session: Session,
    *,
    title: str,
    kind: str,
    region_code: str | None = None,
    aliases: Sequence[str] = (),
    organisation_id: UUID | None = None,
) -> Organisation:
    """A new organisation in the register. Raises `OrganisationTaken`, `RegionTaken`."""
    _refuse_taken(session, [title, *aliases], but=None)
    _refuse_region(session, kind, region_code, but=None)
    organisation = Organisation(
        id=organisation_id or new_id(),
        title=title,
        sort_key=sort_key(title),
        kind=kind,
        region_code=region_code if kind == "region" else None,
        status="active",
        aliases=_aliases(aliases, title),
    )
    session.add(organisation)
    _tell(session, organisation)
    return organisation


def keep_proposed(session: Session, organisation_id: UUID, title: str) -> None:
    """Somebody registered for an organisation that is not in the register: it waits for staff. A known one stays as it is."""
    if session.get(Organisation, organisation_id) is not None:
        return
    organisation = Organisation(
        id=organisation_id, title=title, sort_key=sort_key(title), kind="other", status="pending", aliases=[]
    )
    session.add(organisation)
    _tell(session, organisation)


def change_organisation(
    session: Session, organisation: Organisation, *, title: str, kind: str, region_code: str | None, aliases: Sequence[str]
) -> None:
    """Rename, reclassify, accept what waited. Raises `OrganisationTaken`, `RegionTaken`, and `CannotMerge` for a merged one."""
    if organisation.status == "merged":
        raise CannotMerge
    _refuse_taken(session, [title, *aliases], but=organisation.id)
    _refuse_region(session, kind, region_code, but=organisation.id)
    renamed = title != organisation.title
    organisation.rename(title)
    organisation.kind = kind
    organisation.region_code = region_code if kind == "region" else None
    organisation.status = "active"
    organisation.aliases.clear()
    session.flush()
    organisation.aliases = _aliases(aliases, title)
    _tell(session, organisation)
    if renamed:
        announce_names(session, [organisation.id])


def merge_organisation(session: Session, organisation: Organisation, into: Organisation) -> None:
    """One organisation becomes a part of another: its names become aliases, and all that pointed to it points there.

    What people represented at the time stands in the participation facts; the figures count merged organisations as one.
    Raises `CannotMerge` for itself, or when either is not what it must be.
    """
    if organisation.id == into.id or organisation.status == "merged" or into.status != "active":
        raise CannotMerge
    names = [organisation.title, *(alias.alias for alias in organisation.aliases)]
    organisation.aliases.clear()
    organisation.status, organisation.merged_into_id, organisation.region_code = "merged", into.id, None
    session.flush()
    taken = _taken(session, names, but=organisation.id)
    into.aliases += _aliases([name for name in names if name not in taken], into.title)
    earlier = session.scalars(select(Organisation).where(Organisation.merged_into_id == organisation.id)).all()
    for old in earlier:
        old.merged_into_id = into.id
    _point_to(session, organisation.id, into.id)
    for changed in (*earlier, organisation, into):
        _tell(session, changed)
    announce_names(session, [into.id])


def _point_to(session: Session, old: UUID, new: UUID) -> None:
    session.flush()
    doubled = select(ProjectOrganiser.project_id).where(ProjectOrganiser.organisation_id == new)
    session.execute(
        delete(ProjectOrganiser).where(ProjectOrganiser.organisation_id == old, ProjectOrganiser.project_id.in_(doubled))
    )
    for column in (ProjectOrganiser.organisation_id, ProjectLeader.organisation_id, Activity.host_id, Proposal.proposer_id):
        session.execute(update(column.class_).where(column == old).values({column: new}))
    session.expire_all()  # hosts and organisers that were read before are others now
    for member in session.scalars(select(StaffMember).where(StaffMember.organisation_id == old)):
        change_staff(session, member, name=member.name, roles=member.roles, organisation_id=new)


def _refuse_taken(session: Session, names: Sequence[str], *, but: UUID | None) -> None:
    for name in _taken(session, names, but=but):
        raise OrganisationTaken(title=name)


def _taken(session: Session, names: Sequence[str], *, but: UUID | None) -> list[str]:
    """Those of `names` that another active organisation bears, as its title or an alias, whatever the case."""
    titles = select(Organisation.sort_key).where(
        Organisation.sort_key.in_({sort_key(name) for name in names}),
        Organisation.status == "active",
        Organisation.id.is_distinct_from(but),
    )
    aliases = select(OrganisationAlias.lower_alias).where(
        OrganisationAlias.lower_alias.in_({name.casefold() for name in names}),
        OrganisationAlias.organisation_id.is_distinct_from(but),
    )
    keys, lowered = set(session.scalars(titles)), set(session.scalars(aliases))
    return [name for name in names if sort_key(name) in keys or name.casefold() in lowered]


def _refuse_region(session: Session, kind: str, code: str | None, *, but: UUID | None) -> None:
    if kind != "region" or not code:
        return
    holder = session.scalars(
        select(Organisation).where(
            Organisation.region_code == code, Organisation.kind == "region", Organisation.status == "active"
        )
    ).first()
    if holder is not None and holder.id != but:
        raise RegionTaken(title=holder.title, code=code)


def _aliases(names: Sequence[str], title: str) -> list[OrganisationAlias]:
    by_key = {name.casefold(): name for name in names if name.casefold() != title.casefold()}
    return [OrganisationAlias(lower_alias=key, alias=name) for key, name in by_key.items()]


def _tell(session: Session, organisation: Organisation) -> None:
    session.flush()
    record(session, organisation.state(), key=f"organisation:{organisation.id}")

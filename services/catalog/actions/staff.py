"""Staff: added, given roles, shut out, let in again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog.errors import LastAdministrator, StaffExists
from services.catalog.models import StaffMember
from shared.database import new_id
from shared.i18n import sort_key
from shared.messaging import record
from shared.staff import keep_staff_state


def add_staff(
    session: Session,
    *,
    name: str,
    email: str,
    roles: Sequence[str],
    organisation_id: UUID | None,
    now: datetime,
    staff_id: UUID | None = None,
) -> StaffMember:
    """A new member of staff, who can sign in from now on. Raises `StaffExists`."""
    email = email.casefold()
    if session.scalar(select(StaffMember.id).where(StaffMember.email == email)):
        raise StaffExists(email=email)
    member = StaffMember(
        id=staff_id or new_id(),
        name=name,
        sort_key=sort_key(name),
        email=email,
        roles=sorted(set(roles)),
        organisation_id=organisation_id,
        active=True,
        sessions_valid_from=now,
        created_at=now,
    )
    session.add(member)
    _tell(session, member)
    return member


def change_staff(session: Session, member: StaffMember, *, name: str, roles: Sequence[str], organisation_id: UUID | None) -> None:
    """Another name, organisation or set of roles: in force with the next click. Raises `LastAdministrator`."""
    _keep_an_administrator(session, member, still="administrator" in roles and member.active)
    member.name = name
    member.sort_key = sort_key(name)
    member.roles = sorted(set(roles))
    member.organisation_id = organisation_id
    _tell(session, member)


def shut_out(session: Session, member: StaffMember, *, now: datetime) -> None:
    """No signing in any more, and sessions end with the next click. Raises `LastAdministrator`."""
    _keep_an_administrator(session, member, still=False)
    member.shut_out(now)
    _tell(session, member)


def let_in(session: Session, member: StaffMember) -> None:
    """May sign in again."""
    member.active = True
    _tell(session, member)


def _keep_an_administrator(session: Session, member: StaffMember, *, still: bool) -> None:
    if still or "administrator" not in member.roles or not member.active:
        return
    administrators = select(StaffMember.id).where(StaffMember.active, StaffMember.roles.contains(["administrator"]))
    ids = session.scalars(administrators.order_by(StaffMember.id).with_for_update()).all()
    if not any(found != member.id for found in ids):
        raise LastAdministrator


def _tell(session: Session, member: StaffMember) -> None:
    session.flush()
    event = member.state()
    record(session, event, key=f"staff:{member.id}")
    keep_staff_state(session, event)  # the catalogue hears no events of its own

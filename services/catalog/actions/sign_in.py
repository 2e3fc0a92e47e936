"""Signing in by a link in a mail."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services.catalog.actions.staff import add_staff
from services.catalog.errors import LinkIsUsedUp
from services.catalog.models import SignInLink, StaffMember
from services.catalog.rules.addresses import local_path
from shared.events.catalog import SignInRequested
from shared.messaging import record
from shared.secrets import hash_token, new_token, seal

LINK_LIVES = timedelta(minutes=15)
LINKS_AT_ONCE = 5
"""So many unused links a person can have: somebody who types another's address again and again fills no mailbox."""


def ask_for_link(
    session: Session, email: str, *, next_path: str, language: str, public_url: str, administrator_email: str, now: datetime
) -> None:
    """Have a link mailed to the member of staff with this address. Whether there is one, nobody who asks can tell.

    `administrator_email` makes the first administrator: who asks with that address, and is not known, becomes one.
    """
    email = email.casefold()
    member = session.scalars(select(StaffMember).where(StaffMember.email == email).with_for_update()).one_or_none()
    if member is None and administrator_email and email == administrator_email.casefold():
        member = add_staff(session, name=email, email=email, roles=["administrator"], organisation_id=None, now=now)
    if member is None or not member.active or _live_links(session, member, now) >= LINKS_AT_ONCE:
        return
    session.execute(delete(SignInLink).where(SignInLink.staff_id == member.id, SignInLink.expires_at <= now))
    token = new_token()
    link = SignInLink(
        staff_id=member.id,
        token_hash=hash_token(token),
        next=local_path(next_path, ""),
        created_at=now,
        expires_at=now + LINK_LIVES,
    )
    session.add(link)
    address = f"{public_url}{'/en' if language == 'en' else ''}/logga-in/{token}"
    record(
        session,
        SignInRequested(
            staff_id=member.id,
            email=member.email,
            person_name=member.name,
            language=language,
            sealed_link=seal(address),
            expires_at=link.expires_at,
        ),
        key=f"staff:{member.id}",
    )


def is_live(session: Session, token: str, *, now: datetime) -> bool:
    """Whether the link can still be used. Changes nothing: mail scanners open links too."""
    live = select(SignInLink.id).join(StaffMember, StaffMember.id == SignInLink.staff_id)
    live = live.where(SignInLink.token_hash == hash_token(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
    return session.scalar(live.where(StaffMember.active)) is not None


def use_link(session: Session, token: str, *, now: datetime) -> tuple[StaffMember, str]:
    """Use the link up: who signs in, and where to go then. Raises `LinkIsUsedUp` the second time, late, or for one shut out.

    One UPDATE decides: of any number of clicks at once, one gets the row.
    """
    used = session.execute(
        update(SignInLink)
        .where(SignInLink.token_hash == hash_token(token), SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.staff_id, SignInLink.next)
    ).one_or_none()
    member = session.get(StaffMember, used.staff_id) if used else None
    if used is None or member is None or not member.active:
        raise LinkIsUsedUp
    member.signed_in_at = now
    return member, used.next


def _live_links(session: Session, member: StaffMember, now: datetime) -> int:
    links = select(func.count()).select_from(SignInLink).where(SignInLink.staff_id == member.id)
    return session.scalar(links.where(SignInLink.used_at.is_(None), SignInLink.expires_at > now)) or 0

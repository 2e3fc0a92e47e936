"""Organisations to pick from, and those of the staff."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registration.models import (
    Organisation,
    StaffOrganisation,
)

MOST_SUGGESTIONS = 600
"""So many organisations are written into a page for its search; from more, they are asked for while typing."""


def names_to_pick(session: Session, *, most: int = MOST_SUGGESTIONS, like: str = "") -> Sequence[str]:
    """Titles of the register's organisations, in alphabetical order, for the search in a form."""
    query = select(Organisation.title).where(Organisation.status == "active").order_by(Organisation.sort_key).limit(most)
    if like:
        query = query.where(Organisation.sort_key.contains(like, autoescape=True))
    return session.scalars(query).all()


def organisation_of_staff(session: Session, staff_id: UUID) -> UUID | None:
    """The organisation of a member of staff, as the catalogue says."""
    return session.scalar(select(StaffOrganisation.organisation_id).where(StaffOrganisation.staff_id == staff_id))

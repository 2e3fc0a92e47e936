"""Registrations with their seats, and the receipts of forms."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.registration.errors import LinkIsWrong
from services.registration.models import (
    Receipt,
    Registration,
    Seat,
)
from shared.secrets import hash_token


def receipt_by_key(session: Session, key: str) -> Receipt | None:
    """What a sent form led to."""
    return session.get(Receipt, hash_token(key))


def registration_by_token(session: Session, token: str) -> Registration:
    """The registration that a personal link opens, with person, seats and their activities. Raises `LinkIsWrong`."""
    registration = session.scalars(_whole().where(Registration.token_hash == hash_token(token))).one_or_none()
    if registration is None:
        raise LinkIsWrong
    return registration


def registration_by_id(session: Session, registration_id: UUID) -> Registration | None:
    """A registration for staff, with person, seats and their activities."""
    return session.scalars(_whole().where(Registration.id == registration_id)).one_or_none()


def _whole() -> Select[Registration]:
    return select(Registration).options(
        joinedload(Registration.person, innerjoin=True),
        selectinload(Registration.seats).joinedload(Seat.offering, innerjoin=True),
    )

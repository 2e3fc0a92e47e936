"""The declarative base of this service's tables."""

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import shared.database
from shared.database import new_id, new_metadata


class Base(shared.database.Base, DeclarativeBase):
    """All tables of the catalogue."""

    metadata = new_metadata()


def one_of(column: str, *values: str) -> CheckConstraint:
    """The database's own guard of a column that holds one of a few words."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


def primary_key() -> Mapped[UUID]:
    """A UUIDv7, unless the caller gives one (the demonstration's are made from names)."""
    return mapped_column(primary_key=True, default=new_id)


class Placed:
    """A row that has its place in a list that staff put in order."""

    position: Mapped[int]

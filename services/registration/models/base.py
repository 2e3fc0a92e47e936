"""The declarative base of this service's tables."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase

import shared.database
from shared.database import new_metadata


class Base(shared.database.Base, DeclarativeBase):
    """All tables of registration."""

    metadata = new_metadata()


def one_of(column: str, *values: str) -> CheckConstraint:
    """The database's own guard of a column that holds one of a few words."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)

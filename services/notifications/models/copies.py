"""Rows that are only read, as the domain's nouns."""

from typing import Any, TypeVar

from sqlalchemy.orm import class_mapper
from sqlalchemy.orm.attributes import instance_dict

from services.notifications.models.base import Base

T = TypeVar("T", bound=Base)


def columns(kind: type[Base]) -> str:
    """The columns of `kind`, for a SELECT of its table alone."""
    return ", ".join(column.name for column in kind.__table__.columns)


def copy_of(kind: type[T], row: Any) -> T:
    """What a row of `columns(kind)` says. No session knows it, and what is changed in it is written nowhere.

    All at once: column by column, as a constructor does it, costs more than asking for the row.
    """
    copy: T = class_mapper(kind).class_manager.new_instance()
    instance_dict(copy).update(row._asdict())
    return copy

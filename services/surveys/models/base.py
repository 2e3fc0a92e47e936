"""The base of all models here: this service's own tables."""

from sqlalchemy.orm import DeclarativeBase

from shared import database


class Base(database.Base, DeclarativeBase):
    """What the models of this service have in common."""

    metadata = database.new_metadata()

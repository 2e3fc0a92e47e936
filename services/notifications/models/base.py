"""The base of this service's tables."""

from sqlalchemy.orm import DeclarativeBase

from shared.database import Base as SharedBase
from shared.database import new_metadata


class Base(SharedBase, DeclarativeBase):
    """All tables of notifications share this metadata."""

    metadata = new_metadata()

"""Contact lists: the networks that mailings go to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.models.base import Base
from shared.database import new_id


class ContactList(Base):
    """A named list, for example Reglabs RUS-nätverk."""

    __tablename__ = "contact_list"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Contact(Base):
    """A person on a list; an address stands once on each."""

    __tablename__ = "contact"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("contact_list.id", ondelete="CASCADE"))
    name: Mapped[str]
    sort_key: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(Computed("lower(address)", persisted=True))
    organisation: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("list_id", "address_key"), Index("ix_contact_list_id_sort_key", "list_id", "sort_key"))


class RejectedLine(Base):
    """A line that was pasted and could not be read: kept until somebody corrects or drops it."""

    __tablename__ = "rejected_line"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("contact_list.id", ondelete="CASCADE"), index=True)
    line: Mapped[int]
    text: Mapped[str]
    problem: Mapped[str]

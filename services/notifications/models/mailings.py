"""Mailings: one text to many, one row a recipient."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.errors import MailingIsSent, MailingNotPaused, MailingNotSending
from services.notifications.models.base import Base
from shared.database import new_id


class Mailing(Base):
    """An invitation to a project or to one of its activities. draft → sending ⇄ paused → completed."""

    __tablename__ = "mailing"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    activity_id: Mapped[UUID | None]
    subject: Mapped[str]
    body: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")
    created_by: Mapped[UUID]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    launched_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('draft', 'sending', 'paused', 'completed')", name="state"),
        Index("ix_mailing_state", "state"),
    )

    def launch(self, *, now: datetime) -> None:
        """From now on its text and its recipients stand. Raises `MailingIsSent`."""
        self.require_draft()
        self.state, self.launched_at = "sending", now

    def require_draft(self) -> None:
        """Only a draft may be changed. Raises `MailingIsSent`."""
        if self.state != "draft":
            raise MailingIsSent

    def pause(self) -> None:
        """No further mail of it leaves. Raises `MailingNotSending`."""
        if self.state != "sending":
            raise MailingNotSending
        self.state = "paused"

    def resume(self) -> None:
        """It goes on where it stopped. Raises `MailingNotPaused`."""
        if self.state != "paused":
            raise MailingNotPaused
        self.state = "sending"

    def complete(self, *, now: datetime) -> None:
        """Every mail has left or has finally failed."""
        self.state, self.completed_at = "completed", now


class MailingList(Base):
    """A list that a draft is to go to; at launch its contacts become recipients."""

    __tablename__ = "mailing_list"

    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailing.id", ondelete="CASCADE"), primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("contact_list.id", ondelete="CASCADE"), primary_key=True)


class Recipient(Base):
    """Who a mailing went to, as they stood on the list at launch. An address is there once, whatever lists it is on."""

    __tablename__ = "mailing_recipient"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mailing_id: Mapped[UUID] = mapped_column(ForeignKey("mailing.id"))
    name: Mapped[str]
    sort_key: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(Computed("lower(address)", persisted=True))
    organisation: Mapped[str] = mapped_column(server_default="")
    key_hash: Mapped[bytes] = mapped_column(unique=True, comment="of the recipient's own key in the link")
    registered_at: Mapped[datetime | None]
    registration_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("mailing_id", "address_key"),
        Index("ix_mailing_recipient_address_key", "address_key"),
        Index("ix_mailing_recipient_mailing_id_sort_key", "mailing_id", "sort_key"),
    )

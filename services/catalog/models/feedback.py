"""What visitors have written to those who answer for the site; anonymous if they want."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base, one_of, primary_key

SUBJECTS = ("accessibility", "personal_data", "project", "other")


class Feedback(Base):
    """A message from the contact page. Handled or not; erased with what is in it when it has been handled."""

    __tablename__ = "feedback"
    __table_args__ = (
        one_of("subject", *SUBJECTS),
        Index("ix_feedback_waiting", "created_at", postgresql_where="handled_at IS NULL"),
    )

    id: Mapped[UUID] = primary_key()
    subject: Mapped[str]
    message: Mapped[str]
    email: Mapped[str] = mapped_column(comment="empty: the writer wants no answer")
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]

    def handle(self, now: datetime) -> None:
        """It has been seen to: what was written, and by whom, is not needed any more."""
        self.handled_at = now
        self.message = self.email = ""

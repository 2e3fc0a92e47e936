"""Proposals: ideas for activities that organisations have handed in, kept as facts."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.catalog.models.base import Base, one_of, primary_key
from services.catalog.models.organisations import Organisation

FORMS = (
    "learning_project", "network", "learning_project_or_network", "workshop", "seminar", "exchange", "erfa_meetings", "in_depth",
)  # fmt: skip


class Proposal(Base):
    """What was proposed, in which form, by whom, and when."""

    __tablename__ = "proposal"
    __table_args__ = (one_of("form", *FORMS),)

    id: Mapped[UUID] = primary_key()
    title: Mapped[str]
    sort_key: Mapped[str]
    form: Mapped[str]
    proposer_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    occasion: Mapped[str] = mapped_column(comment="where it was handed in: an idea workshop")
    handed_in_on: Mapped[date]

    proposer: Mapped[Organisation | None] = relationship()

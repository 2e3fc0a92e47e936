"""How answers are kept apart from people. Nothing in here holds a time, an address, or a number that counts upwards.

As in a polling station there is a list of who was invited (Invitation), a slip that gives the right to answer once (Slip),
and a box into which a sealed answer is put (Ballot). The box is emptied when the survey closes: the answers are shuffled,
unsealed and become responses, under new random numbers, all written by one transaction. Until then they cannot be read in the
database, so that neither the order of rows nor the transaction that wrote them (xmin) tells who answered what; after, there is
no order left.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.surveys.models.base import Base
from services.surveys.models.survey import Survey


class Invitation(Base):
    """Somebody was invited. Says nothing about whether they answered."""

    __tablename__ = "invitations"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(Survey.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)


class Slip(Base):
    """The right to answer once, held by whoever has the token. Under strict anonymity it does not say whose it is."""

    __tablename__ = "slips"
    __table_args__ = (
        ForeignKeyConstraint(["survey_id", "mode"], [Survey.id, Survey.mode]),
        CheckConstraint("(mode = 'strict') = (person_id IS NULL)", name="person"),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(index=True)
    mode: Mapped[str]
    person_id: Mapped[UUID | None]
    spent: Mapped[bool] = mapped_column(default=False)


class Ballot(Base):
    """A sealed answer in the box of an open survey."""

    __tablename__ = "ballots"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey(Survey.id), index=True)
    sealed: Mapped[str]


class Response(Base):
    """One person's answers to a closed survey: whose, nobody can tell."""

    __tablename__ = "responses"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey(Survey.id), index=True)
    answers: Mapped[dict[str, Any]]
    """By the question's id: a grade (1-5), an alternative's number (from 0), several such, or a text."""


class Result(Base):
    """What may be shown of a closed survey that enough have answered: small counts are not in here."""

    __tablename__ = "results"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey(Survey.id), primary_key=True)
    invited: Mapped[int]
    answered: Mapped[int]
    questions: Mapped[list[Any]]
    """As in `shared.events.surveys.QuestionResult`, in the order of the questions."""

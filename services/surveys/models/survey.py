"""A survey and its questions: free to change until it is sent, and never after."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.surveys.errors import AlreadySent, NothingToAsk, NotOpen, SurveyClosed
from services.surveys.models.base import Base
from services.surveys.models.known import Activity
from services.surveys.rules.questions import Draft, Kind, Words
from shared.database import new_id

Mode = Literal["strict", "tracked"]
State = Literal["draft", "open", "closed"]

LEAST_THRESHOLD = 5


class Survey(Base):
    """What those who were present at an activity are asked. draft → open (sent) → closed.

    `mode` says what is known about who has answered: nothing (strict), or only that they have (tracked). Slips refer to survey
    and mode together, so the database itself refuses another mode once a survey has been sent.
    """

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("activity_id", "purpose"),
        UniqueConstraint("id", "mode"),
        CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
        CheckConstraint("mode IN ('strict', 'tracked')", name="mode"),
        CheckConstraint(f"threshold >= {LEAST_THRESHOLD}", name="threshold"),
        CheckConstraint("(state = 'draft') = (closes_at IS NULL)", name="closes"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey(Activity.id))
    purpose: Mapped[str] = mapped_column(default="evaluation")
    state: Mapped[State] = mapped_column(Text, default="draft")
    switched_off: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[Mode] = mapped_column(Text, default="tracked")
    threshold: Mapped[int] = mapped_column(default=LEAST_THRESHOLD)
    open_days: Mapped[int] = mapped_column(default=14)
    attendance_revision: Mapped[int] = mapped_column(default=0)
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    activity: Mapped[Activity] = relationship(lazy="raise")
    questions: Mapped[list["Question"]] = relationship(
        lazy="raise", order_by="Question.position", cascade="all, delete-orphan", back_populates="survey"
    )

    def guard_draft(self) -> None:
        """Raises `AlreadySent` when nothing may be changed any more."""
        if self.state != "draft":
            raise AlreadySent

    def open(self, closes_at: datetime) -> None:
        """Let it be answered until `closes_at`. Raises `AlreadySent`, `NothingToAsk`."""
        self.guard_draft()
        if not self.questions:
            raise NothingToAsk
        self.state, self.closes_at = "open", closes_at

    def guard_open(self, now: datetime) -> None:
        """Raises `SurveyClosed` when it can no longer be answered."""
        guard_open(self.state, self.closes_at, now)

    def close(self, now: datetime) -> None:
        """Take no more answers. Raises `NotOpen`."""
        if self.state != "open":
            raise NotOpen
        self.state, self.closed_at = "closed", now


def guard_open(state: State, closes_at: datetime | None, now: datetime) -> None:
    """Raises `SurveyClosed` when a survey in that state can no longer be answered, `NotOpen` when not yet."""
    if state == "closed" or (closes_at is not None and closes_at <= now):
        raise SurveyClosed
    if state != "open":
        raise NotOpen


class Question(Base):
    """One question, with its words in both languages."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("survey_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint("kind IN ('scale', 'single', 'multi', 'text')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey(Survey.id, ondelete="CASCADE"))
    position: Mapped[int]
    """From 1, without gaps."""
    kind: Mapped[Kind] = mapped_column(Text)
    text_sv: Mapped[str]
    text_en: Mapped[str]
    options: Mapped[list[Any]]
    """The alternatives, or the two ends of a scale: [{"sv": …, "en": …}, …]."""
    required: Mapped[bool]

    survey: Mapped[Survey] = relationship(lazy="raise", back_populates="questions")

    @classmethod
    def of(cls, draft: Draft, position: int) -> "Question":
        """`draft` as a row."""
        question = cls(kind=draft.kind, position=position)
        question.rewrite(draft)
        return question

    def rewrite(self, draft: Draft) -> None:
        """Take over the words of `draft`; kind and place stay."""
        self.text_sv, self.text_en, self.required = draft.text.sv, draft.text.en, draft.required
        self.options = [{"sv": words.sv, "en": words.en} for words in draft.options]

    @property
    def text(self) -> Words:
        return Words(self.text_sv, self.text_en)

    @property
    def alternatives(self) -> int:
        """How many options it has."""
        return len(self.options)

    @property
    def option_words(self) -> list[Words]:
        return [Words(option["sv"], option["en"]) for option in self.options]

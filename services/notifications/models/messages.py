"""The mail ledger: one row a mail, one row an attempt, and what is held back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.notifications.models.base import Base
from services.notifications.rules.reasons import why_away
from shared.database import new_id

OPEN = ("queued", "inflight", "retry")
"""States of a mail that may still leave; the others are final."""

_STATES = (*OPEN, "sent", "failed", "withheld", "cancelled")
_IS_OPEN = "state IN ('queued', 'inflight', 'retry')"


class Message(Base):
    """One e-mail to one person. It is written with the fact that causes it, and rendered when it leaves.

    `dedupe_key` makes it unique: however often its cause arrives, there is one. A sender takes it by a lease: `lease_token` says
    whose, and while it is in flight `next_at` says until when. Mails of one `order_key` leave in the order of `order_no`.
    """

    __tablename__ = "message"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(
        unique=True, comment="RFC 5322 id: the same in every attempt, so that receivers know a double"
    )
    kind: Mapped[str]
    lane: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger)
    recipient: Mapped[str | None] = mapped_column(comment="its address; of a person, as it was when the mail last left")
    recipient_key: Mapped[str | None] = mapped_column(Computed("lower(recipient)", persisted=True))
    domain: Mapped[str | None] = mapped_column(Computed("lower(split_part(recipient, '@', 2))", persisted=True))
    person_id: Mapped[UUID | None]
    mailing_id: Mapped[UUID | None] = mapped_column(ForeignKey("mailing.id"))
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="", comment="as it was written last, for the log")
    context: Mapped[dict[str, Any]] = mapped_column(comment="ids of the facts to render from; links are sealed")
    order_key: Mapped[str | None]
    order_no: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="queued")
    reason: Mapped[str] = mapped_column(
        server_default="", comment="why it is in this state: a key of notifications.rules.reasons"
    )
    paused: Mapped[bool] = mapped_column(server_default=text("false"), comment="its mailing is paused: no sender takes it")
    next_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="not taken before; in flight: when the lease ends"
    )
    lease_token: Mapped[UUID | None]
    useful_until: Mapped[datetime | None] = mapped_column(comment="never sent after")
    attempts: Mapped[int] = mapped_column(server_default="0", comment="those that count: not when the mail server was away")
    possibly_doubled: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    queued_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="since when it is tried: later, if somebody sent it again"
    )
    sent_at: Mapped[datetime | None]
    correlation: Mapped[UUID]

    __table_args__ = (
        CheckConstraint(f"state IN {_STATES}", name="state"),
        CheckConstraint("lane IN ('transactional', 'bulk')", name="lane"),
        CheckConstraint("language IN ('sv', 'en')", name="language"),
        CheckConstraint("(state = 'inflight') = (lease_token IS NOT NULL)", name="lease"),
        Index("ix_message_due", "lane", "priority", "next_at", postgresql_where=text(f"{_IS_OPEN} AND NOT paused")),
        Index("ix_message_order", "order_key", "order_no", postgresql_where=text("order_key IS NOT NULL")),
        Index("ix_message_lease", "lease_token", postgresql_where=text("lease_token IS NOT NULL")),
        Index("ix_message_mailing", "mailing_id", "state", postgresql_where=text("mailing_id IS NOT NULL")),
        Index("ix_message_person_id", "person_id"),
        Index("ix_message_recipient_key", "recipient_key", postgresql_ops={"recipient_key": "text_pattern_ops"}),
        Index("ix_message_created_at", "created_at"),
        Index("ix_message_waiting", "reason", postgresql_where=text("state = 'queued' AND reason <> ''")),
    )

    @property
    def is_open(self) -> bool:
        """Whether it may still leave."""
        return self.state in OPEN


class MessageAttempt(Base):
    """One try to hand a mail over. `phase` is "begun" until there is an answer: a sender that dies leaves it so."""

    __tablename__ = "message_attempt"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    phase: Mapped[str] = mapped_column(
        server_default="begun", comment="how far it came: begun, connect, auth, mail, rcpt, data, dot"
    )
    code: Mapped[int | None] = mapped_column(SmallInteger)
    enhanced: Mapped[str] = mapped_column(server_default="", comment="RFC 3463, such as 5.1.1")
    response: Mapped[str] = mapped_column(server_default="", comment="the server's own words")
    duration_ms: Mapped[int | None]


class Suppression(Base):
    """An address that gets no more mail: nothing at all (`bounced`: it does not exist), or no invitations (`unsubscribed`)."""

    __tablename__ = "suppression"

    address_key: Mapped[str] = mapped_column(primary_key=True, comment="in lower case")
    reason: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[UUID | None] = mapped_column(comment="the mail that bounced, or whose link was used")
    detail: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (CheckConstraint("reason IN ('bounced', 'unsubscribed')", name="reason"),)


class Pause(Base):
    """For a while nothing is sent to "server" (the mail server is away) or to "domain:<name>" (it asks us to slow down)."""

    __tablename__ = "pause"

    scope: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    failures: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    reason: Mapped[str] = mapped_column(server_default="")
    since: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def why_away(self) -> str:
        """What to read about a mail server that is paused."""
        return why_away(self.reason)

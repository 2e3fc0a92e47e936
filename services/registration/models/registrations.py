"""People, their registrations and seats; diets and needs, apart and encrypted; receipts of forms."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registration.errors import OfferIsOver, SeatIsGone
from services.registration.models.base import Base, one_of
from services.registration.models.projections import Offering
from shared.database import new_id
from shared.events.registration import SeatState

SEAT_STATES = ("confirmed", "waiting", "offered", "declined", "cancelled", "expired")
ACTIVE = ("confirmed", "waiting", "offered")
"""States in which a seat is somebody's, or may become so."""


class Person(Base):
    """Somebody, known by an e-mail address: the same person in every project."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email_key: Mapped[str] = mapped_column(unique=True, comment="the address in lower case")
    email: Mapped[str] = mapped_column(comment="the address as it was first written")


class Registration(Base):
    """One person's registration for a project. The name is the one given here: nobody else's form can change another's."""

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("project_id", "person_id"),
        one_of("language", "sv", "en"),
        one_of("source", "form", "door"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(index=True)
    full_name: Mapped[str]
    name_key: Mapped[str] = mapped_column(comment="shared.i18n.sort_key of the name: the order of lists")
    language: Mapped[str]
    source: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True, comment="SHA-256 of the personal page's token")
    sealed_link: Mapped[str] = mapped_column(comment="the personal page's address, sealed, for the mails to come")
    revision: Mapped[int] = mapped_column(comment="how many events have told of it")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime] = mapped_column(comment="when a confirmation was last asked for")

    person: Mapped[Person] = relationship()
    seats: Mapped[list["Seat"]] = relationship(back_populates="registration", order_by="Seat.id")


class Seat(Base):
    """One person, one activity, one way of taking part; guards its own state. Changed only under the offering's lock."""

    __tablename__ = "seat"
    __table_args__ = (
        one_of("state", *SEAT_STATES),
        one_of("mode", "on_site", "online"),
        Index(
            "uq_seat_active",
            "activity_id",
            "person_id",
            unique=True,
            postgresql_where=text("state IN ('confirmed', 'waiting', 'offered')"),
        ),
        Index("ix_seat_queue", "activity_id", "since", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("offering.id"), index=True)
    person_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(index=True, comment="whom the person represents")
    mode: Mapped[str]
    takes_room: Mapped[bool] = mapped_column(comment="false: digitally in a hybrid activity, which holds no seat in the room")
    state: Mapped[SeatState] = mapped_column(Text)
    because: Mapped[str | None] = mapped_column(comment="what was full when the person had to wait: activity or organisation")
    since: Mapped[datetime] = mapped_column(comment="when it was asked for: the order of the queue")
    changed_at: Mapped[datetime]
    offer_expires_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship(back_populates="seats")
    offering: Mapped[Offering] = relationship()

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def offer_key(self) -> str:
        """The key of the due work that ends an offer."""
        return f"offer:{self.id}"

    def offer(self, until: datetime, now: datetime) -> None:
        """It is the waiting person's turn: the seat is held until then. Raises `SeatIsGone`."""
        self._leave("waiting", now=now, to="offered")
        self.offer_expires_at = until

    def accept(self, now: datetime) -> None:
        """The person wants the offered seat. Raises `OfferIsOver`."""
        if self.state != "offered" or self.offer_expires_at is None or now > self.offer_expires_at:
            raise OfferIsOver
        self._leave("offered", now=now, to="confirmed")

    def decline(self, now: datetime) -> None:
        """The person does not want the offered seat. Raises `OfferIsOver`."""
        if self.state != "offered":
            raise OfferIsOver
        self._leave("offered", now=now, to="declined")

    def expire(self, now: datetime) -> None:
        """Nobody answered the offer in time. Raises `SeatIsGone`."""
        self._leave("offered", now=now, to="expired")

    def cancel(self, now: datetime) -> None:
        """The person does not come, or leaves the queue. Raises `SeatIsGone`."""
        self._leave(*ACTIVE, now=now, to="cancelled")

    def _leave(self, *states: str, now: datetime, to: SeatState) -> None:
        if self.state not in states:
            raise SeatIsGone
        self.state, self.changed_at = to, now
        self.offer_expires_at = None


class Needs(Base):
    """Diets and needs of a registration: encrypted with a key of their own, and erased soon after its last activity."""

    __tablename__ = "needs"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str]


class Receipt(Base):
    """What one sent form led to: what the thanks page shows, and why a form sent twice is one registration.

    It tells what this form gave, never what the registration holds: whoever knows somebody's address learns nothing.
    """

    __tablename__ = "receipt"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, comment="SHA-256 of the form's hidden key")
    project_id: Mapped[UUID]
    email: Mapped[str]
    organisation: Mapped[str]
    outcomes: Mapped[list[Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(index=True)

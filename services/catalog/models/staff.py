"""Staff: who may work here, and the links by which they sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.catalog.models.base import Base, primary_key
from services.catalog.models.organisations import Organisation
from shared.events.catalog import StaffChanged

ROLES = ("organiser", "host", "operator", "administrator")


class StaffMember(Base):
    """Somebody who may sign in. Shut out rather than deleted: what they did keeps its name."""

    __tablename__ = "staff"

    id: Mapped[UUID] = primary_key()
    name: Mapped[str]
    sort_key: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True, comment="in lower case")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    sessions_valid_from: Mapped[datetime]
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()

    def shut_out(self, now: datetime) -> None:
        """No more signing in, and every session is over."""
        self.active = False
        self.sessions_valid_from = now

    def state(self) -> StaffChanged:
        """What the other services need to know."""
        return StaffChanged(
            staff_id=self.id,
            email=self.email,
            person_name=self.name,
            roles=tuple(sorted(self.roles)),
            organisation_id=self.organisation_id,
            active=self.active,
            sessions_valid_from=self.sessions_valid_from,
        )


class SignInLink(Base):
    """A link that was mailed: good once, for a quarter of an hour. The token itself is never stored."""

    __tablename__ = "sign_in_link"

    id: Mapped[UUID] = primary_key()
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    next: Mapped[str] = mapped_column(comment="where to go when signed in: a path on this site, or nothing")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

"""Who was there: a mark per confirmed seat, and the activity's sheet, which is closed when it is right."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.registration.models.base import Base, one_of

ATTENDANCE = ("present", "excused", "absent")


class Attendance(Base):
    """One person's mark at one activity. No mark: nobody has said yet; when the sheet is closed that is absence."""

    __tablename__ = "attendance"
    __table_args__ = (one_of("state", *ATTENDANCE),)

    seat_id: Mapped[UUID] = mapped_column(ForeignKey("seat.id", ondelete="CASCADE"), primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(Text)
    marked_by: Mapped[UUID]
    marked_at: Mapped[datetime]


class AttendanceSheet(Base):
    """An activity's attendance as a whole. Closing tells the other services; opening again and closing tells them anew."""

    __tablename__ = "attendance_sheet"

    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(comment="how many times it was closed")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

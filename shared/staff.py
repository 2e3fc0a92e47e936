"""What a service knows of the staff, from the catalogue's events: roles now, and since when sessions are valid.

The table is a kernel table: it lives in every service's database, made by the kernel's migrations.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Row, Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from shared.database import KERNEL
from shared.events.catalog import StaffChanged

staff_state = Table(
    "staff_state",
    KERNEL,
    Column("staff_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("sessions_valid_from", DateTime(timezone=True), nullable=False),
)


def keep_staff_state(session: Session, event: StaffChanged) -> None:
    """Know what the member of staff may from now on. Every service lists it in its HANDLERS."""
    facts = {
        "name": event.person_name,
        "active": event.active,
        "roles": list(event.roles),
        "sessions_valid_from": event.sessions_valid_from,
    }
    statement = insert(staff_state).values(staff_id=event.staff_id, **facts)
    session.execute(statement.on_conflict_do_update(index_elements=["staff_id"], set_=facts))


def find_staff_state(session: Session, staff_id: UUID) -> Row[bool, list[str], datetime] | None:
    """What is known of the member of staff; None when nothing has arrived yet (the session token is then what counts)."""
    columns = staff_state.c
    query = select(columns.active, columns.roles, columns.sessions_valid_from).where(columns.staff_id == staff_id)
    return session.execute(query).one_or_none()

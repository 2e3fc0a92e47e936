"""Counters of seats, per activity (no organisation) and per activity and organisation, with the limit as a constraint.

Plain tables: they are only ever changed by counting statements (`actions/ledger.py`), under the offering's lock. The constraint
is the last guard: a bug can lose a seat, but never overbook.
"""

from sqlalchemy import CheckConstraint, Column, Integer, Table, UniqueConstraint, Uuid

from services.registration.models.base import Base

seat_ledger = Table(
    "seat_ledger",
    Base.metadata,
    Column("activity_id", Uuid, nullable=False),
    Column("organisation_id", Uuid, comment="none: the activity as a whole"),
    Column(
        "max_seats", Integer, comment="none: no limit. Above the offering's limit only where more were taken when it was lowered"
    ),
    Column("confirmed", Integer, nullable=False, server_default="0"),
    Column("offered", Integer, nullable=False, server_default="0"),
    Column("waiting", Integer, nullable=False, server_default="0"),
    UniqueConstraint("activity_id", "organisation_id", postgresql_nulls_not_distinct=True),
    CheckConstraint("max_seats IS NULL OR confirmed + offered <= max_seats", name="within_limit"),
    CheckConstraint("least(confirmed, offered, waiting) >= 0", name="not_negative"),
    comment="Seats that take room, counted as they are taken and released.",
)

allotment = Table(
    "allotment",
    Base.metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("organisation_id", Uuid, primary_key=True),
    Column("max_seats", Integer, comment="instead of the activity's seats per organisation; none: no limit"),
    Column("guaranteed", Integer, nullable=False, server_default="0"),
    CheckConstraint("max_seats >= 0 AND guaranteed >= 0", name="not_negative"),
    CheckConstraint("max_seats IS NULL OR guaranteed <= max_seats", name="guaranteed_within_limit"),
    comment="An organisation's own seats in one activity, where they differ from the activity's seats per organisation.",
)

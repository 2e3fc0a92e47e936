"""Counting seats: locking offerings, reading what is left, and the statements that keep the counters equal to the seats."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.registration.models import Offering, Seat
from services.registration.rules.queue import Share, Waiting
from services.registration.rules.seats import Room, Window
from shared.database import Asked, ask

_LOCK = (
    select(Offering)
    .where(Offering.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Offering.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
# Only what the rules need, and no objects to track: these are asked for between lock and commit.
_TERMS = """
    SELECT id, project_id, mode, starts_at, opens_at, last_day, capacity, seats_per_organisation, waiting_list
    FROM offering WHERE id = ANY(%(activities)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_COUNTS = """
    SELECT activity_id, organisation_id, confirmed + offered AS taken, waiting, NULL AS max_seats, false AS is_allotment
    FROM seat_ledger
    WHERE activity_id = ANY(%(activities)s::uuid[]) AND (organisation_id IS NULL OR organisation_id = %(organisation)s::uuid)
    UNION ALL
    SELECT activity_id, organisation_id, 0, 0, max_seats, true
    FROM allotment WHERE activity_id = ANY(%(activities)s::uuid[]) AND organisation_id = %(organisation)s::uuid
"""
_SHARES = text("""
    SELECT asked.organisation_id, coalesce(own.confirmed + own.offered, 0) AS taken,
           coalesce(allotment.guaranteed, 0) AS guaranteed,
           CASE WHEN allotment.activity_id IS NOT NULL THEN allotment.max_seats ELSE CAST(:usual AS integer) END AS max_seats
    FROM unnest(CAST(:organisations AS uuid[])) AS asked (organisation_id)
    LEFT JOIN seat_ledger AS own ON own.activity_id = :activity AND own.organisation_id = asked.organisation_id
    LEFT JOIN allotment ON allotment.activity_id = :activity AND allotment.organisation_id = asked.organisation_id
""")
_MOVE = text("""
    UPDATE seat_ledger AS ledger
    SET confirmed = ledger.confirmed + moved.confirmed, offered = ledger.offered + moved.offered,
        waiting = ledger.waiting + moved.waiting
    FROM unnest(CAST(:activities AS uuid[]), CAST(:organisations AS uuid[]), CAST(:confirmed AS int[]), CAST(:offered AS int[]),
                CAST(:waiting AS int[])) AS moved (activity_id, organisation_id, confirmed, offered, waiting)
    WHERE ledger.activity_id = moved.activity_id AND ledger.organisation_id IS NOT DISTINCT FROM moved.organisation_id
""")
_LIMIT_WHOLE = text("""
    INSERT INTO seat_ledger (activity_id, organisation_id, max_seats) VALUES (:activity, NULL, :capacity)
    ON CONFLICT (activity_id, organisation_id)
    DO UPDATE SET max_seats = CASE WHEN EXCLUDED.max_seats IS NOT NULL
        THEN greatest(EXCLUDED.max_seats, seat_ledger.confirmed + seat_ledger.offered) END
""")
_LIMIT_ORGANISATIONS = text("""
    UPDATE seat_ledger AS ledger
    SET max_seats = CASE WHEN limits.max_seats IS NOT NULL THEN greatest(limits.max_seats, ledger.confirmed + ledger.offered) END
    FROM (
        SELECT own.organisation_id,
               CASE WHEN allotment.activity_id IS NOT NULL THEN allotment.max_seats ELSE CAST(:usual AS integer) END AS max_seats
        FROM seat_ledger AS own LEFT JOIN allotment USING (activity_id, organisation_id)
        WHERE own.activity_id = :activity AND own.organisation_id IS NOT NULL
    ) AS limits
    WHERE ledger.activity_id = :activity AND ledger.organisation_id = limits.organisation_id
""")


class Limited(Protocol):
    """What says how many may come."""

    @property
    def id(self) -> UUID: ...
    @property
    def capacity(self) -> int | None: ...
    @property
    def seats_per_organisation(self) -> int | None: ...
    @property
    def waiting_list(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """An offering as the rules see it."""

    id: UUID
    project_id: UUID
    mode: str
    starts_at: datetime
    opens_at: datetime | None
    last_day: datetime
    capacity: int | None
    seats_per_organisation: int | None
    waiting_list: bool

    @property
    def window(self) -> Window:
        """When it takes registrations."""
        return Window(last_day=self.last_day, starts_at=self.starts_at, opens_at=self.opens_at)


@dataclass(frozen=True)
class Left:
    """What is left of an activity, as one organisation meets it, and how many wait."""

    room: Room
    waiting: int
    organisation_waiting: int


class _Counted(NamedTuple):
    taken: int = 0
    waiting: int = 0


_NONE = _Counted()


def lock_offerings(session: Session, activity_ids: Iterable[UUID]) -> dict[UUID, Offering]:
    """The offerings, freshly read and locked in ascending order: until the transaction ends, nobody else moves their seats."""
    return {offering.id: offering for offering in session.scalars(_LOCK, {"ids": list(set(activity_ids))})}


def locking_terms(activity_ids: Iterable[UUID]) -> Asked:
    """As `lock_offerings`, but only what the rules need: what it answers are the values of `Terms`."""
    return Asked(_TERMS, {"activities": list(activity_ids)})


def counting(activity_ids: Iterable[UUID], organisation_id: UUID | None) -> Asked:
    """Asks for what `left_of` needs."""
    return Asked(_COUNTS, {"activities": list(activity_ids), "organisation": organisation_id})


def what_is_left(session: Session, offerings: Iterable[Limited], organisation_id: UUID | None) -> dict[UUID, Left]:
    """What is left of each activity. Asked under the lock it is exact; on a page it is what was true a moment ago."""
    by_id = {offering.id: offering for offering in offerings}
    [rows] = ask(session, counting(by_id, organisation_id))
    return left_of(rows, by_id.values(), organisation_id)


def left_of(rows: Iterable[Any], offerings: Iterable[Limited], organisation_id: UUID | None) -> dict[UUID, Left]:
    """What is left of each activity, by what `counting` has answered."""
    whole: dict[UUID, Any] = {}
    own: dict[UUID, Any] = {}
    allotted: dict[UUID, Any] = {}
    for row in rows:
        those = allotted if row.is_allotment else own if row.organisation_id else whole
        those[row.activity_id] = row
    left = {}
    for offering in offerings:
        everybody, same = whole.get(offering.id, _NONE), own.get(offering.id, _NONE)
        limit = allotted[offering.id].max_seats if offering.id in allotted else offering.seats_per_organisation
        room = Room(
            capacity=offering.capacity,
            taken=everybody.taken,
            organisation_limit=limit if organisation_id else None,
            organisation_taken=same.taken,
            waiting_list=offering.waiting_list,
        )
        left[offering.id] = Left(room, everybody.waiting, same.waiting)
    return left


def queue_of(session: Session, activity_id: UUID) -> list[Waiting]:
    """Everybody who waits for a seat, in order of time."""
    query = select(Seat.id, Seat.organisation_id, Seat.since).where(Seat.activity_id == activity_id, Seat.state == "waiting")
    return [Waiting(*row) for row in session.execute(query.order_by(Seat.since, Seat.id))]


def shares_of(session: Session, offering: Offering, queue: Sequence[Waiting]) -> dict[UUID, Share]:
    """What the organisations of those who wait have of the activity."""
    organisations = list({waiting.organisation_id for waiting in queue})
    values = {"activity": offering.id, "organisations": organisations, "usual": offering.seats_per_organisation}
    return {
        row.organisation_id: Share(taken=row.taken, limit=row.max_seats, guaranteed=row.guaranteed)
        for row in session.execute(_SHARES, values)
    }


class Moves:
    """Changes of seats' states, added up per counter and written in one statement."""

    _COUNTED = ("confirmed", "offered", "waiting")

    def __init__(self) -> None:
        self._changes: Counter[tuple[UUID, UUID | None, str]] = Counter()

    def add(self, seat: Seat, before: str) -> None:
        """The seat was `before`, and is now what it says."""
        if not seat.takes_room:
            return
        for organisation in (None, seat.organisation_id):
            self._changes[seat.activity_id, organisation, before] -= 1
            self._changes[seat.activity_id, organisation, seat.state] += 1

    def write(self, session: Session) -> None:
        """Count. The database refuses (IntegrityError) what would go beyond a limit."""
        rows = sorted({(activity, organisation) for activity, organisation, _ in self._changes}, key=str)
        if rows:
            counts = {state: [self._changes[*row, state] for row in rows] for state in self._COUNTED}
            session.execute(_MOVE, {"activities": [row[0] for row in rows], "organisations": [row[1] for row in rows], **counts})
        self._changes.clear()


def keep_limits(session: Session, offering: Offering) -> None:
    """Let the constraints say what the offering says now. Nobody loses a seat: what is taken beyond a lowered limit stays."""
    session.execute(_LIMIT_WHOLE, {"activity": offering.id, "capacity": offering.capacity})
    session.execute(_LIMIT_ORGANISATIONS, {"activity": offering.id, "usual": offering.seats_per_organisation})

"""What a person's calendar needs to hear: the difference between what we last told it and what is true (RFC 5546).

The same UID as long as it is the same person and activity; a SEQUENCE that only grows; a CANCEL only for what was there.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol
from uuid import UUID

Method = Literal["REQUEST", "CANCEL"]


class Told(Protocol):
    """What the calendar was told last."""

    uid: str
    method: str
    sequence: int
    fingerprint: str


class Happening(Protocol):
    """What of an activity stands in a calendar."""

    title: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    place: str
    join_url: str
    calendar_uid: str
    calendar_sequence: int


@dataclass(frozen=True)
class Change:
    """One object to send: what, under which UID, after what."""

    method: Method
    uid: str
    sequence: int
    fingerprint: str


def calendar_change(*, has_seat: bool, person_id: UUID, activity: Happening, told: Told | None) -> Change | None:
    """What to send for one person and one activity; None when the calendar is right as it is."""
    there = told is not None and told.method == "REQUEST"
    if not has_seat:
        return Change("CANCEL", told.uid, told.sequence + 1, told.fingerprint) if told is not None and there else None
    current = fingerprint(activity)
    if told is None:
        return Change("REQUEST", calendar_uid(activity.calendar_uid, person_id), activity.calendar_sequence, current)
    if there and told.fingerprint == current:
        return None
    return Change("REQUEST", told.uid, max(told.sequence + 1, activity.calendar_sequence), current)


def calendar_uid(activity_uid: str, person_id: UUID) -> str:
    """One UID a person and activity: two people who share a calendar have an entry each, and a cancellation takes away one."""
    return f"{person_id.hex}.{activity_uid}"


def fingerprint(activity: Happening) -> str:
    """Changes when, and only when, the entry has to be updated."""
    parts: Iterable[str] = (
        activity.title,
        activity.starts_at.astimezone(UTC).isoformat(),
        activity.ends_at.astimezone(UTC).isoformat(),
        activity.timezone,
        activity.place,
        activity.join_url,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

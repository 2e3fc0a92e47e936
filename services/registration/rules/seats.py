"""Who gets a seat: given what an activity offers and what is taken, what happens to a wish, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Full(StrEnum):
    """What stands in the way of a confirmed seat."""

    ACTIVITY = "activity"
    ORGANISATION = "organisation"
    NOT_OPEN = "not_open"
    CLOSED = "closed"


class Outcome(StrEnum):
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Window:
    """When an activity takes registrations: from `opens_at` (or always) to `last_day`, and never once it has begun."""

    last_day: datetime
    starts_at: datetime
    opens_at: datetime | None = None

    def obstacle(self, now: datetime) -> Full | None:
        """What the calendar says against a registration at `now`."""
        if self.opens_at is not None and now < self.opens_at:
            return Full.NOT_OPEN
        return Full.CLOSED if now > self.last_day or now >= self.starts_at else None


@dataclass(frozen=True)
class Room:
    """An activity's seats, as one organisation meets them. `taken` counts confirmed and offered ones: an offer holds its seat."""

    capacity: int | None
    taken: int
    organisation_limit: int | None
    organisation_taken: int
    waiting_list: bool = True

    @property
    def left(self) -> int | None:
        """Seats left in the activity; None when it has no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    @property
    def left_for_organisation(self) -> int | None:
        """Seats left of the organisation's own; None when it has no limit. There may be fewer left in the activity."""
        return None if self.organisation_limit is None else max(0, self.organisation_limit - self.organisation_taken)

    @property
    def obstacle(self) -> Full | None:
        """What is full. The activity is named before the organisation: another colleague could do nothing about it."""
        if self.left == 0:
            return Full.ACTIVITY
        return Full.ORGANISATION if self.left_for_organisation == 0 else None


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    because: Full | None = None


def decide(room: Room, window: Window | None, *, now: datetime, takes_room: bool = True) -> Decision:
    """What a wish for a seat gives at `now` (product rules 1 and 2).

    A full activity, or an organisation without seats left, puts the person on the waiting list if there is one; what the
    calendar refuses is refused. `window` None: at the door, where dates do not count. A wish that takes no room (digitally, in an
    activity that is also on site) is never held up by what is full.
    """
    if window is not None and (closed := window.obstacle(now)):
        return Decision(Outcome.REFUSED, closed)
    if not takes_room or room.obstacle is None:
        return Decision(Outcome.CONFIRMED)
    return Decision(Outcome.WAITING if room.waiting_list else Outcome.REFUSED, room.obstacle)


def takes_room(activity_mode: str, mode: str) -> bool:
    """Whether a seat counts against capacity and allotment: in a hybrid activity only those who are on site take room."""
    return activity_mode != "hybrid" or mode == "on_site"

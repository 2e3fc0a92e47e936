"""Whose turn it is: the order in which freed seats are offered to those who wait (product rule 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Waiting:
    """Somebody in the queue of one activity."""

    seat_id: UUID
    organisation_id: UUID
    since: datetime


@dataclass(frozen=True)
class Share:
    """What one organisation has of one activity: seats taken (confirmed or offered), its limit, and its guaranteed seats."""

    taken: int = 0
    limit: int | None = None
    guaranteed: int = 0

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.taken >= self.limit

    def with_one_more(self) -> "Share":
        return Share(self.taken + 1, self.limit, self.guaranteed)


def next_in_line(queue: Sequence[Waiting], shares: Mapping[UUID, Share], freed_by: UUID | None = None) -> Waiting | None:
    """Who is offered a freed seat, if anybody in the queue may have it.

    First those of the organisation that freed it, while it is below its guaranteed seats; then organisations without any seat;
    then by time. Nobody whose organisation has all its seats.
    """

    def order(waiting: Waiting) -> tuple[bool, bool, datetime, UUID]:
        share = shares.get(waiting.organisation_id, Share())
        is_own = waiting.organisation_id == freed_by and share.taken < share.guaranteed
        return not is_own, share.taken > 0, waiting.since, waiting.seat_id

    may = [waiting for waiting in queue if not shares.get(waiting.organisation_id, Share()).is_full]
    return min(may, key=order, default=None)


def offers(
    queue: Sequence[Waiting], shares: Mapping[UUID, Share], *, left: int | None, freed_by: UUID | None = None
) -> list[Waiting]:
    """Everybody who is offered a seat when `left` seats are free (None: no limit), in order. Each offer changes the next."""
    remaining, now_taken, chosen = list(queue), dict(shares), list[Waiting]()
    while (left is None or len(chosen) < left) and (found := next_in_line(remaining, now_taken, freed_by)):
        chosen.append(found)
        remaining.remove(found)
        now_taken[found.organisation_id] = now_taken.get(found.organisation_id, Share()).with_one_more()
    return chosen


def places(queue: Sequence[Waiting]) -> dict[UUID, int]:
    """Everybody's place by time, 1 first: what a person is told. Organisations without a seat may still be offered one before."""
    ordered = sorted(queue, key=lambda waiting: (waiting.since, waiting.seat_id))
    return {waiting.seat_id: place for place, waiting in enumerate(ordered, start=1)}

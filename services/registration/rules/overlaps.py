"""Which of the chosen activities collide in time. All collisions are shown, not only the first."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Protocol, TypeVar


class Timed(Protocol):
    """What has a beginning and an end."""

    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


T = TypeVar("T", bound=Timed)


def overlaps(chosen: Sequence[T]) -> list[tuple[T, T]]:
    """Every pair that share time, in order of time. One that begins when another ends does not collide with it."""
    ordered = sorted(chosen, key=lambda timed: (timed.starts_at, timed.ends_at))
    return [(first, second) for first, second in combinations(ordered, 2) if second.starts_at < first.ends_at]

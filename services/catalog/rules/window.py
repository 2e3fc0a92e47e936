"""Whether one can register for an activity at a given moment."""

from datetime import datetime
from typing import Literal

Window = Literal["not_open", "open", "closed", "over"]


def window(now: datetime, *, opens_at: datetime | None, last_day: datetime, ends_at: datetime) -> Window:
    """Open from `opens_at` (or at once) until `last_day`; over when the activity has ended."""
    if now >= ends_at:
        return "over"
    if now >= last_day:
        return "closed"
    return "not_open" if opens_at is not None and now < opens_at else "open"

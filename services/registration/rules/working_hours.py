"""Time as offices count it: eight hours a working day, 8 to 16, on Stockholm's clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.registration.rules.holidays import is_working_day

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OPENS, CLOSES = time(8), time(16)


def add_working_hours(start: datetime, hours: float) -> datetime:
    """The moment (UTC) when `hours` working hours have passed since `start`.

    An offer made on Friday evening has not aged on Sunday.
    """
    left = timedelta(hours=hours)
    day = start.astimezone(STOCKHOLM).date()
    while True:
        if is_working_day(day):
            opens = max(start.astimezone(UTC), _at(day, OPENS))
            closes = _at(day, CLOSES)
            if closes - opens >= left:
                return opens + left
            left -= max(closes - opens, timedelta())
        day += timedelta(days=1)


def offer_ends(now: datetime, *, hours: float, starts_at: datetime) -> datetime:
    """Until when an offer made at `now` holds its seat: so many working hours, and never past the activity's start."""
    return min(add_working_hours(now, hours), starts_at)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, STOCKHOLM).astimezone(UTC)

"""Times as people write them: "onsdag 9 juni, kl. 9.30–16.30" and "Wednesday 9 June, 09:30–16:30".

The year is written when it is not this year. Times are those of the activity's own zone, Stockholm's unless another is given.
"""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from shared.clock import now
from shared.i18n.language import Language, language
from shared.i18n.numbers import LOCALES

STOCKHOLM = ZoneInfo("Europe/Stockholm")

Zone = str | tzinfo | None


def local(moment: datetime, zone: Zone = None) -> datetime:
    """The moment on the wall clock of `zone` (Stockholm's by default)."""
    return moment.astimezone(_zone(zone))


def day(moment: datetime | date, zone: Zone = None, *, weekday: bool = True) -> str:
    """Writes "onsdag 9 juni", with the year when it is not this year."""
    return _day(_date(moment, zone), weekday=weekday, this_year=_this_year(zone))


def clock(moment: datetime, zone: Zone = None) -> str:
    """Writes "9.30" in Swedish, "09:30" in English."""
    at = local(moment, zone)
    return f"{at.hour}.{at.minute:02}" if language() == "sv" else f"{at.hour:02}:{at.minute:02}"


def when(starts: datetime, ends: datetime | None = None, zone: Zone = None) -> str:
    """Writes "onsdag 9 juni, kl. 9.30–16.30"; over several days "onsdag 9 juni, kl. 9.30 – torsdag 10 juni, kl. 12.00"."""
    first = local(starts, zone)
    if ends is None or ends == starts:
        return _at(first.date(), clock(starts, zone), zone)
    last = local(ends, zone)
    if last.date() == first.date():
        return _at(first.date(), f"{clock(starts, zone)}–{clock(ends, zone)}", zone)
    return f"{_at(first.date(), clock(starts, zone), zone)} – {_at(last.date(), clock(ends, zone), zone)}"


def duration(span: timedelta) -> str:
    """How long, in its largest unit: "3 minuter", "3 minutes"."""
    return format_timedelta(span, locale=LOCALES[language()], threshold=1.0)


def second(moment: datetime) -> str:
    """To the second, as logs are read: "2026-06-09 09:30:05" on Stockholm's clock."""
    return local(moment).strftime("%Y-%m-%d %H:%M:%S")


def deadline(moment: datetime, zone: Zone = None) -> str:
    """A last moment as its day: one that falls at midnight belongs to the day that it ends."""
    return day(local(moment, zone) - timedelta(microseconds=1), zone)


def _at(on: date, hours: str, zone: Zone) -> str:
    written = _day(on, weekday=True, this_year=_this_year(zone))
    return f"{written}, kl. {hours}" if language() == "sv" else f"{written}, {hours}"


def _day(on: date, *, weekday: bool, this_year: int) -> str:
    pattern = ("EEEE " if weekday else "") + "d MMMM" + ("" if on.year == this_year else " y")
    return _written(on, pattern, language())


@lru_cache(maxsize=1000)
def _written(on: date, pattern: str, spoken: Language) -> str:
    return format_date(on, pattern, locale=LOCALES[spoken])


def _date(moment: datetime | date, zone: Zone) -> date:
    return local(moment, zone).date() if isinstance(moment, datetime) else moment


def _this_year(zone: Zone) -> int:
    return local(now(), zone).year


def _zone(zone: Zone) -> tzinfo:
    if zone is None:
        return STOCKHOLM
    return ZoneInfo(zone) if isinstance(zone, str) else zone

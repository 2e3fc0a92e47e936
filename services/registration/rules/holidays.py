"""Days off in Sweden: public holidays by law (SFS 1989:253), and the eves that offices keep as such."""

from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=64)
def days_off(year: int) -> frozenset[date]:
    """The public holidays of `year`, and Midsummer's, Christmas and New Year's Eve. Sundays and Saturdays are not listed."""
    easter = easter_sunday(year)
    midsummer_eve = _weekday_from(date(year, 6, 19), weekday=4)
    all_saints = _weekday_from(date(year, 10, 31), weekday=5)
    return frozenset(
        {
            date(year, 1, 1),
            date(year, 1, 6),
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            date(year, 5, 1),
            easter + timedelta(days=39),  # Ascension Day
            date(year, 6, 6),
            midsummer_eve,
            midsummer_eve + timedelta(days=1),
            all_saints,
            date(year, 12, 24),
            date(year, 12, 25),
            date(year, 12, 26),
            date(year, 12, 31),
        }
    )


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no day off."""
    return day.weekday() < 5 and day not in days_off(day.year)


def easter_sunday(year: int) -> date:
    """The Gregorian computus (Meeus, Jones and Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _weekday_from(day: date, weekday: int) -> date:
    """The first such weekday (Monday is 0) on or after `day`."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)

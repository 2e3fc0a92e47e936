"""Working hours, days off, overlaps."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.holidays import days_off, easter_sunday, is_working_day
from services.registration.rules.overlaps import overlaps
from services.registration.rules.working_hours import STOCKHOLM, add_working_hours, offer_ends

moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def stockholm(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=STOCKHOLM)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (2000, date(2000, 4, 23)),
        (2024, date(2024, 3, 31)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(year: int, sunday: date) -> None:
    assert easter_sunday(year) == sunday


def test_the_days_off_of_2027() -> None:
    assert sorted(days_off(2027)) == [
        date(2027, 1, 1), date(2027, 1, 6), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 1), date(2027, 5, 6),
        date(2027, 6, 6),
        date(2027, 6, 25), date(2027, 6, 26), date(2027, 11, 6), date(2027, 12, 24), date(2027, 12, 25), date(2027, 12, 26),
        date(2027, 12, 31),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (stockholm(2027, 6, 7, 9), 4, stockholm(2027, 6, 7, 13)),
        (stockholm(2027, 6, 7, 9), 8, stockholm(2027, 6, 8, 9)),
        (stockholm(2027, 6, 7, 5), 8, stockholm(2027, 6, 7, 16)),
        (stockholm(2027, 6, 11, 15), 2, stockholm(2027, 6, 14, 9)),  # over a weekend
        (stockholm(2027, 6, 12, 23), 24, stockholm(2027, 6, 16, 16)),  # from a Saturday night
        (stockholm(2027, 6, 24, 12), 8, stockholm(2027, 6, 28, 12)),  # over Midsummer
        (stockholm(2027, 3, 25, 12), 8, stockholm(2027, 3, 30, 12)),  # over Easter and the change of clocks
        (stockholm(2027, 12, 23, 15), 2, stockholm(2027, 12, 27, 9)),
    ],
)
def test_working_hours(start: datetime, hours: float, end: datetime) -> None:
    assert add_working_hours(start, hours) == end


@given(moments, st.integers(1, 80))
def test_working_hours_end_within_office_hours_and_hold_as_many_as_were_asked(start: datetime, hours: int) -> None:
    end = add_working_hours(start, hours)
    clock = end.astimezone(STOCKHOLM)
    assert is_working_day(clock.date())
    assert (8, 0) <= (clock.hour, clock.minute) <= (16, 0)
    assert _counted(start, end) == timedelta(hours=hours)


@given(moments, st.integers(1, 40), st.integers(1, 40))
def test_hours_add_up(start: datetime, first: int, second: int) -> None:
    assert add_working_hours(add_working_hours(start, first), second) == add_working_hours(start, first + second)


@given(moments, st.integers(1, 24 * 60))
def test_an_offer_never_outlives_the_start(now: datetime, hours: int) -> None:
    starts_at = now + timedelta(hours=hours)
    assert now < offer_ends(now, hours=24, starts_at=starts_at) <= starts_at


def _counted(start: datetime, end: datetime) -> timedelta:
    """The working time between two moments, counted day by day."""
    total, day = timedelta(), start.astimezone(STOCKHOLM).date()
    while day <= end.astimezone(STOCKHOLM).date():
        if is_working_day(day):
            opens, closes = (datetime(day.year, day.month, day.day, hour, tzinfo=STOCKHOLM).astimezone(UTC) for hour in (8, 16))
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return total


@dataclass(frozen=True)
class Span:
    starts_at: datetime
    ends_at: datetime


spans = st.builds(
    lambda start, hours: Span(start, start + timedelta(hours=hours)),
    st.integers(0, 40).map(lambda hour: datetime(2027, 6, 7, tzinfo=UTC) + timedelta(hours=hour)),
    st.integers(1, 9),
)


@given(st.lists(spans, max_size=7))
def test_every_overlap_is_found(chosen: list[Span]) -> None:
    found = overlaps(chosen)
    assert all(first.starts_at < second.ends_at and second.starts_at < first.ends_at for first, second in found)
    pairs = [(a, b) for i, a in enumerate(chosen) for b in chosen[i + 1 :] if a.starts_at < b.ends_at and b.starts_at < a.ends_at]
    assert len(found) == len(pairs)


def test_one_that_begins_when_another_ends_does_not_overlap() -> None:
    noon = datetime(2027, 6, 7, 12, tzinfo=UTC)
    assert overlaps([Span(noon, noon + timedelta(hours=1)), Span(noon - timedelta(hours=1), noon)]) == []

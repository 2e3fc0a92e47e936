"""Times as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from shared.i18n import STOCKHOLM, clock, day, deadline, in_language, when

START = datetime(2027, 6, 9, 9, 30, tzinfo=STOCKHOLM)
END = datetime(2027, 6, 9, 16, 30, tzinfo=STOCKHOLM)
DAY = timedelta(days=1)
THIS_YEAR = time_machine.travel(datetime(2027, 1, 15, tzinfo=UTC), tick=False)
LAST_YEAR = time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False)


@THIS_YEAR
@pytest.mark.parametrize(
    ("starts", "ends", "swedish", "english"),
    [
        (START, END, "onsdag 9 juni, kl. 9.30–16.30", "Wednesday 9 June, 09:30–16:30"),
        (START, None, "onsdag 9 juni, kl. 9.30", "Wednesday 9 June, 09:30"),
        (START, START, "onsdag 9 juni, kl. 9.30", "Wednesday 9 June, 09:30"),
        (
            START,
            END + DAY,
            "onsdag 9 juni, kl. 9.30 – torsdag 10 juni, kl. 16.30",
            "Wednesday 9 June, 09:30 – Thursday 10 June, 16:30",
        ),
        (START + 400 * DAY, END + 400 * DAY, "torsdag 13 juli 2028, kl. 9.30–16.30", "Thursday 13 July 2028, 09:30–16:30"),
    ],
)
def test_when(starts: datetime, ends: datetime | None, swedish: str, english: str) -> None:
    assert when(starts, ends) == swedish
    with in_language("en"):
        assert when(starts, ends) == english


@LAST_YEAR
def test_the_year_is_written_when_it_is_not_this_year() -> None:
    assert when(START, END) == "onsdag 9 juni 2027, kl. 9.30–16.30"
    assert day(START) == "onsdag 9 juni 2027"


@time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False)
def test_this_year_is_the_year_in_stockholm() -> None:
    assert day(date(2027, 1, 1)) == "fredag 1 januari"


@THIS_YEAR
def test_days_and_clocks() -> None:
    assert day(START, weekday=False) == "9 juni"
    assert day(date(2027, 6, 9)) == "onsdag 9 juni"
    assert clock(datetime(2027, 6, 9, 6, 5, tzinfo=UTC)) == "8.05"
    with in_language("en"):
        assert clock(datetime(2027, 6, 9, 6, 5, tzinfo=UTC)) == "08:05"


@THIS_YEAR
def test_the_zone_of_the_activity_counts() -> None:
    assert when(START, END, "Europe/Helsinki") == "onsdag 9 juni, kl. 10.30–17.30"
    assert when(START.astimezone(UTC), END.astimezone(UTC)) == "onsdag 9 juni, kl. 9.30–16.30"


@THIS_YEAR
def test_a_deadline_at_midnight_belongs_to_the_day_it_ends() -> None:
    assert deadline(datetime(2027, 5, 26, 0, 0, tzinfo=STOCKHOLM)) == "tisdag 25 maj"
    assert deadline(datetime(2027, 5, 25, 23, 59, tzinfo=STOCKHOLM)) == "tisdag 25 maj"


MOMENTS = st.integers(1_577_836_800, 2_208_988_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, st.timedeltas(timedelta(), 30 * DAY))
def test_whatever_the_times_the_first_day_and_both_clocks_are_said(starts: datetime, length: timedelta) -> None:
    ends = starts + length
    for language in ("sv", "en"):
        with in_language(language):
            said = when(starts, ends)
            assert said.startswith(day(starts))
            assert clock(starts) in said
            assert clock(ends) in said

"""Times and seats of an activity, its programme, the window for registration, and what a project lacks."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.rules.planning import contradictions, moves, what_lacks
from services.catalog.rules.programme import Point, Unreadable, read_lines, read_programme, write_programme
from services.catalog.rules.window import window
from tests.catalog.cast import details

START = datetime(2027, 6, 9, 7, 30, tzinfo=UTC)
MOMENTS = st.integers(0, 365 * 24).map(lambda hours: START + timedelta(hours=hours))


@given(MOMENTS, st.none() | MOMENTS, MOMENTS, MOMENTS)
def test_registration_is_open_between_its_opening_and_its_last_day(
    now: datetime, opens_at: datetime | None, last_day: datetime, ends_at: datetime
) -> None:
    found = window(now, opens_at=opens_at, last_day=last_day, ends_at=ends_at)
    assert (found == "over") == (now >= ends_at)
    assert (found == "open") == ((opens_at is None or opens_at <= now) and now < last_day and now < ends_at)
    assert found != "not_open" or (opens_at is not None and now < opens_at)


def test_a_sound_plan_has_no_contradictions() -> None:
    assert contradictions(details()) == {}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("ends_at", {"ends_at": START}),
        ("ends_at", {"ends_at": START + timedelta(days=32)}),
        ("last_day", {"last_day": START + timedelta(days=2)}),
        ("opens_at", {"opens_at": START - timedelta(days=14)}),
        ("town", {"town": ""}),
        ("seats_per_organisation", {"capacity": 3, "seats_per_organisation": 4}),
    ],
)
def test_a_contradiction_is_said_at_its_field(field: str, changes: dict[str, object]) -> None:
    plan = details(starts_at=START)
    assert set(contradictions(replace(plan, **changes))) == {field}  # type: ignore[arg-type]


def test_an_online_activity_needs_no_town() -> None:
    assert contradictions(details(mode="online", town="", venue="")) == {}


def test_registration_may_be_open_until_the_end_of_the_day_itself() -> None:
    assert contradictions(details(starts_at=START, last_day=START.replace(hour=22, minute=0))) == {}


@pytest.mark.parametrize(
    "changes", [{"starts_at": START}, {"ends_at": START}, {"mode": "hybrid"}, {"town": "Luleå"}, {"venue": "Annan"}]
)
def test_another_time_or_place_is_a_move(changes: dict[str, object]) -> None:
    plan = details()
    where = {"starts_at": plan.starts_at, "ends_at": plan.ends_at, "mode": plan.mode}
    assert moves(replace(plan, **changes), **where, venue=plan.venue, address=plan.address, town=plan.town)  # type: ignore[arg-type]


def test_other_words_and_seats_are_no_move() -> None:
    plan = details()
    changed = replace(plan, title="Nytt", capacity=50, join_url="https://mote.example/1", programme=())
    where = {"starts_at": plan.starts_at, "ends_at": plan.ends_at, "mode": plan.mode}
    assert not moves(changed, **where, venue=plan.venue, address=plan.address, town=plan.town)  # type: ignore[arg-type]


def test_a_project_says_what_it_lacks_and_where_to_write_it() -> None:
    assert [lack.where for lack in what_lacks(purpose=" ", audience="", organisers=(), activities=0)] == [
        "purpose",
        "audience",
        "organisers",
        "activities",
    ]
    assert what_lacks(purpose="Därför", audience="Alla", organisers=("Reglab",), activities=1) == []


WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20)
POINTS = st.builds(Point, st.times().map(lambda at: at.replace(second=0, microsecond=0)), WORDS, WORDS | st.just(""))


@given(st.lists(POINTS))
def test_a_written_programme_is_read_as_it_was(points: list[Point]) -> None:
    assert read_programme(write_programme(points)) == sorted(points, key=lambda point: point.starts)


def test_a_programme_is_read_as_people_write_it() -> None:
    text = "  kl. 9.30 Kaffe\n\n10:00–11:15 Framsyn / Kim Ek, Region Exempel\n8.05 Uppställning"
    assert read_programme(text) == [
        Point(time(8, 5), "Uppställning"),
        Point(time(9, 30), "Kaffe"),
        Point(time(10), "Framsyn", "Kim Ek, Region Exempel"),
    ]


@pytest.mark.parametrize("line", ["Kaffe", "25.00 Sent", "9.75 Kvart", "9.30", "09.30Kaffe"])
def test_a_line_without_a_time_is_named_by_its_number(line: str) -> None:
    with pytest.raises(Unreadable) as bad:
        read_programme(f"09.00 Start\n\n{line}")
    assert (bad.value.number, bad.value.line) == (3, line)


def test_lists_lose_their_bullets_and_repetitions() -> None:
    assert read_lines("- Ett\n\n* Två\n•  Tre\nEtt\n  ") == ["Ett", "Två", "Tre"]

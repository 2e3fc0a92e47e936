"""Who gets a seat, whose turn it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.queue import Share, Waiting, next_in_line, offers, places
from services.registration.rules.seats import Full, Outcome, Room, Window, decide, takes_room

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
OPEN = Window(last_day=NOW + timedelta(days=1), starts_at=NOW + timedelta(days=9))
limits = st.none() | st.integers(0, 5)
rooms = st.builds(
    Room,
    capacity=limits,
    taken=st.integers(0, 6),
    organisation_limit=limits,
    organisation_taken=st.integers(0, 6),
    waiting_list=st.booleans(),
)


def test_room_is_free_until_the_activity_or_the_organisation_is_full() -> None:
    room = Room(capacity=20, taken=19, organisation_limit=2, organisation_taken=1)
    assert decide(room, OPEN, now=NOW).outcome is Outcome.CONFIRMED
    assert decide(replace(room, taken=20), OPEN, now=NOW).because is Full.ACTIVITY
    assert decide(replace(room, organisation_taken=2), OPEN, now=NOW).because is Full.ORGANISATION


def test_what_is_full_leads_to_the_waiting_list_if_there_is_one() -> None:
    full = Room(capacity=1, taken=1, organisation_limit=None, organisation_taken=1)
    assert decide(full, OPEN, now=NOW).outcome is Outcome.WAITING
    assert decide(replace(full, waiting_list=False), OPEN, now=NOW).outcome is Outcome.REFUSED


def test_dates_refuse_even_where_there_is_room() -> None:
    room = Room(capacity=None, taken=0, organisation_limit=None, organisation_taken=0)
    assert decide(room, replace(OPEN, opens_at=NOW + timedelta(seconds=1)), now=NOW).because is Full.NOT_OPEN
    assert decide(room, replace(OPEN, last_day=NOW), now=NOW).outcome is Outcome.CONFIRMED
    assert decide(room, replace(OPEN, last_day=NOW), now=NOW + timedelta(microseconds=1)).because is Full.CLOSED
    assert decide(room, replace(OPEN, starts_at=NOW), now=NOW).because is Full.CLOSED


def test_digital_seats_of_a_hybrid_activity_take_no_room() -> None:
    full = Room(capacity=1, taken=1, organisation_limit=1, organisation_taken=1)
    assert decide(full, OPEN, now=NOW, takes_room=takes_room("hybrid", "online")).outcome is Outcome.CONFIRMED
    assert takes_room("hybrid", "on_site")
    assert takes_room("online", "online")


@given(rooms)
def test_nobody_is_confirmed_beyond_a_limit(room: Room) -> None:
    decision = decide(room, OPEN, now=NOW)
    if decision.outcome is Outcome.CONFIRMED:
        assert room.capacity is None or room.taken + 1 <= room.capacity
        assert room.organisation_limit is None or room.organisation_taken + 1 <= room.organisation_limit
    else:
        assert decision.because is not None
        assert (decision.outcome is Outcome.WAITING) == room.waiting_list


@given(st.integers(1, 12), st.integers(1, 4), st.lists(st.sampled_from("abcdef"), max_size=40))
def test_whatever_arrives_limits_hold_and_no_seat_stays_empty_without_reason(
    capacity: int, limit: int, arrivals: list[str]
) -> None:
    taken: dict[str, int] = {}
    for organisation in arrivals:
        room = Room(capacity, sum(taken.values()), limit, taken.get(organisation, 0))
        if decide(room, OPEN, now=NOW).outcome is Outcome.CONFIRMED:
            taken[organisation] = taken.get(organisation, 0) + 1
    assert sum(taken.values()) <= capacity
    assert all(count <= limit for count in taken.values())
    if sum(taken.values()) < capacity:
        assert all(taken[organisation] == min(limit, arrivals.count(organisation)) for organisation in set(arrivals))


ORGANISATIONS = [UUID(int=n) for n in range(1, 5)]
queues = st.lists(
    st.builds(
        Waiting,
        seat_id=st.uuids(version=4),
        organisation_id=st.sampled_from(ORGANISATIONS),
        since=st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    ),
    max_size=8,
    unique_by=lambda waiting: waiting.seat_id,
)
shares = st.fixed_dictionaries(
    {organisation: st.builds(Share, st.integers(0, 3), limits, st.integers(0, 3)) for organisation in ORGANISATIONS}
)


@given(queues, shares, st.none() | st.sampled_from(ORGANISATIONS))
def test_the_next_in_line_is_as_the_specification_says(
    queue: list[Waiting], shares: dict[UUID, Share], freed_by: UUID | None
) -> None:
    """A second, plain telling of the rule: three groups, each by time."""
    may = sorted((w for w in queue if not shares[w.organisation_id].is_full), key=lambda w: (w.since, w.seat_id))
    own = [w for w in may if w.organisation_id == freed_by and shares[freed_by].taken < shares[freed_by].guaranteed]
    unseated = [w for w in may if shares[w.organisation_id].taken == 0]
    assert next_in_line(queue, shares, freed_by) == next(iter(own + unseated + may), None)


@given(queues, shares, st.none() | st.integers(0, 6), st.none() | st.sampled_from(ORGANISATIONS))
def test_offers_fill_what_is_left_and_no_organisation_beyond_its_limit(
    queue: list[Waiting], shares: dict[UUID, Share], left: int | None, freed_by: UUID | None
) -> None:
    offered = offers(queue, shares, left=left, freed_by=freed_by)
    assert len(offered) == len({waiting.seat_id for waiting in offered})
    assert left is None or len(offered) <= left
    after = {one: share.taken + sum(w.organisation_id == one for w in offered) for one, share in shares.items()}
    for one, share in shares.items():
        if share.limit is not None and after[one] > share.taken:
            assert after[one] <= share.limit
    if left is None or len(offered) < left:
        passed_over = [waiting for waiting in queue if waiting not in offered]
        assert all(Share(after[w.organisation_id], shares[w.organisation_id].limit).is_full for w in passed_over)


@given(queues)
def test_places_are_by_time(queue: list[Waiting]) -> None:
    told = places(queue)
    assert sorted(told.values()) == list(range(1, len(queue) + 1))
    for first in queue:
        for second in queue:
            if first.since < second.since:
                assert told[first.seat_id] < told[second.seat_id]


def test_an_organisation_below_its_guaranteed_seats_keeps_the_seat_that_it_freed() -> None:
    mine, theirs = uuid4(), uuid4()
    early, late = Waiting(uuid4(), theirs, NOW), Waiting(uuid4(), mine, NOW + timedelta(hours=1))
    held = {mine: Share(taken=1, guaranteed=2), theirs: Share(taken=0)}
    assert next_in_line([early, late], held, freed_by=mine) == late
    assert next_in_line([early, late], held, freed_by=None) == early

"""The rule of order per key: by example, and for any delivery that Hypothesis thinks of."""

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.placing import Mark, place
from tests.shared.messaging.deliveries import envelope, envelopes, numbers

A = envelope(1).place
B = envelope(1, "b").place


def test_the_next_ones_are_ready_in_order_and_those_after_a_gap_are_kept() -> None:
    places = place(envelopes(4, 3, 6), {A: Mark(2, held=False)})
    assert (numbers(places.ready), numbers(places.ahead), places.held) == ([3, 4], [6], [])


def test_what_has_been_settled_is_nowhere() -> None:
    places = place(envelopes(1, 2, 2), {A: Mark(2, held=False)})
    assert (places.ready, places.ahead, places.held) == ([], [], [])


def test_a_held_key_is_looked_at_closer_and_the_others_go_on() -> None:
    places = place([*envelopes(3), *envelopes(1, key="b")], {A: Mark(2, held=True), B: Mark(0, held=False)})
    assert [each.place for each in places.ready] == [B]
    assert [each.place for each in places.held] == [A]


def test_ones_own_are_ready_though_their_key_is_held() -> None:
    own = envelope(3)
    assert place([own], {A: Mark(2, held=True)}, {own.id}).ready == [own]


def test_nothing_is_ready_while_the_inbox_is_halted_but_what_was_begun() -> None:
    begun = envelope(3)
    places = place(
        [begun, envelope(1, "b")], {A: Mark(2, held=True, halted=True), B: Mark(0, held=False, halted=True)}, {begun.id}
    )
    assert (places.ready, numbers(places.ahead), places.held) == ([begun], [1], [])


@given(st.lists(st.integers(1, 12)), st.integers(0, 6))
def test_ready_is_the_unbroken_run_after_the_mark_whatever_the_order(arrived: list[int], last: int) -> None:
    places = place([envelope(seq) for seq in arrived], {A: Mark(last, held=False)})
    run: list[int] = []
    while last + len(run) + 1 in arrived:
        run.append(last + len(run) + 1)
    assert numbers(places.ready) == run
    assert sorted(numbers(places.ahead)) == sorted({seq for seq in arrived if seq > last + len(run)})

"""What happens to seats after the form: cancelling, offers, the queue moving on."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from services.registration.actions.allotments import allot, withdraw_allotment
from services.registration.actions.seats import accept_offer, cancel_seats, decline_offer
from services.registration.due import OfferLapsed
from services.registration.errors import ActivityHasBegun, NothingToCancel, OfferIsOver, SeatIsGone
from services.registration.rules.working_hours import add_working_hours
from shared.clock import now
from shared.events.catalog import ActivityReleased
from shared.events.registration import RegistrationChanged
from shared.testing import recorded
from tests.registration.cast import BLEKINGE, SKANE, Cast, handle, ledger_differences


def cancel(cast: Cast, name: str, activity: ActivityReleased, *, at: datetime | None = None) -> None:
    cancel_seats(cast.session, [cast.seat(name, activity).id], reason="cancelled_by_person", now=at or now(), offer_hours=24)
    cast.session.commit()


def due(cast: Cast) -> dict[str, str]:
    rows = cast.session.execute(text("SELECT key, state FROM due WHERE key LIKE 'offer:%'")).all()
    return {row.key: row.state for row in rows}


def lapse(cast: Cast, name: str, activity: ActivityReleased) -> None:
    seat = cast.seat(name, activity)
    assert seat.offer_expires_at is not None
    handle(cast.session, OfferLapsed(seat_id=seat.id, expires_at=seat.offer_expires_at))
    cast.session.commit()


def test_a_freed_seat_is_offered_to_the_next_and_held(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    for name in ("Åsa", "Bo", "Cia"):
        cast.registers(name, workshop)
    monday = datetime(2027, 6, 7, 9, tzinfo=UTC)
    cast.released("Workshop", revision=2, capacity=1, starts_at=monday + timedelta(days=20))
    cancel(cast, "Åsa", workshop, at=monday)
    assert cast.seats(workshop) == {"Åsa": "cancelled", "Bo": "offered", "Cia": "waiting"}
    seat = cast.seat("Bo", workshop)
    assert seat.offer_expires_at == add_working_hours(monday, 24)
    assert due(cast) == {f"offer:{seat.id}": "scheduled"}
    events = recorded(cast.session, RegistrationChanged)
    told = {event.person.full_name: event for event in events}
    assert {name: event.reason for name, event in told.items()} == {"Åsa": "cancelled_by_person", "Bo": "offered"}
    assert told["Bo"].changed_seats == (seat.id,)
    assert told["Bo"].seats[0].offer_expires_at == seat.offer_expires_at
    assert told["Bo"].revision == 2
    assert cast.registers("Dag", workshop, organisation=SKANE, at=monday)[0].state == "waiting", "an offer holds its seat"
    assert ledger_differences(cast.session) == []


def test_an_accepted_offer_is_a_seat(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    cast.registers("Åsa", workshop)
    cast.registers("Bo", workshop)
    cancel(cast, "Åsa", workshop)
    accept_offer(cast.session, cast.seat("Bo", workshop).id, now=now(), offer_hours=24)
    assert cast.seats(workshop)["Bo"] == "confirmed"
    assert list(due(cast).values()) == ["cancelled"]
    assert recorded(cast.session, RegistrationChanged)[-1].reason == "offer_accepted"
    with pytest.raises(OfferIsOver):
        accept_offer(cast.session, cast.seat("Bo", workshop).id, now=now(), offer_hours=24)
    assert ledger_differences(cast.session) == []


def test_a_declined_offer_goes_to_the_next(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    for name in ("Åsa", "Bo", "Cia"):
        cast.registers(name, workshop)
    cancel(cast, "Åsa", workshop)
    decline_offer(cast.session, cast.seat("Bo", workshop).id, now=now(), offer_hours=24)
    assert cast.seats(workshop) == {"Åsa": "cancelled", "Bo": "declined", "Cia": "offered"}
    assert [event.reason for event in recorded(cast.session, RegistrationChanged)][-2:] in (
        ["offer_declined", "offered"],
        ["offered", "offer_declined"],
    )
    assert ledger_differences(cast.session) == []


def test_an_offer_that_nobody_answers_goes_to_the_next_and_only_once(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    for name in ("Åsa", "Bo", "Cia"):
        cast.registers(name, workshop)
    cancel(cast, "Åsa", workshop)
    seat = cast.seat("Bo", workshop)
    assert seat.offer_expires_at is not None
    lapsed = OfferLapsed(seat_id=seat.id, expires_at=seat.offer_expires_at)
    for _ in range(2):
        handle(cast.session, lapsed)
    assert cast.seats(workshop) == {"Åsa": "cancelled", "Bo": "expired", "Cia": "offered"}
    assert ledger_differences(cast.session) == []


def test_a_lapse_of_an_answered_offer_means_nothing(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    cast.registers("Åsa", workshop)
    cast.registers("Bo", workshop)
    cancel(cast, "Åsa", workshop)
    seat = cast.seat("Bo", workshop)
    assert seat.offer_expires_at is not None
    lapsed = OfferLapsed(seat_id=seat.id, expires_at=seat.offer_expires_at)
    accept_offer(cast.session, seat.id, now=now(), offer_hours=24)
    handle(cast.session, lapsed)
    assert cast.seats(workshop)["Bo"] == "confirmed"


def test_organisations_without_any_seat_come_before_those_who_came_earlier(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=2)
    cast.registers("Åsa", workshop)
    cast.registers("Bo", workshop)
    cast.registers("Cia", workshop)
    cast.registers("Dag", workshop, organisation=SKANE)
    cancel(cast, "Åsa", workshop)
    assert cast.seats(workshop) == {"Åsa": "cancelled", "Bo": "confirmed", "Cia": "waiting", "Dag": "offered"}


def test_guaranteed_seats_stay_within_the_organisation_that_freed_them(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=2)
    halland = cast.registration
    cast.registers("Åsa", workshop)
    cast.registers("Bo", workshop)
    cast.registers("Cia", workshop, organisation=SKANE)
    cast.registers("Dag", workshop)
    organisation = halland("Åsa").organisation_id
    allot(cast.session, workshop.activity_id, organisation, max_seats=2, guaranteed=2, now=now(), offer_hours=24)
    cancel(cast, "Åsa", workshop)
    assert cast.seats(workshop)["Dag"] == "offered"


def test_a_waiting_colleague_gets_the_organisations_freed_seat_though_the_activity_has_room(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=10, seats_per_organisation=1)
    cast.registers("Åsa", workshop)
    cast.registers("Bo", workshop)
    cast.registers("Cia", workshop, organisation=SKANE)
    cancel(cast, "Åsa", workshop)
    assert cast.seats(workshop) == {"Åsa": "cancelled", "Bo": "offered", "Cia": "confirmed"}
    assert ledger_differences(cast.session) == []


def test_leaving_the_queue_frees_no_seat(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    for name in ("Åsa", "Bo", "Cia"):
        cast.registers(name, workshop)
    cancel(cast, "Bo", workshop)
    assert cast.seats(workshop) == {"Åsa": "confirmed", "Bo": "cancelled", "Cia": "waiting"}
    assert recorded(cast.session, RegistrationChanged)[-1].reason == "cancelled_by_person"
    assert cast.registers("Bo", workshop)[0].place == 2, "whoever comes back stands last"
    assert ledger_differences(cast.session) == []


def test_all_seats_at_once_are_one_event_and_the_needs_go(cast: Cast) -> None:
    first, second = cast.released("One"), cast.released("Two")
    cast.registers("Åsa", first, second, sealed_needs="sealed")
    seats = [seat.id for seat in cast.registration("Åsa").seats]
    cancel_seats(cast.session, seats, reason="cancelled_by_staff", now=now(), offer_hours=24)
    [event] = recorded(cast.session, RegistrationChanged)
    assert set(event.changed_seats) == set(seats)
    assert {seat.state for seat in event.seats} == {"cancelled"}
    assert cast.session.scalar(text("SELECT count(*) FROM needs")) == 0
    with pytest.raises(NothingToCancel):
        cancel_seats(cast.session, seats, reason="cancelled_by_staff", now=now(), offer_hours=24)


def test_nothing_is_cancelled_or_offered_once_the_activity_has_begun(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1)
    cast.registers("Åsa", workshop)
    cast.registers("Bo", workshop)
    with pytest.raises(ActivityHasBegun, match="Workshop"):
        cancel(cast, "Åsa", workshop, at=workshop.starts_at)
    cast.released("Workshop", revision=2, capacity=5, starts_at=now() - timedelta(hours=1))
    assert cast.seats(workshop)["Bo"] == "waiting"


def test_a_seat_guards_its_own_state(cast: Cast) -> None:
    workshop = cast.released("Workshop")
    cast.registers("Åsa", workshop)
    seat = cast.seat("Åsa", workshop)
    with pytest.raises(SeatIsGone):
        seat.offer(now(), now())
    with pytest.raises(SeatIsGone):
        seat.expire(now())
    seat.cancel(now())
    with pytest.raises(SeatIsGone):
        seat.cancel(now())


def test_more_capacity_is_offered_to_all_who_can_have_it(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=1, seats_per_organisation=1)
    cast.registers("Åsa", workshop)
    for name, organisation in (("Bo", SKANE), ("Cia", SKANE), ("Dag", BLEKINGE)):
        cast.registers(name, workshop, organisation=organisation)
    cast.released("Workshop", revision=2, capacity=4, seats_per_organisation=1)
    assert cast.seats(workshop) == {"Åsa": "confirmed", "Bo": "offered", "Cia": "waiting", "Dag": "offered"}
    assert ledger_differences(cast.session) == []


def test_less_capacity_takes_no_seat_away(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=3)
    for name in ("Åsa", "Bo", "Cia"):
        cast.registers(name, workshop)
    cast.released("Workshop", revision=2, capacity=1)
    assert set(cast.seats(workshop).values()) == {"confirmed"}
    cancel(cast, "Åsa", workshop)
    assert cast.registers("Dag", workshop)[0].state == "waiting"


def test_an_allotment_opens_seats_and_its_withdrawal_closes_them(cast: Cast) -> None:
    workshop = cast.released("Workshop", capacity=10, seats_per_organisation=1)
    for name in ("Åsa", "Bo", "Cia"):
        cast.registers(name, workshop, organisation=SKANE)
    allot(cast.session, workshop.activity_id, SKANE, max_seats=2, guaranteed=0, now=now(), offer_hours=24)
    assert cast.seats(workshop) == {"Åsa": "confirmed", "Bo": "offered", "Cia": "waiting"}
    withdraw_allotment(cast.session, workshop.activity_id, SKANE, now=now(), offer_hours=24)
    cancel(cast, "Åsa", workshop)
    assert cast.seats(workshop)["Cia"] == "waiting", "Bo's offer is the organisation's only seat again"
    assert ledger_differences(cast.session) == []

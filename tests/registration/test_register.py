"""Receiving forms: seats, queues, refusals, and somebody who comes again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from services.registration.actions.register import Application, Result, register
from services.registration.errors import FormAlreadyReceived, NoSuchActivity, WishesRefused
from services.registration.models import Registration
from shared.clock import now
from shared.events.registration import RegistrationReceived
from shared.secrets import hash_token, unseal
from shared.testing import recorded
from tests.registration.cast import HALLAND, SITE, SKANE, Cast, applies, ledger_differences


def refused(cast: Cast, application: Application) -> list[tuple[str, str]]:
    with pytest.raises(WishesRefused) as raised, cast.session.begin_nested():
        register(cast.session, application, public_url=SITE, now=now())
    return [(str(refusal.activity_id), refusal.because) for refusal in raised.value.refusals]


def test_a_form_gives_seats_and_says_so(cast: Cast) -> None:
    first, second = cast.released("Workshop 1"), cast.released("Workshop 2")
    results = cast.registers("Åsa Lind", first, second, invitation="r-1")
    assert results == [Result(first.activity_id, "confirmed", "on_site"), Result(second.activity_id, "confirmed", "on_site")]
    [event] = recorded(cast.session, RegistrationReceived)
    assert event.revision == 1
    assert event.person.full_name == "Åsa Lind"
    assert event.person.email == "åsa.lind@region.example"
    assert (event.organisation_id, event.organisation) == (HALLAND, "Region Halland")
    assert [seat.state for seat in event.seats] == ["confirmed", "confirmed"]
    assert {seat.seat_id for seat in event.seats} == {seat.id for seat in cast.registration("Åsa Lind").seats}
    assert event.invitation == "r-1"
    assert ledger_differences(cast.session) == []


def test_the_link_is_sealed_and_its_token_is_stored_hashed(cast: Cast) -> None:
    cast.registers("Åsa Lind", cast.released("Workshop 1"), language="en")
    [event] = recorded(cast.session, RegistrationReceived)
    link = unseal(event.sealed_link)
    token = link.removeprefix(f"{SITE}/en/anmalan/min/")
    assert cast.registration("Åsa Lind").token_hash == hash_token(token)
    every_row = cast.session.scalar(text("SELECT string_agg(registration::text, '') FROM registration"))
    assert token not in str(every_row)


def test_a_full_activity_puts_on_the_waiting_list_with_a_place(cast: Cast) -> None:
    workshop = cast.released("Workshop 1", capacity=1)
    cast.registers("Åsa Lind", workshop)
    assert cast.registers("Bo Ek", workshop) == [Result(workshop.activity_id, "waiting", "on_site", place=1, because="activity")]
    assert cast.registers("Cia Alm", workshop)[0].place == 2
    assert [event.seats[0].queue_place for event in recorded(cast.session, RegistrationReceived)] == [None, 1, 2]
    assert ledger_differences(cast.session) == []


def test_an_organisation_with_all_its_seats_waits_where_others_get_one(cast: Cast) -> None:
    workshop = cast.released("Workshop 1", capacity=10, seats_per_organisation=1)
    cast.registers("Åsa Lind", workshop)
    assert cast.registers("Bo Ek", workshop)[0].because == "organisation"
    assert cast.registers("Cia Alm", workshop, organisation=SKANE)[0].state == "confirmed"


def test_without_a_waiting_list_everything_that_is_full_is_named_and_nothing_is_kept(cast: Cast) -> None:
    full = cast.released("Full", capacity=1, waiting_list=False)
    mine = cast.released("Mine", seats_per_organisation=1, waiting_list=False)
    closed = cast.released("Closed", last_day=now() - timedelta(days=1))
    later = cast.released("Later", opens_at=now() + timedelta(days=1))
    free = cast.released("Free")
    cast.registers("Åsa Lind", full, mine)
    assert sorted(refused(cast, applies("Bo Ek", full, mine, closed, later, free))) == sorted(
        [
            (str(full.activity_id), "activity"),
            (str(mine.activity_id), "organisation"),
            (str(closed.activity_id), "closed"),
            (str(later.activity_id), "not_open"),
        ]
    )
    assert cast.session.scalar(select(func.count()).select_from(Registration)) == 1
    assert ledger_differences(cast.session) == []


def test_following_a_full_hybrid_activity_digitally_takes_no_room(cast: Cast) -> None:
    meeting = cast.released("Möte", mode="hybrid", capacity=1)
    cast.registers("Åsa Lind", meeting)
    assert cast.registers("Bo Ek", meeting, mode="online")[0].state == "confirmed"
    assert cast.registers("Cia Alm", meeting)[0].state == "waiting"
    assert ledger_differences(cast.session) == []


def test_activities_of_other_projects_and_no_activity_at_all_are_not_there(cast: Cast) -> None:
    other = cast.released("Annat", project_id=SKANE, project_slug="annat")
    for wishes in ([other], []):
        with pytest.raises(NoSuchActivity), cast.session.begin_nested():
            register(cast.session, applies("Bo Ek", *wishes), public_url=SITE, now=now())


def test_the_same_person_adds_to_the_registration_that_is_there(cast: Cast) -> None:
    first, second = cast.released("Workshop 1"), cast.released("Workshop 2")
    cast.registers("Åsa Lind", first, email="Asa@region.example")
    cast.registers("Somebody Else", first, second, email="asa@REGION.example", organisation=SKANE)
    registration = cast.registration("Åsa Lind")
    assert cast.seats(first) == {"Åsa Lind": "confirmed"}
    assert cast.seats(second) == {"Åsa Lind": "confirmed"}
    events = recorded(cast.session, RegistrationReceived)
    assert [(event.revision, len(event.seats)) for event in events] == [(1, 1), (2, 2)]
    assert events[1].person.full_name == "Åsa Lind"
    assert events[1].sealed_link == registration.sealed_link
    assert ledger_differences(cast.session) == []


def test_a_form_that_adds_nothing_sends_the_link_again_but_not_often(cast: Cast) -> None:
    workshop = cast.released("Workshop 1")
    start = now()
    cast.registers("Åsa Lind", workshop, at=start)
    cast.registers("Åsa Lind", workshop, at=start + timedelta(minutes=9))
    assert len(recorded(cast.session, RegistrationReceived)) == 1
    cast.registers("Åsa Lind", workshop, at=start + timedelta(minutes=10))
    assert [event.revision for event in recorded(cast.session, RegistrationReceived)] == [1, 2]


def test_the_answer_does_not_tell_who_is_registered(cast: Cast) -> None:
    """Somebody with a seat and a stranger get the same answer to the same form: on the waiting list, or refused."""
    queued, closed = cast.released("Queue", capacity=1), cast.released("None", capacity=1, waiting_list=False)
    cast.registers("Åsa Lind", queued, closed)
    assert cast.registers("Åsa Lind", queued) == cast.registers("Bo Ek", queued)
    assert refused(cast, applies("Åsa Lind", closed)) == refused(cast, applies("Cia Alm", closed))
    assert cast.seats(queued)["Åsa Lind"] == "confirmed"


def test_the_same_form_is_received_once(cast: Cast) -> None:
    workshop = cast.released("Workshop 1")
    cast.registers("Åsa Lind", workshop, form_key="once")
    for email in ("åsa.lind@region.example", "other@region.example"):
        with pytest.raises(FormAlreadyReceived), cast.session.begin_nested():
            register(cast.session, applies("Åsa Lind", workshop, form_key="once", email=email), public_url=SITE, now=now())
    assert cast.seats(workshop) == {"Åsa Lind": "confirmed"}
    assert len(recorded(cast.session, RegistrationReceived)) == 1


def test_the_database_itself_refuses_to_overbook(cast: Cast) -> None:
    workshop = cast.released("Workshop 1", capacity=1)
    cast.registers("Åsa Lind", workshop)
    with pytest.raises(IntegrityError, match="within_limit"), cast.session.begin_nested():
        cast.session.execute(text("UPDATE seat_ledger SET confirmed = confirmed + 1"))


def test_at_the_door_dates_do_not_count_but_room_does(cast: Cast) -> None:
    workshop = cast.released("Workshop 1", capacity=1, last_day=now() - timedelta(days=1))
    assert cast.registers("Åsa Lind", workshop, source="door")[0].state == "confirmed"
    assert refused(cast, applies("Bo Ek", workshop, source="door")) == [(str(workshop.activity_id), "activity")]

"""A rush: fifty people at once for twenty seats, at most two an organisation. Threads, and commits that are real."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid5

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from services.registration.actions.seats import cancel_seats
from services.registration.models import Registration, Seat
from shared.clock import now
from shared.events.catalog import ActivityReleased, OrganisationChanged
from shared.events.registration import RegistrationChanged, RegistrationReceived
from shared.testing import Client, recorded
from tests.registration.cast import SPACE, Cast, handle, ledger_differences
from tests.registration.sending import filled, words

PEOPLE, SEATS, PER_ORGANISATION, ORGANISATIONS = 50, 20, 2, 15


@pytest.fixture
def prepared(committing: sessionmaker[Session]) -> Callable[..., list[ActivityReleased]]:
    """Organisations and activities, committed."""

    def prepare(*activities: dict[str, Any]) -> list[ActivityReleased]:
        with committing() as session:
            cast = Cast(session)
            for number in range(ORGANISATIONS):
                id_ = uuid5(SPACE, f"organisation-{number}")
                handle(
                    session,
                    OrganisationChanged(organisation_id=id_, title=f"Organisation {number}", kind="other", status="active"),
                )
            released = [cast.released(f"Rusning {number}", **facts) for number, facts in enumerate(activities)]
            session.commit()
            return released

    return prepare


def at_once(app: FastAPI, sessions: sessionmaker[Session], forms: list[dict[str, Any]]) -> list[Any]:
    """Everybody presses the button at the same moment."""
    barrier = Barrier(len(forms))

    def send(form: dict[str, Any]) -> Any:
        client = Client(app, sessions)
        barrier.wait()
        return client.post("/anmalan/larlabb", data=form)

    with ThreadPoolExecutor(len(forms)) as threads:
        return list(threads.map(send, forms))


def form_of(number: int, *activities: ActivityReleased) -> dict[str, Any]:
    return filled(
        *activities,
        full_name=f"Person {chr(65 + number % 26)}{chr(65 + number // 26)}",
        email=f"person{number}@region.example",
        organisation=f"Organisation {number % ORGANISATIONS}",
        overlap_ok="ja",
    )


def held(session: Session, activity: ActivityReleased) -> tuple[Counter[str], Counter[UUID]]:
    """Seats by state, and confirmed seats by organisation."""
    rows = session.execute(select(Seat.state, Seat.organisation_id).where(Seat.activity_id == activity.activity_id)).all()
    return Counter(state for state, _ in rows), Counter(organisation for state, organisation in rows if state == "confirmed")


def test_fifty_at_once_get_exactly_the_seats_there_are(
    app: FastAPI, committing: sessionmaker[Session], prepared: Callable[..., list[ActivityReleased]]
) -> None:
    [workshop] = prepared({"capacity": SEATS, "seats_per_organisation": PER_ORGANISATION, "waiting_list": False})
    responses = at_once(app, committing, [form_of(number, workshop) for number in range(PEOPLE)])
    assert Counter(response.status_code for response in responses) == {303: SEATS, 409: PEOPLE - SEATS}
    for response in responses:
        if response.status_code == 409:
            page = words(response)
            assert "är full och har ingen kö" in page or "har inga platser kvar på Rusning 0" in page
    with committing() as session:
        states, organisations = held(session, workshop)
        assert states == {"confirmed": SEATS}
        assert max(organisations.values()) <= PER_ORGANISATION
        assert ledger_differences(session) == []
        assert len(recorded(session, RegistrationReceived)) == SEATS


def test_with_a_waiting_list_everybody_else_gets_a_place_of_their_own(
    app: FastAPI, committing: sessionmaker[Session], prepared: Callable[..., list[ActivityReleased]]
) -> None:
    activities = prepared(
        {"capacity": SEATS, "seats_per_organisation": PER_ORGANISATION}, {"capacity": 10}, {"seats_per_organisation": 1}
    )
    forms = [form_of(number, *(activities if number % 2 else reversed(activities))) for number in range(PEOPLE)]
    responses = at_once(app, committing, forms)
    assert {response.status_code for response in responses} == {303}
    with committing() as session:
        for activity, seats in zip(activities, (SEATS, 10, ORGANISATIONS), strict=True):
            states, _ = held(session, activity)
            assert states == {"confirmed": seats, "waiting": PEOPLE - seats}
        places = [
            seat.queue_place
            for event in recorded(session, RegistrationReceived)
            for seat in event.seats
            if seat.activity_id == activities[0].activity_id and seat.state == "waiting"
        ]
        assert sorted(filter(None, places)) == list(range(1, PEOPLE - SEATS + 1))
        assert ledger_differences(session) == []


def test_one_person_who_presses_many_times_has_one_registration(
    app: FastAPI, committing: sessionmaker[Session], prepared: Callable[..., list[ActivityReleased]]
) -> None:
    [workshop] = prepared({"capacity": SEATS})
    form = form_of(1, workshop)
    others = [{**form, "form_key": form_of(1)["form_key"]} for _ in range(5)]
    responses = at_once(app, committing, [form] * 5 + others)
    assert {response.status_code for response in responses} == {303}
    with committing() as session:
        assert held(session, workshop)[0] == {"confirmed": 1}
        assert len(recorded(session, RegistrationReceived)) == 1
        assert ledger_differences(session) == []


def test_cancelling_and_registering_at_once_neither_overbook_nor_block_each_other(
    app: FastAPI, committing: sessionmaker[Session], prepared: Callable[..., list[ActivityReleased]]
) -> None:
    """Cancellations of several activities promote each other's people: the order of locks must hold."""
    activities = prepared({"capacity": 5}, {"capacity": 5}, {"capacity": 5, "seats_per_organisation": 1})
    assert {r.status_code for r in at_once(app, committing, [form_of(number, *activities) for number in range(20)])} == {303}
    with committing() as session:
        everybody = {
            id_: [seat.id for seat in session.get_one(Registration, id_).seats]
            for id_ in session.scalars(select(Registration.id))
        }
    barrier = Barrier(20)

    def cancel(seats: list[UUID]) -> None:
        with committing.begin() as session:
            barrier.wait()
            cancel_seats(session, seats, reason="cancelled_by_person", now=now(), offer_hours=24)

    def come(number: int) -> int:
        client = Client(app, committing)
        barrier.wait()
        return client.post("/anmalan/larlabb", data=form_of(number, *activities)).status_code

    with ThreadPoolExecutor(20) as threads:
        leaving = [threads.submit(cancel, seats) for seats in list(everybody.values())[:12]]
        coming = [threads.submit(come, 20 + number) for number in range(8)]
        for future in leaving:
            future.result()
        assert {future.result() for future in coming} == {303}
    with committing() as session:
        for activity in activities:
            states, organisations = held(session, activity)
            assert states["confirmed"] + states["offered"] <= 5
            assert states["confirmed"] + states["offered"] == 5 or activity is activities[2]
            assert activity is not activities[2] or not organisations or max(organisations.values()) <= 1
        assert ledger_differences(session) == []
        revisions = [(event.registration_id, event.revision) for event in recorded(session, RegistrationChanged)]
        assert len(revisions) == len(set(revisions))

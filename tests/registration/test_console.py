"""An address leads to its registrations, and they to all that was said of them."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.registration.service import SERVICE
from shared.clock import now
from shared.observability import correlated
from shared.operations.control import start_stream, stop_stream
from shared.operations.expectations import overdue
from shared.operations.hooks import Clues
from shared.operations.timeline import find, trace
from tests.registration.cast import Cast


def test_an_address_leads_to_the_registration_and_what_it_said(session: Session, cast: Cast) -> None:
    workshop = cast.released("Workshop 1")
    with correlated() as request:
        cast.registers("Åsa Lind", workshop)
    mine = cast.registration("Åsa Lind")

    found = find(session, SERVICE, Clues(address=mine.person.email_key))
    whats = [step.what for step in trace(session, SERVICE, found)]

    assert {request, mine.id, mine.person_id} <= found.ids
    assert {"Anmälan togs emot", "Platsen är bekräftad", "registration.received sades till notifications"} <= set(whats)


def test_a_persons_id_leads_there_too_and_nobodys_address_nowhere(session: Session, cast: Cast) -> None:
    cast.registers("Åsa Lind", cast.released("Workshop 1"))
    mine = cast.registration("Åsa Lind")
    assert mine.id in find(session, SERVICE, Clues(ids=frozenset([mine.person_id]))).ids
    assert find(session, SERVICE, Clues(address="nobody@x.example")).ids == frozenset()


def test_a_registration_that_notifications_has_not_heard_of_is_found_after_two_minutes(session: Session, cast: Cast) -> None:
    def late() -> int:
        return len(overdue(session, SERVICE, now())["told"])

    cast.registers("Åsa Lind", cast.released("Workshop 1"))
    assert late() == 0
    session.execute(text("UPDATE outbox SET occurred_at = now() - interval '3 minutes'"))
    assert late() == 1
    stop_stream(session, SERVICE, "notifications", actor="drift", reason="Med flit")
    assert late() == 0
    start_stream(session, SERVICE, "notifications", actor="drift")
    session.execute(text("UPDATE outbox SET acked_at = now()"))
    assert late() == 0

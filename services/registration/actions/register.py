"""Receiving a form: all its wishes are met, by seats or places in queues, or none is.

Two waits for the database, and the commit: person and registration, the offerings' locks and what is left are asked for
together; seats and event are written together. The locks are held from the end of the first to the commit: that is what bounds
a rush.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.registration.actions.ledger import Left, Terms, counting, left_of, locking_terms
from services.registration.actions.needs import keep_needs
from services.registration.actions.telling import key_of, lock_registrations, tell_received_again
from services.registration.errors import FormAlreadyReceived, NoSuchActivity, Refusal, WishesRefused
from services.registration.models import Person, Receipt, Registration
from services.registration.rules.seats import Decision, Outcome, decide, takes_room
from shared.database import Asked, ask, new_id
from shared.events.registration import Person as PersonFact
from shared.events.registration import RegistrationReceived, SeatFact
from shared.i18n import sort_key
from shared.messaging import record
from shared.secrets import hash_token, new_token, seal

REPEATED_CONFIRMATION = timedelta(minutes=10)
"""A form that adds nothing to a registration has its confirmation sent again, but no oftener than this."""

_ENTER = """
    WITH who AS (
        INSERT INTO person (id, email_key, email) VALUES (%(person_id)s, %(email_key)s, %(email)s)
        ON CONFLICT (email_key) DO UPDATE SET email_key = EXCLUDED.email_key
        RETURNING id
    )
    INSERT INTO registration (id, project_id, person_id, organisation_id, full_name, name_key, language, source, token_hash,
                              sealed_link, revision, created_at, confirmed_at)
    SELECT %(id)s, %(project_id)s, who.id, %(organisation_id)s, %(full_name)s, %(name_key)s, %(language)s, %(source)s,
           %(token_hash)s, %(sealed_link)s, 1, %(now)s, %(now)s
    FROM who
    ON CONFLICT (project_id, person_id) DO NOTHING
    RETURNING person_id
"""
_SEAT = """
    WITH wished AS (
        SELECT *
        FROM unnest(%(seats)s::uuid[], %(activities)s::uuid[], %(modes)s::text[], %(states)s::text[],
                    %(because)s::text[], %(takes_room)s::boolean[], %(capacities)s::int[], %(limits)s::int[])
            AS wished (seat_id, activity_id, mode, state, because, takes_room, capacity, organisation_limit)
    ), seated AS (
        INSERT INTO seat (id, registration_id, activity_id, person_id, organisation_id, mode, takes_room, state, because,
                          since, changed_at)
        SELECT seat_id, %(registration_id)s, activity_id, %(person_id)s, %(organisation_id)s, mode, takes_room, state, because,
               %(now)s, %(now)s
        FROM wished
    ), counted AS (
        INSERT INTO seat_ledger (activity_id, organisation_id, max_seats, confirmed, waiting)
        SELECT activity_id, counter.organisation_id,
               CASE WHEN counter.organisation_id IS NULL THEN capacity ELSE organisation_limit END,
               CAST(state = 'confirmed' AS int), CAST(state = 'waiting' AS int)
        FROM wished CROSS JOIN (VALUES (CAST(NULL AS uuid)), (%(organisation_id)s::uuid)) AS counter (organisation_id)
        WHERE takes_room
        ON CONFLICT (activity_id, organisation_id)
        DO UPDATE SET confirmed = seat_ledger.confirmed + EXCLUDED.confirmed, waiting = seat_ledger.waiting + EXCLUDED.waiting
    )
    INSERT INTO receipt (key, project_id, email, organisation, outcomes, created_at)
    VALUES (%(form_key)s, %(project_id)s, %(email)s, %(organisation)s, %(outcomes)s::jsonb, %(now)s)
    ON CONFLICT (key) DO NOTHING RETURNING 1
"""


@dataclass(frozen=True)
class Wish:
    """One activity that a person wants to take part in, and how."""

    activity_id: UUID
    mode: str = "on_site"


@dataclass(frozen=True)
class Application:
    """A form, with its organisation found in the register."""

    project_id: UUID
    full_name: str
    email: str
    organisation_id: UUID
    organisation: str
    wishes: Sequence[Wish]
    language: str
    form_key: str
    """The form's hidden key: the same form sent twice is received once."""
    invitation: str | None = None
    sealed_needs: str | None = None
    source: str = "form"


@dataclass(frozen=True)
class Result:
    """What a wish led to."""

    activity_id: UUID
    state: str
    mode: str
    place: int | None = None
    because: str | None = None


def register(session: Session, application: Application, *, public_url: str, now: datetime) -> list[Result]:
    """Give the person seats, or places in queues, for every wish, and record that.

    Somebody who is registered for the project already gets what is new added, and the link to it all by mail; the answer is
    what a stranger would have got, so that a form tells nobody who is registered. Raises `WishesRefused` with everything that
    is full or closed, `FormAlreadyReceived`, `NoSuchActivity`.
    """
    token = new_token()
    registration_id = new_id()
    link = f"{public_url}{'/en' if application.language == 'en' else ''}/anmalan/min/{token}"
    sealed_link = seal(link)
    values = {
        "person_id": new_id(),
        "email_key": application.email.lower(),
        "email": application.email,
        "id": registration_id,
        "project_id": application.project_id,
        "organisation_id": application.organisation_id,
        "full_name": application.full_name,
        "name_key": sort_key(application.full_name),
        "language": application.language,
        "source": application.source,
        "token_hash": hash_token(token),
        "sealed_link": sealed_link,
        "now": now,
    }
    wished = [wish.activity_id for wish in application.wishes]
    entered, terms, counts = ask(
        session, Asked(_ENTER, values), locking_terms(wished), counting(wished, application.organisation_id)
    )
    if not entered and session.scalar(select(Receipt.key).where(Receipt.key == hash_token(application.form_key))):
        raise FormAlreadyReceived
    offerings = {row.id: Terms(*row) for row in terms}
    left = left_of(counts, offerings.values(), application.organisation_id)
    results = _decide(application, offerings, left, now)
    if not entered:
        return _add_to_registration(session, application, offerings, left, results, now)
    if application.sealed_needs:
        keep_needs(session, registration_id, application.sealed_needs)

    person_id, seats = entered[0].person_id, [new_id() for _ in results]
    event = RegistrationReceived(
        registration_id=registration_id,
        revision=1,
        project_id=application.project_id,
        person=PersonFact(person_id=person_id, full_name=application.full_name, email=application.email),
        organisation_id=application.organisation_id,
        organisation=application.organisation,
        language=application.language,
        sealed_link=sealed_link,
        seats=tuple(
            SeatFact.model_validate(
                {
                    "seat_id": seat,
                    "activity_id": result.activity_id,
                    "state": result.state,
                    "mode": result.mode,
                    "queue_place": result.place,
                }
            )
            for seat, result in zip(seats, results, strict=True)
        ),
        invitation=application.invitation,
        received_at=now,
    )
    seating = _seating(application, registration_id, person_id, seats, results, results, offerings, left, now)
    [written] = ask(session, seating)
    if not written:
        raise FormAlreadyReceived
    record(session, event, key=key_of(registration_id))
    return results


def _add_to_registration(
    session: Session,
    application: Application,
    offerings: Mapping[UUID, Terms],
    left: Mapping[UUID, Left],
    results: list[Result],
    now: datetime,
) -> list[Result]:
    """The person is registered already: add what they have not, and leave what they have as it is."""
    registration_id = session.scalars(
        select(Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.project_id == application.project_id, Person.email_key == application.email.lower())
    ).one()
    registration = lock_registrations(session, [registration_id])[registration_id]
    held = {seat.activity_id for seat in registration.seats if seat.is_active}
    new = [result for result in results if result.activity_id not in held]
    seats = [new_id() for _ in new]
    seating = _seating(application, registration.id, registration.person_id, seats, new, results, offerings, left, now)
    [written] = ask(session, seating)
    if not written:
        raise FormAlreadyReceived
    if application.sealed_needs:
        keep_needs(session, registration.id, application.sealed_needs)
    if new or now - registration.confirmed_at >= REPEATED_CONFIRMATION:
        session.expire(registration, ["seats"])
        tell_received_again(session, registration, application.invitation, now)
    return results


def _decide(application: Application, offerings: Mapping[UUID, Terms], left: Mapping[UUID, Left], now: datetime) -> list[Result]:
    """Apply the rule to every wish. Raises `NoSuchActivity`, `WishesRefused`."""
    wished = {wish.activity_id: wish for wish in application.wishes}
    if not wished or {id_ for id_, offering in offerings.items() if offering.project_id == application.project_id} != set(wished):
        raise NoSuchActivity
    at_the_door = application.source == "door"
    decisions = {
        id_: decide(
            left[id_].room,
            None if at_the_door else offering.window,
            now=now,
            takes_room=takes_room(offering.mode, wished[id_].mode),
        )
        for id_, offering in offerings.items()
    }
    refusals = [
        Refusal(id_, str(decision.because))
        for id_, decision in decisions.items()
        if decision.outcome is Outcome.REFUSED or (at_the_door and decision.outcome is Outcome.WAITING)
    ]
    if refusals:
        raise WishesRefused(refusals)
    return [_result(wish, left[wish.activity_id], decisions[wish.activity_id]) for wish in application.wishes]


def _result(wish: Wish, left: Left, decision: Decision) -> Result:
    place = left.waiting + 1 if decision.outcome is Outcome.WAITING else None
    because = decision.because.value if decision.because else None
    return Result(wish.activity_id, decision.outcome.value, wish.mode, place, because)


def _seating(
    application: Application,
    registration_id: UUID,
    person_id: UUID,
    seats: Sequence[UUID],
    new: Sequence[Result],
    results: Sequence[Result],
    offerings: Mapping[UUID, Terms],
    left: Mapping[UUID, Left],
    now: datetime,
) -> Asked:
    """Writes seats, counters and the receipt; answers nothing when the form's receipt is there already."""
    values: dict[str, Any] = {
        "seats": list(seats),
        "activities": [result.activity_id for result in new],
        "modes": [result.mode for result in new],
        "states": [result.state for result in new],
        "because": [result.because for result in new],
        "takes_room": [takes_room(offerings[result.activity_id].mode, result.mode) for result in new],
        "capacities": [offerings[result.activity_id].capacity for result in new],
        "limits": [left[result.activity_id].room.organisation_limit for result in new],
        "registration_id": registration_id,
        "person_id": person_id,
        "organisation_id": application.organisation_id,
        "project_id": application.project_id,
        "email": application.email,
        "organisation": application.organisation,
        "form_key": hash_token(application.form_key),
        "outcomes": orjson.dumps([_outcome(result) for result in results]).decode(),
        "now": now,
    }
    return Asked(_SEAT, values)


def _outcome(result: Result) -> dict[str, Any]:
    return {
        "activity_id": str(result.activity_id),
        "state": result.state,
        "mode": result.mode,
        "place": result.place,
        "because": result.because,
    }

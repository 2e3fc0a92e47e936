"""Whom the tests tell of: Åsa Lind of Region Gävleborg, who registers for activities of the learning lab."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from services.notifications.handlers import HANDLERS
from shared.events import Event
from shared.events.catalog import ActivityReleased, ProjectPublished, SignInRequested
from shared.events.registration import ChangeReason, Person, RegistrationChanged, RegistrationReceived, SeatFact
from shared.events.surveys import SurveyInvited
from shared.secrets import seal

NOW = datetime(2027, 5, 3, 9, 0, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
SITE = "http://127.0.0.1:8000"


def ident(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMESPACE_URL, f"https://traffpunkt.example/{name}")


PROJECT = ident("larlabb")
ASA = Person(person_id=ident("asa"), full_name="Åsa Lind", email="asa.lind@region-gavleborg.example")


def project(**changes: Any) -> ProjectPublished:
    facts: dict[str, Any] = {
        "project_id": PROJECT,
        "slug": "larlabb-hallbar-utveckling",
        "title": "Lärlabb: Hållbar utveckling",
        "kind": "learning_lab",
        "purpose": "Att lära av varandra.",
        "organiser": "Reglab och Tillväxtverket",
        "revision": 1,
    }
    return ProjectPublished(**facts | changes)


def activity(name: str = "workshop", **changes: Any) -> ActivityReleased:
    starts = changes.pop("starts_at", datetime(2027, 6, 9, 9, 30, tzinfo=STOCKHOLM))
    facts: dict[str, Any] = {
        "activity_id": ident(name),
        "revision": 1,
        "project_id": PROJECT,
        "project_slug": "larlabb-hallbar-utveckling",
        "project_title": "Lärlabb: Hållbar utveckling",
        "kind": "workshop",
        "number": 2,
        "title": "Hinder, målkonflikter – och innovativa lösningar",
        "mode": "on_site",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=7),
        "place": "Gävle konserthus, Kyrkogatan 1, Gävle",
        "host": "Region Gävleborg",
        "last_day": starts - timedelta(days=14),
        "calendar_uid": f"{ident(name)}@traffpunkt.example",
    }
    return ActivityReleased(**facts | changes)


VISIT = {
    "kind": "study_visit",
    "number": None,
    "theme": "Skog",
    "title": "Med skogen som resurs",
    "place": "Karlstad",
    "host": "Region Värmland",
}
ONLINE = {
    "kind": "meeting",
    "number": None,
    "mode": "online",
    "title": "Fördjupning",
    "place": "",
    "host": "Reglab",
    "join_url": "https://mote.example/fordjupning?rum=8&kod=42",
}


def seat(name: str = "workshop", state: str = "confirmed", **changes: Any) -> SeatFact:
    facts = {"seat_id": ident(f"seat-{name}"), "activity_id": ident(name), "state": state, "mode": "on_site"}
    return SeatFact.model_validate(facts | changes)


def received(*seats: SeatFact, revision: int = 1, person: Person = ASA, **changes: Any) -> RegistrationReceived:
    facts: dict[str, Any] = {
        "registration_id": ident(f"registration-{person.email}"),
        "revision": revision,
        "project_id": PROJECT,
        "person": person,
        "organisation_id": ident("gavleborg"),
        "organisation": "Region Gävleborg",
        "language": "sv",
        "sealed_link": seal(f"{SITE}/anmalan/min/hemlig-nyckel"),
        "seats": seats or (seat(),),
        "received_at": NOW,
    }
    return RegistrationReceived(**facts | changes)


def changed(
    reason: ChangeReason, *seats: SeatFact, concerns: Sequence[str], revision: int = 2, **changes: Any
) -> RegistrationChanged:
    base = received(*seats).model_dump()
    facts: dict[str, Any] = base | {
        "reason": reason,
        "revision": revision,
        "changed_seats": tuple(ident(f"seat-{name}") for name in concerns),
        "changed_at": NOW,
    }
    return RegistrationChanged(**facts | changes)


def sign_in(**changes: Any) -> SignInRequested:
    facts: dict[str, Any] = {
        "staff_id": ident("karin"),
        "email": "karin.ek@traffpunkt.example",
        "person_name": "Karin Ek",
        "language": "sv",
        "sealed_link": seal(f"{SITE}/logga-in/hemlig-lank"),
        "expires_at": NOW + timedelta(minutes=15),
    }
    return SignInRequested(**facts | changes)


def invited_to_survey(**changes: Any) -> SurveyInvited:
    facts: dict[str, Any] = {
        "survey_id": ident("survey"),
        "person_id": ASA.person_id,
        "activity_id": ident("workshop"),
        "project_id": PROJECT,
        "title": "Efter workshop 2",
        "activity_title": "Hinder, målkonflikter – och innovativa lösningar",
        "sealed_link": seal(f"{SITE}/enkat/engangsnyckel"),
        "closes_at": NOW + timedelta(days=14),
    }
    return SurveyInvited(**facts | changes)


def hear(session: Session, *events: Event) -> None:
    """What the service does when these arrive, in this order."""
    for event in events:
        for handle in HANDLERS[type(event)]:
            handle(session, event)
    session.flush()

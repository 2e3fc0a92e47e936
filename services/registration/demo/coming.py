"""What is to come: a lab where one organisation has both its seats, and a meeting that is full with three in the queue."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from services.registration.actions.needs import seal_needs
from services.registration.actions.register import Wish, register
from services.registration.demo.figures import application, emails_of
from services.registration.demo.people import invent
from services.registration.models import Offering
from services.registration.settings import current
from shared.clock import now

LAB = "larlabb-hallbar-utveckling"
LAB_FROM = [
    "Region Halland", "Region Halland", "Region Skåne", "Region Norrbotten", "Region Uppsala", "Region Kronoberg",
    "Tillväxtverket", "Vinnova", "Boverket", "Energimyndigheten", "Region Örebro län", "Region Gotland",
]  # fmt: skip
MEETING = "omstallning-vastmanland"
MEETING_FROM = [
    "Region Västmanland",
    "Länsstyrelsen i Norrbottens län",
    "Region Sörmland",
    "Region Örebro län",
    "Tillväxtverket",
    "Region Uppsala",
]
MEETING_SEATS, MEETING_QUEUE = 30, 3


def load_lab(sessions: sessionmaker[Session], project_id: UUID, organisations: Mapping[str, UUID]) -> str:
    """Twelve people register for the lab; Region Halland has both its seats."""
    _register(sessions, project_id, organisations, LAB, LAB_FROM, activities=2)
    return f"{len(LAB_FROM)} people are registered for the lab, where Region Halland has 2 of 2 seats"


def load_meeting(sessions: sessionmaker[Session], project_id: UUID, organisations: Mapping[str, UUID]) -> str:
    """The first meeting fills up, and three stand in its queue."""
    homes = [MEETING_FROM[number % len(MEETING_FROM)] for number in range(MEETING_SEATS + MEETING_QUEUE)]
    _register(sessions, project_id, organisations, MEETING, homes, activities=1)
    return f"{MEETING_SEATS} people have a seat at the next meeting, and {MEETING_QUEUE} wait"


def _register(
    sessions: sessionmaker[Session],
    project_id: UUID,
    organisations: Mapping[str, UUID],
    slug: str,
    homes: list[str],
    *,
    activities: int,
) -> None:
    """One person for each of `homes` registers for the project's first activities, some minutes apart, until just now."""
    moment = now()
    with sessions.begin() as session:
        query = select(Offering).where(Offering.project_id == project_id).order_by(Offering.starts_at)
        first = session.scalars(query.limit(activities)).all()
        there = emails_of(session, project_id)
        wishes = [Wish(offering.id, "online" if offering.mode == "online" else "on_site") for offering in first]
        people = invent(slug, homes)
        for number, person in enumerate(people):
            if person.email in there:
                continue
            form = application(project_id, person, organisations, wishes)
            if person.wants:
                form = replace(form, sealed_needs=seal_needs(person.wants, current().needs_key))
            sent = moment - timedelta(minutes=7 * (len(people) - number))
            register(session, form, public_url=current().public_url, now=sent)

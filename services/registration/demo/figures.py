"""The finished project: 130 people from 33 organisations, present 278 times at 16 activities."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from services.registration.actions.attendance import State, close_attendance, mark
from services.registration.actions.register import Application, Wish, register
from services.registration.demo.people import ORGANISATIONS, Invented, invent
from services.registration.models import AttendanceSheet, Offering, Person, Registration, Seat
from services.registration.settings import current

FINISHED = "naringslivets-grona-omstallning"
PEOPLE, PARTICIPATIONS = 130, 278
PRESENT = {"workshop": (46, 38, 40, 34), "study_visit": (10,) * 12}
"""How many were present at each activity, in order of time: 278 in all."""
SEED = "demo"
STAFF = uuid5(NAMESPACE_URL, "https://traffpunkt.example/staff/karin-ek")


def load_finished(sessions: sessionmaker[Session], project_id: UUID, organisations: Mapping[str, UUID]) -> str:
    """Everybody registers once, for all activities that they came to, or meant to."""
    people = _people()
    with sessions() as session:
        offerings = _offerings(session, project_id)
        there = emails_of(session, project_id)
    plan = planned(offerings)
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    coming = [(person, list(plan[index])) for index, person in enumerate(people) if person.email not in there]
    for start in range(0, len(coming), 20):
        with sessions.begin() as session:
            for person, wanted in coming[start : start + 20]:
                first_to_close = min(offering.last_day for offering in offerings if offering.id in wanted)
                moment = first_to_close - timedelta(hours=chance.randint(3, 24 * 18))
                wishes = [
                    Wish(offering.id, "online" if offering.mode == "online" else "on_site")
                    for offering in offerings
                    if offering.id in wanted
                ]
                register(
                    session, application(project_id, person, organisations, wishes), public_url=current().public_url, now=moment
                )
    return f"{len(people)} people from {len(set(ORGANISATIONS))} organisations are registered for the finished project"


def load_attendance(sessions: sessionmaker[Session], project_id: UUID) -> str:
    """Attendance is taken and closed an hour after each activity's end."""
    people = _people()
    with sessions() as session:
        offerings = _offerings(session, project_id)
        closed = set(session.scalars(select(AttendanceSheet.activity_id).where(AttendanceSheet.revision > 0)))
    plan = planned(offerings)
    for offering in offerings:
        if offering.id in closed:
            continue
        states = {person.email: plan[index][offering.id] for index, person in enumerate(people) if offering.id in plan[index]}
        with sessions.begin() as session:
            rows = session.execute(
                select(Seat.id, Person.email_key).join(Person, Person.id == Seat.person_id).where(Seat.activity_id == offering.id)
            )
            marks = {seat_id: states[email] for seat_id, email in rows if email in states}
            moment = offering.ends_at + timedelta(hours=1)
            mark(session, offering.id, marks, staff_id=STAFF, now=moment)
            close_attendance(session, offering.id, staff_id=STAFF, now=moment)
    return f"attendance is closed for {len(offerings)} activities, {PARTICIPATIONS} participations"


def planned(offerings: Sequence[Offering]) -> list[dict[UUID, State]]:
    """For each person, by number: the activities that they registered for, and how it went. The same on every run."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    wanted = {kind: iter(counts) for kind, counts in PRESENT.items()}
    free = {offering.id: next(wanted[offering.kind]) for offering in offerings}
    plan: list[dict[UUID, State]] = [{} for _ in range(PEOPLE)]
    eagerness = [chance.choice((1, 1, 1, 2, 3, 6)) for _ in range(PEOPLE)]
    for index in chance.sample(range(PEOPLE), PEOPLE):  # everybody comes at least once
        activity_id = chance.choice([id_ for id_, left in free.items() for _ in range(left)])
        plan[index][activity_id] = "present"
        free[activity_id] -= 1
    for activity_id, left in free.items():
        for _ in range(left):
            others = [index for index in range(PEOPLE) if activity_id not in plan[index]]
            plan[chance.choices(others, [eagerness[index] for index in others])[0]][activity_id] = "present"
        others = [index for index in range(PEOPLE) if activity_id not in plan[index]]
        for index in chance.sample(others, chance.randint(1, 4)):  # and some who could not, or did not
            plan[index][activity_id] = chance.choice(("excused", "excused", "absent"))
    return plan


def application(project_id: UUID, person: Invented, organisations: Mapping[str, UUID], wishes: list[Wish]) -> Application:
    """The form that an invented person sends. Needs of what is over would be erased at once: they are not given."""
    return Application(
        project_id=project_id,
        full_name=person.name,
        email=person.email,
        organisation_id=organisations[person.organisation],
        organisation=person.organisation,
        wishes=wishes,
        language="sv",
        form_key=f"demo:{project_id}:{person.email}",
    )


def emails_of(session: Session, project_id: UUID) -> set[str]:
    """Who is registered for the project already."""
    query = select(Person.email_key).join(Registration, Registration.person_id == Person.id)
    return set(session.scalars(query.where(Registration.project_id == project_id)))


def _people() -> list[Invented]:
    """Every organisation has somebody; some have many."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    more = chance.choices(ORGANISATIONS, [chance.choice((1, 2, 4)) for _ in ORGANISATIONS], k=PEOPLE - len(ORGANISATIONS))
    return invent(FINISHED, [*ORGANISATIONS, *more])


def _offerings(session: Session, project_id: UUID) -> list[Offering]:
    query = select(Offering).where(Offering.project_id == project_id).order_by(Offering.starts_at, Offering.id)
    return list(session.scalars(query))

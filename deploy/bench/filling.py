"""What the services know when they are measured: `python -m deploy.bench.filling FILE` fills the four databases.

The demonstration's register and projects, a project of the benchmark's own with room for everybody, and a survey with many
invited. All by the services' own actions and handlers, and told from one to the others as events are. FILE then says what
there is to ask for (`Facts`).
"""

import sys
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload, sessionmaker

from services.catalog.actions.activities import plan_activity
from services.catalog.actions.projects import plan_project, publish_project
from services.catalog.demo.projects import load_projects
from services.catalog.demo.register import load_proposals, load_register, load_staff, organisation_id
from services.catalog.models import Organisation, Project
from services.catalog.rules.details import ActivityDetails, ProjectDetails
from services.catalog.rules.programme import read_programme
from services.catalog.service import SERVICE as CATALOG
from services.notifications.service import SERVICE as NOTIFICATIONS
from services.registration.service import SERVICE as REGISTRATION
from services.surveys.models import Question, Survey
from services.surveys.service import SERVICE as SURVEYS
from shared.clock import now
from shared.database import make_engine, make_sessions, new_id
from shared.events import BY_NAME, Event
from shared.events.registration import AttendanceClosed, Attendee
from shared.secrets import unseal
from shared.service import Service, use
from shared.web.bots import form_stamp

SLUG = "matning"
ACTIVITIES = 6
INVITED = 6000
EVERY_SERVICE = (CATALOG, REGISTRATION, NOTIFICATIONS, SURVEYS)

_PROGRAMME = """\
09:30 Kaffe och registrering
10:00 Inledning
10:30 Tre exempel från regioner
12:00 Lunch
13:00 Grupparbete
"""


@dataclass(frozen=True)
class Facts:
    """What to ask the filled services for."""

    slug: str
    activities: list[str]
    organisations: list[str]
    stamp: str
    """That the form was shown ten seconds ago: good for a day."""
    survey_tokens: list[str]
    answer: str
    """A filled-in survey, as a browser sends it."""


def read_facts(file: Path) -> Facts:
    """What the filling has left."""
    return Facts(**orjson.loads(file.read_bytes()))


def fill() -> Facts:
    """Fill four migrated, empty databases."""
    moment = now()
    sessions = {service.name: _sessions(service) for service in EVERY_SERVICE}
    use(CATALOG)
    for step in (load_register, load_staff, load_proposals, load_projects):
        with sessions["catalog"].begin() as session:
            step(session, moment)
    with sessions["catalog"].begin() as session:
        project_id, activities = _own_project(session, moment)
        organisations = list(session.scalars(select(Organisation.title).order_by(Organisation.sort_key)))
    _tell(sessions)
    attendance = AttendanceClosed(
        activity_id=activities[0],
        project_id=project_id,
        revision=1,
        attendees=tuple(Attendee(person_id=new_id(), organisation_id=new_id(), state="present") for _ in range(INVITED)),
        closed_at=moment,
    )
    _handle(SURVEYS, sessions["surveys"], attendance)
    with sessions["surveys"].begin() as session:
        tokens = _tokens(session)
        answer = _answer(session)
    return Facts(
        slug=SLUG,
        activities=[str(activity) for activity in activities],
        organisations=organisations,
        stamp=form_stamp(REGISTRATION.settings, moment - timedelta(seconds=10)),
        survey_tokens=tokens,
        answer=answer,
    )


def _sessions(service: Service) -> sessionmaker[Session]:
    return make_sessions(make_engine(service.settings.database_url, application_name="bench"), service.name)


def _own_project(session: Session, moment: datetime) -> tuple[UUID, list[UUID]]:
    host = organisation_id("Region Skåne")
    details = ProjectDetails(
        kind="learning_project",
        title="Mätning",
        slug=SLUG,
        purpose="Att veta hur långt det är till maskinens gräns.",
        audience="Alla som vill veta.",
        organisers=(host,),
    )
    project: Project = plan_project(session, details, responsible_id=None, now=moment)
    activities = []
    for number in range(1, ACTIVITIES + 1):
        starts_at = (moment + timedelta(days=20 + 7 * number)).replace(hour=8, minute=0, second=0, microsecond=0)
        activity = plan_activity(
            session,
            project,
            ActivityDetails(
                kind="workshop",
                title=f"Mätning i praktiken, del {number}",
                number=number,
                mode="on_site",
                description="Vi mäter, jämför och drar slutsatser.\n\n- Varför\n- Hur\n- Vad sedan",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=7),
                last_day=starts_at - timedelta(days=7),
                venue="Rådhuset",
                address="Stortorget 1",
                town="Malmö",
                host_id=host,
                region_code="12",
                capacity=10_000_000,
                seats_per_organisation=1_000_000,
                programme=tuple(read_programme(_PROGRAMME)),
            ),
        )
        activities.append(activity.id)
    session.expire(project)
    publish_project(session, project, now=moment)
    return project.id, activities


def _tell(sessions: dict[str, sessionmaker[Session]]) -> None:
    """Hand the catalogue's events to those who listen, in order, as their workers do."""
    listeners = {service.name: service for service in EVERY_SERVICE}
    with sessions["catalog"].begin() as session:
        rows = session.execute(text("SELECT subscriber, name, payload FROM outbox ORDER BY id")).all()
        _forget_saying(session)
    for row in rows:
        _handle(listeners[row.subscriber], sessions[row.subscriber], BY_NAME[row.name].model_validate(row.payload))


def _handle(service: Service, sessions: sessionmaker[Session], event: Event) -> None:
    use(service)
    with sessions.begin() as session:
        for handler in service.handlers[type(event)]:
            handler(session, event)


def _tokens(session: Session) -> list[str]:
    """What stands in the mails; these are not sent, since they are part of no figure."""
    links = session.scalars(text("SELECT payload ->> 'sealed_link' FROM outbox WHERE name = 'survey.invited'"))
    tokens = [unseal(sealed).rpartition("/")[2] for sealed in links]
    _forget_saying(session)
    return tokens


def _forget_saying(session: Session) -> None:
    """Nothing was ever said: what the books held as said and not heard would be sent while something is measured."""
    session.execute(text("TRUNCATE outbox, outbox_key"))


def _answer(session: Session) -> str:
    survey = session.scalars(select(Survey).where(Survey.state == "open").options(selectinload(Survey.questions))).one()
    return "&".join(f"fraga_{question.position}={_given(question)}" for question in survey.questions)


def _given(question: Question) -> str:
    return {"scale": "4", "single": "1", "multi": "2"}.get(question.kind, "Mer+tid+f%C3%B6r+samtal+i+sm%C3%A5+grupper.")


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(orjson.dumps(asdict(fill())))

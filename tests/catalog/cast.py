"""A fixed cast: Reglab and two regions, Karin Ek who organises, and projects as tests need them. Made by the actions only."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy.orm import Session

from services.catalog.actions.activities import add_choice_group, plan_activity
from services.catalog.actions.organisations import add_organisation
from services.catalog.actions.participations import keep_attendance, keep_results
from services.catalog.actions.projects import plan_project, publish_project
from services.catalog.actions.staff import add_staff
from services.catalog.models import Activity, ChoiceGroup, Organisation, Project
from services.catalog.rules.details import ActivityDetails, Leader, ProjectDetails
from services.catalog.rules.programme import Point
from shared.clock import now
from shared.events.registration import AttendanceClosed, Attendee
from shared.events.surveys import AnswerCount, QuestionResult, ResultsPublished
from shared.i18n import local

SPACE = UUID("5d2f6a70-4c1b-4a8e-9a60-0123456789ab")
KARIN, AMINA, OLLE = (uuid5(SPACE, name) for name in ("karin", "amina", "olle"))
TODAY = now().replace(minute=0, second=0, microsecond=0)


class Cast:
    """The register holds Reglab, Region Gävleborg (21) and Region Skåne (12); the staff are Karin, Amina and Olle."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.reglab = add_organisation(session, title="Reglab", kind="civil_society")
        self.gavleborg = add_organisation(session, title="Region Gävleborg", kind="region", region_code="21", aliases=["RG"])
        self.skane = add_organisation(session, title="Region Skåne", kind="region", region_code="12")
        moment = TODAY - timedelta(days=400)
        for staff_id, name, role, home in (
            (KARIN, "Karin Ek", "organiser", self.reglab),
            (AMINA, "Amina Strand", "administrator", None),
            (OLLE, "Olle Berg", "host", self.skane),
        ):
            email = f"{name.lower().replace(' ', '.')}@traffpunkt.example"
            add_staff(
                session,
                name=name,
                email=email,
                roles=[role],
                organisation_id=home.id if home else None,
                staff_id=staff_id,
                now=moment,
            )
        session.flush()

    def organisation(self, title: str, **facts: Any) -> Organisation:
        return add_organisation(self.session, **({"title": title, "kind": "agency"} | facts))

    def project(self, title: str = "Lärlabb: Hållbar utveckling", **facts: Any) -> Project:
        """A draft that lacks nothing but activities."""
        given: dict[str, Any] = {
            "kind": "learning_lab",
            "title": title,
            "purpose": "Vi lär oss om **hållbar** utveckling.",
            "audience": "För den som vill lära.",
            "obligations": "Kom till träffarna.",
            "continuation": "Ett nätverk tar vid.",
            "outcomes": ("Vi förstår varandra.", "Vi har prövat framsyn."),
            "organisers": (self.reglab.id,),
            "leaders": (Leader(self.skane.id, "Kim Ek"),),
        }
        return plan_project(self.session, ProjectDetails(**(given | facts)), responsible_id=KARIN, now=TODAY)

    def activity(self, project: Project, title: str = "När perspektiven möts", **facts: Any) -> Activity:
        """A workshop in Gävle, in six weeks unless told."""
        return plan_activity(self.session, project, details(title, **({"host_id": self.gavleborg.id} | facts)))

    def group(self, project: Project, *, single: bool = False) -> ChoiceGroup:
        return add_choice_group(self.session, project, title="Studiebesök: omställning i praktiken", single=single)

    def published(self, title: str = "Lärlabb: Hållbar utveckling", *activities: dict[str, Any], **facts: Any) -> Project:
        """A public project with one workshop to come, or the activities given."""
        project = self.project(title, **facts)
        for given in activities or ({},):
            self.activity(project, **given)
        publish_project(self.session, project, now=TODAY)
        return project

    def attended(self, activity: Activity, *people: tuple[UUID, UUID], revision: int = 1, excused: int = 0) -> None:
        """The activity's attendance is closed: these (person, organisation) were there."""
        present = tuple(Attendee(person_id=who, organisation_id=where, state="present") for who, where in people)
        others = tuple(Attendee(person_id=uuid4(), organisation_id=uuid4(), state="excused") for _ in range(excused))
        keep_attendance(
            self.session,
            AttendanceClosed(
                activity_id=activity.id,
                project_id=activity.project_id,
                revision=revision,
                attendees=present + others,
                closed_at=TODAY,
            ),
        )

    def answered(self, activity: Activity, *, mean: float = 4.0, answered: int = 10) -> None:
        """The activity's survey is closed."""
        counts = (AnswerCount(label="Mycket bra", label_en="Very good", count=answered), AnswerCount(label="Dåligt", count=None))
        questions = (
            QuestionResult(text="Hur var det?", text_en="How was it?", kind="scale", answered=answered, mean=mean, counts=counts),
            QuestionResult(text="Berätta", kind="text", answered=2),
        )
        keep_results(
            self.session,
            ResultsPublished(
                survey_id=uuid4(),
                activity_id=activity.id,
                project_id=activity.project_id,
                title=activity.title,
                invited=20,
                answered=answered,
                questions=questions,
                closed_at=TODAY,
            ),
        )


def details(title: str = "När perspektiven möts", **facts: Any) -> ActivityDetails:
    """A workshop in Gävle in six weeks, for forty, two an organisation."""
    starts = facts.get("starts_at", TODAY + timedelta(weeks=6))
    given: dict[str, Any] = {
        "kind": "workshop",
        "number": 1,
        "title": title,
        "mode": "on_site",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=7),
        "last_day": starts - timedelta(days=14),
        "venue": "Konserthuset",
        "town": "Gävle",
        "region_code": "21",
        "capacity": 40,
        "seats_per_organisation": 2,
        "programme": (Point(time(9, 30), "Kaffe och registrering"), Point(time(10), "Framsyn 2030", "Kim Ek")),
    }
    return ActivityDetails(**(given | facts))


def over(weeks: int = 8, **facts: Any) -> dict[str, Any]:
    """What makes an activity one that was held so many weeks ago."""
    starts: datetime = TODAY - timedelta(weeks=weeks)
    return {"starts_at": starts, "ends_at": starts + timedelta(hours=7), "last_day": starts - timedelta(days=14)} | facts


# What an organiser types about a project and its first activity.
PROJECT = {
    "kind": "learning_project",
    "title": "Grön omställning",
    "purpose": "Därför.",
    "audience": "Alla.",
    "outcomes": "- Ett\n- Två",
    "organisers": "reglab\nRG",
    "leaders": "Kim Ek, Region Skåne\nReglab",
}
START = local(TODAY + timedelta(weeks=6)).replace(hour=9, minute=30)
ACTIVITY = {
    "kind": "workshop",
    "title": "Vad menar vi?",
    "number": "1",
    "mode": "on_site",
    "starts_at": f"{START:%Y-%m-%dT%H:%M}",
    "ends_at": f"{START:%Y-%m-%d}T16:30",
    "last_day": f"{START - timedelta(days=14):%Y-%m-%d}",
    "town": "Luleå",
    "region_code": "21",
    "host": "RG",
    "capacity": "40",
    "seats_per_organisation": "2",
    "waiting_list": "true",
    "programme": "09.30 Kaffe\n10.00 Framsyn / Kim Ek",
}

"""The demonstration: exactly the figures that the finished project's report says, and the same on a second run."""

from datetime import timedelta
from uuid import uuid5

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from services.registration.demo import load
from services.registration.demo.coming import LAB, MEETING
from services.registration.demo.figures import FINISHED
from services.registration.demo.people import ORGANISATIONS
from services.registration.models import Offering, Registration, Seat
from shared.clock import now
from shared.events.catalog import OrganisationChanged, ProjectPublished
from shared.events.registration import AttendanceClosed, RegistrationReceived
from shared.i18n import sort_key
from shared.testing import recorded
from tests.registration.cast import SPACE, activity, handle, ledger_differences


def tell(session: Session, slug: str, kinds: list[str], weeks: int, **facts: object) -> None:
    """The catalogue's facts of a project with an activity a week."""
    project_id = uuid5(SPACE, slug)
    handle(
        session,
        ProjectPublished(project_id=project_id, slug=slug, title=slug, kind="x", purpose="", organiser="", revision=1),
    )
    for number, kind in enumerate(kinds):
        starts = now() + timedelta(weeks=weeks + number)
        event = activity(f"{slug} {number}", project_id=project_id, project_slug=slug, kind=kind, starts_at=starts, **facts)
        handle(session, event)


def test_the_demonstration_says_what_the_final_report_says(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        for title in ORGANISATIONS:
            id_ = uuid5(SPACE, sort_key(title))
            handle(session, OrganisationChanged(organisation_id=id_, title=title, kind="region", status="active"))
        tell(
            session,
            FINISHED,
            ["workshop", *["study_visit"] * 6, "workshop", "workshop", *["study_visit"] * 6, "workshop"],
            -40,
            capacity=90,
        )
        tell(session, LAB, ["workshop"] * 2, 7, capacity=40, seats_per_organisation=2)
        tell(session, MEETING, ["meeting"] * 3, 4, capacity=30)
    load(sessions)
    with sessions() as session:
        closed = recorded(session, AttendanceClosed)
        present = [attendee for event in closed for attendee in event.attendees if attendee.state == "present"]
        assert len(closed) == 16
        assert len(present) == 278
        assert len({attendee.person_id for attendee in present}) == 130
        assert len({attendee.organisation_id for attendee in present}) == 33
        assert {attendee.state for event in closed for attendee in event.attendees} == {"present", "excused", "absent"}
        assert ledger_differences(session) == []
        by_project = select(Offering.project_id, Seat.state, func.count()).join(Seat).group_by(Offering.project_id, Seat.state)
        counts = {(project, state): count for project, state, count in session.execute(by_project)}
        assert counts[uuid5(SPACE, MEETING), "confirmed"] == 30
        assert counts[uuid5(SPACE, MEETING), "waiting"] == 3
        assert counts[uuid5(SPACE, LAB), "confirmed"] == 24
        assert session.scalar(text("SELECT max(confirmed) FROM seat_ledger WHERE max_seats = 2")) == 2
        before = len(recorded(session, RegistrationReceived)), session.scalar(select(func.count()).select_from(Registration))
    load(sessions)
    with sessions() as session:
        assert before == (
            len(recorded(session, RegistrationReceived)),
            session.scalar(select(func.count()).select_from(Registration)),
        )
        assert len(recorded(session, AttendanceClosed)) == 16

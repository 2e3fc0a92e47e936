"""Taking attendance: marks, closing, correcting."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.registration.actions.attendance import close_attendance, mark, mark_rest_present, reopen_attendance
from services.registration.errors import ActivityNotOver, NoSuchActivity, SheetIsClosed
from shared.clock import now
from shared.events.catalog import ActivityReleased
from shared.events.registration import AttendanceClosed
from shared.testing import recorded
from tests.registration.cast import HALLAND, SKANE, Cast

STAFF = UUID(int=7)


@pytest.fixture
def workshop(cast: Cast) -> ActivityReleased:
    """Three seats and one in the queue, and the day has come."""
    event = cast.released("Workshop", capacity=3)
    for name, organisation in (("Åsa", HALLAND), ("Bo", SKANE), ("Cia", HALLAND), ("Dag", HALLAND)):
        cast.registers(name, event, organisation=organisation)
    return cast.released("Workshop", revision=2, capacity=3, starts_at=now() - timedelta(hours=1))


def states(event: AttendanceClosed, cast: Cast) -> dict[str, str]:
    names = {cast.registration(name).person_id: name for name in ("Åsa", "Bo", "Cia", "Dag")}
    return {names[attendee.person_id]: attendee.state for attendee in event.attendees}


def test_all_present_then_exceptions_then_closed(cast: Cast, workshop: ActivityReleased) -> None:
    mark(cast.session, workshop.activity_id, {cast.seat("Bo", workshop).id: "excused"}, staff_id=STAFF, now=now())
    mark_rest_present(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    mark(cast.session, workshop.activity_id, {cast.seat("Cia", workshop).id: "absent"}, staff_id=STAFF, now=now())
    close_attendance(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    [event] = recorded(cast.session, AttendanceClosed)
    assert states(event, cast) == {"Åsa": "present", "Bo": "excused", "Cia": "absent"}
    assert {attendee.organisation_id for attendee in event.attendees if attendee.state == "excused"} == {SKANE}
    assert event.revision == 1


def test_whoever_has_no_mark_was_absent(cast: Cast, workshop: ActivityReleased) -> None:
    mark(cast.session, workshop.activity_id, {cast.seat("Åsa", workshop).id: "present"}, staff_id=STAFF, now=now())
    event = close_attendance(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    assert states(event, cast) == {"Åsa": "present", "Bo": "absent", "Cia": "absent"}


def test_a_correction_is_a_higher_revision(cast: Cast, workshop: ActivityReleased) -> None:
    close_attendance(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    with pytest.raises(SheetIsClosed):
        mark_rest_present(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    with pytest.raises(SheetIsClosed):
        close_attendance(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    reopen_attendance(cast.session, workshop.activity_id)
    mark_rest_present(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    assert close_attendance(cast.session, workshop.activity_id, staff_id=STAFF, now=now()).revision == 2


def test_marks_of_other_activities_and_of_those_who_wait_are_passed_over(cast: Cast, workshop: ActivityReleased) -> None:
    other = cast.released("Annat")
    cast.registers("Åsa", other)
    marks = {cast.seat("Åsa", other).id: "present", cast.seat("Dag", workshop).id: "present", uuid4(): "present"}
    mark(cast.session, workshop.activity_id, marks, staff_id=STAFF, now=now())  # type: ignore[arg-type]
    event = close_attendance(cast.session, workshop.activity_id, staff_id=STAFF, now=now())
    assert {attendee.state for attendee in event.attendees} == {"absent"}


def test_what_has_not_begun_or_does_not_exist_is_not_closed(cast: Cast) -> None:
    with pytest.raises(ActivityNotOver):
        close_attendance(cast.session, cast.released("Kommande").activity_id, staff_id=STAFF, now=now())
    with pytest.raises(NoSuchActivity):
        close_attendance(cast.session, uuid4(), staff_id=STAFF, now=now())

"""Operations see what of a survey has not happened in time, and nothing of who answers."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.surveys.console import attendance_without_survey
from services.surveys.models import KeptAttendance
from services.surveys.service import SERVICE
from shared.clock import now
from shared.operations.expectations import overdue
from shared.operations.hooks import Clues
from shared.operations.timeline import find, trace


def test_a_closed_attendance_without_survey_is_late_after_ten_minutes(session: Session) -> None:
    activity = uuid4()
    session.add(KeptAttendance(activity_id=activity, revision=1, closed_at=now() - timedelta(minutes=11), present=[uuid4()]))
    session.flush()
    assert [each.id for each in attendance_without_survey(session, now(), 9)] == [activity]
    assert attendance_without_survey(session, now() - timedelta(minutes=2), 9) == []
    late = overdue(session, SERVICE, now())
    assert {name: len(found) for name, found in late.items()} == {"survey": 1, "closing": 0, "due": 0}
    steps = trace(session, SERVICE, find(session, SERVICE, Clues(ids=frozenset([activity]))))
    assert [step.what for step in steps] == ["Närvaron har inte lett till någon enkät än"]


def test_so_is_one_that_was_heard_and_not_understood(session: Session) -> None:
    statement = text("""
        INSERT INTO inbox (source, stream, key, key_seq, event_id, name, payload, correlation, occurred_at, state, received_at)
        VALUES ('registration', :id, :id, 1, :id, 'attendance.closed', '{}', :id, now(), 'dead', now() - interval '11 minutes')
    """)
    session.execute(statement, {"id": uuid4()})
    assert len(overdue(session, SERVICE, now())["survey"]) == 1
    assert overdue(session, SERVICE, now() - timedelta(minutes=2))["survey"] == []

"""What other services say of a project: who was present, what was answered, what was mailed. In any order, each once per key."""

import hashlib
import hmac
import secrets
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.catalog.models import Attendance, Mailing, Participation, ProjectSalt, SurveyResult
from shared.events.notifications import MailingCompleted
from shared.events.registration import AttendanceClosed
from shared.events.surveys import ResultsPublished


def keep_attendance(session: Session, event: AttendanceClosed) -> None:
    """Who was present, as pseudonyms, in place of what an earlier revision said; an older revision changes nothing.

    Once the project's report is published its salt is gone, and with it the way to know somebody again: the report is frozen, and
    what comes later is not counted.
    """
    salt = _salt(session, event.project_id)
    if salt is None or not _keep_counts(session, event):
        return
    session.execute(delete(Participation).where(Participation.activity_id == event.activity_id))
    present = {_pseudonym(salt, who.person_id): who.organisation_id for who in event.attendees if who.state == "present"}
    if present:
        session.execute(
            insert(Participation),
            [
                {
                    "activity_id": event.activity_id,
                    "pseudonym": pseudonym,
                    "project_id": event.project_id,
                    "organisation_id": organisation_id,
                }
                for pseudonym, organisation_id in present.items()
            ],
        )


def keep_results(session: Session, event: ResultsPublished) -> None:
    """A survey's results."""
    facts = {
        "project_id": event.project_id,
        "activity_id": event.activity_id,
        "title": event.title,
        "invited": event.invited,
        "answered": event.answered,
        "questions": [question.model_dump(mode="json") for question in event.questions],
        "closed_at": event.closed_at,
    }
    statement = insert(SurveyResult).values(survey_id=event.survey_id, **facts)
    session.execute(statement.on_conflict_do_update(index_elements=["survey_id"], set_=facts))


def keep_mailing(session: Session, event: MailingCompleted) -> None:
    """A mailing that is done."""
    facts = event.model_dump(exclude={"mailing_id"})
    statement = insert(Mailing).values(mailing_id=event.mailing_id, **facts)
    session.execute(statement.on_conflict_do_update(index_elements=["mailing_id"], set_=facts))


def forget_people(session: Session, project_id: UUID) -> None:
    """Throw away what ties the project's pseudonyms to people. Waits for attendances that are being kept right now."""
    statement = insert(ProjectSalt).values(project_id=project_id, salt=None)
    session.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_={"salt": None}))


def _salt(session: Session, project_id: UUID) -> bytes | None:
    """The project's salt, made at first use, and held still until the transaction ends; None when it has been thrown away."""
    session.execute(insert(ProjectSalt).values(project_id=project_id, salt=secrets.token_bytes(32)).on_conflict_do_nothing())
    return session.scalar(select(ProjectSalt.salt).where(ProjectSalt.project_id == project_id).with_for_update(read=True))


def _pseudonym(salt: bytes, person_id: UUID) -> bytes:
    return hmac.new(salt, person_id.bytes, hashlib.sha256).digest()


def _keep_counts(session: Session, event: AttendanceClosed) -> bool:
    """Whether this revision is the newest known of the activity's attendance."""
    states = [who.state for who in event.attendees]
    facts = {
        "project_id": event.project_id,
        "revision": event.revision,
        "present": states.count("present"),
        "excused": states.count("excused"),
        "absent": states.count("absent"),
        "closed_at": event.closed_at,
    }
    statement = insert(Attendance).values(activity_id=event.activity_id, **facts)
    newest = statement.on_conflict_do_update(
        index_elements=["activity_id"], set_=facts, where=Attendance.revision < statement.excluded.revision
    )
    return session.scalar(newest.returning(Attendance.activity_id)) is not None

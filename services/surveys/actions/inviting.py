"""Sending a survey: a slip and a link for each person who was present."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, joinedload, selectinload

from services.surveys.actions.drafts import survey_to_edit
from services.surveys.due import ClosingTimeReached, closing_key
from services.surveys.errors import NoSuchSurvey, NothingToAsk
from services.surveys.models import Activity, Invitation, KeptAttendance, Slip, Survey
from services.surveys.rules.closing import closing_time
from shared.events.registration import AttendanceClosed
from shared.events.surveys import SurveyInvited
from shared.i18n import SWEDISH, in_language
from shared.messaging import record, schedule
from shared.secrets import hash_token, new_token, seal


def keep_attendance(session: Session, event: AttendanceClosed) -> None:
    """Know who was present, until they have been invited."""
    _one_at_a_time(session, event.activity_id)
    present = [attendee.person_id for attendee in event.attendees if attendee.state == "present"]
    facts = {"revision": event.revision, "closed_at": event.closed_at, "present": present}
    session.execute(
        upsert(KeptAttendance)
        .values(activity_id=event.activity_id, **facts)
        .on_conflict_do_update(index_elements=["activity_id"], set_=facts, where=KeptAttendance.revision < event.revision)
    )


def invite_present(session: Session, activity_id: UUID, *, site: str, now: datetime) -> int:
    """Invite those who were present and are not invited yet, and open the survey if they are the first; how many were invited.

    Does nothing while the activity or its attendance is not known here, or the survey is switched off or asks nothing: whichever
    comes last calls this. `site` is what links begin with. Nobody is invited to a survey that has closed.
    """
    _one_at_a_time(session, activity_id)
    survey = session.scalar(
        select(Survey)
        .where(Survey.activity_id == activity_id, Survey.purpose == "evaluation")
        .options(selectinload(Survey.questions), joinedload(Survey.activity))
        .with_for_update(of=Survey)
    )
    attendance = session.get(KeptAttendance, activity_id)
    if attendance is None or survey is None or survey.switched_off or not survey.questions:
        return 0
    session.delete(attendance)
    if survey.state == "closed" or attendance.revision <= survey.attendance_revision:
        return 0
    survey.attendance_revision = attendance.revision
    invited = set(session.scalars(select(Invitation.person_id).where(Invitation.survey_id == survey.id)))
    newcomers = [person for person in attendance.present if person not in invited]
    if newcomers:
        closes_at = survey.closes_at or closing_time(attendance.closed_at, now, survey.open_days)
        if survey.state == "draft":
            survey.open(closes_at)
            due = ClosingTimeReached(survey_id=survey.id, closes_at=closes_at)
            schedule(session, due, key=closing_key(survey.id), at=closes_at)
            session.flush()
        _invite(session, survey, newcomers, closes_at, site)
    return len(newcomers)


def switch(session: Session, survey_id: UUID, *, off: bool) -> None:
    """Have the survey not sent when the attendance is closed, or sent after all. Raises `NoSuchSurvey`, `AlreadySent`."""
    _hold(session, survey_id)
    survey_to_edit(session, survey_id).switched_off = off


def send_now(session: Session, survey_id: UUID, *, site: str, now: datetime) -> int:
    """Send a survey that was held back when the attendance was closed; how many were invited.

    Raises `NoSuchSurvey`, `AlreadySent`, `NothingToAsk`.
    """
    activity_id = _hold(session, survey_id)
    survey = survey_to_edit(session, survey_id)
    if not survey.questions:
        raise NothingToAsk
    survey.switched_off = False
    session.flush()
    return invite_present(session, activity_id, site=site, now=now)


def _hold(session: Session, survey_id: UUID) -> UUID:
    activity_id = session.scalar(select(Survey.activity_id).where(Survey.id == survey_id))
    if activity_id is None:
        raise NoSuchSurvey
    _one_at_a_time(session, activity_id)
    return activity_id


def _one_at_a_time(session: Session, activity_id: UUID) -> None:
    """Until the transaction ends. Activity and attendance come by different streams: if two workers had them at the same time,
    each would not see the other's and both would leave the invitations to the other.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"activity:{activity_id}", 0))))


def lay_slips_anew(session: Session, survey: Survey, more: Sequence[Slip] = ()) -> None:
    """Write the survey's slips again, with `more` of them, in the order of their random hashes and by this one transaction.

    Nothing is left of the order in which they came or were spent.
    """
    taken_up = delete(Slip).where(Slip.survey_id == survey.id).returning(Slip.token_hash, Slip.person_id, Slip.spent)
    slips = [(slip.token_hash, slip.person_id, slip.spent) for slip in session.execute(taken_up)]
    slips += [(slip.token_hash, slip.person_id, slip.spent) for slip in more]
    rows = [
        {"token_hash": token_hash, "survey_id": survey.id, "mode": survey.mode, "person_id": person_id, "spent": spent}
        for token_hash, person_id, spent in sorted(slips, key=itemgetter(0))
    ]
    if rows:
        session.execute(insert(Slip), rows)


def _invite(session: Session, survey: Survey, people: Sequence[UUID], closes_at: datetime, site: str) -> None:
    activity: Activity = survey.activity
    with in_language(SWEDISH):
        heading = activity.heading
    slips = []
    for person_id in people:
        token = new_token()
        slips.append(Slip(token_hash=hash_token(token), person_id=None if survey.mode == "strict" else person_id, spent=False))
        invited = SurveyInvited(
            survey_id=survey.id,
            person_id=person_id,
            activity_id=activity.id,
            project_id=activity.project_id,
            title=f"Utvärdering av {heading}",
            activity_title=activity.title,
            sealed_link=seal(f"{site}/enkat/{token}"),
            closes_at=closes_at,
        )
        record(session, invited, key=f"person:{person_id}")
    session.execute(insert(Invitation), [{"survey_id": survey.id, "person_id": person_id} for person_id in people])
    lay_slips_anew(session, survey, slips)

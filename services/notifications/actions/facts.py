"""Keeping the copies: each fact as its newest revision says, whatever the order of arrival."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.actions.messages import wake_waiting
from services.notifications.models import Activity, Organisation, Project
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished
from shared.events.registration import RegistrationChanged, RegistrationReceived

# In SQL and in one statement: every registration pays for it.
_KEEP_REGISTRATION = text("""
    WITH news AS (
        INSERT INTO registration
            (id, revision, project_id, person_id, full_name, email, organisation_id, organisation, language, sealed_link)
        VALUES (:id, :revision, :project_id, :person_id, :full_name, :email, :organisation_id, :organisation, :language,
            :sealed_link)
        ON CONFLICT (id) DO UPDATE SET
            revision = EXCLUDED.revision, project_id = EXCLUDED.project_id, person_id = EXCLUDED.person_id,
            full_name = EXCLUDED.full_name, email = EXCLUDED.email, organisation_id = EXCLUDED.organisation_id,
            organisation = EXCLUDED.organisation, language = EXCLUDED.language, sealed_link = EXCLUDED.sealed_link
        WHERE registration.revision <= EXCLUDED.revision
        RETURNING id
    ), seated AS (
        INSERT INTO seat (id, registration_id, activity_id, state, mode, queue_place, offer_expires_at, place_in_form)
        SELECT s.id, news.id, activity_id, state, mode, queue_place, expires_at, place - 1
        FROM news, unnest(CAST(:seats AS uuid[]), CAST(:activities AS uuid[]), CAST(:states AS text[]), CAST(:modes AS text[]),
                CAST(:queue_places AS int[]), CAST(:expiries AS timestamptz[])) WITH ORDINALITY
            AS s (id, activity_id, state, mode, queue_place, expires_at, place)
        ON CONFLICT (id) DO UPDATE SET registration_id = EXCLUDED.registration_id, activity_id = EXCLUDED.activity_id,
            state = EXCLUDED.state, mode = EXCLUDED.mode, queue_place = EXCLUDED.queue_place,
            offer_expires_at = EXCLUDED.offer_expires_at, place_in_form = EXCLUDED.place_in_form
    ), known AS (
        INSERT INTO person (id, full_name, email, language, known_at)
        SELECT CAST(:person_id AS uuid), CAST(:full_name AS text), CAST(:email AS text), CAST(:language AS text),
            CAST(:at AS timestamptz) FROM news
        ON CONFLICT (id) DO UPDATE SET full_name = EXCLUDED.full_name, email = EXCLUDED.email, language = EXCLUDED.language,
            known_at = EXCLUDED.known_at
        WHERE person.known_at <= EXCLUDED.known_at
    )
    SELECT id FROM news
""")
_ADDRESS = text("""
    UPDATE message SET recipient = :email, language = :language
    WHERE person_id = :person_id AND recipient IS NULL AND state = 'queued'
""")
_CAME_BY_LINK = text("""
    UPDATE mailing_recipient SET registered_at = :at, registration_id = :registration_id
    WHERE registered_at IS NULL AND key_hash = :key_hash
""")
_CAME_BY_ADDRESS = text("""
    UPDATE mailing_recipient SET registered_at = :at, registration_id = :registration_id FROM mailing
    WHERE registered_at IS NULL AND mailing.id = mailing_recipient.mailing_id AND mailing.project_id = :project_id
      AND mailing_recipient.address_key = :address_key
""")


def keep_organisation(session: Session, event: OrganisationChanged) -> None:
    """The register's entry."""
    values = {"title": event.title, "status": event.status, "merged_into": event.merged_into}
    statement = insert(Organisation).values(id=event.organisation_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def keep_project(session: Session, event: ProjectPublished) -> None:
    """The project's public facts."""
    names = ("revision", "slug", "title", "organiser", "purpose")
    _keep_newest(session, Project, event.project_id, {name: getattr(event, name) for name in names})
    wake_waiting(session)


def keep_activity(session: Session, event: ActivityReleased) -> None:
    """The activity as it was released."""
    columns = [column.name for column in Activity.__table__.columns if column.name != "id"]
    _keep_newest(session, Activity, event.activity_id, {name: getattr(event, name) for name in columns})
    wake_waiting(session)


def keep_registration(session: Session, event: RegistrationReceived | RegistrationChanged, *, at: datetime) -> None:
    """The registration with all its seats, and how to write to the person. Mails that waited for any of it look again."""
    person, seats = event.person, event.seats
    news = session.execute(
        _KEEP_REGISTRATION,
        {
            "id": event.registration_id,
            "revision": event.revision,
            "project_id": event.project_id,
            "person_id": person.person_id,
            "full_name": person.full_name,
            "email": person.email,
            "organisation_id": event.organisation_id,
            "organisation": event.organisation,
            "language": event.language,
            "sealed_link": event.sealed_link,
            "at": at,
            "seats": [seat.seat_id for seat in seats],
            "activities": [seat.activity_id for seat in seats],
            "states": [seat.state for seat in seats],
            "modes": [seat.mode for seat in seats],
            "queue_places": [seat.queue_place for seat in seats],
            "expiries": [seat.offer_expires_at for seat in seats],
        },
    ).scalar_one_or_none()
    if news is None:
        return
    # A mail that was asked for before anybody knew the person gets its reader's language now.
    spoken = "en" if event.language == "en" else "sv"
    session.execute(_ADDRESS, {"person_id": person.person_id, "email": person.email, "language": spoken})
    wake_waiting(session)


def keep_answered_invitation(session: Session, event: RegistrationReceived) -> None:
    """Who came by an invitation's link, or was invited by the same address, is no longer asked: they are registered."""
    values = {
        "at": event.received_at,
        "registration_id": event.registration_id,
        "project_id": event.project_id,
        "address_key": event.person.email.lower(),
    }
    if event.invitation:
        session.execute(_CAME_BY_LINK, values | {"key_hash": bytes.fromhex(event.invitation)})
    session.execute(_CAME_BY_ADDRESS, values)


def _keep_newest(session: Session, kind: Any, key: Any, values: dict[str, Any]) -> bool:
    """Whether it was news."""
    statement = insert(kind).values(id=key, **values)
    newest = statement.on_conflict_do_update(
        index_elements=["id"], set_=values, where=kind.revision <= statement.excluded.revision
    )
    return session.execute(newest.returning(kind.id)).one_or_none() is not None

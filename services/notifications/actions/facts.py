"""Keeping the copies: each fact as its newest revision says, whatever the order of arrival."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notifications.actions.messages import wake_waiting
from services.notifications.models import Activity, Organisation, Project
from shared.database import Asked
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished
from shared.events.registration import RegistrationChanged, RegistrationReceived

# One statement, past SQLAlchemy's compilation: every registration pays for it. The person's mails that waited for facts look
# again; one that was asked for before anybody knew the person gets its reader's address and language now.
_KEEP_REGISTRATION = """
    WITH news AS (
        INSERT INTO registration
            (id, revision, project_id, person_id, full_name, email, organisation_id, organisation, language, sealed_link)
        VALUES (%(id)s, %(revision)s, %(project_id)s, %(person_id)s, %(full_name)s, %(email)s, %(organisation_id)s,
            %(organisation)s, %(language)s, %(sealed_link)s)
        ON CONFLICT (id) DO UPDATE SET
            revision = EXCLUDED.revision, project_id = EXCLUDED.project_id, person_id = EXCLUDED.person_id,
            full_name = EXCLUDED.full_name, email = EXCLUDED.email, organisation_id = EXCLUDED.organisation_id,
            organisation = EXCLUDED.organisation, language = EXCLUDED.language, sealed_link = EXCLUDED.sealed_link
        WHERE registration.revision <= EXCLUDED.revision
        RETURNING id
    ), seated AS (
        INSERT INTO seat (id, registration_id, activity_id, state, mode, queue_place, offer_expires_at, place_in_form)
        SELECT s.id, news.id, activity_id, state, mode, queue_place, expires_at, place - 1
        FROM news, unnest(%(seats)s::uuid[], %(activities)s::uuid[], %(states)s::text[], %(modes)s::text[],
                %(queue_places)s::int[], %(expiries)s::timestamptz[]) WITH ORDINALITY
            AS s (id, activity_id, state, mode, queue_place, expires_at, place)
        ON CONFLICT (id) DO UPDATE SET registration_id = EXCLUDED.registration_id, activity_id = EXCLUDED.activity_id,
            state = EXCLUDED.state, mode = EXCLUDED.mode, queue_place = EXCLUDED.queue_place,
            offer_expires_at = EXCLUDED.offer_expires_at, place_in_form = EXCLUDED.place_in_form
    ), known AS (
        INSERT INTO person (id, full_name, email, language, known_at)
        SELECT %(person_id)s::uuid, %(full_name)s::text, %(email)s::text, %(language)s::text,
            %(at)s::timestamptz FROM news
        ON CONFLICT (id) DO UPDATE SET full_name = EXCLUDED.full_name, email = EXCLUDED.email, language = EXCLUDED.language,
            known_at = EXCLUDED.known_at
        WHERE person.known_at <= EXCLUDED.known_at
    ), woken AS (
        UPDATE message SET
            recipient = coalesce(recipient, %(email)s),
            language = CASE WHEN recipient IS NULL THEN %(spoken)s ELSE language END,
            next_at = CASE WHEN reason = 'waiting_for_facts' THEN LEAST(next_at, now()) ELSE next_at END
        FROM news
        WHERE message.person_id = %(person_id)s::uuid AND state = 'queued'
          AND (reason = 'waiting_for_facts' AND next_at > now() OR recipient IS NULL)
    )
    SELECT FROM news
"""
_CAME_BY_LINK = """
    UPDATE mailing_recipient SET registered_at = %(at)s, registration_id = %(registration_id)s
    WHERE registered_at IS NULL AND key_hash = %(key_hash)s
"""
_CAME_BY_ADDRESS = """
    UPDATE mailing_recipient SET registered_at = %(at)s, registration_id = %(registration_id)s FROM mailing
    WHERE registered_at IS NULL AND mailing.id = mailing_recipient.mailing_id AND mailing.project_id = %(project_id)s
      AND mailing_recipient.address_key = %(address_key)s
"""


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


def keeping_registration(event: RegistrationReceived | RegistrationChanged, *, at: datetime) -> Asked:
    """The registration with all its seats, and how to write to the person. The person's mails that waited for it become due."""
    person, seats = event.person, event.seats
    return Asked(
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
            "spoken": "en" if event.language == "en" else "sv",
            "sealed_link": event.sealed_link,
            "at": at,
            "seats": [seat.seat_id for seat in seats],
            "activities": [seat.activity_id for seat in seats],
            "states": [seat.state for seat in seats],
            "modes": [seat.mode for seat in seats],
            "queue_places": [seat.queue_place for seat in seats],
            "expiries": [seat.offer_expires_at for seat in seats],
        },
    )


def keeping_answered_invitation(event: RegistrationReceived) -> list[Asked]:
    """Who came by an invitation's link, or was invited by the same address, is no longer asked: they are registered."""
    values = {
        "at": event.received_at,
        "registration_id": event.registration_id,
        "project_id": event.project_id,
        "address_key": event.person.email.lower(),
    }
    by_address = Asked(_CAME_BY_ADDRESS, values)
    if not event.invitation:
        return [by_address]
    return [Asked(_CAME_BY_LINK, values | {"key_hash": bytes.fromhex(event.invitation)}), by_address]


def _keep_newest(session: Session, kind: Any, key: Any, values: dict[str, Any]) -> bool:
    """Whether it was news."""
    statement = insert(kind).values(id=key, **values)
    newest = statement.on_conflict_do_update(
        index_elements=["id"], set_=values, where=kind.revision <= statement.excluded.revision
    )
    return session.execute(newest.returning(kind.id)).one_or_none() is not None

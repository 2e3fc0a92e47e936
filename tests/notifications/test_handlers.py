"""What arrives is kept and answered with one mail each, whatever the order and however often."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.notifications.actions.messages import MAIL
from services.notifications.handlers import KINDS, confirm_registration
from services.notifications.models import Activity, Message, Organisation, Person, Recipient, Registration, Seat
from shared.events.catalog import OrganisationChanged
from shared.secrets import hash_token, unseal
from tests.notifications.cast import (
    ASA,
    NOW,
    activity,
    changed,
    hear,
    ident,
    invited_to_survey,
    project,
    received,
    seat,
    sign_in,
)
from tests.notifications.test_letters import invite
from tests.notifications.writing import queued


def test_a_registration_is_kept_and_confirmed_once(session: Session) -> None:
    hear(
        session,
        received(seat(), seat("visit", "waiting", queue_place=3)),
        received(seat(), seat("visit", "waiting", queue_place=3)),
    )
    message = queued(session)
    assert message.dedupe_key == f"confirm:{ident(f'registration-{ASA.email}')}:1"
    assert (message.kind, message.lane, message.state, message.recipient) == (
        "confirmation",
        "transactional",
        "queued",
        ASA.email,
    )
    assert message.message_id == f"<{message.id}@traffpunkt.example>"
    registration = session.scalars(select(Registration)).one()
    assert [(s.state, s.queue_place) for s in registration.seats] == [("confirmed", None), ("waiting", 3)]
    person = session.scalars(select(Person)).one()
    assert (person.full_name, person.email, person.language) == ("Åsa Lind", ASA.email, "sv")


@pytest.mark.parametrize(("reason", "kind"), KINDS.items())
def test_every_change_has_its_mail(session: Session, reason: str, kind: str) -> None:
    hear(session, received(), changed(reason, seat(state="cancelled"), concerns=["workshop"]))  # type: ignore[arg-type]
    assert queued(session, kind).context["seats"] == [str(ident("seat-workshop"))]
    assert session.scalars(select(Seat.state)).one() == "cancelled"


def test_mails_about_the_same_calendar_leave_in_order(session: Session) -> None:
    """Also when the person registers again: the new entry does not overtake the old one's cancellation."""
    again = received(seat("visit"), registration_id=ident("another"), revision=1)
    hear(session, received(), changed("cancelled_by_person", seat(state="cancelled"), concerns=["workshop"]), again)
    rows = session.execute(select(Message.order_key, Message.order_no).order_by(Message.order_no)).all()
    assert [row.order_no for row in rows] == [1, 2, 3]
    assert len({row.order_key for row in rows}) == 1


def test_a_late_old_revision_changes_nothing(session: Session) -> None:
    hear(session, changed("offered", seat(state="offered"), concerns=["workshop"], revision=5))
    hear(session, received(revision=1), activity(revision=2, title="Ny titel"), activity(revision=1, title="Gammal titel"))
    assert session.scalars(select(Seat.state)).one() == "offered"
    assert session.scalars(select(Activity.title)).one() == "Ny titel"


def test_facts_wake_the_mails_that_wait_for_them(session: Session) -> None:
    hear(session, received())
    session.execute(update(Message).values(reason="waiting_for_facts", next_at=func.now() + timedelta(seconds=30)))
    hear(session, activity())
    assert session.scalar(select(func.count()).where(Message.next_at <= func.now())) == 1


def test_a_registration_wakes_no_mail_of_others(session: Session) -> None:
    hear(session, received())
    session.execute(update(Message).values(reason="waiting_for_facts", next_at=func.now() + timedelta(seconds=30)))
    other = ASA.model_copy(update={"person_id": ident("other"), "email": "other@region-gavleborg.example"})
    hear(session, received(person=other))
    woken = select(Message.recipient).where(Message.reason == "waiting_for_facts", Message.next_at <= func.now())
    assert session.scalars(woken).all() == []
    hear(session, received(revision=2))
    assert session.scalars(woken).all() == [ASA.email]


def test_a_sign_in_goes_before_everything_and_never_late(session: Session) -> None:
    hear(session, sign_in(), received())
    first = session.scalars(select(Message).order_by(Message.priority)).first()
    assert first is not None
    assert (first.kind, first.useful_until) == ("sign_in", NOW + timedelta(minutes=15))
    assert "hemlig" not in str(first.context), "the link is sealed"


def test_a_survey_asks_each_person_once(session: Session) -> None:
    hear(session, received(language="en"), invited_to_survey(), invited_to_survey())
    message = queued(session, "survey")
    assert (message.recipient, message.language, message.person_id) == (ASA.email, "en", ASA.person_id)


def test_who_came_by_the_invitation_is_registered_whatever_address_they_use(session: Session) -> None:

    hear(session, project(), activity())
    invite(session)
    key = unseal(queued(session, "invitation").context["key"])
    other = ASA.model_copy(update={"email": "asa@hemma.example"})
    hear(session, received(person=other, invitation=hash_token("fel nyckel").hex()))
    assert session.scalars(select(Recipient.registered_at)).one() is None
    hear(session, received(person=other, invitation=hash_token(key).hex(), revision=2))
    recipient = session.scalars(select(Recipient)).one()
    assert (recipient.registered_at, recipient.registration_id) == (NOW, ident("registration-asa@hemma.example"))


def test_who_was_invited_by_the_same_address_is_registered(session: Session) -> None:
    hear(session, project(), activity())
    invite(session)
    hear(session, received(project_id=ident("another project")))
    assert session.scalars(select(Recipient.registered_at)).one() is None
    hear(session, received(revision=2))
    assert session.scalars(select(Recipient.registered_at)).one() == NOW


def test_organisations_are_kept(session: Session) -> None:
    facts = {"organisation_id": ident("gavleborg"), "kind": "region", "status": "active"}
    hear(session, OrganisationChanged(title="Landstinget", **facts), OrganisationChanged(title="Region Gävleborg", **facts))
    assert session.scalars(select(Organisation.title)).one() == "Region Gävleborg"


def test_the_mail_is_looked_at_at_once(session: Session) -> None:
    confirm_registration(session, received())
    assert session.info["looks"] == {MAIL}

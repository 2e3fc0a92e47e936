"""The demonstration's part of notifications: two networks of invented people, and a draft that invites them to the learning lab.

Loaded by the service's own actions. A second run finds everything and changes nothing.
"""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions.contacts import create_list, import_contacts
from services.notifications.actions.mailings import MailingText, create_mailing
from services.notifications.models import Activity, ContactList, Mailing, Project

PATIENCE = 120.0
"""Seconds to wait for what the catalogue says."""
LISTS = {
    "Reglabs RUS-nätverk": ("Samordnare av de regionala utvecklingsstrategierna", "rus-natverket.txt"),
    "Myndighetsnätverket": ("Nationella myndigheter med ansvar i den regionala utvecklingen", "myndighetsnatverket.txt"),
}
PROJECT = "larlabb-hallbar-utveckling"
ORGANISER = "karin.ek@traffpunkt.example"
SUBJECT = "Inbjudan: {aktivitet}"
BODY = """\
Hej {namn}!

Hur får vi ekonomi, miljö och det sociala att mötas i det regionala utvecklingsarbetet? Välkommen till **{aktivitet}** {tid}.

Under dagen:

- hör vi hur andra gör, och vad som har gått fel
- prövar vi verktyg på era egna fall
- planerar vi vad som ska hända hemma, och vem som gör det

Två platser är reserverade för varje organisation. Kom gärna två, så är ni redan ett lag när ni kommer hem.

Anmäl dig senast {sista_dag}.
"""


def load(sessions: sessionmaker[Session]) -> None:
    """Lists at once; the draft when the catalogue has published the project."""
    with sessions.begin() as session:
        contacts = sum(_list(session, title, *about) for title, about in LISTS.items())
    print(f"notifications: {len(LISTS)} contact lists, {contacts} new contacts", flush=True)
    drafted = _wait(lambda: _draft(sessions))
    print(f"notifications: {'an invitation is drafted' if drafted else 'no project to invite to has arrived'}", flush=True)


def _list(session: Session, title: str, description: str, file: str) -> int:
    if session.scalar(select(ContactList.id).where(ContactList.title == title)) is not None:
        return 0
    contact_list = create_list(session, title, description)
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    return import_contacts(session, contact_list.id, text).added


def _draft(sessions: sessionmaker[Session]) -> bool:
    """Whether the draft is there (now)."""
    with sessions.begin() as session:
        project = session.scalar(select(Project).where(Project.slug == PROJECT))
        activity = session.scalar(select(Activity).where(Activity.project_slug == PROJECT, Activity.number == 1))
        if project is None or activity is None:
            return False
        if session.scalar(select(Mailing.id).where(Mailing.project_id == project.id).limit(1)) is None:
            create_mailing(
                session,
                MailingText(project.id, activity.id, SUBJECT, BODY, "sv"),
                session.scalars(select(ContactList.id).where(ContactList.title.in_(LISTS))).all(),
                by=uuid5(NAMESPACE_URL, f"https://traffpunkt.example/staff/{ORGANISER}"),
                by_name="Karin Ek",
            )
        return True


def _wait(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.25)
    return True

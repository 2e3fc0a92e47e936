"""The demonstration's registrations: a finished project with its attendance, an open one, and a meeting with a waiting list.

Loaded through the own actions, once the catalogue's facts have arrived. A second run finds what the first has made.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from services.registration.demo.coming import LAB, MEETING, load_lab, load_meeting
from services.registration.demo.figures import FINISHED, load_attendance, load_finished
from services.registration.demo.people import ORGANISATIONS
from services.registration.models import Offering, Organisation, Project
from shared.i18n import sort_key

PATIENCE = 90.0
"""Seconds to wait for the catalogue's facts: longer than they take on a slow machine."""

T = TypeVar("T")


def load(sessions: sessionmaker[Session]) -> None:
    """Load what is missing, project by project, as its activities and organisations arrive."""
    organisations = _wait(sessions, _organisations)
    for slug, activities, step in ((FINISHED, 16, load_finished), (LAB, 2, load_lab), (MEETING, 1, load_meeting)):
        project_id = _wait(sessions, partial(_project, slug=slug, activities=activities))
        if organisations is None or project_id is None:
            print(f"registration: {slug} has not arrived from the catalogue (load the demonstration again)", flush=True)
            continue
        print(f"registration: {step(sessions, project_id, organisations)}", flush=True)
        if step is load_finished:
            print(f"registration: {load_attendance(sessions, project_id)}", flush=True)


def _organisations(session: Session) -> dict[str, UUID] | None:
    """The organisations that people come from, when all are there."""
    query = select(Organisation.title, Organisation.id).where(
        Organisation.sort_key.in_([sort_key(title) for title in ORGANISATIONS])
    )
    found = dict(session.execute(query).all())
    return found if len(found) == len(ORGANISATIONS) else None


def _project(session: Session, slug: str, activities: int) -> UUID | None:
    """The project, when it and so many of its activities are there."""
    query = (
        select(Project.id)
        .join(Offering, Offering.project_id == Project.id)
        .where(Project.slug == slug, Project.revision > 0)
        .group_by(Project.id)
        .having(func.count() >= activities)
    )
    return session.scalar(query)


def _wait(sessions: sessionmaker[Session], look: Callable[[Session], T | None]) -> T | None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with sessions() as session:
            found = look(session)
        if found is not None or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


__all__ = ["load"]

"""A fixed cast for tests: organisations, a project, activities, people who register. All through handlers and actions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.registration.actions.register import Application, Result, Wish, register
from services.registration.handlers import HANDLERS
from services.registration.models import Registration, Seat
from shared.clock import now
from shared.events import Event
from shared.events.catalog import ActivityReleased, OrganisationChanged, ProjectPublished, StaffChanged

SPACE = UUID("a4b1c7c2-2f3e-4d5a-9c7e-0123456789ab")
SITE = "http://127.0.0.1:8000"
HALLAND, SKANE, BLEKINGE, VERKET = (uuid5(SPACE, name) for name in ("halland", "skane", "blekinge", "verket"))
PROJECT = uuid5(SPACE, "project")
NUMBERS = count(1)


def handle(session: Session, event: Event) -> None:
    """As the kernel would."""
    for reaction in HANDLERS[type(event)]:
        reaction(session, event)
    session.flush()


def activity(name: str, **facts: Any) -> ActivityReleased:
    """A workshop in ten days, in the room, with no limits unless told."""
    starts = now().replace(minute=0, second=0, microsecond=0) + timedelta(days=10)
    given: dict[str, Any] = {
        "activity_id": uuid5(SPACE, name),
        "revision": 1,
        "project_id": PROJECT,
        "project_slug": "larlabb",
        "project_title": "Lärlabb",
        "kind": "workshop",
        "title": name,
        "mode": "on_site",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=7),
        "place": "Gävle konserthus, Gävle",
        "host": "Region Halland",
        "host_organisation_id": HALLAND,
        "last_day": starts - timedelta(days=2),
        "calendar_uid": f"{name}@traffpunkt.example",
    }
    if "starts_at" in facts:
        given |= {"ends_at": facts["starts_at"] + timedelta(hours=7), "last_day": facts["starts_at"] - timedelta(days=2)}
    return ActivityReleased(**(given | facts))


class Cast:
    """The project "Lärlabb", its organisations, and ways to act on them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        for id_, title, aliases in (
            (HALLAND, "Region Halland", ("Hallands läns landsting",)),
            (SKANE, "Region Skåne", ()),
            (BLEKINGE, "Region Blekinge", ()),
            (VERKET, "Tillväxtverket", ("TVV",)),
        ):
            event = OrganisationChanged(organisation_id=id_, title=title, kind="region", status="active", aliases=aliases)
            handle(session, event)
        project = ProjectPublished(
            project_id=PROJECT,
            slug="larlabb",
            title="Lärlabb: Hållbar utveckling",
            kind="learning_lab",
            purpose="Vi lär av varandra.",
            organiser="Reglab",
            revision=1,
        )
        handle(session, project)
        session.commit()

    def released(self, name: str, **facts: Any) -> ActivityReleased:
        """An activity that the catalogue has released."""
        event = activity(name, **facts)
        handle(self.session, event)
        self.session.commit()
        return event

    def staff(self, staff_id: UUID, *roles: str, organisation: UUID | None = None) -> None:
        """Somebody of the staff."""
        event = StaffChanged(
            staff_id=staff_id,
            email="x@traffpunkt.example",
            person_name="X",
            roles=roles,
            organisation_id=organisation,
            active=True,
            sessions_valid_from=now() - timedelta(days=1),
        )
        handle(self.session, event)
        self.session.commit()

    def registers(
        self,
        name: str,
        *activities: ActivityReleased,
        organisation: UUID = HALLAND,
        at: datetime | None = None,
        mode: str = "on_site",
        **facts: Any,
    ) -> list[Result]:
        """Somebody sends the form."""
        results = register(
            self.session,
            applies(name, *activities, organisation=organisation, mode=mode, **facts),
            public_url=SITE,
            now=at or now(),
        )
        self.session.commit()
        return results

    def registration(self, name: str) -> Registration:
        """Their registration, fresh."""
        self.session.expire_all()
        return self.session.scalars(select(Registration).where(Registration.full_name == name)).one()

    def seats(self, activity: ActivityReleased) -> dict[str, str]:
        """Who has what at an activity."""
        query = (
            select(Registration.full_name, Seat.state)
            .join(Seat, Seat.registration_id == Registration.id)
            .where(Seat.activity_id == activity.activity_id)
            .order_by(Seat.id)
        )
        return dict(self.session.execute(query).all())

    def seat(self, name: str, activity: ActivityReleased) -> Seat:
        """Somebody's latest seat at an activity, fresh."""
        self.session.expire_all()
        query = select(Seat).join(Registration, Seat.registration_id == Registration.id)
        mine = query.where(Registration.full_name == name, Seat.activity_id == activity.activity_id).order_by(Seat.id.desc())
        return self.session.scalars(mine.limit(1)).one()


def applies(
    name: str, *activities: ActivityReleased, organisation: UUID = HALLAND, mode: str = "on_site", **facts: Any
) -> Application:
    """The form that `register` gets."""
    given: dict[str, Any] = {
        "project_id": PROJECT,
        "full_name": name,
        "email": f"{name.lower().replace(' ', '.')}@region.example",
        "organisation_id": organisation,
        "organisation": "Region Halland",
        "wishes": [Wish(event.activity_id, mode) for event in activities],
        "language": "sv",
        "form_key": f"form-{next(NUMBERS)}",
    }
    return Application(**(given | facts))


def ledger_differences(session: Session) -> Sequence[Any]:
    """Where counters and seats disagree. Empty, whatever has happened."""
    return session.execute(
        text("""
            WITH counted AS (
                SELECT activity_id, organisation.id AS organisation_id,
                       count(*) FILTER (WHERE state = 'confirmed') AS confirmed,
                       count(*) FILTER (WHERE state = 'offered') AS offered,
                       count(*) FILTER (WHERE state = 'waiting') AS waiting
                FROM seat CROSS JOIN LATERAL (VALUES (CAST(NULL AS uuid)), (seat.organisation_id)) AS organisation (id)
                WHERE takes_room GROUP BY activity_id, organisation.id
            )
            SELECT * FROM seat_ledger AS ledger FULL JOIN counted
                ON counted.activity_id = ledger.activity_id
                AND counted.organisation_id IS NOT DISTINCT FROM ledger.organisation_id
            WHERE coalesce(ledger.confirmed, 0) <> coalesce(counted.confirmed, 0)
               OR coalesce(ledger.offered, 0) <> coalesce(counted.offered, 0)
               OR coalesce(ledger.waiting, 0) <> coalesce(counted.waiting, 0)
        """)
    ).all()

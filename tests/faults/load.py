"""A load through all four services, and the checker that compares what was asked with what is there.

People send the form to registration's web; a mailing goes out; people answer the survey of the load before; then the attendance
is closed, which tells the catalogue who was there and has surveys invite them. What is accepted must have all its effects, once.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from html import unescape
from http import HTTPStatus
from itertools import zip_longest
from typing import Any
from uuid import UUID, uuid4

import httpx2
from sqlalchemy.exc import DBAPIError

from services.catalog.actions.activities import plan_activity, release_activity
from services.catalog.actions.projects import publish_project
from services.catalog.models import Activity, Project
from services.notifications.actions.contacts import create_list, import_contacts
from services.notifications.actions.mailings import MailingText, create_mailing, find_mailing, launch_mailing
from services.registration.actions.attendance import close_attendance, mark_rest_present
from shared.clock import now
from shared.secrets import hash_token, new_token
from shared.service import use
from shared.testing import until
from shared.web.bots import form_stamp
from tests.catalog.cast import KARIN, TODAY, Cast, details
from tests.faults.site import Site, pause
from tests.faults.witness import Mark, account, mark
from tests.services import NAMES, SERVICES

PEOPLE = 10
MAILED = 10
ACTIVITIES = {"registration": "offering", "notifications": "activity", "surveys": "activities"}
"""Where each service keeps what it has heard of them."""
STARTS = now() + timedelta(weeks=6)
ACCEPTED = {303}
NOT_SAVED = "Det du skrev är inte sparat. Vänta någon minut och försök igen."
SEATS = """seat JOIN person ON person.id = seat.person_id
    WHERE activity_id = :activity AND state = 'confirmed' AND email LIKE :who"""
INVITED = "invitations JOIN surveys ON surveys.id = survey_id WHERE activity_id = :activity"
KEPT = "inbox WHERE state NOT IN ('done', 'discarded') AND event_id <> ALL (:kept)"
BOX = "ballots WHERE survey_id IN (SELECT survey_id FROM slips WHERE token_hash = ANY(:slips))"
LINK = re.compile(r"https?://\S+/enkat/([A-Za-z0-9_-]{20,})")


@dataclass
class Load:
    """One activity, who registers for it, and a mailing. `links` are survey links of the load before."""

    site: Site
    project: UUID
    slug: str
    name: str
    links: list[str] = field(default_factory=list)
    mailed: int = MAILED
    since: Mapping[str, Mark] = field(default_factory=dict)
    """How far each service had come when this was prepared: what was wrong before is not this load's fault."""
    activity: UUID = field(default_factory=uuid4)
    mailing: UUID = field(default_factory=uuid4)
    answers: Counter[str] = field(default_factory=Counter)
    """What the webs answered, by status or error: also those that were tried again."""
    unclear: list[str] = field(default_factory=list)
    """Pages that fail without saying that nothing is saved, and to try again."""
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(6))
    _sending: list[Any] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        return [f"person.{number}@{self.name}.example" for number in range(PEOPLE)]

    @property
    def contacts(self) -> list[str]:
        return [f"contact.{number}@{self.name}.example" for number in range(self.mailed)]

    def prepare(self) -> None:
        """A released activity that all know, and a mailing that only needs to be launched."""
        self.since = {name: self._persist(partial(mark, name, self.site.sessions)) for name in NAMES}
        self.release(self.activity)
        self._persist(self._write_mailing)
        for name in ("registration", "notifications", "surveys"):
            until(
                partial(self._persist, partial(self.knows, name, self.activity)), within=60, saying=f"{name} knows the activity"
            )

    def release(self, activity: UUID) -> None:
        """Plan and release an activity of that id, if there is none yet."""
        self._persist(partial(self._plan, activity))

    def knows(self, name: str, *activities: UUID) -> bool:
        """Whether a service has heard of all these activities."""
        rows = f"{ACTIVITIES[name]} WHERE id = ANY(:ids)"
        return bool(self.site.ask(name, f"SELECT count(*) FROM {rows}", ids=list(activities)) == len(activities))

    def start(self, *, over: float = 4.0) -> None:
        """Begin to send, spread over so many seconds; returns at once."""
        begins = time.monotonic()
        registering = [partial(self._register, person) for person in self.people]
        answering = [partial(self._answer, link) for link in self.links]
        tasks = [task for both in zip_longest(registering, answering) for task in both if task]
        tasks.insert(2, partial(self._launch))

        def do(task: Callable[[], None], at: float) -> None:
            pause(max(0.0, at - time.monotonic()))
            task()

        self._sending = [self._pool.submit(do, task, begins + over * place / len(tasks)) for place, task in enumerate(tasks)]

    def finish(self, *, within: float = 60) -> None:
        """Wait until everything is accepted, and close the attendance."""
        done, late = wait(self._sending, timeout=within)
        assert not late, f"not accepted within {within} s: {self.answers}"
        for each in done:
            each.result()
        self._persist(self._close)
        self._pool.shutdown()

    def check(self, *, within: float = 60, doubled_mails: int = 0) -> None:
        """Everything that was accepted has all its effects, and none twice. Raises AssertionError that tells what is missing."""
        give_up_at = time.monotonic() + within
        while lacks := self.lacks():
            assert time.monotonic() < give_up_at, f"not within {within} s: {lacks}"
            pause(0.3)
        doubled = sum(self.mails.values()) - len(self.mails)
        assert doubled <= doubled_mails, f"{doubled} mails doubled"
        events = account(self.site.sessions, self.since)
        assert events.is_clean, events

    @property
    def mails(self) -> Counter[str]:
        """How often each mail has arrived, by its Message-ID."""
        return Counter(mail["Message-ID"] for address in (*self.people, *self.contacts) for mail in self.site.mails.to(address))

    def lacks(self) -> dict[str, Any]:
        """What is not (yet) as it should be."""
        lacking = self.effects_lacking()
        for name, before in self.since.items():
            if unacknowledged := self._count(name, "outbox WHERE acked_at IS NULL AND id > :said", said=before.said):
                lacking[f"{name} unacknowledged"] = unacknowledged
            if kept := self._count(name, KEPT, kept=list(before.kept)):
                lacking[f"{name} kept"] = kept
        return lacking

    def effects_lacking(self) -> dict[str, Any]:
        """Effects that are not there yet, or too many."""
        slips = [hash_token(link) for link in self.links]
        expected = {
            "seats": (PEOPLE, self._count("registration", SEATS, who=f"%@{self.name}.example")),
            "confirmations": (PEOPLE, self._sent("confirmation")),
            "survey mails": (PEOPLE, self._sent("survey")),
            "invitations": (self.mailed, self._sent("invitation")),
            "arrived": (2 * PEOPLE + self.mailed, len(self.mails)),
            "present": (PEOPLE, self._count("catalog", "participation WHERE activity_id = :activity")),
            "mailing told": (1, self._count("catalog", "mailing WHERE mailing_id = :mailing")),
            "invited": (PEOPLE, self._count("surveys", INVITED)),
            "answered": (len(slips), self._count("surveys", "slips WHERE spent AND token_hash = ANY(:slips)", slips=slips)),
            "in the box": (len(slips), self._count("surveys", BOX, slips=slips)),
        }
        return {what: f"{there} of {wanted}" for what, (wanted, there) in expected.items() if wanted != there}

    def survey_links(self) -> list[str]:
        """The tokens in the mails that ask to answer."""
        found = [LINK.search(_text(mail)) for address in self.people for mail in self.site.mails.to(address)]
        return [match[1] for match in found if match]

    def _count(self, name: str, rows: str, **values: Any) -> int:
        known = {"activity": self.activity, "mailing": self.mailing}
        needed = {key: value for key, value in (known | values).items() if f":{key}" in rows}
        return int(self.site.ask(name, f"SELECT count(*) FROM {rows}", **needed))

    def _sent(self, kind: str) -> int:
        rows = "message WHERE state = 'sent' AND kind = :kind AND recipient LIKE :who"
        return self._count("notifications", rows, kind=kind, who=f"%@{self.name}.example")

    def _plan(self, activity_id: UUID) -> None:
        use(SERVICES["catalog"])
        with self.site.sessions("catalog").begin() as session:
            if session.get(Activity, activity_id) is not None:
                return
            facts = details(
                f"Prov {self.name}",
                starts_at=STARTS,
                last_day=STARTS - timedelta(days=1),
                capacity=500,
                seats_per_organisation=None,
            )
            activity = plan_activity(session, session.get_one(Project, self.project), facts, activity_id=activity_id)
            release_activity(session, activity)

    def _write_mailing(self) -> None:
        use(SERVICES["notifications"])
        with self.site.sessions("notifications").begin() as session:
            contacts = create_list(session, f"Lista {self.name} {uuid4()}")
            import_contacts(session, contacts.id, "\n".join(self.contacts))
            words = MailingText(self.project, None, f"Inbjudan {self.name}", "Välkommen!", "sv")
            self.mailing = create_mailing(session, words, [contacts.id], by=KARIN, by_name="Karin Ek").id

    def _register(self, email: str) -> None:
        fields = {
            "full_name": "Maja Lind",
            "email": email,
            "organisation": "Region Skåne",
            "activities": str(self.activity),
            "read_notice": "ja",
            "form_key": new_token(),
            "visat": form_stamp(SERVICES["registration"].settings, now() - timedelta(seconds=30)),
            "webbplats": "",
        }
        self._post("registration", f"/anmalan/{self.slug}", fields)

    def _answer(self, link: str) -> None:
        """Fill in what the form asks for. That the slip is spent already is what a repeated sending is told."""
        page = self._persist(lambda: self._get("surveys", f"/enkat/{link}"))
        self._post("surveys", f"/enkat/{link}", filled(page), also=409)

    def _launch(self) -> None:
        def launch() -> None:
            use(SERVICES["notifications"])
            with self.site.sessions("notifications").begin() as session:
                mailing = find_mailing(session, self.mailing, for_change=True)
                if mailing.state == "draft":
                    launch_mailing(session, mailing, expected=self.mailed, by=KARIN, now=now())

        self._persist(launch)

    def _close(self) -> None:
        moment: datetime = STARTS + timedelta(hours=8)
        with self.site.sessions("registration").begin() as session:
            if self._count("registration", "attendance_sheet WHERE activity_id = :activity AND closed_at IS NOT NULL"):
                return
            mark_rest_present(session, self.activity, staff_id=KARIN, now=moment)
            close_attendance(session, self.activity, staff_id=KARIN, now=moment)

    def _get(self, name: str, path: str) -> str:
        answer = httpx2.get(f"{self.site.address(name)}{path}", timeout=10)
        answer.raise_for_status()
        return str(answer.text)

    def _post(self, name: str, path: str, fields: dict[str, Any], *, also: int = 303) -> None:
        """Until it is accepted, as a person would who reads "try again": with the same form, which has its own key."""

        def post() -> None:
            answer = httpx2.post(
                f"{self.site.address(name)}{path}", data=fields, headers={"Sec-Fetch-Site": "same-origin"}, timeout=10
            )
            self.answers[str(answer.status_code)] += 1
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and NOT_SAVED not in answer.text:
                self.unclear.append(answer.text)
            if answer.status_code not in {*ACCEPTED, also}:
                raise httpx2.HTTPError(f"{answer.status_code}: {answer.text[:200]}")

        self._persist(post)

    def _persist(self, do: Any, *, within: float = 90) -> Any:
        give_up_at = time.monotonic() + within
        while True:
            try:
                return do()
            except (httpx2.HTTPError, DBAPIError) as error:
                self.answers[type(error).__name__] += 1
                if time.monotonic() > give_up_at:
                    raise
                pause(0.3)


class Loads:
    """One load after the other, each of which answers the survey of the one before."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._links: list[str] = []
        self._number = 0
        use(SERVICES["catalog"])
        with site.sessions("catalog").begin() as session:
            cast = Cast(session)
            project = cast.project("Prov av fel")
            cast.activity(project, starts_at=STARTS)
            publish_project(session, project, now=TODAY)
            self._project, self._slug = project.id, project.slug

    def next(self, *, mailed: int = MAILED) -> Load:
        """Prepared, and not yet begun."""
        self._number += 1
        load = Load(self._site, self._project, self._slug, f"fel{self._number}", self._links, mailed)
        load.prepare()
        return load

    def over(self, load: Load) -> None:
        """Its people have been asked what they thought."""
        self._links = load.survey_links()


def filled(page: str) -> dict[str, Any]:
    """What a browser sends of a survey's form when every question is answered by its first alternative."""
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", page):
        attributes = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', tag)}
        name = attributes.get("name", "")
        if name.startswith("fraga_"):
            fields.setdefault(name, attributes.get("value", "Bra"))
    return fields


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())

"""Letters to somebody who has registered. Each sums up all their seats as they are when it leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.notifications.mail.facts import Facts
from services.notifications.mail.letters.letter import Entry, Letter, NotYet, Site, Withhold, eyebrow, in_language, over, page
from services.notifications.models import Activity, Message, Registration, Seat
from services.notifications.rules.calendars import calendar_change
from shared.secrets import unseal

Group = Literal["confirmed", "waiting", "offered", "gone"]
_GROUPS: dict[str, Group] = {"confirmed": "confirmed", "waiting": "waiting", "offered": "offered"}


@dataclass(frozen=True)
class Place:
    """A seat as a mail shows it."""

    seat: Seat
    activity: Activity
    page: str

    @property
    def state(self) -> Group:
        return _GROUPS.get(self.seat.state, "gone")

    @property
    def eyebrow(self) -> str:
        return eyebrow(self.activity)

    @property
    def online(self) -> bool:
        """The reader takes part from afar."""
        return self.activity.mode == "online" or self.seat.mode == "online"

    @property
    def join_url(self) -> str:
        """Only for those who have a seat."""
        return self.activity.join_url if self.online and self.state == "confirmed" else ""


def confirmation(message: Message, facts: Facts, site: Site, now: datetime) -> Letter:
    """After the form: every seat, confirmed or waiting."""
    registration, places = _registration(message, facts, site)
    current = [place for place in places if place.state != "gone"]
    if not current:
        raise Withhold("superseded")
    if all(over(place.activity, now) for place in current):
        raise Withhold("activities_over")
    return _letter(message, registration, facts, site, places, {"places": current, **_grouped(current)})


def changed(message: Message, facts: Facts, site: Site, now: datetime) -> Letter:
    """After a change of some seats: what happened to those, and what the reader has beside them.

    It is withheld when the seats have changed again since: the later change has a letter of its own.
    """
    registration, places = _registration(message, facts, site)
    concerned = {UUID(seat) for seat in message.context["seats"]}
    theirs = [place for place in places if place.seat.id in concerned and place.seat.state in _EXPECTED[message.kind]]
    if not theirs:
        raise Withhold("superseded")
    if all(over(place.activity, now) for place in theirs):
        raise Withhold("activities_over")
    deadline = min((p.seat.offer_expires_at for p in theirs if p.seat.offer_expires_at), default=None)
    if message.kind == "offered" and deadline is not None and deadline <= now:
        raise Withhold("useless")
    others = [place for place in places if place not in theirs and place.state != "gone" and not over(place.activity, now)]
    context = {
        "places": theirs,
        "others": others,
        "by_staff": message.context.get("reason") == "cancelled_by_staff",
        "deadline": deadline,
    }
    first = {place.activity.id for place in theirs}
    return _letter(message, registration, facts, site, places, context, first=first)


_EXPECTED: dict[str, frozenset[str]] = {
    "cancelled": frozenset({"cancelled"}),
    "offered": frozenset({"offered"}),
    "accepted": frozenset({"confirmed"}),
    "declined": frozenset({"declined"}),
    "expired": frozenset({"expired"}),
}


def _registration(message: Message, facts: Facts, site: Site) -> tuple[Registration, list[Place]]:
    registration = facts.registrations.get(UUID(message.context["registration"]))
    if registration is None or registration.revision < message.context["revision"]:
        raise NotYet
    places = []
    for seat in registration.seats:
        activity = facts.activities.get(seat.activity_id)
        if activity is None:
            raise NotYet
        places.append(Place(seat, activity, page(f"/aktivitet/{activity.id}", message.language, site)))
    return registration, places


def _letter(
    message: Message,
    registration: Registration,
    facts: Facts,
    site: Site,
    places: Sequence[Place],
    context: dict[str, Any],
    *,
    first: Iterable[UUID] = (),
) -> Letter:
    entries = _entries(registration, facts, places, first=frozenset(first))
    activity = places[0].activity
    common = {
        "link": in_language(unseal(registration.sealed_link), message.language, site),
        "organisation": registration.organisation,
        "project": activity.project_title,
        "requests": sum(entry.change.method == "REQUEST" for entry in entries),
        "cancels": sum(entry.change.method == "CANCEL" for entry in entries),
    }
    return Letter(registration.full_name, registration.email, {**common, **context}, entries)


def _entries(registration: Registration, facts: Facts, places: Iterable[Place], *, first: frozenset[UUID]) -> list[Entry]:
    """The difference to the reader's calendar, whatever caused it: what a letter before this one should have said is made good.

    What the letter is about comes first: clients act by themselves on the first object only.
    """
    entries: list[Entry] = []
    for place in places:
        told = facts.calendar.get((registration.person_id, place.activity.id))
        has_seat = any(p.state == "confirmed" for p in places if p.activity.id == place.activity.id)
        change = calendar_change(has_seat=has_seat, person_id=registration.person_id, activity=place.activity, told=told)
        if change is not None and all(entry.activity.id != place.activity.id for entry in entries):
            entries.append(Entry(change, place.activity, place.online))
    return sorted(entries, key=lambda entry: (entry.activity.id not in first, entry.activity.starts_at))


def _grouped(places: Iterable[Place]) -> dict[str, list[Place]]:
    groups: dict[str, list[Place]] = {"confirmed": [], "waiting": [], "offered": []}
    for place in places:
        groups[place.state].append(place)
    return groups

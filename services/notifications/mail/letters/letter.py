"""What a letter is: whom it goes to, what its templates are filled with, and what it does to the reader's calendar."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from services.notifications.models import Activity
from services.notifications.rules.calendars import Change
from shared.i18n import N_, _

KINDS = {
    "workshop": N_("Workshop"),
    "study_visit": N_("Studiebesök"),
    "meeting": N_("Träff"),
    "seminar": N_("Seminarium"),
}


class Withhold(Exception):
    """The letter is of no use any more. The argument is a key of `rules.reasons`."""

    @property
    def reason(self) -> str:
        return str(self.args[0])


class NotYet(Exception):
    """What the letter tells of has not all arrived: facts come in any order."""


@dataclass(frozen=True)
class Site:
    """Who writes, and where the site is."""

    public_url: str
    sender: Address


@dataclass(frozen=True)
class Entry:
    """One change to the reader's calendar."""

    change: Change
    activity: Activity
    online: bool


@dataclass(frozen=True)
class Letter:
    """Ready to be written: `context` is for the templates, beside what every mail has."""

    name: str
    address: str
    context: dict[str, Any]
    entries: Sequence[Entry] = field(default=())
    unsubscribe: str = ""
    """The address of one-click unsubscription (RFC 8058); only mailings have one."""


def in_language(link: str, language: str, site: Site) -> str:
    """`link` on our own site, in the reader's language: with /en before its path, unless it has it already."""
    if language != "en" or not link.startswith(site.public_url):
        return link
    parts = urlsplit(link)
    if parts.path == "/en" or parts.path.startswith("/en/"):
        return link
    return urlunsplit(parts._replace(path=f"/en{parts.path}"))


def page(path: str, language: str, site: Site) -> str:
    """A page of our own, such as "/personuppgifter"."""
    return in_language(f"{site.public_url}{path}", language, site)


def eyebrow(activity: Activity) -> str:
    """What stands above an activity's title: "Workshop 2", "Studiebesök · Skog", "Digital träff"."""
    kind = _("Digitalt möte") if activity.mode == "online" and activity.kind == "meeting" else _(KINDS.get(activity.kind, ""))
    numbered = f"{kind} {activity.number}" if activity.number is not None else kind
    return " · ".join(part for part in (numbered, activity.theme) if part)


def over(activity: Activity, now: datetime) -> bool:
    """Whether it has ended."""
    return activity.ends_at <= now

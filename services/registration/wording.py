"""How seats, states and obstacles are said to people. No decisions here: only words for what the rules have found."""

from datetime import datetime
from typing import Protocol

from services.registration.actions.ledger import Left
from services.registration.models import Offering
from services.registration.rules.seats import Full, Room
from shared.i18n import N_, _, clock, day, deadline, ngettext

KINDS = {
    "workshop": N_("Workshop"),
    "study_visit": N_("Studiebesök"),
    "meeting": N_("Möte"),
    "seminar": N_("Seminarium"),
}
MODES = {"on_site": N_("På plats"), "online": N_("Digitalt")}
STATES = {
    "confirmed": N_("Bekräftad plats"),
    "waiting": N_("I kö"),
    "offered": N_("Erbjuden plats"),
    "declined": N_("Tackat nej"),
    "cancelled": N_("Avbokad"),
    "expired": N_("Erbjudandet gick ut"),
}
STATE_COLOURS = {"confirmed": "success", "waiting": "warning", "offered": "info"}
ATTENDANCE = {"present": N_("Närvarande"), "excused": N_("Förhindrad"), "absent": N_("Frånvarande")}
DIETS = {
    "vegetarian": N_("Vegetariskt"),
    "vegan": N_("Veganskt"),
    "gluten_free": N_("Glutenfritt"),
    "lactose_free": N_("Laktosfritt"),
    "no_nuts": N_("Utan nötter"),
    "no_pork": N_("Utan fläsk"),
}


class Titled(Protocol):
    """An activity, as far as its name goes."""

    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> int | None: ...
    @property
    def theme(self) -> str: ...
    @property
    def title(self) -> str: ...


def full_title(activity: Titled) -> str:
    """By number, theme or both: "Workshop 2: Hinder", "Tema Skog: Med skogen som resurs", "Träffpunkt 1: Affärsplaner"."""
    if activity.number is not None and activity.theme:
        return f"{activity.title} {activity.number}: {activity.theme}"
    if activity.number is not None:
        return f"{_(KINDS[activity.kind])} {activity.number}: {activity.title}"
    if activity.theme:
        return _("Tema {theme}: {title}").format(theme=activity.theme, title=activity.title)
    return activity.title


def where(offering: Offering) -> str:
    """The place, "Digitalt", or both."""
    if offering.mode == "online":
        return _("Digitalt")
    return _("{place}, eller digitalt").format(place=offering.place) if offering.mode == "hybrid" else offering.place


def seats_left(room: Room, waiting: int) -> str:
    """What is left of the activity, for everybody. Nothing where there is no limit."""
    if room.capacity is None or room.left is None:
        return ""
    if room.left > 0:
        said = ngettext("%(left)d av %(capacity)d plats kvar", "%(left)d av %(capacity)d platser kvar", room.capacity)
        return said % {"left": room.left, "capacity": room.capacity}
    if not room.waiting_list:
        return _("Fullt, och det finns ingen kö")
    return (
        ngettext("Fullt. Du hamnar i kön, där %(num)d person väntar", "Fullt. Du hamnar i kön, där %(num)d väntar", waiting)
        % {"num": waiting}
        if waiting
        else _("Fullt. Du hamnar först i kön")
    )


def seats_left_for(organisation: str, room: Room) -> str:
    """What is left for the organisation: "1 av 2 platser kvar för Region Halland". Nothing where there is no limit."""
    left, limit = room.left_for_organisation, room.organisation_limit
    if left is None or limit is None:
        return ""
    if left > 0:
        said = ngettext(
            "%(left)d av %(limit)d plats kvar för %(organisation)s",
            "%(left)d av %(limit)d platser kvar för %(organisation)s",
            limit,
        )
        return said % {"left": left, "limit": limit, "organisation": organisation}
    taken = ngettext("%(organisation)s har tagit sin enda plats", "%(organisation)s har tagit sina %(limit)d platser", limit) % {
        "organisation": organisation,
        "limit": limit,
    }
    return f"{taken}. {_('Du hamnar i kön')}" if room.waiting_list else taken


def at_most_per_organisation(limit: int | None) -> str:
    """What the activity says before an organisation is known."""
    if limit is None:
        return ""
    return ngettext("Högst %(num)d plats per organisation", "Högst %(num)d platser per organisation", limit) % {"num": limit}


def not_now(offering: Offering, obstacle: Full) -> str:
    """Why the calendar says no."""
    if obstacle is Full.NOT_OPEN and offering.opens_at is not None:
        return _("Anmälan öppnar {day}, kl. {clock}").format(
            day=day(offering.opens_at, offering.timezone), clock=clock(offering.opens_at, offering.timezone)
        )
    return _("Anmälan är stängd. Sista dag var {day}").format(day=deadline(offering.last_day, offering.timezone))


def refusal_text(offering: Offering, organisation: str, because: str) -> str:
    """Why a wish was refused, and what to do: the activity, the organisation, or the date is named."""
    facts = {"activity": full_title(offering), "organisation": organisation}
    if because == Full.ACTIVITY:
        text = _("{activity} är full och har ingen kö. Välj en annan aktivitet.")
    elif because == Full.ORGANISATION:
        text = _("{organisation} har inga platser kvar på {activity}, som inte har någon kö. Välj en annan aktivitet.")
    elif because == Full.NOT_OPEN:
        text = _("Anmälan till {activity} har inte öppnat än. Välj en annan aktivitet, eller kom tillbaka då.")
    else:
        text = _("Anmälan till {activity} har stängt. Välj en annan aktivitet.")
    return text.format(**facts)


def why_waiting(because: str | None, organisation: str, left: Left) -> str:
    """Why somebody in the queue has no seat, for staff: what is true now, or what was full when they came."""
    if left.room.left == 0:
        return _("Aktiviteten är full")
    if because == Full.ORGANISATION:
        return _("{organisation} har fyllt sina platser").format(organisation=organisation)
    return _("Aktiviteten var full när anmälan kom")


def until_when(moment: datetime, zone: str) -> str:
    """The last moment of an offer: "torsdag 12 juni, kl. 14.00"."""
    return _("{day}, kl. {clock}").format(day=day(moment, zone), clock=clock(moment, zone))

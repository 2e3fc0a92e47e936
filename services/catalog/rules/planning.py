"""What an activity's times and seats must agree on, and what a project lacks before it can be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.catalog.rules.details import ActivityDetails
from shared.i18n import N_

LONGEST = timedelta(days=31)


def contradictions(plan: ActivityDetails) -> dict[str, str]:
    """Field → what is wrong with it, said to the organiser. Empty when all agrees."""
    wrong: dict[str, str] = {}
    if plan.ends_at <= plan.starts_at:
        wrong["ends_at"] = N_("Aktiviteten måste sluta efter att den börjar. Ändra sluttiden.")
    elif plan.ends_at - plan.starts_at > LONGEST:
        wrong["ends_at"] = N_("En aktivitet kan vara högst 31 dagar. Dela upp den i flera aktiviteter.")
    if plan.last_day > plan.starts_at + timedelta(days=1):
        wrong["last_day"] = N_("Sista anmälningsdag måste vara senast samma dag som aktiviteten börjar.")
    if plan.opens_at is not None and plan.opens_at >= plan.last_day:
        wrong["opens_at"] = N_("Anmälan måste öppna före sista anmälningsdag.")
    if plan.mode != "online" and not plan.town:
        wrong["town"] = N_("Ange orten där aktiviteten hålls, eller välj att den är digital.")
    if plan.capacity is not None and plan.seats_per_organisation is not None and plan.seats_per_organisation > plan.capacity:
        wrong["seats_per_organisation"] = N_("En organisation kan inte ha fler platser än aktiviteten.")
    return wrong


def moves(
    plan: ActivityDetails, *, starts_at: datetime, ends_at: datetime, mode: str, venue: str, address: str, town: str
) -> bool:
    """Whether the plan changes the time or the place that an activity has."""
    return (plan.starts_at, plan.ends_at, plan.mode, plan.venue, plan.address, plan.town) != (
        starts_at, ends_at, mode, venue, address, town,
    )  # fmt: skip


@dataclass(frozen=True)
class Lack:
    """Something that must be there before publishing, and where to write it: a field of the project's form, or the activities."""

    where: str
    message: str


def what_lacks(*, purpose: str, audience: str, organisers: Sequence[object], activities: int) -> list[Lack]:
    """What a project must have before it can be published. Empty when it is ready."""
    lacks = []
    if not purpose.strip():
        lacks.append(Lack("purpose", N_("Skriv varför projektet finns.")))
    if not audience.strip():
        lacks.append(Lack("audience", N_("Skriv vem projektet är till för.")))
    if not organisers:
        lacks.append(Lack("organisers", N_("Ange minst en arrangör.")))
    if not activities:
        lacks.append(Lack("activities", N_("Lägg till minst en aktivitet.")))
    return lacks

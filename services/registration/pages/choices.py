"""What the form offers, ready to be shown: activities in their groups, each with what is left and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registration import wording
from services.registration.actions.ledger import Left
from services.registration.actions.organisations import Known
from services.registration.models import Offering
from services.registration.rules.seats import Full
from shared.i18n import _


@dataclass(frozen=True)
class Choice:
    """One activity of the form."""

    offering: Offering
    left: Left
    organisation: str
    """The organisation that the seats are counted for; empty when it is not known yet."""
    obstacle: Full | None
    """What the calendar says against it."""

    @property
    def title(self) -> str:
        return wording.full_title(self.offering)

    @property
    def where(self) -> str:
        return wording.where(self.offering)

    @property
    def tags(self) -> Sequence[tuple[str, str]]:
        """What is left, for everybody and for the organisation, each with its colour: room, a queue, or nothing to be had."""
        if self.obstacle is not None:
            return [(wording.not_now(self.offering, self.obstacle), "neutral")]
        room = self.left.room
        full = "warning" if room.waiting_list else "neutral"
        everybody = (wording.seats_left(room, self.left.waiting), full if room.left == 0 else "success")
        if room.left == 0:
            return [everybody]
        if not self.organisation:
            return _said(everybody, (wording.at_most_per_organisation(self.offering.seats_per_organisation), "neutral"))
        own = (wording.seats_left_for(self.organisation, room), full if room.left_for_organisation == 0 else "success")
        return _said(everybody, own)

    @property
    def seats(self) -> Sequence[str]:
        """The same in words only."""
        return [said for said, _colour in self.tags]

    @property
    def is_closed(self) -> bool:
        """Nothing can come of choosing it: closed, or full without a queue. In a hybrid one digital seats remain."""
        full = self.left.room.obstacle is not None and not self.left.room.waiting_list
        return self.obstacle is not None or (full and self.offering.mode != "hybrid")


@dataclass(frozen=True)
class Group:
    """Activities that stand together: a choice group, or all that are in none."""

    field: str
    title: str
    single: bool
    choices: Sequence[Choice]

    @property
    def legend(self) -> str:
        return self.title or (_("Aktiviteter") if len(self.choices) > 1 else _("Aktivitet"))

    @property
    def hint(self) -> str:
        if self.single:
            return _("Välj en.")
        return _("Du kan välja en eller flera.") if len(self.choices) > 1 else ""


def choices_of(
    offerings: Sequence[Offering], left: Mapping[UUID, Left], organisation: Known | None, now: datetime
) -> list[Choice]:
    """Every activity with what is left of it."""
    title = organisation.title if organisation else ""
    return [Choice(offering, left[offering.id], title, offering.window.obstacle(now)) for offering in offerings]


def _said(*tags: tuple[str, str]) -> list[tuple[str, str]]:
    return [tag for tag in tags if tag[0]]


def field_of(choice_group_id: UUID | None) -> str:
    """The form's field in which an activity is ticked: its choice group's own, or the common one."""
    return f"group_{choice_group_id}" if choice_group_id else "activities"


def groups_of(choices: Sequence[Choice]) -> list[Group]:
    """The activities in groups, in order of each group's first activity."""
    together: dict[str, list[Choice]] = {}
    for choice in choices:
        together.setdefault(field_of(choice.offering.choice_group_id), []).append(choice)
    return [
        Group(field, members[0].offering.choice_group_title, members[0].offering.choice_group_single, members)
        for field, members in together.items()
    ]


def ticked(raw: Mapping[str, Any], groups: Sequence[Group], chosen: Sequence[UUID]) -> dict[str, Any]:
    """The form's raw values with the chosen activities ticked in their groups."""
    picked = {str(activity_id) for activity_id in chosen}
    boxes = {
        group.field: [str(choice.offering.id) for choice in group.choices if str(choice.offering.id) in picked]
        for group in groups
    }
    return {**raw, **boxes}

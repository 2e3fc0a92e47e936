"""Activities in the order and the groups in which pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from services.catalog.models import Activity, ChoiceGroup
from shared.i18n import local


@dataclass
class Entry:
    """One activity, or the parallel activities of a choice group."""

    activities: list[Activity] = field(default_factory=list)
    group: ChoiceGroup | None = None


@dataclass(frozen=True)
class Month:
    """The activities that start in one month."""

    first: date
    activities: Sequence[Activity]


def entries(activities: Iterable[Activity]) -> list[Entry]:
    """In order of time; a choice group stands where its first activity would, with all of them."""
    found: list[Entry] = []
    groups: dict[object, Entry] = {}
    for activity in activities:
        key = activity.choice_group_id
        if key is not None and key in groups:
            groups[key].activities.append(activity)
            continue
        entry = Entry([activity], activity.choice_group)
        found.append(entry)
        if key is not None:
            groups[key] = entry
    return found


def months(activities: Iterable[Activity]) -> list[Month]:
    """By the month in which they start, on Stockholm's clocks, in the order given."""
    by_month = groupby(activities, key=lambda activity: local(activity.starts_at).date().replace(day=1))
    return [Month(first, list(those)) for first, those in by_month]


def split(activities: Iterable[Activity], now: datetime) -> tuple[list[Activity], list[Activity]]:
    """What has not ended, the nearest first; and what has, the latest first."""
    every = list(activities)
    coming = [activity for activity in every if activity.ends_at >= now]
    return coming, [activity for activity in reversed(every) if activity.ends_at < now]

"""A project's figures: who came, from where, how often; what was visited; who spoke.

Computed from participation facts only. A person counts for the organisation that they represented at the time.
Organisations that were merged afterwards count as the one they became.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.catalog.rules.details import Speakers


@dataclass(frozen=True)
class Presence:
    """One person, unknown by name, was present at one activity."""

    activity_id: UUID
    pseudonym: bytes
    organisation_id: UUID


@dataclass(frozen=True)
class Held:
    """An activity of the project: only those where somebody was present are counted."""

    activity_id: UUID
    kind: str
    mode: str
    region_code: str | None
    speakers: Speakers


@dataclass(frozen=True)
class Figures:
    """What the final report says in numbers."""

    unique_participants: int = 0
    organisations: int = 0
    participations: int = 0
    activities: int = 0
    study_visits: int = 0
    regions_visited: tuple[str, ...] = ()
    """County codes, in order."""
    speakers: Speakers = field(default_factory=Speakers)

    @property
    def speakers_in_all(self) -> int:
        spoke = self.speakers
        return spoke.women + spoke.men + spoke.other + spoke.not_stated


def compute(presences: Iterable[Presence], activities: Iterable[Held], merged: Mapping[UUID, UUID]) -> Figures:
    """The figures. `merged` says what an organisation has become; ids that it does not know stand for themselves."""
    present = set(presences)
    attended = {presence.activity_id for presence in present}
    held = [activity for activity in activities if activity.activity_id in attended]
    return Figures(
        unique_participants=len({presence.pseudonym for presence in present}),
        organisations=len({became(presence.organisation_id, merged) for presence in present}),
        participations=len({(presence.activity_id, presence.pseudonym) for presence in present}),
        activities=len(held),
        study_visits=sum(activity.kind == "study_visit" for activity in held),
        regions_visited=tuple(sorted({a.region_code for a in held if a.region_code and a.mode != "online"})),
        speakers=Speakers(
            women=sum(activity.speakers.women for activity in held),
            men=sum(activity.speakers.men for activity in held),
            other=sum(activity.speakers.other for activity in held),
            not_stated=sum(activity.speakers.not_stated for activity in held),
        ),
    )


def became(organisation_id: UUID, merged: Mapping[UUID, UUID]) -> UUID:
    """What the organisation is today, after any number of mergers."""
    seen = {organisation_id}
    while (into := merged.get(organisation_id)) is not None and into not in seen:
        seen.add(into)
        organisation_id = into
    return organisation_id

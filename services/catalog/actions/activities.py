"""Activities and choice groups: planned, changed, released."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.catalog.actions.releasing import announce_activity
from services.catalog.errors import (
    AlreadyPublished,
    ChangedMeanwhile,
    ProjectIsDraft,
    ProjectIsFinished,
    PublishedStays,
    TimeAndPlaceStand,
)
from services.catalog.models import Activity, ChoiceGroup, ProgrammeItem, Project
from services.catalog.rules.details import ActivityDetails
from services.catalog.rules.planning import moves
from shared.database import new_id


def plan_activity(session: Session, project: Project, details: ActivityDetails, *, activity_id: UUID | None = None) -> Activity:
    """A new draft: released with its project, or by itself when that is public already. Raises `ProjectIsFinished`."""
    if project.status == "finished":
        raise ProjectIsFinished
    chosen = activity_id or new_id()
    activity = Activity(
        id=chosen,
        project=project,
        status="draft",
        revision=0,
        version=1,
        timezone="Europe/Stockholm",
        calendar_uid=f"{chosen}@traffpunkt",
        calendar_sequence=0,
    )
    _write(activity, details)
    session.add(activity)
    session.flush()
    session.refresh(activity, ["host", "choice_group"])
    return activity


def change_activity(session: Session, activity: Activity, details: ActivityDetails, *, version: int) -> None:
    """What staff wrote, in place of what stood; of a released activity, all but its time and place, and told to all at once.

    Raises `ChangedMeanwhile`, `TimeAndPlaceStand`, `ProjectIsFinished`.
    """
    if activity.project.status == "finished":
        raise ProjectIsFinished
    if version != activity.version:
        raise ChangedMeanwhile
    if activity.is_released and moves(
        details,
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        mode=activity.mode,
        venue=activity.venue,
        address=activity.address,
        town=activity.town,
    ):
        raise TimeAndPlaceStand
    _write(activity, details)
    activity.version += 1
    session.flush()
    session.refresh(activity, ["host", "choice_group"])
    if activity.is_released:
        announce_activity(session, activity)


def release_activity(session: Session, activity: Activity) -> None:
    """Make an activity of a public project public. Raises `AlreadyPublished`, `ProjectIsDraft`, `ProjectIsFinished`."""
    if activity.is_released:
        raise AlreadyPublished
    if activity.project.status == "finished":
        raise ProjectIsFinished
    if not activity.project.is_public:
        raise ProjectIsDraft
    announce_activity(session, activity)


def delete_activity(session: Session, activity: Activity) -> None:
    """Throw a draft away. Raises `PublishedStays`."""
    if activity.is_released:
        raise PublishedStays
    session.delete(activity)


def add_choice_group(
    session: Session, project: Project, *, title: str, single: bool, group_id: UUID | None = None
) -> ChoiceGroup:
    """A group of parallel activities: choose one (`single`), or one or several."""
    group = ChoiceGroup(id=group_id or new_id(), project_id=project.id, title=title, single=single)
    session.add(group)
    session.flush()
    session.expire(project, ["choice_groups"])
    return group


def change_choice_group(session: Session, project: Project, group: ChoiceGroup, *, title: str, single: bool) -> None:
    """Another title or rule: its released activities are told anew, since they carry both."""
    group.title, group.single = title, single
    session.flush()
    for activity in project.activities:
        if activity.is_released and activity.choice_group_id == group.id:
            announce_activity(session, activity)


def _write(activity: Activity, details: ActivityDetails) -> None:
    for name in (
        "kind", "number", "theme", "title", "description", "mode", "starts_at", "ends_at", "venue", "address", "town", "join_url",
        "host_id", "region_code", "capacity", "seats_per_organisation", "waiting_list", "opens_at", "last_day", "choice_group_id",
    ):  # fmt: skip
        setattr(activity, name, getattr(details, name))
    activity.speakers_women = details.speakers.women
    activity.speakers_men = details.speakers.men
    activity.speakers_other = details.speakers.other
    activity.speakers_not_stated = details.speakers.not_stated
    wanted = [(point.starts, point.title, point.speaker) for point in details.programme]
    if wanted != [(item.starts, item.title, item.speaker) for item in activity.programme]:
        kept = {item.position: item for item in activity.programme}
        activity.programme = [kept.get(position) or ProgrammeItem(position=position) for position in range(len(wanted))]
        for item, (starts, title, speaker) in zip(activity.programme, wanted, strict=True):
            item.starts, item.title, item.speaker = starts, title, speaker

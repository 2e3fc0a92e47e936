"""Three learning projects: one that is over, one that is open for registration, one with a meeting that is nearly full."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.catalog.actions.activities import add_choice_group, plan_activity
from services.catalog.actions.projects import plan_project, publish_project
from services.catalog.demo.register import demo_id, organisation_id, read
from services.catalog.models import Project
from services.catalog.rules.details import ActivityDetails, Leader, ProjectDetails, Speakers
from services.catalog.rules.programme import read_programme
from shared.i18n import STOCKHOLM, local


def load_projects(session: Session, moment: datetime) -> str:
    """Plan and publish each, as of the week in which it was published."""
    facts = read("projects")
    for project in facts:
        if session.get(Project, demo_id("project", project["reference"])) is None:
            _load(session, project, moment)
    return f"{len(facts)} projects with {sum(len(project['activities']) for project in facts)} activities are published"


def _load(session: Session, facts: dict[str, Any], moment: datetime) -> None:
    published_at = _at(moment, facts["published"], 1, "08.00")
    project = plan_project(
        session,
        _project(facts),
        responsible_id=demo_id("staff", "karin-ek"),
        project_id=demo_id("project", facts["reference"]),
        now=published_at,
    )
    for group in facts.get("choice_groups", []):
        add_choice_group(
            session, project, title=group["title"], single=group["single"], group_id=_within(facts, "choice-group", group)
        )
    for activity in facts["activities"]:
        plan_activity(session, project, _activity(facts, activity, moment), activity_id=_within(facts, "activity", activity))
    session.expire(project)
    publish_project(session, project, now=published_at)


def _project(facts: dict[str, Any]) -> ProjectDetails:
    return ProjectDetails(
        kind=facts["kind"],
        title=facts["title"],
        slug=facts["reference"],
        purpose=facts["purpose"],
        audience=facts["audience"],
        obligations=facts.get("obligations", ""),
        continuation=facts.get("continuation", ""),
        outcomes=tuple(facts["outcomes"]),
        focus_areas=tuple(facts.get("focus_areas", ())),
        organisers=tuple(organisation_id(title) for title in facts["organisers"]),
        leaders=tuple(Leader(organisation_id(leader["organisation"]), leader.get("person", "")) for leader in facts["leaders"]),
    )


def _activity(project: dict[str, Any], facts: dict[str, Any], moment: datetime) -> ActivityDetails:
    starts_at = _at(moment, facts["week"], facts["day"], facts["from"])
    last = local(starts_at).date() - timedelta(days=facts["last_day"])
    women, men = facts["speakers"]
    return ActivityDetails(
        kind=facts["kind"],
        title=facts["title"],
        mode=facts.get("mode", "on_site"),
        starts_at=starts_at,
        ends_at=_at(moment, facts["week"], facts["day"], facts["to"]),
        last_day=datetime.combine(last + timedelta(days=1), time(), STOCKHOLM),
        opens_at=_at(moment, facts["opens"], 1, "09.00") if "opens" in facts else None,
        number=facts.get("number"),
        theme=facts.get("theme", ""),
        description=facts.get("description", ""),
        venue=facts.get("venue", ""),
        address=facts.get("address", ""),
        town=facts.get("town", ""),
        join_url=facts.get("join_url", ""),
        host_id=organisation_id(facts["host"]),
        region_code=facts.get("region"),
        capacity=facts["capacity"],
        seats_per_organisation=facts.get("per_organisation"),
        choice_group_id=_within(project, "choice-group", {"reference": facts["group"]}) if "group" in facts else None,
        programme=tuple(read_programme("\n".join(facts.get("programme", [])))),
        speakers=Speakers(women=women, men=men),
    )


def _within(project: dict[str, Any], kind: str, facts: dict[str, Any]) -> UUID:
    """The id of something that belongs to a project."""
    return demo_id(kind, f"{project['reference']}/{facts['reference']}")


_HOLIDAYS = {(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)}
"""Month and day of the Swedish holidays with a date of their own: nobody meets then."""


def _at(moment: datetime, weeks: int, day: int, clock: str) -> datetime:
    """A time in the week that is `weeks` from this one, on Stockholm's clocks; a week later if that day is a holiday."""
    today = local(moment).date()
    monday = today - timedelta(days=today.weekday())
    hour, minute = clock.split(".")
    chosen = monday + timedelta(weeks=weeks, days=day - 1)
    while (chosen.month, chosen.day) in _HOLIDAYS:
        chosen += timedelta(weeks=1)
    return datetime.combine(chosen, time(int(hour), int(minute)), STOCKHOLM)

"""Open data: what is public here, as JSON. Facts only: no person, and no link to a meeting."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.catalog.models import Activity, FinalReport, Project
from services.catalog.queries.figures import frozen_figures
from services.catalog.queries.public import calendar, focus_areas, proposals, public_projects, regions
from shared.clock import now
from shared.web import SessionDep

router = APIRouter(prefix="/api/catalog/v1", tags=["open data"])
CACHED = "public, max-age=0, s-maxage=60, stale-if-error=600"


class Report(BaseModel):
    """A finished project's figures."""

    sentence: str
    unique_participants: int
    organisations: int
    participations: int
    study_visits: int
    regions_visited: list[str]
    speakers_women: int
    speakers_men: int
    speakers_other: int
    speakers_not_stated: int
    published_at: datetime

    @classmethod
    def of(cls, report: FinalReport) -> "Report":
        figures = frozen_figures(report)
        return cls(
            sentence=report.sentence,
            unique_participants=figures.unique_participants,
            organisations=figures.organisations,
            participations=figures.participations,
            study_visits=figures.study_visits,
            regions_visited=list(figures.regions_visited),
            speakers_women=figures.speakers.women,
            speakers_men=figures.speakers.men,
            speakers_other=figures.speakers.other,
            speakers_not_stated=figures.speakers.not_stated,
            published_at=report.published_at,
        )


class ProjectOut(BaseModel):
    """A published project."""

    id: UUID
    url: str
    kind: str
    title: str
    purpose: str
    organisers: list[str]
    finished: bool
    activities: int
    report: Report | None


class ActivityOut(BaseModel):
    """A released activity."""

    id: UUID
    url: str
    project: str
    kind: str
    number: int | None
    theme: str
    title: str
    mode: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    place: str
    region_code: str | None
    host: str
    last_day: datetime


class RegionOut(BaseModel):
    """A region of the register."""

    code: str
    title: str
    focus_areas: list[str]


class ProposalOut(BaseModel):
    """A proposal."""

    title: str
    form: str
    proposed_by: str | None
    occasion: str
    handed_in_on: date


@router.get("/projects")
def list_projects(request: Request, response: Response, session: SessionDep) -> list[ProjectOut]:
    """Published projects."""
    response.headers["cache-control"] = CACHED
    site = request.app.state.settings.public_url
    return [
        ProjectOut(
            id=listed.project.id,
            url=_project_url(site, listed.project),
            kind=listed.project.kind,
            title=listed.project.title,
            purpose=listed.project.purpose,
            organisers=[organiser.organisation.title for organiser in listed.project.organisers],
            finished=listed.project.status == "finished",
            activities=listed.activities,
            report=Report.of(listed.report) if listed.report else None,
        )
        for listed in public_projects(session, now())
    ]


@router.get("/activities")
def list_activities(
    request: Request,
    response: Response,
    session: SessionDep,
    past: Annotated[bool, Query(description="those that have ended, instead of those that have not")] = False,
    region: Annotated[str, Query(description="two-digit county code", pattern=r"^(\d\d)?$")] = "",
) -> list[ActivityOut]:
    """Released activities, those to come by default."""
    response.headers["cache-control"] = CACHED
    site = request.app.state.settings.public_url
    return [_activity(site, found) for found in calendar(session, now(), past=past, region=region, kind="", project="")]


@router.get("/regions")
def list_regions(response: Response, session: SessionDep) -> list[RegionOut]:
    """Regions with their focus areas; those that all regions share stand with each."""
    response.headers["cache-control"] = CACHED
    areas = focus_areas(session)
    shared_areas = [area.title for area in areas if area.region_code is None]
    return [
        RegionOut(
            code=found.region_code or "",
            title=found.title,
            focus_areas=[*shared_areas, *(area.title for area in areas if area.region_code == found.region_code)],
        )
        for found in regions(session)
    ]


@router.get("/proposals")
def list_proposals(response: Response, session: SessionDep) -> list[ProposalOut]:
    """Proposals, the latest occasion first."""
    response.headers["cache-control"] = CACHED
    return [
        ProposalOut(
            title=found.title,
            form=found.form,
            proposed_by=found.proposer.title if found.proposer else None,
            occasion=found.occasion,
            handed_in_on=found.handed_in_on,
        )
        for found in proposals(session)
    ]


def _project_url(site: str, project: Project) -> str:
    return f"{site}/projekt/{project.slug}"


def _activity(site: str, activity: Activity) -> ActivityOut:
    return ActivityOut(
        id=activity.id,
        url=f"{site}/aktivitet/{activity.id}",
        project=_project_url(site, activity.project),
        kind=activity.kind,
        number=activity.number,
        theme=activity.theme,
        title=activity.title,
        mode=activity.mode,
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        timezone=activity.timezone,
        place=activity.place,
        region_code=activity.region_code,
        host=activity.host.title if activity.host else "",
        last_day=activity.last_day,
    )

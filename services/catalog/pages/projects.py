"""Learning projects, as everybody sees them."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog.models import FinalReport, Project
from services.catalog.pages.agenda import entries
from services.catalog.queries.figures import Results, frozen_figures
from services.catalog.queries.public import final_report, public_project, public_projects, regions
from services.catalog.rules.survey_summary import summarise
from shared.clock import now
from shared.errors import NotFound
from shared.web import SessionDep, public, render

router = APIRouter(include_in_schema=False)


@router.get("/projekt")
def list_projects(request: Request, session: SessionDep) -> Response:
    """All of them: those that go on, then the finished."""
    moment = now()
    projects = public_projects(session, moment)
    return public(
        request,
        render(
            request,
            "catalog/projects.html",
            current=[listed for listed in projects if listed.project.status == "published"],
            finished=[listed for listed in projects if listed.project.status == "finished"],
        ),
    )


@router.get("/projekt/{slug}")
def show_project(request: Request, session: SessionDep, slug: str) -> Response:
    """Why, for whom, when; and what became of it."""
    project = public_project(session, slug)
    return public(request, project_page(request, session, project, now()))


@router.get("/projekt/{slug}/resultat")
def show_results(request: Request, session: SessionDep, slug: str) -> Response:
    """What those who took part answered, survey by survey, as the final report froze it. Raises `NotFound` without a report."""
    project = public_project(session, slug)
    report = _report(session, project)
    if report is None:
        raise NotFound
    results = [Results.thawed(survey) for survey in report.surveys]
    titles = {activity.id: activity for activity in project.activities}
    return public(
        request,
        render(
            request,
            "catalog/results.html",
            project=project,
            results=results,
            activities=titles,
            summary=summarise(survey.questions for survey in results),
        ),
    )


def project_page(request: Request, session: Session, project: Project, moment: datetime, *, preview: bool = False) -> Response:
    """The page, as visitors see it; or as they will, when staff look at it before it is published."""
    shown = [activity for activity in project.activities if preview or activity.is_released]
    report = _report(session, project)
    surveys: Sequence[Results] = [Results.thawed(survey) for survey in report.surveys] if report else []
    figures = frozen_figures(report) if report else None
    return render(
        request,
        "catalog/project.html",
        project=project,
        entries=entries(shown),
        bookable=[activity for activity in shown if activity.window(moment) == "open"],
        report=report,
        figures=figures,
        region_names=region_names(session) if figures else {},
        summary=summarise(survey.questions for survey in surveys),
        invited=sum(survey.invited for survey in surveys),
        answered=sum(survey.answered for survey in surveys),
        now=moment,
        preview=preview,
    )


def region_names(session: Session) -> dict[str, str]:
    """County code → the region's name."""
    return {region.region_code: region.title for region in regions(session) if region.region_code}


def _report(session: Session, project: Project) -> FinalReport | None:
    return final_report(session, project.id) if project.status == "finished" else None

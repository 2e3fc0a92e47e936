"""The figures of a project, and the final report that freezes them."""

from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from services.catalog.actions.reports import publish_report
from services.catalog.models import Project
from services.catalog.pages.projects import region_names
from services.catalog.pages.work import guarded
from services.catalog.queries import staff as queries
from services.catalog.queries.figures import Results, attendances, frozen_figures, project_figures, survey_results
from services.catalog.queries.public import final_report
from services.catalog.rules.survey_summary import summarise
from services.catalog.sentences import report_sentence
from shared.clock import now
from shared.i18n import _
from shared.web import OrganiserDep, SessionDep, redirect, render

router = guarded(OrganiserDep)


@router.get("/arbeta/projekt/{project_id}/siffror")
def show_figures(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """The figures as they are now, each explained; or as the report froze them."""
    project = queries.project_with_activities(session, project_id)
    return render(request, "catalog/work/figures.html", **_figures(session, project))


@router.get("/arbeta/projekt/{project_id}/slutrapport")
def show_report(request: Request, session: SessionDep, project_id: UUID) -> Response:
    """The report as it will be, and what happens when it is published."""
    project = queries.project_with_activities(session, project_id)
    return render(request, "catalog/work/report.html", **_figures(session, project))


@router.post("/arbeta/projekt/{project_id}/slutrapport")
def publish(request: Request, session: SessionDep, staff: OrganiserDep, project_id: UUID) -> Response:
    """Freeze the figures and show them to all."""
    project = queries.project(session, project_id, lock=True)
    publish_report(session, project, published_by=queries.known(session, staff.staff_id), now=now())
    return redirect(request, f"/arbeta/projekt/{project_id}/siffror", flash=_("Slutrapporten är publicerad på projektets sida."))


def _figures(session: Session, project: Project) -> dict[str, Any]:
    report = final_report(session, project.id)
    figures = frozen_figures(report) if report else project_figures(session, project.id)
    results = [Results.thawed(survey) for survey in report.surveys] if report else survey_results(session, project.id)
    closed = attendances(session, project.id)
    moment = now()
    return {
        "project": project,
        "report": report,
        "figures": figures,
        "sentence": report_sentence(figures),
        "results": results,
        "summary": summarise(survey.questions for survey in results),
        "attendances": closed,
        "activities": {activity.id: activity for activity in project.activities},
        "open_attendances": [
            activity
            for activity in project.activities
            if activity.is_released and activity.ends_at < moment and activity.id not in closed
        ],
        "coming": [activity for activity in project.activities if activity.is_released and activity.ends_at >= moment],
        "region_names": region_names(session),
        "now": moment,
    }

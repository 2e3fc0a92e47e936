"""The start page: what comes next, what goes on, and what it has led to."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.catalog.queries.public import coming_activities, public_projects
from shared.clock import now
from shared.web import SessionDep, public, render

router = APIRouter(include_in_schema=False)
SHOWN = 6
RESULTS = 3


@router.get("/")
def show_start(request: Request, session: SessionDep) -> Response:
    """What comes next."""
    moment = now()
    projects = public_projects(session, moment, finished=RESULTS)
    return public(
        request,
        render(
            request,
            "catalog/start.html",
            now=moment,
            coming=coming_activities(session, moment, SHOWN),
            current=[listed for listed in projects if listed.project.status == "published"],
            finished=[listed for listed in projects if listed.project.status == "finished"],
        ),
    )

"""/drift/<service>/historik: the last two days as charts that are tables underneath."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from shared.clock import now
from shared.operations.alarms import recent_incidents
from shared.operations.history import read_history
from shared.operations.pages.common import LOOKING
from shared.web import SessionDep, render


def router(service: str) -> APIRouter:
    """One page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"/drift/{service}/historik", dependencies=LOOKING)
    def history(request: Request, session: SessionDep) -> Response:
        series = read_history(session, request.app.state.service.hooks, now())
        incidents = recent_incidents(session, request.app.state.service)
        return render(request, "operations/history.html", service=service, series=series, incidents=incidents)

    return routes

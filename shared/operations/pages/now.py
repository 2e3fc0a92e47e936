"""/drift and /drift/<service>: how things stand now, and /healthz."""

from typing import Any

from fastapi import APIRouter, Request
from redis import Redis
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from shared import clock
from shared.operations.control import switches
from shared.operations.expectations import by_expectation, overdue
from shared.operations.health import check_health
from shared.operations.pages.common import LOOKING, SERVICES, RedisDep
from shared.operations.state import read_state
from shared.operations.verdict import problems
from shared.web import SessionDep, render


def router(service: str) -> APIRouter:
    """The frame, the service's panel in it, and the service's own page."""
    routes = APIRouter(include_in_schema=False)
    mine = f"/drift/{service}"

    @routes.get("/healthz")
    def healthz(session: SessionDep, redis: RedisDep) -> Response:
        health = check_health(session, redis)
        body = {"service": service, "workers": health.workers, "relays": health.relays, "reasons": health.reasons}
        return JSONResponse(body, status_code=200 if health.well else 503)

    @routes.get("/drift", dependencies=LOOKING)
    def frame(request: Request) -> Response:
        return render(request, "operations/frame.html", services=SERVICES)

    @routes.get(mine, dependencies=LOOKING)
    def whole_panel(request: Request, session: SessionDep, redis: RedisDep) -> Response:
        whole = "HX-Request" not in request.headers
        template = "operations/service.html" if whole else "operations/service_now.html"
        can_stop = switches(session, request.app.state.service)
        return render(request, template, **_standing(request, session, redis), switches=can_stop)

    @routes.get(f"{mine}/panel", dependencies=LOOKING)
    def panel(request: Request, session: SessionDep, redis: RedisDep) -> Response:
        return render(request, "operations/panel.html", **_standing(request, session, redis))

    return routes


def _standing(request: Request, session: Session, redis: Redis) -> dict[str, Any]:
    """How the service stands, what is late, and what is to be said of both."""
    service = request.app.state.service
    state = read_state(session, service, redis)
    late = by_expectation(service, overdue(session, service, clock.now()))
    return {"state": state, "late": late, "problems": problems(state, late)}

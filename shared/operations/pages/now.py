"""/drift and /drift/<service>: how things stand now, and /healthz."""

from fastapi import APIRouter, Request
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
        state = read_state(session, request.app.state.service, redis)
        can_stop = switches(session, request.app.state.service)
        late = by_expectation(request.app.state.service, overdue(session, request.app.state.service, clock.now()))
        said = problems(state)
        return render(request, "operations/service.html", state=state, problems=said, switches=can_stop, late=late)

    @routes.get(f"{mine}/panel", dependencies=LOOKING)
    def panel(request: Request, session: SessionDep, redis: RedisDep) -> Response:
        state = read_state(session, request.app.state.service, redis)
        return render(request, "operations/panel.html", state=state, problems=problems(state))

    return routes

"""/drift/<service>/logg: who did what and why, and who read personal data."""

from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import Response

from shared.i18n import _
from shared.operations.audit import ACTS, Kind, count_lines, list_lines
from shared.operations.pages.common import LOOKING
from shared.web import Pagination, SessionDep, render


def router(service: str) -> APIRouter:
    """One list."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"/drift/{service}/logg", dependencies=LOOKING)
    def log(request: Request, session: SessionDep, visa: str = "") -> Response:
        kind: Kind = next((each for each in get_args(Kind) if each == visa), "")
        pages = Pagination.of(request, count_lines(session, kind))
        lines = list_lines(session, kind, limit=pages.size, offset=pages.offset)
        kinds = [("acts", _("Åtgärder")), ("reads", _("Läsningar av personuppgifter"))]
        return render(
            request,
            "operations/log.html",
            service=service,
            lines=lines,
            pages=pages,
            kinds=kinds,
            chosen=kind,
            acts=ACTS,
        )

    return routes

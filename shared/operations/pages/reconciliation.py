"""/drift/<service>/avstamning: what was said and what was heard, and "verify now"."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from shared.i18n import _
from shared.operations.pages.common import LOOKING
from shared.operations.reconciliation import read_books, verify
from shared.web import OperatorDep, SessionDep, redirect, render


def router(service: str) -> APIRouter:
    """One page and its button."""
    routes = APIRouter(include_in_schema=False)
    address = f"/drift/{service}/avstamning"

    @routes.get(address, dependencies=LOOKING)
    def show(request: Request, session: SessionDep) -> Response:
        return render(request, "operations/reconciliation.html", service=service, books=read_books(session))

    @routes.post(address)
    def verify_now(request: Request, session: SessionDep, staff: OperatorDep) -> Response:
        verify(session, str(staff.staff_id))
        return redirect(request, address, flash=_("Avstämningen har börjat. Ladda om sidan om en stund för att se vad den fann."))

    return routes

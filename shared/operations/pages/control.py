"""/drift/<service>/stopp, /start, /tom: stopping the line, starting it again, draining a worker."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.i18n import N_, _
from shared.operations import control
from shared.operations.pages.common import LOOKING
from shared.web import FormDep, OperatorDep, SessionDep, blank_form, parse_form, redirect, render
from shared.web.forms import Says, Text200

What = Literal["strom", "ko", "slag"]
"""A subscriber's stream, the service's queue, or something of the service's own."""
STOP = {"strom": control.stop_stream, "ko": control.stop_queue, "slag": control.stop_switch}
START = {"strom": control.start_stream, "ko": control.start_queue, "slag": control.start_switch}


class Stopping(BaseModel):
    """Why."""

    reason: Annotated[Text200, Says(N_("varför det pausas"))]


def router(service: str) -> APIRouter:
    """Ask why, then act."""
    routes = APIRouter(include_in_schema=False)
    mine = f"/drift/{service}"

    @routes.get(f"{mine}/stopp/{{what}}/{{name}}", dependencies=LOOKING)
    def ask(request: Request, what: What, name: str) -> Response:
        return render(request, "operations/stop.html", service=service, what=what, name=name, form=blank_form(Stopping))

    @routes.post(f"{mine}/stopp/{{what}}/{{name}}")
    def stop(request: Request, session: SessionDep, staff: OperatorDep, form: FormDep, what: What, name: str) -> Response:
        parsed = parse_form(Stopping, form)
        if parsed.value is None:
            return render(request, "operations/stop.html", status=422, service=service, what=what, name=name, form=parsed)
        STOP[what](session, request.app.state.service, name, actor=str(staff.staff_id), reason=parsed.value.reason)
        return redirect(request, mine, flash=_("Pausat. Ingenting går förlorat: det som kommer väntar tills du fortsätter."))

    @routes.post(f"{mine}/start/{{what}}/{{name}}")
    def start(request: Request, session: SessionDep, staff: OperatorDep, what: What, name: str) -> Response:
        START[what](session, request.app.state.service, name, actor=str(staff.staff_id))
        return redirect(request, mine, flash=_("Det fortsätter nu, i ordning."))

    @routes.post(f"{mine}/tom")
    def drain(
        request: Request, session: SessionDep, staff: OperatorDep, worker: Annotated[str, Form(max_length=200)]
    ) -> Response:
        control.drain(session, worker, actor=str(staff.staff_id))
        flash = _("Arbetaren gör klart det den har, slutar inom en halv minut och startas på nytt.")
        return redirect(request, mine, flash=flash)

    return routes

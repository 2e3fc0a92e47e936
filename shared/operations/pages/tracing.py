"""/drift/spar: what became of a registration, a person's mails, an activity, or anything with a correlation id.

The frame is any service's; each service shows its own part, so that a service that is away takes only its part with it.
"""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.clock import now
from shared.i18n import N_, _
from shared.operations.asking import read_search
from shared.operations.hooks import Clues
from shared.operations.pages.common import LOOKING, SERVICES
from shared.operations.timeline import MOST_IDS, find, note_reading, trace
from shared.web import FormDep, OperatorDep, SessionDep, blank_form, parse_form, redirect, render
from shared.web.forms import Says, Text200
from shared.web.searching import open_search, seal_search

FIRST = "registration"
"""It knows whose an address or an id is: the others are asked when it has answered, by what it found."""
KNOW_ADDRESSES = (FIRST, "notifications")

Ids = Annotated[list[UUID], Query(alias="id", max_length=MOST_IDS)]


class Searching(BaseModel):
    """What to follow. Posted, since it may be somebody's address."""

    search: Annotated[Text200, Says(N_("en e-postadress, ett id eller adressen till en sida"))]


def router(service: str) -> APIRouter:
    """The frame with its search, and this service's part."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/drift/spar", dependencies=LOOKING)
    def frame(request: Request, ids: Ids = [], sok: str = "") -> Response:  # noqa: B006 (FastAPI copies it)
        return render(request, "operations/trace.html", form=blank_form(Searching), **_asked(ids, sok))

    @routes.post("/drift/spar")
    def search(request: Request, form: FormDep, staff: OperatorDep) -> Response:
        parsed = parse_form(Searching, form)
        clues = read_search(parsed.value.search) if parsed.value else None
        if clues is None:
            if parsed.value:
                parsed.add_error("search", _("Skriv en hel e-postadress, ett id, eller klistra in adressen till en sida."))
            return render(request, "operations/trace.html", status=422, form=parsed, **_asked([], ""))
        query = {"id": sorted(clues.ids)} if clues.ids else {"sok": seal_search(clues.address, staff.staff_id, now())}
        return redirect(request, f"/drift/spar?{urlencode(query, doseq=True)}")

    @routes.get(f"/drift/{service}/spar")
    def part(request: Request, session: SessionDep, staff: OperatorDep, ids: Ids = [], sok: str = "") -> Response:  # noqa: B006
        asked = _clues(ids, sok, staff.staff_id, now())
        found = find(session, request.app.state.service, asked)
        steps = trace(session, request.app.state.service, found)
        note_reading(session, staff.staff_id, asked, found)
        facts: dict[str, Any] = {"service": service, "steps": steps, "knows": bool(asked.ids) or service in KNOW_ADDRESSES}
        every = sorted(found.ids)[:MOST_IDS]
        if "HX-Request" not in request.headers:
            follow = urlencode({"id": every}, doseq=True) if found.ids != asked.ids else ""
            return render(request, "operations/trace_page.html", follow=follow, others=[], **facts)
        follow = urlencode({"id": every, **({"sok": sok} if sok else {})}, doseq=True)
        others = [name for name in SERVICES if name != FIRST] if service == FIRST else []
        return render(request, "operations/trace_part.html", follow=follow, others=others, **facts)

    return routes


def _asked(ids: list[UUID], sok: str) -> dict[str, Any]:
    """What the frame hands on to the parts, and which of them is asked first."""
    query = urlencode({"sok": sok} if sok else {"id": ids}, doseq=True)
    return {"query": query, "services": [FIRST, *(name for name in SERVICES if name != FIRST)], "first": FIRST}


def _clues(ids: list[UUID], sok: str, staff_id: UUID, at: datetime) -> Clues:
    return Clues(open_search(sok, staff_id, at) if sok else "", frozenset(ids))

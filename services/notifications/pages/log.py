"""/utskick/mejl: what became of every mail. Reading it is noted; what failed can be sent again, with a reason."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.notifications import queries
from services.notifications.actions.messages import note, send_again
from services.notifications.forms import AgainForm
from services.notifications.rules.reasons import KINDS, REASONS, STATES
from shared.clock import now
from shared.errors import Forbidden
from shared.i18n import _
from shared.web import FormDep, Pagination, Parsed, SessionDep, Staff, StaffDep, blank_form, parse_form, redirect, render
from shared.web.searching import searched, to_what_is_searched

router = APIRouter(prefix="/utskick/mejl", include_in_schema=False)


def reader(staff: StaffDep) -> Staff:
    """Organisers answer for their mails, operators for that they leave."""
    if not (staff.may("organiser") or staff.may("operator")):
        raise Forbidden
    return staff


ReaderDep = Annotated[Staff, Depends(reader, scope="function")]


@router.get("")
def show_log(request: Request, session: SessionDep, staff: ReaderDep, lage: str = "", sort: str = "") -> Response:
    """Mails by address or person, by state and kind."""
    words = searched(request, staff)
    query = queries.search_messages(words, lage if lage in STATES else "", sort if sort in KINDS else "")
    pages = Pagination.of(request, queries.count_messages(session, query))
    note(session, staff.staff_id, "messages.read", "messages", detail={"searched": bool(words), "state": lage, "kind": sort})
    return render(
        request,
        "notifications/log.html",
        messages=queries.page_of_messages(session, query, limit=pages.size, offset=pages.offset),
        pages=pages,
        search=words,
        state=lage,
        kind=sort,
        states=STATES,
        kinds=KINDS,
        reasons=REASONS,
        away=queries.server_pause(session, now=now()),
    )


@router.post("/sok")
def search(request: Request, staff: ReaderDep, form: FormDep) -> Response:
    """Search without an address in the address."""
    return to_what_is_searched(request, staff, form)


@router.get("/{message_id}")
def show_message(request: Request, session: SessionDep, staff: ReaderDep, message_id: UUID) -> Response:
    """One mail with every attempt."""
    note(session, staff.staff_id, "message.read", f"message:{message_id}")
    return _show(request, session, message_id, blank_form(AgainForm))


@router.post("/{message_id}/igen")
def again(request: Request, session: SessionDep, form: FormDep, staff: ReaderDep, message_id: UUID) -> Response:
    """Try it once more."""
    parsed = parse_form(AgainForm, form)
    if parsed.value is None:
        return _show(request, session, message_id, parsed, HTTPStatus.UNPROCESSABLE_ENTITY)
    send_again(session, message_id, by=staff.staff_id, reason=parsed.value.reason, now=now())
    return redirect(request, f"/utskick/mejl/{message_id}", flash=_("Mejlet är i kö igen."))


def _show(
    request: Request, session: SessionDep, message_id: UUID, form: Parsed[AgainForm], status: int = HTTPStatus.OK
) -> Response:
    message, attempts, person = queries.message_with_attempts(session, message_id)
    return render(
        request,
        "notifications/message.html",
        status=status,
        message=message,
        attempts=attempts,
        person=person,
        form=form,
        states=STATES,
        kinds=KINDS,
        reasons=REASONS,
    )

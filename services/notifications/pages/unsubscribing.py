"""/utskick/avanmal: where a reader wants no more invitations (RFC 8058).

Opening the page changes nothing, since mail scanners open links. A mail client's one-click POST carries no cookie and comes from
another origin: this path alone is exempt from the origin check, and does nothing but what its token allows.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications.actions.unsubscribing import address_of, is_unsubscribed, subscribe_again, unsubscribe
from shared.web import FormDep, SessionDep, limit_misses, redirect, render

router = APIRouter(include_in_schema=False)

OPEN_TO_ALL = "/utskick/avanmal/"


@router.get("/utskick/avanmal/{token}", dependencies=[limit_misses()])
def ask(request: Request, session: SessionDep, token: str) -> Response:
    """What would happen, or what has."""
    address = address_of(session, token)
    return render(request, "notifications/unsubscribe.html", address=address, done=is_unsubscribed(session, address), token=token)


@router.post("/utskick/avanmal/{token}", dependencies=[limit_misses()])
def act(request: Request, session: SessionDep, form: FormDep, token: str) -> Response:
    """By the page's button, or by the mail client's (which posts List-Unsubscribe=One-Click and wants no page)."""
    address = address_of(session, token)
    if form.get("angra"):
        subscribe_again(session, address)
    else:
        unsubscribe(session, address)
    if form.get("List-Unsubscribe"):
        return Response(status_code=200)
    return redirect(request, f"/utskick/avanmal/{token}")

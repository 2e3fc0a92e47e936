"""Signing in and out: ask for a link, open it, press the button."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from services.catalog.actions.sign_in import ask_for_link, is_live, use_link
from services.catalog.errors import LinkIsUsedUp
from services.catalog.forms.sign_in import SignInForm
from services.catalog.rules.addresses import local_path
from services.catalog.settings import Settings
from shared.clock import now
from shared.i18n import language
from shared.web import (
    FormDep,
    SessionDep,
    Staff,
    blank_form,
    clear_session_cookie,
    current_staff,
    limit,
    limit_misses,
    parse_form,
    redirect,
    render,
    set_session_cookie,
    sign_session,
)

router = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("/logga-in")
def show_sign_in(request: Request, next: str = "") -> Response:  # noqa: A002 (its name in the address)
    """The form; who is signed in already goes on."""
    if current_staff(request) is not None:
        return _onwards(request, local_path(next, ""))
    return render(request, "catalog/sign_in.html", form=blank_form(SignInForm, {"next": local_path(next, "")}))


@router.post("/logga-in", dependencies=[limit("10/minute"), limit("60/hour")])
def ask(request: Request, session: SessionDep, form: FormDep) -> Response:
    """Have the link mailed. The answer is the same whether the address is known or not."""
    parsed = parse_form(SignInForm, form)
    if parsed.value is None:
        return render(request, "catalog/sign_in.html", status=422, form=parsed)
    settings: Settings = request.app.state.settings
    ask_for_link(
        session,
        parsed.value.email,
        next_path=parsed.value.next,
        language=language(),
        public_url=settings.public_url,
        administrator_email=settings.administrator_email,
        now=now(),
    )
    return redirect(request, "/logga-in/skickad")


@router.get("/logga-in/skickad")
def show_sent(request: Request) -> Response:
    """What to do now, whoever asked."""
    return render(request, "catalog/sign_in_sent.html")


@router.get("/logga-in/{token}", dependencies=[limit_misses()])
def show_link(request: Request, session: SessionDep, token: Token) -> Response:
    """A button. Opening the page changes nothing: programs that look through mail open links too."""
    if not is_live(session, token, now=now()):
        return render(request, "catalog/sign_in_over.html", status=LinkIsUsedUp.status)
    return render(request, "catalog/sign_in_confirm.html", token=token)


@router.post("/logga-in/{token}", dependencies=[limit("20/minute")])
def sign_in(request: Request, session: SessionDep, token: Token) -> Response:
    """Use the link up, and be signed in on this browser."""
    moment = now()
    try:
        member, then = use_link(session, token, now=moment)
    except LinkIsUsedUp as over:
        return render(request, "catalog/sign_in_over.html", status=over.status)
    settings: Settings = request.app.state.settings
    staff = Staff(member.id, member.name, member.email, frozenset(member.roles))
    response = _onwards(request, then)
    set_session_cookie(response, sign_session(settings.session_private_key, staff, moment), settings)
    return response


@router.post("/logga-ut")
def sign_out(request: Request) -> Response:
    """Signed out on this browser."""
    response = redirect(request, "/")
    clear_session_cookie(response, request.app.state.settings)
    return response


def _onwards(request: Request, to: str) -> Response:
    """To the page that was asked for (its address holds its language already), or to the staff's start."""
    return RedirectResponse(to, status_code=303) if to else redirect(request, "/arbeta")

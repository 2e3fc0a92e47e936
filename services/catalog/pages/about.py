"""What the law and good manners ask a site to say of itself, and the contact page.

The texts stand in `texts/<language>/<page>.md`: whole pages are easier to write, check and translate than their sentences.
"""

from functools import cache
from pathlib import Path
from string import Template
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.catalog import labels
from services.catalog.actions.feedback import leave_feedback
from services.catalog.forms.feedback import FeedbackForm
from services.catalog.settings import Settings
from shared.clock import now
from shared.i18n import _, language
from shared.web import FormDep, Parsed, SessionDep, blank_form, limit, parse_form, public, redirect, render
from shared.web.bots import robot

router = APIRouter(include_in_schema=False)
TEXTS = Path(__file__).resolve().parents[1] / "texts"
PAGES = ("om", "tillganglighet", "personuppgifter", "kakor", "oppna-data")


class Text(NamedTuple):
    """A page's heading, and the rest of it as Markdown."""

    title: str
    body: str


def show_text(request: Request) -> Response:
    """One of the pages about the site."""
    text = about_text(request.scope["path"].strip("/"), request.app.state.settings)
    return public(request, render(request, "catalog/text.html", text=text), seconds=300)


for name in PAGES:
    router.add_api_route(f"/{name}", show_text, methods=["GET"], name=name)


@router.get("/kontakt")
def show_contact(request: Request) -> Response:
    """Where to turn, and a form that needs no name."""
    return _contact_page(request, blank_form(FeedbackForm))


@router.post("/kontakt", dependencies=[limit("5/minute")])
def send_feedback(request: Request, session: SessionDep, form: FormDep) -> Response:
    """Keep what was written for staff to read."""
    parsed = parse_form(FeedbackForm, form)
    if reason := robot(request, form):
        parsed.add_error("", reason)
    if parsed.value is None:
        return _contact_page(request, parsed, status=422)
    written = parsed.value
    leave_feedback(session, subject=written.subject, message=written.message, email=written.email or "", now=now())
    return redirect(request, "/kontakt/tack")


@router.get("/kontakt/tack")
def show_thanks(request: Request) -> Response:
    """It has arrived."""
    return render(request, "catalog/contact_thanks.html")


def _contact_page(request: Request, form: Parsed[FeedbackForm], *, status: int = 200) -> Response:
    subjects = [(subject, _(name)) for subject, name in labels.SUBJECTS.items()]
    return render(request, "catalog/contact.html", status=status, form=form, subjects=subjects)


def about_text(page: str, settings: Settings) -> Text:
    """The page in the language of the moment, with the settings' names and addresses in their places."""
    text = _read(page, language())
    values = {
        "controller": settings.controller,
        "contact_email": settings.contact_email,
        "data_protection_email": settings.data_protection_email,
        "authority": settings.supervisory_authority,
        "report_url": settings.supervisory_report_url,
    }
    return Text(text.title, Template(text.body).substitute(values))


@cache
def _read(page: str, spoken: str) -> Text:
    title, _blank, body = (TEXTS / spoken / f"{page}.md").read_text().partition("\n")
    return Text(title.removeprefix("# "), body)

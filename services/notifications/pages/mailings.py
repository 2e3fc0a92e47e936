"""/utskick/nytt and a draft's pages: write, look at it, try it on oneself."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from services.notifications import queries
from services.notifications.actions.mailings import (
    MailingText,
    audience,
    change_mailing,
    create_mailing,
    delete_mailing,
    find_mailing,
    send_test,
)
from services.notifications.forms import MailingForm
from services.notifications.mail.compose import Written, write
from services.notifications.mail.letters.letter import Site
from services.notifications.mail.letters.others import draft_letter
from services.notifications.models import Activity, Mailing, Project
from services.notifications.rules.placeholders import PLACEHOLDERS
from services.notifications.settings import settings
from shared.clock import now
from shared.errors import NotFound
from shared.i18n import _, in_language
from shared.web import FormDep, OrganiserDep, Parsed, SessionDep, Staff, blank_form, parse_form, redirect, render

router = APIRouter(prefix="/utskick", include_in_schema=False)

_FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""A mail's own styles are inline; nothing else of it runs or loads, and only our own page may frame it."""


@router.get("/nytt")
def new(request: Request, session: SessionDep, _staff: OrganiserDep, projekt: str = "", aktivitet: str = "") -> Response:
    """The form, with a text to begin from."""
    about = f"activity:{aktivitet}" if aktivitet else f"project:{projekt}" if projekt else ""
    whole_project = bool(projekt) and not aktivitet
    subject = _("Inbjudan: {aktivitet}")
    body = _(
        "Hej {namn}!\n\nVälkommen till **{aktivitet}** {tid}.\n\nSkriv här varför det är värt att komma, och för vem.\n\n"
        "Anmäl dig senast {sista_dag}."
    )
    if whole_project:
        subject = _("Inbjudan: {projekt}")
        body = _(
            "Hej {namn}!\n\nVälkommen att vara med i **{projekt}**.\n\nSkriv här varför det är värt att vara med, och för vem."
        )
    form = blank_form(MailingForm, {"about": about, "language": "sv", "subject": subject, "body": body, "lists": []})
    return _form(request, session, form, None)


@router.post("/nytt")
def create(request: Request, session: SessionDep, form: FormDep, staff: OrganiserDep) -> Response:
    parsed = parse_form(MailingForm, form)
    text = _checked(session, parsed)
    if parsed.value is None or text is None:
        return _form(request, session, parsed, None, HTTPStatus.UNPROCESSABLE_ENTITY)
    mailing = create_mailing(session, text, parsed.value.lists, by=staff.staff_id, by_name=staff.name)
    return redirect(request, f"/utskick/{mailing.id}", flash=_("Utkastet är sparat."))


@router.get("/{mailing_id}/redigera")
def edit(request: Request, session: SessionDep, _staff: OrganiserDep, mailing_id: UUID) -> Response:
    mailing = find_mailing(session, mailing_id)
    mailing.require_draft()
    about = f"activity:{mailing.activity_id}" if mailing.activity_id else f"project:{mailing.project_id}"
    initial = {
        "about": about,
        "language": mailing.language,
        "subject": mailing.subject,
        "body": mailing.body,
        "lists": [chosen.id for chosen in queries.chosen_lists(session, mailing_id)],
    }
    return _form(request, session, blank_form(MailingForm, initial), mailing)


@router.post("/{mailing_id}/redigera")
def save(request: Request, session: SessionDep, form: FormDep, _staff: OrganiserDep, mailing_id: UUID) -> Response:
    mailing = find_mailing(session, mailing_id, for_change=True)
    parsed = parse_form(MailingForm, form)
    text = _checked(session, parsed)
    if parsed.value is None or text is None:
        return _form(request, session, parsed, mailing, HTTPStatus.UNPROCESSABLE_ENTITY)
    change_mailing(session, mailing, text, parsed.value.lists)
    return redirect(request, f"/utskick/{mailing_id}", flash=_("Utkastet är sparat."))


@router.post("/{mailing_id}/ta-bort")
def delete(request: Request, session: SessionDep, _staff: OrganiserDep, mailing_id: UUID) -> Response:
    delete_mailing(session, find_mailing(session, mailing_id, for_change=True))
    return redirect(request, "/utskick", flash=_("Utkastet är borttaget."))


@router.post("/{mailing_id}/prov")
def try_on_oneself(request: Request, session: SessionDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    """A test mail to the organiser."""
    mailing = find_mailing(session, mailing_id)
    send_test(session, mailing, name=staff.name, address=staff.email, language=mailing.language)
    told = _("Ett prov är på väg till {address}.").format(address=staff.email)
    return redirect(request, f"/utskick/{mailing_id}", flash=told)


@router.get("/{mailing_id}/html")
def preview(session: SessionDep, staff: OrganiserDep, mailing_id: UUID) -> Response:
    """The HTML part by itself, for the frame on the draft's page."""
    written = written_for(session, find_mailing(session, mailing_id), staff)
    return HTMLResponse(written.html, headers={"content-security-policy": _FRAME_POLICY})


def show_draft(request: Request, session: SessionDep, staff: Staff, mailing: Mailing) -> Response:
    """How it looks, whom it would go to, and what one can do next."""
    project, activity = queries.names(session, mailing)
    return render(
        request,
        "notifications/draft.html",
        mailing=mailing,
        project=project,
        activity=activity,
        lists=queries.chosen_lists(session, mailing.id),
        audience=audience(session, mailing),
        written=written_for(session, mailing, staff),
    )


def written_for(session: SessionDep, mailing: Mailing, staff: Staff) -> Written:
    """The mail as the organiser would get it."""
    project, activity = queries.names(session, mailing)
    if project is None:
        raise NotFound
    own = settings()
    site = Site(own.public_url, own.sender)
    with in_language(mailing.language):
        letter = draft_letter(mailing, project, activity, staff.name, staff.email, site)
    return write("invitation", mailing.language, letter, site)


def _checked(session: SessionDep, parsed: Parsed[MailingForm]) -> MailingText | None:
    """What the form says, if what it is about exists and can fill its placeholders."""
    value = parsed.value
    if value is None:
        return None
    if misplaced := value.misplaced():
        names = ", ".join(f"{{{name}}}" for name in misplaced)
        parsed.add_error("body", _("{names} finns bara när inbjudan gäller en aktivitet.").format(names=names))
        return None
    activity = session.get(Activity, value.subject_id) if value.is_about_activity else None
    project = session.get(Project, activity.project_id if activity else value.subject_id)
    if project is None or (value.is_about_activity and activity is None):
        parsed.add_error("about", _("Välj vad inbjudan gäller"))
        return None
    return MailingText(project.id, activity.id if activity else None, value.subject, value.body, value.language)


def _form(
    request: Request, session: SessionDep, form: Parsed[MailingForm], mailing: Mailing | None, status: int = HTTPStatus.OK
) -> Response:
    return render(
        request,
        "notifications/mailing_form.html",
        status=status,
        form=form,
        mailing=mailing,
        subjects=queries.subjects(session, now=now()),
        lists=queries.lists_with_counts(session),
        placeholders=PLACEHOLDERS,
    )

"""Staff's pages for surveys: the list, one survey, its settings, its preview, sending and closing it."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.surveys.actions.closing import close_survey
from services.surveys.actions.drafts import change_settings, restore_standard_questions, survey_to_edit
from services.surveys.actions.inviting import send_now, switch
from services.surveys.errors import NotOpen
from services.surveys.forms.answering import answer_form
from services.surveys.forms.drafting import SettingsForm
from services.surveys.queries import count_projects, surveys_by_project, turnout, waiting_to_be_invited
from shared.clock import now
from shared.i18n import _, ngettext
from shared.web import FormDep, Pagination, SessionDep, blank_form, parse_form, redirect, render, require_role

router = APIRouter(
    prefix="/enkat/arbeta", dependencies=[Depends(require_role("organiser"), scope="function")], include_in_schema=False
)

PROJECTS_ON_A_PAGE = 5


@router.get("")
def list_surveys(request: Request, session: SessionDep, projekt: str | None = None) -> Response:
    """All surveys, by project; one project's with `?projekt=<slug>`."""
    pages = Pagination.of(request, count_projects(session, projekt), PROJECTS_ON_A_PAGE)
    projects = surveys_by_project(session, projekt, limit=pages.size, offset=pages.offset)
    return render(request, "surveys/list.html", projects=projects, pages=pages, only=projekt)


@router.get("/{survey_id}")
def show_survey(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """How a survey is, and what can be done with it now."""
    found = turnout(session, survey_id)
    waiting = waiting_to_be_invited(session, found.survey.activity_id) if found.survey.state == "draft" else None
    return render(request, "surveys/survey.html", found=found, survey=found.survey, waiting=waiting)


@router.get("/{survey_id}/installningar")
def edit_settings(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """The form of what is decided before sending."""
    survey = survey_to_edit(session, survey_id)
    return render(request, "surveys/settings.html", survey=survey, form=blank_form(SettingsForm, survey))


@router.post("/{survey_id}/installningar")
def save_settings(request: Request, session: SessionDep, form: FormDep, survey_id: UUID) -> Response:
    """Decide them."""
    parsed = parse_form(SettingsForm, form)
    if parsed.value is None:
        survey = survey_to_edit(session, survey_id)
        return render(request, "surveys/settings.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, survey=survey, form=parsed)
    change_settings(session, survey_id, **parsed.value.model_dump())
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Inställningarna är sparade."))


@router.post("/{survey_id}/av")
def switch_off(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Have it not sent."""
    switch(session, survey_id, off=True)
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Enkäten är avstängd och skickas inte."))


@router.post("/{survey_id}/pa")
def switch_on(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Have it sent when the attendance is closed."""
    switch(session, survey_id, off=False)
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Enkäten skickas när närvaron stängs."))


@router.get("/{survey_id}/standardfragor")
def confirm_restoring(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Ask before what somebody has written is thrown away."""
    return render(
        request,
        "surveys/confirm.html",
        survey=survey_to_edit(session, survey_id),
        title=_("Börja om från standardfrågorna?"),
        texts=[_("Frågorna som finns nu tas bort, även de som du har skrivit själv.")],
        yes=_("Börja om"),
        color="danger",
    )


@router.post("/{survey_id}/standardfragor")
def restore(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Start again from the standard questions."""
    restore_standard_questions(session, survey_id)
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Standardfrågorna är tillbaka."))


@router.get("/{survey_id}/forhandsvisa")
def preview(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """The form as those who were present see it."""
    survey = turnout(session, survey_id).survey
    form = blank_form(answer_form(survey.questions))
    return render(request, "surveys/answer.html", survey=survey, form=form, preview=True)


@router.post("/{survey_id}/forhandsvisa")
def try_preview(request: Request, session: SessionDep, form: FormDep, survey_id: UUID) -> Response:
    """Try the form: its messages are those that anybody gets, but nothing is kept."""
    survey = turnout(session, survey_id).survey
    parsed = parse_form(answer_form(survey.questions), form)
    if parsed.value is None:
        return render(
            request, "surveys/answer.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, survey=survey, form=parsed, preview=True
        )
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Så långt fungerar formuläret. Inget svar sparades."))


@router.get("/{survey_id}/skicka")
def confirm_sending(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Ask before a survey that was held back goes to people."""
    survey = survey_to_edit(session, survey_id)
    waiting = waiting_to_be_invited(session, survey.activity_id) or 0
    reached = ngettext("%(num)d person som var närvarande får den.", "%(num)d personer som var närvarande får den.", waiting)
    return render(
        request,
        "surveys/confirm.html",
        survey=survey,
        title=_("Skicka enkäten nu?"),
        texts=[reached % {"num": waiting}, _("När enkäten är skickad går frågorna och anonymiteten inte att ändra.")],
        yes=_("Skicka enkäten"),
        color="",
    )


@router.post("/{survey_id}/skicka")
def send(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Send it to those who were present."""
    invited = send_now(session, survey_id, site=request.app.state.settings.public_url, now=now())
    sent = ngettext("Enkäten är skickad till %(num)d person.", "Enkäten är skickad till %(num)d personer.", invited)
    said = sent % {"num": invited} if invited else _("Det finns ingen att skicka till än. Enkäten skickas när närvaron stängs.")
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=said)


@router.get("/{survey_id}/stang")
def confirm_closing(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Ask before the rest of the invited can no longer answer."""
    found = turnout(session, survey_id)
    if found.survey.state != "open":
        raise NotOpen
    texts = [_("De som inte har svarat kan inte svara efter det. Enkäten går inte att öppna igen.")]
    if 0 < found.answered < found.survey.threshold:
        few = _("Bara {answered} har svarat. Färre än {threshold} svar visas inte: de raderas utan att någon läser dem.")
        texts.append(few.format(answered=found.answered, threshold=found.survey.threshold))
    return render(
        request,
        "surveys/confirm.html",
        survey=found.survey,
        title=_("Stäng enkäten nu?"),
        texts=[_("{answered} av {invited} har svarat.").format(answered=found.answered, invited=found.invited), *texts],
        yes=_("Stäng enkäten"),
        color="danger",
    )


@router.post("/{survey_id}/stang")
def close(request: Request, session: SessionDep, survey_id: UUID) -> Response:
    """Close it before its time."""
    close_survey(session, survey_id, now=now())
    return redirect(request, f"/enkat/resultat/{survey_id}", flash=_("Enkäten är stängd."))

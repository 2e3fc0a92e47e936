"""The form behind the link in the mail. Nothing in here logs, counts or keeps who asks with a link that works."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.surveys.actions.answering import answer, questions_behind, survey_behind
from services.surveys.errors import AlreadyAnswered, NoSuchLink, SurveyClosed
from services.surveys.forms.answering import answer_form, answers_in
from shared.clock import now
from shared.i18n import N_, _
from shared.web import FormDep, SessionDep, blank_form, limit_misses, parse_form, redirect, render

router = APIRouter(include_in_schema=False)

TITLES = {
    AlreadyAnswered: N_("Du har redan svarat"),
    SurveyClosed: N_("Enkäten är stängd"),
    NoSuchLink: N_("Länken fungerar inte"),
}


@router.get("/enkat/tack")
def thank(request: Request) -> Response:
    """The answer is in the box. The address says nothing of whose it was."""
    return render(
        request, "surveys/message.html", title=_("Tack för ditt svar!"), text=_("Svaret är sparat. Du kan stänga sidan.")
    )


@router.get("/enkat/{token}", dependencies=[limit_misses()])
def ask(request: Request, session: SessionDep, token: str) -> Response:
    """The form. Opening it changes nothing: mail scanners open links, too."""
    try:
        survey = survey_behind(session, token, now=now())
    except (AlreadyAnswered, SurveyClosed, NoSuchLink) as told:
        return _explain(request, told)
    form = blank_form(answer_form(survey.questions))
    return render(request, "surveys/answer.html", survey=survey, form=form, preview=False)


@router.post("/enkat/{token}", dependencies=[limit_misses()])
def take_answer(request: Request, session: SessionDep, form: FormDep, token: str) -> Response:
    """Put the answer in the box, once."""
    try:
        questions = questions_behind(session, token, now=now())
        parsed = parse_form(answer_form(questions), form)
        if parsed.value is not None:
            answer(session, token, answers_in(parsed.value, questions), now=now())
            return redirect(request, "/enkat/tack")
        survey = survey_behind(session, token, now=now())
    except (AlreadyAnswered, SurveyClosed, NoSuchLink) as told:
        return _explain(request, told)
    return render(
        request, "surveys/answer.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, survey=survey, form=parsed, preview=False
    )


def _explain(request: Request, told: AlreadyAnswered | SurveyClosed | NoSuchLink) -> Response:
    return render(request, "surveys/message.html", status=told.status, title=_(TITLES[type(told)]), text=str(told))

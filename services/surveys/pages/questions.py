"""Staff's pages for the questions of a survey that is not sent yet: add, change, move, remove."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.surveys.actions.drafts import (
    add_question,
    change_question,
    move_question,
    question_of,
    remove_question,
    survey_to_edit,
)
from services.surveys.errors import NoSuchQuestion
from services.surveys.forms.drafting import FORMS, as_written, check_translation
from services.surveys.models import Question, Survey
from services.surveys.rules.questions import KINDS, Kind
from shared.i18n import N_, _
from shared.web import FormDep, Parsed, SessionDep, blank_form, parse_form, redirect, render, require_role

router = APIRouter(
    prefix="/enkat/arbeta/{survey_id}/fragor",
    dependencies=[Depends(require_role("organiser"), scope="function")],
    include_in_schema=False,
)

KIND_NAMES: dict[Kind, tuple[str, str]] = {
    "scale": (N_("Skala 1–5"), N_("Ett betyg från 1 till 5. Resultatet visas som medelbetyg.")),
    "single": (N_("Ett val"), N_("Ett av flera alternativ.")),
    "multi": (N_("Flera val"), N_("Ett eller flera av flera alternativ.")),
    "text": (N_("Fritext"), N_("Svar med egna ord. Bara arrangören läser dem.")),
}


@router.get("/ny")
def write_question(request: Request, session: SessionDep, survey_id: UUID, typ: str = "") -> Response:
    """Choose the kind of a new question; then the form for that kind."""
    survey = survey_to_edit(session, survey_id)
    if typ not in KINDS:
        return render(request, "surveys/kinds.html", survey=survey, kinds=KIND_NAMES)
    return _form(request, survey, typ, blank_form(FORMS[typ]))


@router.post("/ny")
def add(request: Request, session: SessionDep, form: FormDep, survey_id: UUID, typ: str = "") -> Response:
    """Ask it last."""
    if typ not in KINDS:
        raise NoSuchQuestion
    parsed = parse_form(FORMS[typ], form)
    check_translation(parsed)
    if parsed.value is None:
        return _form(request, survey_to_edit(session, survey_id), typ, parsed, HTTPStatus.UNPROCESSABLE_ENTITY)
    add_question(session, survey_id, parsed.value.draft(typ))
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Frågan är tillagd sist i enkäten."))


@router.get("/{question_id}")
def edit(request: Request, session: SessionDep, survey_id: UUID, question_id: UUID) -> Response:
    """The question's form."""
    survey = survey_to_edit(session, survey_id)
    question = question_of(survey, question_id)
    return _form(request, survey, question.kind, blank_form(FORMS[question.kind], as_written(question)), question=question)


@router.post("/{question_id}")
def change(request: Request, session: SessionDep, form: FormDep, survey_id: UUID, question_id: UUID) -> Response:
    """Ask with these words."""
    survey = survey_to_edit(session, survey_id)
    question = question_of(survey, question_id)
    parsed = parse_form(FORMS[question.kind], form)
    check_translation(parsed)
    if parsed.value is None:
        return _form(request, survey, question.kind, parsed, HTTPStatus.UNPROCESSABLE_ENTITY, question=question)
    change_question(session, survey_id, question_id, parsed.value.draft(question.kind))
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Frågan är ändrad."))


@router.post("/{question_id}/upp")
def move_up(request: Request, session: SessionDep, survey_id: UUID, question_id: UUID) -> Response:
    """Ask it one earlier."""
    return _moved(request, survey_id, move_question(session, survey_id, question_id, -1))


@router.post("/{question_id}/ned")
def move_down(request: Request, session: SessionDep, survey_id: UUID, question_id: UUID) -> Response:
    """Ask it one later."""
    return _moved(request, survey_id, move_question(session, survey_id, question_id, 1))


@router.get("/{question_id}/ta-bort")
def confirm_removal(request: Request, session: SessionDep, survey_id: UUID, question_id: UUID) -> Response:
    """Ask before the words are gone."""
    survey = survey_to_edit(session, survey_id)
    question = question_of(survey, question_id)
    return render(
        request,
        "surveys/confirm.html",
        survey=survey,
        title=_("Ta bort fråga {number}?").format(number=question.position),
        texts=[question.text_sv],
        yes=_("Ta bort frågan"),
        color="danger",
    )


@router.post("/{question_id}/ta-bort")
def remove(request: Request, session: SessionDep, survey_id: UUID, question_id: UUID) -> Response:
    """Do not ask it."""
    remove_question(session, survey_id, question_id)
    return redirect(request, f"/enkat/arbeta/{survey_id}", flash=_("Frågan är borttagen."))


def _moved(request: Request, survey_id: UUID, place: int) -> Response:
    return redirect(
        request, f"/enkat/arbeta/{survey_id}#fraga-{place}", flash=_("Frågan är nu nummer {place}.").format(place=place)
    )


def _form(
    request: Request, survey: Survey, kind: Kind, form: Parsed[Any], status: int = HTTPStatus.OK, question: Question | None = None
) -> Response:
    return render(
        request,
        "surveys/question.html",
        status=status,
        survey=survey,
        kind=kind,
        names=KIND_NAMES[kind],
        form=form,
        question=question,
    )

"""Results: figures for staff, what people wrote for the organiser, and the figures as a file."""

import csv
import io
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.surveys.errors import ResultsHidden
from services.surveys.queries import result_of, texts, turnout
from services.surveys.rules.questions import Words
from services.surveys.rules.results import response_rate
from shared.events.surveys import QuestionResult
from shared.i18n import _, language
from shared.web import HostDep, SessionDep, render, require_role

router = APIRouter(prefix="/enkat/resultat", include_in_schema=False)


@router.get("/{survey_id}.csv", dependencies=[Depends(require_role("host"), scope="function")])
def download(session: SessionDep, survey_id: UUID) -> Response:
    """The compiled results as a table that spreadsheets open: semicolons, a byte-order mark, a row per alternative."""
    found = turnout(session, survey_id)
    result = result_of(session, survey_id)
    if result is None:
        raise ResultsHidden(threshold=found.survey.threshold)
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";")
    rows.writerow([_("Fråga"), _("Svarsalternativ"), _("Antal"), _("Antal som svarat på frågan"), _("Medelbetyg")])
    for question in _questions(result.questions):
        text = Words(question.text, question.text_en).in_language(language())
        mean = "" if question.mean is None else f"{question.mean:.1f}".replace(".", "," if language() == "sv" else ".")
        for count in question.counts:
            label = Words(count.label, count.label_en).in_language(language())
            shown = _("visas inte") if count.count is None else count.count
            rows.writerow([_harmless(text), _harmless(label), shown, question.answered, mean])
    filename = f"enkatresultat-{found.survey.activity.project.slug}-{found.survey.activity.starts_at:%Y-%m-%d}.csv"
    return Response(
        "\ufeff" + file.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{filename}"'},
    )


@router.get("/{survey_id}")
def show_results(request: Request, session: SessionDep, staff: HostDep, survey_id: UUID) -> Response:
    """Bars that are tables, when there is anything to show; else why there is not."""
    found = turnout(session, survey_id)
    result = result_of(session, survey_id)
    if result is None:
        return render(request, "surveys/no_results.html", found=found, survey=found.survey)
    may_read = staff.may("organiser")
    return render(
        request,
        "surveys/results.html",
        survey=found.survey,
        result=result,
        rate=response_rate(result.answered, result.invited),
        questions=list(zip(found.survey.questions, _questions(result.questions), strict=True)),
        may_read=may_read,
        texts=texts(session, found.survey.questions) if may_read else {},
    )


def _questions(stored: list[object]) -> list[QuestionResult]:
    return [QuestionResult.model_validate(each) for each in stored]


def _harmless(text: str) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text

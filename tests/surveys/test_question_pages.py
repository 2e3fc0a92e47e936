"""Staff's pages for questions: write, change, move, remove, start again."""

import html
from typing import Any

import pytest
from sqlalchemy.orm import Session

from shared.testing import Client, signed_in
from tests.surveys.cast import draft_survey, released, survey_of, text_of


@pytest.fixture
def staff(client: Client) -> Client:
    signed_in(client, "organiser")
    return client


@pytest.mark.parametrize(
    ("kind", "posted", "options"),
    [
        ("text", {}, []),
        (
            "scale",
            {"low_sv": "Lite", "high_sv": "Mycket", "low_en": "Little"},
            [{"sv": "Lite", "en": "Little"}, {"sv": "Mycket", "en": ""}],
        ),
        (
            "single",
            {"options_sv": " Ja \r\n\r\nNej", "options_en": "Yes\r\nNo"},
            [{"sv": "Ja", "en": "Yes"}, {"sv": "Nej", "en": "No"}],
        ),
        ("multi", {"options_sv": "Ett\nTvå"}, [{"sv": "Ett", "en": ""}, {"sv": "Två", "en": ""}]),
    ],
)
def test_a_question_is_written_changed_and_removed(
    staff: Client, session: Session, kind: str, posted: dict[str, str], options: list[Any]
) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    session.commit()
    at = f"/enkat/arbeta/{survey.id}/fragor"
    assert f"typ={kind}" in staff.get(f"{at}/ny").text
    assert staff.get(f"{at}/ny?typ={kind}").status_code == 200

    added = staff.post(f"{at}/ny?typ={kind}", data={"text_sv": "Hur då?", "text_en": "How?", "required": "true"} | posted)
    assert added.status_code == 303
    question = survey_of(session, activity).questions[-1]
    assert (question.kind, question.text_sv, question.text_en, question.required) == (kind, "Hur då?", "How?", True)
    assert question.options == options

    form = staff.get(f"{at}/{question.id}")
    assert 'value="Hur då?"' in form.text
    changed = staff.post(f"{at}/{question.id}", data={"text_sv": "Varför?"} | posted)
    assert changed.status_code == 303
    question = survey_of(session, activity).questions[-1]
    assert (question.text_sv, question.text_en, question.required) == ("Varför?", "", False)

    assert "Varför?" in staff.get(f"{at}/{question.id}/ta-bort").text
    assert staff.post(f"{at}/{question.id}/ta-bort").status_code == 303
    assert len(survey_of(session, activity).questions) == 6


@pytest.mark.parametrize(
    ("kind", "posted", "field", "message"),
    [
        ("text", {}, "text_sv", "Ange frågan på svenska"),
        ("scale", {"text_sv": "Hur?"}, "low_sv", "Ange vad 1 betyder"),
        ("single", {"text_sv": "Hur?", "options_sv": "Bara ett"}, "options_sv", "mellan två och tolv"),
        ("single", {"text_sv": "Hur?", "options_sv": "\n".join(str(n) for n in range(13))}, "options_sv", "mellan två och tolv"),
        ("multi", {"text_sv": "Hur?", "options_sv": "Ja\nja"}, "options_sv", "är lika"),
        ("multi", {"text_sv": "Hur?", "options_sv": f"Ja\n{'a' * 81}"}, "options_sv", "högst 80 tecken"),
        (
            "multi",
            {"text_sv": "Hur?", "options_sv": "Ja\nNej", "options_en": "Yes"},
            "options_en",
            "lika många alternativ på engelska (1 nu)",
        ),
    ],
)
def test_a_question_that_will_not_do_is_explained(
    staff: Client, session: Session, kind: str, posted: dict[str, str], field: str, message: str
) -> None:
    survey = draft_survey(session)
    session.commit()
    question = next(question for question in survey.questions if question.kind == kind)
    for address in (f"/enkat/arbeta/{survey.id}/fragor/ny?typ={kind}", f"/enkat/arbeta/{survey.id}/fragor/{question.id}"):
        page = staff.post(address, data=posted)

        assert page.status_code == 422
        assert f'href="#{field}"' in page.text
        assert message in text_of(page.text)
        for value in posted.values():
            assert html.escape(value.splitlines()[0]) in page.text


def test_questions_are_moved(staff: Client, session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    session.commit()
    first, second = (question.id for question in survey.questions[:2])

    down = staff.post(f"/enkat/arbeta/{survey.id}/fragor/{first}/ned")
    assert down.headers["location"] == f"/enkat/arbeta/{survey.id}#fraga-2"
    assert [question.id for question in survey_of(session, activity).questions[:2]] == [second, first]
    staff.post(f"/enkat/arbeta/{survey.id}/fragor/{first}/upp")
    assert [question.id for question in survey_of(session, activity).questions[:2]] == [first, second]


def test_the_standard_questions_come_back_after_a_question(staff: Client, session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    survey.questions.clear()
    session.commit()

    assert "Börja om från standardfrågorna?" in staff.get(f"/enkat/arbeta/{survey.id}/standardfragor").text
    assert staff.post(f"/enkat/arbeta/{survey.id}/standardfragor").status_code == 303
    assert len(survey_of(session, activity).questions) == 6

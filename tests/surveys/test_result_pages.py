"""Results: what hosts and organisers see when a survey is closed."""

import csv
import io

import pytest
from sqlalchemy.orm import Session

from services.surveys.actions.answering import answer
from services.surveys.actions.closing import close_survey
from services.surveys.actions.drafts import add_question
from services.surveys.models import Survey
from services.surveys.rules.questions import Draft, Words
from shared.testing import Client, signed_in
from tests.surveys.cast import (
    NOW,
    answer_all,
    attended,
    draft_survey,
    full_answer,
    handle,
    open_survey,
    people,
    released,
    survey_of,
    text_of,
    tokens,
)


def closed(session: Session, grades: list[int], words: list[str]) -> Survey:
    survey = open_survey(session, people(20))
    answer_all(session, survey, grades, words)
    close_survey(session, survey.id, now=NOW)
    session.commit()
    return survey


@pytest.fixture
def survey(session: Session) -> Survey:
    return closed(session, [5] * 7 + [4] * 5 + [2], ["Mer tid för samtal", "Bra <b>lokal</b>"])


def test_an_organiser_sees_figures_and_what_people_wrote(client: Client, survey: Survey) -> None:
    signed_in(client, "organiser")
    with client.counting():
        page = client.get(f"/enkat/resultat/{survey.id}")

    assert (page.status_code, client.statements) == (200, 5)
    text = text_of(page.text)
    assert "20 inbjudna" in text
    assert "13 svar" in text
    assert "65 % svarsfrekvens" in text
    assert "Mer tid för samtal" in text
    assert "Bra <b>lokal</b>" in text
    assert "<b>lokal" not in page.text
    assert "Medelbetyg 4,4 av 5" in text
    assert "Betygens fördelning visas inte" in text
    assert "Helt 13 100 %" in text
    assert "Inte alls 0 0 %" in text


def test_a_host_sees_the_figures_only(client: Client, survey: Survey) -> None:
    signed_in(client, "host")
    with client.counting():
        page = client.get(f"/enkat/resultat/{survey.id}")

    assert (page.status_code, client.statements) == (200, 4)
    assert "Helt 13 100 %" in text_of(page.text)
    assert "Mer tid" not in page.text
    assert "/enkat/arbeta" not in page.text, "no way leads to where a host may not be"


def test_in_english(client: Client, survey: Survey) -> None:
    signed_in(client, "organiser")

    text = text_of(client.get(f"/en/enkat/resultat/{survey.id}").text)

    assert "Was the expected outcome reached?" in text
    assert "Fully 13 100%" in text
    assert "4.4 of 5" in text


def test_a_scale_shows_its_spread_when_no_grade_is_rare(client: Client, session: Session) -> None:
    survey = closed(session, [5] * 8 + [4] * 6, [])
    signed_in(client, "organiser")

    text = text_of(client.get(f"/enkat/resultat/{survey.id}").text)

    assert "5 – Mycket bra 8 57 %" in text
    assert "4 6 43 %" in text
    assert "Medelbetyg: 4,6 av 5" in text
    assert "Ingen har skrivit något" in text


def test_hidden_counts_say_so(client: Client, session: Session) -> None:
    activity = released()
    added = add_question(session, draft_survey(session, activity).id, Draft("single", Words("Färg?"), tuple(map(Words, "ABC"))))
    handle(session, attended(activity, people(20)))
    questions = survey_of(session, activity).questions
    for number, token in enumerate(tokens(session).values()):
        colour = 0 if number < 13 else 1 if number < 18 else 2
        answer(session, token, full_answer(questions) | {str(added.id): colour}, now=NOW)
    survey = close_survey(session, survey_of(session, activity).id, now=NOW)
    session.commit()
    signed_in(client, "organiser")

    text = text_of(client.get(f"/enkat/resultat/{survey.id}").text)

    assert "A 13 65 % B visas inte C visas inte 20 svar" in text


def test_the_file_holds_what_may_be_shown(client: Client, session: Session) -> None:
    activity = released()
    draft = draft_survey(session, activity)
    add_question(session, draft.id, Draft("single", Words("=SUMMA(A1)"), (Words("+1"), Words("Nej")), required=True))
    handle(session, attended(activity, people(10)))
    survey = survey_of(session, activity)
    answer_all(session, survey, [5] * 5 + [3], ["Hemligt"])
    close_survey(session, survey.id, now=NOW)
    session.commit()
    signed_in(client, "host")

    page = client.get(f"/enkat/resultat/{survey.id}.csv")

    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert page.headers["content-disposition"] == 'attachment; filename="enkatresultat-gron-omstallning-2026-11-20.csv"'
    assert page.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(page.text[1:]), delimiter=";"))
    assert rows[0] == ["Fråga", "Svarsalternativ", "Antal", "Antal som svarat på frågan", "Medelbetyg"]
    assert rows[1] == ["Vad tycker du om workshoppen som helhet?", "1 – Mycket dåligt", "visas inte", "6", "4,7"]
    assert ["Nåddes det förväntade resultatet?", "Helt", "6", "6", ""] in rows
    assert ["'=SUMMA(A1)", "'+1", "6", "6", ""] in rows
    assert "Hemligt" not in page.text
    english = list(csv.reader(io.StringIO(client.get(f"/en/enkat/resultat/{survey.id}.csv").text[1:]), delimiter=";"))
    assert english[1] == ["What did you think of the workshop as a whole?", "1 – Very poor", "not shown", "6", "4.7"]


@pytest.mark.parametrize(("answers", "said"), [(0, "För få har svarat"), (4, "För få har svarat")])
def test_too_few_answers_show_nothing(client: Client, session: Session, answers: int, said: str) -> None:
    survey = closed(session, [4] * answers, ["Hemligt"] * answers)
    signed_in(client, "organiser")

    page = client.get(f"/enkat/resultat/{survey.id}")

    assert page.status_code == 200
    assert said in text_of(page.text)
    assert "Hemligt" not in page.text
    assert client.get(f"/enkat/resultat/{survey.id}.csv").status_code == 409


def test_before_it_is_sent_there_is_nothing_to_show(client: Client, session: Session) -> None:
    survey = draft_survey(session)
    session.commit()
    signed_in(client, "host")

    assert "Enkäten är inte skickad" in text_of(client.get(f"/enkat/resultat/{survey.id}").text)

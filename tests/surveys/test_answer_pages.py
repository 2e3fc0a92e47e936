"""The form behind the link: as a person meets it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.surveys.actions.answering import empty_box
from services.surveys.actions.closing import close_survey
from services.surveys.actions.drafts import add_question
from services.surveys.models import Ballot, Survey
from services.surveys.rules.questions import Draft, Words
from shared.testing import Client
from tests.surveys.cast import (
    NOW,
    attended,
    draft_survey,
    form_of,
    handle,
    open_survey,
    people,
    released,
    survey_of,
    text_of,
    tokens,
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def survey(session: Session) -> Survey:
    return open_survey(session, people(6))


@pytest.fixture
def token(session: Session, survey: Survey) -> str:
    return next(iter(tokens(session).values()))


def ballots(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Ballot)) or 0


def test_the_form_asks_every_question(client: Client, survey: Survey, token: str) -> None:
    with client.counting():
        page = client.get(f"/enkat/{token}")

    assert (page.status_code, client.statements) == (200, 2)
    text = text_of(page.text)
    for question in survey.questions:
        assert f"{question.position}. {question.text_sv}" in text
        for words in question.option_words:
            assert words.sv in text
    assert "Workshop 1: Vad menar vi?" in text
    assert "Svara senast fredag 4 december" in text
    assert "varken vad du svarade eller när" in text
    assert page.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex, nofollow">' in page.text


def test_the_form_speaks_english_at_its_english_address(client: Client, survey: Survey, token: str) -> None:
    text = text_of(client.get(f"/en/enkat/{token}").text)

    assert "1. What did you think of the workshop as a whole?" in text
    assert "Not at all" in text
    assert "Frågan" not in text


def test_a_question_without_english_is_asked_in_swedish(client: Client, session: Session) -> None:
    activity = released()
    add_question(session, draft_survey(session, activity).id, Draft("single", Words("Bra?"), (Words("Ja"), Words("Nej"))))
    handle(session, attended(activity, people(1)))
    session.commit()

    assert "7. Bra?" in text_of(client.get(f"/en/enkat/{next(iter(tokens(session).values()))}").text)


def test_strict_anonymity_promises_more(client: Client, session: Session) -> None:
    open_survey(session, people(1), "strict")
    session.commit()

    assert "Vi sparar inget om vem som har svarat" in text_of(client.get(f"/enkat/{next(iter(tokens(session).values()))}").text)


def test_an_answer_is_put_in_the_box(client: Client, session: Session, survey: Survey, token: str) -> None:
    with client.counting():
        page = client.post(f"/enkat/{token}", data=form_of(survey.questions, 5, "  Mer tid. "))

    assert (page.status_code, page.headers["location"], client.statements) == (303, "/enkat/tack", 2)
    scale, useful, most, outcome, recommend, free = (str(question.id) for question in survey.questions)
    assert empty_box(session, survey.id) == [{scale: 5, useful: 5, most: [0, 1], outcome: 0, recommend: 0, free: "Mer tid."}]


def test_thanks_name_nobody(client: Client) -> None:
    with client.counting():
        page = client.get("/en/enkat/tack")

    assert (page.status_code, client.statements) == (200, 0)
    assert "Thank you for your answer!" in text_of(page.text)


def test_voluntary_questions_can_be_passed_over(client: Client, session: Session, survey: Survey, token: str) -> None:
    page = client.post(f"/enkat/{token}", data={"fraga_1": "1", "fraga_2": "2", "fraga_4": "4", "fraga_6": " "})

    assert page.status_code == 303
    ids = [str(question.id) for question in survey.questions]
    assert empty_box(session, survey.id) == [{ids[0]: 1, ids[1]: 2, ids[3]: 4}]


def test_what_is_missing_is_said_and_what_was_typed_is_kept(client: Client, session: Session, survey: Survey, token: str) -> None:
    page = client.post(f"/enkat/{token}", data={"fraga_1": "4", "fraga_3": ["1", "4"], "fraga_6": "Bra <dag>"})

    assert page.status_code == 422
    assert "Det finns 2 fel i formuläret" in page.text
    assert '<a class="ds-link" href="#fraga_2">Svara på fråga 2</a>' in page.text
    assert '<a class="ds-link" href="#fraga_4">Svara på fråga 4</a>' in page.text
    assert re.search(r'id="fraga_1-4"[^>]* checked', page.text)
    assert re.search(r'id="fraga_3-1"[^>]* checked', page.text)
    assert not re.search(r'id="fraga_3-0"[^>]* checked', page.text)
    assert "Bra &lt;dag&gt;</textarea>" in page.text
    assert ballots(session) == 0
    assert client.post(f"/enkat/{token}", data=form_of(survey.questions)).status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [("fraga_1", "6"), ("fraga_1", "-1"), ("fraga_4", "5"), ("fraga_4", "x"), ("fraga_3", ["0", "5"]), ("fraga_6", "a" * 5001)],
)
def test_what_no_form_offers_is_refused(
    client: Client, session: Session, survey: Survey, token: str, field: str, value: str
) -> None:
    page = client.post(f"/enkat/{token}", data=form_of(survey.questions) | {field: value})

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert ballots(session) == 0


def test_a_second_answer_gets_a_kind_page(client: Client, session: Session, survey: Survey, token: str) -> None:
    client.post(f"/enkat/{token}", data=form_of(survey.questions))
    again = client.post(f"/enkat/{token}", data=form_of(survey.questions))
    looked = client.get(f"/enkat/{token}")

    assert (again.status_code, looked.status_code) == (409, 409)
    assert "Du har redan svarat" in text_of(again.text)
    assert "Du har redan svarat" in text_of(looked.text)
    assert ballots(session) == 1


def test_a_closed_survey_says_so(client: Client, session: Session, survey: Survey, token: str) -> None:
    close_survey(session, survey.id, now=NOW)
    session.commit()

    for page in (client.get(f"/enkat/{token}"), client.post(f"/enkat/{token}", data=form_of(survey.questions))):
        assert page.status_code == 410
        assert "Enkäten är stängd" in text_of(page.text)


def test_a_survey_whose_time_is_out_says_so_before_the_relay_has_closed_it(
    client: Client, survey: Survey, token: str, clock: time_machine.Traveller
) -> None:
    clock.move_to(NOW + timedelta(days=20))

    assert client.get(f"/enkat/{token}").status_code == 410


def test_a_wrong_link_says_what_to_do(client: Client) -> None:
    page = client.get("/enkat/nagotannat")

    assert page.status_code == 404
    assert "Kontrollera att hela adressen i mejlet kom med" in text_of(page.text)


def test_another_site_cannot_answer_for_somebody(client: Client, session: Session, survey: Survey, token: str) -> None:
    page = client.post(f"/enkat/{token}", data=form_of(survey.questions), headers={"Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 403
    assert ballots(session) == 0


def test_one_question_and_none_voluntary(client: Client, session: Session) -> None:
    activity = released()
    draft = draft_survey(session, activity)
    draft.questions[:] = draft.questions[:1]
    handle(session, attended(activity, people(1)))
    session.commit()
    assert survey_of(session, activity).state == "open"

    text = text_of(client.get(f"/enkat/{next(iter(tokens(session).values()))}").text)

    assert "Enkäten har 1 fråga och tar ungefär 1 minut." in text

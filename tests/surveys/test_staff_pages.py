"""Staff's pages: who may, what they show, what they change."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from services.surveys.actions.closing import close_survey
from services.surveys.actions.inviting import switch
from services.surveys.models import Survey
from shared.events.surveys import SurveyInvited
from shared.testing import Client, recorded, signed_in
from tests.surveys.cast import NOW, answer_all, attended, draft_survey, handle, open_survey, people, released, survey_of, text_of


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def staff(client: Client) -> Client:
    signed_in(client, "organiser")
    return client


def addresses(survey: Survey) -> list[tuple[str, str, str]]:
    """Every staff route: method, address, the role it asks for."""
    work, question = f"/enkat/arbeta/{survey.id}", f"/enkat/arbeta/{survey.id}/fragor/{survey.questions[0].id}"
    read = [work, f"{work}/installningar", f"{work}/standardfragor", f"{work}/forhandsvisa", f"{work}/skicka", f"{work}/stang"]
    read += [f"{work}/fragor/ny", question, f"{question}/ta-bort", "/enkat/arbeta"]
    write = [
        f"{work}/{what}"
        for what in ("installningar", "av", "pa", "standardfragor", "forhandsvisa", "skicka", "stang", "fragor/ny")
    ]
    write += [question, *(f"{question}/{what}" for what in ("upp", "ned", "ta-bort"))]
    results = [f"/enkat/resultat/{survey.id}", f"/enkat/resultat/{survey.id}.csv"]
    return (
        [("GET", address, "organiser") for address in read]
        + [("POST", address, "organiser") for address in write]
        + [("GET", address, "host") for address in results]
    )


def test_every_staff_route_is_in_the_list(session: Session) -> None:
    from services.surveys.pages import questions, results, surveys

    listed = {(method, _pattern(address)) for method, address, _ in addresses(draft_survey(session))}
    routes = [route for page in (surveys, questions, results) for route in page.router.routes if isinstance(route, APIRoute)]
    assert {(method, re.sub(r"\{[a-z_]+\}", "*", route.path)) for route in routes for method in route.methods or ()} == listed


def _pattern(address: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", address)


def test_signed_out_everybody_is_sent_to_sign_in(client: Client, session: Session) -> None:
    for method, address, _ in addresses(draft_survey(session)):
        page = client.request(method, address)
        assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/logga-in"), address


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("organiser", {"organiser", "host"}), ("administrator", {"organiser", "host"}), ("host", {"host"}), ("operator", set())],
)
def test_each_role_may_what_it_may(client: Client, session: Session, role: str, allowed: set[str]) -> None:
    survey = draft_survey(session)
    session.commit()
    signed_in(client, role)
    for method, address, needed in addresses(survey):
        assert (client.request(method, address).status_code != 403) is (needed in allowed), f"{method} {address}"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_list_shows_every_survey_by_project_with_the_same_few_questions(staff: Client, session: Session, count: int) -> None:
    project = uuid4()
    for number in range(1, count + 1):
        draft_survey(session, released(project_id=project, number=number, title=f"Träff {number}"))
    session.commit()

    with staff.counting():
        page = staff.get("/enkat/arbeta")

    assert (page.status_code, staff.statements) == (200, 3)
    text = text_of(page.text)
    for number in range(1, count + 1):
        assert f"Workshop {number}: Träff {number}" in text
    assert ("Det finns inga enkäter ännu" in text) is (count == 0)
    assert page.text.count("<h2") == (1 if count else 0)


def test_the_list_can_show_one_project(staff: Client, session: Session) -> None:
    draft_survey(session, released(title="Den ena"))
    draft_survey(session, released(title="Den andra", project_slug="annat", project_title="Ett annat"))
    session.commit()

    text = text_of(staff.get("/enkat/arbeta?projekt=annat").text)

    assert "Den andra" in text
    assert "Den ena" not in text


def test_a_long_list_is_turned_page_by_page(staff: Client, session: Session) -> None:
    for number in range(7):
        draft_survey(session, released(title=f"Träff {number}", project_slug=f"p{number}", project_title=f"Projekt {number}"))
    session.commit()

    first, second = staff.get("/enkat/arbeta").text, staff.get("/enkat/arbeta?sida=2").text

    assert first.count("<h2") == 5
    assert second.count("<h2") == 2
    assert "?sida=2" in first


@pytest.mark.parametrize("state", ["draft", "off", "waiting", "empty", "nobody", "open", "closed"])
def test_a_surveys_page_says_how_it_is_and_what_comes_next(staff: Client, session: Session, state: str) -> None:
    said = {
        "draft": "Enkäten skickas när närvaron stängs",
        "off": "Enkäten är avstängd",
        "waiting": "2 personer var närvarande och kan få den nu",
        "empty": "Enkäten har inga frågor",
        "nobody": "ingen var närvarande",
        "open": "Svaren visas när enkäten är stängd",
        "closed": "Se resultatet",
    }
    activity = released()
    survey = draft_survey(session, activity)
    if state in {"off", "waiting"}:
        switch(session, survey.id, off=True)
    if state == "empty":
        survey.questions.clear()
    if state in {"waiting", "open", "closed", "nobody"}:
        handle(session, attended(activity, [] if state == "nobody" else people(2)))
    if state == "closed":
        close_survey(session, survey.id, now=NOW)
    session.commit()

    with staff.counting():
        page = staff.get(f"/enkat/arbeta/{survey.id}")

    assert page.status_code == 200
    assert said[state] in text_of(page.text)
    assert staff.statements == (3 if state in {"open", "closed"} else 4)
    assert ("Ändra inställningar" in page.text) is (state in {"draft", "off", "waiting", "empty", "nobody"})


def test_before_closing_staff_see_only_how_many(staff: Client, session: Session) -> None:
    survey = open_survey(session, people(8))
    answer_all(session, survey, [5] * 6, ["Hemligt"] * 6)
    session.commit()

    pages = [staff.get(address).text for address in (f"/enkat/arbeta/{survey.id}", f"/enkat/resultat/{survey.id}")]

    for page in pages:
        assert "6 av 8" in text_of(page)
        assert "Hemligt" not in page
        assert 'class="bars"' not in page
    assert staff.get(f"/enkat/resultat/{survey.id}.csv").status_code == 409


def test_settings_are_kept_or_refused(staff: Client, session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    session.commit()
    address = f"/enkat/arbeta/{survey.id}/installningar"
    assert re.search(r'value="tracked" checked', staff.get(address).text)

    wrong = staff.post(address, data={"mode": "named", "threshold": "4", "open_days": "x"})
    assert wrong.status_code == 422
    assert 'value="4"' in wrong.text
    assert all(f'href="#{name}"' in wrong.text for name in ("mode", "threshold", "open_days"))

    right = staff.post(address, data={"mode": "strict", "threshold": "8", "open_days": "21"})
    assert (right.status_code, right.headers["location"]) == (303, f"/enkat/arbeta/{survey.id}")
    after = survey_of(session, activity)
    assert (after.mode, after.threshold, after.open_days) == ("strict", 8, 21)
    assert "Inställningarna är sparade." in staff.get(right.headers["location"]).text


def test_off_and_on_again(staff: Client, session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    session.commit()

    assert staff.post(f"/enkat/arbeta/{survey.id}/av").status_code == 303
    assert survey_of(session, activity).switched_off
    assert staff.post(f"/enkat/arbeta/{survey.id}/pa").status_code == 303
    assert not survey_of(session, activity).switched_off


def test_a_held_back_survey_is_sent_after_a_question(staff: Client, session: Session) -> None:
    activity = released()
    survey = draft_survey(session, activity)
    switch(session, survey.id, off=True)
    handle(session, attended(activity, people(3)))
    session.commit()

    assert "3 personer som var närvarande får den" in text_of(staff.get(f"/enkat/arbeta/{survey.id}/skicka").text)
    assert recorded(session, SurveyInvited) == []
    page = staff.post(f"/enkat/arbeta/{survey.id}/skicka")

    assert "skickad till 3 personer" in staff.get(page.headers["location"]).text
    assert len(recorded(session, SurveyInvited)) == 3


def test_the_preview_is_the_form_and_keeps_nothing(staff: Client, session: Session) -> None:
    survey = draft_survey(session)
    session.commit()
    address = f"/enkat/arbeta/{survey.id}/forhandsvisa"

    assert "1. Vad tycker du om workshoppen som helhet?" in text_of(staff.get(address).text)
    assert "1. What did you think" in text_of(staff.get(f"/en{address}").text)
    assert staff.post(address, data={}).status_code == 422
    right = staff.post(address, data={"fraga_1": "3", "fraga_2": "3", "fraga_4": "0"})
    assert "Inget svar sparades" in staff.get(right.headers["location"]).text


def test_after_sending_the_forms_say_why_not(staff: Client, session: Session) -> None:
    survey = open_survey(session, people(1))
    session.commit()
    question = survey.questions[0].id
    for address in ("installningar", "standardfragor", "skicka", "fragor/ny", f"fragor/{question}", f"fragor/{question}/ta-bort"):
        page = staff.get(f"/enkat/arbeta/{survey.id}/{address}")
        assert page.status_code == 409
        assert "går inte längre att ändra" in text_of(page.text)


def test_what_does_not_exist_is_not_found(staff: Client, session: Session) -> None:
    survey = draft_survey(session)
    session.commit()
    for address in (
        f"/enkat/arbeta/{uuid4()}",
        f"/enkat/arbeta/{uuid4()}/installningar",
        f"/enkat/arbeta/{survey.id}/fragor/{uuid4()}",
        f"/enkat/resultat/{uuid4()}",
        f"/enkat/resultat/{uuid4()}.csv",
    ):
        assert staff.get(address).status_code == 404
    assert staff.post(f"/enkat/arbeta/{survey.id}/fragor/ny?typ=annat").status_code == 404


def test_closing_early_asks_first_and_warns_when_few_have_answered(staff: Client, session: Session) -> None:
    survey = open_survey(session, people(9))
    answer_all(session, survey, [4] * 3)
    session.commit()
    address = f"/enkat/arbeta/{survey.id}/stang"

    text = text_of(staff.get(address).text)
    assert "3 av 9 har svarat." in text
    assert "raderas utan att någon läser dem" in text

    page = staff.post(address)
    assert (page.status_code, page.headers["location"]) == (303, f"/enkat/resultat/{survey.id}")
    assert "För få har svarat" in text_of(staff.get(page.headers["location"]).text)
    assert staff.get(address).status_code == 409
    assert staff.post(address).status_code == 409

"""When something goes wrong, a person reads what and what to do next; a program gets problem details."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from shared.clock import now
from shared.settings import DEVELOPMENT_PRIVATE_KEY
from shared.web import sign_session
from tests.shared.web.test_staff import KARIN

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "address", "status", "title"),
    [
        ("GET", "/finns-inte", 404, "Sidan finns inte"),
        ("GET", "/projekt/guide/", 404, "Sidan finns inte"),
        ("POST", "/projekt/guide", 405, "Så kan sidan inte användas"),
        ("GET", "/tal/många", 422, "Något i adressen stämmer inte"),
        ("GET", "/full", 409, "Det gick inte"),
        ("GET", "/fel", 500, "Något gick fel hos oss"),
    ],
)
def test_each_failure_has_its_page(site: TestClient, method: str, address: str, status: int, title: str) -> None:
    answer = site.request(method, address)
    assert answer.status_code == status
    assert f'<h1 class="ds-heading" data-size="lg">{title}</h1>' in answer.text
    assert answer.headers["x-correlation-id"] in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_broken_rule_says_its_own_message_with_its_facts_escaped(site: TestClient) -> None:
    page = site.get("/full").text
    assert "Aktiviteten Skog &amp; trä är full. Ställ dig i kö, eller välj en annan aktivitet." in page


def test_the_reader_of_english_gets_english(site: TestClient) -> None:
    assert "The page does not exist" in site.get("/en/finns-inte").text
    assert "Something went wrong on our side" in site.get("/en/fel").text


def test_what_went_wrong_inside_is_not_shown(site: TestClient) -> None:
    assert "a fault of ours" not in site.get("/fel").text


def test_a_database_that_is_away_asks_for_patience(site: TestClient) -> None:
    site.cookies.set("session", sign_session(DEVELOPMENT_PRIVATE_KEY, KARIN, now()))
    answer = site.get("/arbeta")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "Det du skrev är inte sparat. Vänta någon minut och försök igen." in answer.text


def test_too_much_is_refused_before_it_is_read(site: TestClient) -> None:
    answer = site.post(
        "/anmalan", content=b"a=" + b"x" * 2_200_000, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
    assert "Det du skickade är för stort" in answer.text


def test_apis_answer_with_problem_details(site: TestClient) -> None:
    answer = site.get("/api/guide/full")
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json() == {
        "title": "Det gick inte",
        "status": 409,
        "detail": "Aktiviteten Skog & trä är full. Ställ dig i kö, eller välj en annan aktivitet.",
        "correlation": answer.headers["x-correlation-id"],
    }
    assert site.get("/api/guide/saknas").headers["content-type"] == "application/problem+json"


def test_an_api_says_which_value_was_wrong(site: TestClient) -> None:
    wrong = site.get("/api/guide/tal/x").json()
    assert wrong["status"] == 422
    assert wrong["errors"] == [
        {"at": ["path", "count"], "detail": "Input should be a valid integer, unable to parse string as an integer"}
    ]


def test_a_health_check_is_answered_by_a_program_for_a_program(site: TestClient) -> None:
    answer = site.get("/healthz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_a_body_of_untold_length_is_stopped_when_it_grows_too_long(site: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first_name="
        for _ in range(100):
            yield b"x" * 50_000

    answer = site.post("/anmalan", content=pieces(), headers=FORM)
    assert answer.status_code == 413
    assert "Det du skickade är för stort" in answer.text

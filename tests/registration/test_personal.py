"""The personal page: opened by a link, changed only by a button."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from services.registration.actions.needs import Wants, needs_of, seal_needs
from services.registration.actions.seats import cancel_seats
from services.registration.settings import DEVELOPMENT_NEEDS_KEY
from shared.clock import now
from shared.events.registration import RegistrationChanged
from shared.secrets import unseal
from shared.testing import Client, recorded
from tests.registration.cast import SITE, Cast
from tests.registration.sending import words


@pytest.fixture
def page_of(cast: Cast) -> Callable[[str], str]:
    """The address of somebody's personal page, as their mail has it."""
    return lambda name: unseal(cast.registration(name).sealed_link).removeprefix(SITE)


def test_everything_is_shown_and_nothing_is_indexed_or_cached(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    workshop = cast.released("Workshop", capacity=1)
    online = cast.released("Digitalt möte", mode="online", join_url="https://mote.example/hemligt")
    cast.registers("Bo Ek", workshop)
    cast.registers("Åsa Lind", workshop)
    cast.registers("Åsa Lind", online, mode="online")
    response = client.get(page_of("Åsa Lind"))
    page = words(response)
    for said in (
        "Workshop",
        "Du är nummer 1",
        "Digitalt möte",
        "https://mote.example/hemligt",
        "Region Halland",
        "Kalenderinbjudan",
    ):
        assert said in page
    assert "Bo Ek" not in page
    assert 'content="noindex"' in response.text
    assert response.headers["cache-control"] == "no-store"


def test_a_wrong_link_is_a_page_that_says_what_to_do(cast: Cast, client: Client) -> None:
    for path in ("", "/avboka"):
        response = client.get(f"/anmalan/min/not-a-token{path}")
        assert response.status_code == 404
        assert "Öppna den direkt från mejlet" in words(response)
    for path in ("/avboka", "/erbjudande", "/behov"):
        assert client.post(f"/anmalan/min/not-a-token{path}").status_code == 404


def test_opening_links_changes_nothing(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    workshop = cast.released("Workshop")
    cast.registers("Åsa Lind", workshop)
    seat = cast.seat("Åsa Lind", workshop).id
    for path in ("", "/avboka", f"/avboka?plats={seat}"):
        assert client.get(page_of("Åsa Lind") + path).status_code == 200
    assert client.get(page_of("Åsa Lind") + "/erbjudande").status_code == 405
    assert recorded(cast.session, RegistrationChanged) == []


def test_one_seat_is_cancelled_after_a_step_that_asks(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    first, second = cast.released("Första"), cast.released("Andra")
    cast.registers("Åsa Lind", first, second)
    page, seat = page_of("Åsa Lind"), cast.seat("Åsa Lind", first).id
    asked = client.get(f"{page}/avboka?plats={seat}")
    assert "Vill du avboka?" in words(asked)
    assert "Andra" not in words(asked)
    response = client.post(f"{page}/avboka", data={"seats": str(seat)})
    assert response.status_code == 303
    assert "Platsen är avbokad." in words(client.get(response.headers["location"]))
    assert [event.reason for event in recorded(cast.session, RegistrationChanged)] == ["cancelled_by_person"]
    assert cast.seats(second) == {"Åsa Lind": "confirmed"}
    assert client.post(f"{page}/avboka", data={"seats": str(seat)}).status_code == 409


def test_all_seats_are_cancelled_at_once(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    first, second = cast.released("Första"), cast.released("Andra")
    cast.registers("Åsa Lind", first, second)
    page = page_of("Åsa Lind")
    assert "Vill du avboka allt?" in words(client.get(f"{page}/avboka"))
    response = client.post(f"{page}/avboka", data={"seats": [str(seat.id) for seat in cast.registration("Åsa Lind").seats]})
    assert "Alla platser är avbokade." in words(client.get(response.headers["location"]))
    assert len(recorded(cast.session, RegistrationChanged)) == 1
    assert client.get(f"{page}/avboka").status_code == 409


def test_nobody_cancels_somebody_elses_seat(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    workshop = cast.released("Workshop")
    cast.registers("Åsa Lind", workshop)
    cast.registers("Bo Ek", workshop)
    seat = cast.seat("Bo Ek", workshop).id
    assert client.post(page_of("Åsa Lind") + "/avboka", data={"seats": str(seat)}).status_code == 409
    assert client.post(page_of("Åsa Lind") + "/erbjudande", data={"seat": str(seat), "answer": "nej"}).status_code == 404
    assert cast.seats(workshop)["Bo Ek"] == "confirmed"


def test_the_queue_can_be_left(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    workshop = cast.released("Workshop", capacity=1)
    cast.registers("Bo Ek", workshop)
    cast.registers("Åsa Lind", workshop)
    page = page_of("Åsa Lind")
    assert "Lämna kön" in words(client.get(page))
    assert "Vill du lämna kön?" in words(client.get(f"{page}/avboka"))
    client.post(f"{page}/avboka", data={"seats": str(cast.seat("Åsa Lind", workshop).id)})
    assert cast.seats(workshop) == {"Bo Ek": "confirmed", "Åsa Lind": "cancelled"}


@pytest.mark.parametrize(
    ("answer", "state", "said"), [("ja", "confirmed", "Platsen är din."), ("nej", "declined", "Du har tackat nej")]
)
def test_an_offer_is_answered(
    cast: Cast, client: Client, page_of: Callable[[str], str], answer: str, state: str, said: str
) -> None:
    workshop = cast.released("Workshop", capacity=1)
    cast.registers("Bo Ek", workshop)
    cast.registers("Åsa Lind", workshop)
    cancel_seats(cast.session, [cast.seat("Bo Ek", workshop).id], reason="cancelled_by_person", now=now(), offer_hours=24)
    cast.session.commit()
    page, seat = page_of("Åsa Lind"), cast.seat("Åsa Lind", workshop).id
    assert "En plats är ledig och hålls åt dig" in words(client.get(page))
    response = client.post(f"{page}/erbjudande", data={"seat": str(seat), "answer": answer})
    assert said in words(client.get(response.headers["location"]))
    assert cast.seats(workshop)["Åsa Lind"] == state
    late = client.post(f"{page}/erbjudande", data={"seat": str(seat), "answer": answer})
    assert late.status_code == 409
    assert "Erbjudandet gäller inte längre" in words(late)


def test_somebody_who_came_back_sees_the_seat_once(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    workshop = cast.released("Workshop")
    cast.registers("Åsa Lind", workshop)
    cancel_seats(cast.session, [cast.seat("Åsa Lind", workshop).id], reason="cancelled_by_person", now=now(), offer_hours=24)
    cast.registers("Åsa Lind", workshop)
    page = words(client.get(page_of("Åsa Lind")))
    assert "Bekräftad plats" in page
    assert "Avbokad" not in page


def test_needs_are_shown_changed_and_taken_back(cast: Cast, client: Client, page_of: Callable[[str], str]) -> None:
    cast.registers(
        "Åsa Lind", cast.released("Workshop"), sealed_needs=seal_needs(Wants(("vegan",), "Ramp"), DEVELOPMENT_NEEDS_KEY)
    )
    page, registration = page_of("Åsa Lind"), cast.registration("Åsa Lind").id
    assert "Ramp</textarea>" in client.get(page).text
    client.post(f"{page}/behov", data={"diets": ["gluten_free"], "needs": "Hörslinga"})
    assert needs_of(cast.session, registration, DEVELOPMENT_NEEDS_KEY) == Wants(("gluten_free",), "Hörslinga")
    assert client.post(f"{page}/behov", data={"needs": "x" * 1001}).status_code == 422
    client.post(f"{page}/behov", data={})
    assert cast.session.scalar(text("SELECT count(*) FROM needs")) == 0


def test_the_page_asks_the_database_as_much_for_one_seat_as_for_three(
    cast: Cast, client: Client, page_of: Callable[[str], str]
) -> None:
    cast.registers("Åsa Lind", cast.released("Ett"))
    page = page_of("Åsa Lind")
    with client.counting():
        client.get(page)
    one = client.statements
    cast.registers("Åsa Lind", cast.released("Två"), cast.released("Tre"))
    with client.counting():
        client.get(page)
    assert client.statements == one == 5

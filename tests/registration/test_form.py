"""The form: what it shows, what it says when something is wrong, and what it leads to."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from services.registration.actions.needs import Wants, needs_of
from services.registration.models import Organisation, Registration
from services.registration.service import SERVICE
from services.registration.settings import DEVELOPMENT_NEEDS_KEY
from shared.clock import now
from shared.events.registration import OrganisationProposed, RegistrationReceived
from shared.secrets import hash_token
from shared.testing import Client, recorded
from shared.web.bots import form_stamp
from tests.registration.cast import SKANE, Cast
from tests.registration.sending import filled, words


def registered(cast: Cast) -> int:
    return cast.session.scalar(select(func.count()).select_from(Registration)) or 0


def test_what_is_left_is_shown_for_the_activity_and_once_known_for_the_organisation(cast: Cast, client: Client) -> None:
    workshop = cast.released("Workshop", capacity=40, seats_per_organisation=2)
    cast.registers("Bo", workshop)
    page = words(client.get("/anmalan/larlabb"))
    assert "39 av 40 platser kvar" in page
    assert "Högst 2 platser per organisation" in page
    for address in ("?for_organisation=region+halland", f"?organisation={cast.registration('Bo').organisation_id}"):
        assert "1 av 2 platser kvar för Region Halland" in words(client.get(f"/anmalan/larlabb{address}"))
    assert "Vi hittar ingen organisation med det namnet" in words(client.get("/anmalan/larlabb?for_organisation=Okänd"))
    cast.registers("Cia", workshop)
    page = words(client.get("/anmalan/larlabb?organisation=Region+Halland"))
    assert "Region Halland har tagit sina 2 platser. Du hamnar i kön" in page


def test_what_is_left_comes_in_pieces_for_htmx(cast: Cast, client: Client) -> None:
    cast.released("Workshop", capacity=40, seats_per_organisation=2)
    response = client.get("/anmalan/larlabb/platser?organisation=Region+Halland", headers={"HX-Request": "true"})
    assert "2 av 2 platser kvar för Region Halland" in words(response)
    assert 'hx-swap-oob="true"' in response.text
    assert "<html" not in response.text


def test_full_closed_and_coming_activities_say_so(cast: Cast, client: Client) -> None:
    full = cast.released("Full", capacity=1)
    cast.registers("Bo", full)
    cast.registers("Cia", full)
    cast.registers("Dag", cast.released("Ingen kö", capacity=1, waiting_list=False))
    cast.released("Stängd", last_day=now() - timedelta(days=1))
    cast.released("Senare", opens_at=now() + timedelta(days=2))
    page = words(client.get("/anmalan/larlabb"))
    assert "Fullt. Du hamnar i kön, där 1 person väntar" in page
    assert "Fullt, och det finns ingen kö" in page
    assert "Anmälan är stängd. Sista dag var" in page
    assert "Anmälan öppnar" in page
    assert client.get("/anmalan/larlabb").text.count(" disabled") == 3


def test_nothing_to_register_for_says_what_to_do(cast: Cast, client: Client) -> None:
    assert "Det finns inget att anmäla sig till just nu" in words(client.get("/anmalan/larlabb"))
    cast.released("Stängd", last_day=now() - timedelta(days=1))
    assert "Anmälan är inte öppen" in words(client.get("/anmalan/larlabb"))
    assert client.get("/anmalan/finns-inte").status_code == 404


def test_the_asked_activity_is_ticked_and_the_invitation_is_kept(cast: Cast, client: Client) -> None:
    first, second = cast.released("Ett"), cast.released("Två")
    page = client.get(f"/anmalan/larlabb?aktivitet={second.activity_id}&inbjudan=r-17").text
    assert f'value="{second.activity_id}" checked' in page
    assert f'value="{first.activity_id}" checked' not in page
    assert 'name="invitation" value="r-17"' in page
    assert client.get("/anmalan/larlabb?aktivitet=nonsense&organisation=%00").status_code == 200


def test_a_good_form_leads_to_the_thanks_page(cast: Cast, client: Client) -> None:
    workshop, full = cast.released("Workshop"), cast.released("Full", capacity=1)
    cast.registers("Bo", full)
    response = client.post("/anmalan/larlabb", data=filled(workshop, full, overlap_ok="ja", invitation="r-17"))
    assert response.status_code == 303
    page = words(client.get(response.headers["location"]))
    assert "Tack! En del är klart, en del väntar" in page
    assert "asa.lind@region.example" in page
    assert "Bekräftad plats" in page
    assert "Du är nummer 1. Aktiviteten är full." in page
    [_, event] = recorded(cast.session, RegistrationReceived)
    assert event.invitation == hash_token("r-17").hex()
    assert event.language == "sv"


def test_in_english_the_registration_is_english(cast: Cast, client: Client) -> None:
    response = client.post("/en/anmalan/larlabb", data=filled(cast.released("Workshop")))
    assert response.headers["location"].startswith("/en/anmalan/tack/")
    assert recorded(cast.session, RegistrationReceived)[0].language == "en"
    assert "Thank you" in words(client.get(response.headers["location"]))


def test_every_error_stands_in_the_summary_and_by_its_field_and_what_was_typed_is_kept(cast: Cast, client: Client) -> None:
    cast.released("Workshop")
    data = filled(full_name="123", email="asa.lind@region", organisation="Region Halland", read_notice=None, needs="Ramp")
    response = client.post("/anmalan/larlabb", data=data)
    assert response.status_code == 422
    page = words(response)
    for said in (
        "Det finns 4 fel i formuläret",
        "Ange ditt namn med bokstäver",
        "Ange din e-postadress i rätt format",
        "Välj minst en aktivitet",
        "Bekräfta att du har läst hur uppgifterna används",
    ):
        assert said in page
    for field in ("full_name", "email", "activities", "read_notice"):
        assert f'href="#{field}"' in response.text
        assert f'id="{field}-fel"' in response.text
    assert 'value="asa.lind@region"' in response.text
    assert "Ramp</textarea>" in response.text
    assert f'name="form_key" value="{data["form_key"]}"' in response.text
    assert registered(cast) == 0


def test_refusals_name_what_is_full_by_the_activity(cast: Cast, client: Client) -> None:
    full = cast.released("Full", capacity=1, waiting_list=False)
    own = cast.released("Egna", seats_per_organisation=1, waiting_list=False)
    cast.registers("Bo", full, own)
    response = client.post("/anmalan/larlabb", data=filled(full, own, overlap_ok="ja", needs="Ramp"))
    assert response.status_code == 409
    page = words(response)
    assert "Full är full och har ingen kö. Välj en annan aktivitet." in page
    assert "Region Halland har inga platser kvar på Egna, som inte har någon kö." in page
    assert f'href="#activities-{full.activity_id}"' in response.text
    assert registered(cast) == 1
    assert cast.session.scalar(text("SELECT count(*) FROM needs")) == 0


def test_a_date_that_has_passed_meanwhile_is_named(cast: Cast, client: Client) -> None:
    workshop = cast.released("Workshop")
    cast.released("Workshop", revision=2, last_day=now() - timedelta(minutes=1))
    response = client.post("/anmalan/larlabb", data=filled(workshop))
    assert response.status_code == 409
    assert "Anmälan till Workshop har stängt." in words(response)


def test_all_collisions_in_time_are_shown_and_can_be_meant(cast: Cast, client: Client) -> None:
    activities = [cast.released(name) for name in ("Ett", "Två", "Tre")]
    response = client.post("/anmalan/larlabb", data=filled(*activities))
    assert response.status_code == 422
    page = words(response)
    for pair in ("Ett och Två", "Ett och Tre", "Två och Tre"):
        assert pair in page or " och ".join(reversed(pair.split(" och "))) in page
    assert 'name="overlap_ok"' in response.text
    assert client.post("/anmalan/larlabb", data=filled(*activities, overlap_ok="ja")).status_code == 303


def test_choice_groups_take_one_or_several(cast: Cast, client: Client) -> None:
    group = {"choice_group_id": uuid4(), "choice_group_title": "Besök", "choice_group_single": True}
    week = now() + timedelta(days=20)
    visits = [cast.released(name, starts_at=week + timedelta(days=day), **group) for day, name in enumerate(("Skog", "Bygg"))]
    page = client.get("/anmalan/larlabb").text
    assert page.count('type="radio"') == 3
    assert "Ingen av dem" in page
    field = f"group_{group['choice_group_id']}"
    both = filled(**{field: [str(visit.activity_id) for visit in visits]})
    response = client.post("/anmalan/larlabb", data=both)
    assert response.status_code == 422
    assert "Välj bara en: Besök" in words(response)
    assert client.post("/anmalan/larlabb", data=filled(**{field: str(visits[1].activity_id)})).status_code == 303
    assert cast.seats(visits[1]) == {"Åsa Lind": "confirmed"}


def test_in_a_hybrid_activity_one_chooses_how(cast: Cast, client: Client) -> None:
    meeting = cast.released("Möte", mode="hybrid", capacity=1, waiting_list=False)
    cast.registers("Bo", meeting)
    assert "Hur vill du delta i Möte?" in words(client.get("/anmalan/larlabb"))
    assert client.post("/anmalan/larlabb", data=filled(meeting)).status_code == 409
    data = filled(meeting, **{f"mode_{meeting.activity_id}": "online"})
    assert client.post("/anmalan/larlabb", data=data).status_code == 303
    assert cast.seat("Åsa Lind", meeting).mode == "online"


def test_an_alias_is_the_organisation(cast: Cast, client: Client) -> None:
    client.post("/anmalan/larlabb", data=filled(cast.released("Workshop"), organisation="tvv"))
    assert recorded(cast.session, RegistrationReceived)[0].organisation == "Tillväxtverket"


def test_a_name_that_is_not_found_gets_suggestions_to_choose_from(cast: Cast, client: Client) -> None:
    workshop = cast.released("Workshop")
    response = client.post("/anmalan/larlabb", data=filled(workshop, organisation="Skånes region"))
    assert response.status_code == 422
    page = words(response)
    assert "Välj vilken organisation du menar med Skånes region" in page
    assert f'value="{SKANE}"' in response.text
    assert "Ingen av dem. Lägg till Skånes region." in page
    chosen = filled(workshop, organisation="Skånes region", organisation_id=str(SKANE))
    assert client.post("/anmalan/larlabb", data=chosen).status_code == 303
    assert cast.registration("Åsa Lind").organisation_id == SKANE


@pytest.mark.parametrize("how", [{"organisation_missing": "true"}, {"organisation_id": "new"}])
def test_an_organisation_that_is_missing_is_proposed(cast: Cast, client: Client, how: dict[str, str]) -> None:
    data = filled(cast.released("Workshop"), organisation="Västra kommunalförbundet", **how)
    assert client.post("/anmalan/larlabb", data=data).status_code == 303
    [proposed] = recorded(cast.session, OrganisationProposed)
    assert proposed.title == "Västra kommunalförbundet"
    assert recorded(cast.session, RegistrationReceived)[0].organisation_id == proposed.organisation_id


def test_nothing_is_proposed_by_a_form_that_is_refused(cast: Cast, client: Client) -> None:
    full = cast.released("Full", capacity=1, waiting_list=False)
    cast.registers("Bo", full)
    data = filled(full, organisation="Nya förbundet", organisation_missing="true")
    assert client.post("/anmalan/larlabb", data=data).status_code == 409
    assert client.post("/anmalan/larlabb", data={**data, "email": "fel"}).status_code == 422
    assert recorded(cast.session, OrganisationProposed) == []
    assert cast.session.scalar(select(func.count()).where(Organisation.status == "pending")) == 0


def test_needs_are_kept_sealed(cast: Cast, client: Client) -> None:
    client.post("/anmalan/larlabb", data=filled(cast.released("Workshop"), diets=["vegan", "nonsense"], needs=" Ramp "))
    assert needs_of(cast.session, cast.registration("Åsa Lind").id, DEVELOPMENT_NEEDS_KEY) == Wants(("vegan",), "Ramp")


def test_the_same_form_sent_twice_is_one_registration(cast: Cast, client: Client) -> None:
    data = filled(cast.released("Workshop"))
    first = client.post("/anmalan/larlabb", data=data)
    second = client.post("/anmalan/larlabb", data=data)
    corrected = client.post("/anmalan/larlabb", data={**data, "email": "annan@region.example"})
    assert second.headers["location"] == corrected.headers["location"] == f"{first.headers['location']}?igen=1"
    assert "Formuläret var redan skickat" in words(client.get(second.headers["location"]))
    assert registered(cast) == 1
    assert len(recorded(cast.session, RegistrationReceived)) == 1


def test_the_thanks_page_tells_nobody_what_somebody_else_has(cast: Cast, client: Client) -> None:
    """A stranger who knows the address learns what the stranger's own form gave, and no more."""
    mine, asked = cast.released("Mitt"), cast.released("Frågad", capacity=1)
    cast.registers("Åsa Lind", mine, asked, email="asa.lind@region.example")
    response = client.post("/anmalan/larlabb", data=filled(asked, full_name="Nyfiken"))
    page = words(client.get(response.headers["location"]))
    assert "Tack! Du står i kö" in page
    assert "Mitt" not in page
    assert "Åsa" not in page
    assert cast.seats(asked) == {"Åsa Lind": "confirmed"}


def test_robots_are_stopped_and_people_can_try_again(cast: Cast, client: Client) -> None:
    workshop = cast.released("Workshop")
    for trick in ({"webbplats": "https://spam.example"}, {"visat": ""}, {"visat": form_stamp(SERVICE.settings)}):
        response = client.post("/anmalan/larlabb", data=filled(workshop, **trick))
        assert response.status_code == 422
        assert "Det finns 1 fel i formuläret" in words(response)
    assert registered(cast) == 0


def test_other_sites_cannot_send_the_form(cast: Cast, client: Client) -> None:
    response = client.post("/anmalan/larlabb", data=filled(cast.released("Workshop")), headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert registered(cast) == 0


def test_few_questions_are_put_to_the_database(cast: Cast, client: Client) -> None:
    one = cast.released("Ett", seats_per_organisation=2)
    with client.counting():
        client.get("/anmalan/larlabb?organisation=Region+Halland")
    assert client.statements == 5
    three = [one, cast.released("Två"), cast.released("Tre")]
    with client.counting():
        client.get("/anmalan/larlabb?organisation=Region+Halland")
    assert client.statements == 5
    with client.counting():
        response = client.post("/anmalan/larlabb", data=filled(*three, overlap_ok="ja"))
    assert response.status_code == 303
    assert client.statements == 7, "project and activities, organisation, person and registration, lock, counts, seats, event"
    with client.counting():
        client.get(response.headers["location"])
    assert client.statements == 3


def test_a_large_register_is_searched_while_typing(cast: Cast, client: Client) -> None:
    response = client.get("/anmalan/sok/organisationer?organisation=region", headers={"HX-Request": "true"})
    assert response.text.count("<option") == 3
    assert 'value="Region Skåne"' in response.text

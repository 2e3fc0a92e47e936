"""The attendance's pages: with a phone at the door, with a keyboard, with and without JavaScript."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import now
from shared.events.catalog import ActivityReleased
from shared.events.registration import AttendanceClosed, RegistrationReceived
from shared.secrets import new_token
from shared.testing import Client, recorded, signed_in
from tests.registration.cast import HALLAND, SKANE, Cast
from tests.registration.sending import words


@pytest.fixture
def workshop(cast: Cast, client: Client) -> ActivityReleased:
    """Has begun: Åsa, Bo and Cia have seats, Dag waits; an organiser is at the door."""
    event = cast.released("Workshop", capacity=3)
    for name, organisation in (("Åsa Lind", SKANE), ("Bo Ek", HALLAND), ("Cia Alm", HALLAND), ("Dag Ros", HALLAND)):
        cast.registers(name, event, organisation=organisation)
    signed_in(client, "organiser")
    return cast.released("Workshop", revision=2, capacity=3, starts_at=now() - timedelta(hours=1))


def path(workshop: ActivityReleased) -> str:
    return f"/anmalan/arbeta/aktivitet/{workshop.activity_id}/narvaro"


def search(client: Client, workshop: ActivityReleased, typed: str, **options: Any) -> Any:
    return client.post(f"{path(workshop)}/sok", data={"sok": typed}, follow_redirects=True, **options)


def test_those_with_a_seat_are_listed_by_name_and_found(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    page = words(client.get(path(workshop)))
    assert page.index("Bo Ek") < page.index("Cia Alm") < page.index("Åsa Lind")
    assert "Dag Ros" not in page
    assert "3 utan markering" in page
    assert client.get(path(workshop)).text.count('hx-sync="closest fieldset:queue last"') == 9, (
        "one who changes twice ends as last said"
    )
    found = words(search(client, workshop, "lind skåne"))
    assert "Åsa Lind" in found
    assert "Bo Ek" not in found
    piece = search(client, workshop, "cia", headers={"HX-Request": "true"})
    assert "Cia Alm" in piece.text
    assert "<html" not in piece.text
    assert "Ingen heter så här." in words(search(client, workshop, "finns inte"))


def test_all_present_in_one_click_and_exceptions_before_or_after(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    bo, cia = cast.seat("Bo Ek", workshop).id, cast.seat("Cia Alm", workshop).id
    response = client.post(path(workshop), data={f"seat_{bo}": "excused", "gor": "alla"})
    assert response.status_code == 303
    page = words(client.get(path(workshop)))
    assert "2 närvarande 1 förhindrade 0 frånvarande 0 utan markering" in page
    client.post(path(workshop), data={f"seat_{cia}": "absent"})
    assert "1 närvarande 1 förhindrade 1 frånvarande 0 utan markering" in words(client.get(path(workshop)))


def test_each_choice_is_saved_at_once(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    bo = cast.seat("Bo Ek", workshop).id
    response = client.post(f"{path(workshop)}/plats/{bo}", data={f"seat_{bo}": "present"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "1 närvarande" in words(response)
    assert 'id="rakning"' in response.text
    wrong = client.post(f"{path(workshop)}/plats/{bo}", data={f"seat_{bo}": "nonsense"}, headers={"HX-Request": "true"})
    assert "1 närvarande" in words(wrong)


def test_closing_asks_first_and_tells_how_many_get_the_survey(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    client.post(path(workshop), data={f"seat_{cast.seat('Bo Ek', workshop).id}": "present"})
    page = words(client.get(f"{path(workshop)}/stang"))
    assert "När du stänger går enkäten till 1 närvarande" in page
    assert "De som saknar markering räknas som frånvarande." in page
    assert recorded(cast.session, AttendanceClosed) == []
    assert client.post(f"{path(workshop)}/stang").status_code == 303
    [closed] = recorded(cast.session, AttendanceClosed)
    assert sorted(attendee.state for attendee in closed.attendees) == ["absent", "absent", "present"]
    closed_page = client.get(path(workshop))
    assert "Närvaron är stängd" in words(closed_page)
    assert closed_page.text.count(" disabled") == 3
    assert client.post(path(workshop), data={"gor": "alla"}).status_code == 409


def test_a_closed_sheet_is_opened_corrected_and_closed_again(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    client.post(f"{path(workshop)}/stang")
    client.post(f"{path(workshop)}/oppna")
    client.post(path(workshop), data={"gor": "alla"})
    client.post(f"{path(workshop)}/stang")
    assert [event.revision for event in recorded(cast.session, AttendanceClosed)] == [1, 2]
    assert {attendee.state for attendee in recorded(cast.session, AttendanceClosed)[-1].attendees} == {"present"}


def test_what_has_not_begun_cannot_be_closed(cast: Cast, client: Client) -> None:
    signed_in(client, "organiser")
    coming = cast.released("Kommande")
    assert "Aktiviteten har inte börjat än" in words(client.get(f"{path(coming)}/stang"))
    assert client.post(f"{path(coming)}/stang").status_code == 409
    assert "Ingen har en bekräftad plats." in words(client.get(path(coming)))


def test_somebody_who_just_comes_is_registered_and_present(cast: Cast, client: Client) -> None:
    signed_in(client, "organiser")
    workshop = cast.released("Workshop", capacity=1, starts_at=now() - timedelta(hours=1))
    form = {"full_name": "Eva Sten", "email": "eva@region.example", "organisation": "TVV", "form_key": new_token()}
    door = f"{path(workshop)}/vid-dorren"
    assert client.get(door).status_code == 200
    assert client.post(door, data={**form, "email": "eva"}).status_code == 422
    unknown = client.post(door, data={**form, "organisation": "Okänd förening"})
    assert unknown.status_code == 422
    assert "kryssa för att den saknas" in words(unknown)
    assert client.post(door, data=form).status_code == 303
    assert client.post(door, data=form).status_code == 303
    page = words(client.get(path(workshop)))
    assert "Eva Sten" in page
    assert "1 närvarande" in page
    assert len(recorded(cast.session, RegistrationReceived)) == 1
    full = client.post(door, data={**form, "email": "finn@region.example", "form_key": new_token()})
    assert full.status_code == 409
    assert "Workshop är full" in words(full)


def test_an_unknown_organisation_is_added_at_the_door(cast: Cast, client: Client) -> None:
    signed_in(client, "organiser")
    workshop = cast.released("Workshop", starts_at=now() - timedelta(hours=1))
    form = {"full_name": "Eva Sten", "email": "eva@region.example", "organisation": "Ny förening", "organisation_missing": "true"}
    assert client.post(f"{path(workshop)}/vid-dorren", data=form).status_code == 303
    assert "Ny förening" in words(client.get(path(workshop)))

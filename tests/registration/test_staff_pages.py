"""Lists for staff: who may see what, what is found, what is written down about reading."""

import csv
import io
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.registration.actions.needs import Wants, seal_needs
from services.registration.settings import DEVELOPMENT_NEEDS_KEY
from shared.events.catalog import ActivityReleased
from shared.events.registration import RegistrationChanged
from shared.testing import Client, recorded, signed_in
from tests.registration.cast import HALLAND, PROJECT, SKANE, Cast
from tests.registration.sending import words

WORK = "/anmalan/arbeta"
ORGANISER_ONLY = ["/projekt/{project}", "/projekt/{project}/lista.csv", "/anmalan/{registration}"]
HOST_TOO = ["", "/aktivitet/{activity}", "/aktivitet/{activity}/lista.csv", "/aktivitet/{activity}/narvaro"]
HOST_TOO += ["/aktivitet/{activity}/narvaro/stang", "/aktivitet/{activity}/narvaro/vid-dorren"]
POSTS_ORGANISER_ONLY = [
    "/anmalan/{registration}/avboka",
    "/aktivitet/{activity}/platser",
    "/aktivitet/{activity}/platser/ta-bort",
]
POSTS_HOST_TOO = [
    "/aktivitet/{activity}/narvaro",
    "/aktivitet/{activity}/narvaro/plats/{seat}",
    "/aktivitet/{activity}/narvaro/stang",
]
POSTS_HOST_TOO += ["/aktivitet/{activity}/narvaro/oppna", "/aktivitet/{activity}/narvaro/vid-dorren"]


@pytest.fixture
def workshop(cast: Cast) -> ActivityReleased:
    """Hosted by Region Halland: Åsa and Bo have seats, Cia waits."""
    event = cast.released("Workshop", capacity=2)
    cast.registers("Åsa Lind", event)
    cast.registers("Bo Ek", event, organisation=SKANE, sealed_needs=seal_needs(Wants(("vegan",), "Ramp"), DEVELOPMENT_NEEDS_KEY))
    cast.registers("Cia Alm", event)
    return event


def address(cast: Cast, workshop: ActivityReleased, pattern: str) -> str:
    registration = cast.registration("Åsa Lind")
    return WORK + pattern.format(
        project=PROJECT, activity=workshop.activity_id, registration=registration.id, seat=registration.seats[0].id
    )


def host_of(cast: Cast, client: Client, organisation: UUID | None) -> None:
    staff = signed_in(client, "host")
    cast.staff(staff.staff_id, "host", organisation=organisation)


def audit(cast: Cast) -> list[tuple[str, str]]:
    return [(action, target) for action, target in cast.session.execute(text("SELECT action, target FROM audit ORDER BY id"))]


@pytest.mark.parametrize("pattern", ORGANISER_ONLY + HOST_TOO)
def test_who_may_read(cast: Cast, client: Client, workshop: ActivityReleased, pattern: str) -> None:
    path = address(cast, workshop, pattern)
    assert client.get(path).headers["location"].startswith("/logga-in?next=")
    signed_in(client, "operator")
    assert client.get(path).status_code == 403
    signed_in(client, "organiser")
    assert client.get(path).status_code == 200
    host_of(cast, client, HALLAND)
    assert client.get(path).status_code == (403 if pattern in ORGANISER_ONLY else 200)
    host_of(cast, client, SKANE)
    assert client.get(path).status_code == (200 if pattern == "" else 403)
    host_of(cast, client, None)
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("pattern", POSTS_ORGANISER_ONLY + POSTS_HOST_TOO)
def test_who_may_act(cast: Cast, client: Client, workshop: ActivityReleased, pattern: str) -> None:
    path = address(cast, workshop, pattern)
    assert client.post(path).headers["location"].startswith("/logga-in")
    signed_in(client, "operator")
    assert client.post(path).status_code == 403
    host_of(cast, client, SKANE)
    assert client.post(path).status_code == 403
    host_of(cast, client, HALLAND)
    assert (client.post(path).status_code == 403) == (pattern in POSTS_ORGANISER_ONLY)
    signed_in(client, "organiser")
    assert client.post(path).status_code != 403
    assert recorded(cast.session, RegistrationChanged) == []


def test_a_host_sees_only_the_own_organisations_activities(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    cast.released("Skånes", host_organisation_id=SKANE)
    host_of(cast, client, HALLAND)
    page = words(client.get(WORK))
    assert "Workshop" in page
    assert "Skånes" not in page
    host_of(cast, client, uuid4())
    assert "Det finns inga aktiviteter att följa just nu." in words(client.get(WORK))


def test_the_list_says_who_and_why_somebody_waits(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    signed_in(client, "organiser")
    page = words(client.get(f"{WORK}/aktivitet/{workshop.activity_id}"))
    for said in (
        "Åsa Lind",
        "bo.ek@region.example",
        "Region Skåne",
        "2 bekräftade av 2 platser",
        "1 i kö",
        "Aktiviteten är full",
    ):
        assert said in page


def test_needs_are_counted_and_never_named(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    host_of(cast, client, HALLAND)
    page = words(client.get(f"{WORK}/aktivitet/{workshop.activity_id}"))
    assert "1 person med bekräftad plats har lämnat uppgifter" in page
    assert "Veganskt 1" in page
    assert "Ramp" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Åsa Lind", "Bo Ek", "Cia Alm"}),
        ({"sok": "lind"}, {"Åsa Lind"}),
        ({"sok": "skåne"}, {"Bo Ek"}),
        ({"sok": "REGION.EXAMPLE cia"}, {"Cia Alm"}),
        ({"lage": "waiting"}, {"Cia Alm"}),
        ({"organisation": str(HALLAND), "lage": "confirmed"}, {"Åsa Lind"}),
        ({"sok": "%"}, set()),
        ({"lage": "nonsense", "organisation": "nonsense", "sida": "99"}, {"Åsa Lind", "Bo Ek", "Cia Alm"}),
    ],
)
def test_lists_are_searched_and_filtered(
    cast: Cast, client: Client, workshop: ActivityReleased, query: dict[str, str], found: set[str]
) -> None:
    signed_in(client, "organiser")
    for path in (f"{WORK}/projekt/{PROJECT}", f"{WORK}/aktivitet/{workshop.activity_id}"):
        answer = client.post(f"{path}/sok", data=query, follow_redirects=True)
        assert "lind" not in str(answer.url)
        page = words(answer)
        assert {name for name in ("Åsa Lind", "Bo Ek", "Cia Alm") if name in page} == found
        assert ("Ingen anmälan stämmer med sökningen." in page) == (not found)


def test_empty_lists_say_what_to_do(cast: Cast, client: Client) -> None:
    signed_in(client, "organiser")
    assert "Lärprojektet har inga publicerade aktiviteter." in words(client.get(f"{WORK}/projekt/{PROJECT}"))
    workshop = cast.released("Workshop")
    for path in (f"{WORK}/projekt/{PROJECT}", f"{WORK}/aktivitet/{workshop.activity_id}"):
        assert "Ingen har anmält sig än." in words(client.get(path))
    for path in (f"{WORK}/projekt/{uuid4()}", f"{WORK}/aktivitet/{uuid4()}", f"{WORK}/anmalan/{uuid4()}"):
        assert client.get(path).status_code == 404


def test_reading_personal_data_is_written_down(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    staff = signed_in(client, "organiser")
    for pattern in ("/projekt/{project}", "/aktivitet/{activity}", "/aktivitet/{activity}/lista.csv", "/anmalan/{registration}"):
        client.get(address(cast, workshop, pattern))
    client.get(address(cast, workshop, "/aktivitet/{activity}/narvaro"))
    activity, registration = f"activity:{workshop.activity_id}", f"registration:{cast.registration('Åsa Lind').id}"
    assert audit(cast) == [
        ("registrations.read", f"project:{PROJECT}"),
        ("registrations.read", activity),
        ("registrations.exported", activity),
        ("registration.read", registration),
        ("attendance.read", activity),
    ]
    assert cast.session.scalars(text("SELECT DISTINCT actor FROM audit")).all() == [str(staff.staff_id)]


def test_the_export_opens_in_a_spreadsheet_and_runs_nothing(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    cast.registers('=HYPERLINK("x")', workshop, email="x@region.example")
    signed_in(client, "organiser")
    response = client.get(f"{WORK}/aktivitet/{workshop.activity_id}/lista.csv?lage=waiting")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(response.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0] == ["Aktivitet", "Namn", "E-post", "Organisation", "Läge", "Deltar", "Anmäld"]
    assert [row[1:5] for row in rows[1:]] == [
        ["Cia Alm", "cia.alm@region.example", "Region Halland", "I kö"],
        ['\'=HYPERLINK("x")', "x@region.example", "Region Halland", "I kö"],
    ]


def test_staff_cancel_on_behalf_and_the_next_is_offered(cast: Cast, client: Client, workshop: ActivityReleased) -> None:
    signed_in(client, "organiser")
    registration = cast.registration("Åsa Lind")
    path = f"{WORK}/anmalan/{registration.id}"
    assert "Avboka åt personen" in words(client.get(path))
    nothing = client.post(f"{path}/avboka", data={})
    assert nothing.status_code == 422
    assert "Välj minst en plats att avboka" in words(nothing)
    response = client.post(f"{path}/avboka", data={"seats": str(registration.seats[0].id)})
    assert response.status_code == 303
    assert "1 plats är avbokad." in words(client.get(path))
    assert cast.seats(workshop) == {"Åsa Lind": "cancelled", "Bo Ek": "confirmed", "Cia Alm": "offered"}
    assert {event.reason for event in recorded(cast.session, RegistrationChanged)} == {"cancelled_by_staff", "offered"}
    assert ("seats.cancelled", f"registration:{registration.id}") in audit(cast)


def test_an_organisation_gets_seats_of_its_own(cast: Cast, client: Client) -> None:
    workshop = cast.released("Workshop", capacity=10, seats_per_organisation=1)
    for name in ("Åsa Lind", "Bo Ek"):
        cast.registers(name, workshop)
    signed_in(client, "organiser")
    path = f"{WORK}/aktivitet/{workshop.activity_id}"
    for wrong, said in (
        ({"organisation": "Okänd", "max_seats": "2"}, "Organisationen finns inte i registret"),
        ({"organisation": "Region Halland", "max_seats": "två"}, "som ett heltal"),
        ({"organisation": "Region Halland", "max_seats": "2", "guaranteed": "3"}, "fler garanterade platser"),
        ({}, "Ange organisationen"),
    ):
        response = client.post(f"{path}/platser", data=wrong)
        assert response.status_code == 422
        assert said in words(response)
    assert client.post(f"{path}/platser", data={"organisation": "Region Halland", "max_seats": "2"}).status_code == 303
    assert cast.seats(workshop)["Bo Ek"] == "offered"
    assert "Region Halland 2 0 Ta bort" in words(client.get(path))
    client.post(f"{path}/platser/ta-bort", data={"organisation": str(HALLAND)})
    assert "Region Halland 2 0" not in words(client.get(path))


def test_lists_ask_the_database_as_much_for_one_row_as_for_three(cast: Cast, client: Client) -> None:
    workshop = cast.released("Workshop")
    signed_in(client, "organiser")
    paths = [
        WORK,
        f"{WORK}/projekt/{PROJECT}",
        f"{WORK}/aktivitet/{workshop.activity_id}",
        f"{WORK}/aktivitet/{workshop.activity_id}/narvaro",
    ]

    def count(path: str) -> int:
        with client.counting():
            assert client.get(path).status_code == 200
        return client.statements

    cast.registers("Åsa Lind", workshop)
    one = [count(path) for path in paths]
    cast.registers("Bo Ek", workshop, organisation=SKANE)
    cast.registers("Cia Alm", workshop)
    assert [count(path) for path in paths] == one == [4, 9, 11, 5]

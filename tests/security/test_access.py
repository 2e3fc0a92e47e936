"""Who may do what: every route of every service is either open on purpose, or behind a role."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shared.clock import now
from shared.events.catalog import StaffChanged
from shared.service import Service
from shared.testing import Client, signed_in
from shared.web import Staff
from tests.security.routes import ANY_ID, Route, routes_of

ROLES = ("organiser", "host", "operator", "administrator")

OPEN = """
    GET /  GET /projekt  GET /projekt/{slug}  GET /projekt/{slug}/resultat  GET /aktivitet/{activity_id}  GET /kalender
    GET /regioner  GET /regioner/{code}  GET /forslag  GET /om  GET /tillganglighet  GET /personuppgifter  GET /kakor
    GET /oppna-data  GET /kontakt  POST /kontakt  GET /kontakt/tack
    GET /logga-in  POST /logga-in  GET /logga-in/skickad  GET /logga-in/{token}  POST /logga-in/{token}  POST /logga-ut
    GET /api/catalog/v1/projects  GET /api/catalog/v1/activities  GET /api/catalog/v1/regions  GET /api/catalog/v1/proposals
    GET /anmalan/{slug}  POST /anmalan/{slug}  GET /anmalan/{slug}/platser  GET /anmalan/tack/{key}
    GET /anmalan/sok/organisationer  GET /anmalan/min/{token}  GET /anmalan/min/{token}/avboka  POST /anmalan/min/{token}/avboka
    POST /anmalan/min/{token}/erbjudande  POST /anmalan/min/{token}/behov
    GET /utskick/avanmal/{token}  POST /utskick/avanmal/{token}
    GET /enkat/tack  GET /enkat/{token}  POST /enkat/{token}
    GET /static/{hashed}  GET /metrics  GET /healthz
"""
"""What anybody may ask for. A new page that stands here without need is a mistake, and so is one that lacks here."""

DOCUMENTS = re.compile(r"(GET|HEAD) /api/\w+/v1/openapi\.json")

GUARDED = [
    (r"/drift(/.*)?", {"operator", "administrator"}),
    (r"/arbeta", set(ROLES)),
    (r"/arbeta/personal(/.*)?", {"administrator"}),
    (r"/arbeta/.*", {"organiser", "administrator"}),
    (r"/anmalan/arbeta", {"host", "organiser", "administrator"}),
    (r"/anmalan/arbeta/aktivitet/\{activity_id\}(/sok|/lista.csv|/narvaro.*)?", {"host", "organiser", "administrator"}),
    (r"/anmalan/arbeta/.*", {"organiser", "administrator"}),
    (r"/utskick/mejl(/.*)?", {"organiser", "operator", "administrator"}),
    (r"/utskick(/.*)?", {"organiser", "administrator"}),
    (r"/enkat/resultat/.*", {"host", "organiser", "administrator"}),
    (r"/enkat/arbeta(/.*)?", {"organiser", "administrator"}),
]
"""Who may, by the template; the first that fits holds."""


def is_open(route: Route) -> bool:
    return str(route) in re.split(r"\s{2,}", OPEN.strip().replace("\n", "  ")) or bool(DOCUMENTS.fullmatch(str(route)))


def may(route: Route) -> set[str]:
    return next((roles for pattern, roles in GUARDED if re.fullmatch(pattern, route.template)), set())


def test_every_route_that_is_not_open_on_purpose_asks_a_stranger_to_sign_in(client: Client) -> None:
    let_in = []
    for route in routes_of(client.app):
        answer = client.request(route.method, route.address)
        to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/logga-in?next=")
        if to_sign_in == is_open(route):
            let_in.append(f"{route}: {answer.status_code}")
    assert let_in == []


def test_every_guarded_route_lets_in_the_roles_that_it_is_for_and_no_other(
    client: Client, service: Service, session: Session
) -> None:
    wrong = []
    for role in ROLES:
        known(service, session, signed_in(client, role))
        for route in routes_of(client.app):
            if not is_open(route):
                refused = client.request(route.method, route.address).status_code == 403
                if refused != (role not in may(route)):
                    wrong.append(f"{route}: {role} is {'refused' if refused else 'let in'}")
    assert wrong == []


def known(service: Service, session: Session, staff: Staff) -> None:
    """Have the service hear of the member of staff as it does from the catalogue: a host belongs to an organisation."""
    changed = StaffChanged(
        staff_id=staff.staff_id,
        person_name=staff.name,
        email=staff.email,
        roles=tuple(staff.roles),
        organisation_id=ANY_ID,
        active=True,
        sessions_valid_from=now() - timedelta(hours=1),
    )
    for handler in service.handlers.get(StaffChanged, ()):
        handler(session, changed)
    session.commit()


@pytest.mark.parametrize("token", ["", "no.token.at-all", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_a_forged_session_is_no_session(client: Client, token: str) -> None:
    client.cookies.set("session", token)
    for route in routes_of(client.app):
        if not is_open(route) and route.method == "GET":
            assert client.get(route.address).headers["location"].startswith("/logga-in"), route


def test_what_stands_in_the_list_of_open_routes_exists(client: Client, service: Service) -> None:
    listed = [entry for entry in re.split(r"\s{2,}", OPEN.strip().replace("\n", "  ")) if entry]
    prefixes = {"registration": "/anmalan", "notifications": "/utskick", "surveys": "/enkat"}
    mine = [
        entry
        for entry in listed
        if entry.split(" ")[1].startswith(prefixes.get(service.name, "/"))
        and (service.name != "catalog" or not entry.split(" ")[1].startswith(tuple(prefixes.values())))
    ]
    assert not set(mine) - {str(route) for route in routes_of(client.app)}

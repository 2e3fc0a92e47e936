"""A timeline is asked for without anybody's address in an address bar, and says what the kernel knows of each event."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.database import new_id
from shared.events.catalog import OrganisationChanged
from shared.messaging import record, schedule
from shared.observability import correlated
from shared.operations.asking import read_search
from shared.operations.hooks import Clues
from shared.operations.timeline import trace
from shared.service import Service
from shared.testing import Client, signed_in

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ID = UUID("0198c0de-0000-7000-8000-000000000000")
SOMEBODY = "Asa.Lind@region.example"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (f" {ID} ", Clues(ids=frozenset([ID]))),
        (f"https://traffpunkt.example/en/aktivitet/{ID}?x=1", Clues(ids=frozenset([ID]))),
        (f" {SOMEBODY} ", Clues(address="asa.lind@region.example")),
        ("Åsa Lind", None),
        ("", None),
    ],
)
def test_what_is_typed_is_an_id_or_an_address(typed: str, found: Clues | None) -> None:
    assert read_search(typed) == found


def test_each_event_says_what_became_of_it(service: Service, session: Session) -> None:
    organisation = uuid4()
    said = OrganisationChanged(organisation_id=organisation, title="Region Halland", kind="region", status="active")
    with correlated() as correlation:
        record(session, said, key=f"organisation:{organisation}")
        schedule(session, said, key="look-again", at=NOW)
    session.commit()
    session.execute(text("UPDATE outbox SET sent_at = now(), sends = 2 WHERE subscriber = 'registration'"))
    session.execute(
        text("UPDATE outbox SET acked_at = occurred_at + interval '30 milliseconds' WHERE subscriber = 'notifications'")
    )
    session.execute(
        text("""INSERT INTO inbox (source, stream, key, key_seq, event_id, name, payload, correlation, occurred_at, state,
                attempts, error) VALUES ('surveys', :id, 'survey:1', 1, :id, 'results.published', '{}',
                :correlation, now(), 'dead', 11, 'RuntimeError: no')"""),
        {"id": new_id(), "correlation": correlation},
    )

    steps = trace(session, service, Clues(ids=frozenset([correlation])))
    assert {(step.what, step.level) for step in steps} == {
        ("organisation.changed planerades till nu", "info"),
        ("organisation.changed sades till notifications", "success"),
        ("organisation.changed sades till registration", "warning"),
        ("results.published från surveys", "danger"),
    }
    details = " ".join(step.detail for step in steps)
    assert "kvitterades efter 30 ms" in details
    assert "parkerad efter 11 försök: RuntimeError: no" in details
    by_key = trace(session, service, Clues(ids=frozenset([organisation])))
    assert len(by_key) == 2


def test_an_address_is_posted_and_never_in_the_address_bar_and_reading_is_noted(client: Client, session: Session) -> None:
    staff = signed_in(client, "operator")
    location = client.post("/drift/spar", data={"search": SOMEBODY}).headers["location"]
    assert location.startswith("/drift/spar?sok=")
    assert "lind" not in location.lower()
    frame = client.get(location).text
    assert "lind" not in frame.lower()
    assert 'hx-get="/drift/registration/spar?sok=' in frame
    assert frame.count('hx-trigger="load"') == 1  # the others are asked by the ids that registration finds

    part = client.get(location.replace("/drift/spar", "/drift/catalog/spar"))
    assert "känner inga adresser" in part.text
    [(actor, action, target)] = session.execute(text("SELECT actor, action, target FROM audit")).all()
    assert (actor, action) == (str(staff.staff_id), "timeline.read")
    assert "lind" not in target


def test_an_id_is_asked_of_all(client: Client) -> None:
    signed_in(client, "operator")
    location = client.post("/drift/spar", data={"search": f"Anmälan {ID}"}).headers["location"]
    assert location == f"/drift/spar?id={ID}"
    assert client.get(location).text.count("hx-get=") == 4


def test_what_has_failed_is_said_on_top_with_the_way_to_its_error(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    session.execute(
        text("""INSERT INTO inbox (source, stream, key, key_seq, event_id, name, payload, correlation, occurred_at, state,
                error, place)
                VALUES ('surveys', :id, 'survey:1', 1, :id, 'results.published', '{}', :id, now(), 'failed', 'No', 'x')"""),
        {"id": ID},
    )
    session.commit()
    part = client.get(f"/drift/catalog/spar?id={ID}", headers={"HX-Request": "true"}).text
    troubles = part.partition('<ul class="troubles"')[2].partition("</ul>")[0]
    assert "misslyckades 0 gånger och görs om: No" in troubles
    assert f"/drift/catalog/fel/{hashlib.md5(b'x').hexdigest()}" in troubles


def test_nonsense_is_refused_with_what_to_write(client: Client) -> None:
    signed_in(client, "operator")
    answer = client.post("/drift/spar", data={"search": "Åsa"})
    assert answer.status_code == 422
    assert "Skriv en hel e-postadress" in answer.text


@pytest.mark.parametrize("address", ["/drift/spar", "/drift/catalog/spar"])
def test_only_operators_may_look(client: Client, address: str) -> None:
    assert client.get(address).headers["location"].startswith("/logga-in")
    signed_in(client, "organiser")
    assert client.get(address).status_code == 403

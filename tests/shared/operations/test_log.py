"""The audit log is shown with names of staff, reasons, and nothing of what anybody looked for."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from shared.events.catalog import StaffChanged
from shared.operations.audit import note
from shared.staff import keep_staff_state
from shared.testing import Client, signed_in

DORIS = StaffChanged(
    staff_id=uuid4(),
    email="doris.lund@traffpunkt.example",
    person_name="Doris Lund",
    roles=("operator",),
    active=True,
    sessions_valid_from=datetime(2026, 11, 22, tzinfo=UTC),
)


def test_who_did_what_and_why(client: Client, session: Session) -> None:
    signed_in(client, "operator")
    keep_staff_state(session, DORIS)
    note(session, str(DORIS.staff_id), "retry", "group:1", {"events": 3}, "Registret är rättat")
    note(session, "relay@here", "redis.wiped", "redis", {"events": 4})
    note(session, str(DORIS.staff_id), "messages.read", "messages", {"search": "asa.lind@region.example"})
    session.commit()

    page = client.get("/drift/catalog/logg").text
    for words in ("Doris Lund", "Försökte igen", "group:1 (3 händelser)", "Registret är rättat", "relay@here"):
        assert words in page
    assert "asa.lind" not in page

    assert "group:1" not in client.get("/drift/catalog/logg?visa=reads").text
    assert "messages.read" not in client.get("/drift/catalog/logg?visa=acts").text
    assert "messages.read" in client.get("/drift/catalog/logg?visa=nonsense").text


def test_an_empty_log_says_so_and_is_for_operators(client: Client) -> None:
    assert client.get("/drift/catalog/logg").headers["location"].startswith("/logga-in")
    signed_in(client, "organiser")
    assert client.get("/drift/catalog/logg").status_code == 403
    signed_in(client, "operator")
    assert "Inget står i loggen" in client.get("/drift/catalog/logg").text

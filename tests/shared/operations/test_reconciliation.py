"""The page says what was said, acknowledged and heard, what the last comparison found, and whether a wipe is healed."""

from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events.catalog import OrganisationChanged
from shared.messaging import record
from shared.operations.reconciliation import read_books
from shared.service import Service
from shared.testing import Client, signed_in


def test_books_tell_what_was_said_and_whether_a_wipe_is_healed(service: Service, session: Session) -> None:
    event = OrganisationChanged(organisation_id=uuid4(), title="Region Halland", kind="region", status="active")
    for _ in range(2):
        record(session, event, key="organisation:1")
    session.commit()
    session.execute(
        text("""INSERT INTO audit (id, at, actor, action, target, detail)
                VALUES (gen_random_uuid(), now() + interval '1 second', 'relay', 'redis.wiped', 'redis', '{"events": 4}')""")
    )
    books = read_books(session)
    assert [(row.peer, row.keys, row.events, row.unacknowledged) for row in books.said] == [
        ("notifications", 1, 2, 2),
        ("registration", 1, 2, 2),
    ]
    assert books.wipe is not None
    assert (books.wipe.events, books.wipe.healed_at) == (4, None)

    session.execute(text("UPDATE outbox SET acked_at = now() + interval '2 seconds'"))
    healed = read_books(session).wipe
    assert healed is not None
    assert healed.healed_at is not None


def test_an_operator_has_the_books_compared(client: Client, session: Session) -> None:
    staff = signed_in(client, "operator")
    session.execute(text("UPDATE stream SET compared_at = now()"))
    session.execute(text("INSERT INTO inbox_key VALUES ('surveys', gen_random_uuid(), 'survey:1', 3, false)"))
    session.execute(
        text("""INSERT INTO comparison (peer, role, run, keys, missing, beyond)
                VALUES ('surveys', 'hearing', gen_random_uuid(), 5, 2, 0)""")
    )
    session.commit()
    page = client.get("/drift/catalog/avstamning").text
    assert "2 saknades och skickades igen" in page
    assert client.post("/drift/catalog/avstamning").status_code == 303
    assert session.execute(text("SELECT compared_at FROM stream")).scalar_one() is None
    assert session.execute(text("SELECT actor FROM audit WHERE action = 'stream.verify'")).scalar_one() == str(staff.staff_id)

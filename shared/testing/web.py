"""A service's web in tests: the real app on a test's database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from psycopg import Cursor
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from shared.clock import now
from shared.database import call
from shared.messaging import outbox
from shared.settings import DEVELOPMENT_PRIVATE_KEY
from shared.web import Staff, sign_session

SITE = "http://127.0.0.1:8000"


class Client(TestClient):
    """Follows no redirects, and counts the statements that its last request sent to the database."""

    statements = 0

    def __init__(self, app: FastAPI, sessions: sessionmaker[Session]) -> None:
        super().__init__(app, base_url=SITE, follow_redirects=False, headers={"Sec-Fetch-Site": "same-origin"})
        app.state.sessions = sessions
        app.state.page_seconds = 0  # a test changes something and looks at once

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Within the block, `statements` counts what is sent to the database (savepoints of the test aside)."""
        self.statements = 0
        execute = Cursor.execute

        def count(cursor: Cursor[Any], statement: Any, *values: Any, **options: Any) -> Cursor[Any]:
            if not str(statement).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                self.statements += 1
            return execute(cursor, statement, *values, **options)

        def count_last(*arguments: Any, **options: Any) -> list[list[bytes | None]]:
            self.statements += 1
            return call(*arguments, **options)

        Cursor.execute, outbox.call = count, count_last  # type: ignore[method-assign, assignment, attr-defined]
        try:
            yield
        finally:
            Cursor.execute, outbox.call = execute, call  # type: ignore[method-assign, attr-defined]


def signed_in(
    client: Client, *roles: str, staff_id: UUID | None = None, name: str = "Karin Ek", email: str = "karin.ek@traffpunkt.example"
) -> Staff:
    """Give the client a session with these roles; the member of staff it is signed in as."""
    staff = Staff(staff_id=staff_id or uuid4(), name=name, email=email, roles=frozenset(roles))
    token = sign_session(DEVELOPMENT_PRIVATE_KEY, staff, now=now())
    client.cookies.set("session", token)
    return staff

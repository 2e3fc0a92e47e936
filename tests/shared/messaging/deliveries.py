"""Envelopes as the wire might bring them, and an ear without a process to bring them to."""

from collections.abc import Callable, Sequence
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.clock import now
from shared.database import new_id
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Inbox
from shared.service import Handler
from tests.shared.messaging.pair import SERVICES, Hummed, Said, write_down

STREAM = UUID("0198c0de-0000-7000-8000-000000000001")


def envelope(seq: int, key: str = "a", *, sends: int = 1, order: str = "", name: str = Said.name) -> Envelope:
    """The event number `seq` of a key; the same one each time it is asked for."""
    return Envelope(
        n=seq,
        id=uuid5(STREAM, f"{key}{seq}"),
        source="mouth",
        stream=STREAM,
        key=key,
        seq=seq,
        name=name,
        at=now(),
        correlation=new_id(),
        sends=sends,
        data={"sentence": key, "number": seq, "order": order},
    )


def envelopes(*numbers: int, key: str = "a") -> list[Envelope]:
    return [envelope(number, key) for number in numbers]


def make_inbox(sessions: sessionmaker[Session], handler: Handler = write_down) -> Inbox:
    """The ear's inbox, with what it does about a word."""
    return Inbox("ear", sessions, {**SERVICES["ear"].handlers, Said: [handler]})


def heard(sessions: sessionmaker[Session], key: str = "a") -> list[int]:
    """The effects of a key, in order."""
    with sessions() as session:
        rows = session.execute(text("SELECT number FROM heard WHERE sentence = :key ORDER BY n"), {"key": key})
        return list(rows.scalars())


def states(sessions: sessionmaker[Session], key: str = "a") -> list[str]:
    with sessions() as session:
        return list(session.execute(text("SELECT state FROM inbox WHERE key = :key ORDER BY key_seq"), {"key": key}).scalars())


def time_passes(sessions: sessionmaker[Session]) -> None:
    """Long enough to be sure that whoever has begun something is at it, or gone."""
    with sessions.begin() as session:
        session.execute(text("UPDATE inbox SET begun_at = begun_at - interval '1 minute'"))


class Stubborn:
    """A handler that fails for the numbers that it is told to."""

    def __init__(self, *numbers: int, does: Callable[[], None] | None = None) -> None:
        self.numbers = set(numbers)
        self.does = does
        self.attempts: list[int] = []

    def __call__(self, session: Session, event: Said | Hummed) -> None:
        self.attempts.append(event.number)
        write_down(session, event)
        if event.number in self.numbers:
            if self.does:
                self.does()
            raise RuntimeError(f"not {event.number}")


def numbers(safe: Sequence[Envelope]) -> list[int]:
    return [each.seq for each in safe]

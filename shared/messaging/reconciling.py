"""How two services find out that one of them remembers less than it should, and mend it: the tasks that they tell each other.

Once a day, and when asked, a teller sends its books to each listener (`compare`); the listener answers with what it lacks and
with what it has heard beyond them (`differs`). A listener that waits in vain asks by itself (`missing`), and is told what will
never come (`gone`). One that gets a number a second time says so (`misnumbered`). Whatever is sent twice does no harm.
"""

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from celery import Celery
from celery.exceptions import Reject
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.database import new_id
from shared.events import SUBSCRIPTIONS
from shared.messaging.comparing import NOTE_COMPARISON, compare, give_up, holes
from shared.messaging.envelope import Key
from shared.messaging.failures import is_away
from shared.messaging.inbox import PATIENCE, Inbox
from shared.messaging.streams import Span, books, current_stream, new_stream, really_beyond, send_missing
from shared.messaging.wire import send
from shared.observability import log
from shared.service import Service

_log = log(__name__)

_TURN = text("""
    UPDATE stream SET compared_at = now()
    WHERE compared_at IS NULL OR compared_at NOT BETWEEN now() - interval '1 day' AND now() RETURNING id
""")
_VERIFY = text("UPDATE stream SET compared_at = NULL")


def register_reconciliation(app: Celery, service: Service, sessions: Callable[[], sessionmaker[Session]]) -> None:
    """The tasks by which the others tell `service` about its books and theirs."""

    def tell(peer: str, task: str, *arguments: Any) -> None:
        send(app, f"{peer}.{task}", [service.name, *arguments], queue=peer)

    @app.task(name=f"{service.name}.compare", shared=False)
    @_patient
    def compare_books(source: str, stream: str, run: str, said: list[tuple[str, int, int]]) -> None:
        with sessions().begin() as session:
            differences = compare(session, source, UUID(stream), said)
            lacking = sum(last - first + 1 for _, first, last in differences.missing)
            _note(session, source, "hearing", run, len(said), lacking, 0)
        tell(source, "differs", stream, run, len(said), differences.missing, differences.beyond)

    @app.task(name=f"{service.name}.differs", shared=False)
    @_patient
    def mend_books(subscriber: str, stream: str, run: str, keys: int, lacking: list[Span], beyond: list[tuple[str, int]]) -> None:
        with sessions().begin() as session:
            if UUID(stream) != current_stream(session):
                return
            gone = send_missing(session, subscriber, UUID(stream), lacking)
            forgotten = really_beyond(session, subscriber, beyond)
            number = sum(last - first + 1 for _, first, last in lacking)
            _note(session, subscriber, "saying", run, keys, number, forgotten)
            if forgotten:
                reason = f"{subscriber} has heard more of {forgotten} keys than has been said: the database is an older one"
                new_stream(session, reason, instead_of=UUID(stream))
        if gone:
            tell(subscriber, "gone", stream, gone)

    @app.task(name=f"{service.name}.missing", shared=False)
    @_patient
    def send_what_is_missing(subscriber: str, stream: str, spans: list[Span]) -> None:
        with sessions().begin() as session:
            gone = send_missing(session, subscriber, UUID(stream), spans)
        if gone:
            tell(subscriber, "gone", stream, gone)

    @app.task(name=f"{service.name}.gone", shared=False)
    @_patient
    def go_on_without(source: str, stream: str, spans: list[Span]) -> None:
        inbox = Inbox(service.name, sessions(), service.handlers)
        for name, first, last in spans:
            key = Key(source, UUID(stream), name)
            with sessions().begin() as session:
                moved = give_up(session, key, first, last)
            if moved:
                inbox.kept.drain(key)

    @app.task(name=f"{service.name}.misnumbered", shared=False)
    @_patient
    def start_anew(subscriber: str, stream: str) -> None:
        with sessions().begin() as session:
            reason = f"{subscriber} got a number a second time: the database was restored from an older backup"
            new_stream(session, reason, instead_of=UUID(stream))

    @app.task(name=f"{service.name}.verify", shared=False)
    @_patient
    def verify(_asking: str) -> None:
        with sessions().begin() as session:
            session.execute(_VERIFY)


def _patient(task: Callable[..., None]) -> Callable[..., None]:
    """Nobody says these a second time: a database that is away is waited for, and then the message goes back to its queue."""

    @wraps(task)
    def patiently(*arguments: Any) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return task(*arguments)
            except DBAPIError as error:
                if not is_away(error):
                    raise
                _log.warning("books_wait", task=task.__name__, error=type(error.orig).__name__)
                if time.monotonic() > until:
                    raise Reject(task.__name__, requeue=True) from error
                time.sleep(0.2)

    return patiently


def reconcile(app: Celery, service: Service, sessions: sessionmaker[Session], producer: Any) -> None:
    """The relay's part: ask for what is waited for in vain; once a day, or when asked to, send the books to be compared."""
    with sessions.begin() as session:
        lacking = holes(session)
        stream = session.execute(_TURN).scalar_one_or_none()
    for (source, of), spans in lacking.items():
        send(app, f"{source}.missing", [service.name, str(of), spans], queue=source, producer=producer)
    if stream is None:
        return
    run = str(new_id())
    with sessions() as session:
        for subscriber in _subscribers(service):
            for page in books(session, subscriber):
                send(app, f"{subscriber}.compare", [service.name, str(stream), run, page], queue=subscriber, producer=producer)


def verify_now(session: Session) -> None:
    """Have the relay compare our books with every listener's at its next look."""
    session.execute(_VERIFY)


def after_restore(app: Celery, service: Service, sessions: sessionmaker[Session], reason: str) -> None:
    """Our database is an older one than others have known: number anew, and have everybody look what we lack."""
    with sessions.begin() as session:
        new_stream(session, reason)
    for teller in _subscribers(service):
        send(app, f"{teller}.verify", [service.name], queue=teller)


def _subscribers(service: Service) -> Sequence[str]:
    return sorted({service.name, *(name for names in SUBSCRIPTIONS.values() for name in names)})


def _note(session: Session, peer: str, role: str, run: str, keys: int, missing: int, beyond: int) -> None:
    values = {"peer": peer, "role": role, "run": run, "keys": keys, "missing": missing, "beyond": beyond}
    session.execute(NOTE_COMPARISON, values)

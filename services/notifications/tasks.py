"""Celery's side of sending: two tasks that carry nothing and say "look"; what there is to send stands in the database."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache, partial

from celery import Celery
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from services.notifications.actions import ledger
from services.notifications.actions.ledger import due_sql
from services.notifications.actions.mailings import UNCOMPLETED, complete_mailings
from services.notifications.actions.messages import BULK, MAIL
from services.notifications.mail.letters import Site
from services.notifications.sending.repeating import repeatedly
from services.notifications.sending.sender import BATCH, Sender
from services.notifications.sending.transport import Transport
from services.notifications.settings import settings
from shared import clock
from shared.service import Look

TURN = 5.0
"""Seconds that a task sends before it lets other work in; the relay asks again as long as something is due."""
FROZEN = 5
"""Seconds after which a sender that says nothing loses its place to others."""
LONGEST = 900
"""A server may take ten minutes to answer (RFC 5321); a task that takes longer hangs."""

_TAKE = text(f"""
    SELECT set_config('idle_session_timeout',
        CASE WHEN pg_try_advisory_lock(hashtext(:lane), :place) THEN '{FROZEN}s' ELSE '0' END, false) <> '0'
""")
_LEAVE = text("SELECT pg_advisory_unlock(hashtext(:lane), :place), set_config('idle_session_timeout', '0', false)")

LOOKS = (
    Look(task="notifications.send", queue=MAIL, when=due_sql("transactional")),
    Look(task="notifications.send_bulk", queue=BULK, when=f"{due_sql('bulk')} OR {UNCOMPLETED}"),
)


def register_tasks(app: Celery, sessions: Callable[[], sessionmaker[Session]]) -> None:
    """Acknowledged early: a task that is lost is asked for again by the relay, one that is doubled finds nothing to do."""

    @app.task(name="notifications.send", acks_late=False, soft_time_limit=LONGEST, time_limit=LONGEST + 10)
    def send() -> None:
        """Send what is due to single persons."""
        send_lane(sessions(), "transactional")

    @app.task(name="notifications.send_bulk", acks_late=False, soft_time_limit=LONGEST, time_limit=LONGEST + 10)
    def send_bulk() -> None:
        """Send what is due of mailings, and complete those that are done."""
        send_lane(sessions(), "bulk")
        with sessions().begin() as session:
            complete_mailings(session, now=clock.now())


def send_lane(sessions: sessionmaker[Session], lane: str, *, seconds: float = TURN) -> int:
    """Send what is due in `lane`, over as many connections as there is work for and may be used; how many mails were settled."""
    wanted = settings().connections
    if wanted > 1:
        with sessions() as session:
            wanted = -(-ledger.count_due(session, lane, at_most=wanted * BATCH) // BATCH)
    if wanted <= 1:
        return _send(sessions, lane, seconds) if wanted else 0
    with ThreadPoolExecutor(wanted, thread_name_prefix=lane) as threads:
        return sum(threads.map(lambda _: _send(sessions, lane, seconds), range(wanted)))


def _send(sessions: sessionmaker[Session], lane: str, seconds: float) -> int:
    """With the first free connection of this lane; nothing when all are at it already."""
    with _place(sessions.kw["bind"], lane, settings().connections) as place:
        return _sender(os.getpid(), lane, place, sessions).send_due(lane, seconds=seconds) if place is not None else 0


@cache
def _sender(_process: int, _lane: str, _place: int, sessions: sessionmaker[Session]) -> Sender:
    """One a process, lane and place: its connection outlives the task. A forked process makes its own."""
    own = settings()
    transport = Transport(own.server, hello=own.sender.domain)
    return Sender(sessions, transport, Site(own.public_url, own.sender))


@contextmanager
def _place(engine: Engine, lane: str, places: int) -> Iterator[int | None]:
    """A free place of this lane among `places`, ours within the block; free again if this process dies, or has been frozen."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for place in range(places):
            values = {"lane": f"notifications.{lane}", "place": place}
            if connection.execute(_TAKE, values).scalar_one():
                try:
                    with repeatedly(partial(_keep, connection), every=FROZEN / 5, name="place"):
                        yield place
                finally:
                    with suppress(SQLAlchemyError):  # we were frozen, and somebody else may have it
                        connection.execute(_LEAVE, values)
                return
        yield None


def _keep(connection: Connection) -> None:
    """Say that we are alive: the database ends the session of one that does not, and its place is free."""
    with suppress(SQLAlchemyError):
        connection.execute(text("SELECT 1"))

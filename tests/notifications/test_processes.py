"""The whole way with the real processes: a fact is handled, the relay says "look", the worker sends; also with Redis wiped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event

import pytest
from redis import Redis as Client
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from deploy.local.redis import Redis
from services.notifications.actions.mailings import audience, launch_mailing
from services.notifications.models import Mailing, Message
from services.notifications.tasks import FROZEN, _place, send_lane
from shared.clock import now
from shared.database import make_engine
from shared.service import Service
from shared.testing import Databases, until
from tests.notifications.cast import activity, hear, ident, project, received
from tests.notifications.mailserver import MailServer
from tests.notifications.test_mailings import draft

Sessions = sessionmaker[Session]


@dataclass
class Running:
    """Notifications' worker and relay, as `make run` starts them."""

    server: MailServer
    redis: Redis


@pytest.fixture
def running(committing: Sessions, service: Service, databases: Databases, redis: Redis) -> Iterator[Running]:
    with MailServer() as server:
        environment = {
            **os.environ,
            "NOTIFICATIONS_DATABASE_URL": databases.url(service),
            "NOTIFICATIONS_SMTP_URL": server.url,
            "REDIS_URL": redis.url,
            "LOG_LEVEL": "WARNING",
        }
        commands = [[sys.executable, "-m", "services.notifications", command] for command in ("worker", "relay")]
        processes = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for command in commands]
        yield Running(server, redis)
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def test_from_a_fact_to_a_mail(committing: Sessions, running: Running) -> None:
    with committing.begin() as session:
        hear(session, project(), activity(starts_at=now().replace(year=now().year + 1)), received())
    [mail] = until(lambda: running.server.mails, within=30)
    assert mail["Subject"].startswith("Bekräftelse")
    until(lambda: _states(committing) == {"sent": 1})

    Client.from_url(running.redis.url).flushall()
    with committing.begin() as session:
        mailing = draft(session, "\n".join(f"p{n}@x.example" for n in range(150)))
        launch_mailing(session, mailing, expected=audience(session, mailing).count, by=ident("karin"), now=now())
    until(lambda: _states(committing) == {"sent": 151}, within=40)
    assert len(set(running.server.recipients)) == 151
    assert len(running.server.recipients) == 151

    def completed() -> bool:
        with committing() as session:
            return session.scalars(select(Mailing.state)).one() == "completed"

    until(completed, within=20, saying="the relay looks again when the last mail has left")


def test_a_lane_has_so_many_places(committing: Sessions, service: Service) -> None:
    engine = committing.kw["bind"]
    with _place(engine, "bulk", 2) as first, _place(engine, "bulk", 2) as second, _place(engine, "bulk", 2) as third:
        assert (first, second, third) == (0, 1, None)
        with _place(engine, "transactional", 2) as other:
            assert other == 0, "mailings hold up no other mail"
    with _place(engine, "bulk", 2) as again:
        assert again == 0


def _hold_a_place(database_url: str, has_it: Event) -> None:
    with _place(make_engine(database_url, application_name="frozen"), "bulk", 1) as place:
        assert place == 0
        has_it.set()
        threading.Event().wait()


def test_who_is_frozen_loses_its_place_and_who_lives_keeps_it(
    committing: Sessions, databases: Databases, service: Service
) -> None:
    spawn = get_context("spawn")
    has_it = spawn.Event()
    holder = spawn.Process(target=_hold_a_place, args=(databases.url(service), has_it))
    holder.start()
    assert holder.pid is not None
    try:
        assert has_it.wait(60)
        freed_at = time.monotonic() + 1.2 * FROZEN

        def taken() -> bool:
            with _place(committing.kw["bind"], "bulk", 1) as place:
                return place is not None

        until(lambda: taken() or time.monotonic() > freed_at, within=60, every=0.2)
        assert not taken(), "it lives"
        os.kill(holder.pid, signal.SIGSTOP)
        until(taken, within=60, every=0.2)
    finally:
        holder.kill()
        holder.join()


def test_nothing_due_costs_one_query(committing: Sessions, service: Service) -> None:
    assert send_lane(committing, "transactional") == 0


def _states(sessions: Sessions) -> dict[str, int]:
    with sessions() as session:
        return dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all())

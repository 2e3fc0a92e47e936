"""A worker goes on hearing Redis, and the watchdog ends one that does not, and no other."""

import os
import threading
from collections.abc import Iterator
from logging import getLogger
from typing import Any, cast

import pytest
from celery import Celery
from celery.worker.state import reserved_requests
from kombu import Connection

from deploy.local.program import free_port
from deploy.local.redis import Redis
from shared.messaging import worker
from shared.messaging.wire import make_celery, send
from shared.messaging.worker import Watchdog
from shared.service import Service
from tests.faults.proxy import Proxy
from tests.shared.messaging.pair import EAR, PairSettings

NAME = "ear@here:1"


class Ended(BaseException):
    """The process would have ended."""


class Request:
    """Something in hand: Celery's books hold it weakly."""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come soon after each other, and this process goes on."""

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(worker, "LOOK", 0.2)
    monkeypatch.setattr(os, "_exit", end)


def an_ear(redis_url: str) -> tuple[Celery, Watchdog]:
    service = Service("ear", PairSettings, EAR, {})
    service.__dict__["settings"] = PairSettings(database_url="postgresql://unused", redis_url=redis_url)
    app = make_celery(service)
    return app, Watchdog(app, service, NAME)


@pytest.fixture
def ear(redis: Redis) -> tuple[Celery, Watchdog]:
    app, watchdog = an_ear(redis.url)
    with app.connection_for_write() as connection:
        cast("Any", connection.default_channel).client.flushall()
    return app, watchdog


class Consumer:
    """What a worker hears by, in a thread of its own. It has room for one message, which it keeps once it `holds`."""

    def __init__(self, connection: Connection, queue: str) -> None:
        self.holds = False
        self._connection = connection
        self._over = threading.Event()
        channel = cast("Any", connection.channel())
        channel.basic_qos(0, 1, False)
        channel.basic_consume(queue, False, self._take, "tag")
        self._thread = threading.Thread(target=self._consume)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _consume(self) -> None:
        while not self._over.is_set():
            try:
                self._connection.drain_events(timeout=0.05)
            except TimeoutError:
                continue

    def _take(self, message: Any) -> None:
        if not self.holds:
            message.ack()


@pytest.fixture
def consumer(ear: tuple[Celery, Watchdog]) -> Iterator[Consumer]:
    app, watchdog = ear
    with app.connection_for_read() as connection:
        consumer = Consumer(connection, watchdog._queue)
        yield consumer
        consumer.end()


def watch(watchdog: Watchdog) -> None:
    """For twice as many looks as it has patience. Raises Ended."""
    timer = threading.Timer(2 * worker.PATIENCE * worker.LOOK, watchdog._stopped.set)
    timer.start()
    try:
        watchdog._watch()
    finally:
        timer.cancel()


def test_a_worker_that_is_deaf_is_ended(ear: tuple[Celery, Watchdog]) -> None:
    with pytest.raises(Ended, match=str(worker.EXIT_STUCK)):
        watch(ear[1])


def test_one_that_hears_is_left_alone(ear: tuple[Celery, Watchdog], consumer: Consumer) -> None:
    watch(ear[1])


def test_one_with_full_hands_is_left_alone(ear: tuple[Celery, Watchdog], consumer: Consumer) -> None:
    """Its children are busy with what takes long: it listens to nothing, and has not lost its hearing."""
    request = Request()
    reserved_requests.add(request)
    consumer.holds = True
    watch(ear[1])
    assert ear[1]._redis.llen(ear[1]._queue), "it has truly not listened"


def test_one_that_only_believes_its_hands_full_is_ended(ear: tuple[Celery, Watchdog], consumer: Consumer) -> None:
    consumer.holds = True
    with pytest.raises(Ended):
        watch(ear[1])


def test_none_is_ended_while_redis_is_away() -> None:
    watch(an_ear(f"redis://127.0.0.1:{free_port()}/0")[1])


def test_what_cannot_be_acknowledged_does_not_stay_in_hand(redis: Redis) -> None:
    """Four such messages, and a worker would never listen again."""
    with Proxy(redis.port) as proxy:
        app, _ = an_ear(redis.url.replace(f":{redis.port}/", f":{proxy.port}/"))
        with app.connection_for_read() as connection:
            channel = cast("Any", connection.channel())
            channel.basic_qos(0, 1, False)
            send(app, "ear.canary", [NAME], queue="ear")
            message = channel.basic_get("ear")
            assert not channel.qos.can_consume()
            proxy.shut()
            proxy.cut()
            message.ack_log_error(getLogger(__name__), connection.connection_errors)
            assert not message.acknowledged
            assert channel.qos.can_consume()
            proxy.open()

"""The worker process: Celery's prefork pool (the threads pool exits on a connection reset in 5.7), and its watchdog.

A worker that for ten seconds takes nothing from its own queue in Redis, though Redis answers and its hands are not full, has
stopped consuming without knowing it: it exits with 70, and its supervisor starts a new one. (`inspect ping` is no proof of life.)
"""

import gc
import itertools
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready, worker_shutdown, worker_shutting_down
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from shared.alive import beat
from shared.database import make_engine, make_sessions
from shared.messaging import measuring
from shared.messaging.delivery import UNHURRIED
from shared.messaging.doing import Reporter
from shared.messaging.reconciling import register_reconciliation
from shared.messaging.transport import ECHO, PULSE, take_over
from shared.messaging.waking import Waker
from shared.messaging.wire import make_celery, plain, register_tasks, send
from shared.observability import log
from shared.service import Look, Service

_log = log(__name__)

LOOK = 2.0
"""Seconds between the watchdog's looks."""
CANARY = 5
"""Looks between canaries, which say that the whole worker works."""
PATIENCE = 5
"""Looks in a row at which nothing was heard. Looks, not seconds: a process that was frozen has looked once meanwhile."""
EXIT_STUCK = 70
"""EX_SOFTWARE of sysexits.h."""
GRACE = 20.0
"""Seconds in which to finish what is at hand when told to stop; what is not finished is sent again."""

_SEEN = text(f"""
    INSERT INTO process (name, kind) SELECT :name, 'worker' FROM {UNHURRIED}
    ON CONFLICT (name) DO UPDATE SET seen_at = now()
    RETURNING leaving
""")  # noqa: S608 (a constant)


_GONE = text("DELETE FROM process WHERE name = :name")


def run_worker(service: Service, *, concurrency: int) -> int:
    """Consume until SIGTERM, which lets the events at hand be finished. Returns the exit code."""
    if service.settings.metrics_port:
        measuring.expose(service.settings.web_host, service.settings.metrics_port)
    app, name = build_worker(service)
    worker: Any = app.Worker(
        hostname=name,
        pool_cls="prefork",
        concurrency=concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    gc.collect()
    gc.freeze()  # what is there now is never looked at again: the pool's processes go on sharing it
    worker.start()
    return int(worker.exitcode or 0)


def build_worker(service: Service) -> tuple[Celery, str]:
    """The app with all its tasks, and this worker's unique name."""
    name = f"{service.name}@{socket.gethostname()}:{os.getpid()}"
    app = make_celery(service)
    app.conf.task_queues = [*app.conf.task_queues, plain(own_queue(service, name))]
    sessions = sessions_of_this_process(service, ask=partial(_ask_for_look, app, {look.queue: look for look in service.looks}))
    register_tasks(app, service, sessions)
    register_reconciliation(app, service, sessions)
    if service.register_tasks is not None:
        service.register_tasks(app, sessions)

    @app.task(name=f"{service.name}.canary", shared=False)
    def canary(worker: str) -> None:
        """It has come all the way through Redis and the pool: the worker works."""
        with sessions().begin() as session:
            leaving = session.execute(_SEEN, {"name": worker}).scalar_one()
        if leaving:  # a person has asked for it in the console: finish what is at hand, and end
            _log.warning("worker_leaves", worker=worker)
            os.kill(os.getppid(), signal.SIGTERM)

    def say_goodbye(**_: Any) -> None:
        """It has ended because it was told to: nobody is to miss it."""
        try:
            with sessions().begin() as session:
                session.execute(_GONE, {"name": name})
        except DBAPIError:
            return

    worker_ready.connect(take_over, weak=False)
    watchdog = Watchdog(app, service, name)
    worker_ready.connect(watchdog.start, weak=False)
    worker_shutting_down.connect(watchdog.stop, weak=False)
    reporter = Reporter(service, name)
    worker_ready.connect(reporter.start, weak=False)
    worker_shutting_down.connect(reporter.stop, weak=False)
    worker_shutdown.connect(say_goodbye, weak=False)
    return app, name


def own_queue(service: Service, worker: str) -> str:
    """The queue that only this worker consumes: its canary's and its echo's way."""
    return f"{service.name}.canary.{worker.partition('@')[2]}"


def _ask_for_look(app: Celery, looks: Mapping[str, Look], queue: str) -> None:
    """Begin the work of a look at once. If it cannot be asked for, the relay does at its next poll."""
    try:
        send(app, looks[queue].task, [], queue=queue)
    except (OperationalError, RedisError, OSError) as error:
        _log.warning("look_not_asked_for", queue=queue, error=type(error).__name__)


def sessions_of_this_process(service: Service, *, ask: Callable[[str], None] | None = None) -> Any:
    """A function that gives the calling process its own sessions: a connection must never cross a fork."""

    @cache
    def of(_pid: int) -> sessionmaker[Session]:
        engine = make_engine(service.settings.database_url, application_name=f"{service.name} worker")
        return make_sessions(engine, service.name, waker=Waker(service.settings.redis_url, ask=ask))

    worker_process_init.connect(lambda **_: of.cache_clear(), weak=False)
    return lambda: of(os.getpid())


class Watchdog:
    """Looks whether the worker hears Redis, and ends the process when it does not. Sends the canary."""

    def __init__(self, app: Celery, service: Service, name: str) -> None:
        self._app, self._service, self._name = app, service, name
        self._queue = own_queue(service, name)
        self._stopped = threading.Event()
        self._redis: Redis = Redis.from_url(service.settings.redis_url, socket_timeout=3, socket_connect_timeout=3)

    def start(self, **_: Any) -> None:
        """When the worker is ready to consume."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self, **_: Any) -> None:
        """A worker that is shutting down consumes no more, and rightly; but it does not take for ever over it."""
        self._stopped.set()
        last_moment = threading.Timer(GRACE, os._exit, (0,))
        last_moment.daemon = True
        last_moment.start()

    def _watch(self) -> None:
        silent = 0
        for look in itertools.count():
            beats = PULSE.beats
            redis_answers = self._call(canary=look % CANARY == 0)
            if self._stopped.wait(LOOK):
                return
            silent = silent + 1 if redis_answers and PULSE.beats == beats else 0
            if silent >= PATIENCE:
                _log.critical("worker_is_stuck", silent_seconds=round(silent * LOOK))
                os._exit(EXIT_STUCK)
            beat()

    def _call(self, *, canary: bool) -> bool:
        """Put an echo, and perhaps a canary, on the worker's own queue. False: Redis does not answer."""
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.lrem(self._queue, 0, ECHO)  # a worker with full hands comes to it later, and needs it once
                pipe.lpush(self._queue, ECHO)
                pipe.expire(self._queue, 120)
                pipe.execute()
            if canary:
                send(self._app, f"{self._service.name}.canary", [self._name], queue=self._queue, expires=45)
        except (RedisError, OSError, OperationalError) as error:
            if canary:
                _log.warning("canary_not_sent", error=type(error).__name__)
            return False
        return True

"""Celery on Redis: the app, its wire tasks, and how they are sent. Settings after reliability.md, 3.10.

Nothing depends on what Redis keeps. Plain direct queues only: a named exchange loses its bindings with a wipe.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, cast
from uuid import UUID

import orjson
from celery import Celery
from celery.signals import setup_logging
from kombu import Queue
from kombu.exceptions import OperationalError as BrokerError
from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.aside import put_aside
from shared.messaging.delivery import UNHURRIED
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Inbox
from shared.messaging.outbox import LARGEST as LARGEST_EVENT
from shared.observability import log
from shared.service import Service

_log = log(__name__)

BATCH = 50
"""Envelopes a message: Celery's cost is per message, about 1.1 ms and nine Redis commands."""

# Rows are locked in order, so that two acknowledgements and a relay cannot wait for each other.
_ACKNOWLEDGE = text(f"""
    UPDATE outbox SET acked_at = now() FROM {UNHURRIED} WHERE id IN (
        SELECT id FROM outbox
        WHERE id = ANY(:ids) AND stream = :stream AND subscriber = :subscriber AND acked_at IS NULL
        ORDER BY id FOR UPDATE)
""")  # noqa: S608 (a constant)


def make_celery(service: Service) -> Celery:
    """The Celery app of one service's worker or relay."""
    redis_url = service.settings.redis_url
    app = Celery(service.name, broker=redis_url, set_as_current=False)
    if redis_url.startswith(("redis://", "rediss://")):
        app.conf.broker_transport = "shared.messaging.transport:Transport"
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_default_queue=service.queue,
        task_queues=[plain(name) for name in (service.queue, *service.extra_queues)],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        result_backend=None,
        task_soft_time_limit=30,
        task_time_limit=45,
        worker_consumer="shared.messaging.transport:Consumer",
        worker_prefetch_multiplier=2,
        worker_max_tasks_per_child=10_000,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_soft_shutdown_timeout=10,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": service.settings.redelivery_seconds,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "priority_steps": [0],
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 3,
            "client_name": service.name,
            "unacked_key": f"{service.name}.unacked",
            "unacked_index_key": f"{service.name}.unacked_index",
            "unacked_mutex_key": f"{service.name}.unacked_mutex",
        },
    )
    return app


@setup_logging.connect
def _leave_logging_alone(**_: Any) -> None:
    """Having a listener is what keeps Celery from configuring logging over ours."""


@lru_cache(maxsize=64)
def plain(name: str) -> Queue:
    """A queue that is nothing but a Redis list, reached through the anonymous exchange."""
    return Queue(name)


def send(app: Celery, task: str, args: Sequence[Any], *, queue: str, producer: Any = None, expires: float | None = None) -> None:
    """Put one task message on a plain queue. Its arguments are never repeated in headers: they may be personal data."""
    app.send_task(
        task,
        args=args,
        queue=cast("Any", plain(queue)),
        declare=(),
        producer=producer,
        retry=False,
        argsrepr="",
        kwargsrepr="",
        headers={"at": time.time()},
        ignore_result=True,
        expires=expires,
    )


def register_tasks(app: Celery, service: Service, sessions: Callable[[], sessionmaker[Session]]) -> None:
    """The wire tasks of `service`. `sessions` is called in the pool's child process: connections never cross a fork."""

    def inbox() -> Inbox:
        return Inbox(service.name, sessions(), service.handlers, refused=refuse)

    def refuse(envelope: Envelope) -> None:
        send(app, f"{envelope.source}.misnumbered", [service.name, str(envelope.stream)], queue=envelope.source)

    @app.task(name=f"{service.name}.receive", shared=False, bind=True, typing=False)
    def receive(task: Any, *arguments: Any) -> None:
        """Take events in, and tell their producers which are safe here."""
        redelivered = bool((task.request.delivery_info or {}).get("redelivered"))
        envelopes, unreadable = read(arguments)
        for reason, message in unreadable:
            with Redis.from_url(service.settings.redis_url) as redis:
                put_aside(redis, service.name, service.queue, reason, message)
        safe = inbox().receive(envelopes, redelivered=redelivered)
        for (source, stream), group in groupby(sorted(safe, key=_producer), key=_producer):
            try:
                send(app, f"{source}.acknowledge", [service.name, str(stream), [e.n for e in group]], queue=source)
            except (BrokerError, RedisError, OSError) as error:  # they are sent again, found seen, and acknowledged then
                _log.warning("not_acknowledged", error=type(error).__name__)

    @app.task(name=f"{service.name}.retry", shared=False)
    def retry(heads: list[tuple[str, str, str, int]]) -> None:
        """Handle kept events whose pause is over, each with what waits behind it."""
        for source, stream, key, seq in heads:
            inbox().retry(source, UUID(stream), key, seq)

    @app.task(name=f"{service.name}.acknowledge", shared=False)
    def acknowledge(subscriber: str, stream: str, ids: list[int]) -> None:
        """A subscriber has these events in its database: they need not be sent again."""
        with sessions().begin() as session:
            session.execute(_ACKNOWLEDGE, {"ids": ids, "stream": UUID(stream), "subscriber": subscriber})


def read(arguments: Sequence[Any]) -> tuple[list[Envelope], list[tuple[str, bytes]]]:
    """The envelopes in the arguments of a `receive`, and what is none, each with the reason."""
    if len(arguments) != 1 or not isinstance(arguments[0], list):
        return [], [("not a list of envelopes", orjson.dumps(arguments))]
    envelopes: list[Envelope] = []
    unreadable: list[tuple[str, bytes]] = []
    for each in arguments[0]:
        try:
            envelopes.append(Envelope.model_validate(each))
        except ValidationError as error:
            fields = ", ".join(sorted({str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"]}))
            unreadable.append((f"not an envelope: {fields or 'not an object'}", orjson.dumps(each)))
    return envelopes, unreadable


def _producer(envelope: Envelope) -> tuple[str, UUID]:
    return envelope.source, envelope.stream


def publish(app: Celery, producer: Any, subscriber: str, envelopes: Sequence[dict[str, Any]]) -> None:
    """Send envelopes to a subscriber's queue, `BATCH` a message. For use inside ``producer.batch()``."""
    for batch in _batches(envelopes):
        send(app, f"{subscriber}.receive", [batch], queue=subscriber, producer=producer)


def _batches(envelopes: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """At most `BATCH` each, and never so large that the subscriber would put the message aside."""
    batch: list[dict[str, Any]] = []
    size = 0
    for envelope in envelopes:
        length = len(orjson.dumps(envelope["data"]))
        if batch and (len(batch) == BATCH or size + length > LARGEST_EVENT):
            yield batch
            batch, size = [], 0
        batch.append(envelope)
        size += length
    if batch:
        yield batch


def open_producer(app: Celery) -> tuple[Any, Any]:
    """A connection and a producer on it, for one relay; close the connection after any error and open a new one."""
    connection = app.connection_for_write()
    producer = cast("Any", app.amqp.Producer)(connection, auto_declare=False)
    _ = producer.channel  # connect now: an error belongs here
    return connection, producer

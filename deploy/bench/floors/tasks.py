"""Celery at its barest with our settings: a no-op task; and "the plain way", a task with one insert, sent after commit.

Run as a worker: ``python -m deploy.bench.floors.tasks``.
"""

import os
import time
from typing import Any

import psycopg
from celery import Celery
from redis import Redis

from shared.database import KERNEL
from shared.messaging import wire
from shared.service import Service
from shared.settings import KernelSettings

QUEUE = "bare"
AS_IT_COMES = {"broker_transport": None, "worker_consumer": "celery.worker.consumer:Consumer"}
"""Celery's and kombu's own: settings are ours, code is not."""
LATE = "bare.lateness"
"""The Redis list on which `bare.late` says how late it was."""


def make_app_on(redis_url: str) -> Celery:
    """For the process that sends."""
    settings = KernelSettings(REDIS_URL=redis_url, database_url="")
    return _bare(Service(QUEUE, lambda: settings, KERNEL, {}))  # type: ignore[arg-type]


def make_app() -> Celery:
    """For the worker."""
    app = _bare(Service(QUEUE, KernelSettings, KERNEL, {}))
    connections: dict[int, psycopg.Connection[Any]] = {}

    @app.task(name="bare.nothing")
    def nothing() -> None:
        """Do nothing."""

    redis = Redis.from_url(os.environ["REDIS_URL"])

    @app.task(name="bare.late")
    def late(at: float) -> None:
        """Say how late it was."""
        lateness = time.time() - at
        redis.lpush(LATE, lateness)

    @app.task(name="bare.insert")
    def insert() -> None:
        """Insert one row: when."""
        pid = os.getpid()
        if pid not in connections:
            connections[pid] = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        connections[pid].execute("INSERT INTO effect (at) VALUES (%s)", (time.time(),))

    return app


def _bare(service: Service) -> Celery:
    app = wire.make_celery(service)
    app.conf.update(AS_IT_COMES)
    return app


if __name__ == "__main__":
    make_app().worker_main(
        ["worker", "--pool=prefork", "--concurrency=2", f"--queues={QUEUE}", "--loglevel=WARNING", "--without-gossip",
         "--without-mingle", "--without-heartbeat"]
    )  # fmt: skip

"""What a worker does just now and since when, told to Redis while it is busy: for people to look at, and for nothing else.

Runs in the worker's main process, which knows what its children have in hand; costs a Redis command every other second.
"""

import os
import threading
import time
from collections import Counter
from typing import Any

import orjson
from celery.worker import state
from redis import Redis
from redis.exceptions import RedisError

from shared.service import Service

EVERY = 2.0


def doing_key(worker: str) -> str:
    """The key in Redis: a worker's name begins with its service's."""
    return f"{worker}.doing"


class Reporter:
    """Tells it as long as the worker lives."""

    def __init__(self, service: Service, worker: str) -> None:
        self._key = doing_key(worker)
        self._own = f"{service.name}.canary"
        self._stopped = threading.Event()
        self._redis: Redis = Redis.from_url(service.settings.redis_url, socket_timeout=2, socket_connect_timeout=2)

    def start(self, **_: Any) -> None:
        """When the worker is ready to consume."""
        threading.Thread(target=self._report, name="reporter", daemon=True).start()

    def stop(self, **_: Any) -> None:
        """When the worker shuts down."""
        self._stopped.set()

    def _report(self) -> None:
        told = False
        while not self._stopped.wait(EVERY):
            doing = [describe(request) for request in list(state.active_requests) if request.name != self._own]
            if not doing and not told:
                continue
            try:
                self._redis.set(self._key, orjson.dumps(doing), ex=30)
                told = bool(doing)
            except (RedisError, OSError):
                continue


def describe(request: Any) -> dict[str, Any]:
    """A task in hand: its name, the events it carries by name, since when (Unix time), and the process."""
    try:
        [envelopes, *_rest] = request.args
        events = Counter(envelope["name"] for envelope in envelopes if isinstance(envelope, dict))
    except (ValueError, TypeError, KeyError, AttributeError):
        events = Counter()
    return {
        "task": request.name,
        "events": dict(events),
        "since": request.time_start or time.time(),
        "pid": request.worker_pid or os.getpid(),
    }

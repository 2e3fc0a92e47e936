"""How often: limits per address or per member of staff, counted in Redis by a sliding window.

    @router.post("/logga-in", dependencies=[limit("5/minute")])
    @router.get("/enkat/{token}", dependencies=[limit_misses()])

When Redis is away nobody is stopped: a limit protects against rushes, and must not become an outage of its own.
"""

import hashlib
import hmac
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, ClassVar

from fastapi import Request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from shared.clock import now
from shared.errors import DomainError
from shared.observability import log
from shared.web.sessions import guarded

_log = log(__name__)


class TooManyRequests(DomainError):
    """Det har kommit många försök på kort tid. Vänta {seconds} sekunder och försök sedan igen."""

    status: ClassVar[int] = 429


def client_address(request: Request) -> str:
    """Who to count for when nobody is signed in."""
    return request.client.host if request.client else ""


def limit(rate: str | Callable[[Any], str], *, by: Callable[[Request], str] = client_address) -> Any:
    """A dependency that lets through at most `rate` ("5/minute") requests of one `by` to one route. Raises `TooManyRequests`.

    `rate` may be a function of the service's settings.
    """

    @contextmanager
    def check(request: Request) -> Iterator[None]:
        settings = request.app.state.settings
        item = _parsed(rate if isinstance(rate, str) else rate(settings))
        if seconds := _wait(settings.redis_url, item, *_bucket(request, by(request))):
            raise TooManyRequests(seconds=seconds)
        yield

    return guarded(check)


def limit_misses(rate: str = "60/minute") -> Any:
    """A dependency for pages behind a personal link: only refused requests of an address count, those of whoever tries links out.

    Who has a link is neither stopped, even if a whole authority sits behind one address, nor kept.
    """
    item = _parsed(rate)

    @contextmanager
    def check(request: Request) -> Iterator[None]:
        url, bucket = request.app.state.settings.redis_url, _bucket(request, client_address(request))
        if seconds := _wait(url, item, *bucket, counting=False):
            raise TooManyRequests(seconds=seconds)
        try:
            yield
        except (DomainError, HTTPException):
            _wait(url, item, *bucket)
            raise
        if getattr(request.state, "refused", False):
            _wait(url, item, *bucket)

    return guarded(check)


def _bucket(request: Request, who: str) -> tuple[str, str, str]:
    """What is counted together. The address itself is not kept: only a keyed hash of it."""
    state = request.app.state
    hashed = hmac.new(state.settings.seal_key.encode(), who.encode(), hashlib.sha256).hexdigest()[:24]
    return state.service.name, request.scope["route"].path, hashed


@lru_cache(maxsize=32)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)


def _wait(redis_url: str, item: RateLimitItem, *identifiers: str, counting: bool = True) -> int:
    """Counts, and answers how many seconds to wait: none when there is room, or when Redis cannot be asked."""
    limiter = _limiter(redis_url)
    try:
        if limiter.hit(item, *identifiers) if counting else limiter.test(item, *identifiers):
            return 0
        reset = limiter.get_window_stats(item, *identifiers).reset_time
    except (RedisError, StorageError) as error:
        _log.warning("rate_limit_unavailable", error=type(error).__name__)
        return 0
    return max(1, math.ceil(reset - now().timestamp()))


@lru_cache(maxsize=4)
def _limiter(redis_url: str) -> SlidingWindowCounterRateLimiter:
    timeouts: dict[str, Any] = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    return SlidingWindowCounterRateLimiter(storage_from_string(redis_url, **timeouts))

"""What the console's pages share: who may look, and a client of Redis for looking."""

from typing import Annotated

from fastapi import Depends, Request
from redis import Redis

from shared.operations.state import connect
from shared.web import require_role

SERVICES = ("catalog", "registration", "notifications", "surveys")
LOOKING = [Depends(require_role("operator"), scope="function")]


def get_redis(request: Request) -> Redis:
    """One client a process, made at first use."""
    state = request.app.state
    if not hasattr(state, "redis_for_looking"):
        state.redis_for_looking = connect(state.settings.redis_url)
    client: Redis = state.redis_for_looking
    return client


RedisDep = Annotated[Redis, Depends(get_redis)]

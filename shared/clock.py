"""The clock: the one place that asks what time it is. Pages and handlers pass what it says on to actions."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)

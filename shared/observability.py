"""Correlation ids and structured logs. Nothing personal is ever logged: ids, names of events and counts only."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import structlog

from shared.database import new_id
from shared.telling import traceback_without_values

_correlation: ContextVar[UUID | None] = ContextVar("correlation", default=None)
_causation: ContextVar[UUID | None] = ContextVar("causation", default=None)


def correlation_id() -> UUID:
    """The id that ties together all that one request or periodic run causes; made at first use."""
    current = _correlation.get()
    if current is None:
        current = new_id()
        _correlation.set(current)
    return current


def causation_id() -> UUID | None:
    """The event that is being handled, if any: the direct cause of what is recorded now."""
    return _causation.get()


@contextmanager
def correlated(correlation: UUID | None = None, causation: UUID | None = None) -> Iterator[UUID]:
    """Within the block, everything belongs to `correlation` (a new one by default)."""
    chosen = correlation or new_id()
    tokens = _correlation.set(chosen), _causation.set(causation)
    try:
        with structlog.contextvars.bound_contextvars(correlation=str(chosen)):
            yield chosen
    finally:
        _correlation.reset(tokens[0])
        _causation.reset(tokens[1])


def configure_logging(service: str, process: str, level: str = "INFO") -> None:
    """JSON lines on stderr, from structlog and the standard library alike, with service, process and correlation id."""
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        traceback_without_values,
    ]
    structlog.configure(
        processors=[*processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=processors,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in (
        "kombu",
        "amqp",
        "celery.redirected",
        "celery.worker.strategy",
        "celery.app.trace",
        "uvicorn.access",
        "alembic.runtime.plugins",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if process != "migrate":  # the others only ask whether it has run
        logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    structlog.contextvars.bind_contextvars(service=service, process=process)


def log(name: str) -> structlog.stdlib.BoundLogger:
    """Give a module its logger; it then says ``_log.info("what_happened", count=3)``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
